"""A command on a terminal of its own, as a person would see it."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

from tests.support.site import Site

_MAIN = "from watcher.cli import main; main()"


def on_terminal(
    site: Site, *words: str, columns: int = 80, before: str = "", **environ: str
) -> str:
    """All that a command shows on a terminal that is ``columns`` wide, standard error included.

    ``before`` is Python to be run first.
    """
    site.write_config()
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    inherited = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES", "NO_COLOR"}}
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", f"{before}\n{_MAIN}", "--config", str(site.config_file), *words],
        cwd=site.folder,
        env=inherited | {"PYTHONPATH": root, "TERM": "xterm-256color"} | site.environ | environ,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # so Linux says that the other side is closed
        while some := os.read(ours, 65536):
            shown += some
    os.close(ours)
    process.wait(60)
    return shown.decode("utf-8").replace("\r\n", "\n")
