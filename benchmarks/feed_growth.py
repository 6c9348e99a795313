"""What one change costs the feeds, and a look costs the store, as topics and articles grow.

Run from the project's folder: ``python -m benchmarks.feed_growth``. For each size it fills a store
by SQL, publishes once (the start), and then makes changes one by one: new articles, updates,
refreshes, removals. The seeds are real files; the clock is the test's, the stopwatch is not.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from uuid import NAMESPACE_URL, uuid5

import requests

from tests.publish.newsroom import Newsroom, feed
from tests.store.plans import content
from tests.support.ports import kept_address
from watcher.config.feed import FeedConfig
from watcher.feed.render import EntryCache, render_feed
from watcher.model.article import Article
from watcher.serve.app import make_app
from watcher.serve.changes import Changes
from watcher.serve.metrics import Meters, make_registry
from watcher.serve.server import Server
from watcher.status.health import examine
from watcher.status.view import StoreView
from watcher.store.columns import encode_content

AT = 1_704_067_200_000_000
"""When the first article became known; each further one a second later."""

MARK = 7777777
ROUNDS = 15
LOOKS = 7

FILL = """
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :articles)
INSERT INTO {table} SELECT {columns} FROM n
"""
TABLES = {
    "articles": "n, 'urn:uuid:' || printf('%08x-0000-5000-8000-%012x', n, n), 'live', "
    "-(:at + n * 1000000), -(:at + n * 1000000), :at + n * 1000000, :at + n * 1000000, 0, "
    "'1:' || n, replace(replace(:content, :mark, n), 'the topic', 'Topic ' || (n % :topics))",
    "files": "n, 1, CAST('old/' || n || '.md' AS BLOB), 'present', n || ' ' || n || ' 0 0', 1, "
    "randomblob(16), n, NULL, NULL, NULL",
    "aliases": "randomblob(16), 'https://example.org/old/' || n, n",
    "revisions": "n, '1:' || n, :at + n * 1000000",
    "article_topics": "1 + n % :topics, 'live', -(:at + n * 1000000), -(:at + n * 1000000), n",
    "changes": "n, 'new', n, '1:' || n, :at + n * 1000000, 1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one change: statements, feeds that were rendered, bytes written, milliseconds."""

    statements: int
    feeds: int
    size: int
    elapsed: float


class Probe:
    """What the view asks of an observer."""

    alive = True


def fill(path: str, *, topics: int, articles: int) -> None:
    """Put so many articles of the first root into a store that is there, by SQL alone."""
    said = encode_content(content(MARK, topics=("the topic",), quality=10))
    values = {"articles": articles, "topics": topics, "at": AT, "content": said, "mark": MARK}
    with sqlite3.connect(path) as store:
        store.execute("PRAGMA foreign_keys=OFF")
        for table, columns in TABLES.items():
            store.execute(FILL.format(table=table, columns=columns), values)
            if table == "files":
                _fill_topics(store, topics, articles)
    store.close()


def _fill_topics(store: sqlite3.Connection, topics: int, articles: int) -> None:
    from watcher.store.articles import topic_key  # noqa: PLC0415 - only the store knows its keys

    live = [len(range(n, articles + 1, topics)) - (n == 0) for n in range(topics)]
    rows = [(n + 1, topic_key(f"Topic {n}"), f"Topic {n}", live[n]) for n in range(topics)]
    store.executemany("INSERT INTO topics VALUES (?, ?, ?, ?)", rows)


def newsroom_of(folder: Path, *, topics: int, articles: int) -> Newsroom:
    """One feed of all, one of the rare, one for each topic, over a store of so many."""
    feeds = (
        feed("all"),
        feed("rare", match={"min_quality": 80}),
        feed("topics", per="topic"),
    )
    state = str(folder / "seedwatch.db")
    with Newsroom(folder, state, feeds):
        pass
    fill(state, topics=topics, articles=articles)
    newsroom = Newsroom(folder, state, feeds)
    newsroom.now = datetime.fromtimestamp(AT / 1e6 + articles + 1, UTC)
    return newsroom


CHANGES: dict[str, Callable[[Newsroom, int], None]] = {
    "new": lambda newsroom, n: newsroom.write(n, topics=["Topic 1"], quality=90),
    "updated": lambda newsroom, n: newsroom.write(n, title=f"New {n}", topics=["Topic 1"]),
    "refreshed": lambda newsroom, n: newsroom.write(
        n, heat=n, title=f"New {n}", topics=["Topic 2"]
    ),
    "removed": lambda newsroom, n: newsroom.remove(n),
}


def cost(newsroom: Newsroom, change: Callable[[Newsroom, int], None], number: int) -> Cost:
    """Of one change, from the file that was written to the feeds on disk."""
    with newsroom.statements() as seen:
        began = time.perf_counter()
        change(newsroom, number)
        published = newsroom.publish()
        elapsed = time.perf_counter() - began
    return Cost(
        statements=len(seen),
        feeds=len(published),
        size=sum(f.path.stat().st_size for f in published if f.written),
        elapsed=elapsed * 1000,
    )


def report_changes(newsroom: Newsroom, begin: str) -> None:
    for what, change in CHANGES.items():
        costs = [cost(newsroom, change, 90_000_000 + n) for n in range(ROUNDS)]
        row = [
            f"{middle([c.statements for c in costs]):.0f}",
            f"{middle([c.feeds for c in costs]):.0f}",
            f"{middle([c.size for c in costs]) / 1000:,.0f}",
            f"{middle([c.elapsed for c in costs]):.1f}",
            f"{max(c.elapsed for c in costs):.1f}",
        ]
        print(f"| {begin} | {what} | {' | '.join(row)} |", flush=True)


def middle(values: Sequence[float]) -> float:
    return float(median(values))


def report_looks(newsroom: Newsroom, begin: str) -> None:
    """What a request costs, and the health that ``status`` shows; in milliseconds."""
    view = StoreView(
        config=newsroom.config,
        store=newsroom.store,
        clock=newsroom.clock,
        publication=newsroom.publication,
        observer=Probe(),
        trouble=lambda: None,
        stuck=list,
        headway=lambda: None,
    )
    address = kept_address()
    app = make_app(
        view,
        config=newsroom.config.http,
        feeds=newsroom.config.feeds,
        registry=make_registry(view, Meters(), clock=newsroom.clock),
        clock=newsroom.clock,
        changes=Changes(view),
    )
    server = Server(app, address)
    server.start()
    base = f"http://{address}"
    try:
        paths = ("/", "/?topic=Topic+1", "/feeds/all.atom", "/opml", "/metrics", "/readyz")
        _get(f"{base}/")  # the first one makes the templates
        spent = [timed(partial(_get, base + path)) for path in paths]
    finally:
        server.stop(3)
    spent.append(timed(lambda: examine(newsroom.store, newsroom.config, newsroom.clock())))
    print(f"| {begin} | {' | '.join(f'{ms:.1f}' for ms in spent)} |", flush=True)


def _get(url: str) -> None:
    answer = requests.get(
        url, timeout=60, headers={"Accept": "text/html"} if url[-1] == "/" else {}
    )
    assert answer.status_code in (200, 503), f"{url}: {answer.status_code}"


def timed(call: Callable[[], object]) -> float:
    spent = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        call()
        spent.append((time.perf_counter() - began) * 1000)
    return middle(spent)


def report_rendering() -> None:
    """What one feed of a hundred entries costs to render, in milliseconds."""
    at = datetime.fromtimestamp(AT / 1e6, UTC)
    known = [
        Article(id=f"urn:uuid:{uuid5(NAMESPACE_URL, str(n))}", content=content(n),
                first_seen_at=at, updated_at=at)
        for n in range(100)
    ]  # fmt: skip
    config = FeedConfig(name="all", path=Path("/feeds/all.atom"), url="https://example.org/f.atom")
    kept = EntryCache()

    def render(cache: EntryCache, articles: Sequence[Article]) -> None:
        render_feed(
            config, articles, title="All", self_url=config.url, empty_updated_at=at, cache=cache
        )

    def render_one_changed() -> None:
        known[0] = replace(known[0], updated_at=known[0].updated_at + timedelta(seconds=1))
        render(kept, known)

    cold = timed(lambda: render(EntryCache(), known))
    render(kept, known)
    print(f"a feed of 100: {cold:.1f} ms cold, {timed(render_one_changed):.1f} ms with one changed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topics", type=int, nargs="*", default=[10, 100, 1000])
    parser.add_argument("--articles", type=int, nargs="*", default=[1000, 100_000, 1_000_000])
    parser.add_argument("--folder", type=Path, help="where the stores are made; in the default one")
    asked = parser.parse_args()
    report_rendering()
    for topics in asked.topics:
        for articles in asked.articles:
            with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
                measure(Path(folder), topics=topics, articles=articles)


def measure(folder: Path, *, topics: int, articles: int) -> None:
    """Print the rows of one size."""
    begin = f"{articles:,} | {topics:,}"
    began = time.perf_counter()
    newsroom = newsroom_of(folder, topics=topics, articles=articles)
    filled = time.perf_counter()
    with newsroom:
        started = len(newsroom.publish())
        spent = time.perf_counter() - filled
        print(f"\n{begin}: filled in {filled - began:.0f} s, {started} feeds in {spent:.1f} s\n")
        print("| articles | topics | change | statements | feeds | kB | median ms | most ms |")
        print("|---:|---:|---|---:|---:|---:|---:|---:|")
        report_changes(newsroom, begin)
        print("\n| articles | topics | / | /?topic | feed | /opml | /metrics | /readyz | status |")
        print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
        report_looks(newsroom, begin)


if __name__ == "__main__":
    main()
