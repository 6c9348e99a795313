"""A NATS server of our own, with JetStream, from the test extra's binary."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import KeptPort
from tests.support.waiting import wait_until

NATS_SERVER = Path(sys.executable).parent / "nats-server"


class NatsServer:
    """``start`` and ``stop`` at one address; ``forget`` deletes all that it has on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = KeptPort()
        self._process: subprocess.Popen[bytes] | None = None
        self.log = folder / "nats.log"
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self._port.number}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        self.log.write_bytes(b"")
        words = ["-js", "-sd", str(self._folder / "js"), "-a", "127.0.0.1"]
        self._process = subprocess.Popen(
            [NATS_SERVER, *words, "-p", str(self._port.number), "-l", str(self.log)]
        )
        wait_until(lambda: b"Server is ready" in self.log.read_bytes(), "NATS to be ready")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def forget(self) -> None:
        shutil.rmtree(self._folder / "js", ignore_errors=True)

    def close(self) -> None:
        self.stop()
        self._port.close()


@contextmanager
def serving_nats(folder: Path) -> Iterator[NatsServer]:
    server = NatsServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.close()
