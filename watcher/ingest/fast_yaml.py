"""Plain YAML, as programs write it, to a mapping: a fast way round libyaml, not another parser.

It knows block mappings and lists, scalars in every style and short flow lists, and gives for them
what :func:`watcher.ingest.load.load_yaml` gives, to the type. Whatever else stands in a text, in
whatever place (a tag, an anchor, a tab, a duplicate key, an error), it declines the whole text.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from watcher.ingest.compose import MAX_NODES
from watcher.ingest.fast_scalars import Unusual
from watcher.ingest.keys import is_secured
from watcher.ingest.plain_lines import (
    NOTHING,
    Line,
    Written,
    find_lines,
    read_lines,
    read_lines_alone,
)

_LONGEST = 100_000
_SECURED = len("secured")
_DEEPEST = 20  # well within MAX_DEPTH

# Line breaks of YAML 1.1 other than a line feed, tabs, and what YAML does not allow at all.
_ASCII = bytes([10, *range(32, 127)])
_UNUSUAL = re.compile(
    r"[^\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def read_plain(text: str) -> dict[Any, Any] | None:
    """The mapping that ``text`` is, without ``secured``; None if that is not certain."""
    plain = as_plain(text)
    return None if plain is None else _read(plain)


def as_plain(text: str) -> str | None:
    """``text`` with line feeds alone; None if it is too long, or has unusual characters."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if not text.endswith("\n") or len(text) > _LONGEST:
        return None
    other = text.encode().translate(None, _ASCII)
    return None if other and _UNUSUAL.search(other.decode()) else text


def _read(text: str) -> dict[Any, Any] | None:
    few = 3 * text.count("\n") + text.count(",") < MAX_NODES  # a line: a key, a value and an item
    if few:
        with suppress(Unusual):
            return _Reader().read(read_lines_alone(text))
    lines = find_lines(text)
    if not few and _too_many(lines):
        return None
    with suppress(Unusual):
        return _Reader().read(read_lines(lines))
    return None


def _too_many(lines: Iterable[Written]) -> bool:
    """Whether there may be more values than are taken."""
    nodes = sum(2 * bool(key) + bool(dash) for _, dash, key, _, _ in lines)
    in_flow = sum(value.count(",") + 1 for _, _, _, value, _ in lines if value[:1] == "[")
    return nodes + in_flow >= MAX_NODES


class _Reader:
    """Puts lines together: ``box`` is the innermost open collection, ``at`` its column."""

    __slots__ = ("at", "box", "outer", "secured", "waiting")

    def __init__(self) -> None:
        self.box: Any = {}
        self.at = 0
        self.outer: list[tuple[Any, int]] = []
        self.waiting: str | None = None  # the last key of ``box``, while it has no value
        self.secured: list[tuple[dict[str, Any], str]] = []

    def read(self, lines: Iterable[Line]) -> dict[Any, Any] | None:
        root = self.box
        for (column, dash, key), value in lines:
            if dash:
                if not key and value is NOTHING:
                    raise Unusual
                self._find_list(column)
                if not key:
                    self.box.append(value)
                    continue
                item: dict[str, Any] = {}
                self.box.append(item)
                self._enter(item, column + 2)
            elif not key:
                if value is not NOTHING:
                    raise Unusual
                continue  # nothing but a comment
            elif column != self.at or type(self.box) is list:
                self._find_mapping(column)
            self._put(key, value)
        for mapping, key in self.secured:
            del mapping[key]
        return root or None

    def _put(self, key: str, value: Any) -> None:
        box = self.box
        if key in box:
            raise Unusual
        if value is NOTHING:
            box[key] = None
            self.waiting = key
        else:
            box[key] = value
            self.waiting = None
        if len(key) == _SECURED and is_secured(key):
            self.secured.append((box, key))

    def _find_mapping(self, column: int) -> None:
        """Make the mapping at ``column`` the innermost."""
        if column > self.at:
            self._fill({}, column)
            return
        while self.at > column or (self.at == column and type(self.box) is list):
            self._close()
        if self.at != column:
            raise Unusual

    def _find_list(self, column: int) -> None:
        """Make the list at ``column`` the innermost; one may stand below its key, not indented."""
        if self.waiting is not None and column >= self.at:
            self._fill([], column)
            return
        while self.at > column:
            self._close()
        if self.at != column or type(self.box) is not list:
            raise Unusual

    def _fill(self, collection: Any, column: int) -> None:
        """Give the waiting key its value."""
        if self.waiting is None:
            raise Unusual
        self.box[self.waiting] = collection
        self._enter(collection, column)

    def _enter(self, collection: Any, column: int) -> None:
        if len(self.outer) > _DEEPEST:
            raise Unusual
        self.outer.append((self.box, self.at))
        self.box, self.at, self.waiting = collection, column, None

    def _close(self) -> None:
        if not self.outer:
            raise Unusual
        self.box, self.at = self.outer.pop()
        self.waiting = None
