"""A feed whose entries are stories: one entry each, dated by what makes the story news."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.feed.samples import assert_valid_atom
from tests.publish.newsroom import ATOM, Newsroom, feed

QUAKE = "Strong earthquake destroys harbour of Petropavlovsk in Kamchatka"
TEXT = "A magnitude 7.9 earthquake hit Kamchatka at dawn and destroyed most of the old harbour."
SAY = ["", "mayor", "fishermen", "navy", "governor", "tourists"]
OTHER = {"title": "Parliament passes the budget", "excerpt": "Taxes on sugar rise in spring."}


def quake_by(number: int) -> str:
    return f"{QUAKE}, say {SAY[number]}"


def outlet(number: int) -> dict[str, Any]:
    url = f"https://outlet{number}.example/{number}"
    provider = {"name": f"Outlet {number}", "domain": f"outlet{number}.example"}
    return {
        "webUrl": url, "originalUrl": url, "provider": provider, "topics": [], "images": [],
        "publishedDateTime": f"2024-05-05T0{number}:00:00Z",
    }  # fmt: skip


class Desk(Newsroom):
    """Outlets tell of one earthquake, one batch each, and of other things."""

    def quake(self, number: int, **changed: Any) -> None:
        told = {"title": quake_by(number), "excerpt": f"{TEXT} So the {SAY[number]}."}
        self.write(number, **(outlet(number) | told | changed))
        self.publish()

    def other(self, number: int) -> None:
        self.write(number, **(outlet(number) | OTHER))
        self.publish()

    def entries(self, name: str = "stories") -> list[tuple[str, str]]:
        """The entries' titles and when they were updated."""
        return [
            (str(entry.findtext(f"{ATOM}title")), str(entry.findtext(f"{ATOM}updated")))
            for entry in self.document(f"{name}.atom").iterfind(f"{ATOM}entry")
        ]


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    feeds = [
        feed("stories", per="story", important_at=3),
        feed("plain", per="story"),
        feed("second", per="story", match={"providers": ["outlet2.example"]}),
        feed("one", per="story", limit=1),
        feed("json", per="story", path="feeds/json.json", url=None),
        feed("rss", per="story", path="feeds/stories.rss", url=None),
    ]
    with Desk(tmp_path, database_url, feeds) as desk:
        yield desk


def test_an_entry_is_updated_by_the_outlet_that_makes_it_important_and_by_no_other(
    desk: Desk,
) -> None:
    desk.quake(1)
    desk.other(9)
    (other, (quake, first)) = desk.entries()
    assert quake == quake_by(1)
    desk.quake(2)
    assert desk.entries() == [other, (quake, first)]
    desk.quake(3)
    ((again, second), after) = desk.entries()
    assert (again, after) == (quake, other)
    assert second > other[1] > first
    desk.quake(4)
    desk.quake(3, excerpt=f"{TEXT} Nobody was hurt.")
    desk.remove(1)
    desk.publish()
    ((headline, updated), _) = desk.entries()
    assert (headline, updated) == (quake_by(2), second)
    assert [title for title, _ in desk.entries("plain")] == [other[0], headline]


def test_the_outlets_are_listed_with_links(desk: Desk) -> None:
    for number in (1, 2, 3):
        desk.quake(number)
    (item,) = json.loads(desk.path("json.json").read_bytes())["items"]
    assert item["url"] == "https://outlet1.example/1"
    for number in (2, 3):
        link = f'<a href="https://outlet{number}.example/{number}">Outlet {number}</a>'
        assert f"{link}: {quake_by(number)}" in item["content_html"]
    assert "Outlet 1</a>" not in item["content_html"]
    story = item["_seedwatch"]
    assert (story["articles"], story["outlets"]) == (3, 3)
    assert item["id"] == f"urn:seedwatch:story:{story['id']}"
    document = desk.document("stories.atom")
    assert_valid_atom(desk.path("stories.atom").read_bytes())
    related = [link.get("href") for link in document.iterfind(f".//{ATOM}link[@rel='related']")]
    assert related == ["https://outlet2.example/2", "https://outlet3.example/3"]
    rss = desk.path("stories.rss").read_text()
    assert rss.count("<item>") == 1
    assert "Outlet 3&lt;/a&gt;" in rss


def test_a_match_brings_in_the_story_with_its_first_article_that_matches(desk: Desk) -> None:
    desk.quake(1)
    desk.other(9)
    assert desk.entries("second") == []
    desk.quake(2)
    ((title, updated),) = desk.entries("second")
    assert title == quake_by(1)
    assert updated > desk.entries("plain")[0][1]
    desk.quake(3)
    assert b"Outlet 3" in desk.path("second.atom").read_bytes()
    assert desk.entries("second") == [(title, updated)]


def test_the_limit_is_of_stories_and_what_a_start_makes_is_the_same(desk: Desk) -> None:
    desk.other(9)
    for number in range(1, 6):
        desk.quake(number)
    assert len(desk.entries("one")) == 1
    desk.restart()
    assert [feed.name for feed in desk.publish() if feed.written] == []


def test_merged_stories_are_one_entry_from_the_next_look_on(desk: Desk) -> None:
    desk.quake(1)
    desk.other(9)
    items = json.loads(desk.path("json.json").read_bytes())["items"]
    other, quake = (item["_seedwatch"]["id"] for item in items)
    desk.store.stories.merge(quake, [other])
    desk.publication.recheck()
    desk.publish()
    (item,) = json.loads(desk.path("json.json").read_bytes())["items"]
    assert item["_seedwatch"]["id"] == quake
    assert item["_seedwatch"]["articles"] == 2


def test_what_came_while_stories_were_off_is_an_entry_of_its_own(
    tmp_path: Path, database_url: str
) -> None:
    with Desk(tmp_path, database_url, []) as desk:
        off = desk.config.model_copy(update={"stories": None})
        desk.config = off
        desk.restart()
        for number in (1, 2):
            desk.quake(number)
    with Desk(tmp_path, database_url, [feed("stories", per="story")]) as desk:
        desk.quake(3)
        assert len(desk.entries()) == 3
