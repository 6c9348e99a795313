"""YAML text to a mapping, by libyaml: the authority, and the way of whatever is unusual.

As PyYAML's safe loader, within limits: no aliases, no tags beyond the safe ones, no duplicate keys.
What is refused is refused at its place, in words that quote neither values nor lines. ``secured``
is left out here, at every depth, so nothing behind can leak it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.reader import ReaderError
from yaml.resolver import Resolver

from watcher.ingest.keys import KeyPath, is_secured
from watcher.ingest.limits import MAX_LEVELS, MAX_VALUES
from watcher.ingest.text import storable_text
from watcher.ingest.values import LONGEST_SHOWN, show
from watcher.ingest.yaml_errors import advise, is_nesting_limit, is_noticed_late, may_be_in_quotes
from watcher.model.seed import Problem, Reason

if TYPE_CHECKING:
    from watcher.ingest.front_matter import Block

TAG = "tag:yaml.org,2002:"
STR, SEQ, MAP = TAG + "str", TAG + "seq", TAG + "map"
_SAFE_TAGS = frozenset(tag for tag in SafeConstructor.yaml_constructors if tag is not None)


_MAX_INT_DIGITS = 4_300  # what Python turns into text and back
_LARGEST_INT = 10**_MAX_INT_DIGITS


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

    def problem(self, block: "Block") -> Problem:
        line, column = block.position(self.index)
        return Problem(
            message=str(self), reason=self.reason, key=self.key, line=line, column=column
        )


def load_yaml(text: str) -> dict[Any, Any]:
    """The mapping that ``text`` is, without ``secured``; raises Refused."""
    try:
        root = compose_yaml(text)
        if not isinstance(root, yaml.MappingNode) or root.tag != MAP:
            found = "empty" if root is None else "not a mapping"
            raise Refused(
                Reason.NOT_A_MAPPING,
                f"the front matter is {found}: write it as lines of key: value",
                _index_of(root) if root else 0,
            )
        return _Constructor().construct_document(root)  # type: ignore[no-any-return]
    except ReaderError as error:
        raise _unreadable(text, error) from None
    except yaml.MarkedYAMLError as error:
        raise _bad_yaml(text, error) from None


def _bad_yaml(text: str, error: yaml.MarkedYAMLError) -> Refused:
    problem = error.problem or ""
    mark = error.context_mark if is_noticed_late(problem) else error.problem_mark
    index = mark.index if mark else 0
    return Refused(
        Reason.BAD_YAML,
        advise(problem, at_tab=text[index : index + 1] == "\t"),
        index,
        in_quotes=may_be_in_quotes(problem, error.context),
    )


def _unreadable(text: str, error: ReaderError) -> Refused:
    """A character that YAML does not allow; libyaml gives its place in bytes."""
    before = text.encode()[: error.position].decode("utf-8", "ignore")
    return Refused(Reason.BAD_YAML, advise(error.reason, at_tab=False), len(before))


class Tree:
    """The nodes of a text that was taken: where its values stand, and what is written there."""

    def __init__(self, text: str) -> None:
        self._root = compose_yaml(text)
        self._insides: dict[int, dict[Any, Any]] = {}

    def place(self, path: KeyPath) -> int:
        """Where the value at ``path`` starts, or what comes nearest to it."""
        node, _ = self._nearest(path)
        return _index_of(node) if node else 0

    def written(self, path: KeyPath) -> str | None:
        """The scalar at ``path`` as it is written, if there is one."""
        node, is_it = self._nearest(path)
        return node.value if is_it and isinstance(node, yaml.ScalarNode) else None

    def _nearest(self, path: KeyPath) -> tuple[Any, bool]:
        node: Any = self._root
        for part in path:
            inside = self._inside(node).get(part)
            if inside is None:
                return node, False
            node = inside
        return node, True

    def _inside(self, node: Any) -> dict[Any, Any]:
        """The nodes in a collection by their keys or numbers, made once: there may be thousands."""
        found = self._insides.get(id(node))
        if found is None:
            if isinstance(node, yaml.MappingNode):
                found = {k.value: v for k, v in reversed(node.value) if isinstance(k.value, str)}
            else:
                is_list = isinstance(node, yaml.SequenceNode)
                found = dict(enumerate(node.value)) if is_list else {}
            self._insides[id(node)] = found
        return found


# ---------------------------------------------------------------- text to nodes


def compose_yaml(text: str) -> yaml.Node | None:
    """The nodes of the only document in ``text``, within the limits.

    PyYAML's own composer recurses in C: deep nesting kills the process. This one has a stack.
    """
    parser = yaml.CSafeLoader(text)
    try:
        return _Composer(parser).compose()
    except yaml.MarkedYAMLError as error:
        if is_nesting_limit(error.problem) and error.problem_mark:
            # libyaml, from 0.2.6 on, stops at 1,000 levels, and meets them while it looks ahead:
            # in the text up to there our own limit is met first, at its place.
            compose_yaml(text[: error.problem_mark.index])
        raise
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
        if self.nodes > MAX_VALUES:
            message = f"there are more than {MAX_VALUES:,} values: make the front matter smaller"
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
        if len(self.starts) > MAX_LEVELS:
            message = f"it is nested more than {MAX_LEVELS} levels deep: make it flatter"
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
    return Refused(reason, message, _index_of(event))


def _index_of(marked: Any) -> int:
    """Where an event or a node starts."""
    return int(marked.start_mark.index)


def _bad_tag(event: yaml.Event) -> Refused:
    return _refusal(event, Reason.TAG, "this tag is not taken: remove the word that starts with !")


# ---------------------------------------------------------------- nodes to values


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
            plain = key_node.tag == STR
            key = key_node.value if plain else self.construct_object(key_node, deep=True)
            try:
                is_duplicate = key in seen
                seen.add(key)
            except TypeError:
                raise ConstructorError(
                    None, None, "found unhashable key", key_node.start_mark
                ) from None
            if is_duplicate:
                raise Refused(
                    Reason.DUPLICATE_KEY,
                    f"{show(key)} stands a second time in the same mapping: remove one of them",
                    _index_of(key_node),
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
    _Constructor.add_constructor(TAG + _name, _lenient(_construct))
_list: _Construct = SafeConstructor.construct_yaml_seq
for _name in ("omap", "pairs"):  # as the lists of mappings that they are written as
    _Constructor.add_constructor(TAG + _name, _list)

_RESOLVER = Resolver()


def resolve_plain(text: str) -> Any:
    """The value of a scalar that is written without quotes."""
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return _Constructor().construct_object(yaml.ScalarNode(tag, text))
