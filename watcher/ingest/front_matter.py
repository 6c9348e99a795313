"""Front matter: a seed's bytes as text, where its block may end, and what it says.

YAML 1.1 as PyYAML's safe loader reads it, less what only an attack or an accident needs (DESIGN
§4.2). ``secured`` is left out here, at every depth, so nothing behind can leak it; messages quote
neither values nor lines. What any other key means is not known here. Lines and columns are
1-based and count characters as an editor shows them; a BOM is not counted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from watcher.ingest.fast_yaml import read_plain
from watcher.ingest.keys import BODY, KeyPath
from watcher.ingest.safe_yaml import Refused, Tree, load_yaml
from watcher.model.seed import Problem, Reason

Position = tuple[int, int]

_FENCE = re.compile(r"(?:---|\.\.\.)[ \t]*\r?$", re.MULTILINE)
_LINE_OF_FENCE = re.compile(r"\n(?:---|\.\.\.)[ \t]*\r?$", re.MULTILINE)
_BOM = "\ufeff"
# Each further candidate means parsing again from the start; a quoted value with more lines of
# --- than this is not worth a quadratic time.
_MAX_CANDIDATES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What may be the front matter of ``source``: from ``start`` up to ``end``.

    ``quoted`` are the places of lines of ``---`` inside it that are taken to be inside a quoted
    value. YAML forbids them at column 0, so :attr:`yaml` indents them, which folds away again.
    ``is_closed`` is false if it ends with the file, without a line of ``---``.
    """

    source: str = field(repr=False)
    start: int
    end: int
    body_start: int
    quoted: tuple[int, ...] = ()
    is_closed: bool = True

    @property
    def yaml(self) -> str:
        """The text to be parsed."""
        if not self.quoted:
            return self.source[self.start : self.end]
        cuts = (self.start, *self.quoted, self.end)
        return " ".join(self.source[a:b] for a, b in pairwise(cuts))

    @property
    def body(self) -> str:
        """What follows the front matter."""
        return self.source[self.body_start :]

    @property
    def body_position(self) -> Position:
        """The line and column where the body starts: below the closing ``---``."""
        return self.source.count("\n", 0, self.body_start) + 2, 1

    def position(self, index: int) -> Position:
        """The line and column, in the file, of a character of :attr:`yaml`."""
        place = self.start + index
        for nth, fence in enumerate(self.quoted):
            if place - nth <= fence:
                return position_in(self.source, place - nth)
        return position_in(self.source, place - len(self.quoted))


def position_in(text: str, index: int) -> Position:
    """The line and column of a character of ``text``."""
    line_start = text.rfind("\n", 0, index) + 1
    return text.count("\n", 0, index) + 1, index - line_start + 1


def decode_seed(data: bytes) -> str | Problem:
    """The text of a seed without its BOM; a problem if it is empty, binary or not UTF-8."""
    if not data or data.isspace():
        return Problem(
            message="the file is empty: write front matter between two lines of ---",
            reason=Reason.EMPTY,
            line=1,
            column=1,
        )
    nul = data.find(b"\0")
    if nul >= 0:
        line, column = _byte_position(data, nul)
        return Problem(
            message=f"the file is binary (a NUL byte at offset {nul}): save it as UTF-8 text",
            reason=Reason.BINARY,
            line=line,
            column=column,
        )
    try:
        return data.decode().removeprefix(_BOM)
    except UnicodeDecodeError as error:
        return _not_utf8(data, error.start)


def _not_utf8(data: bytes, offset: int) -> Problem:
    line, column = _byte_position(data, offset)
    return Problem(
        message=f"the byte 0x{data[offset]:02X} at offset {offset} is not UTF-8: "
        "save the file as UTF-8",
        reason=Reason.NOT_UTF8,
        line=line,
        column=column,
    )


def _byte_position(data: bytes, offset: int) -> Position:
    before = data[:offset].decode("utf-8", "replace").removeprefix(_BOM)
    return position_in(before, len(before))


def find_blocks(text: str, *, is_yaml: bool) -> Iterator[Block] | Problem:
    """The candidates for the front matter of ``text``, shortest first, at least one; or a problem.

    Each one after the first is for when all before it end inside a quoted value. A file that
    ``is_yaml`` may do without the closing ``---``, or without any.
    """
    line_end = text.find("\n")
    first_line = text if line_end < 0 else text[:line_end]
    start = len(first_line) + 1
    if not first_line.startswith("---") or first_line[3:].strip():
        if is_yaml:
            end = len(text)
            return iter([Block(source=text, start=0, end=end, body_start=end, is_closed=False)])
        return Problem(
            message="there is no front matter: the first line must be ---",
            reason=Reason.NO_FRONT_MATTER,
            line=1,
            column=1,
        )
    fence = _find_fence(text, start)
    if not is_yaml and fence is None:
        return Problem(
            message="the front matter that starts here is not closed: end it with a line of ---",
            reason=Reason.UNCLOSED,
            line=1,
            column=1,
        )
    return _closed_blocks(text, start, fence, is_yaml=is_yaml)


def _closed_blocks(
    text: str, start: int, fence: re.Match[str] | None, *, is_yaml: bool
) -> Iterator[Block]:
    quoted: list[int] = []
    while fence and len(quoted) < _MAX_CANDIDATES:
        yield Block(
            source=text,
            start=start,
            end=fence.start(),
            body_start=fence.end(),
            quoted=tuple(quoted),
        )
        quoted.append(fence.start())
        fence = _find_fence(text, fence.end() + 1)
    if is_yaml:
        end = max(start, len(text))
        yield Block(
            source=text,
            start=start,
            end=end,
            body_start=end,
            quoted=tuple(quoted),
            is_closed=False,
        )


def _find_fence(text: str, start: int) -> re.Match[str] | None:
    """The first line of ``---`` or ``...`` from ``start`` on, which is where a line starts."""
    found = _LINE_OF_FENCE.search(text, max(0, start - 1))
    return _FENCE.match(text, found.start() + 1) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """A seed's front matter as YAML values, without ``secured``, and its body as written."""

    data: dict[Any, Any]
    block: Block
    _tree: list[Tree] = field(default_factory=list, repr=False, compare=False)

    @property
    def body(self) -> str:
        return self.block.body

    def locate(self, path: KeyPath) -> Position:
        """The line and column of the value at ``path``, or of what comes nearest to holding it."""
        if path == BODY:
            return self.block.body_position
        return self.block.position(self._nodes().place(path))

    def written(self, path: KeyPath) -> str | None:
        """The scalar at ``path`` as it is written, without quotes; None if there is none."""
        return self._nodes().written(path)

    def _nodes(self) -> Tree:
        """Composed again, once, when first asked: few seeds ever are."""
        if not self._tree:
            self._tree.append(Tree(self.block.yaml))
        return self._tree[0]


def load_front_matter(blocks: Iterator[Block]) -> FrontMatter | Problem:
    """The front matter in the shortest block, or in a longer one; or why a seed is unusable."""
    block = next(blocks)
    if block.body_start < len(block.source) and not block.yaml.strip(" \r\n"):
        return FrontMatter(data={}, block=block)  # two lines of --- alone: all is in the body
    try:
        return FrontMatter(data=_load(block.yaml), block=block)
    except Refused as refused:
        found = _load_longer(blocks) if refused.in_quotes else None
        return found or refused.problem(block)


def _load_longer(blocks: Iterator[Block]) -> FrontMatter | None:
    """The first of ``blocks`` in which no quoted value is cut off, if that is what they need."""
    for block in blocks:
        try:
            return FrontMatter(data=_load(block.yaml), block=block)
        except Refused as refused:
            if not refused.in_quotes:
                break
    return None


def _load(text: str) -> dict[Any, Any]:
    """The mapping that ``text`` is: the fast way for plain YAML, libyaml for all else."""
    plain = read_plain(text)
    return load_yaml(text) if plain is None else plain
