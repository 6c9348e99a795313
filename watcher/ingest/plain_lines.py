"""Plain YAML to its lines: where each stands, its key, its value. Knows nothing of structure.

What is a line and a value, :data:`_LINES` says. Most lines stand by themselves, and begin as many
others do, with an indented key; for those there is a shorter way to the same.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from watcher.ingest.fast_scalars import TIME, WORDS, Unusual, read_scalar, read_time

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

_MOST = 4_096
_SHORT = 32
_LONGEST_HEAD = 128
_MUTABLE = (dict, list)
_heads: dict[str, Place] = {}
_values: dict[str, Any] = {}
_lines: dict[str, Line] = {}  # those without a value that follows a key

_Value = TypeVar("_Value")


def find_lines(text: str) -> list[Written]:
    """The lines of ``text``, each with all that belongs to its value."""
    found: list[Written] = _LINES.findall(text)
    return found


def read_lines(written: Iterable[Written]) -> Iterator[Line]:
    """What lines that were found say; raises Unusual."""
    return (_read_line(line) for line in written)


def _read_line(written: Written) -> Line:
    indent, dash, key, value, odd = written
    if odd or key in WORDS:
        raise Unusual
    return (len(indent), bool(dash), key), read_scalar(value) if value else NOTHING


def read_lines_alone(text: str) -> Iterator[Line]:
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
            yield place, _remember(values, written, read_scalar(written), _SHORT)
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
        _remember(_values, written[3], value, _SHORT)
    return read


def _remember(known: dict[str, _Value], text: str, value: _Value, longest: int) -> _Value:
    """Keep what a short text means; ``value`` again."""
    if len(text) <= longest:
        if len(known) >= _MOST:
            known.clear()
        known[text] = value
    return value
