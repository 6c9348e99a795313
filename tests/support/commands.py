"""The real command without the time that Python takes to start: a process that has it all forks.

A command of the tests is a process of its own, with its own arguments, environment and folder, as
from a shell. Only what it would import is there already. The other process is started with the
first command, and ends with the process of the tests.
"""

import atexit
import functools
import importlib
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
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST = 200_000
"""The longest request, in bytes."""


def run(
    words: Sequence[str], *, folder: Path, environ: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run ``seedwatch WORDS`` to its end, at most ``timeout`` seconds."""
    request = json.dumps([list(words), str(folder), dict(environ)]).encode()
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with os.fdopen(reading, "rb", buffering=0) as answer:
            try:
                socket.send_fds(_server(), [request], [out.fileno(), err.fileno(), writing])
            finally:
                os.close(writing)
            code = _await(answer.fileno(), list(words), timeout)
        out.seek(0)
        err.seek(0)
        texts = out.read().decode(), err.read().decode()
    return subprocess.CompletedProcess(list(words), code, *texts)


def _await(answer: int, words: list[str], timeout: float) -> int:
    """The exit code of the command whose process writes its id and then its code there."""
    until, text = time.monotonic() + timeout, b""
    while text.count(b"\n") < 2:  # the two lines
        if not select.select([answer], [], [], max(0, until - time.monotonic()))[0]:
            if b"\n" in text:
                os.kill(int(text.split()[0]), signal.SIGKILL)
            raise subprocess.TimeoutExpired(words, timeout)
        some = os.read(answer, 100)
        assert some, f"{words}: nobody says how it ended"
        text += some
    return int(text.split()[1])


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
