"""Which file systems say nothing of what other machines do to them. Pure: text in, answer out."""

import re

# Changes made by another client, or by the host of a virtual machine, raise no event here.
_SILENT = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "vboxsf", "ceph", "afs", "fuse"}
)
_ESCAPE = re.compile(r"\\([0-7]{3})")


def needs_polling(path: str, mountinfo: str) -> bool:
    """Whether the real ``path`` is on NFS, CIFS, FUSE, 9p or the like.

    ``mountinfo`` is the text of ``/proc/self/mountinfo`` (proc_pid_mountinfo(5)).
    """
    kind = filesystem_type(path, mountinfo) or ""
    return kind in _SILENT or kind.startswith("fuse.")


def filesystem_type(path: str, mountinfo: str) -> str | None:
    """The type of the file system that holds the real ``path``; None if no mount does.

    Of several mounts on one point the last one is on top.
    """
    best, kind = "", None
    for line in mountinfo.splitlines():
        mount, _, source = line.partition(" - ")
        fields = mount.split(" ")
        if not source or len(fields) < 5:  # noqa: PLR2004 - the fifth field is the mount point
            continue
        point = _unescape(fields[4])
        if len(point) >= len(best) and _holds(point, path):
            best, kind = point, source.split(" ")[0]
    return kind


def _holds(point: str, path: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda octal: chr(int(octal[1], 8)), text)
