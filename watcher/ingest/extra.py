"""Keys that nobody knows: kept, as values that JSON and every database can hold. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date
from math import isfinite
from typing import Any

from watcher.ingest.findings import Findings
from watcher.ingest.keys import KeyPath, is_secured
from watcher.ingest.text import storable_text
from watcher.ingest.values import BadValue, show

_JSON_WORDS = {None: "null", True: "true", False: "false"}


def keep_mapping(
    items: Iterable[tuple[Any, Any]], path: KeyPath, findings: Findings
) -> dict[str, Any]:
    """A mapping with text as keys and JSON as values; what has no such form is left out."""
    named = ((_key(key), value) for key, value in items)
    return dict(_keep((item for item in named if not is_secured(item[0])), path, findings))


def _key(key: object) -> str:
    if isinstance(key, str):
        return storable_text(key)
    if isinstance(key, bytes):
        return storable_text(key.decode("ascii", "replace"))
    if isinstance(key, date):
        return key.isoformat()
    return _JSON_WORDS[key] if key is None or isinstance(key, bool) else str(key)


def _keep(
    items: Iterable[tuple[Any, Any]], path: KeyPath, findings: Findings
) -> Iterator[tuple[Any, Any]]:
    for key, value in items:
        at = (*path, key)
        try:
            yield key, _json_value(value, at, findings)
        except BadValue as bad:
            findings.add(at, str(bad))


def _json_value(value: Any, path: KeyPath, findings: Findings) -> Any:
    match value:
        case str():
            return storable_text(value)
        case None | int():
            return value
        case float() if isfinite(value):
            return value
        case date():
            return value.isoformat()
        case dict():
            return keep_mapping(value.items(), path, findings)
        case list():
            return [kept for _, kept in _keep(enumerate(value), path, findings)]
        case set():  # it has no order of its own: any fixed one will do
            return _json_value(sorted(value, key=repr), path, findings)
        case _:
            raise BadValue(f"is {show(value)}, which cannot be kept: write it as text")
