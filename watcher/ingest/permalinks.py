"""Where a post is published: a permalink's placeholders filled in, below the root's site. Pure."""

import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote, urljoin, urlsplit

from watcher.config.permalink import PermalinkRule
from watcher.ingest.keys import folded
from watcher.ingest.like.tool import Tool
from watcher.ingest.post import Post

# RFC 3986 §3.3: what may stand in a path as it is; `%` for what is encoded already.
_IN_PATH = "/:@!$&'()*+,;=~-._%"
_PLACEHOLDER = re.compile(
    r"\{date:(?P<date>(?:%-?[a-zA-Z]|[^%{}])+)\}"  # as Pelican has it
    r"|:(?P<colon>[a-z][a-z0-9_]*)|\{(?P<brace>[a-z][a-z0-9_]*)\}",
    re.IGNORECASE,
)
_SLASHES = re.compile(r"/{2,}")
_LIQUID = re.compile(r"\{\{-?\s*([\w.]+)\s*(?:\|[^}]*)?-?\}\}")

_LANGUAGE = ("lang", "language")
_OF_TIME = {
    "year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "second": "%S",
    "short_year": "%y", "monthname": "%B", "short_month": "%b", "long_month": "%B",
    "short_day": "%a", "long_day": "%A", "y_day": "%j", "yearday": "%-j", "i_month": "%-m",
    "i_day": "%-d", "weekdayname": "%A", "weekday": "%w",
}  # fmt: skip


def published_at_path(post: Post, rules: Iterable[PermalinkRule], tool: Tool) -> str | None:
    """The path of a post below its site; None if nothing says it."""
    fitting = [rule for rule in rules if _fits(rule, post, tool)]
    for rule in (*fitting, PermalinkRule(template=tool.permalink)):
        if path := fill_in(rule.template, post, tool):
            language = None if _says_language(rule) else post.file.language
            return path if language in (None, tool.default_language) else f"/{language}{path}"
    return None


def _says_language(rule: PermalinkRule) -> bool:
    """True if the config itself says where the posts of a language are."""
    if any(folded(key) in _LANGUAGE for key, _ in rule.when):
        return True
    found = (one["colon"] or one["brace"] or "" for one in _PLACEHOLDER.finditer(rule.template))
    return any(name.lower() in _LANGUAGE for name in found)


def _fits(rule: PermalinkRule, post: Post, tool: Tool) -> bool:
    if rule.section is not None and rule.section != "/".join(_folders(post, tool)[:1]):
        return False
    return all(_says(_value(post, folded(key)), wanted) for key, wanted in rule.when)


def _value(post: Post, key: str) -> object:
    value = post.values.get(key)
    return post.file.language if value is None and key in _LANGUAGE else value


def _says(value: object, wanted: str) -> bool:
    if isinstance(value, list | tuple):
        return any(_says(item, wanted) for item in value)
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return value is not None and shown.strip().casefold() == wanted.strip().casefold()


def fill_in(text: str, post: Post, tool: Tool) -> str | None:
    """``text`` with what its placeholders stand for; None if the post lacks one of them."""
    text = tool.styles.get(text.strip().lower(), text)
    lacks = False

    def part(found: re.Match[str]) -> str:
        nonlocal lacks
        if found["date"]:
            value = post.day.strftime(found["date"]) if post.day else None
        else:
            value = _part((found["colon"] or found["brace"]).lower(), post, tool)
        lacks |= value is None
        return value or ""

    text = _LIQUID.sub(lambda found: f"{{{found[1].rpartition('.')[2].lower()}}}", text)
    path = _PLACEHOLDER.sub(part, text)
    return None if lacks or "{" in path else _SLASHES.sub("/", f"/{path}")


def _part(name: str, post: Post, tool: Tool) -> str | None:  # noqa: C901  # a table in words
    if name in tool.parts:
        return tool.parts[name](post)
    if name in _OF_TIME:
        return _time(post.day, _OF_TIME[name]) if post.day else None
    file = post.file
    if name in ("slug", "fileslug"):
        return _slug(post, tool)
    if name == "title":
        return tool.slug(post.title) if post.title else None
    if name in ("filename", "contentbasename", "slugorfilename", "slugorcontentbasename"):
        own = post.text("slug") if name.startswith("slugor") else None
        return own or tool.segment(file.stem)
    if name == "path":
        return "/".join([*map(tool.segment, _folders(post, tool)), *_last(post, tool)])
    if name == "section":
        return "/".join(map(tool.segment, _folders(post, tool)[:1]))
    if name == "sections":
        return "/".join(map(tool.segment, _folders(post, tool)))
    if name == "categories":
        return "/".join(map(tool.slug, post.categories))
    if name == "category":
        return tool.slug(post.categories[0]) if post.categories else None
    value = post.text(folded(name))
    if value is None and name in _LANGUAGE:
        value = post.file.language
    return tool.slug(value) if value else None


def _time(day: datetime, form: str) -> str:
    shown = day.strftime(form)
    return shown.lower() if form in ("%B", "%A") else shown


def _slug(post: Post, tool: Tool) -> str:
    return post.text("slug") or tool.slug(post.file.name)


def _last(post: Post, tool: Tool) -> tuple[str, ...]:
    file = post.file
    if file.is_index and not file.folders and file.stem.lower() in ("index", "_index"):
        return ()
    own = post.text("slug")
    if own:
        return (own,)
    if tool.folds_same_folder and file.folders[-1:] == (file.stem,):
        return ()
    return (tool.segment(file.stem if tool.keeps_file_date else file.name),)


def _folders(post: Post, tool: Tool) -> tuple[str, ...]:
    return without_source(post.file.folders, tool)


def without_source(folders: tuple[str, ...], tool: Tool) -> tuple[str, ...]:
    """``folders`` without those of the tool's source in front of them."""
    for source in tool.source:
        parts = tuple(source.split("/"))
        for start in range(len(folders) - len(parts) + 1):
            if folders[start : start + len(parts)] == parts:
                return folders[start + len(parts) :]
    return folders


def absolute_url(path: str, site: str) -> str:
    """``path``, relative to ``site`` wherever it begins, as a URL of ASCII.

    A site may be a folder of a host (``https://me.example.org/blog/``): all of it is below that.
    """
    if path.startswith("//") or urlsplit(path).scheme:
        return urljoin(site, path)
    base = site if site.endswith("/") else f"{site}/"
    path, mark, rest = path.lstrip("/").partition("?")
    return base + quote(path, safe=_IN_PATH) + mark + rest
