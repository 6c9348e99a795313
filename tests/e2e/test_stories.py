"""Stories through the real thing: the same whichever way the same articles come in."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.installation import Installation
from tests.support.site import Site
from tests.support.story_stream import MONDAY, told_events, write_told
from tests.support.waiting import wait_until

TOLD = told_events(7, 60)
PLACES = ("story", "reprint_of")


def places(articles: list[dict[str, Any]]) -> dict[str, Any]:
    return {each["title"] + each["url"]: [each.get(key) for key in PLACES] for each in articles}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Where everything is after one scan of it all."""
    site = Site(tmp_path_factory.mktemp("one-scan") / "site")
    for number, article in enumerate(TOLD):
        write_told(site.seeds, number, article)
    site.command("scan")
    found = places(site.json_lines("articles", "--limit", "100"))
    stories = [story for story, _ in found.values()]
    assert len(found) == len(TOLD)
    assert 5 < len(set(stories)) < 40
    assert any(reprint for _, reprint in found.values())
    return found


def test_one_file_at_a_time_by_a_new_process_now_and_then(
    tmp_path: Path, database_url: str, expected: dict[str, Any]
) -> None:
    with Installation(tmp_path, database_url) as installation:
        installation.now = MONDAY + timedelta(days=60)
        for number, article in enumerate(TOLD):
            write_told(installation.root, number, article)
            installation.scan()
            if number % 9 == 0:
                installation.restart()
        found = {
            each.content.title + str(each.content.url): [each.story, each.reprint_of]
            for each in installation.store.catalogue.articles(limit=100)
        }
    assert found == expected


def test_through_a_daemon_that_is_killed(site: Site, expected: dict[str, Any]) -> None:
    for part in (TOLD[:20], TOLD[20:40]):
        with site.started() as running:
            running.wait_for_log("rescan done")
            for article in part:
                write_told(site.seeds, TOLD.index(article), article)
                wait_until(
                    lambda: len(site.entries()) == len(list(site.seeds.iterdir())), "the feed"
                )
            running.process.kill()
    for article in TOLD[40:]:
        write_told(site.seeds, TOLD.index(article), article)
    site.command("scan")
    assert places(site.json_lines("articles", "--limit", "100")) == expected


def test_with_stories_off_no_article_has_one(site: Site) -> None:
    site.config["stories"] = "off"
    for number, article in enumerate(TOLD[:10]):
        write_told(site.seeds, number, article)
    site.command("scan")
    assert set(map(tuple, places(site.json_lines("articles")).values())) == {(None, None)}
    (site.seeds / "0099.md").write_bytes((site.seeds / "0001.md").read_bytes() + b"More.")
    loaded = "[name for name in sys.modules if 'snowball' in name or name.endswith('stories')]"
    code = (
        "import sys; from watcher.cli import main\n"
        f"try: main()\nfinally: sys.stderr.write(str({loaded}))"
    )
    scan = [sys.executable, "-c", code, "--config", str(site.config_file), "scan"]
    done = subprocess.run(scan, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == "['watcher.store.stories']"


def test_an_edited_article_keeps_its_story(site: Site, expected: dict[str, Any]) -> None:
    for number, article in enumerate(TOLD[:10]):
        write_told(site.seeds, number, article)
    site.command("scan")
    write_told(site.seeds, 3, TOLD[3] | {"title": "Nothing that was said before at all"})
    site.command("scan")
    (edited,) = site.json_lines("articles", "--limit", "100")[6:7]
    assert edited["title"] == "Nothing that was said before at all"
    assert [edited["story"], edited.get("reprint_of")] == expected[TOLD[3]["title"] + edited["url"]]


def test_stories_are_listed_explained_merged_and_split(site: Site) -> None:
    for number, article in enumerate(TOLD[:12]):
        write_told(site.seeds, number, article)
    site.command("scan")
    first, *rest = site.json_lines("stories", "--limit", "50")
    one = site.json_lines("stories", "--limit", "1", "--search", rest[0]["title"])
    assert [story["id"] for story in one] == [rest[0]["id"]]
    assert not site.json_lines("stories", "--topic", "nobody wrote of this")
    assert not site.json_lines("stories", "--search", "nobodywroteofthis")
    assert set(first) == {"id", "title", "articles", "outlets", "first_at", "last_at", "members"}
    assert first["articles"] == len(first["members"]) > 1
    assert first["first_at"] == first["members"][0]["at"] <= first["last_at"]
    assert [each["last_at"] for each in rest] == sorted(
        (each["last_at"] for each in rest), reverse=True
    )
    last = first["members"][-1]["id"]
    why = site.json("explain", last)["story"]
    assert why["id"] == first["id"]
    assert why["joined_via"]["id"] in {each["id"] for each in first["members"]}
    assert why["score"] >= 0.26
    assert why["shared_words"]
    assert site.json("stories", "split", last)["moved"] == 1
    moved = site.json("explain", last)["story"]
    own = moved["id"]
    assert own != first["id"]
    assert moved["moved"] is True
    assert "moved here by the operator; at first joined" in site.command("explain", last).stdout
    assert site.json("stories", "merge", first["id"], own) == {"story": first["id"], "moved": 1}
    assert site.json("explain", last)["story"] == why
    refused = site.command("stories", "merge", first["id"], "nothing", check=2)
    assert "no story has the id nothing" in refused.stderr
