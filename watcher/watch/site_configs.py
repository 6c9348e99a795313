"""What the own config of a site generator says of its posts' addresses.

Single values are taken by their line: the configs' own languages (YAML with plugins, JavaScript,
Python) are not interpreted, so what is computed there is not found. Nothing is opened here.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

LONGEST_URL = 500

Permalink = str | dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteHint:
    """What a root's config should say: ``like``, and where known its other keys.

    ``found_in`` is the file that says so; ``permalink`` a text, or a mapping from section to text.
    ``folder`` is where the posts lie, below the site's own, if not all of that should be watched.
    """

    like: str
    found_in: str
    site: str | None = None
    permalink: Permalink | None = None
    timezone: str | None = None
    folder: str | None = None

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

ReadFile = Callable[[str], str | None]
"""Gives the text of a file below the site's folder; None if there is none."""

ReadConfig = Callable[[str, str, ReadFile], SiteHint | None]
"""Reads a config's name and text, and if needed the files beside it."""


# ---------------------------------------------------------------- Jekyll and Hexo


def _read_yaml_config(name: str, text: str, read: ReadFile) -> SiteHint | None:
    """``_config.yml`` is Jekyll's, or Hexo's: only Hexo names folders ``source_dir``."""
    url, base = _line(text, "url"), _line(text, "baseurl") or ""
    zone = _zone(_line(text, "timezone"))
    if re.search(r"^(source_dir|new_post_name|skip_render)\s*:", text, re.MULTILINE):
        below = _line(text, "root") or "/"
        site = _join(url, below) if url and not url.rstrip("/").endswith(below.strip("/")) else url
        return SiteHint(
            like="hexo",
            found_in=name,
            site=_site(site) or _named(read("source/CNAME")),
            permalink=_with_slash(_line(text, "permalink")),
            timezone=zone,
        )
    return SiteHint(
        like="jekyll",
        found_in=name,
        site=_site(_join(url, base)) or _named(read("CNAME")),
        permalink=_line(text, "permalink") or _jekyll_permalink(text),
        timezone=zone,
    )


def _jekyll_permalink(text: str) -> str | None:
    """What ``collections`` or ``defaults`` say of posts."""
    if own := _line(_block(_block(text, "collections"), "posts"), "permalink"):
        return own
    for part in re.split(r"^[ \t]*-(?=[ \t\n])", _block(text, "defaults"), flags=re.MULTILINE):
        if re.search(r"\btype[ \t]*:[ \t]*[\"']?posts?\b|_posts\b", part):
            found = re.search(r"^[ \t]*permalink[ \t]*:.*$", part, re.MULTILINE)
            if found and (own := _line(found[0].strip(), "permalink")):
                return own
    return None


# ---------------------------------------------------------------- Hugo and Zola


def _read_toml(name: str, text: str, read: ReadFile) -> SiteHint | None:
    """``config.toml`` is Hugo's (``baseURL``) or Zola's (``base_url``)."""
    values = _toml(text)
    if values is None:
        return None
    if "base_url" in values and "baseurl" not in values:
        return SiteHint(like="zola", found_in=name, site=_site(values["base_url"]))
    return _hugo(name, values, read)


def _read_hugo_json(name: str, text: str, read: ReadFile) -> SiteHint | None:
    try:
        values = json.loads(text)
    except ValueError:
        return None
    return _hugo(name, _folded(values), read) if isinstance(values, dict) else None


def _read_hugo_yaml(name: str, text: str, read: ReadFile) -> SiteHint | None:
    found = re.finditer(r"^([A-Za-z]\w*)[ \t]*:[ \t]*(?=\S|$)", text, re.MULTILINE)
    values: dict[str, Any] = {one[1].lower(): _line(text, one[1]) for one in found}
    permalinks = _block(text, "permalinks")
    values["permalinks"] = _pairs(_block(permalinks, "page") or permalinks)
    languages = _block(text, "languages")
    values["languages"] = {
        code: _folded(_pairs(_block(languages, code)))
        for code in re.findall(r"^([\w-]+)[ \t]*:[ \t]*$", languages, re.MULTILINE)
    }
    return _hugo(name, values, read)


_OF_HUGO = frozenset(
    {
        "permalinks", "publishdir", "paginate", "defaultcontentlanguage", "languagecode",
        "hascjklanguage", "enablerobotstxt", "enablegitinfo", "theme", "relativeurls", "timezone",
    }
)  # fmt: skip
"""Keys of which two in one config tell Hugo where it has no ``baseURL``."""


def _hugo(name: str, values: Mapping[str, Any], read: ReadFile) -> SiteHint | None:
    is_named = name.rpartition("/")[2].startswith("hugo.") or name.startswith("config/")
    is_like_it = len(_OF_HUGO & {key for key, value in values.items() if value}) > 1
    if not (is_named or "baseurl" in values or is_like_it):
        return None
    permalinks = values.get("permalinks")
    if not permalinks and name.startswith("config/"):
        permalinks = _toml(read("config/_default/permalinks.toml") or "")
    return SiteHint(
        like="hugo",
        found_in=name,
        site=_site(values.get("baseurl")) or _named(read("static/CNAME")),
        permalink=_hugo_permalinks(permalinks),
        timezone=_zone(values.get("timezone")),
        folder=_hugo_folder(values),
    )


def _hugo_permalinks(value: Any) -> dict[str, str] | None:
    """The mapping from section to text; newer Hugo has one for each kind of page."""
    if not isinstance(value, Mapping):
        return None
    pages = value["page"] if isinstance(value.get("page"), Mapping) else value
    texts = {str(key): text for key, text in pages.items() if isinstance(text, str)}
    return texts or None


def _hugo_folder(values: Mapping[str, Any]) -> str | None:
    """The content of the default language, where each has a folder: its URLs have no prefix."""
    languages = values.get("languages")
    default = str(values.get("defaultcontentlanguage") or "en")
    if not isinstance(languages, Mapping):
        return None
    own = languages.get(default)
    folder = _folded(own).get("contentdir") if isinstance(own, Mapping) else None
    if not isinstance(folder, str) or not re.fullmatch(r"[\w-]+(?:/[\w-]+)*/?", folder):
        return None
    return None if folder.strip("/") == "content" else folder.strip("/")


# ---------------------------------------------------------------- Astro, Eleventy, Pelican


def _read_astro(name: str, text: str, read: ReadFile) -> SiteHint | None:
    url, base = _property(text, "site"), _property(text, "base") or ""
    if url is None:  # it is a constant of another file
        texts = (read(f"src/{name}") for name in _ASTRO_FILES)
        urls = (_site(_property(text, "(?:SITE_URL|website|site|siteUrl|url)")) for text in texts)
        url = next((url for url in urls if url), None)
    site = _site(_join(url, base) if base.strip("/") else url)
    return SiteHint(like="astro", found_in=name, site=site or _named(read("public/CNAME")))


_ASTRO_FILES = tuple(
    f"{name}.{suffix}"
    for name in ("consts", "config", "site.config", "constants", "site")
    for suffix in ("ts", "js", "mjs")
)


def _read_eleventy(name: str, text: str, read: ReadFile) -> SiteHint | None:
    base = _property(text, "pathPrefix") or ""
    for one in (text, *map(read, _ELEVENTY_FILES)):
        found = _PROPERTY_URL.findall(one or "")
        # The shortest: others are those of its feeds, or of somebody's profile.
        url = min((site for part in found if (site := _site(part))), key=len, default=None)
        if url:
            break
    site = _site(_join(url, base) if base.strip("/") else url)
    return SiteHint(like="eleventy", found_in=name, site=site or _named(read("CNAME")))


_PROPERTY_URL = re.compile(
    r"\b(?:base_?url|site_?url|url)[\"']?\s*[:=]\s*[\"'`](https?://[^\"'`\s]+)[\"'`]", re.IGNORECASE
)
_ELEVENTY_FILES = tuple(
    f"{folder}_data/{name}.{suffix}"
    for folder in ("", "src/", "content/")
    for name in ("metadata", "site", "meta")
    for suffix in ("json", "js", "cjs", "mjs")
)


def _read_pelican(name: str, text: str, read: ReadFile) -> SiteHint | None:
    published = read("publishconf.py") or ""
    permalink = _assigned(published, "ARTICLE_URL") or _assigned(text, "ARTICLE_URL")
    return SiteHint(
        like="pelican",
        found_in=name,
        site=_site(_assigned(published, "SITEURL")) or _site(_assigned(text, "SITEURL")),
        permalink=_with_slash(permalink),
        timezone=_zone(_assigned(text, "TIMEZONE")),
    )


CONFIGS: tuple[tuple[re.Pattern[str], ReadConfig], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (r"hugo\.toml", _read_toml),
        (r"hugo\.ya?ml", _read_hugo_yaml),
        (r"hugo\.json", _read_hugo_json),
        (r"astro\.config\.(mjs|js|ts|cjs|mts)", _read_astro),
        (r"(eleventy\.config\.(js|cjs|mjs|ts)|\.eleventy\.c?js)", _read_eleventy),
        (r"pelicanconf\.py", _read_pelican),
        (r"_config\.ya?ml", _read_yaml_config),
        (r"config\.toml", _read_toml),
        (r"config\.ya?ml", _read_hugo_yaml),
        (r"config\.json", _read_hugo_json),
    )
)
"""The names of configs and who reads them, surest first: ``config.toml`` may be anybody's."""

CONFIGS_BELOW = tuple(
    (f"config/_default/{name}.{suffix}", read)
    for name in ("hugo", "config")
    for suffix, read in (
        ("toml", _read_toml), ("yaml", _read_hugo_yaml), ("yml", _read_hugo_yaml),
    )
)  # fmt: skip
"""Where Hugo has a whole folder of them."""


# ---------------------------------------------------------------- single values


def _toml(text: str) -> dict[str, Any] | None:
    try:
        return _folded(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _folded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in values.items()}


def _line(text: str, key: str) -> str | None:
    """The scalar after a key at the beginning of a line, without quotes and comment."""
    found = re.search(rf"^{re.escape(key)}[ \t]*:[ \t]*(.*?)[ \t]*$", text, re.MULTILINE)
    if not found:
        return None
    quoted = re.match(r"([\"'])(.*?)\1", found[1])
    return quoted[2] if quoted else re.sub(r"(^|\s)#.*", "", found[1]).strip() or None


def _block(text: str, key: str) -> str:
    """The lines below a key of YAML that are deeper than it, as if they stood at the margin."""
    found = re.search(
        rf"^{re.escape(key)}[ \t]*:[ \t]*(?:#.*)?\n((?:[ \t]*(?:#.*)?\n|[ \t]+.*\n?|-.*\n?)+)",
        text,
        re.MULTILINE,
    )
    if not found:
        return ""
    lines = [line.expandtabs(2) for line in found[1].splitlines() if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    return "\n".join(line[margin:] for line in lines) + "\n"


def _pairs(block: str) -> dict[str, str]:
    found = re.findall(r"^[\"']?([\w/-]+)[\"']?[ \t]*:[ \t]*(\S.*?)[ \t]*$", block, re.MULTILINE)
    return {key: value for key, text in found if (value := _line(f"x: {text}", "x"))}


def _property(text: str | None, key: str) -> str | None:
    """The quoted text after ``key:`` or ``key =`` in JavaScript or JSON."""
    found = re.search(
        rf"\b{key}[\"']?(?:\s*:\s*string)?\s*[:=]\s*[\"'`]([^\"'`\n]+)[\"'`]",
        text or "",
        re.IGNORECASE,
    )
    return found[1] if found else None


def _assigned(text: str, name: str) -> str | None:
    """The quoted text that Python assigns to a name."""
    found = re.search(rf"^{name}\s*=\s*u?[\"']([^\"'\n]+)[\"']", text, re.MULTILINE)
    return found[1] if found else None


def _join(url: str | None, below: str) -> str | None:
    return f"{url.rstrip('/')}/{below.strip('/')}".rstrip("/") + "/" if url else None


def _with_slash(permalink: str | None) -> str | None:
    return f"/{permalink.lstrip('/')}" if permalink else None


_URL = re.compile(r"https?://[^\s\"'`,;<>{}]+")
_PLACES_FOR_ONE = re.compile(
    r"https?://(?:localhost|127\.|0\.0\.0\.0|(?:www\.)?(?:example\.(?:com|org)|yoursite\.com)(?:/|$))"
)
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def _site(url: Any) -> str | None:
    """The URL if it is absolute; a place for one (``http://localhost``, ``example``) is none."""
    if not isinstance(url, str) or not _URL.fullmatch(url.strip()):
        return None
    if len(url) > LONGEST_URL:
        return None
    return None if _PLACES_FOR_ONE.match(url.strip()) else url.strip()


def _named(text: str | None) -> str | None:
    """The site of a ``CNAME`` file, as hosts of static sites want it."""
    host = (text or "").strip().lower()
    return f"https://{host}/" if _HOST.fullmatch(host) else None


def _zone(name: Any) -> str | None:
    """A time zone's name, if there is such a zone; ``UTC`` is the default anyway."""
    if not isinstance(name, str) or name.upper() in ("UTC", "ETC/UTC") or "/" not in name:
        return None
    try:
        return ZoneInfo(name).key
    except (OSError, ValueError):
        return None
