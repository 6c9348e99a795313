"""A seed that somebody is still writing is waited for, and taken once, when it is whole."""

import time
from pathlib import Path

import pytest

from tests.support.receiver import Receiver
from tests.support.site import Running, Site
from tests.support.waiting import wait_until

URL = "https://example.org/a-long-address"
WHOLE = {
    "slow.yaml": f"title: Slow\nwebUrl: {URL}\n",
    "slow.md": f"---\ntitle: Slow\nwebUrl: {URL}\n---\nText.\n",
    "slow.yml": f"webUrl: {URL}\ntitle: Slow\n",
}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def urls(receiver: Receiver) -> list[str]:
    return [
        change["article"]["url"]
        for request in receiver.requests
        for change in request.json()["data"]["changes"]
    ]


def write_slowly(daemon: Running, site: Site, name: str, cut: int) -> None:
    """Write a first part, long enough to be read by whoever does not wait, then the rest."""
    text = WHOLE[name]
    with (site.seeds / name).open("w", encoding="utf-8") as file:
        file.write(text[:cut])
        file.flush()
        time.sleep(1.2)  # this is the input: a pause that is longer than `settle`
        assert "article new" not in daemon.log_text()
        file.write(text[cut:])


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("where", [URL[:26], "title"])  # in the middle of its path
def test_what_is_still_being_written_is_waited_for(
    site: Site, receiver: Receiver, name: str, where: str
) -> None:
    site.add_endpoint("hook", receiver.url)
    with site.running() as daemon:
        daemon.wait_for_log("rescan done")
        write_slowly(daemon, site, name, WHOLE[name].index(where) + len(where))
        wait_until(lambda: urls(receiver), "it is told")
        (article,) = site.json_lines("articles")
    assert urls(receiver) == [URL]
    assert (article["title"], article["url"]) == ("Slow", URL)
    assert [line["kind"] for line in site.json_lines("changes")] == ["new"]


@pytest.mark.parametrize("words", [("scan", "--drain"), ("run",)], ids=" ".join)
def test_a_young_file_of_a_first_scan_is_a_baseline_though_it_was_waited_for(
    site: Site, receiver: Receiver, words: tuple[str, ...]
) -> None:
    """It has no closing mark, and was written just before: nobody is told of it."""
    site.add_endpoint("hook", receiver.url)
    (site.seeds / "young.yaml").write_text("title: T\nwebUrl: https://example.org/t\n", "utf-8")
    if words == ("run",):
        with site.running():
            wait_until(lambda: len(site.json_lines("articles")) == 1, "it is known")
    else:
        site.command(*words)
    (change,) = site.json_lines("changes")
    assert change["baseline"] is True
    assert not receiver.requests
