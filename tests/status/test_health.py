"""What needs attention, the most urgent first, and the one line for the service manager."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.seeds import write_seed
from watcher.config.load import load_config
from watcher.config.schema import Config
from watcher.model.kinds import RootState
from watcher.scan.once import scan_once
from watcher.status.facts import note_clock_step, note_refusal
from watcher.status.health import examine, glance, summarise
from watcher.store import versions
from watcher.store.store import Store, open_store

NOW = datetime(2024, 5, 6, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    for number, folder in enumerate(("one", "two")):
        write_seed(tmp_path / folder, number)
    file = tmp_path / "seedwatch.yaml"
    file.write_text(
        """
state: s.db
watch: [{path: one}, {path: two}]
endpoints: [{name: hook, type: webhook, url: "http://127.0.0.1:9/"}]
""",
        "utf-8",
    )
    return load_config(file, environ={})


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    with open_store(config.state) as store:
        scan_once(store, config, lambda: NOW)
        yield store


def test_all_is_well(store: Store, config: Config) -> None:
    health = examine(store, config, NOW)
    assert health.is_healthy
    assert health.attention == ()
    assert summarise(health) == "2 roots, 2 articles, 0 to tell"


def test_what_is_gravest_comes_first(store: Store, config: Config) -> None:
    one, two = (str(root.path) for root in config.watch)
    store.roots.set_state(one, RootState.DEGRADED, "no watches left")
    store.roots.set_state(two, RootState.SUSPICIOUS, "12 seeds vanished")
    store.outbox.set_enabled("hook", enabled=False, reason="gone")
    note_refusal(store, "x.yaml:3: error:\n bad")
    health = examine(store, config, NOW)
    assert [line.split(" is ")[0].split(",")[0] for line in health.attention] == [
        f"root {two}",
        f"root {one}",
        "the config was not reloaded",
        "endpoint hook",
    ]
    assert not health.is_healthy
    said = summarise(health)
    assert f"2 roots ({one} is degraded, {two} is suspicious), 2 articles" in said
    assert said.endswith("config refused: x.yaml:3: error: bad")


def test_a_refusal_is_over_once_a_config_is_good(store: Store, config: Config) -> None:
    note_refusal(store, "bad")
    note_refusal(store, None)
    assert examine(store, config, NOW).is_healthy


def test_a_root_that_nobody_scans_any_more_is_asked_about(store: Store, config: Config) -> None:
    assert examine(store, config, NOW + timedelta(minutes=11)).attention == ()
    health = examine(store, config, NOW + timedelta(hours=3))
    assert "was last rescanned 3 hours ago: does the daemon run?" in health.attention[0]
    assert health.is_healthy  # who only runs scan, now and then, has chosen so


def test_a_glance_at_a_store_in_use_says_the_same(store: Store, config: Config) -> None:
    one, two = (str(root.path) for root in config.watch)
    (Path(two) / "bad.md").write_text("---\ntitle: [\n---\n", "utf-8")
    scan_once(store, config, lambda: NOW)
    store.roots.set_state(one, RootState.DEGRADED, "no watches left")
    store.outbox.set_enabled("hook", enabled=False, reason="gone")
    note_refusal(store, "bad")
    note_clock_step(store, timedelta(seconds=7), NOW)
    found = glance(config, NOW)
    assert found == examine(store, config, NOW)
    assert found is not None
    assert len(found.attention) == 5


def test_a_store_that_must_be_made_or_migrated_is_not_glanced_at(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert glance(config, NOW) is None
    assert not Path(config.state).exists()
    Path(config.state).touch()
    assert glance(config, NOW) is None
    with open_store(config.state):
        assert glance(config, NOW)
    monkeypatch.setattr(versions, "STEPS", (*versions.STEPS, lambda _: None))
    assert glance(config, NOW) is None


def test_a_store_in_trouble_is_not_glanced_at(config: Config) -> None:
    Path(config.state).write_bytes(b"no store " * 1000)
    assert glance(config, NOW) is None
