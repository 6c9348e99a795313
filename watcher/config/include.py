"""Endpoints in files of their own: ``endpoints: {include: endpoints.d/*.yaml}``.

An ``include`` may also stand among other endpoints, as an item of the list. A file holds a list of
endpoints, or one. Files are read in the order of their names.
"""

import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from glob import glob
from pathlib import Path
from typing import Any

from watcher.config.yaml_tree import Document, Loc, Position

ENDPOINTS, INCLUDE = "endpoints", "include"

Read = Callable[[Path], Document]


def include_endpoints(document: Document, folder: Path, read: Read) -> None:
    """Put the endpoints of included files into the document's list, each with its place.

    Relative patterns start at ``folder``. One that names no file is a flaw.
    """
    whole = document.data.get(ENDPOINTS)
    items = [whole] if isinstance(whole, dict) else whole
    if not isinstance(items, list) or not any(_pattern(item) for item in items):
        return
    merged = _Merged(document)
    for index, item in enumerate(items):
        here: Loc = (ENDPOINTS,) if isinstance(whole, dict) else (ENDPOINTS, index)
        pattern = _pattern(item)
        if pattern is None:
            merged.add(document, here, item, file=None)
            continue
        files = sorted(glob(os.path.join(folder, pattern)))  # noqa: PTH118, PTH207 - they are many
        if not files:
            message = f"`include`: no file is named {pattern}"
            document.flaws.append((here, document.values[here], message))
        for file in files:
            part = _cached(Path(file), read)
            for loc, endpoint in _endpoints_in(part):
                merged.add(part, loc, endpoint, file=file)
    merged.replace()


class _Merged:
    """The merged list of endpoints, and the place of everything in it."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._items: list[Any] = []
        self._keys: dict[Loc, Position] = {}
        self._values: dict[Loc, Position] = {}
        self._grouped: dict[int, dict[Loc, list[Loc]]] = {}

    def add(self, source: Document, loc: Loc, item: Any, *, file: str | None) -> None:
        """Add an endpoint that is at ``loc`` in ``source``."""
        new: Loc = (ENDPOINTS, len(self._items))
        self._items.append(item)
        for places, into in ((source.keys, self._keys), (source.values, self._values)):
            for each in self._beneath(places, loc):
                into[new + each[len(loc) :]] = places[each]
        if file is not None:
            self._document.files[new[1]] = file
            flaws = [flaw for flaw in source.flaws if flaw[0][: len(loc)] == loc]
            self._document.flaws += [(new + at[len(loc) :], pos, said) for at, pos, said in flaws]

    def _beneath(self, places: dict[Loc, Position], loc: Loc) -> list[Loc]:
        """The places at and beneath an item; they are grouped once for all items of a file."""
        groups = self._grouped.get(id(places))
        if groups is None:
            groups = self._grouped[id(places)] = {}
            for each in places:
                groups.setdefault(each[: len(loc)], []).append(each)
        return groups.get(loc, [])

    def replace(self) -> None:
        """Replace the document's list and its places."""
        for places, ours in (
            (self._document.keys, self._keys),
            (self._document.values, self._values),
        ):
            for loc in [loc for loc in places if loc[:1] == (ENDPOINTS,) and len(loc) > 1]:
                del places[loc]
            places.update(ours)
        self._document.data[ENDPOINTS] = self._items


def _pattern(item: Any) -> str | None:
    if isinstance(item, dict) and set(item) == {INCLUDE} and isinstance(item[INCLUDE], str):
        return str(item[INCLUDE])
    return None


def _endpoints_in(document: Document) -> Iterator[tuple[Loc, Any]]:
    """Each endpoint of a file, and its place there."""
    data = document.data
    if set(data) == {ENDPOINTS} and isinstance(data[ENDPOINTS], list):
        yield from (((ENDPOINTS, index), item) for index, item in enumerate(data[ENDPOINTS]))
    else:
        yield (), data


def _cached(file: Path, read: Read) -> Document:
    """The content of a file, read again only when it has changed: a reload changes few of many."""
    status = file.stat()
    return _read_once(file, (status.st_mtime_ns, status.st_size, status.st_ino), read)


@lru_cache(maxsize=50_000)
def _read_once(file: Path, state: tuple[int, int, int], read: Read) -> Document:
    del state
    return read(file)
