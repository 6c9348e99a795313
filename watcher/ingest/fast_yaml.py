"""Plain YAML, as programs write it, to a mapping: a fast way round libyaml, not another parser.

It knows block mappings and lists, scalars in every style and short flow lists, and gives for them
what :func:`watcher.ingest.safe_yaml.load_yaml` gives, to the type. Whatever else stands in a text,
in whatever place (a tag, an anchor, a tab, a duplicate key, an error), it declines the whole text.

A text is first split into lines with what belongs to each (:data:`_LINES`); most lines stand by
themselves and begin as many others do, with an indented key: for those there is a shorter way.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

from watcher.ingest.fast_scalars import TIME, WORDS, Unusual, read_scalar, read_time
from watcher.ingest.keys import is_secured
from watcher.ingest.limits import MAX_VALUES

_LONGEST = 1_048_576
_SECURED = len("secured")
_DEEPEST = 20  # well within MAX_LEVELS

# Line breaks of YAML 1.1 other than a line feed, tabs, and what YAML does not allow at all.
_ASCII = bytes([10, *range(32, 127)])
_UNUSUAL = re.compile(
    r"[^\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)

Place = tuple[int, bool, str]
"""The column of a line, whether it is an item of a list, its key or nothing."""

Line = tuple[Place, Any]
"""Its place, and its value or NOTHING."""

NOTHING: Any = object()

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

Written = tuple[str, str, str, str, str]
"""The groups of :data:`_LINES`."""

# What is a plain scalar from its first character to the end of the line.
_WORD = re.compile(r"[A-Za-z][^:\#]*")

_MOST_REMEMBERED = 4_096
_LONGEST_REMEMBERED = 32
_LONGEST_HEAD = 128
_MUTABLE = (dict, list)
_heads: dict[str, Place] = {}
_values: dict[str, Any] = {}
_lines: dict[str, Line] = {}  # those without a value that follows a key

_Value = TypeVar("_Value")


def read_plain(text: str) -> dict[Any, Any] | None:
    """The mapping that ``text`` is, without ``secured``; None if that is not certain."""
    plain = _as_plain(text)
    return None if plain is None else _read(plain)


def _as_plain(text: str) -> str | None:
    """``text`` with line feeds alone; None if it is too long, or has unusual characters."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if not text.endswith("\n") or len(text) > _LONGEST:
        return None
    other = text.encode().translate(None, _ASCII)
    return None if other and _UNUSUAL.search(other.decode()) else text


def _read(text: str) -> dict[Any, Any] | None:
    few = 3 * text.count("\n") + text.count(",") < MAX_VALUES  # a line: a key, a value and an item
    if few:
        with suppress(Unusual):
            return _Reader().read(_read_lines_alone(text))
    lines = _find_lines(text)
    if not few and _too_many(lines):
        return None
    with suppress(Unusual):
        return _Reader().read(_read_lines(lines))
    return None


def _too_many(lines: Iterable[Written]) -> bool:
    """True if there may be more values than are taken."""
    nodes = sum(2 * bool(key) + bool(dash) for _, dash, key, _, _ in lines)
    in_flow = sum(value.count(",") + 1 for _, _, _, value, _ in lines if value[:1] == "[")
    return nodes + in_flow >= MAX_VALUES


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


# ---------------------------------------------------------------- lines


def _find_lines(text: str) -> list[Written]:
    """The lines of ``text``, each with all that belongs to its value."""
    found: list[Written] = _LINES.findall(text)
    return found


def _read_lines(written: Iterable[Written]) -> Iterator[Line]:
    """What lines that were found say; raises Unusual."""
    return (_read_line(line) for line in written)


def _read_line(written: Written) -> Line:
    indent, dash, key, value, odd = written
    if odd or key in WORDS:
        raise Unusual
    return (len(indent), bool(dash), key), read_scalar(value) if value else NOTHING


def _read_lines_alone(text: str) -> Iterator[Line]:
    """The same for a text in which no value goes on in another line.

    Where one does, this raises Unusual, or gives its further lines as lines that are indented more
    than their collection although nothing waits for them: as such they are Unusual, too.
    """
    heads, values, lines = _heads, _values, _lines
    for line in text.split("\n"):
        colon = line.find(": ") + 1
        if not colon:
            if line:
                yield lines.get(line) or _read_alone(line)
            continue
        place = heads.get(line[:colon])
        written = line[colon + 1 :]
        if place is None:
            yield _read_alone(line)
        elif (
            written[:1] == '"' and written.find('"', 1) == len(written) - 1 and "\\" not in written
        ):
            yield place, written[1:-1]
        elif (value := values.get(written, NOTHING)) is not NOTHING:
            yield place, value
        elif TIME.fullmatch(written):
            yield place, read_time(written)
        elif _WORD.fullmatch(written):
            yield place, _remember(values, written, read_scalar(written), _LONGEST_REMEMBERED)
        else:
            yield _read_alone(line)


def _read_alone(line: str) -> Line:
    """A line of any kind; what may come again of it is remembered."""
    written: Written = _LINES.findall(line + "\n")[0]
    read = _read_line(written)
    place, value = read
    if isinstance(value, _MUTABLE):
        return read
    head = f"{written[0]}{written[1]}{written[2]}:"
    if not written[2] or line == head:
        _remember(_lines, line, read, _LONGEST_HEAD)
    elif line == f"{head} {written[3]}":
        _remember(_heads, head, place, _LONGEST_HEAD)
        _remember(_values, written[3], value, _LONGEST_REMEMBERED)
    return read


def _remember(known: dict[str, _Value], text: str, value: _Value, longest: int) -> _Value:
    """Keep what a short text means, and return it."""
    if len(text) <= longest:
        if len(known) >= _MOST_REMEMBERED:
            known.clear()
        known[text] = value
    return value
