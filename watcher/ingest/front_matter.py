"""Front matter: a seed's bytes to a mapping and a body. PyYAML's home in this stage.

YAML 1.1 as PyYAML's safe loader reads it, by libyaml, less what only an attack or an accident
needs (DESIGN §4.2). ``secured`` is left out here, at every depth, so nothing behind can leak it;
messages quote neither values nor lines. What any other key means is not known here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.reader import ReaderError

from watcher.ingest.block import Block, Position, decode_seed, find_blocks
from watcher.ingest.keys import KeyPath, is_secured
from watcher.ingest.text import storable_text
from watcher.ingest.values import LONGEST_SHOWN, show
from watcher.ingest.yaml_advice import advise, is_noticed_late, may_be_in_quotes
from watcher.model import Problem, Reason

MAX_NODES = 1_000
MAX_DEPTH = 50
_MAX_INT_DIGITS = 4_300  # what Python turns into text and back
_LARGEST_INT = 10**_MAX_INT_DIGITS

_TAG = "tag:yaml.org,2002:"
_STR, _SEQ, _MAP = _TAG + "str", _TAG + "seq", _TAG + "map"
_SAFE_TAGS = frozenset(tag for tag in SafeConstructor.yaml_constructors if tag is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """A seed's front matter as YAML values, without ``secured``, and its body as written."""

    data: dict[Any, Any]
    block: Block
    _tree: list[Any] = field(default_factory=list, repr=False, compare=False)

    @property
    def body(self) -> str:
        return self.block.body

    def locate(self, path: KeyPath) -> Position:
        """The line and column of the value at ``path``, or of what comes nearest to holding it.

        Composes the nodes again, once, when first asked: few seeds ever are.
        """
        if not self._tree:
            self._tree.append(_compose(self.block.yaml))
        return self.block.position(_index(_descend(self._tree[0], path)))


def read_front_matter(data: bytes, *, is_yaml: bool) -> FrontMatter | Problem:
    """A seed's front matter, or the one problem that makes it unusable.

    A file that ``is_yaml`` by its name may be one mapping without any ``---``.
    """
    text = decode_seed(data)
    blocks = text if isinstance(text, Problem) else find_blocks(text, is_yaml=is_yaml)
    if isinstance(blocks, Problem):
        return blocks
    block = next(blocks)
    try:
        return FrontMatter(data=_load(block.yaml), block=block)
    except _Refused as refused:
        longer = _load_longer(blocks) if refused.in_quotes else None
        return longer or refused.problem(block)


def _load_longer(blocks: Iterator[Block]) -> FrontMatter | None:
    """The first of ``blocks`` in which no quoted value is cut off, if that is what they need."""
    for block in blocks:
        try:
            return FrontMatter(data=_load(block.yaml), block=block)
        except _Refused as refused:
            if not refused.in_quotes:
                break
    return None


class _Refused(Exception):
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


def _load(text: str) -> dict[Any, Any]:
    """The mapping that ``text`` is. A faster parser for plain YAML would go in front of this."""
    try:
        root = _compose(text)
        if not isinstance(root, yaml.MappingNode) or root.tag != _MAP:
            found = "empty" if root is None else "not a mapping"
            raise _Refused(
                Reason.NOT_A_MAPPING,
                f"the front matter is {found}: write it as lines of key: value",
                _index(root) if root else 0,
            )
        return _Constructor().construct_document(root)  # type: ignore[no-any-return]
    except ReaderError as error:
        raise _unreadable(text, error) from None
    except yaml.MarkedYAMLError as error:
        raise _bad_yaml(text, error) from None


def _bad_yaml(text: str, error: yaml.MarkedYAMLError) -> _Refused:
    problem = error.problem or ""
    mark = error.context_mark if is_noticed_late(problem) else error.problem_mark
    index = mark.index if mark else 0
    return _Refused(
        Reason.BAD_YAML,
        advise(problem, at_tab=text[index : index + 1] == "\t"),
        index,
        in_quotes=may_be_in_quotes(problem, error.context),
    )


def _unreadable(text: str, error: ReaderError) -> _Refused:
    """A character that YAML does not allow; libyaml gives its place in bytes."""
    before = text.encode()[: error.position].decode("utf-8", "ignore")
    return _Refused(Reason.BAD_YAML, advise(error.reason, at_tab=False), len(before))


# ---------------------------------------------------------------- events → nodes


def _compose(text: str) -> yaml.Node | None:
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
            tag = _STR
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
            node = yaml.MappingNode(tag or _MAP, pairs, *marks)
        else:
            node = yaml.SequenceNode(tag or _SEQ, inside, *marks)
        self.levels[-1].append(node)


def _refusal(event: yaml.Event, reason: Reason, message: str) -> _Refused:
    return _Refused(reason, message, _index(event))


def _index(marked: Any) -> int:
    """Where an event or a node starts."""
    return int(marked.start_mark.index)


def _bad_tag(event: yaml.Event) -> _Refused:
    return _refusal(event, Reason.TAG, "this tag is not taken: remove the word that starts with !")


def _descend(node: Any, path: KeyPath) -> Any:
    for part in path:
        inside = None
        if isinstance(node, yaml.MappingNode):
            inside = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            inside = node.value[part] if part < len(node.value) else None
        if inside is None:
            break
        node = inside
    return node


# ---------------------------------------------------------------- nodes → values


class _Constructor(SafeConstructor):
    """PyYAML's safe constructor, less duplicate keys and ``secured``."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Called once on each mapping before its keys and values are made."""
        self._refuse_duplicates(node)
        node.value = [pair for pair in node.value if not is_secured(pair[0].value)]
        super().flatten_mapping(node)

    def _refuse_duplicates(self, node: yaml.MappingNode) -> None:
        """Names the key: what is below ``secured`` never comes here."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            plain = key_node.tag == _STR
            key = key_node.value if plain else self.construct_object(key_node, deep=True)
            try:
                is_duplicate = key in seen
                seen.add(key)
            except TypeError:
                raise ConstructorError(
                    None, None, "found unhashable key", key_node.start_mark
                ) from None
            if is_duplicate:
                raise _Refused(
                    Reason.DUPLICATE_KEY,
                    f"{show(key)} stands a second time in the same mapping: remove one of them",
                    _index(key_node),
                    key=storable_text(str(key)) if len(str(key)) <= LONGEST_SHOWN else None,
                )


_Construct = Callable[[Any, Any], Any]
# What PyYAML's constructors are known to raise on a scalar that only looks like one of theirs.
_CHOKED = (
    ArithmeticError, AttributeError, LookupError, TypeError, ValueError, ConstructorError,
)  # fmt: skip


def _lenient(construct: _Construct) -> _Construct:
    """``construct``, or the scalar as written where that chokes (``2022-02-30``, ``0x_``)."""

    def construct_or_keep(constructor: _Constructor, node: yaml.ScalarNode) -> Any:
        try:
            return construct(constructor, node)
        except _CHOKED:
            return constructor.construct_scalar(node)

    return construct_or_keep


def _integer(constructor: _Constructor, node: yaml.ScalarNode) -> int:
    """An int that Python can write again; base 60 takes quadratic time, so long ones go first."""
    if len(node.value) > _MAX_INT_DIGITS:
        raise ValueError("too long")
    number = constructor.construct_yaml_int(node)
    if abs(number) >= _LARGEST_INT:
        raise ValueError("too large")
    return number


for _name, _construct in {
    "null": SafeConstructor.construct_yaml_null,
    "bool": SafeConstructor.construct_yaml_bool,
    "int": _integer,
    "float": SafeConstructor.construct_yaml_float,
    "binary": SafeConstructor.construct_yaml_binary,
    "timestamp": SafeConstructor.construct_yaml_timestamp,
    "value": SafeConstructor.construct_scalar,  # a lone = or << is text
    "merge": SafeConstructor.construct_scalar,
}.items():
    _Constructor.add_constructor(_TAG + _name, _lenient(_construct))
_list: _Construct = SafeConstructor.construct_yaml_seq
for _name in ("omap", "pairs"):  # as the lists of mappings that they are written as
    _Constructor.add_constructor(_TAG + _name, _list)
