"""What the HTTP server is given to show, from a real store."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.seeds import write_seed
from watcher.config.load import load_config
from watcher.config.schema import Config
from watcher.model.kinds import RootState
from watcher.scan.once import scan_once
from watcher.scan.wiring import make_publication
from watcher.status import view as view_module
from watcher.status.view import StoreView
from watcher.store.store import Store, open_store

NOW = datetime(2024, 5, 6, tzinfo=UTC)


class Probe:
    alive = True


@pytest.fixture
def config(tmp_path: Path) -> Config:
    write_seed(tmp_path / "seeds", 1)
    (tmp_path / "seeds" / "bad.md").write_text("---\ntitle: [\n---\n", "utf-8")
    file = tmp_path / "seedwatch.yaml"
    file.write_text("state: s.db\nwatch: [{path: seeds}]\n", "utf-8")
    return load_config(file, environ={})


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    with open_store(config.state) as store:
        scan_once(store, config, lambda: NOW)
        yield store


def view_of(store: Any, config: Config, publication: Any) -> StoreView:
    return StoreView(
        config=config,
        store=store,
        clock=lambda: NOW,
        publication=publication,
        observer=Probe(),
        trouble=lambda: None,
        stuck=list,
        headway=lambda: None,
    )


def test_no_path_of_the_host_is_handed_on(store: Store, config: Config, tmp_path: Path) -> None:
    seeds = str(tmp_path / "seeds")
    store.roots.set_state(seeds, RootState.SUSPICIOUS, f"{seeds} lost 12 seeds")
    view = view_of(store, config, make_publication(store, config, lambda: NOW))
    shown = repr([view.roots(), view.quarantine(9), view.health()])
    assert "seeds lost 12 seeds" in shown
    assert "bad.md" in shown
    assert str(tmp_path) not in shown


def test_a_store_that_hangs_is_said_to_and_holds_nobody_up(
    store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_module, "STORE_SECONDS", 0.2)
    freed = threading.Event()

    class Hanging:
        database = store.database

        @contextmanager
        def overview(self) -> Iterator[Any]:
            freed.wait(60)
            with store.overview() as overview:
                yield overview

    view = view_of(Hanging(), config, make_publication(store, config, lambda: NOW))
    try:
        for _ in range(3):
            health = view.health()
            assert not health.is_ready
            assert health.readiness()[0].words == "the store has not answered for 0 s"
    finally:
        freed.set()
    monkeypatch.setattr(view_module, "STORE_SECONDS", 60.0)
    assert view.health().is_ready
