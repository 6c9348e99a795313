"""A document and its path to an article: what its keys do not say, its folder does. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from functools import partial
from typing import Any

from watcher.ingest.body import inline_text, render_body
from watcher.ingest.formats import Document, Shape
from watcher.ingest.keys import BODY, folded
from watcher.ingest.like.tool import OUTPUT
from watcher.ingest.no_article import Standing, is_home, standing_of, why_no_article
from watcher.ingest.normalise import Lacking, Reading, RecordReader, in_utc
from watcher.ingest.parts import topic_words
from watcher.ingest.permalinks import absolute_url, fill_in, published_at_path
from watcher.ingest.post import FileName, Post
from watcher.ingest.rules import Rules
from watcher.ingest.summary import Heading, first_heading, summary_of
from watcher.ingest.urls import url_value
from watcher.ingest.values import BadValue, Findings
from watcher.model.seed import Content, Reason

_NESTED = ("taxonomies", "extra", "params", "advisory")  # tables of Zola, Hugo and RustSec
_BODIES = ("contenthtml", "articlebody", "body", "content", "contenttext", "text", "details")


_OF_ADVISORIES = frozenset({"affected", "schema_version", "modules", "aliases", "cves", "ghsas"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a document says, and how it stands; ``is_placed``: its URL is made of its path."""

    content: Content
    standing: Standing
    is_placed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoArticle:
    why: str


def understand(
    document: Document,
    path: str,
    *,
    file: FileName,
    rules: Rules,
    findings: Findings,
    now: datetime,
) -> Understood | NoArticle | Lacking:
    """The article of a document at ``path``; or that it is none; or what it lacks."""
    return _Article(document, path, file=file, rules=rules, findings=findings).read(now)


class _Article:
    def __init__(
        self, document: Document, path: str, *, file: FileName, rules: Rules, findings: Findings
    ) -> None:
        self._document = document
        self._file = file
        self._rules = rules
        self._findings = findings
        self._folders = tuple(path.split("/")[:-1])
        self._data = _as_article(_flattened(document.data), document.shape)
        self._values = {folded(key): value for key, value in reversed(self._data.items())}
        how = Reading(
            keys=rules.keys,
            zone=UTC if rules.tool.dates_are_utc else rules.zone,
            written=document.front.written,
            by_spaces=rules.tool.tags_by_spaces,
            address=self._address,
        )
        self._reader = RecordReader(how, findings)
        self._is_placed = False

    def read(self, now: datetime) -> Understood | NoArticle | Lacking:
        body, is_html = self._body()
        has_title = any(self._values.get(key) for key in self._rules.keys.of_folded["title"])
        heading = None if has_title or is_html else first_heading(body)
        why = why_no_article(
            self._document,
            self._values,
            self._file,
            self._rules.tool,
            keys=self._rules.keys.of_folded,
            has_heading=heading is not None,
        )
        if why:
            return NoArticle(why=why)
        own = list[tuple[str, Any]]()
        values = self._reader.fields(self._data, own_urls=own)
        if "title" not in values:
            title = self._title(heading, body)
            if title is None:
                return self._reader.lacking(Reason.MISSING_TITLE, self._data, (), "title")
            values["title"] = title
            body = heading.body if heading else body
        self._add_date(values)
        self._add_topics(values)
        url = self._url(values, own)
        values["body"] = self._render(body, is_html=is_html, base=url or self._rules.site)
        if "summary" not in values:
            part = partial(_rendered_part, is_html=is_html)
            if summary := summary_of(body, values["body"], part):
                values["summary"] = summary
        standing = standing_of(
            self._values,
            self._folders,
            self._rules.tool,
            published_at=values.get("published_at"),
            zone=self._rules.zone,
            now=now,
        )
        content = Content(url=url, **in_utc(values))
        return Understood(content=content, standing=standing, is_placed=self._is_placed)

    # ------------------------------------------------------------ title and body

    def _body(self) -> tuple[str, bool]:
        """The body, and whether it is HTML: of a data file, one of its keys is."""
        if self._document.body or self._document.shape is not Shape.DATA:
            return self._document.body, self._document.is_html
        for key in _BODIES:
            value = self._values.get(key)
            if isinstance(value, str) and value.strip():
                return value, key == "contenthtml" or value.lstrip().startswith("<")
        return "", False

    def _render(self, body: str, *, is_html: bool, base: str | None) -> str | None:
        render = partial(render_body, base=base, is_html=is_html)
        return self._findings.convert(render, body, BODY)

    def _title(self, heading: Heading | None, body: str) -> str | None:
        if heading is not None and (words := inline_text(heading.words)):
            return words
        summaries = self._rules.keys.of_folded["summary"]
        has_name = self._rules.like == "obsidian"  # a note is called what its file is called
        is_silent = (
            not has_name
            and not body.strip()
            and not any(self._values.get(key) for key in summaries)
        )
        if is_silent or self._document.shape is Shape.DATA:
            return None
        words = " ".join(self._file.name.replace("-", " ").replace("_", " ").split())
        return words[:1].upper() + words[1:] or None

    # ------------------------------------------------------------ date and topics

    def _add_date(self, values: dict[str, Any]) -> None:
        day = self._file.day
        if "published_at" not in values and day is not None:
            values["published_at"] = datetime.combine(day, time(), tzinfo=self._rules.zone)

    def _add_topics(self, values: dict[str, Any]) -> None:
        tool = self._rules.tool
        topics = list(values.get("topics", ()))
        if tool.category_is_topic:
            known = {topic.casefold() for topic in topics}
            topics += [name for name in self._categories() if name.casefold() not in known]
        if tool.no_topics:
            topics = [topic for topic in topics if topic.casefold() not in tool.no_topics]
        if topics or "topics" in values:
            values["topics"] = tuple(topics[: self._rules.keys.max_topics])

    def _categories(self) -> tuple[str, ...]:
        """The categories that stand in a permalink: the keys', else the folders above the posts."""
        one = self._values.get("category")
        by_spaces = self._rules.tool.tags_by_spaces
        words = topic_words(one, by_spaces=False) if one else []
        words = words or topic_words(self._values.get("categories") or [], by_spaces=by_spaces)
        words = words if isinstance(words, list) else [words]  # what one mapping names
        names = [str(word).strip() for word in words if isinstance(word, str | int | float)]
        marks = [n for n, folder in enumerate(self._folders) if folder in self._rules.tool.posts]
        above = self._folders[: marks[0]] if marks and self._rules.like == "jekyll" else ()
        return tuple(dict.fromkeys(name for name in (*above, *names) if name))

    # ------------------------------------------------------------ addresses

    def _url(self, values: dict[str, Any], own: list[tuple[str, Any]]) -> str:
        """The article's URL, from the best of its ``own`` keys that says one."""
        if len(own) > 1:
            own = sorted(own, key=lambda pair: self._rules.keys.rank("web_url", pair[0]))
        for key, value in own:
            if value is None or isinstance(value, bool):
                continue
            url = self._own_url(key, value, values)
            if url:
                return url
        original: str = values.get("original_url", "")
        if original or not self._rules.site or not self._file.name:
            return original
        self._is_placed = True
        path = published_at_path(self._post(values), self._rules.permalinks, self._rules.tool)
        return absolute_url(path, self._rules.site) if path else ""

    def _own_url(self, key: str, value: Any, values: dict[str, Any]) -> str | None:
        """The URL under one of the keys that may hold it; None if it is not there."""
        is_alias = self._rules.keys.is_alias("web_url", key) or self._rules.like is not None
        site = self._rules.site
        if isinstance(value, str) and not _is_absolute(value) and is_alias:
            path = fill_in(value.strip(), self._post(values), self._rules.tool) if site else None
            looks = "/" in value or value.strip().endswith(".html") or key.lower() == "permalink"
            return absolute_url(path, site) if site and path and looks else None
        try:
            url = self._address(value)
        except BadValue as bad:
            if not is_alias:
                self._findings.add((key,), str(bad))
            return None
        return None if url and is_alias and is_home(url) else url

    def _address(self, value: Any) -> str | None:
        """An absolute URL; relative ones start from the root's site."""
        site = self._rules.site
        if site and isinstance(value, str) and value.strip() and not _is_absolute(value):
            return url_value(absolute_url(value.strip(), site))
        return url_value(value)

    def _post(self, values: Mapping[str, Any]) -> Post:
        moment = values.get("published_at")
        file = self._file
        if self._document.shape is Shape.PAGE and file.folders[:1] and file.folders[0] in OUTPUT:
            file = replace(file, folders=file.folders[1:])  # where a tool wrote the page
        return Post(
            file=file,
            values=self._values,
            title=values.get("title"),
            day=moment and self._rules.local(moment),
            categories=self._categories(),
        )


def _as_article(data: dict[Any, Any], shape: Shape) -> dict[Any, Any]:
    """A security advisory in the keys of an article: OSV's has an id, but no title.

    https://ossf.github.io/osv-schema/. Other data is as it was.
    """
    name, summary = data.get("id"), data.get("summary")
    details = data.get("details") or data.get("description")
    is_advisory = isinstance(name, str) and any(isinstance(one, str) for one in (summary, details))
    if shape is not Shape.DATA or not is_advisory or not _OF_ADVISORIES & data.keys():
        return data
    rest = {key: value for key, value in data.items() if key not in ("summary", "description")}
    has_summary = isinstance(summary, str) and bool(summary.strip())
    rest = {"title": summary if has_summary else name, "details": details or summary} | rest
    own = data.get("database_specific")
    if isinstance(own, dict) and isinstance(own.get("url"), str):
        rest.setdefault("url", own["url"])
    return rest


def _rendered_part(body: str, *, is_html: bool) -> str | None:
    try:
        return render_body(body, is_html=is_html)
    except BadValue as bad:  # too long for a body, and surely for a summary
        return bad.kept if isinstance(bad.kept, str) else None


def _is_absolute(value: str) -> bool:
    head, colon, _ = value.strip().partition(":")
    return bool(colon) and head.replace("+", "").replace("-", "").isalnum() and head[:1].isalpha()


def _flattened(data: dict[Any, Any]) -> dict[Any, Any]:
    """The keys of a mapping, with those in tables that hold keys like its own."""
    nested: dict[Any, Any] = {}
    for name in _NESTED:
        if isinstance(data.get(name), dict):
            nested |= data[name]
    return nested | data if nested else data
