"""A file's text to a Document: which format it is, what its keys say, and what is its body.

Pure. What a key means is not known here; ``secured`` is left out at every depth.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import time
from enum import StrEnum
from typing import Any

from watcher.ingest.front_matter import Position, find_blocks, load_front_matter, position_in
from watcher.ingest.html_page import read_page
from watcher.ingest.keys import BODY, TELLING, KeyPath, is_secured
from watcher.ingest.limits import MAX_LEVELS, MAX_VALUES
from watcher.ingest.metadata import find_metadata
from watcher.ingest.shortcodes import without_program
from watcher.ingest.values import Front
from watcher.model.seed import Problem, Reason

MARKDOWN = (".md", ".markdown", ".mdown", ".mkd", ".mdx")
_YAML = (".yaml", ".yml")
_HTML = (".html", ".htm", ".xhtml")
_FENCE = re.compile(r"---[ \t]*\r?$", re.MULTILINE)
_TOML_FENCE = re.compile(r"\+\+\+[ \t]*$", re.MULTILINE)
_CODE_FENCE = re.compile(r"```[ \t]*(?P<language>toml|yaml|json)[ \t]*\r?\n")
_CODE_END = re.compile(r"^```[ \t]*\r?$", re.MULTILINE)
_COMMENTS = re.compile(
    r"(?:[ \t]*\r?\n)*(?:(?:#|//|<!--)[^\n]*\n|[ \t]*\r?\n)*(?=---[ \t]*\r?$)", re.MULTILINE
)
_BLANK = re.compile(r"(?:[ \t]*\r?\n)*")
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)")
_DEEP_KEY = re.compile(rf"(?<![\w\"'.-])(?:[\w\"'-]++[ \t]*+\.[ \t]*+){{{MAX_LEVELS}}}")
_TABS = re.compile(r"^\t+", re.MULTILINE)
_TAB_AFTER_COLON = re.compile(r"(?<=:)[ ]*\t[ \t]*")


class Shape(StrEnum):
    """Where the keys of a document come from; ``bare`` has none."""

    FRONT_MATTER = "front matter"
    DATA = "data"
    BARE = "bare"
    PAGE = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """``body`` is Markdown, or HTML if ``is_html``.

    ``is_open_ended``: nothing marks the end of its keys, so somebody may still be writing them.
    """

    data: dict[Any, Any]
    body: str
    shape: Shape
    front: Front
    is_html: bool = False
    is_open_ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """A front whose keys are found again by looking for them: none of YAML."""

    text: str = field(repr=False)
    body_start: int = 0

    def locate(self, path: KeyPath) -> Position:
        if path == BODY:
            return position_in(self.text, self.body_start)
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        found = re.search(
            rf"""^[ \t{{,]*["']?{re.escape(key)}["']?[ \t]*[:=]""",
            self.text,
            re.IGNORECASE | re.MULTILINE,
        )
        return position_in(self.text, found.start() if found else 0)

    def written(self, path: KeyPath) -> str | None:  # noqa: ARG002  # none of these changes what is written
        return None


def read_document(text: str, path: str, telling: frozenset[str] = TELLING) -> Document | Problem:
    """What ``text``, decoded and not empty, is in a file of this name; or what is wrong with it.

    ``telling`` are folded keys that only metadata has.
    """
    name = path.lower()
    if name.endswith(".json"):
        return _read_json(text)
    if name.endswith(".toml"):
        return _read_toml(text, 0, len(text), body_start=len(text), shape=Shape.DATA)
    if name.endswith(_YAML):
        return _read_yaml(text, is_yaml=True)
    document = _read_text(text, name, telling)
    if isinstance(document, Document) and name.endswith(".mdx"):
        return replace(document, body=without_program(document.body))
    return document


def _read_text(text: str, name: str, telling: frozenset[str]) -> Document | Problem:
    if _FENCE.match(text):
        return _read_yaml(text, is_yaml=False, is_html=name.endswith(_HTML))
    start = _BLANK.match(text)
    begin = start.end() if start else 0
    if text.startswith("+++", begin) and (end := _TOML_FENCE.search(text, begin + 3)):
        return _read_toml(text, begin + 3, end.start(), body_start=end.end())
    if (code := _CODE_FENCE.match(text, begin)) and (end := _CODE_END.search(text, code.end())):
        return _read_code(text, code, end)
    if text.startswith("{", begin) and not text.startswith(("{%", "{{", "{:"), begin):
        document = _read_json_front(text, begin)
        if document:
            return document
    if document := _after_comments(text, name):
        return document
    if name.endswith(_HTML):
        data, body = read_page(text)
        return Document(
            data=data, body=body, shape=Shape.PAGE, front=Lines(text=text), is_html=True
        )
    if document := _read_metadata(text[begin:], begin, text, telling):
        return document
    return Document(data={}, body=text, shape=Shape.BARE, front=Lines(text=text))


def _after_comments(text: str, name: str) -> Document | None:
    """Front matter below blank lines and comments, if that is what it is."""
    before = _COMMENTS.match(text)
    if before is None or not before.end():
        return None
    # Lines instead of what is left out, so that places stay what they are.
    lines = text.count("\n", 0, before.end())
    document = _read_yaml(text[before.end() :], is_yaml=False, is_html=name.endswith(_HTML))
    if isinstance(document, Problem) or (before[0].strip() and not _tells(document.data)):
        return None
    return replace(document, front=_Below(front=document.front, lines=lines))


def _tells(data: dict[Any, Any]) -> bool:
    return any(str(key).casefold() in ("title", "date", "url", "layout") for key in data)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Below:
    """A front some lines further down."""

    front: Front
    lines: int

    def locate(self, path: KeyPath) -> Position:
        line, column = self.front.locate(path)
        return line + self.lines, column

    def written(self, path: KeyPath) -> str | None:
        return self.front.written(path)


# ---------------------------------------------------------------- YAML


def _read_yaml(text: str, *, is_yaml: bool, is_html: bool = False) -> Document | Problem:
    blocks = find_blocks(text, is_yaml=is_yaml)
    if isinstance(blocks, Problem):
        return blocks
    front = load_front_matter(blocks)
    if isinstance(front, Problem):
        again = _without_tabs(text) if "\t" in text else text
        if again == text:
            return front
        blocks = find_blocks(again, is_yaml=is_yaml)
        found = front if isinstance(blocks, Problem) else load_front_matter(blocks)
        if isinstance(found, Problem):
            return front
        front = found
    return Document(
        data=front.data,
        body=front.body,
        shape=Shape.DATA if is_yaml and not front.body else Shape.FRONT_MATTER,
        front=front,
        is_html=is_html,
        is_open_ended=not front.block.is_closed,
    )


def _without_tabs(text: str) -> str:
    """Front matter as Hexo reads it: a tab in front of a line is two spaces."""
    end = text.find("\n---", 3)
    head, rest = (text[:end], text[end:]) if end >= 0 else (text, "")
    spaced = _TABS.sub(lambda found: "  " * len(found[0]), head)
    return _TAB_AFTER_COLON.sub(" ", spaced) + rest


# ---------------------------------------------------------------- TOML


def _read_toml(
    text: str, start: int, end: int, *, body_start: int, shape: Shape = Shape.FRONT_MATTER
) -> Document | Problem:
    head = text[start:end].replace("\r\n", "\n")
    if deep := _DEEP_KEY.search(head):  # tomllib takes memory by the square of its parts
        line, column = position_in(text, start)
        return replace(_TOO_DEEP, line=line + head.count("\n", 0, deep.start()), column=column)
    try:
        data = without_secured(tomllib.loads(head))
    except tomllib.TOMLDecodeError as error:
        return _bad_toml(str(error), text, start, end)
    except (RecursionError, ValueError):
        return _bad("not valid TOML: it is nested too deep, or a number is too long", 1, 1)
    return _within(data) or Document(
        data=data,
        body=text[body_start:].lstrip("\r\n"),
        shape=shape,
        front=Lines(text=text, body_start=body_start),
        is_open_ended=shape is Shape.DATA,
    )


def _bad_toml(message: str, text: str, start: int, end: int) -> Problem:
    place = _TOML_PLACE.search(message)
    first, _ = position_in(text, start)
    if place and place[1]:
        line = first + int(place[1]) - 1
        column = int(place[2])
    else:
        line, column = position_in(text, end)
    what = _TOML_PLACE.sub("", message).strip()
    return _bad(f"not valid TOML: {what}", line, column)


# ---------------------------------------------------------------- JSON


def _read_json(text: str) -> Document | Problem:
    data = load_json(text)
    if isinstance(data, Problem):
        return data
    if not isinstance(data, dict):
        return Problem(
            message="the file is not an object: write it as { key: value }",
            reason=Reason.NOT_A_MAPPING,
            line=1,
            column=1,
        )
    return Document(data=data, body="", shape=Shape.DATA, front=Lines(text=text))


def _read_json_front(text: str, start: int) -> Document | Problem | None:
    try:
        data, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError:
        return None
    except (ValueError, RecursionError) as error:
        return _bad(f"not valid JSON: {_why(error)}", *position_in(text, start))
    return _within(data) or Document(
        data=data,
        body=text[end:].lstrip("\r\n"),
        shape=Shape.FRONT_MATTER,
        front=Lines(text=text, body_start=end),
    )


def load_json(text: str, line: int = 1) -> Any | Problem:
    """What JSON ``text`` is, within the limits; ``line`` is where it stands in its file."""
    try:
        data = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        return _bad(f"not valid JSON: {error.msg}", line + error.lineno - 1, error.colno)
    except (ValueError, RecursionError) as error:
        return _bad(f"not valid JSON: {_why(error)}", line, 1)
    return data


class _Twice(ValueError):
    pass


def _why(error: Exception) -> str:
    if isinstance(error, _Twice):
        return str(error)
    return "it is nested too deep" if isinstance(error, RecursionError) else "a number is too long"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Twice(f"the key {twice[:40]!r} is there twice: keep one")
    return {key: value for key, value in data.items() if not is_secured(key)}


def _constant(name: str) -> None:
    raise _Twice(f"{name} is no number of JSON: write null")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


# ---------------------------------------------------------------- code fences, metadata


def _read_code(text: str, code: re.Match[str], end: re.Match[str]) -> Document | Problem:
    """Front matter in a fence that names its language."""
    if code["language"] == "toml":
        return _read_toml(text, code.end(), end.start(), body_start=end.end())
    lines = text.count("\n", 0, code.end())
    if code["language"] == "json":
        data = load_json(text[code.end() : end.start()], lines + 1)
        if isinstance(data, dict):
            return Document(
                data=data,
                body=text[end.end() :].lstrip("\r\n"),
                shape=Shape.FRONT_MATTER,
                front=Lines(text=text, body_start=end.end()),
            )
        return data if isinstance(data, Problem) else _bad("not an object: write { }", lines, 1)
    inner = f"---\n{text[code.end() : end.start()]}---\n{text[end.end() :].lstrip(chr(10))}"
    document = _read_yaml(inner, is_yaml=False)
    if isinstance(document, Problem):
        return replace(document, line=document.line and document.line + lines - 1)
    return replace(document, front=_Below(front=document.front, lines=lines - 1))


def _read_metadata(
    text: str, offset: int, whole: str, telling: frozenset[str]
) -> Document | Problem | None:
    found = find_metadata(text, telling)
    if found is None:
        return None
    lines = whole.count("\n", 0, offset)
    if found.is_fenced:  # as Hexo has it: YAML without the first ---
        document = _read_yaml(f"---\n{text}", is_yaml=False)
        if isinstance(document, Document):
            return replace(document, front=_Below(front=document.front, lines=lines - 1))
    return Document(
        data={key: value for key, value in found.values.items() if not is_secured(key)},
        body=text[found.body_start :].lstrip("\r\n"),
        shape=Shape.FRONT_MATTER,
        front=Lines(text=whole, body_start=offset + found.body_start),
    )


# ---------------------------------------------------------------- limits


def without_secured(value: Any) -> Any:
    """A value without ``secured`` at any depth; its times of day as text."""
    if isinstance(value, dict):
        return {key: without_secured(item) for key, item in value.items() if not is_secured(key)}
    if isinstance(value, list):
        return [without_secured(item) for item in value]
    return value.isoformat() if isinstance(value, time) else value


def _within(data: Any) -> Problem | None:
    """The problem of a value that has too many parts, or is nested too deep."""
    count = 0
    level: list[Any] = [data]
    for depth in range(MAX_LEVELS + 1):
        count += len(level)
        if count > MAX_VALUES:
            return Problem(
                message=f"it has more than {MAX_VALUES:,} values: make it shorter",
                reason=Reason.TOO_MANY_NODES,
                line=1,
                column=1,
            )
        level = [item for value in level for item in _members(value)]
        if not level:
            return None
        del depth
    return _TOO_DEEP


_TOO_DEEP = Problem(
    message=f"it is nested deeper than {MAX_LEVELS} levels: make it flatter",
    reason=Reason.TOO_DEEP,
    line=1,
    column=1,
)


def _members(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _bad(message: str, line: int, column: int) -> Problem:
    return Problem(message=message, reason=Reason.BAD_DATA, line=line, column=column)
