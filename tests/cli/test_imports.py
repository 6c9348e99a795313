"""Commands load what they need and no more: what a start waits for is mostly imports."""

import subprocess
import sys

from tests.support.site import Site

HEAVY = {
    "apprise", "apscheduler", "feedgen", "ftfy", "jinja2", "lxml", "markdown_it", "nh3",
    "prometheus_client", "psycopg", "requests", "rich", "sqlalchemy.dialects.postgresql",
    "starlette", "urllib3", "uvicorn", "watchdog",
}  # fmt: skip
RUN = """
import sys
from watcher.cli import program
program.main({words!r}, standalone_mode=False)
print(*sys.modules, file=sys.stderr)
"""


def loaded_by(site: Site, *words: str) -> set[str]:
    """Which modules a command has loaded when it ends."""
    site.write_config()
    code = RUN.format(words=["--config", str(site.config_file), *words])
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return set(result.stderr.split())


def test_status_loads_nothing_that_reads_seeds_renders_feeds_sends_or_serves(site: Site) -> None:
    site.add_endpoint("hook", "http://127.0.0.1:9/")
    loaded = loaded_by(site, "status")
    assert "sqlalchemy" in loaded, "it makes the store"
    assert not loaded & HEAVY
    more = {"sqlalchemy", "watcher.store.columns", "watcher.store.store"}
    assert not loaded_by(site, "status") & (HEAVY | more), "it looks at the store as it is"


def test_a_scan_loads_nothing_that_sends_or_serves(site: Site) -> None:
    site.add_real_seeds()  # which have no bodies
    loaded = loaded_by(site, "scan")
    assert "ftfy" in loaded
    assert not loaded & (HEAVY - {"feedgen", "ftfy", "lxml"})


def test_what_makes_pages_is_loaded_for_the_first_one() -> None:
    code = "import sys, watcher.serve.app, watcher.serve.server; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "starlette" in loaded.stdout.split()
    assert "jinja2" not in loaded.stdout.split()


def test_a_scan_that_finds_nothing_new_loads_nothing_that_reads_seeds(site: Site) -> None:
    site.add_real_seeds()
    site.command("scan")
    unneeded = HEAVY - {"feedgen", "lxml"}  # feeds are rendered, to see whether they differ
    assert not loaded_by(site, "scan") & (unneeded | {"watcher.ingest.parse"})


def test_help_loads_neither_config_nor_store(site: Site) -> None:
    loaded = loaded_by(site, "--help")
    assert "click" in loaded
    assert not loaded & (HEAVY | {"pydantic", "sqlalchemy", "yaml"})
