"""An installation whose clock the test drives, through days of deliveries to real receivers."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.notify.making import FakeClock
from tests.support.deliverer import deliver
from tests.support.seeds import write_seed
from watcher.config.load import load_config
from watcher.config.schema import Config
from watcher.daemon.delivery import make_deliverer
from watcher.model.delivery import Delivery
from watcher.model.kinds import DeliveryState
from watcher.scan.once import scan_once
from watcher.store.store import Store


class Simulated:
    """Scans and drains when told to; what falls due meanwhile is drained at its time."""

    def __init__(self, folder: Path, state: str, start: datetime, **endpoints: dict[str, Any]):
        self.root = folder / "root"
        self.root.mkdir(parents=True)
        self.clock = FakeClock(start)
        self.config = _load(folder, self.root, state, endpoints)
        self._numbers = iter(range(1, 100_000))

    def open(self, store: Store) -> None:
        """Take the empty folder in, so that whatever comes is news."""
        self.store = store
        self.scan()
        self.restart()

    def restart(self) -> None:
        """A new deliverer, as after a restart of the program."""
        self._deliverer = make_deliverer(self.config, self.store, self.clock)

    def scan(self) -> None:
        scan_once(self.store, self.config, self.clock, pause=lambda _: None)

    def arrive(self, count: int = 1) -> None:
        """New articles come, and are taken in."""
        for _ in range(count):
            write_seed(self.root, next(self._numbers))
        self.scan()

    def advance(self, **span: float) -> None:
        """Let time pass, with all that falls due in it."""
        self.advance_to(self.clock.now + timedelta(**span))

    def advance_to(self, end: datetime) -> None:
        while due := [(at, name) for name, at in self._next_due().items() if at <= end]:
            self._go_to(max(self.clock.now, min(due)[0]))
            deliver(self._deliverer, self.clock, self._go_to)
        self.clock.now = max(self.clock.now, end)

    def _go_to(self, at: datetime) -> None:
        self.clock.now = at

    def _next_due(self) -> dict[str, datetime]:
        return self.store.outbox.next_due(alerts_to=self.config.alert_endpoint)

    def deliveries(self, endpoint: str) -> list[Delivery]:
        """The deliveries to an endpoint, oldest first."""
        return self.store.catalogue.deliveries(limit=100_000, endpoint=endpoint)[::-1]

    def states(self, endpoint: str) -> list[tuple[DeliveryState, int]]:
        """The states of its deliveries, oldest first, and how many changes are in each."""
        return [(each.state, len(each.members)) for each in self.deliveries(endpoint)]


def _load(folder: Path, root: Path, state: str, endpoints: dict[str, dict[str, Any]]) -> Config:
    config = {
        "state": state,
        "watch": [{"path": str(root)}],
        "feeds": [],
        "http": {"listen": "off"},
        "endpoints": [{"name": name} | keys for name, keys in endpoints.items()],
    }
    file = folder / "seedwatch.yaml"
    file.write_text(json.dumps(config), encoding="utf-8")
    return load_config(file, environ={})
