"""A whole Seedwatch in a temporary folder: config, seeds, feeds, and the real command over them."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.support import commands
from tests.support.commands import Process
from tests.support.seeds import REAL_SEEDS
from tests.support.waiting import DEADLINE, wait_until

LONG_AGO = 1_700_000_000
_SLOW = {"PYTHONDONTWRITEBYTECODE"}
"""What makes every command of every test compile the whole program anew."""

_PEAK_MEMORY = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


class Site:
    """One installation. Its config is written to disk whenever a command starts.

    That is ``config``, or ``config_text`` where that is set. Where ``starts_anew`` is set, every
    command imports the program itself, as a user's does.
    """

    def __init__(self, folder: Path, *, state: str = "../var/seedwatch.db") -> None:
        self.folder = folder
        self.seeds = folder / "seeds"
        self.seeds.mkdir(parents=True)
        self.feed = folder / "var" / "feeds" / "all.atom"
        self.log = folder / "log"
        self.module = "watcher.cli"
        self.starts_anew = "PYTEST_VERSION" not in os.environ  # a benchmark measures that, too
        self.environ: dict[str, str] = {}
        self.config_text: str | None = None
        self.config: dict[str, Any] = {
            "state": state,
            "watch": [{"path": "../seeds", "settle": "20ms"}],
            "feeds": [
                {
                    "name": "all",
                    "title": "All articles",
                    "path": "../var/feeds/all.atom",
                    "url": "http://127.0.0.1:8765/feeds/all.atom",
                }
            ],
            "http": {"listen": "off"},
            "endpoints": [],
        }

    @property
    def config_file(self) -> Path:
        return self.folder / "config" / "seedwatch.yaml"

    def add_endpoint(self, name: str, url: str, *, kind: str = "webhook", **more: Any) -> None:
        self.config["endpoints"].append({"name": name, "type": kind, "url": url, **more})

    def add_real_seeds(self) -> None:
        """Copy the five real seeds in, as if they had been there for long."""
        for seed in sorted(REAL_SEEDS.iterdir()):
            shutil.copy(seed, self.seeds)
        self.age_seeds()

    def age_seeds(self) -> None:
        """Make every seed look older than the racily-clean window."""
        for number, path in enumerate(sorted(self.seeds.rglob("*"))):
            if path.is_file():
                os.utime(path, (LONG_AGO + number, LONG_AGO + number))

    def write_config(self) -> None:
        self.config_file.parent.mkdir(exist_ok=True)
        text = self.config_text or yaml.safe_dump(self.config, sort_keys=False)
        self.config_file.write_text(text, "utf-8")

    def command(self, *words: str, check: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; its exit code must be ``check`` unless that is None."""
        self.write_config()
        if self._is_usual:
            result = commands.run(
                self._arguments(*words), folder=self.folder, environ=self._environ(), timeout=60
            )
        else:
            result = self._started_anew(*words)
        if check is not None:
            assert result.returncode == check, f"{words}: {result.stdout}{result.stderr}"
        return result

    def peak_memory(self, *words: str) -> int:
        """Run a command that must succeed; the most memory it ever held, in bytes.

        A small process starts it: the kernel counts what the starting one holds, too.
        """
        self.write_config()
        result = subprocess.run(
            [sys.executable, "-c", _PEAK_MEMORY, *self._words(*words)],
            cwd=self.folder,
            env=self._environ(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert result.returncode == 0, f"{words}: {result.stdout}{result.stderr}"
        return int(result.stdout.split()[-1]) * 1024

    def json(self, *words: str, check: int | None = 0) -> Any:
        """The one object that a command prints with ``--json``."""
        return json.loads(self.command(*words, "--json", check=check).stdout)

    def json_lines(self, *words: str) -> list[Any]:
        return [json.loads(line) for line in self.command(*words, "--json").stdout.splitlines()]

    @contextmanager
    def running(self) -> Iterator["Running"]:
        """The daemon, up; stopped at the end with SIGTERM, and its exit code must be 0."""
        with self.started() as running:
            running.wait_for_log("rescan done")
            yield running
            if running.process.poll() is None:
                assert running.stop() == 0, self.log.read_text()

    @contextmanager
    def started(self) -> Iterator["Running"]:
        """The daemon as it starts; killed at the end if it is still there."""
        self.write_config()
        with self.log.open("ab") as log:
            process = self._start_daemon(log.fileno())
        try:
            yield Running(self, process)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    def entries(self) -> list[str]:
        """The titles in the feed, newest first."""
        from lxml import etree  # noqa: PLC0415  # only where a feed is read

        if not self.feed.exists():
            return []
        atom = "{http://www.w3.org/2005/Atom}"
        document = etree.fromstring(self.feed.read_bytes())
        return [str(title.text) for title in document.iterfind(f"{atom}entry/{atom}title")]

    def all_bytes(self) -> bytes:
        """Everything that this installation has written anywhere, but for the seeds."""
        written = [self.folder / "var", self.log]
        files = [p for top in written for p in ([top] if top.is_file() else top.rglob("*"))]
        return b"".join(path.read_bytes() for path in files if path.is_file())

    def _start_daemon(self, log: int) -> "Process | subprocess.Popen[bytes]":
        if self._is_usual:
            return commands.start(
                self._arguments("run"),
                folder=self.folder,
                environ=self._environ(),
                out=log,
                err=log,
            )
        return subprocess.Popen(
            self._words("run"),
            cwd=self.folder,
            env=self._environ(),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )

    @property
    def _is_usual(self) -> bool:
        """True if a Python that has imported the program serves as well as one of its own."""
        return self.module == "watcher.cli" and not (
            self.starts_anew or any(name.startswith("PYTHON") for name in self.environ)
        )

    def _started_anew(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a Python that has imported nothing yet."""
        return subprocess.run(
            self._words(*words),
            cwd=self.folder,
            env=self._environ(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def _words(self, *words: str) -> list[str]:
        return [sys.executable, "-m", self.module, *self._arguments(*words)]

    def _arguments(self, *words: str) -> list[str]:
        return ["--config", str(self.config_file), *words]

    def _environ(self) -> dict[str, str]:
        root = str(Path(__file__).parents[2])
        inherited = {k: v for k, v in os.environ.items() if k not in _SLOW}
        return inherited | {"PYTHONPATH": root, "PYTHONWARNINGS": "error"} | self.environ


class Running:
    """A daemon that runs, and its log since it was started."""

    def __init__(self, site: Site, process: "Process | subprocess.Popen[bytes]") -> None:
        self.site = site
        self.process = process
        self._log_start = site.log.stat().st_size

    def log_text(self) -> str:
        with self.site.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode("utf-8")

    def forget_log(self) -> None:
        """Look only at what is logged from now on."""
        self._log_start = self.site.log.stat().st_size

    def wait_for_log(self, text: str, count: int = 1, *, timeout: float = DEADLINE) -> None:
        def found() -> bool:
            assert self.process.poll() is None, f"the daemon ended: {self.log_text()}"
            return self.log_text().count(text) >= count

        wait_until(found, f"{text!r} in the log", timeout)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, and wait for the end; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(DEADLINE)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
