"""The index of stories over a store: what it reads, and how often."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.config.schema import StoriesConfig
from watcher.model.story import StoryPlace, StoryText
from watcher.pipeline.stories import Stories

DATES = (datetime(2021, 5, 1, tzinfo=UTC), datetime(2022, 5, 1, tzinfo=UTC))
KNOWN = 3000
"""Articles of each date: together more than were once kept beyond the last batch's own."""


def text(number: int, at: datetime) -> StoryText:
    return StoryText(
        number=number,
        article=f"urn:uuid:{number}",
        title=f"Title {number}",
        summary="",
        outlet="a.example",
        at=at,
    )


class RecordedPlaces:
    """What a store says was placed so far; it notes which times were asked for."""

    def __init__(self) -> None:
        self.asked: list[datetime] = []
        self.last = KNOWN * len(DATES)

    def newest(self) -> tuple[int, str]:
        return self.last, ""

    def between(
        self, since: datetime, before: datetime, *, after: int
    ) -> list[tuple[StoryText, StoryPlace]]:
        assert after < 1
        self.asked.append(since)
        return [
            (text(number, at), self.place(number, at))
            for start, at in enumerate(DATES)
            for number in range(start * KNOWN + 1, (start + 1) * KNOWN + 1)
            if since <= at < before
        ]

    def after(self, number: int) -> list[tuple[StoryText, StoryPlace]]:
        raise AssertionError(f"nobody else placed anything after {number}")

    def of(self, articles: Iterable[str]) -> list[tuple[StoryText, StoryPlace]]:
        raise AssertionError(f"nothing was edited: {articles}")

    @staticmethod
    def place(number: int, at: datetime) -> StoryPlace:
        return StoryPlace(
            number=number,
            article=f"urn:uuid:{number}",
            story=f"{number:016x}",
            outlet="a.example",
            at=at,
            started_at=at,
            norm=1.0,
        )


def test_articles_of_two_dates_by_turns_read_each_date_once() -> None:
    places, stories = RecordedPlaces(), Stories(StoriesConfig())
    for number in range(8):
        new = text(places.last + 1, DATES[number % 2] + timedelta(seconds=number))
        with stories.batch():
            assert stories.place([new], places)  # type: ignore[arg-type]
        places.last += 1
    assert len(places.asked) == len(DATES)


class RecordedLedger:
    """Gives the same places each time."""

    def __init__(self, found: RecordedPlaces) -> None:
        self._places = found

    @contextmanager
    def places(self) -> Iterator[RecordedPlaces]:
        yield self._places


def warm(stories: Stories, places: RecordedPlaces, *, days: int) -> None:
    """Read at most so many days of those about the second date."""
    left = iter([True] * days)
    stories.warm(RecordedLedger(places), DATES[1], may_go_on=lambda: next(left, False))  # type: ignore[arg-type]


def test_what_was_read_in_advance_is_not_read_again() -> None:
    places, stories = RecordedPlaces(), Stories(StoriesConfig())
    warm(stories, places, days=99)
    asked = list(places.asked)
    assert asked == sorted(asked, reverse=True)
    with stories.batch():
        stories.place([text(places.last + 1, DATES[1])], places)  # type: ignore[arg-type]
    assert places.asked == asked


def test_reading_in_advance_ends_between_two_days() -> None:
    places, stories = RecordedPlaces(), Stories(StoriesConfig())
    warm(stories, places, days=2)
    assert len(places.asked) == 2


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["", "!?", "one", "Same title", "日本"]), st.integers(0, 3000)),
        min_size=150,
        max_size=400,
    ),
    st.integers(1, 60),
)
def test_no_more_than_max_articles_stay_in_memory(
    articles: list[tuple[str, int]], batch: int
) -> None:
    places, stories = EmptyPlaces(), Stories(StoriesConfig(max_articles=100))
    new = [
        replace(text(number, DATES[0] + timedelta(minutes=minutes)), title=title)
        for number, (title, minutes) in enumerate(articles, 1)
    ]
    for start in range(0, len(new), batch):
        part = new[start : start + batch]
        with stories.batch():
            stories.place(part, places)  # type: ignore[arg-type]
        places.last = part[-1].number
        assert len(stories._index) <= 100


class EmptyPlaces(RecordedPlaces):
    """A store in which nothing was placed before."""

    def __init__(self) -> None:
        super().__init__()
        self.last = 0

    def between(
        self, since: datetime, before: datetime, *, after: int
    ) -> list[tuple[StoryText, StoryPlace]]:
        return []
