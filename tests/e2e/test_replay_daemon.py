"""The real history through the running daemon, by real events: what it tells is what scans tell.

The daemon may take several writes in as one, and what collapses so tells less: an edit that is
edited again at once, or a seed that changes its source before it was ever seen. So where all must
be equal, whoever writes waits until each commit that means anything is taken in.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from hashlib import blake2b

import pytest

from tests.support.oracle import Finding, Meaning, Oracle
from tests.support.receiver import Receiver
from tests.support.replay import require_replay
from tests.support.site import Site
from tests.support.waiting import wait_until
from watcher.config.load import load_config
from watcher.model.seed import SeedPath
from watcher.store.catalogue import Catalogue
from watcher.store.database import Database
from watcher.store.files import Files
from watcher.store.store import places_in

NOISE = {Meaning.SECURED_ONLY, Meaning.REWRITTEN, Meaning.UNTOUCHED}
Told = tuple[str, str]


class Onlooker:
    """Reads the store of a daemon that runs."""

    def __init__(self, site: Site) -> None:
        self._root = site.seeds
        site.write_config()
        config = load_config(site.config_file, environ={})
        self._database = Database.look(config.state, places_in(config))
        self._files = Files(self._database)
        self._catalogue = Catalogue(self._database)

    def close(self) -> None:
        self._database.close()

    def wait_for(self, texts: Mapping[str, str]) -> None:
        """Wait until these texts of these paths are taken in."""
        wanted = {
            SeedPath(root=str(self._root), path=path): blake2b(
                text.encode(), digest_size=16
            ).digest()
            for path, text in texts.items()
        }
        wait_until(lambda: self._files.digests(wanted) == wanted, f"{sorted(texts)}")

    def changes(self) -> list[Told]:
        changes = self._catalogue.changes(limit=100_000)
        return [(change.kind.value, change.article.id) for change in reversed(changes)]

    def titles(self) -> dict[str, str]:
        """The title of the article at each path."""
        articles = self._catalogue.articles(limit=100_000)
        return {at.path: a.content.title for a in articles for at in a.paths}


def told(receiver: Receiver) -> list[Told]:
    return [
        (change["kind"], change["article"]["id"])
        for message in receiver.accepted
        for change in message.json()["data"]["changes"]
    ]


def in_commits(announced: list[Told], sizes: Iterable[int]) -> list[list[Told]]:
    """What was announced, cut into commits; the order within one is free."""
    left = iter(announced)
    return [sorted(next(left) for _ in range(size)) for size in sizes]


def news(findings: list[Finding]) -> list[Told]:
    return sorted(finding.news for finding in findings if finding.news)


@pytest.fixture
def watched(site: Site, receiver: Receiver) -> Site:
    """An installation whose one endpoint is told of all that is new or updated."""
    kinds = ["new", "updated", "removed"]
    site.add_endpoint("hook", receiver.url, first_run="announce", on=kinds, rate="1000/s")
    site.config["feeds"][0]["limit"] = 1000
    return site


@pytest.mark.timeout(300)
def test_the_daemon_tells_what_the_oracle_says(watched: Site, receiver: Receiver) -> None:
    oracle, expected = Oracle(), []
    with watched.running(), closing(Onlooker(watched)) as onlooker:
        for commit in require_replay().commits:
            findings = oracle.step(commit.texts)
            expected.append(news(findings))
            commit.write(watched.seeds)
            if any(finding.meaning not in NOISE for finding in findings):
                onlooker.wait_for(commit.texts)
        onlooker.wait_for(last_texts())
        announced = onlooker.changes()
        assert in_commits(announced, map(len, expected)) == expected
        assert Counter(kind for kind, _ in announced) == {"new": 190, "updated": 7}
        wait_until(lambda: len(told(receiver)) >= len(announced), "the messages")
        assert told(receiver) == announced
        wait_until(lambda: len(watched.entries()) == 190, "the whole feed")


@pytest.mark.timeout(300)
def test_at_full_speed_nothing_is_lost_or_told_twice(watched: Site, receiver: Receiver) -> None:
    oracle = Oracle()
    with watched.running(), closing(Onlooker(watched)) as onlooker:
        for commit in require_replay().commits:
            oracle.step(commit.texts)
            commit.write(watched.seeds)
        onlooker.wait_for(last_texts())
        announced = onlooker.changes()
        kinds = Counter(kind for kind, _ in announced)
        assert kinds["new"] == len({article for kind, article in announced if kind == "new"})
        # Two seeds that were one page for a few commits may never be seen as such.
        assert kinds["new"] in (190, 191)
        assert kinds["updated"] <= 7
        assert kinds["removed"] == 0
        assert set(onlooker.titles()) == set(last_texts())
        wait_until(lambda: len(told(receiver)) >= len(announced), "the messages")
        assert told(receiver) == announced
    assert watched.json("scan")["changes"] == {"new": 0, "updated": 0, "removed": 0}


def last_texts() -> dict[str, str]:
    return {write.path: write.text for write in require_replay().writes}
