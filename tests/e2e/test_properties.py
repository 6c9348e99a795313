"""Whatever happens to a folder, in whatever order: what must always be true of what was told.

Real files and the real scan, on both stores, with a clock that the test drives.
``SEEDWATCH_PROPERTY_EXAMPLES=1000`` looks longer, elsewhere each time, and shrinks what it finds.
"""

import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from lxml import etree
from sqlalchemy import select

from tests.support.installation import Installation
from tests.support.seeds import seed_text
from watcher.model.article import Article
from watcher.model.kinds import ArticleState
from watcher.scan.dry_run import rehearse_scan
from watcher.store.schema import articles, changes, metadata

GRACE = 60
EXAMPLES = int(os.environ.get("SEEDWATCH_PROPERTY_EXAMPLES", "0"))

PAGES = 3


class Look(StrEnum):
    """True if a scan follows what was done."""

    NOT = "not"
    ONCE = "once"
    LONG = "long"


paths = st.sampled_from(["a.md", "b.md", "_news/c.md", "_archive/c.md"])
pages = st.sampled_from([0, 0, 0, 1, 1, 2])
choices = st.integers(0, 3)
versions = st.integers(0, 2)
looks = st.sampled_from([Look.ONCE, Look.LONG, Look.NOT])


class Crash(Exception):
    """The process died here."""


def url_of(page: int) -> str:
    return f"https://example.org/articles/{page}"


def text_of(page: int, version: int, heat: int = 0) -> str:
    return seed_text(page, title=f"Page {page}, version {version}", heat=heat)


def said_by(path: Path) -> tuple[str, str] | None:
    """URL and title of the seed at ``path``; None if none is there, or a bad one."""
    with suppress(OSError):
        text = path.read_text("utf-8")
        title, url = re.search("title: (.*)", text), re.search("webUrl: (.*)", text)
        return (url[1], title[1]) if title and url else None
    return None


class Folder(RuleBasedStateMachine):
    """Things that people and programs do to a folder, and a Seedwatch that looks in between."""

    def __init__(self, state: str) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="seedwatch-properties-"))
        self.installed = Installation(self.home, state or str(self.home / "seedwatch.db"))
        self.installed.__enter__()
        self.root = self.installed.root
        self.mtime = 1_600_000_000
        self.trash: dict[str, str] = {}
        self.ids: dict[str, set[str]] = {}

    def teardown(self) -> None:
        self.check_rebuilt()
        self.installed.__exit__()
        shutil.rmtree(self.home)

    # ------------------------------------------------------------ what happens

    @initialize(start=st.lists(st.tuples(paths, pages), max_size=3))
    def was_there_before(self, start: list[tuple[str, int]]) -> None:
        for path, page in start:
            self.save(path, text_of(page, 0))
        self.scan()

    @rule(path=paths, page=pages, version=versions, heat=st.integers(0, 1), then=looks)
    def write(self, path: str, page: int, version: int, heat: int, then: Look) -> None:
        self.save(path, text_of(page, version, heat))
        self.look(then)

    @precondition(lambda self: self.on_disk())
    @rule(which=choices, version=versions, then=looks)
    def edit(self, which: int, version: int, then: Look) -> None:
        path = self.pick(which)
        url, _ = said_by(self.root / path) or (url_of(0), "")
        self.save(path, text_of(int(url.rsplit("/", 1)[1]), version))
        self.look(then)

    @precondition(lambda self: self.on_disk())
    @rule(which=choices, then=looks)
    def rewrite(self, which: int, then: Look) -> None:
        path = self.pick(which)
        self.save(path, (self.root / path).read_text("utf-8"))
        self.look(then)

    @precondition(lambda self: self.on_disk())
    @rule(which=choices, then=looks)
    def damage(self, which: int, then: Look) -> None:
        self.save(self.pick(which), "---\ntitle: [\n---\n")
        self.look(then)

    @precondition(lambda self: self.on_disk())
    @rule(which=choices, there=paths, then=looks)
    def rename(self, which: int, there: str, then: Look) -> None:
        (self.root / there).parent.mkdir(exist_ok=True)
        (self.root / self.pick(which)).rename(self.root / there)
        self.look(then)

    @precondition(lambda self: self.on_disk())
    @rule(which=choices, there=paths, then=looks)
    def copy(self, which: int, there: str, then: Look) -> None:
        self.save(there, (self.root / self.pick(which)).read_text("utf-8"))
        self.look(then)

    @precondition(lambda self: self.on_disk())
    @rule(which=choices, then=looks)
    def delete(self, which: int, then: Look) -> None:
        path = self.pick(which)
        self.trash[path] = (self.root / path).read_text("utf-8")
        (self.root / path).unlink()
        self.look(then)

    @precondition(lambda self: self.trash)
    @rule(which=choices, then=looks)
    def restore(self, which: int, then: Look) -> None:
        path = sorted(self.trash)[which % len(self.trash)]
        self.save(path, self.trash[path])
        self.look(then)

    @rule(seconds=st.sampled_from([1, GRACE // 2, GRACE + 1]))
    def pass_time(self, seconds: int) -> None:
        self.installed.pass_time(seconds)

    @rule()
    def restart(self) -> None:
        self.installed.restart()

    @rule(calls=st.integers(0, 8))
    def crash(self, calls: int) -> None:
        """Die at some point of a scan: between its transactions, or before it publishes."""
        with suppress(Crash):
            self.installed.scan_by(clock_that_dies(self.installed.now, calls))
        self.installed.restart()

    def look(self, how: Look) -> None:
        """Scan as often as ``how`` says: not, once, or until every grace is over."""
        if how is Look.NOT:
            return
        self.scan()
        if how is Look.LONG:
            self.pass_time(GRACE + 1)
            self.scan()

    @rule()
    def scan(self) -> None:
        """Look, and check; a rehearsal must have said just what the scan then does."""
        store, config, now = self.installed.store, self.installed.config, self.installed.now
        rehearsed = rehearse_scan(store, config, now)
        before = len(self.installed.announced())
        self.installed.scan()
        told = Counter(self.installed.announced()[before:])
        assert told == Counter(
            (one.verdict.value, one.article) for one in rehearsed.paths if one.audience
        )
        self.check()

    def on_disk(self) -> list[str]:
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*.md"))

    def pick(self, which: int) -> str:
        on_disk = self.on_disk()
        return on_disk[which % len(on_disk)]

    def save(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, "utf-8")
        self.mtime += 1  # the file system's clock may be coarser than these writes
        os.utime(target, (self.mtime, self.mtime))

    # ------------------------------------------------------------ what must be true

    def check(self) -> None:
        known = {a.id: a for a in self.installed.store.catalogue.articles(limit=1000)}
        live = {a.id: a for a in known.values() if a.state is ArticleState.LIVE}
        self.check_told(set(known), set(live))
        self.check_ids(set(known))
        assert self.in_feed() == {(a.id, a.content.title) for a in live.values()}
        holders = self.check_files(known)
        for identifier in live:
            assert holders.get(identifier), f"{identifier} is live without a file"

    def check_told(self, known: set[str], live: set[str]) -> None:
        """Each article is told of once, each of its revisions at most once, what is shown, too."""
        told = self.told()
        assert Counter(uuid for kind, uuid, _ in told if kind == "new") == Counter(known)
        revisions = Counter((uuid, mark) for kind, uuid, mark in told if kind != "removed")
        assert set(revisions.values()) <= {1}
        shown = select(articles.c.uuid, articles.c.fingerprint)
        with self.installed.store.database.read() as connection:
            for uuid, mark in connection.execute(shown):
                assert (uuid, mark) in revisions, f"{uuid} changed and nobody was told"
        state = {uuid: kind for kind, uuid, _ in told if kind != "updated"}
        removed = {uuid for uuid, kind in state.items() if kind == "removed"}
        assert known - live <= removed

    def told(self) -> list[tuple[str, str, str]]:
        log = (
            select(changes.c.kind, articles.c.uuid, changes.c.fingerprint)
            .join(articles, articles.c.id == changes.c.article_id)
            .order_by(changes.c.sequence)
        )
        with self.installed.store.database.read() as connection:
            return [(kind.value, uuid, mark) for kind, uuid, mark in connection.execute(log)]

    def check_ids(self, known: set[str]) -> None:
        """No article goes, and none loses a URL or takes one from another."""
        catalogue = self.installed.store.catalogue
        now = {identifier: set(catalogue.aliases(identifier)) for identifier in known}
        for identifier, urls in self.ids.items():
            assert urls <= now[identifier]
        owners = Counter(url for urls in now.values() for url in urls)
        assert set(owners.values()) <= {1}
        made = {f"urn:uuid:{uuid5(NAMESPACE_URL, url_of(page))}" for page in range(PAGES)}
        assert known <= made
        self.ids = now

    def check_files(self, known: dict[str, Article]) -> dict[str, list[str]]:
        """What is on disk is in an article that lives and says what the seed says; who has what."""
        holders = {identifier: [at.path for at in a.paths] for identifier, a in known.items()}
        for identifier, held in holders.items():
            on_disk = [path for path in held if (self.root / path).exists()]
            said = said_by(self.root / held[0]) if held else None
            if on_disk == held and said:
                assert known[identifier].content.title == said[1]
        for path in self.root.rglob("*.md"):
            if said_by(path):
                name = str(path.relative_to(self.root))
                (owner,) = [known[i] for i, held in holders.items() if name in held]
                assert owner.state is ArticleState.LIVE
        return holders

    def in_feed(self) -> set[tuple[str, str]]:
        atom = "{http://www.w3.org/2005/Atom}"
        feed = etree.fromstring(self.installed.feed.read_bytes())
        return {
            (str(entry.findtext(f"{atom}id")), str(entry.findtext(f"{atom}title")))
            for entry in feed.iterfind(f"{atom}entry")
        }

    def check_rebuilt(self) -> None:
        """A new store makes the same ids, but for articles that went by several URLs."""
        self.scan()
        titles = {said[0] for path in self.root.rglob("*.md") if (said := said_by(path))}
        again = self.home / "again"
        again.mkdir()
        shutil.copytree(self.root, again / "root")
        with Installation(again, str(again / "seedwatch.db")) as rebuilt:
            rebuilt.scan()
            made = {a.id for a in rebuilt.store.catalogue.articles(limit=1000)}
        for identifier, urls in self.ids.items():
            if len(urls) == 1 and urls <= titles:
                assert identifier in made


def clock_that_dies(now: datetime, calls: int) -> Callable[[], datetime]:
    left = iter(range(calls))

    def clock() -> datetime:
        if next(left, None) is None:
            raise Crash
        return now

    return clock


def empty_database(state: str) -> None:
    """Forget everything: a new database an example would take too long."""
    with Installation(Path(tempfile.mkdtemp()), state) as installed:
        with installed.store.database.write() as connection:
            for table in reversed(metadata.sorted_tables):
                if table.name != "meta":
                    connection.execute(table.delete())
            connection.exec_driver_sql("DELETE FROM article_search")
        shutil.rmtree(installed.folder)


@pytest.mark.timeout(3600 if EXAMPLES else 240)
def test_nothing_false_is_told_and_nothing_is_lost(database_url: str) -> None:
    shared = database_url if database_url.startswith("postgresql") else ""

    class FolderHere(Folder):
        def __init__(self) -> None:
            if shared:
                empty_database(shared)
            super().__init__(shared)

    run_state_machine_as_test(
        FolderHere,
        settings=settings(
            max_examples=EXAMPLES or (10 if shared else 25),
            stateful_step_count=20,
            derandomize=not EXAMPLES,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink) if EXAMPLES else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )
