"""The text of a config file as plain data, with the place of every key and value. No validation.

Scalars stay the text that was written, empty ones apart (None): ``on``, ``22:00``, ``1.10`` and
``2024-01-02`` mean what they say, and the schema reads numbers and booleans where it wants them.
"""

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml
from yaml.reader import Reader

Loc = tuple[str | int, ...]
"""Keys and list indexes from the top of the file down to a value, as pydantic's ``loc``."""

_Pair = tuple[str, yaml.Node, yaml.Node]

_DEEPEST = 50
_TOO_DEEP = f"nested more than {_DEEPEST} levels deep"
_MERGE = "<<"
_NULL = "tag:yaml.org,2002:null"
_STANDARD_TAG = re.compile(r"tag:yaml\.org,2002:(?:null|str|bool|int|float|timestamp|map|seq)")
_JSON_ESCAPE = re.compile(r"\\(?:u([dD][89abAB]..)\\u([dD][c-fC-F]..)|.)", re.DOTALL)
_INDICATORS = "*&!%@`|>"


class Position(NamedTuple):
    """A place in the file, both counted from 1."""

    line: int
    column: int


class YamlProblem(Exception):
    """The text is not YAML, or not one mapping; ``where`` is None if unknown."""

    def __init__(self, message: str, where: Position | None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where


@dataclass(slots=True, kw_only=True)
class Document:
    """A config file: its data, and the places of its keys and values.

    ``flaws`` are problems that leave the rest usable: what is wrong, and where. ``dropped`` are
    values that are None in the data because of one. ``files`` names the file of endpoints that
    were included, by their place in the list.
    """

    data: dict[str, Any] = field(default_factory=dict)
    keys: dict[Loc, Position] = field(default_factory=dict)
    values: dict[Loc, Position] = field(default_factory=dict)
    dropped: set[Loc] = field(default_factory=set)
    flaws: list[tuple[Loc, Position, str]] = field(default_factory=list)
    files: dict[Any, str] = field(default_factory=dict)

    def move(self, old: Loc, new: Loc) -> None:
        """Give ``new``, and everything beneath it, the place of ``old``."""
        for places in (self.keys, self.values):
            if old in places:
                places[new] = places[old]
            for index in itertools.count():  # a secret, or a list of them: nothing is deeper
                if (*old, index) not in places:
                    break
                places[*new, index] = places[*old, index]


class _Loader(yaml.CSafeLoader):
    """Resolves nothing but what is empty."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own way to have a loader without them


_Loader.add_implicit_resolver(_NULL, re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])


_MAPPING = "tag:yaml.org,2002:map"


def read_document(text: str, *, section: str | None = None) -> Document:
    """Read YAML or JSON. Raises YamlProblem if there is no mapping to go on with.

    A file of one ``section`` may be the section's list itself.
    """
    node = _compose(_json_as_yaml(text))
    if node is None:
        raise YamlProblem("the config is empty; `seedwatch init` writes one", Position(1, 1))
    if section is not None and isinstance(node, yaml.SequenceNode):
        document = Document()
        document.data = {section: _Builder(document).build(node, (section,))}
        return document
    if not isinstance(node, yaml.MappingNode) or node.tag != _MAPPING:
        raise YamlProblem("the config must be a mapping of keys, such as watch:", _start(node))
    document = Document()
    document.values[()] = _start(node)
    document.data = _Builder(document).build(node, ())
    return document


def _json_as_yaml(text: str) -> str:
    """JSON in the form that YAML reads too: no tabs between tokens, no escaped surrogate pairs."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    return _JSON_ESCAPE.sub(_join_surrogates, text).replace("\t", " ")


def _join_surrogates(escape: re.Match[str]) -> str:
    high, low = escape.groups()
    if high is None:
        return escape[0]
    return f"\\U{0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF):08x}"


def _compose(text: str) -> yaml.Node | None:
    stranger = Reader.NON_PRINTABLE.search(text)
    if stranger:
        raise YamlProblem("a control character is not allowed here", _position_of(text, stranger))
    try:
        _check_depth(text)
        return yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Position(mark.line + 1, mark.column + 1) if mark else None
        if "nesting depth" in (error.problem or ""):  # libyaml 0.2.6 stops at 1,000 by itself
            raise YamlProblem(_TOO_DEEP, where) from None
        raise YamlProblem(_say(error, text, where), where) from None


def _check_depth(text: str) -> None:
    """Libyaml's composer recurses in C: a file of 100,000 brackets would end the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise YamlProblem(_TOO_DEEP, _start(event))


def _position_of(text: str, match: re.Match[str]) -> Position:
    before = text[: match.start()]
    return Position(before.count("\n") + 1, match.start() - before.rfind("\n"))


def _say(error: yaml.MarkedYAMLError, text: str, where: Position | None) -> str:
    """The parser's message without its excerpt of the file, plus the usual reason for it."""
    said = "this is not YAML: " + ", ".join(filter(None, (error.context, error.problem)))
    line = text.splitlines()[where.line - 1 :][:1] if where else []
    if not where or not line:
        return said
    if "\t" in line[0][: where.column]:
        return f"{said}; indent with spaces, not tabs"
    near = line[0][: where.column][-2:].strip()
    if near[:1] in _INDICATORS and near:
        return f"{said}; text that begins with {near[0]} must be in quotes"
    return said


def _start(node: yaml.Node | yaml.Event) -> Position:
    mark = node.start_mark
    return Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)


class _Builder:
    """Turns nodes into data, and records their places in the document."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def build(self, node: yaml.Node, loc: Loc) -> Any:
        if len(loc) > _DEEPEST:
            return self._drop(loc, node, _TOO_DEEP)
        if not _STANDARD_TAG.fullmatch(node.tag):
            return self._drop(loc, node, "a tag (!…) has no meaning here; put text in quotes")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, loc)
        if isinstance(node, yaml.SequenceNode):
            return [self._item(item, (*loc, i)) for i, item in enumerate(node.value)]
        return None if node.tag == _NULL else node.value

    def _mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, Any]:
        """A mapping's own keys in their order, then those merged in with ``<<``."""
        built: dict[str, Any] = {}
        for name, key, value in self._pairs(node, loc):
            if name in built:
                first = self._document.keys[*loc, name].line
                self._flaw(loc, key, f"`{name}` is there twice; first on line {first}")
                continue
            built[name] = self._member(key, value, (*loc, name))
        for name, key, value in self._merged(node, loc, {id(node)}):
            if name not in built:
                built[name] = self._member(key, value, (*loc, name))
        return built

    def _pairs(self, node: yaml.MappingNode, loc: Loc) -> Iterator[_Pair]:
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._flaw(loc, key, "a key must be text")
            elif key.value != _MERGE:
                yield key.value, key, value

    def _merged(self, node: yaml.MappingNode, loc: Loc, seen: set[int]) -> Iterator[_Pair]:
        for key, value in node.value:
            if key.value != _MERGE:
                continue
            for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if not isinstance(source, yaml.MappingNode):
                    self._flaw(loc, key, f"`{_MERGE}` takes a mapping, or a list of them")
                elif id(source) not in seen:
                    seen.add(id(source))
                    yield from self._pairs(source, loc)
                    yield from self._merged(source, loc, seen)

    def _member(self, key: yaml.Node, value: yaml.Node, loc: Loc) -> Any:
        self._document.keys[loc] = _start(key)
        return self._item(value, loc)

    def _item(self, node: yaml.Node, loc: Loc) -> Any:
        self._document.values[loc] = _start(node)
        return self.build(node, loc)

    def _drop(self, loc: Loc, node: yaml.Node, message: str) -> None:
        self._document.dropped.add(loc)
        self._flaw(loc, node, message)

    def _flaw(self, loc: Loc, node: yaml.Node, message: str) -> None:
        self._document.flaws.append((loc, _start(node), message))
