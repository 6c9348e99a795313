"""A record's keys to its fields: each found under its keys, checked, repaired, typed. Pure.

A bad field is left out, with a finding. What a seed says beyond its keys is not known here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from watcher.ingest.body import html_value
from watcher.ingest.keys import FieldKeys, KeyPath
from watcher.ingest.limits import MAX_RELATED
from watcher.ingest.parts import (
    first_of,
    keep_mapping,
    read_authors,
    read_each,
    read_images,
    read_provider,
    read_topics,
    topic_words,
)
from watcher.ingest.times import read_time
from watcher.ingest.urls import url_value
from watcher.ingest.values import (
    BadValue,
    Finding,
    Findings,
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
    "is_published": flag_value,
    "featured_content": html_value,
}
_PARTS: Mapping[str, _ReadPart] = {
    "provider": read_provider,
    "authors": read_authors,
}
_TEXTS = frozenset({"title", "summary", "category", "type", "topics"})
_EPOCH = 1970
_TIMES = ("published_at", "modified_at")
_NO_FLAG = 9_999_999  # a day without its dashes, or seconds since the epoch
_SPARED = frozenset({"web_url", "images", "authors", "title", "summary"})
"""What may have another meaning under another tool's word for it: then nothing is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """The required field that a record does not have."""

    reason: Reason
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How records are read: their keys, their time zone, and what makes an address absolute.

    ``written`` is the text of a scalar in the file, whatever it was taken for.
    """

    keys: FieldKeys
    zone: tzinfo
    written: Callable[[KeyPath], str | None]
    by_spaces: bool = False
    address: Callable[[Any], str | None] = url_value


class RecordReader:
    """Reads the records of one seed: its own, at the empty path, and the related ones inside it.

    While nothing is wrong, findings cost nothing: the path of a value is made when it is bad.
    Times are in the zone in which they were written.
    """

    def __init__(self, how: Reading, findings: Findings) -> None:
        self._how = how
        self._keys = how.keys
        self._findings = findings
        self._parts = {
            **_PARTS,
            "topics": self._topics,
            "images": self._images,
            "related": self._related,
        }
        self._values = {**_VALUES, "web_url": how.address, **dict.fromkeys(_TIMES, self._time)}

    def fields(
        self,
        data: Mapping[Any, Any],
        path: KeyPath = (),
        own_urls: list[tuple[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """The fields of one record that are usable, and its ``extra``.

        What may hold the record's own URL is not read, but put into ``own_urls`` if that is given.
        """
        held, unknown = self._sort(data, own_urls)
        values: dict[str, Any] = {}
        for field, keys in held.items():
            value = data[keys[0]]
            if len(keys) == 1 and type(value) is str and field in self._values:  # nearly all
                try:
                    value = self._values[field](value)
                except BadValue:
                    value = self._first_usable(field, keys, data, path)
            else:
                value = self._first_usable(field, keys, data, path)
            if value is not None:
                values[field] = value
        if unknown:
            values["extra"] = keep_mapping(unknown, path, self._findings)
        return values

    def _sort(
        self, data: Mapping[Any, Any], own_urls: list[tuple[str, Any]] | None
    ) -> tuple[dict[str, tuple[str, ...]], list[tuple[Any, Any]]]:
        """The keys that hold each field, best first, and the pairs whose key is unknown."""
        held: dict[str, tuple[str, ...]] = {}
        unknown: list[tuple[Any, Any]] = []
        fields_of = self._keys.fields_of
        for key, value in data.items():
            fields = fields_of.get(key) or self._keys.fields_for(key)
            if fields is None:
                unknown.append((key, value))
            elif own_urls is not None and "web_url" in fields:
                own_urls.append((key, value))
            elif value is not None:
                for field in fields if len(fields) == 1 else _meant(fields, value):
                    held[field] = self._ranked(field, key, held[field]) if field in held else (key,)
        return held, unknown

    def _ranked(self, field: str, key: str, others: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted((*others, key), key=lambda one: self._keys.rank(field, one)))

    def _first_usable(
        self, field: str, keys: tuple[str, ...], data: Mapping[Any, Any], path: KeyPath
    ) -> Any:
        """The field from the first of ``keys`` that holds something usable; None if none does."""
        if field == "topics" and len(keys) > 1 and "topics" not in self._keys.configured:
            return self._all_topics(keys, data, path)
        read = self._values.get(field)
        for key in keys:
            if read is None:
                findings = Findings() if self._is_spared(field, key) else self._findings
                value = self._parts[field](data[key], (*path, key), findings) or None
            else:
                value = data[key]
                if type(value) is not str and field in _TEXTS:
                    value = self._as_text(value, (*path, key))
                try:
                    value = read(value)
                except BadValue as bad:
                    if not self._is_spared(field, key):
                        self._findings.add((*path, key), str(bad))
                    value = bad.kept
            if value is not None:
                return value
        return None

    def _as_text(self, value: Any, path: KeyPath) -> Any:
        """A value as it is written, where text is wanted and YAML took it for something else."""
        if not isinstance(value, int | float | date):
            return value
        return self._how.written(path) or value

    def _is_spared(self, field: str, key: str) -> bool:
        return (
            field in _SPARED and key not in self._keys.of[field] and self._keys.is_alias(field, key)
        )

    def _time(self, value: Any) -> datetime | None:
        if type(value) is datetime and value.tzinfo is UTC and value.year > _EPOCH:
            return value
        when = read_time(value, self._how.zone)
        if when is not None and when.warning:
            raise BadValue(when.warning, kept=when.moment)
        return None if when is None else when.moment

    def _topics(self, value: Any, path: KeyPath, findings: Findings) -> tuple[str, ...]:
        if isinstance(value, list):
            value = [
                item if type(item) is str else self._as_text(item, (*path, n))
                for n, item in enumerate(value)
            ]
        else:
            value = self._as_text(value, path)
        words = topic_words(value, by_spaces=self._how.by_spaces)
        return read_topics(words, path, findings, most=self._keys.max_topics)

    def _all_topics(
        self, keys: tuple[str, ...], data: Mapping[Any, Any], path: KeyPath
    ) -> tuple[str, ...] | None:
        words = [
            topic for key in keys for topic in self._topics(data[key], (*path, key), self._findings)
        ]
        return read_topics(words, path, Findings(), most=self._keys.max_topics) or None

    def _images(self, value: Any, path: KeyPath, findings: Findings) -> tuple[Any, ...]:
        return read_images(value, path, findings, address=self._how.address)

    def _related(self, value: Any, path: KeyPath, findings: Findings) -> tuple[Content, ...]:
        first = first_of(value, MAX_RELATED, path, findings)
        return read_each(self._related_record, first, path, findings)

    def _related_record(self, value: Any, path: KeyPath, findings: Findings) -> Content | None:
        if not isinstance(value, dict):
            findings.add(path, f"is {show(value)}, not an article: write its title and webUrl")
            return None
        values = self.fields(value, path)
        url = values.pop("web_url", None) or values.get("original_url")
        if "title" not in values:
            lack = self.lacking(Reason.MISSING_TITLE, value, path, "title")
        elif url is None:
            lack = self.lacking(Reason.MISSING_URL, value, path, "web_url", "original_url")
        else:
            return Content(url=url, **in_utc(values))
        if lack.finding not in findings.made:
            findings.add(lack.finding.path, lack.finding.message)
        return None

    def lacking(
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


def in_utc(values: dict[str, Any]) -> dict[str, Any]:
    """The fields of a record with their times in UTC."""
    for field in _TIMES:
        if field in values and values[field].tzinfo is not UTC:
            values[field] = values[field].astimezone(UTC)
    return values


def _meant(fields: tuple[str, ...], value: Any) -> tuple[str, ...]:
    """Which of several fields a key means: ``published`` may be a time, or yes or no."""
    if "is_published" not in fields or "published_at" not in fields:
        return fields
    is_time = isinstance(value, date) or (type(value) is int and value > _NO_FLAG)
    if isinstance(value, str) and any(sign.isdigit() for sign in value):
        is_time = True
    return ("published_at",) if is_time else ("is_published",)
