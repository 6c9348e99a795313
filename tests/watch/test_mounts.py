import pytest

from watcher.watch.mounts import filesystem_type, needs_polling

MOUNTINFO = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
30 27 0:40 / /mnt rw - autofs systemd-1 rw
31 27 0:41 / /mnt rw,relatime shared:7 master:2 - nfs4 filer:/export rw
32 27 0:42 / /mnt/with\040space rw - cifs //server/share rw
33 27 0:43 / /home/me/remote rw - fuse.sshfs me@host: rw
34 27 0:44 / /home/me/shared rw - 9p host rw
35 27 0:45 / /home/me/stick rw - fuseblk /dev/sdb1 rw
36 27 0:46 / /home/me/memory rw - tmpfs none rw
37 31 0:47 / /mnt/local rw - ext4 /dev/vdb rw
a line that is not one
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/srv/seeds", "ext4"),
        ("/mnt", "nfs4"),
        ("/mnt/seeds", "nfs4"),
        ("/mntx", "ext4"),
        ("/mnt/with space/seeds", "cifs"),
        ("/mnt/local/seeds", "ext4"),
        ("/home/me/remote", "fuse.sshfs"),
        ("/home/me/memory/x", "tmpfs"),
    ],
)
def test_type_is_that_of_the_nearest_topmost_mount(path: str, kind: str) -> None:
    assert filesystem_type(path, MOUNTINFO) == kind


@pytest.mark.parametrize(
    "path", ["/mnt/a", "/mnt/with space", "/home/me/remote/x", "/home/me/shared"]
)
def test_remote_file_systems_are_polled(path: str) -> None:
    assert needs_polling(path, MOUNTINFO)


@pytest.mark.parametrize("path", ["/", "/srv", "/mnt/local", "/home/me/stick/x", "/home/me/memory"])
def test_local_file_systems_are_watched(path: str) -> None:
    assert not needs_polling(path, MOUNTINFO)


def test_nothing_is_known_without_mounts() -> None:
    assert filesystem_type("/a", "") is None
    assert not needs_polling("/a", "")
