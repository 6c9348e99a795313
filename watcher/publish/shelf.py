"""Where the places of a feed's first articles come from: the store's index, or a shelf.

A feed without a match is a page of an index. One with a match would have to look through the
store for the few that it keeps: their places are kept on a shelf, and only what a batch touched is
looked at again.
"""

from collections.abc import Callable
from typing import Protocol

from watcher.model.kinds import ArticleState
from watcher.model.seed import Content
from watcher.store.windows import Rank, Windows


class Places(Protocol):
    """The places of articles in one state that belong to a feed, the newest first."""

    def note(self, article: str, *, fits: bool) -> bool:
        """An article was written, and fits the feed or not; whether its feed may change by it."""

    def forget(self) -> None:
        """Begin again from the store."""

    def first(self, limit: int) -> list[Rank]:
        """The first places, as the store has them now."""

    def glance(self, limit: int) -> list[Rank]:
        """The first places as they were when they were last asked for; for any thread."""


class Index:
    """Places straight from the store's index, of all articles or of one topic's."""

    def __init__(self, windows: Windows, state: ArticleState, *, topic: str | None) -> None:
        self._windows = windows
        self._state = state
        self._topic = topic

    def note(self, article: str, *, fits: bool) -> bool:  # noqa: ARG002 - the index knows itself
        return True

    def forget(self) -> None:
        pass

    def first(self, limit: int) -> list[Rank]:
        return self._windows.newest(self._state, limit=limit, topic=self._topic)

    def glance(self, limit: int) -> list[Rank]:
        return self.first(limit)


class Shelf:
    """The first places that ``keep`` keeps: at least ``depth`` if there are so many.

    It is filled with twice as many, so that the store is searched again only once that half of
    them are gone. ``_floor`` is the last place down to which the shelf holds all; None if it holds
    all there are.
    """

    def __init__(
        self,
        windows: Windows,
        state: ArticleState,
        *,
        topic: str | None,
        keep: Callable[[Content], bool],
        depth: int,
    ) -> None:
        self._windows = windows
        self._state = state
        self._topic = topic
        self._keep = keep
        self._depth = depth
        self._places: dict[str, Rank] | None = None
        self._floor: Rank | None = None
        self._noted: dict[str, bool] = {}

    def note(self, article: str, *, fits: bool) -> bool:
        if self._places is None:
            return fits
        if not fits and article not in self._places and article not in self._noted:
            return False
        self._noted[article] = fits
        if len(self._noted) > self._depth:
            self.forget()
        return True

    def forget(self) -> None:
        self._places, self._noted = None, {}

    def first(self, limit: int) -> list[Rank]:
        if self._places is not None and self._noted:
            self._take_in(self._places)
        if self._places is None:
            self._fill()
        return self.glance(limit)

    def glance(self, limit: int) -> list[Rank]:
        return sorted((self._places or {}).values())[:limit]  # never changed, only replaced

    def _take_in(self, before: dict[str, Rank]) -> None:
        """Put the noted articles where the store now has them; forget it all if too few are left.

        What comes in below the floor stays out: others that are not on the shelf may be above it.
        """
        found = self._windows.places(self._noted)
        places = {article: rank for article, rank in before.items() if article not in self._noted}
        for article, (state, rank) in found.items():
            above = self._floor is None or rank <= self._floor
            if self._noted[article] and state is self._state and above:
                places[article] = rank
        if self._floor is not None and len(places) < self._depth:
            self.forget()
            return
        self._put(places)

    def _fill(self) -> None:
        self._floor = None
        places = self._windows.find(
            self._state, limit=2 * self._depth, topic=self._topic, keep=self._keep
        )
        if len(places) == 2 * self._depth:
            self._floor = max(places.values())
        self._put(places)

    def _put(self, places: dict[str, Rank]) -> None:
        """Make these the places, the first of them at most; nothing is noted any more."""
        if len(places) > 2 * self._depth:
            first = sorted(places.items(), key=lambda item: item[1])[: 2 * self._depth]
            places, self._floor = dict(first), first[-1][1]
        self._places, self._noted = places, {}
