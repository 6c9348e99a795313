"""An article that comes to match an endpoint later is told to it once, as new."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.seeds import write_seed
from tests.support.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """On SQLite alone: tests of the store ask both engines."""
    return Site(tmp_path / "site")


@pytest.fixture
def watching(site: Site) -> Site:
    """An installation whose root was seen before, with one endpoint for good articles."""
    site.add_endpoint("hook", "http://127.0.0.1:9/", match={"min_quality": 50})
    site.seeds.joinpath("old.md").write_text("")
    site.age_seeds()  # who looks half-written and young is waited for
    write_seed(site.seeds, 100, quality=1)
    site.command("scan")
    return site


def owed(site: Site, number: int) -> list[dict[str, object]]:
    """What became of each change of an article at the endpoint."""
    value = site.json("explain", f"https://example.org/articles/{number}", "--json")
    return [each for each in value["endpoints"] if each["endpoint"] == "hook"]


def states(site: Site, number: int) -> list[object]:
    return [each["state"] for each in owed(site, number)]


def test_a_later_version_that_matches_is_new_to_the_endpoint_once(watching: Site) -> None:
    write_seed(watching.seeds, 1, quality=10)
    watching.command("scan")
    assert states(watching, 1) == ["not owed"]
    for quality in (60, 10, 70):
        write_seed(watching.seeds, 1, quality=quality)
        watching.command("scan")
    (told,) = owed(watching, 1)
    assert told["state"] == "owed"
    assert "matched_at" in told
    assert "it came to match at" in watching.command("explain", "seeds/article-1.md").stdout
    assert watching.json("status", check=None)["backlog"] == 1


def test_an_update_that_makes_it_match_is_told_as_new_and_not_twice(watching: Site) -> None:
    watching.config["endpoints"][0]["on"] = ["new", "updated"]
    write_seed(watching.seeds, 1, quality=10)
    watching.command("scan")
    write_seed(watching.seeds, 1, quality=60, title="Another title")
    watching.command("scan")
    assert [(each["kind"], each["state"]) for each in owed(watching, 1)] == [
        ("new", "owed"),
        ("updated", "not owed"),
    ]
    write_seed(watching.seeds, 1, quality=60, title="A third title")
    watching.command("scan")
    assert states(watching, 1)[2:] == ["owed"]


def test_a_baseline_never_comes_to_match(watching: Site) -> None:
    write_seed(watching.seeds, 100, quality=90)
    watching.command("scan")
    (told,) = owed(watching, 100)
    assert told["state"] == "not owed"
    assert "first seen" in str(told["why"])


def test_a_change_of_config_makes_nothing_match(watching: Site) -> None:
    write_seed(watching.seeds, 1, quality=10)
    watching.command("scan")
    watching.config["endpoints"][0]["match"] = {"min_quality": 5}
    write_seed(watching.seeds, 1, quality=11)
    watching.command("scan")
    (told,) = owed(watching, 1)
    assert told["state"] == "not owed"
    assert "late_match" in str(told["why"])


def test_what_comes_to_match_too_late_is_not_told(watching: Site) -> None:
    watching.config["endpoints"][0]["late_match"] = "10ms"
    write_seed(watching.seeds, 1, quality=10)
    watching.command("scan")
    write_seed(watching.seeds, 1, quality=60)
    watching.command("scan")
    assert states(watching, 1) == ["not owed"]


@pytest.mark.parametrize(
    ("match", "before", "after"),
    [
        ({"topics": ["Rain"]}, {"topics": ["Sun"]}, {"topics": ["Sun", "rain"]}),
        ({"published": True}, {"published": False}, {"published": True}),
        ({"not": {"categories": ["draft"]}}, {"category": "draft"}, {"category": "news"}),
    ],
)
def test_any_clause_may_come_to_match(
    watching: Site, match: dict[str, Any], before: dict[str, Any], after: dict[str, Any]
) -> None:
    watching.config["endpoints"][0]["match"] = match
    write_seed(watching.seeds, 1, **before)
    watching.command("scan")
    assert states(watching, 1) == ["not owed"]
    write_seed(watching.seeds, 1, **after)
    watching.command("scan")
    assert states(watching, 1) == ["owed"]
