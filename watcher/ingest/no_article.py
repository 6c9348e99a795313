"""Which documents are no articles (what lies about in a folder, pages, data), or not yet: drafts.

Pure; the time is an argument.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import urlsplit

from watcher.ingest.formats import MARKDOWN, Document, Shape
from watcher.ingest.like.tool import Tool
from watcher.ingest.permalinks import without_source
from watcher.ingest.post import FileName
from watcher.ingest.times import read_time
from watcher.ingest.values import BadValue

_DATA_SUFFIXES = frozenset({"yaml", "yml", "toml", "json", "jsonl", "ndjson", "xml", "rss", "atom"})
_CONFIGS = frozenset(
    {
        "config", "hugo", "zola", "package", "package-lock", "composer", "manifest", "mkdocs",
        "netlify", "vercel", "tsconfig", "docker-compose", "site", "theme", "book",
        "pelicanconf", "feed", "sitemap", "atom", "rss", "search",
    }
)  # fmt: skip
_ANYWHERE = frozenset({"node_modules", "_site", "_includes", "_layouts", "_data"})
_TEXTS = (
    "body",
    "content",
    "text",
    "contenthtml",
    "contenttext",
    "summary",
    "excerpt",
    "description",
    "details",
)


def why_unread(path: str, file: FileName, tool: Tool, root_name: str) -> str | None:
    """Why a file is no article, as far as its path tells; None if it may be one."""
    folders = path.split("/")[:-1]
    base = path.rpartition("/")[2].lower()
    if _is_apart(tuple(folders), tool, root_name):
        return "it lies in a folder that holds no articles"
    if tool.posts and not tool.posts & {*folders, root_name} and (folders or file.day is None):
        return "it lies in none of the folders that hold posts"
    if tool.dated & {*folders, root_name} and not tool.drafts & set(folders) and file.day is None:
        return "its name does not begin with a date"
    if base.startswith("_index.") and "_index" in tool.pages:
        return "it is the page of a section"
    top = without_source(file.folders, tool)
    if not top and file.name.lower() in tool.pages:
        return "it is a page, not a post"
    if tool.pages and file.is_index and not without_source(tuple(folders), tool):
        return "it is a page, not a post"
    if file.suffix in _DATA_SUFFIXES and (tool.needs_front_matter or _is_config(base)):
        return "it is a data file"
    return None


def _is_apart(folders: tuple[str, ...], tool: Tool, root_name: str) -> bool:
    """True if these folders lead to what is no source: beside it, at the top, or made by a tool."""
    inside = without_source(folders, tool)
    before = folders[: len(folders) - len(inside)]
    is_source = any(source.rpartition("/")[2] == root_name for source in tool.source)
    if tool.left_out_inside & set(inside[:1]):
        return True
    checked = before or (() if is_source else folders[:1])
    return bool(tool.left_out & set(checked)) or bool(tool.left_out & _ANYWHERE & set(folders))


def _is_config(base: str) -> bool:
    return base.startswith("_") or base.rpartition(".")[0] in _CONFIGS


def why_no_article(
    document: Document,
    values: dict[str, Any],
    file: FileName,
    tool: Tool,
    *,
    keys: Mapping[str, Sequence[str]],
    has_heading: bool,
) -> str | None:
    """Why a document is no article; ``values`` are its keys, folded. None if it is one.

    ``keys`` are, for each field, the folded keys that may hold it.
    """
    for key, marks in tool.page_marks.items():
        if str(values.get(key)).strip().lower() in marks:
            return "its keys say that it is a page"
    has_title = any(values.get(key) for key in keys["title"])
    if file.day is None and not any(values.get(key) for key in keys["published_at"]):
        if tool.needs_date:
            return "it has no date"
        inside = without_source(file.folders, tool)
        if tool.page_folders is not None and (not inside or inside[0] in tool.page_folders):
            return "it is a page, not a post: it has no date"
    match document.shape:
        case Shape.BARE | Shape.PAGE if tool.needs_front_matter:
            return "it has no front matter"
        case Shape.BARE if file.day is None:
            is_markdown = f".{file.suffix}" in MARKDOWN
            return (
                None if is_markdown and has_heading else "it has neither front matter nor heading"
            )
        case Shape.PAGE if file.day is None and not has_title:
            return "it has no title"
        case Shape.DATA if not has_title or not _says_more(values, keys):
            return "it has no title with a URL, a text or a date"
    return None


def _says_more(values: dict[str, Any], keys: Mapping[str, Sequence[str]]) -> bool:
    if any(values.get(key) for key in (*_TEXTS, *keys["summary"], *keys["published_at"])):
        return True
    urls = (values.get(key) for key in (*keys["web_url"], *keys["original_url"]))
    return any(isinstance(url, str) and not is_home(url) for url in urls)


def is_home(url: str) -> bool:
    """True if a URL names a whole site: nobody's identity."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    return parts.path in ("", "/") and not parts.query


_YES = frozenset({"true", "yes", "1", "on"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """``why`` an article is held, if it is; ``due_at`` is when that may change by itself."""

    why: str | None = None
    due_at: datetime | None = None


OUT = Standing()


def standing_of(
    values: Mapping[str, Any],
    folders: tuple[str, ...],
    tool: Tool,
    *,
    published_at: datetime | None,
    zone: tzinfo,
    now: datetime,
) -> Standing:
    """How an article stands at ``now``; ``values`` are its keys, folded."""
    if not (tool.can_hold or "draft" in values or "status" in values):
        return OUT
    if tool.drafts & set(folders):
        return Standing(why="it lies among the drafts")
    if _says(values.get("draft"), _YES):
        return Standing(why="draft: true")
    if _says(values.get("status"), frozenset({"draft"})):
        return Standing(why="status: draft")
    for key, marks in tool.unpublished.items():
        if _says(values.get(key), marks):
            return Standing(why=f"{key}: {str(values[key]).lower()}")
    waits = [published_at if key == "date" else _time(values.get(key), zone) for key in tool.waits]
    if late := [moment for moment in waits if moment and moment > now]:
        return Standing(why="its time has not come", due_at=max(late))
    ends = [moment for key in tool.ends if (moment := _time(values.get(key), zone))]
    if not ends:
        return OUT
    over = min(ends)
    return Standing(why="it has expired") if over <= now else Standing(due_at=over)


def _says(value: object, marks: frozenset[str]) -> bool:
    return isinstance(value, str | bool | int) and str(value).strip().lower() in marks


def _time(value: object, zone: tzinfo) -> datetime | None:
    try:
        when = None if value is None or isinstance(value, bool) else read_time(value, zone)
    except BadValue:
        return None
    return None if when is None else when.moment
