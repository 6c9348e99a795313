"""Front matter to Content: each field found under its keys, checked, repaired, typed. Pure.

A bad optional field is left out, with a finding; only a title and a URL are required.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from watcher.ingest.body import MAX_MARKS, has_too_many_marks, html_value, render_body
from watcher.ingest.dates import time_value
from watcher.ingest.extra import keep_mapping
from watcher.ingest.findings import Finding, Findings, Value
from watcher.ingest.front_matter import FrontMatter
from watcher.ingest.keys import BODY, FieldKeys, KeyPath
from watcher.ingest.parts import read_each, read_images, read_provider, read_topics
from watcher.ingest.plain_record import read_plain_record
from watcher.ingest.urls import canonical_url, url_value
from watcher.ingest.values import flag_value, number_value, show, text_value
from watcher.model.seed import Content, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """What a record cannot do without, and has not."""

    reason: Reason
    finding: Finding


def normalise(front: FrontMatter, keys: FieldKeys, findings: Findings) -> Content | Lacking:
    """What a seed says; or the required field that it lacks."""
    if has_too_many_marks(front.body):
        findings.add(BODY, f"has more than {MAX_MARKS:,} marks: it is shown as plain text")
    body = render_body(front.body)
    plain = read_plain_record(front.data, keys, body=body)
    return plain or read_record(front.data, keys, findings, body=body)


def read_record(
    data: dict[Any, Any], keys: FieldKeys, findings: Findings, *, body: str | None = None
) -> Content | Lacking:
    """What any record says, with what is wrong with it."""
    return _Record(data, (), keys, findings).content(body=body)


def urls_of(content: Content) -> tuple[str, ...]:
    """The canonical URLs of an article, in the order of identity, each once."""
    urls = (content.original_url, content.url, content.amp_url, content.cdn_amp_url)
    return tuple(dict.fromkeys(canonical_url(url) for url in dict.fromkeys(urls) if url))


@dataclass(frozen=True, slots=True)
class _Record:
    """A record being read: the seed's own at the empty path, or a related one inside it."""

    data: dict[Any, Any]
    path: KeyPath
    keys: FieldKeys
    findings: Findings

    def content(self, *, body: str | None = None) -> Content | Lacking:
        title = self.read("title", text_value)
        if title is None:
            return self.lacking(Reason.MISSING_TITLE, "title")
        original_url = self.read("original_url", url_value)
        url = self.read("web_url", url_value) or original_url
        if url is None:
            return self.lacking(Reason.MISSING_URL, "web_url", "original_url")
        return Content(
            title=title,
            url=url,
            summary=self.read("summary", text_value),
            body=body,
            original_url=original_url,
            amp_url=self.read("amp_url", url_value),
            cdn_amp_url=self.read("cdn_amp_url", url_value),
            category=self.read("category", text_value),
            type=self.read("type", text_value),
            published_at=self.read("published_at", time_value),
            quality=self.read("quality", number_value),
            heat=self.read("heat", number_value),
            is_published=self.read("is_published", flag_value),
            provider=self.part("provider", read_provider),
            topics=self.part("topics", read_topics) or (),
            images=self.part("images", read_images) or (),
            related=self.part("related", self.read_related) or (),
            featured_content=self.read("featured_content", html_value),
            extra=self.extra(),
        )

    def read(self, field: str, convert: Callable[[Any], Value | None]) -> Value | None:
        """The field from the first of its keys that holds something usable."""
        for key in self.keys.of[field]:
            value = self.findings.read(convert, self.data, key, self.path)
            if value is not None:
                return value
        return None

    def part(
        self, field: str, read: Callable[[Any, KeyPath, Findings], Value | None]
    ) -> Value | None:
        """The same for a field that has parts of its own."""
        for key in self.keys.of[field]:
            value = self.data.get(key)
            part = None if value is None else read(value, (*self.path, key), self.findings)
            if part:
                return part
        return None

    def read_related(self, value: Any, path: KeyPath, findings: Findings) -> tuple[Content, ...]:
        return read_each(self._related, value, path, findings)

    def _related(self, value: Any, path: KeyPath, findings: Findings) -> Content | None:
        if not isinstance(value, dict):
            findings.add(path, f"is {show(value)}, not an article: write its title and webUrl")
            return None
        content = _Record(value, path, self.keys, findings).content()
        if isinstance(content, Content):
            return content
        if content.finding not in findings.made:
            findings.made.append(content.finding)
        return None

    def extra(self) -> dict[str, Any]:
        known = self.keys.known
        unknown = [item for item in self.data.items() if item[0] not in known]
        return keep_mapping(unknown, self.path, self.findings) if unknown else {}

    def lacking(self, reason: Reason, *fields: str) -> Lacking:
        """The lack of all ``fields``: at the first key that was tried, with what is wrong there."""
        keys = [key for field in fields for key in self.keys.of[field]]
        key = next((key for key in keys if key in self.data), keys[0])
        path = (*self.path, key)
        for finding in self.findings.made:
            if finding.path == path:
                return Lacking(reason=reason, finding=finding)
        wanted = " or ".join(self.keys.of[field][0] for field in fields)
        state = "empty" if key in self.data else "missing"
        message = f"is {state}: an article needs a {wanted}"
        return Lacking(reason=reason, finding=Finding(path=path, message=message))
