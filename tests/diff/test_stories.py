"""Which story an article belongs to."""

import random
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.diff.stories import StoryIndex
from watcher.model.story import StoryPlace, StoryText

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POLAND = "Microsoft to invest $1 billion in Poland: statement"
POLAND_TOO = "Microsoft plans $1bn cloud investment in Poland"
CLOUD = "The company will open a data centre region near Warsaw and train 150,000 people."
CLOUD_TOO = "A new cloud data centre near Warsaw is part of the plan, with training for thousands."


SETTINGS: Any = {
    "window": timedelta(days=5),
    "half_life": timedelta(days=3),
    "similarity": 0.26,
}


def index(**settings: object) -> StoryIndex:
    return StoryIndex(**(SETTINGS | settings))


def text(
    number: int,
    title: str,
    summary: str = "",
    *,
    outlet: str | None = None,
    at: datetime = MONDAY,
) -> StoryText:
    return StoryText(
        number=number,
        article=f"urn:uuid:{number:032x}",
        title=title,
        summary=summary,
        outlet=f"outlet{number}.example" if outlet is None else outlet,
        at=at,
    )


def place_all(stories: StoryIndex, *texts: StoryText) -> list[StoryPlace]:
    return [stories.place(each) for each in texts]


def test_two_outlets_about_one_event_are_one_story_that_says_why() -> None:
    first, other, second = place_all(
        index(),
        text(1, POLAND, CLOUD),
        text(2, "How to bake bread with rye flour", "A recipe for the weekend."),
        text(3, POLAND_TOO, CLOUD_TOO, at=MONDAY + timedelta(hours=3)),
    )
    assert second.story == first.story != other.story
    assert second.via == first.article
    assert second.score is not None
    assert second.score >= 0.26
    assert {"poland", "microsoft"} & set(second.words)
    assert (first.via, first.score, first.words) == (None, None, ())
    assert second.started_at == MONDAY


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("Alpha", "Some text."), ("Beta", "Some text.")),
        (("First article", "Body of the article."), ("Second thing", "Body of the article.")),
        (("Hello world", "Hello"), ("Goodbye world", "Bye")),
        (("Article one", "Some text."), ("Article two", "Some text.")),
        (
            ("Apples are red", "Lorem ipsum dolor sit amet."),
            ("Cars are fast", "Lorem ipsum dolor sit amet."),
        ),
    ],
)
def test_notes_of_a_few_words_are_no_story_by_chance(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    places = place_all(index(), text(1, *first), text(2, *second))
    assert places[0].story != places[1].story


def test_a_notice_of_the_same_form_about_another_company_fits_less_well() -> None:
    def notice(number: int, company: str, *, by: str) -> StoryText:
        return text(
            number,
            f"{company} Now Available in the Microsoft Azure Marketplace",
            f"{company}, a maker of {by}, today announced that customers can buy it there.",
        )

    first, other = notice(1, "Armorblox", by="mail filters"), notice(2, "Buurst", by="discs")
    _, same_form = place_all(index(), first, other)
    _, own_words = place_all(index(), first, replace(other, summary="Customers can buy it there."))
    assert same_form.score is not None
    assert own_words.score is not None
    assert same_form.score < own_words.score


def test_titles_alone_can_tell_one_event() -> None:
    first, second = place_all(index(), text(1, POLAND), text(2, POLAND_TOO))
    assert first.story == second.story


def test_what_was_near_but_not_joined_is_named() -> None:
    first, second = place_all(
        index(similarity=0.9), text(1, POLAND, CLOUD), text(2, POLAND_TOO, CLOUD_TOO)
    )
    assert second.story != first.story
    assert second.nearest == first.article
    assert second.nearest_score is not None
    assert 0 < second.nearest_score < 0.9


@pytest.mark.parametrize("days", [6, 40])
def test_beyond_the_window_nothing_is_joined(days: int) -> None:
    first, second = place_all(
        index(), text(1, POLAND, CLOUD), text(2, POLAND, CLOUD, at=MONDAY + timedelta(days=days))
    )
    assert second.story != first.story
    assert second.reprint_of is None


def test_with_each_half_life_an_article_fits_half_as_well() -> None:
    scores = []
    for days in (0, 3):
        later = text(2, POLAND_TOO, CLOUD_TOO, at=MONDAY + timedelta(days=days, minutes=1))
        _, place = place_all(index(similarity=0.05), text(1, POLAND, CLOUD), later)
        scores.append(place.score)
    assert scores[0] is not None
    assert scores[1] == pytest.approx(scores[0] / 2, rel=0.02)


def test_a_late_article_finds_the_story_of_its_time() -> None:
    first, _, late = place_all(
        index(),
        text(1, POLAND, CLOUD),
        text(2, "Something else altogether", at=MONDAY + timedelta(days=300)),
        text(3, POLAND_TOO, CLOUD_TOO, at=MONDAY - timedelta(hours=2)),
    )
    assert late.story == first.story


def test_no_story_older_than_thirty_days_grows() -> None:
    texts = [
        text(number, POLAND, CLOUD, at=MONDAY + timedelta(days=2 * number)) for number in range(40)
    ]
    places = place_all(index(), *texts)
    stories = {place.story for place in places}
    assert len(stories) > 1
    for place in places:
        assert place.at - place.started_at <= timedelta(days=30)


@pytest.mark.parametrize(
    ("title", "other"),
    [
        (
            "Azure Monthly Update: June 2021, Episode 5",
            "Azure Monthly Update: July 2021, Episode 6",
        ),
        ("Exam AZ-220 renewed for developers", "Exam AZ-900 renewed for developers"),
        ("The best Office deals for May 2020", "The best Office deals for June 2020"),
    ],
)
def test_a_series_is_neither_a_reprint_nor_a_story(title: str, other: str) -> None:
    first, second = place_all(
        index(),
        text(1, title, outlet="a.example"),
        text(2, other, outlet="b.example", at=MONDAY + timedelta(hours=1)),
    )
    assert second.reprint_of is None
    assert second.story != first.story


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("Startup raises $73.6 Million for robots", "Startup raises $74M for robots"),
        ("Leak exposes 1.2 Million accounts at bank", "Leak exposes 1.26 million accounts at bank"),
        ("Quake kills 3,000 in mountain province", "Quake kills 3,049 in mountain province"),
    ],
)
def test_rounded_figures_do_not_part_an_event(title: str, other: str) -> None:
    first, second = place_all(index(), text(1, title), text(2, other))
    assert second.story == first.story


def test_the_same_text_at_another_address_is_a_reprint_of_the_first() -> None:
    first, second, third = place_all(
        index(),
        text(1, POLAND, CLOUD),
        text(2, POLAND.upper(), CLOUD, at=MONDAY + timedelta(hours=1)),
        text(3, POLAND, "", at=MONDAY + timedelta(hours=2)),
    )
    assert second.reprint_of == third.reprint_of == first.article
    assert {first.story, second.story, third.story} == {first.story}


def test_the_same_title_alone_is_no_reprint() -> None:
    places = place_all(
        index(),
        text(1, "Weekly briefing", "Banks, rates and a merger in the north.", outlet="a.example"),
        text(
            2, "Weekly briefing", "Floods close roads while schools stay open.", outlet="a.example"
        ),
        text(3, "Weekly briefing", "An election, its losers and the weather.", outlet="b.example"),
        text(4, "Daily briefing", outlet="a.example"),
        text(5, "Daily briefing", outlet="a.example", at=MONDAY + timedelta(days=1)),
    )
    assert [place.reprint_of for place in places] == [None] * 5


def test_titles_without_words_are_nobodys_reprint() -> None:
    places = place_all(index(), *(text(number, "!?… —", "") for number in range(5)))
    assert {place.reprint_of for place in places} == {None}
    assert len({place.story for place in places}) == 5


@pytest.mark.parametrize(
    ("title", "summary", "other", "there"),
    [
        (
            "日本銀行が政策金利を引き上げ", "日銀は政策金利を0.5%に引き上げると発表した。",
            "日銀、政策金利の引き上げを決定", "日本銀行は政策金利を0.5%に引き上げることを決めた。",
        ),
        (
            "Землетрясение на Камчатке разрушило порт", "Сильное землетрясение на Камчатке.",
            "На Камчатке землетрясением разрушен порт", "Порт на Камчатке разрушен землетрясением.",
        ),
        (
            "भूकंप से नेपाल में भारी तबाही", "नेपाल में भूकंप से सैकड़ों घर ढह गए।",
            "नेपाल में भूकंप से सैकड़ों घर ढहे", "भूकंप से नेपाल में भारी तबाही हुई।",
        ),
        (
            "Bundestag beschließt Reform der Rente", "Die Rentenreform ist beschlossen.",
            "Rentenreform im Bundestag beschlossen", "Die Reform der Rente wurde beschlossen.",
        ),
    ],
)  # fmt: skip
def test_any_script_is_compared(title: str, summary: str, other: str, there: str) -> None:
    stories = index()
    first, second, unlike = place_all(
        stories,
        text(1, title, summary),
        text(2, other, there, at=MONDAY + timedelta(hours=1)),
        text(3, "Zoo welcomes two young otters", "They were born in spring."),
    )
    assert second.story == first.story != unlike.story


def stream(seed: int, length: int) -> list[StoryText]:
    """Articles of a few events, each told by several outlets, over some weeks."""
    chance = random.Random(seed)
    words = [f"word{number}" for number in range(400)]
    events = [chance.sample(words, 12) for _ in range(length // 6)]
    found, at = [], MONDAY
    for number in range(1, length + 1):
        at += timedelta(minutes=chance.randint(0, 300))
        told = chance.sample(events[min(len(events) - 1, number // 6)], 8)
        found.append(
            text(number, " ".join(told[:5]), " ".join(told[3:]), outlet=f"o{number % 7}", at=at)
        )
    return found


def test_a_rebuilt_index_decides_the_same() -> None:
    texts = stream(1, 300)
    whole = index()
    expected = place_all(whole, *texts)
    for cut in (40, 150, 299):
        rebuilt = index()
        known = list(zip(texts[:cut], expected[:cut], strict=True))
        random.Random(2).shuffle(known)
        for each, place in known:
            if each.at >= texts[cut].at - timedelta(days=5, seconds=2):
                rebuilt.add(each, place)
        assert place_all(rebuilt, *texts[cut:]) == expected[cut:]


def test_what_is_forgotten_leaves_nothing_behind() -> None:
    stories = index()
    place_all(stories, *stream(3, 100))
    stories.forget(MONDAY - timedelta(days=1), MONDAY + timedelta(days=365))
    assert len(stories) == 0
    assert stories.place(text(1, POLAND)).words == ()


TITLES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["", "!!!", "one", "Same title", "Same title 1", "a " * 500, "é" * 900]),
    st.text(alphabet="日本語のタイトル한국어", max_size=300),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(TITLES, TITLES, st.sampled_from(["", "a", "b"]), st.integers(-400_000, 400_000)),
        max_size=60,
    )
)
def test_hostile_streams_get_a_place_each_and_equal_ones_again(
    articles: list[tuple[str, str, str, int]],
) -> None:
    texts = [
        text(number, title, summary, outlet=outlet, at=MONDAY + timedelta(seconds=seconds))
        for number, (title, summary, outlet, seconds) in enumerate(articles)
    ]
    stories, places = CountingIndex(**SETTINGS), []
    for each in texts:
        stories.compared = 0
        places.append(stories.place(each))
        assert stories.compared <= MOST_COMPARED
    assert [place.article for place in places] == [each.article for each in texts]
    assert places == place_all(index(), *texts)
    known = {place.article for place in places}
    for place in places:
        assert place.reprint_of is None or place.reprint_of in known


HOSTILE: dict[str, Callable[[int], tuple[str, str]]] = {
    "equal": lambda number: ("Breaking news from the capital tonight", "The same words again."),
    "empty": lambda number: ("!?", ""),
    "one word each": lambda number: (f"w{number}", ""),
    "one common word": lambda number: (f"Market {number}", "Market report of the day."),
}


class CountingIndex(StoryIndex):
    """Counts the articles that one is compared with: nearly all that placing it costs."""

    compared = 0

    def _likeness(self, *given: Any) -> float:
        self.compared += 1
        return super()._likeness(*given)


MOST_COMPARED = 5 * 32
"""Of the stories that are looked at, so many; of each, so many articles."""


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_titles_are_compared_with_no_more_than_others(kind: str) -> None:
    stories = CountingIndex(**SETTINGS)
    for number in range(1000):
        title, summary = HOSTILE[kind](number)
        stories.compared = 0
        stories.place(text(number, title, summary, at=MONDAY + timedelta(seconds=number)))
        assert stories.compared <= MOST_COMPARED
    assert stories.compared or kind in {"empty", "one word each"}


def test_an_article_costs_a_few_kilobytes() -> None:
    texts = stream(4, 600)
    stories = index()
    place_all(stories, texts[0])
    tracemalloc.start()
    place_all(stories, *texts[1:])
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size / len(texts) < 4500
