"""The scalars of plain YAML: from how they are written to the values that libyaml gives."""

import re
import sys
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from watcher.ingest.safe_yaml import resolve_plain


class Unusual(Exception):
    """Something that is left to libyaml."""


_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r",
    "e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0",
    "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}
_ESCAPE = re.compile(
    r"\\(?:(?P<code>x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})"
    r"|\n(?P<joined>[ \n]*)|(?P<one>.))|(?P<folded> *\n[ \n]*)"
)
_FOLDED = re.compile(r" *\n[ \n]*")
_BREAKS = re.compile(r"\n(\n*)")
_DOCUMENT = re.compile(r"\n(?:---|\.\.\.)")

# The commonest form of one. Not at 24:00, which is no time to PyYAML, but to some Pythons.
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z")
WORDS = {
    **dict.fromkeys(("~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
_FLOW_ITEM = re.compile(r"""[A-Za-z0-9](?:[A-Za-z0-9 _./+-]|(?<! )#)*|"[^"\\]*"|'[^']*'""")
_SHORT = 32


def read_scalar(written: str) -> Any:
    """The value of a scalar, or of a short flow collection; raises Unusual."""
    first = written[0]
    if first == '"' and "\\" not in written and "\n" not in written:
        return written[1:-1]
    read = _STYLES.get(first)
    if read is not None:
        return read(written)
    text = _on_one_line(written)
    return WORDS.get(text, text)


def _on_one_line(written: str) -> str:
    """A plain scalar; it has no empty lines."""
    return _FOLDED.sub(" ", written.rstrip(" ")) if "\n" in written else written.rstrip(" ")


def _read_number(written: str) -> Any:
    """What may be a number or a date by its first character."""
    text = _on_one_line(written)
    if len(text) > _SHORT:
        return resolve_plain(text)
    return read_time(text) if TIME.fullmatch(text) else _resolve_short(text)


def read_time(text: str) -> datetime | str:
    """The value of what has the form of :data:`TIME`."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # there is no such day
        return text


_resolve_short = lru_cache(maxsize=4_096)(resolve_plain)


def _read_single(written: str) -> str:
    return _fold_quoted(written[1:-1]).replace("''", "'")


def _fold_quoted(text: str) -> str:
    if "\n" not in text:
        return text
    if _DOCUMENT.search(text):
        raise Unusual
    return _FOLDED.sub(_fold, text)


def _fold(space: re.Match[str]) -> str:
    """One line break is a space, each further one a line feed."""
    return "\n" * (space[0].count("\n") - 1) or " "


def _read_double(written: str) -> str:
    if _DOCUMENT.search(written):
        raise Unusual
    return _ESCAPE.sub(_unescape, written[1:-1])


def _unescape(escape: re.Match[str]) -> str:
    match escape.lastgroup:
        case "one":
            if escape["one"] not in _ESCAPES:
                raise Unusual
            return _ESCAPES[escape["one"]]
        case "code":
            return _character(int(escape["code"][1:], 16))
        case "joined":
            return "\n" * escape["joined"].count("\n")
        case _:
            return _fold(escape)


def _character(code: int) -> str:
    if code > sys.maxunicode or "\ud800" <= (character := chr(code)) <= "\udfff":
        raise Unusual
    return character


def _read_block(written: str) -> str:
    header, *lines = written.split("\n")
    margin = len(lines[0]) - len(lines[0].lstrip(" "))
    if margin == len(lines[0]) or any(line[:margin].strip(" ") for line in lines):
        raise Unusual
    lines = [line[margin:] for line in lines]
    text = "\n".join(lines).rstrip("\n")
    if header[0] == ">":
        if any(line.startswith(" ") for line in lines):
            raise Unusual
        text = _BREAKS.sub(lambda breaks: breaks[1] or " ", text)
    if header.endswith("-"):
        return text
    kept = len(lines) - max(n for n, line in enumerate(lines, start=1) if line)
    return text + "\n" * (kept + 1 if header.endswith("+") else 1)


def _read_flow(written: str) -> Any:
    if written == "{}":
        return {}
    inside = written[1:-1].strip(" ")
    return [_read_flow_item(item.strip(" ")) for item in inside.split(",")] if inside else []


def _read_flow_item(item: str) -> Any:
    if not _FLOW_ITEM.fullmatch(item):
        raise Unusual
    return read_scalar(item)


_STYLES: dict[str, Callable[[str], Any]] = {
    '"': _read_double, "'": _read_single, "|": _read_block, ">": _read_block, "[": _read_flow,
    "{": _read_flow, **dict.fromkeys("+-.0123456789", _read_number),
}  # fmt: skip
