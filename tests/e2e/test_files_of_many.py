"""Files that hold many articles: each is followed by its own name, whatever else is in its file."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.installation import Installation
from tests.support.receiver import Receiver
from tests.support.site import Site
from tests.support.waiting import wait_until


@pytest.fixture
def installed(tmp_path: Path, database_url: str) -> Any:
    with Installation(tmp_path, database_url, articles={"removal_grace": "30s"}) as installed:
        yield installed


def lines(**titles: str) -> str:
    return "".join(
        json.dumps({"id": name, "title": title, "url": f"https://example.org/{name}"}) + "\n"
        for name, title in titles.items()
    )


def pass_grace(installed: Installation) -> None:
    installed.scan()
    installed.pass_time(31)
    installed.scan()


def test_a_member_that_comes_changes_or_goes_is_news(installed: Installation) -> None:
    file = installed.root / "all.jsonl"
    file.write_text(lines(a="A", b="B"), "utf-8")
    installed.scan()
    file.write_text(lines(a="A", b="B", c="C"), "utf-8")
    installed.scan()
    assert installed.news() == [("new", "A"), ("new", "B"), ("new", "C")]
    file.write_text(lines(c="C", a="A, edited"), "utf-8")
    pass_grace(installed)
    assert installed.news()[3:] == [("updated", "A, edited"), ("removed", "B")]
    file.write_text(lines(c="C", a="A, edited", b="B"), "utf-8")
    installed.scan()
    assert installed.live_titles() == ["A, edited", "B", "C"]
    assert len(installed.news()) == 5, "what comes back is no news"


def test_with_its_file_all_go_and_come_back(installed: Installation) -> None:
    file = installed.root / "all.jsonl"
    file.write_text(lines(a="A", b="B"), "utf-8")
    installed.scan()
    file.unlink()
    pass_grace(installed)
    assert sorted(installed.news()[2:]) == [("removed", "A"), ("removed", "B")]
    file.write_text(lines(a="A", b="B"), "utf-8")
    installed.scan()
    assert installed.live_titles() == ["A", "B"]
    assert len(installed.news()) == 4


def test_a_file_that_cannot_be_used_takes_nothing_away(installed: Installation) -> None:
    file = installed.root / "all.json"
    file.write_text(json.dumps([json.loads(line) for line in lines(a="A", b="B").splitlines()]))
    installed.scan()
    file.write_text("[{", "utf-8")
    pass_grace(installed)
    assert installed.live_titles() == ["A", "B"]
    assert [entry.file.at.path for entry in installed.store.files.quarantine(limit=10)] == [
        "all.json"
    ]


def test_a_member_speaks_for_an_article_whose_first_file_went(installed: Installation) -> None:
    first = installed.root / "b.md"
    first.write_text("---\ntitle: B alone\nwebUrl: https://example.org/b\n---\n", "utf-8")
    installed.scan()
    (installed.root / "all.jsonl").write_text(lines(a="A", b="B of many"), "utf-8")
    installed.scan()
    assert installed.live_titles() == ["A", "B alone"]
    first.unlink()
    pass_grace(installed)
    assert installed.live_titles() == ["A", "B of many"]
    assert installed.news()[-1] == ("updated", "B of many")


def test_an_unchanged_file_is_not_read_and_an_appended_line_is_one_seed(
    installed: Installation,
) -> None:
    file = installed.root / "all.jsonl"
    file.write_text(lines(**{f"n{number}": f"N {number}" for number in range(300)}), "utf-8")
    installed.pass_time(0)
    installed.scan()
    with file.open("a", encoding="utf-8") as opened:
        opened.write(lines(more="More"))
    result = installed.scan()
    assert (result.totals.seen, result.totals.new) == (1, 1)
    assert len(installed.news()) == 301


def test_a_file_that_only_grew_is_read_from_where_it_ended(installed: Installation) -> None:
    """What is in front is known, whatever stands behind: gone members and second ones, too."""
    file = installed.root / "all.jsonl"
    file.write_text(lines(a="A", b="B"), "utf-8")
    installed.scan()
    with file.open("a", encoding="utf-8") as opened:
        opened.write(lines(c="C", a="Another A", b="B"))
    installed.scan()
    assert installed.live_titles() == ["A", "B", "C"]
    (bad,) = installed.store.files.quarantine(limit=10)
    assert bad.file.at.path.startswith("all.jsonl#a ")
    assert len(installed.news()) == 3
    with file.open("a", encoding="utf-8") as opened:
        opened.write('{"title": "Half')
    installed.scan()
    file.write_text(lines(c="C", b="B, edited", d="D"), "utf-8")
    pass_grace(installed)
    assert installed.news()[3:] == [("updated", "B, edited"), ("new", "D"), ("removed", "A")]
    assert list(installed.store.files.quarantine(limit=10)) == []
    file.write_text(lines(c="C", b="B, edited", d="D", e="E", f="F"), "utf-8")
    installed.scan()
    assert installed.live_titles() == ["B, edited", "C", "D", "E", "F"]


def test_the_daemon_tells_an_appended_line_once(tmp_path: Path, receiver: Receiver) -> None:
    site = Site(tmp_path / "site")
    site.add_endpoint("hook", receiver.url)
    file = site.seeds / "all.jsonl"
    file.write_text(lines(a="A", b="B"), "utf-8")
    with site.running() as daemon:
        daemon.wait_for_log("rescan done")
        with file.open("a", encoding="utf-8") as opened:
            opened.write(lines(c="C"))
        wait_until(lambda: receiver.requests, "it is told")
    (change,) = receiver.requests[0].json()["data"]["changes"]
    assert (change["kind"], change["article"]["title"]) == ("new", "C")
    assert [line["kind"] for line in site.json_lines("changes")] == ["new"] * 3
