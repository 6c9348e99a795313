# ruff: noqa: E501, RUF001 - unusual characters are the point
"""Front matter, changed at random or made up: what a parser of plain YAML might misread."""

from collections.abc import Callable, Sequence
from random import Random

SCALARS = (
    "yes", "No", "on", "OFF", "true", "False", "null", "~", "Null", "nUll", "y", "n", "=", "<<",
    "0", "-0", "+1", "-1", "007", "08", "0o7", "0x1F", "0b11", "1_000", "1:30", "12:30:45", "-1:0",
    "1.5", "1.", ".5", "-.5", "1e5", "1.0e+5", "1.5e5", ".inf", "-.INF", ".nan", "._", "1_0.5",
    "2022-10-20", "2022-1-2", "2022-02-30", "2022-10-20T20:36:00Z", "2022-10-20T24:00:00Z",
    "2022-10-20 20:36:00", "2022-10-20t20:36:00.5+01:00", "2022-13-20T20:36:00Z", "99999-01-01",
    "0000-01-01T00:00:00Z", "2022-10-20T20:36:60Z", "2022-10-20T20:36:00 Z", "20:36:00.5",
    '""', "''", '"a"', "'a'", '"a\\nb"', "'it''s'", '"\\x41\\u00e9\\U0001F600"', '"\\ud83d"',
    '"\\q"', '"\\/"', '"\\0\\_\\N\\L"', '"a\\\n  b"', '"a\n\n  b"', "'a \n   b '", '"a  \\\n\n  \\ b"',
    '"a\n---\nb"', '"a\n--- b"', "'a\n...\n b'", '"x\\', "'x", '"x" y', '"x"#c', '"x" #c', "x #c",
    "x#c", "#c", "x: y", "x:y", "x:", ":x", "?x", "-x", "- x", "? x", ": x", "@x", "`x", "%x", "!x y",
    "!!str 1", "!!int 1", "! 1", "&a b", "*a", "[]", "{}", "[ ]", "{ }", "[a, b]", "[a,b,]", "[1, yes]",
    "[a, 'b', \"c\"]", "[a: b]", "[[a]]", "[a\n  , b]", "[a #b]", "[C#, b]", "[-1]", "[a]b", "{a: b}",
    '{"a":1}', "[", "]", "{", "}", "a]", "a,b", "a [b]", "|", ">", "|-", ">+", "|2", ">1-", "| #c", "|x",
    "|\n    a\n    b", ">-\n    a\n    b\n\n    c", "|+\n    a\n\n\n", ">\n    a\n      b\n    c",
    "|\n      a\n    b", ">+\n\n    a\n", "|\n  a", "|\n a\n", ">-\n    a\n    # no comment\n  # one\n",
    "a\n    b", "a\n    b: c", "a\n    - b", "a\n    # b", "a\n\n    b", "a\n    b #c\n    d", "1\n    2",
    "2022-10-20\n    20:36:00", "a \n    b ", "yes\n    no", "a\n  b", "a\n b", "a\nb", "a\n    'b'",
    "’", "é", "\xa0", "\u2028", "\u2029", "\x85", "\ufeff", "\ufffe", "\U0001f600", "\x07", "\x7f", "\t",
    "a\tb", "\ta", "a\t", "a\t#b", "\\", "a\\nb", "'a\\'", "x" * 1030, "1" * 40, "-", "--", "---", "...",
)  # fmt: skip
_TOKENS: tuple[str, ...] = (
    *':#-"\'[]{},&*!|>%@`?\\ \n\t\r~=<', ": ", " #", "- ", "? ", "\n\n", "\n ", "\n  ", "\n    ", "''",
    '\\"', "\\\n", "---\n", "...\n", "--- ", "\r\n", "  ", "<<: ", "\n- ", "\n# c\n", "\n  # c\n", ":\n",
    "\ufeff", "\u2028", "\x85", "\xa0", "é", "secured: ", "Secured:\n", "null: ", "yes: ", "1: ",
)  # fmt: skip
_KEYS = (
    "title", "a", "b", "a-b", "A_1", "secured", "Secured", "no", "null", "On", "1", "a b", '"q"', "'q'",
    "é", "~", "<<", "=", "?", "-a", "ſecured", "k" * 130, "y", "2022-10-20", "[a]", "a:b", "a#",
)  # fmt: skip

Change = Callable[[str, Random], str]


def _insert_token(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice(_TOKENS) + text[at:]


def _replace_character(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice(_TOKENS) + text[at + 1 :]


def _delete(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + text[at + random.choice((1, 1, 1, 2, 5, 40)) :]


def _flip_bit(text: str, random: Random) -> str:
    data = bytearray(text.encode())
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return data.decode(errors="ignore")


def _with_lines(change: Callable[[list[str], int, Random], None]) -> Change:
    def changed(text: str, random: Random) -> str:
        lines = text.split("\n")
        change(lines, random.randrange(len(lines)), random)
        return "\n".join(lines)

    return changed


def _swap_lines(lines: list[str], at: int, random: Random) -> None:
    other = random.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]


def _copy_line(lines: list[str], at: int, random: Random) -> None:
    lines.insert(random.randrange(len(lines) + 1), lines[at])


def _drop_line(lines: list[str], at: int, _random: Random) -> None:
    del lines[at]


def _indent(lines: list[str], at: int, random: Random) -> None:
    more, many = random.choice((-4, -2, -1, 1, 2, 3, 4)), random.choice((1, 1, 2, 5, 1_000))
    for n in range(at, min(at + many, len(lines))):
        line = lines[n]
        kept = line.removeprefix(" " * -more) if more < 0 else " " * more + line
        lines[n] = kept if line.strip() else line


def _change_value(lines: list[str], at: int, random: Random) -> None:
    key, colon, _ = lines[at].partition(":")
    scalar = random.choice(SCALARS)
    if random.random() < 0.3:
        scalar = scalar.replace("\n", "\n" + " " * random.randrange(4))
    lines[at] = f"{key}{colon} {scalar}" if colon else f"  - {scalar}"


def _change_key(lines: list[str], at: int, random: Random) -> None:
    start, colon, rest = lines[at].partition(":")
    indent = start[: len(start) - len(start.lstrip(" -"))]
    lines[at] = f"{indent}{random.choice(_KEYS)}{colon}{rest}"


def _change_quotes(lines: list[str], at: int, random: Random) -> None:
    old, new = random.sample(('"', "'", ""), 2)
    lines[at] = lines[at].replace(old, new) if old else lines[at].replace(": ", f": {new}") + new


def _wrap(lines: list[str], at: int, random: Random) -> None:
    """A line break at a space, and some margin behind it."""
    words = lines[at].split(" ")
    if len(words) > 1:
        n = random.randrange(1, len(words))
        margin = " " * random.randrange(7)
        lines[at] = " ".join(words[:n]) + random.choice(("\n", "\\\n", "\n\n")) + margin
        lines[at] += " ".join(words[n:])


CHANGES: Sequence[Change] = (
    _insert_token, _insert_token, _replace_character, _delete, _flip_bit,
    *map(_with_lines, (
        _swap_lines, _copy_line, _drop_line, _indent, _indent, _change_value, _change_value,
        _change_key, _change_quotes, _wrap, _wrap,
    )),
)  # fmt: skip


def change_yaml(text: str, random: Random) -> str:
    """``text`` with one to four random changes."""
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
        text = random.choice(CHANGES)(text, random)
    return text


def make_yaml(random: Random) -> str:
    """A small text made up of what stands in mappings and lists, mostly as it should."""
    lines = list[str]()
    _make_mapping(lines, 0, random)
    return "\n".join(lines) + random.choice(("\n", "\n", "\n", "", "\n\n", " \n"))


def _make_mapping(lines: list[str], column: int, random: Random) -> None:
    for n in range(random.randint(1, 4)):
        key = random.choice(_KEYS) if random.random() < 0.1 else f"key{n}"
        _make_value(lines, f"{' ' * column}{key}:", column, random)


def _make_value(lines: list[str], start: str, column: int, random: Random) -> None:
    kind = random.random() if column < 8 else 1.0
    inner = column + random.choice((2, 2, 2, 2, 1, 3, 4, 0))
    if kind < 0.15:
        lines.append(start)
        _make_mapping(lines, inner, random)
    elif kind < 0.4:
        lines.append(start)
        for _ in range(random.randint(1, 3)):
            _make_item(lines, column + random.choice((0, 2, 2)) * (inner != column), random)
    else:
        scalar = random.choice(SCALARS) if random.random() < 0.6 else ""
        lines.append(start + random.choice((" ", " ", " ", "", "  ")) * bool(scalar) + scalar)
    if random.random() < 0.1:
        lines.append(random.choice(("", " ", "# comment", "  # comment", "      ")))


def _make_item(lines: list[str], column: int, random: Random) -> None:
    dash = " " * column + random.choice(("- ", "- ", "- ", "-  ", "-", "- - "))
    if random.random() < 0.5:
        lines.append(dash + random.choice(SCALARS))
        return
    _make_value(lines, f"{dash}first:", column + 2, random)
    if random.random() < 0.8:
        _make_mapping(lines, column + random.choice((2, 2, 2, 1, 3)), random)
