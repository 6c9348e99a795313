"""The index of stories over a store: what it reads, and how often."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

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
