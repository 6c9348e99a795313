"""A daemon whose disks, folders and rights a test takes away and gives back, for real.

It runs in mount and user namespaces of its own, so nothing that is done to it is done to the
machine, and no privilege is needed.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.ports import kept_address
from tests.support.site import Running, Site
from tests.support.waiting import wait_until
from watcher.cli.daemon_client import ask_daemon
from watcher.clock import utc_now
from watcher.config.load import load_config
from watcher.status.health import Status, examine
from watcher.store.store import open_store, places_in

_APART = ("unshare", "--user", "--map-root-user", "--mount")


class FaultySite(Site):
    """A site that is served at ``base``, whose daemon is impatient and sees ``disks`` of its own.

    ``disks`` maps folders to the size of the disk (a tmpfs) that the daemon finds there; ``before``
    is what else a shell does in its namespaces before it starts. ``without_privileges`` takes from
    root its right to read everything.
    """

    def __init__(self, folder: Path, *, state: str = "../var/seedwatch.db") -> None:
        super().__init__(folder, state=state)
        address = kept_address()
        self.base = f"http://{address}"
        self.config["http"] = {"listen": address}
        self.config["rescan"] = "10m"
        self.module = "tests.support.impatient"
        self.disks: dict[Path, str] = {}
        self.before = ""
        self.without_privileges = False
        self.pid: int | None = None

    @contextmanager
    def started(self) -> Iterator[Running]:
        with super().started() as running:
            self.pid = running.process.pid
            try:
                yield running
            finally:
                self.pid = None

    def inside(self, path: Path) -> Path:
        """A path as the daemon sees it."""
        return Path(f"/proc/{self.pid}/root{path}")

    def inside_do(self, *command: object) -> None:
        """Run a command where the daemon is."""
        words = [str(word) for word in command]
        subprocess.run([*self._enter(), *words], check=True)

    def get(self, path: str, accept: str = "*/*") -> requests.Response:
        return requests.get(f"{self.base}{path}", headers={"accept": accept}, timeout=10)

    def ready(self) -> dict[str, Any]:
        """What /readyz says of each check, and under ``status`` the HTTP status."""
        response = self.get("/readyz")
        checks = {name: check["detail"] for name, check in response.json()["checks"].items()}
        return checks | {"status": response.status_code}

    def status(self, later: timedelta = timedelta(0)) -> Status:
        """What ``status`` shows, or will show ``later``, without a process of its own."""
        self.write_config()
        config = load_config(self.config_file, environ={})
        with open_store(config.state, places_in(config)) as store:
            return examine(store, config, utc_now() + later).with_checks(
                ask_daemon(config.http.listen).checks
            )

    def wait_for_record(self, endpoint: str) -> None:
        """Wait until the store knows that something arrived there."""
        name = f'seedwatch_endpoint_last_success_timestamp_seconds{{endpoint="{endpoint}"}}'
        wait_until(lambda: self.metric(name), f"the record of a message to {endpoint}")

    def metric(self, name: str) -> float | None:
        """The value of a gauge, named with its labels as Prometheus writes them."""
        lines = self.get("/metrics").text.splitlines()
        values = [line.rpartition(" ")[2] for line in lines if line.startswith(f"{name} ")]
        return float(values[0]) if values else None

    def _words(self, *words: str) -> list[str]:
        plain = super()._words(*words)
        mounts = [f"mount -t tmpfs -o size={size} none {at}" for at, size in self.disks.items()]
        steps = [*mounts, *filter(None, [self.before])]
        if self.without_privileges and words == ("run",) and os.geteuid() == 0:
            return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *plain]
        if not steps:
            return plain
        if self.pid is not None:
            return [*self._enter(), *plain]
        return [*_APART, "sh", "-c", " && ".join([*steps, 'exec "$@"']), "sh", *plain]

    def _enter(self) -> list[str]:
        return ["nsenter", f"--target={self.pid}", "--user", "--mount", "--preserve-credentials"]


def require_namespaces() -> None:
    """Skip a test where the kernel permits no namespaces of one's own."""
    tools = all(map(shutil.which, ("unshare", "nsenter")))
    if not tools or subprocess.run([*_APART, "true"], check=False).returncode:
        pytest.skip("user namespaces are not permitted here")


def fill_disk(folder: Path) -> None:
    """Leave no byte on the disk that ``folder`` is on."""
    with (folder / "fill").open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def free_disk(folder: Path) -> None:
    """Take back what :func:`fill_disk` did."""
    (folder / "fill").unlink()
