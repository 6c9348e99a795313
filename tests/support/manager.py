"""A stand-in for the service manager: a notify socket that keeps everything it hears, in order."""

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from tests.support.waiting import DEADLINE, wait_until


class Manager:
    """Hears what a daemon tells systemd; ``environ`` makes the daemon tell it."""

    def __init__(self, *, watchdog: float | None = None) -> None:
        self._folder = TemporaryDirectory()  # a test's own may have too long a name for a socket
        self._path = str(Path(self._folder.name, "notify"))
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self.heard: list[tuple[float, dict[str, str]]] = []
        self.environ = {"NOTIFY_SOCKET": self._path}
        if watchdog is not None:
            self.environ["WATCHDOG_USEC"] = str(int(watchdog * 1_000_000))

    def __enter__(self) -> Self:
        self._socket.bind(self._path)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"", self._path)
        self._thread.join()
        self._socket.close()
        self._folder.cleanup()

    def messages(self) -> list[dict[str, str]]:
        """All that was heard, but for what feeds the watchdog."""
        return [message for _, message in list(self.heard) if "WATCHDOG" not in message]

    def pings(self, since: float = 0.0) -> list[float]:
        """When the watchdog was fed, by the monotonic clock."""
        return [at for at, message in list(self.heard) if "WATCHDOG" in message and at > since]

    def wait_for(self, wanted: Callable[[dict[str, str]], bool], what: str) -> dict[str, str]:
        """The first message, watchdog's aside, that is as wanted."""
        found = wait_until(
            lambda: next((m for m in self.messages() if wanted(m)), None), what, DEADLINE
        )
        assert isinstance(found, dict)
        return found

    def _listen(self) -> None:
        while data := self._socket.recv(65536):
            pairs = (line.partition("=") for line in data.decode().splitlines())
            self.heard.append((time.monotonic(), {key: value for key, _, value in pairs}))
