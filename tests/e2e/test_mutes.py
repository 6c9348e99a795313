"""What is muted is not told, recorded as muted, and explained."""

from pathlib import Path

import pytest

from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """On SQLite alone: tests of the store ask both engines."""
    return Site(tmp_path / "site")


@pytest.fixture
def telling(site: Site, receiver: Receiver) -> Site:
    site.add_endpoint("hook", receiver.url)
    site.seeds.joinpath("old.md").write_text("")
    site.age_seeds()  # who looks half-written and young is waited for
    site.command("scan")
    return site


def states(site: Site, number: int) -> list[tuple[str, str]]:
    value = site.json("explain", f"https://example.org/articles/{number}", "--json")
    return [(each["state"], each.get("why", "")) for each in value["endpoints"]]


@pytest.mark.parametrize(
    "what",
    ["topic:ai", "provider:example.org", "provider:*.org", "provider:EXAMPLE", "endpoint:hook"],
)
def test_what_is_muted_is_not_told(telling: Site, receiver: Receiver, what: str) -> None:
    muted = telling.json("mute", what, "--for", "1d", "--json")
    assert muted["what"] == what
    assert [each["what"] for each in telling.json_lines("mutes", "--json")] == [what]
    write_seed(telling.seeds, 1)
    telling.command("scan", "--drain")
    assert states(telling, 1) == [("muted", what)]
    assert "muted: " in telling.command("explain", "seeds/article-1.md").stdout
    assert telling.json("unmute", what, "--json")["unmuted"]
    write_seed(telling.seeds, 2)
    telling.command("scan", "--drain")
    assert states(telling, 2) == [("sent", "")]
    assert len(receiver.accepted) == 1
    assert states(telling, 1) == [("muted", what)]


def test_what_is_owed_already_and_due_before_the_end_is_kept_back(
    telling: Site, receiver: Receiver
) -> None:
    telling.config["endpoints"][0]["schedule"] = "every 2h"
    write_seed(telling.seeds, 1, topics=["AI"])
    write_seed(telling.seeds, 2, topics=["Rain"])
    telling.command("scan")
    assert telling.json("mute", "topic:AI", "--for", "1s", "--json")["kept_back"] == 0
    assert telling.json("mute", "topic:AI", "--for", "1d", "--json")["kept_back"] == 1
    assert states(telling, 1) == [("muted", "topic:AI")]
    assert [state for state, _ in states(telling, 2)] == ["owed"]
    assert receiver.accepted == []


def test_a_mute_that_ran_out_mutes_nothing(telling: Site, receiver: Receiver) -> None:
    telling.command("mute", "topic:AI", "--for", "1ms")
    write_seed(telling.seeds, 1)
    telling.command("scan", "--drain")
    assert states(telling, 1) == [("sent", "")]
    assert telling.json_lines("mutes", "--json") == []
    assert telling.command("mutes").stdout == "nothing is muted\n"


@pytest.mark.parametrize("what", ["rain", "topic:", "colour:red", ":x"])
def test_only_what_there_is_can_be_muted(telling: Site, what: str) -> None:
    said = telling.command("mute", what, "--for", "1d", check=2)
    assert "cannot be muted: write topic:TOPIC" in said.stderr


def test_an_endpoint_to_be_muted_must_exist(telling: Site) -> None:
    assert "hook" in telling.command("mute", "endpoint:hok", "--for", "1d", check=2).stderr
    assert "was not muted" in telling.command("unmute", "topic:AI", check=1).stdout


def test_a_running_daemon_heeds_a_mute_at_once(telling: Site, receiver: Receiver) -> None:
    with telling.running():
        telling.command("mute", "topic:Noise", "--for", "1h")
        write_seed(telling.seeds, 1, topics=["Noise"])
        write_seed(telling.seeds, 2, topics=["News"])
        receiver.wait_for(1, timeout=30)
    (message,) = receiver.accepted
    titles = [change["article"]["title"] for change in message.json()["data"]["changes"]]
    assert titles == ["Article 2"]
