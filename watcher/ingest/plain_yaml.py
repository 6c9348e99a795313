"""Plain YAML, as programs write it, to a mapping: a fast way round libyaml, not another parser.

It knows block mappings and lists, scalars in every style and short flow lists, and gives for them
what :func:`watcher.ingest.load.load_yaml` gives, to the type. Whatever else stands in a text, in
whatever place (a tag, an anchor, a tab, a duplicate key, an error), it declines the whole text.
"""

import re
from typing import Any

from watcher.ingest.compose import MAX_NODES
from watcher.ingest.keys import is_secured
from watcher.ingest.plain_scalars import WORDS, Unusual, read_scalar

_LONGEST = 100_000
_SECURED = len("secured")
_DEEPEST = 20  # well within MAX_DEPTH

# Line breaks of YAML 1.1 other than a line feed, tabs, and what YAML does not allow at all.
_ASCII = bytes([10, *range(32, 127)])
_UNUSUAL = re.compile(
    r"[^\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)

# Within a line of a plain scalar: no ": ", no " #", no colon at the end.
_RUN = r"[^\n:\#]*+(?:(?::(?=[^\ \n])|(?<!\ )\#)[^\n:\#]*+)*+"
# To a next line that is indented more than the collection that holds the scalar.
_DEEPER = r"\n(?(2)(?(3)\1\ {3}|\1\ )|\1\ )"
# The rest of a line: nothing but a comment.
_REST = r"\ *+(?:(?<![^\ \n])\#[^\n]*)?\n"
# A line with what belongs to it: indentation, dash, key, scalar; or anything else, to the end.
_LINES = re.compile(
    rf"""
    (\ *+)(-\ )?
    (?: ([A-Za-z_][A-Za-z0-9_-]{{0,100}}+):(?=[\ \n])\ *+ )?
    ( "[^"\\]*+(?:\\.[^"\\]*+)*+"
    | '[^']*+(?:''[^']*+)*+'
    | [|>][+-]?(?=\n)(?:{_DEEPER}[^\n]*|\n\ *(?=\n))++
    | \[[^\n\]]*+\]
    | \{{\}}
    | (?:[^\n\ \-?:,\[\]{{}}\#&*!|>'"%@`]|-(?=[^\ \n])){_RUN}
      (?:{_DEEPER}\ *+[^\n\ :\#]{_RUN}(?=\n))*+
    |
    ){_REST}(?:{_REST})*+
    | (.++)
    """,
    re.VERBOSE | re.DOTALL,
)
_Line = tuple[str, str, str, str, str]


def read_plain(text: str) -> dict[Any, Any] | None:
    """The mapping that ``text`` is, without ``secured``; None if that is not certain."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if not text.endswith("\n") or len(text) > _LONGEST:
        return None
    if (other := text.encode().translate(None, _ASCII)) and _UNUSUAL.search(other.decode()):
        return None
    lines = _LINES.findall(text)
    if _too_many(lines, text):
        return None
    try:
        return _Reader().read(lines)
    except Unusual:
        return None


def _too_many(lines: list[_Line], text: str) -> bool:
    """Whether there may be more values than are taken: a line has a key, a value and an item."""
    if 3 * len(lines) + text.count(",") < MAX_NODES:
        return False
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

    def read(self, lines: list[_Line]) -> dict[Any, Any] | None:
        root = self.box
        for indent, dash, key, value, odd in lines:
            if dash:
                if not key and not value:
                    raise Unusual
                self._find_list(len(indent))
                if not key:
                    self.box.append(read_scalar(value))
                    continue
                item: dict[str, Any] = {}
                self.box.append(item)
                self._enter(item, len(indent) + 2)
            elif not key:
                if value or odd:
                    raise Unusual
                continue  # nothing but a comment
            elif len(indent) != self.at or type(self.box) is list:
                self._find_mapping(len(indent))
            self._put(key, value)
        for mapping, key in self.secured:
            del mapping[key]
        return root or None

    def _put(self, key: str, value: str) -> None:
        box = self.box
        if key in box or key in WORDS:
            raise Unusual
        if value:
            box[key] = read_scalar(value)
            self.waiting = None
        else:
            box[key] = None
            self.waiting = key
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
