"""The real history through the program: exactly what the oracle says, article by article."""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import Finding, Meaning, Oracle
from tests.reader_feed import Subscriber
from tests.replay import Step, require_replay
from tests.seeds import write_seed

Announcement = tuple[str, str]
SILENT = {Meaning.SECURED_ONLY, Meaning.REWRITTEN, Meaning.UNTOUCHED, Meaning.ANOTHER_PATH}


class Installation:
    """One folder, one store, one feed over everything, and at most one webhook."""

    def __init__(self, folder: Path, state: str, *, webhook: str | None = None) -> None:
        self.root = folder / "root"
        self.root.mkdir()
        self.feed = folder / "feeds" / "all.atom"
        self.config = folder / "seedwatch.yaml"
        config: dict[str, Any] = {
            "state": state,
            "watch": [{"path": str(self.root)}],
            "feeds": [{"name": "all", "path": str(self.feed), "limit": 1000}],
            "http": {"listen": "off"},
        }
        if webhook:
            endpoint = {"name": "all", "type": "webhook", "url": webhook, "first_run": "announce"}
            config["endpoints"] = [endpoint]
        self.config.write_text(json.dumps(config), encoding="utf-8")

    def take(self, step: Step, *options: str) -> dict[str, Any]:
        """Write a step's files and scan a minute after its last commit."""
        step.write(self.root, backdated=True)
        return scan_once(self.config, step.at + timedelta(minutes=1), *options)

    def announced(self) -> list[Announcement]:
        """Kind and article of each change ever recorded, oldest first."""
        changes = list_lines(self.config, "changes", "--limit", "100000")
        changes.sort(key=lambda change: change["sequence"])
        return [(change["kind"], change["article"]["id"]) for change in changes]

    def paths_of_articles(self) -> dict[str, set[str]]:
        """The paths inside the root that hold each article."""
        articles = list_lines(self.config, "articles", "--limit", "100000")
        return {
            a["id"]: {str(Path(p).relative_to(self.root)) for p in a["paths"]} for a in articles
        }


def scan_once(config: Path, now: datetime, *options: str) -> dict[str, Any]:
    """One scan as if at ``now``; what ``scan --json`` prints.

    This is the one place to drive the program in-process, with ``now`` as its clock.
    """
    answer: dict[str, Any] = json.loads(run_command(config, "scan", "--json", *options))
    return answer


def list_lines(config: Path, command: str, *options: str) -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in run_command(config, command, "--json", *options).splitlines()
    ]


def run_command(config: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "watcher.cli", "--config", str(config), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def news(findings: list[Finding]) -> list[Announcement]:
    return sorted(finding.news for finding in findings if finding.news)


def split(announced: list[Announcement], sizes: list[int]) -> Iterator[list[Announcement]]:
    """The announcements of each step, sorted, from how many each step said it made."""
    start = 0
    for size in sizes:
        yield sorted(announced[start : start + size])
        start += size


@pytest.fixture
def installed(tmp_path: Path, database_url: str) -> Installation:
    return Installation(tmp_path, database_url)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("every", [1, 2, 3, 5, 10, 50, 721])
def test_each_step_announces_what_the_oracle_says(installed: Installation, every: int) -> None:
    oracle, expected, sizes = Oracle(), [], []
    for step in require_replay().steps(every=every):
        expected.append(news(oracle.step(step.texts)))
        counts = installed.take(step)["changes"]
        assert counts["removed"] == 0
        kinds = Counter(kind for kind, _ in expected[-1])
        assert (counts["new"], counts["updated"]) == (kinds["new"], kinds["updated"]), step.at
        sizes.append(counts["new"] + counts["updated"])
    assert list(split(installed.announced(), sizes)) == expected
    paths = {article.id: set(article.paths) for article in oracle.articles.values()}
    assert installed.paths_of_articles() == paths


@pytest.mark.timeout(600)
def test_a_feed_reader_sees_the_articles_and_their_edits_only(installed: Installation) -> None:
    oracle, polls = Oracle(), Counter[str]()
    before = b""
    with Subscriber(installed.feed) as subscriber:
        for step in require_replay().steps():
            findings = oracle.step(step.texts)
            installed.take(step)
            poll, after = subscriber.poll(), installed.feed.read_bytes()
            new = {f.article for f in findings if f.meaning is Meaning.NEW}
            assert poll.new == new, step.at
            assert poll.modified == {f.article for f in findings if f.reshown} - new, step.at
            if all(finding.meaning in SILENT for finding in findings):
                assert after == before, step.at
            before = after
            polls.update(new=len(poll.new), modified=len(poll.modified))
        assert polls == {"new": 190, "modified": 17}
        assert sorted(subscriber.entry_ids()) == sorted(oracle.articles)


def test_counters_and_ciphertext_change_no_byte_of_the_feed(installed: Installation) -> None:
    write_seed(installed.root, 1)
    scan_once(installed.config, datetime.now(UTC))
    before = installed.feed.read_bytes()
    write_seed(installed.root, 1, heat=99, quality=1, published=True, secured="ANOTHER-CIPHER")
    answer = scan_once(installed.config, datetime.now(UTC))
    assert answer["files"]["parsed"] == 1
    assert answer["changes"] == {"new": 0, "updated": 0, "removed": 0}
    assert answer["feeds_written"] == 0
    assert installed.feed.read_bytes() == before


@pytest.mark.timeout(300)
def test_an_endpoint_is_told_of_each_article_once(tmp_path: Path, database_url: str) -> None:
    oracle = Oracle()
    with receiver() as (url, bodies):
        installed = Installation(tmp_path, database_url, webhook=url)
        for step in require_replay().steps(every=50):
            oracle.step(step.texts)
            installed.take(step, "--drain")
    told = [change for body in bodies for change in body["data"]["changes"]]
    assert {change["kind"] for change in told} == {"new"}
    assert sorted(change["article"]["id"] for change in told) == sorted(oracle.articles)
    assert len(told) == 190


@contextmanager
def receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A webhook's receiver on loopback: its URL, and the bodies as they arrive."""
    bodies: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", bodies
        finally:
            server.shutdown()
            thread.join()
