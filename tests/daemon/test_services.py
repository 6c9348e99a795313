"""What works for one config: what is repeated, and whose death starves the watchdog."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.waiting import wait_until
from watcher.clock import utc_now
from watcher.config.load import load_config
from watcher.daemon import services
from watcher.daemon.services import Parts
from watcher.serve.metrics import Meters
from watcher.store.store import Store, sync_endpoints


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    monkeypatch.setattr(services, "CHECK_EVERY", services.CHECK_EVERY / 100)
    (tmp_path / "seeds").mkdir()
    file = tmp_path / "seedwatch.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "state": "s.db",
                "watch": [{"path": "seeds"}],
                "feeds": [{"name": "all", "path": "all.atom"}],
                "http": {"listen": "127.0.0.1:0"},
            }
        ),
        "utf-8",
    )
    config = load_config(file, environ={})
    store = Store.open(config.state)
    sync_endpoints(store, config)
    made = Parts(
        config,
        store,
        utc_now,
        listener=None,
        meters=Meters(),
        summary=lambda _: None,
        stuck=list,
    )
    made.start()
    yield made
    made.stop()
    store.close()


def beats_of(parts: Parts, name: str) -> int:
    return next(pulse.beats for pulse in parts.pulses() if pulse.name == name)


def wait_for_beats(parts: Parts, name: str) -> None:
    before = beats_of(parts, name)
    wait_until(lambda: beats_of(parts, name) > before + 1, f"{name} to get on")


@pytest.mark.parametrize("name", ["rescan", "removals", "housekeeping", "check"])
def test_what_is_repeated_is_scheduled(parts: Parts, name: str) -> None:
    wait_for_beats(parts, "timetable")
    assert name in {thread.name for thread in threading.enumerate()}


def test_a_dead_observer_gives_no_sign_of_life(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for_beats(parts, "observer")
    monkeypatch.setattr(parts._observer, "check", lambda: None)  # else it is replaced
    parts._observer.stop()
    wait_for_beats(parts, "timetable")
    before = beats_of(parts, "observer")
    wait_for_beats(parts, "timetable")
    assert beats_of(parts, "observer") == before


def test_a_dead_http_server_gives_no_sign_of_life(parts: Parts) -> None:
    wait_for_beats(parts, "http")
    assert parts._server is not None
    parts._server.stop(5)
    wait_for_beats(parts, "timetable")
    before = beats_of(parts, "http")
    wait_for_beats(parts, "timetable")
    assert beats_of(parts, "http") == before
