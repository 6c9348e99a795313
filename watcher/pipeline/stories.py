"""The index of stories over the store: holds the days that new articles are compared with.

It is derived: what it needs it reads from the store, and after a batch that failed it reads it
again. Several nodes may share the store: what others placed meanwhile is read before each batch.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import RLock

from watcher.config.schema import StoriesConfig
from watcher.diff.stories import StoryIndex
from watcher.model.story import StoryPlace, StoryText
from watcher.store.ledger import Ledger
from watcher.store.stories import Places

_DAY = timedelta(days=1)
_EPOCH = datetime.fromtimestamp(0, UTC)

_SPARE = 20_000
"""So many articles stay in memory though the last batch was not compared with them: some 35 MB.
Where seeds of several times come in by turns, each would else read its own days anew."""

_BLOCK = 1000
"""The oldest of more than ``max_articles`` go so many at a time."""


class Stories:
    """Places new articles into stories. Used by the thread that takes in, warmed by another."""

    def __init__(self, config: StoriesConfig) -> None:
        self._config = config
        self._lock = RLock()
        self._start_over()

    def _start_over(self) -> None:
        config = self._config
        self._index = StoryIndex(
            window=config.window, half_life=config.half_life, similarity=config.similarity
        )
        self._days = dict[int, None]()  # those used last come last
        self._newest = 0
        self._edits = ""

    def prepare(self, ledger: Ledger, times: Iterable[datetime]) -> None:
        """Read what articles of these times are compared with, before their batch has the lock."""
        with self._lock:
            days = self._days_about(times)
            if days <= self._days.keys():
                return  # what others placed meanwhile is read within the batch
            with ledger.places() as places:
                self._catch_up(places)
                self._load(places, days)

    def warm(self, ledger: Ledger, now: datetime, *, may_go_on: Callable[[], bool]) -> None:
        """Read what the next articles will be compared with, a day at a time, the newest first.

        A batch that comes meanwhile waits for one day, and for those that it needs itself.
        """
        for day in sorted(self._days_about([now]), reverse=True):
            if not may_go_on():
                return
            with self._lock, ledger.places() as places:
                self._catch_up(places)
                self._load(places, {day})

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Keep the places given inside the block only if it succeeds."""
        with self._lock:
            try:
                yield
            except BaseException:
                self._start_over()
                raise

    def place(self, texts: Sequence[StoryText], places: Places) -> list[StoryPlace]:
        """Place the new articles of a batch, in the order of their publication."""
        if not texts:
            return []
        self._catch_up(places)
        days = self._days_about(text.at for text in texts)
        self._load(places, days)
        found = [self._index.place(text) for text in sorted(texts, key=lambda text: text.at)]
        self._newest = max(text.number for text in texts)
        self._make_room(days)
        return found

    def update(self, articles: Sequence[str], places: Places) -> None:
        """Compare from now on with what these articles say now."""
        for text, place in places.of(articles) if len(self._index) and articles else ():
            self._index.update(text, place)

    def _catch_up(self, places: Places) -> None:
        """Read what others placed; all anew if the operator moved articles between stories."""
        newest, edits = places.newest()
        if edits != self._edits or newest < self._newest:
            self._start_over()
            self._edits = edits
        elif newest > self._newest and self._days:
            for text, place in places.after(self._newest):
                if _day(place.at) in self._days:
                    self._index.add(text, place)
        self._newest = newest

    def _load(self, places: Places, days: set[int]) -> None:
        for first, last in _runs(days - self._days.keys()):
            oldest = self._newest - self._config.max_articles
            since, before = _EPOCH + first * _DAY, _EPOCH + (last + 1) * _DAY
            for text, place in places.between(since, before, after=oldest):
                self._index.add(text, place)
        for day in sorted(days):
            self._days.pop(day, None)
            self._days[day] = None

    def _days_about(self, times: Iterable[datetime]) -> set[int]:
        window = self._config.window
        spans = {(_day(at - window), _day(at + window)) for at in times}
        return {day for first, last in spans for day in range(first, last + 1)}

    def _make_room(self, days: set[int]) -> None:
        if len(self._index) > self._config.max_articles:
            oldest = self._newest - self._config.max_articles
            self._index.forget_up_to(oldest - oldest % -_BLOCK)
        for day in list(self._days):
            if len(self._index) <= _SPARE or day in days:
                break
            self._index.forget(_EPOCH + day * _DAY, _EPOCH + (day + 1) * _DAY)
            del self._days[day]


def _day(at: datetime) -> int:
    return (at - _EPOCH) // _DAY


def _runs(days: set[int]) -> Iterator[tuple[int, int]]:
    """Days in a row, as the first and the last of them."""
    first = last = None
    for day in sorted(days):
        if first is None or last is None:
            first = last = day
        elif day == last + 1:
            last = day
        else:
            yield first, last
            first = last = day
    if first is not None and last is not None:
        yield first, last
