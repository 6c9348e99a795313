"""Names this process as the owner of leases, and tells which owner is dead. It ends no lease.

Only about processes of the same system is anything known: the same boot and the same namespace of
process ids, for containers share a boot and count processes each for itself. A process id is used
again in time; with the moment its process started it is not.
"""

import os
import socket
from pathlib import Path

_PARTS = 5
_STARTED = 22 - 3  # proc(5) counts from 1, and the first two fields are cut off


def name_owner(nonce: str) -> str:
    """``host:pid:started:system:nonce``: this process, as an owner of leases."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{pid}:{_started(pid)}:{_system()}:{nonce}"


def is_dead(owner: str) -> bool:
    """True if a process that :func:`name_owner` named is known to have ended, not in doubt."""
    parts = owner.rsplit(":", _PARTS - 1)
    if len(parts) != _PARTS:
        return False
    _, pid, started, system, _ = parts
    if not (pid.isdecimal() and started and system and system == _system()):
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # it is somebody else's, and there
    return _started(int(pid)) not in ("", started)


def _system() -> str:
    """Which system of processes this one belongs to; empty where that cannot be known."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When a process started, in ticks since the boot; empty where that cannot be known."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return ""
    # Its name, in parentheses, may hold anything, parentheses and spaces too.
    return stat.rpartition(")")[2].split()[_STARTED]
