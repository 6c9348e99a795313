"""Front matter to Content: each field found under its keys, checked, repaired, typed. Pure.

A bad optional field is left out, with a finding; only a title and a URL are required.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from watcher.ingest.body import html_value, render_body
from watcher.ingest.dates import time_value
from watcher.ingest.findings import Finding, Findings
from watcher.ingest.front_matter import FrontMatter
from watcher.ingest.keys import BODY, FieldKeys, KeyPath
from watcher.ingest.limits import MAX_RELATED
from watcher.ingest.parts import (
    first_of,
    keep_mapping,
    read_each,
    read_images,
    read_provider,
    read_topics,
)
from watcher.ingest.urls import url_value
from watcher.ingest.values import (
    BadValue,
    flag_value,
    number_value,
    show,
    summary_value,
    text_value,
    title_value,
)
from watcher.model.seed import Content, Reason

_ReadValue = Callable[[Any], Any]
_ReadPart = Callable[[Any, KeyPath, Findings], Any]

# What is one value is read by itself; what has parts of its own needs its place, for the findings.
_VALUES: Mapping[str, _ReadValue] = {
    "title": title_value,
    "summary": summary_value,
    **dict.fromkeys(("category", "type"), text_value),
    **dict.fromkeys(("web_url", "original_url", "amp_url", "cdn_amp_url"), url_value),
    **dict.fromkeys(("quality", "heat"), number_value),
    "published_at": time_value,
    "is_published": flag_value,
    "featured_content": html_value,
}
_PARTS: Mapping[str, _ReadPart] = {
    "provider": read_provider,
    "images": read_images,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """The required field that a record does not have."""

    reason: Reason
    finding: Finding


def normalise(front: FrontMatter, keys: FieldKeys, findings: Findings) -> Content | Lacking:
    """What a seed says; or the required field that it lacks."""
    body = findings.convert(render_body, front.body, BODY)
    return _RecordReader(keys, findings).read(front.data, (), body=body)


class _RecordReader:
    """Reads the records of one seed: its own, at the empty path, and the related ones inside it.

    While nothing is wrong, findings cost nothing: the path of a value is made when it is bad.
    """

    def __init__(self, keys: FieldKeys, findings: Findings) -> None:
        self._keys = keys
        self._findings = findings
        self._parts = {**_PARTS, "topics": self._topics, "related": self._related}

    def read(
        self, data: Mapping[Any, Any], path: KeyPath, *, body: str | None = None
    ) -> Content | Lacking:
        """The content of one record."""
        held, unknown = self._sort(data)
        values: dict[str, Any] = {"body": body}
        for field, keys in held.items():
            value = self._first_usable(field, keys, data, path)
            if value is not None:
                values[field] = value
        url = values.pop("web_url", None) or values.get("original_url")
        if "title" not in values:
            return self._lacking(Reason.MISSING_TITLE, data, path, "title")
        if url is None:
            return self._lacking(Reason.MISSING_URL, data, path, "web_url", "original_url")
        if unknown:
            values["extra"] = keep_mapping(unknown, path, self._findings)
        return Content(url=url, **values)

    def _sort(
        self, data: Mapping[Any, Any]
    ) -> tuple[dict[str, tuple[str, ...]], list[tuple[Any, Any]]]:
        """The keys that hold each field, best first, and the pairs whose key is unknown."""
        held: dict[str, tuple[str, ...]] = {}
        unknown: list[tuple[Any, Any]] = []
        fields_of = self._keys.fields_of
        for key, value in data.items():
            fields = fields_of.get(key)
            if fields is None:
                unknown.append((key, value))
            elif value is not None:
                for field in fields:
                    held[field] = self._ranked(field, key, held[field]) if field in held else (key,)
        return held, unknown

    def _ranked(self, field: str, key: str, others: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted((*others, key), key=self._keys.of[field].index))

    def _first_usable(
        self, field: str, keys: tuple[str, ...], data: Mapping[Any, Any], path: KeyPath
    ) -> Any:
        """The field from the first of ``keys`` that holds something usable; None if none does."""
        read = _VALUES.get(field)
        for key in keys:
            if read is None:
                value = self._parts[field](data[key], (*path, key), self._findings) or None
            else:
                try:
                    value = read(data[key])
                except BadValue as bad:
                    self._findings.add((*path, key), str(bad))
                    value = bad.kept
            if value is not None:
                return value
        return None

    def _topics(self, value: Any, path: KeyPath, findings: Findings) -> tuple[str, ...]:
        return read_topics(value, path, findings, most=self._keys.max_topics)

    def _related(self, value: Any, path: KeyPath, findings: Findings) -> tuple[Content, ...]:
        first = first_of(value, MAX_RELATED, path, findings)
        return read_each(self._related_record, first, path, findings)

    def _related_record(self, value: Any, path: KeyPath, findings: Findings) -> Content | None:
        if not isinstance(value, dict):
            findings.add(path, f"is {show(value)}, not an article: write its title and webUrl")
            return None
        content = self.read(value, path)
        if isinstance(content, Content):
            return content
        if content.finding not in findings.made:
            findings.add(content.finding.path, content.finding.message)
        return None

    def _lacking(
        self, reason: Reason, data: Mapping[Any, Any], path: KeyPath, *fields: str
    ) -> Lacking:
        """The lack of all ``fields``: at the first key that was tried, with what is wrong there."""
        keys = [key for field in fields for key in self._keys.of[field]]
        key = next((key for key in keys if key in data), keys[0])
        place = (*path, key)
        for finding in self._findings.made:
            if finding.path == place:
                return Lacking(reason=reason, finding=finding)
        wanted = " or ".join(self._keys.of[field][0] for field in fields)
        state = "empty" if key in data else "missing"
        message = f"is {state}: an article needs a {wanted}"
        return Lacking(reason=reason, finding=Finding(path=place, message=message))
