"""YAML nodes to values, as PyYAML's safe constructor makes them, less duplicate keys.

``secured`` is left out here, at every depth, so nothing behind can leak it.
"""

from collections.abc import Callable
from typing import Any

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.resolver import Resolver

from watcher.ingest.compose import STR, TAG, Refused, index_of
from watcher.ingest.keys import is_secured
from watcher.ingest.text import storable_text
from watcher.ingest.values import LONGEST_SHOWN, show
from watcher.model.seed import Reason

_MAX_INT_DIGITS = 4_300  # what Python turns into text and back
_LARGEST_INT = 10**_MAX_INT_DIGITS


class Constructor(SafeConstructor):
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
                    index_of(key_node),
                    key=storable_text(str(key)) if len(str(key)) <= LONGEST_SHOWN else None,
                )


_Construct = Callable[[Any, Any], Any]
# What PyYAML's constructors are known to raise on a scalar that only looks like one of theirs.
_CHOKED = (
    ArithmeticError, AttributeError, LookupError, TypeError, ValueError, ConstructorError,
)  # fmt: skip


def _lenient(construct: _Construct) -> _Construct:
    """``construct``, or the scalar as written where that chokes (``2022-02-30``, ``0x_``)."""

    def construct_or_keep(constructor: Constructor, node: yaml.ScalarNode) -> Any:
        try:
            return construct(constructor, node)
        except _CHOKED:
            return constructor.construct_scalar(node)

    return construct_or_keep


def _integer(constructor: Constructor, node: yaml.ScalarNode) -> int:
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
    Constructor.add_constructor(TAG + _name, _lenient(_construct))
_list: _Construct = SafeConstructor.construct_yaml_seq
for _name in ("omap", "pairs"):  # as the lists of mappings that they are written as
    Constructor.add_constructor(TAG + _name, _list)

_RESOLVER = Resolver()


def resolve_plain(text: str) -> Any:
    """The value of a scalar that is written without quotes."""
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return Constructor().construct_object(yaml.ScalarNode(tag, text))
