r"""The layout of a record's lines: all that is on them but the scalars. Knows no field.

Programs write seeds by templates, so most records are laid out like some before them, and only the
scalars differ. In a layout ``key\1`` stands for ``key: scalar``, and ``- \2`` for ``- scalar``.
"""

import re
from collections.abc import Collection

PAIR, ITEM = "\1", "\2"

# A scalar in double quotes where there are no escapes; where there are; in single quotes, on one
# line or on more; and without. Behind it the line ends. What could be tried again and again within
# one line takes so much at most that this takes no quadratic time.
_QUOTED = r'"[^"]*+"'
_ESCAPED = r'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+){0,64}+"'
_SINGLE = r"'[^'\n]*+(?:''[^'\n]*+){0,64}+'"
_LONG_SINGLE = r"'[^']*+(?:''[^']*+){0,64}+'"
_BEGIN = r"(?:[^\n\ \-?:,\[\]{}\#&*!|>'\"%@`\x01]|-(?=[^\ \n]))"
_RUN = r"[^\n:\#\x01]*+(?:(?::(?=[^\ \n])|(?<!\ )\#)[^\n:\#\x01]*+)*+"
_SHORT_RUN = r"[^\n:\#\x01]{0,200}+(?:(?::(?=[^\ \n])|(?<!\ )\#)[^\n:\#\x01]{0,200}+){0,8}+"
_NEXT_LINE = rf"\n\ ++[^\n\ :\#]{_RUN}(?=\n)"

_PAIRS = re.compile(rf": ({_QUOTED}|{_BEGIN}{_RUN}|{_SINGLE})(?=\n)")
_ESCAPED_PAIRS = re.compile(rf": ({_ESCAPED}|{_BEGIN}{_RUN}|{_SINGLE})(?=\n)")
_WRAPPED_PAIRS = re.compile(
    rf": ({_ESCAPED}|{_BEGIN}{_RUN}(?:{_NEXT_LINE})*+|{_LONG_SINGLE})(?=\n)"
)
_ITEMS = re.compile(rf"- ({_ESCAPED}|{_BEGIN}{_SHORT_RUN}|{_SINGLE})(?=\n)")

_LAYOUT = re.compile(
    r"(?:(?:\ *+(?:-\ )?[A-Za-z_][A-Za-z0-9_-]{0,100}+(?:\x01|:|:\ \[\])|\ *+-\ \x02)?\n)++"
)
_MARK = re.compile(f"{PAIR}|{ITEM}")
_HEAD = re.compile(rf"^( *(?:- )?)[^\n]*{PAIR}$", re.MULTILINE)

Laid = tuple[str, list[str]]
"""A layout, and the scalars as written: first those of pairs, then those of items."""


def lay_out(text: str) -> Laid:
    """The layout of ``text``, if it is one, and its scalars. There are no marks in ``text``.

    A scalar in double quotes may have more lines, which the layout then lacks.
    """
    return _lay_out(text, _ESCAPED_PAIRS if "\\" in text else _PAIRS)


def lay_out_wrapped(text: str) -> Laid:
    """The same, but scalars of pairs may have more lines without quotes, or in single ones."""
    return _lay_out(text, _WRAPPED_PAIRS)


def _lay_out(text: str, pattern: re.Pattern[str]) -> Laid:
    pairs = pattern.split(text)
    items = _ITEMS.split(PAIR.join(pairs[::2]))
    return f"- {ITEM}".join(items[::2]), pairs[1::2] + items[1::2]


def is_layout(found: str) -> bool:
    """Whether there is nothing in it but lines with keys, dashes, marks and empty lists."""
    return _LAYOUT.fullmatch(found) is not None


def number_scalars(layout: str, absent: Collection[int] = ()) -> str:
    """YAML with that layout, in which each scalar is its own number, or null if it is absent."""
    pairs, items = iter(range(layout.count(PAIR))), iter(range(layout.count(PAIR), len(layout)))

    def numbered(mark: re.Match[str]) -> str:
        number = next(pairs if mark[0] == PAIR else items)
        written = "~" if number in absent else f'"{number}"'
        return f": {written}" if mark[0] == PAIR else written

    return _MARK.sub(numbered, layout)


def columns_of(layout: str) -> list[int]:
    """For each pair with a scalar, the column of its key."""
    return [len(head) for head in _HEAD.findall(layout)]


def is_wrapped(scalar: str, column: int) -> bool:
    """Whether all further lines of a scalar start behind the column of its key."""
    return all(line.startswith(" " * (column + 1)) for line in scalar.split("\n")[1:])
