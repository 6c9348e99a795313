"""`status` and `feeds`, as somebody at a terminal sees them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ports import kept_address
from tests.support.receiver import Receiver, answer
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.terminal import on_terminal


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path / "site")
    write_seed(site.seeds, 1)
    return site


@pytest.fixture
def gone() -> Iterator[Receiver]:
    with Receiver(answer(410)) as receiver:
        yield receiver


def plain(text: str) -> list[str]:
    return re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()


def test_a_disabled_endpoint_takes_one_line_and_is_sent_nothing(site: Site, gone: Receiver) -> None:
    site.add_endpoint("hook", gone.url, first_run="announce")
    site.command("scan", "--drain", check=None)
    status = site.json("status", check=1)
    (said,) = status["attention"]
    assert said.startswith("endpoint hook is disabled: ")
    assert said.endswith(", 1 message waits")
    shown = site.command("status", check=1).stdout
    assert sum("hook is" in line or "tried again" in line for line in shown.splitlines()) == 1
    assert "→ seedwatch enable hook" in shown
    (row,) = [line for line in shown.splitlines() if line.startswith("hook\t")]
    assert row.split("\t")[1:3] == ["disabled", "1"]
    assert row.split("\t")[-1] == "-"


def test_all_that_needs_attention_is_listed(site: Site, gone: Receiver) -> None:
    for number in range(6):
        site.add_endpoint(f"hook{number}", gone.url, first_run="announce")
    (site.seeds / "bad.md").write_text("---\ntitle: [\n---\n")
    site.command("scan", "--drain", check=None)
    shown = site.command("status", check=1).stdout
    for number in range(6):
        assert f"endpoint hook{number} is disabled" in shown
    assert "1 seed is in quarantine" in shown
    assert shown.index("hook5 is disabled") < shown.index("1 seed is in quarantine")


def test_nothing_owed_is_no_next_send(site: Site) -> None:
    site.add_endpoint("hook", "http://127.0.0.1:9/")
    site.command("scan")
    shown = site.command("status").stdout
    assert shown.startswith("all is well\n")
    (row,) = [line for line in shown.splitlines() if line.startswith("hook\t")]
    assert row.split("\t")[-1] == "-"
    write_seed(site.seeds, 2)
    site.command("scan")
    shown = site.command("status").stdout
    (row,) = [line for line in shown.splitlines() if line.startswith("hook\t")]
    assert re.fullmatch(r"\S+ \S+Z", row.split("\t")[-1])


@pytest.mark.parametrize("columns", [80, 110])
@pytest.mark.parametrize("command", ["status", "feeds"])
def test_the_address_to_subscribe_to_can_be_copied_from_any_terminal(
    site: Site, command: str, columns: int
) -> None:
    address = kept_address()
    site.config["http"]["listen"] = address
    del site.config["feeds"][0]["url"]
    site.config["feeds"].append(
        {"name": "topics", "per": "topic", "path": "../var/feeds/topics/{slug}.atom"}
    )
    site.command("scan")
    lines = plain(on_terminal(site, command, columns=columns))
    (line,) = [line for line in lines if "all.atom" in line and address in line]
    assert f"http://{address}/feeds/all.atom" in line.split()
    files = [line for line in lines if str(site.feed) in line.split()]
    assert files, lines
    assert site.json_lines("feeds")[0]["url"] == f"http://{address}/feeds/all.atom"


def test_a_daemon_that_runs_is_asked_too(site: Site) -> None:
    site.config["http"]["listen"] = kept_address()
    with site.running():
        status = site.json("status")
    assert status["feeds_waiting"] == 0
    assert status["topics_without_feed"] == 0
    assert site.json("status")["feeds_waiting"] is None


def test_what_waits_for_an_endpoint_that_was_taken_out_of_the_config_is_not_forgotten(
    site: Site,
) -> None:
    site.add_endpoint("hook", "http://127.0.0.1:9/", first_run="announce", schedule="@yearly")
    site.command("scan")
    site.config["endpoints"] = []
    site.command("scan")
    assert site.json("status")["attention"] == [
        "endpoint hook is no longer in the config, and 1 message is kept for it"
    ]
    assert "put it back" in site.command("status").stdout
