"""Whose roots are whose: a root's identity in the store, and its path for whoever opened it. Pure.

Nodes that share a store may have different disks at one path: there a root's identity is
``node:/its/path``, or its ``name:`` where several nodes share the disk. In a store that is one
node's own it is the path alone. Whoever opened the store sees its own roots by their paths, and
those of others by their identities.
"""

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect


class Places:
    """The roots of one node. ``names`` are those that the config gives, by path.

    Without ``is_shared`` the store is the node's own, and identities are paths.
    """

    def __init__(
        self, node: str = "", names: Mapping[str, str] | None = None, *, is_shared: bool = False
    ) -> None:
        self._node = f"{node}:"
        self.is_shared = is_shared
        self._names = dict(names or {})
        self._paths = {name: path for path, name in self._names.items()}

    def follow(self, other: "Places") -> None:
        """Be the same as another one: after a reload, for a store that stays open."""
        vars(self).update(vars(other))

    def stored(self, path: str) -> str:
        """The identity of a root of ours at this path; what is an identity already stays so."""
        if not self.is_shared or not path.startswith("/"):
            return path
        return self._names.get(path) or f"{self._node}{path}"

    def shown(self, identity: str) -> str:
        """The path of a root if it is one of ours, else its identity."""
        if not self.is_shared:
            return identity
        return self._paths.get(identity) or identity.removeprefix(self._node)

    def former(self, path: str) -> list[str]:
        """Other identities under which a root of ours may be known: from before it had this one."""
        if not self.is_shared:
            return []
        return [each for each in (f"{self._node}{path}", path) if each != self.stored(path)]


ALONE = Places()
"""The places of a store that is one node's own."""

_PLACES: WeakKeyDictionary[Dialect, Places] = WeakKeyDictionary()


def set_places(dialect: Dialect, places: Places) -> None:
    """Let all statements of an engine, which has this dialect, see roots like that."""
    _PLACES[dialect] = places


def places_of(dialect: Dialect) -> Places:
    return _PLACES.get(dialect, ALONE)
