"""Front matter: a seed's bytes to a mapping and a body.

YAML 1.1 as PyYAML's safe loader reads it, less what only an attack or an accident needs (DESIGN
§4.2). ``secured`` is left out here, at every depth, so nothing behind can leak it; messages quote
neither values nor lines. What any other key means is not known here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from watcher.ingest.block import Block, Position
from watcher.ingest.fast_yaml import read_plain
from watcher.ingest.keys import BODY, KeyPath
from watcher.ingest.safe_yaml import Refused, Tree, load_yaml
from watcher.model.seed import Problem


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
