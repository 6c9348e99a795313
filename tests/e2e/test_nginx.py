"""A real nginx that serves the feeds by the very block that the how-to gives."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.support.ports import kept_address
from tests.support.seeds import write_seed
from tests.support.served import FORMATS, ServedSite
from tests.support.waiting import wait_until

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "proxy.md"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
FOLDER = "/var/lib/seedwatch/feeds/"
TYPES = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def files_block(feeds: Path) -> str:
    """The page's block that serves only files, with this folder in the place of its own."""
    blocks = re.findall(r"```nginx\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (block,) = (block for block in blocks if FOLDER in block)
    assert block.count(FOLDER) == 1
    return str(block).replace(FOLDER, f"{feeds}/")


@contextmanager
def serving(block: str, folder: Path) -> Iterator[str]:
    """Where an nginx with nothing but this block serves."""
    if NGINX is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    folder.mkdir()
    address = kept_address()
    user = "user root;" if os.geteuid() == 0 else ""
    paths = "\n".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    config = folder / "nginx.conf"
    config.write_text(
        f"""
{user}
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    {paths}
    server {{
        listen {address};
        {block}
    }}
}}
""",
        "utf-8",
    )
    process = subprocess.Popen([NGINX, "-p", folder, "-e", folder / "error.log", "-c", config])
    try:
        wait_until(lambda: (folder / "pid").exists() or process.poll() is not None, "nginx")
        assert process.poll() is None, (folder / "error.log").read_text("utf-8")
        yield f"http://{address}/feeds/"
    finally:
        process.terminate()
        process.wait(10)


def test_feeds_are_served_as_the_readme_says(tmp_path: Path) -> None:
    site = ServedSite(tmp_path / "site")
    site.add_real_seeds()
    site.command("scan")
    feeds = site.feed.parent
    half_written = ".all.atom.1a2b3c4d.tmp"
    (feeds / half_written).write_text("<feed>", "utf-8")
    with serving(files_block(feeds), tmp_path / "nginx") as base:
        before = {form: requests.get(f"{base}all.{form}", timeout=10) for form in FORMATS}
        for form, answer in before.items():
            assert answer.status_code == 200
            assert answer.headers["content-type"] == TYPES[form]
            assert answer.content == site.feed_file(form).read_bytes()
            for asked, known in (
                ("if-none-match", answer.headers["etag"]),
                ("if-modified-since", answer.headers["last-modified"]),
            ):
                again = requests.get(answer.url, headers={asked: known}, timeout=10)
                assert (again.status_code, again.content) == (304, b"")
        for hidden in (half_written, "", "../seedwatch.db"):
            assert requests.get(f"{base}{hidden}", timeout=10).status_code in (403, 404)
        assert requests.get(f"{base}{half_written}", timeout=10).status_code == 404
        write_seed(site.seeds, 1)
        site.command("scan")
        for form, answer in before.items():
            stale = {"if-none-match": answer.headers["etag"]}
            changed = requests.get(answer.url, headers=stale, timeout=10)
            assert changed.status_code == 200
            assert changed.content == site.feed_file(form).read_bytes() != answer.content
