"""A seed during whose reading the process dies is quarantined, and harms no other one.

What ends the process here is a stand-in: the renderer of Markdown aborts at a certain word.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until

DEADLY_RENDERER = """
import os
from markdown_it import MarkdownIt

render = MarkdownIt.render

def render_or_die(self, text, env=None):
    if "DEADLY" in text:
        os.abort()
    if "STALLS" in text:
        import time
        time.sleep(0 if os.path.exists({calm!r}) else 60)
    return render(self, text, env)

MarkdownIt.render = render_or_die
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Some seeds, and a renderer that dies of some of them."""
    site = Site(tmp_path / "site")
    folder = tmp_path / "renderer"
    folder.mkdir()
    code = DEADLY_RENDERER.format(calm=str(tmp_path / "calm"))
    (folder / "sitecustomize.py").write_text(code, "utf-8")
    site.environ["PYTHONPATH"] = str(folder)
    for number in (1, 2):
        write_seed(site.seeds, number)
    site.write_config()
    return site


def write_deadly(site: Site, number: int) -> Path:
    return write_seed(site.seeds, number, body="This is DEADLY.")


def states(site: Site) -> tuple[list[str], list[str]]:
    """The titles of the articles, and the names of the files in quarantine with their reason."""
    articles = [line["title"] for line in site.json_lines("articles", "--limit", "1000")]
    bad = site.json_lines("quarantine")
    assert all("ends the process" in str(line) for line in bad)
    return sorted(articles), sorted(Path(line["path"]).name for line in bad)


def test_a_scan_that_died_quarantines_its_seed_when_it_is_run_again(site: Site) -> None:
    write_deadly(site, 3)
    assert site.command("scan", check=None).returncode < 0
    again = site.command("scan")
    assert "the last process ended while it read a seed" in again.stderr
    assert states(site) == (["Article 1", "Article 2"], ["article-3.md"])
    assert site.json("scan")["files"]["unchanged"] == 3, "it is not read again"
    write_seed(site.seeds, 3)
    site.command("scan")
    assert states(site) == (["Article 1", "Article 2", "Article 3"], [])


def test_a_daemon_that_died_quarantines_its_seed_when_it_is_started_again(site: Site) -> None:
    with site.started() as daemon:
        daemon.wait_for_log("rescan done")
        write_deadly(site, 3)
        wait_until(lambda: daemon.process.poll() is not None, "it dies")
    with site.running() as daemon:
        daemon.wait_for_log("rescan done")
        write_seed(site.seeds, 4)
        wait_until(lambda: len(states(site)[0]) == 3, "it goes on")
        assert states(site)[1] == ["article-3.md"]


def test_a_first_scan_with_helpers_goes_on_without_the_deadly_seeds(site: Site) -> None:
    for number in range(3, 700):
        write_seed(site.seeds, number)
    for number in (50, 51, 600):
        write_deadly(site, number)
    for _ in range(4):  # helpers die in our stead; without any, one seed ends each scan
        if site.command("scan", check=None).returncode == 0:
            break
    articles, bad = states(site)
    assert len(articles) == 696
    assert bad == ["article-50.md", "article-51.md", "article-600.md"]


def test_check_says_which_seed_it_is_and_writes_nothing(site: Site) -> None:
    write_deadly(site, 3)
    write_deadly(site, 4)
    before = site.all_bytes()
    done = site.command("check", check=1)
    assert done.stdout.count("reading it ends the process that reads it") == 2
    assert "4 seeds: 2 errors" in done.stderr
    assert site.all_bytes() == before


def kill(site: Site) -> None:
    """Kill a daemon while it reads a seed that is only slow."""
    with site.started() as daemon:
        daemon.wait_for_log("rescan done")
        write_seed(site.seeds, 3, body="This STALLS.")
        marker = site.folder / "var" / "seedwatch.db.reading"
        wait_until(lambda: b"article-3.md" in marker.read_bytes(), "it is being read")
        daemon.kill()


@pytest.mark.parametrize("end", [kill])
def test_who_was_killed_for_another_reason_quarantines_nothing(
    site: Site, tmp_path: Path, end: Callable[[Site], None]
) -> None:
    """The suspect is tried in a process apart: only one that dies of it as well is proof."""
    end(site)
    (tmp_path / "calm").touch()
    site.command("scan")
    assert states(site) == (["Article 1", "Article 2", "Article 3"], [])
