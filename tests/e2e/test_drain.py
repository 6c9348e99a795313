"""``drain`` ends: when nothing is left that can be sent, when its time is up, or when told to."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.receiver import Receiver, answer, hang, reset_after_body
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until
from watcher.config.load import load_config
from watcher.store.store import open_store


@pytest.fixture
def small(tmp_path: Path, receiver: Receiver) -> Site:
    """On SQLite, with one endpoint that would be tried again soon, and one article for it."""
    site = Site(tmp_path / "site")
    site.add_endpoint("hook", receiver.url, first_run="announce", retry=["10ms"])
    write_seed(site.seeds, 1)
    site.command("scan")
    return site


def test_a_drain_tries_what_is_due_once(small: Site, receiver: Receiver) -> None:
    receiver.default = answer(500)
    assert small.json("drain") == {"sent": 0, "waiting": 1, "held": 0, "dead": 0}
    assert len(receiver.requests) == 1


def test_a_drain_tells_of_a_dead_letter_before_it_ends(small: Site, receiver: Receiver) -> None:
    receiver.script(answer(400))
    with Receiver() as operator:
        small.add_endpoint("ops", operator.url)
        small.config["alert_endpoint"] = "ops"
        assert small.json("drain", check=1)["dead"] == 1
        (message,) = operator.accepted
        assert "is dead after attempt 1: HTTP 400" in message.json()["data"]["message"]
        listed = small.json_lines("deliveries", "--endpoint", "ops")
        assert [(d["id"], d["changes"], d["state"]) for d in listed] == [(message.id, [], "sent")]


def test_until_empty_ends_when_what_is_left_waits_for_a_person(
    small: Site, receiver: Receiver
) -> None:
    with Receiver(reset_after_body(accept=False)) as slack, Receiver(answer(410)) as gone:
        small.add_endpoint("slack", slack.url, kind="slack", on_unknown="hold")
        small.add_endpoint("gone", gone.url)
        small.command("drain")
        write_seed(small.seeds, 2)
        small.command("scan")
        receiver.script(answer(500), answer(500), answer(400))
        left = small.json("drain", "--until-empty", check=1)
    assert left == {"sent": 0, "waiting": 1, "held": 1, "dead": 1}
    assert len(receiver.requests) == 4


def test_until_empty_stops_when_its_time_is_up_and_shows_how_it_goes(
    small: Site, receiver: Receiver
) -> None:
    receiver.default = answer(500)
    ours, theirs = os.openpty()
    command = small._words("drain", "--until-empty", "--timeout", "1500ms", "--json")
    with subprocess.Popen(
        command, env=small._environ(), stdout=subprocess.PIPE, stderr=theirs, text=True
    ) as process:
        out, _ = process.communicate(timeout=30)
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert process.returncode == 1
    assert json.loads(out) == {"sent": 0, "waiting": 1, "held": 0, "dead": 0}
    assert "0 sent, 1 waiting, in trouble: hook, 0/s" in shown
    cleared, _, after = shown.rpartition("\033[2K")
    assert "0/s" in cleared
    assert "0/s" not in after, "the line is cleared"
    assert len(receiver.requests) > 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_until_empty_stops_when_told_to_and_gives_leases_back(
    small: Site, receiver: Receiver, number: signal.Signals
) -> None:
    receiver.default = answer(500)
    with draining(small) as process:
        receiver.wait_for_requests(2)
        process.send_signal(number)
        out, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "Traceback" not in errors
    assert out == "0 sent, 1 waiting, 0 held, 0 dead\n"
    assert lease_owner(small) is None


def test_a_second_signal_waits_for_no_answer(small: Site, receiver: Receiver) -> None:
    receiver.default = hang()
    with draining(small) as process:
        wait_until(lambda: receiver._connections, "the attempt")
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.send_signal(signal.SIGINT)
        process.wait(5)


@contextmanager
def draining(site: Site) -> Iterator["subprocess.Popen[str]"]:
    command = site._words("drain", "--until-empty")
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=site._environ(), stdout=pipe, stderr=pipe, text=True
    ) as process:
        yield process


def lease_owner(site: Site) -> str | None:
    with open_store(load_config(site.config_file, environ={}).state) as store:
        return store.outbox.statuses()[0].lease_owner
