"""Bodies that mean ill: they cost little, and their articles are told all the same."""

import time
from pathlib import Path

import pytest

from tests.support.seeds import write_seed
from tests.support.site import Site

OPEN = "<p>" + "".join(f"<b title={n}>" for n in range(2_400)) + "<p>x" * 2_400
ENDLESS = "<p>" + "".join(f"<b title={n}>" for n in range(47_000))  # 834 kB


def write_seeds(folder: Path, html: str) -> int:
    """Seeds with ``html`` wherever a seed may have some; how many they are."""
    related = [{"title": "R", "webUrl": "https://example.org/r", "featuredContent": html}]
    write_seed(folder, 1, body=html)
    write_seed(folder, 2, featuredContent=html)
    write_seed(folder, 3, related=related)
    return 3


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize(
    "html",
    [OPEN, ENDLESS, "<div>" * 150_000, "<table><td><b>" * 60_000, "<a href=x>x<p>" * 60_000],
    ids=["open formatting", "open formatting without end", "depth", "tables", "links"],
)
def test_a_body_costs_what_comes_out_of_it(site: Site, html: str) -> None:
    count = write_seeds(site.seeds, html)
    began = time.monotonic()
    memory = site.peak_memory("scan")
    assert time.monotonic() - began < 20  # of a loaded machine; it takes about two
    assert site.feed.stat().st_size < 1_000_000
    assert len(site.json_lines("articles")) == count
    assert site.command("check").returncode == 0
    assert memory < 400_000_000
