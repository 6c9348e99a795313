"""The real command without the time that Python takes to start: a process that has it all forks.

A command of the tests is a process of its own, with its own arguments, environment and folder, as
from a shell. Only what it would import is there already. The other process is started with the
first command, and ends with the process of the tests.
"""

import atexit
import functools
import importlib
import io
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.support.waiting import DEADLINE

ROOT = Path(__file__).parents[2]
MOST = 200_000
"""The longest request, in bytes."""


def run(
    words: Sequence[str], *, folder: Path, environ: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run ``seedwatch WORDS`` to its end, at most ``timeout`` seconds."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = start(words, folder=folder, environ=environ, out=out.fileno(), err=err.fileno())
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        out.seek(0)
        err.seek(0)
        texts = out.read().decode(), err.read().decode()
    return subprocess.CompletedProcess(list(words), code, *texts)


def start(
    words: Sequence[str], *, folder: Path, environ: Mapping[str, str], out: int, err: int
) -> "Process":
    """Start ``seedwatch WORDS``; it writes to these two file descriptors."""
    request = json.dumps([list(words), str(folder), dict(environ)]).encode()
    reading, writing = os.pipe()
    try:
        socket.send_fds(_server(), [request], [out, err, writing])
    finally:
        os.close(writing)
    return Process(list(words), os.fdopen(reading, "rb", buffering=0))


class Process:
    """A command that was started, as :class:`subprocess.Popen` shows it.

    Whoever waits for it in the other process writes its id to ``answer``, and later its exit code.
    """

    def __init__(self, words: list[str], answer: io.RawIOBase) -> None:
        self._words = words
        self._answer = answer
        self._text = b""
        self.returncode: int | None = None
        self._read(1, DEADLINE)
        self.pid = int(self._text)

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float = DEADLINE) -> int:
        """The exit code, once it has ended."""
        if self.returncode is None:
            self._read(2, timeout)
            self.returncode = int(self._text.split()[1])
            self._answer.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _read(self, lines: int, timeout: float) -> None:
        until = time.monotonic() + timeout
        while self._text.count(b"\n") < lines:
            if not select.select([self._answer], [], [], max(0, until - time.monotonic()))[0]:
                raise subprocess.TimeoutExpired(self._words, timeout)
            some = self._answer.read(100)
            assert some, f"{self._words}: nobody says how it ended"
            self._text += some


@functools.cache
def _server() -> socket.socket:
    """The connection to the process that forks."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * MOST)
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(theirs.fileno())],
        cwd=ROOT,
        env=inherited | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"},
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
    )
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _next_command(connection: socket.socket) -> None:
    """Return in a new process, once for each command that is asked for; leave when none comes."""
    for module in pkgutil.walk_packages([str(ROOT / "watcher")], "watcher."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for who waits
    while True:
        request, fds, _, _ = socket.recv_fds(connection, MOST, 3)
        if not request:
            connection.close()
            sys.exit()
        if os.fork() == 0:
            break
        for fd in fds:
            os.close(fd)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    connection.close()
    out, err, answer = fds
    if process := os.fork():
        os.write(answer, b"%d\n" % process)
        _, status = os.waitpid(process, 0)
        os.write(answer, b"%d\n" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    os.close(answer)
    os.dup2(out, 1)
    os.dup2(err, 2)
    words, folder, environ = json.loads(request)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    os.chdir(folder)
    sys.argv = ["seedwatch", *words]


if __name__ == "__main__":
    _next_command(socket.socket(fileno=int(sys.argv[1])))
    runpy.run_module("watcher.cli", run_name="__main__", alter_sys=True)
