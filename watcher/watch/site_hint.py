"""Which site generator a folder belongs to, read from the generator's own config.

Reads only a few well-known files directly in the folder, at most 64 KiB of each, and takes single
values from them by their line: their own languages (YAML with plugins, JavaScript, Python) are not
interpreted. What is computed there is not found.
"""

import errno
import os
import re
import stat
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watcher.beneath import opened_root

LONGEST = 64 * 1024
LONGEST_URL = 500
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_URL = re.compile(r"https?://[^\s\"'`,;<>]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteHint:
    """What a root's config should say: ``like``, and where known ``site`` and ``permalink``.

    ``found_in`` is the file that says so; ``permalink`` a text, or a mapping from section to text.
    """

    like: str
    found_in: str
    site: str | None = None
    permalink: str | dict[str, str] | None = None

    def words(self) -> str:
        """``this looks like a Jekyll site; add `like: jekyll` and `site: https://…` ``."""
        site = f"site: {self.site}" if self.site else "site:"
        and_site = "" if self.like == "obsidian" else f" and `{site}`"
        return (
            f"this looks like {_NAMES[self.like]} ({self.found_in}); "
            f"add `like: {self.like}`{and_site}"
        )


_NAMES = {
    "jekyll": "a Jekyll site",
    "hugo": "a Hugo site",
    "eleventy": "an Eleventy site",
    "hexo": "a Hexo site",
    "zola": "a Zola site",
    "pelican": "a Pelican site",
    "astro": "an Astro site",
    "obsidian": "an Obsidian vault",
}

Settings = tuple[str | None, str | dict[str, str] | None]
"""``site`` and ``permalink``, as far as they are known."""


def find_site(root: str | Path) -> SiteHint | None:
    """The hint of the folder ``root``, or of the folder above it where it holds only the posts.

    None if it looks like no site. Never raises for what it cannot read.
    """
    top = Path(root)
    for folder in (top, *_above(top)):
        hint = _find_in(folder)
        if hint is not None:
            return hint
    return None


_CONTENT = {"_posts", "content", "posts", "source", "src", "blog"}


def _above(folder: Path) -> list[Path]:
    """Folders above one that is usually part of a site, such as ``content/posts``."""
    above = []
    while folder.name in _CONTENT and folder.parent != folder:
        folder = folder.parent
        above.append(folder)
    return above


def _find_in(folder: Path) -> SiteHint | None:
    try:
        with opened_root(str(folder)) as handle:
            for pattern, read in _FILES:
                for name in _matching(handle, pattern):
                    text = _read(handle, name)
                    hint = read(name, text) if text is not None else None
                    if hint is not None:
                        return hint
            if _is_folder(handle, ".obsidian"):
                return SiteHint(like="obsidian", found_in=".obsidian/")
    except OSError:
        return None
    return None


def _matching(folder: int, pattern: re.Pattern[str]) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if pattern.fullmatch(entry.name))


def _is_folder(folder: int, name: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(name, dir_fd=folder).st_mode)
    except OSError:
        return False


def _read(folder: int, name: str) -> str | None:
    try:
        descriptor = os.open(name, _OPEN, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return os.read(descriptor, LONGEST).decode("utf-8", "replace")
    finally:
        os.close(descriptor)


# ---------------------------------------------------------------- the generators


def _read_yaml_config(name: str, text: str) -> SiteHint | None:
    """``_config.yml`` is Jekyll's, or Hexo's: only Hexo names folders ``source_dir``."""
    url, base = _line(text, "url"), _line(text, "baseurl") or ""
    permalink = _line(text, "permalink")
    if re.search(r"^(source_dir|new_post_name|skip_render)\s*:", text, re.MULTILINE):
        below = _line(text, "root") or "/"
        site = _join(url, below) if url and not url.rstrip("/").endswith(below.strip("/")) else url
        return SiteHint(
            like="hexo", found_in=name, site=_site(site), permalink=_with_slash(permalink)
        )
    return SiteHint(
        like="jekyll", found_in=name, site=_site(_join(url, base)), permalink=permalink or None
    )


def _read_toml(name: str, text: str) -> SiteHint | None:
    """``config.toml`` is Hugo's (``baseURL``) or Zola's (``base_url``)."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    lower = {key.lower(): value for key, value in values.items()}
    if "base_url" in lower and "baseurl" not in lower:
        return SiteHint(like="zola", found_in=name, site=_site(lower["base_url"]))
    if name.startswith("hugo.") or "baseurl" in lower:
        permalinks = _hugo_permalinks(lower.get("permalinks"))
        site = _site(lower.get("baseurl"))
        return SiteHint(like="hugo", found_in=name, site=site, permalink=permalinks)
    return None


def _hugo_permalinks(value: Any) -> dict[str, str] | None:
    """The mapping from section to text; newer Hugo has one for each kind of page."""
    if not isinstance(value, Mapping):
        return None
    pages = value["page"] if isinstance(value.get("page"), Mapping) else value
    texts = {str(key): text for key, text in pages.items() if isinstance(text, str)}
    return texts or None


def _read_hugo_yaml(name: str, text: str) -> SiteHint | None:
    site = _site(_line(text, "baseURL") or _line(text, "baseurl"))
    if site is None and not name.startswith("hugo."):
        return None
    return SiteHint(like="hugo", found_in=name, site=site)


def _read_javascript(like: str, key: str) -> Callable[[str, str], SiteHint | None]:
    def read(name: str, text: str) -> SiteHint | None:
        found = re.search(rf"\b{key}\s*:\s*[\"'`]([^\"'`]+)[\"'`]", text)
        return SiteHint(like=like, found_in=name, site=_site(found and found[1]))

    return read


def _read_pelican(name: str, text: str) -> SiteHint | None:
    url = re.search(r"^SITEURL\s*=\s*[\"']([^\"']+)[\"']", text, re.MULTILINE)
    article = re.search(r"^ARTICLE_URL\s*=\s*[\"']([^\"']+)[\"']", text, re.MULTILINE)
    permalink = article and re.sub(r"\{date:%([YmdH])\}", _strftime, article[1])
    return SiteHint(
        like="pelican",
        found_in=name,
        site=_site(url and url[1]),
        permalink=_with_slash(permalink or None),
    )


def _strftime(found: re.Match[str]) -> str:
    return {"Y": ":year", "m": ":month", "d": ":day", "H": ":hour"}[found[1]]


_FILES: tuple[tuple[re.Pattern[str], Callable[[str, str], SiteHint | None]], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (r"hugo\.toml", _read_toml),
        (r"hugo\.ya?ml", _read_hugo_yaml),
        (r"astro\.config\.(mjs|js|ts|cjs|mts)", _read_javascript("astro", "site")),
        (r"(eleventy\.config\.(js|cjs|mjs|ts)|\.eleventy\.js)",
         _read_javascript("eleventy", "(?:baseUrl|siteUrl|url)")),
        (r"pelicanconf\.py", _read_pelican),
        (r"_config\.ya?ml", _read_yaml_config),
        (r"config\.toml", _read_toml),
        (r"config\.ya?ml", _read_hugo_yaml),
    )
)  # fmt: skip
"""Surest first: ``config.toml`` may be anybody's."""


def _line(text: str, key: str) -> str | None:
    """The scalar after a key at the beginning of a line, without quotes and comment."""
    found = re.search(rf"^{key}[ \t]*:[ \t]*(.*?)[ \t]*$", text, re.MULTILINE)
    if not found:
        return None
    quoted = re.match(r"([\"'])(.*?)\1", found[1])
    return quoted[2] if quoted else re.sub(r"(^|\s)#.*", "", found[1]).strip() or None


def _join(url: str | None, below: str) -> str | None:
    return f"{url.rstrip('/')}/{below.strip('/')}".rstrip("/") + "/" if url else None


def _with_slash(permalink: str | None) -> str | None:
    return f"/{permalink.lstrip('/')}" if permalink else None


def _site(url: Any) -> str | None:
    """The URL if it is absolute; a place for one (``http://localhost``, ``example``) is none."""
    if not isinstance(url, str) or not _URL.fullmatch(url.strip()):
        return None
    if len(url) > LONGEST_URL:
        return None
    return None if re.match(r"https?://(localhost|127\.|0\.0\.0\.0)", url) else url.strip()
