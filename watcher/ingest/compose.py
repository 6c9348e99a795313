"""YAML events to nodes, by libyaml, within limits: no aliases, no tags beyond the safe ones.

What is refused is refused at its place, in words that quote neither values nor lines.
"""

from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from watcher.ingest.block import Block
from watcher.model.seed import Problem, Reason

MAX_NODES = 1_000
MAX_DEPTH = 50

TAG = "tag:yaml.org,2002:"
STR, SEQ, MAP = TAG + "str", TAG + "seq", TAG + "map"
_SAFE_TAGS = frozenset(tag for tag in SafeConstructor.yaml_constructors if tag is not None)


class Refused(Exception):
    """YAML that is not taken, at a character of the text; ``in_quotes``: it may go on."""

    def __init__(
        self,
        reason: Reason,
        message: str,
        index: int,
        *,
        key: str | None = None,
        in_quotes: bool = False,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.index = index
        self.key = key
        self.in_quotes = in_quotes

    def problem(self, block: Block) -> Problem:
        line, column = block.position(self.index)
        return Problem(
            message=str(self), reason=self.reason, key=self.key, line=line, column=column
        )


def compose_yaml(text: str) -> yaml.Node | None:
    """The nodes of the only document in ``text``, within the limits.

    PyYAML's own composer recurses in C: deep nesting kills the process. This one has a stack.
    """
    parser = yaml.CSafeLoader(text)
    try:
        return _Composer(parser).compose()
    finally:
        parser.dispose()


class _Composer:
    """Builds nodes from the parser's events and refuses what is not taken.

    Any: the stubs leave parts of the parser out, and keep libyaml's marks apart from PyYAML's.
    """

    def __init__(self, parser: Any) -> None:
        self.parser = parser
        self.levels: list[list[yaml.Node]] = [[]]
        self.starts: list[Any] = []
        self.nodes = 0

    def compose(self) -> yaml.Node | None:
        next_event = self.parser.get_event
        while not isinstance(event := next_event(), yaml.StreamEndEvent):
            if isinstance(event, yaml.ScalarEvent):
                self._count(event)
                self.levels[-1].append(self._scalar(event))
            elif isinstance(event, yaml.CollectionStartEvent):
                self._count(event)
                self._open(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._close(event)
            elif isinstance(event, yaml.AliasEvent):
                raise _refusal(event, Reason.ALIAS, "aliases are not taken: write the value out")
            elif isinstance(event, yaml.DocumentStartEvent) and self.levels[0]:
                raise _refusal(event, Reason.BAD_YAML, "a second document starts: keep only one")
        return self.levels[0][0] if self.levels[0] else None

    def _count(self, event: yaml.NodeEvent) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            message = f"there are more than {MAX_NODES:,} values: make the front matter smaller"
            raise _refusal(event, Reason.TOO_MANY_NODES, message)

    def _scalar(self, event: Any) -> yaml.ScalarNode:
        tag = event.tag
        if tag is None and not event.implicit[0]:
            tag = STR
        elif tag is None or tag == "!":
            tag = self.parser.resolve(yaml.ScalarNode, event.value, event.implicit)
        elif tag not in _SAFE_TAGS:
            raise _bad_tag(event)
        return yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark)

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        if event.tag not in (None, "!") and event.tag not in _SAFE_TAGS:
            raise _bad_tag(event)
        self.starts.append(event)
        self.levels.append([])
        if len(self.starts) > MAX_DEPTH:
            message = f"it is nested more than {MAX_DEPTH} levels deep: make it flatter"
            raise _refusal(event, Reason.TOO_DEEP, message)

    def _close(self, event: Any) -> None:
        start = self.starts.pop()
        inside = self.levels.pop()
        tag = None if start.tag == "!" else start.tag
        marks = start.start_mark, event.end_mark
        node: yaml.Node
        if isinstance(start, yaml.MappingStartEvent):
            pairs = list(zip(inside[::2], inside[1::2], strict=True))
            node = yaml.MappingNode(tag or MAP, pairs, *marks)
        else:
            node = yaml.SequenceNode(tag or SEQ, inside, *marks)
        self.levels[-1].append(node)


def _refusal(event: yaml.Event, reason: Reason, message: str) -> Refused:
    return Refused(reason, message, index_of(event))


def index_of(marked: Any) -> int:
    """Where an event or a node starts."""
    return int(marked.start_mark.index)


def _bad_tag(event: yaml.Event) -> Refused:
    return _refusal(event, Reason.TAG, "this tag is not taken: remove the word that starts with !")
