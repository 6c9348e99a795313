"""What people are told of a story, and what they are spared."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.installation import Installation
from tests.support.seeds import write_seed
from tests.support.site import Site

SLACK = "https://hooks.slack.com/services/T/B/X"

QUAKE = "Strong earthquake destroys harbour of Petropavlovsk"
TEXT = "A magnitude 7.9 earthquake hit Kamchatka at dawn and destroyed most of the old harbour."
OTHERS = [
    (
        "Harbour of Petropavlovsk destroyed by earthquake",
        "Dawn quake in Kamchatka: old harbour destroyed, magnitude 7.9.",
    ),
    (
        "Petropavlovsk: harbour destroyed in Kamchatka earthquake",
        "The old harbour was destroyed at dawn by an earthquake of magnitude 7.9.",
    ),
    (
        "Kamchatka earthquake destroys Petropavlovsk harbour",
        "At dawn an earthquake of magnitude 7.9 destroyed the old harbour.",
    ),
]


class Desk(Installation):
    """An installation whose articles come one by one, each from an outlet of its own."""

    def set_up(self, *endpoints: dict[str, Any], **more: Any) -> None:
        self._config |= {"endpoints": list(endpoints), **more}
        self.watch("root")
        self.scan()

    def tell(self, number: int, title: str, excerpt: str) -> None:
        write_told(self.root, number, title, excerpt)
        self.scan()

    def becomes(self, number: int) -> dict[str, tuple[str, str | None]]:
        """Of the first change of article ``number`` at each endpoint: its state, and why."""
        url = f"https://outlet{number}.example/{number}"
        known = self.store.catalogue.articles(limit=9)
        (article,) = [each for each in known if each.content.url == url]
        sequence = self.store.catalogue.history(article.id)[0].sequence
        owed = self.store.catalogue.owed_to(article.id)
        kept = self.store.catalogue.withheld(article.id)
        return {
            endpoint.name: (
                ("owed", None)
                if any((t.endpoint, t.sequence) == (endpoint.name, sequence) for t in owed)
                else ("withheld", kept[endpoint.name, sequence])
                if (endpoint.name, sequence) in kept
                else ("not owed", None)
            )
            for endpoint in self.config.endpoints
        }


def write_told(folder: Path, number: int, title: str, excerpt: str) -> None:
    url = f"https://outlet{number}.example/{number}"
    write_seed(
        folder,
        number,
        name=f"{9 - number}.md",
        title=title,
        excerpt=excerpt,
        originalUrl=url,
        webUrl=url,
        publishedDateTime=f"2024-01-01T0{number}:00:00Z",
        provider={"name": f"Outlet {number}", "domain": f"outlet{number}.example"},
    )


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    """Six endpoints that were told of nothing yet."""
    with Desk(tmp_path, database_url) as desk:
        desk.set_up(
            {"name": "people", "type": "slack", "url": SLACK},
            {"name": "each", "type": "slack", "url": SLACK, "reprints": "each"},
            {"name": "first", "type": "slack", "url": SLACK, "stories": "first"},
            {"name": "late", "type": "slack", "url": SLACK, "stories": "first", "important_at": 3},
            {"name": "program", "type": "webhook", "url": "http://127.0.0.1:9/"},
            {
                "name": "counting",
                "type": "webhook",
                "url": "http://127.0.0.1:9/",
                "important_at": 3,
            },
        )
        yield desk


def test_a_reprint_is_told_once_to_people_and_always_to_programs(desk: Desk) -> None:
    desk.tell(1, QUAKE, TEXT)
    desk.tell(2, QUAKE, TEXT)
    state = desk.becomes(2)
    assert state["people"] == ("withheld", f"reprints: the same text was told as “{QUAKE}”")
    assert state["each"][0] == state["program"][0] == state["counting"][0] == "owed"
    assert {each[0] for each in desk.becomes(1).values()} == {"owed"}


def test_with_defaults_nothing_is_withheld_but_reprints(desk: Desk) -> None:
    desk.tell(1, QUAKE, TEXT)
    for number, (title, excerpt) in enumerate(OTHERS, 2):
        desk.tell(number, title, excerpt)
        state = desk.becomes(number)
        assert state["people"][0] == state["each"][0] == state["program"][0] == "owed"
    assert len({each.story for each in desk.store.catalogue.articles(limit=9)}) == 1


def test_only_the_first_of_a_story_where_that_is_asked_for(desk: Desk) -> None:
    desk.tell(1, QUAKE, TEXT)
    desk.tell(2, *OTHERS[0])
    expected = ("withheld", f"stories: of the same story “{QUAKE}” was told first")
    assert desk.becomes(2)["first"] == expected
    assert desk.becomes(2)["late"] == expected


def test_a_story_is_told_once_more_when_enough_outlets_have_it(desk: Desk) -> None:
    desk.tell(1, QUAKE, TEXT)
    states = []
    for number, (title, excerpt) in enumerate(OTHERS, 2):
        desk.tell(number, title, excerpt)
        states.append(desk.becomes(number)["late"][0])
    assert states == ["withheld", "owed", "withheld"]


def test_routing_is_by_article_first(tmp_path: Path, database_url: str) -> None:
    match = {"providers": ["outlet2.example", "outlet3.example"]}
    with Desk(tmp_path, database_url) as desk:
        desk.set_up(
            {"name": "people", "type": "slack", "url": SLACK, "stories": "first", "match": match}
        )
        desk.tell(1, QUAKE, TEXT)
        desk.tell(2, QUAKE, TEXT)
        desk.tell(3, *OTHERS[0])
        assert desk.becomes(1)["people"][0] == "not owed"
        assert desk.becomes(2)["people"] == ("owed", None)
        assert desk.becomes(3)["people"][0] == "withheld"


def test_of_one_scan_the_original_is_told_and_not_its_reprint(desk: Desk) -> None:
    write_told(desk.root, 2, QUAKE, TEXT)  # its file comes first, its time does not
    desk.tell(1, QUAKE, TEXT)
    assert desk.becomes(2)["people"][0] == "withheld"
    assert desk.becomes(1)["people"][0] == "owed"


def test_a_series_is_told_whole(desk: Desk) -> None:
    desk.tell(1, "Cloud Monthly Update: June", "What is new.")
    desk.tell(2, "Cloud Monthly Update: July", "What is new.")
    assert {each[0] for each in desk.becomes(2).values()} == {"owed"}


def test_a_reprint_of_what_was_removed_is_told(tmp_path: Path, database_url: str) -> None:
    with Desk(tmp_path, database_url) as desk:
        desk.set_up(
            {"name": "people", "type": "slack", "url": SLACK},
            articles={"removal_grace": "0s"},
        )
        desk.tell(1, QUAKE, TEXT)
        (desk.root / "8.md").unlink()
        desk.scan()
        desk.tell(2, QUAKE, TEXT)
        assert desk.becomes(2)["people"][0] == "owed"


def test_explain_says_what_is_withheld_and_updates_and_removals_are_not(site: Site) -> None:
    site.add_endpoint(
        "people", SLACK, kind="slack", stories="first", on=["new", "updated", "removed"]
    )
    site.config["articles"] = {"removal_grace": "0s"}
    site.command("scan")
    write_told(site.seeds, 1, QUAKE, TEXT)
    write_told(site.seeds, 2, QUAKE, TEXT)
    site.command("scan")
    write_told(site.seeds, 2, QUAKE, TEXT + " Nobody was hurt.")
    site.command("scan")
    (site.seeds / "7.md").unlink()
    site.command("scan")
    found = site.json("explain", "https://outlet2.example/2")
    assert [(each["kind"], each["state"]) for each in found["endpoints"]] == [
        ("new", "withheld"),
        ("updated", "owed"),
        ("removed", "owed"),
    ]
    assert (
        "the same text was told as" in site.command("explain", "https://outlet2.example/2").stdout
    )
