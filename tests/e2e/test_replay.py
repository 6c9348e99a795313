"""The real history through the program: exactly what the oracle says, article by article."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.installation import Announcement, Installation
from tests.support.oracle import Finding, Meaning, Oracle
from tests.support.reader_feed import Poll, Subscriber
from tests.support.receiver import Receiver
from tests.support.replay import require_replay
from tests.support.seeds import write_seed

NOTHING = Poll(new=frozenset(), modified=frozenset())
SILENT = {Meaning.SECURED_ONLY, Meaning.REWRITTEN, Meaning.UNTOUCHED, Meaning.ANOTHER_PATH}


def news(findings: list[Finding]) -> list[Announcement]:
    return sorted(finding.news for finding in findings if finding.news)


def split(announced: list[Announcement], sizes: list[int]) -> Iterator[list[Announcement]]:
    """The announcements of each step, sorted, from how many each step said it made."""
    start = 0
    for size in sizes:
        yield sorted(announced[start : start + size])
        start += size


@pytest.fixture
def installed(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    with Installation(tmp_path, database_url) as installed:
        yield installed


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("database_url", "every"),
    [("sqlite", 3), ("sqlite", 50), ("postgresql", 10), ("postgresql", 721)],
    indirect=[
        "database_url"
    ],  # each commit alone is the next test's; benchmarks.signal_report takes any
)
def test_each_step_announces_what_the_oracle_says(installed: Installation, every: int) -> None:
    oracle, expected, sizes = Oracle(), [], []
    for step in require_replay().steps(every=every):
        expected.append(news(oracle.step(step.texts)))
        totals = installed.take(step).totals
        kinds = Counter(kind for kind, _ in expected[-1])
        counts = (totals.new, totals.updated, totals.removed)
        assert counts == (kinds["new"], kinds["updated"], 0), step.at
        sizes.append(totals.new + totals.updated)
    assert list(split(installed.announced(), sizes)) == expected
    paths = {article.id: set(article.paths) for article in oracle.articles.values()}
    assert installed.paths_of_articles() == paths


@pytest.mark.timeout(600)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the store is not its matter
def test_a_feed_reader_sees_the_articles_and_their_edits_only(installed: Installation) -> None:
    oracle, expected, sizes, polls = Oracle(), [], [], Counter[str]()
    before = b""
    with Subscriber(installed.feed) as subscriber:
        for step in require_replay().steps():
            findings = oracle.step(step.texts)
            expected.append(news(findings))
            totals = installed.take(step).totals
            sizes.append(totals.new + totals.updated)
            after = installed.feed.read_bytes()
            poll = subscriber.poll() if after != before else NOTHING  # the same bytes are no news
            new = {f.article for f in findings if f.meaning is Meaning.NEW}
            assert poll.new == new, step.at
            assert poll.modified == {f.article for f in findings if f.reshown} - new, step.at
            if all(finding.meaning in SILENT for finding in findings):
                assert after == before, step.at
            before = after
            polls.update(new=len(poll.new), modified=len(poll.modified))
        assert list(split(installed.announced(), sizes)) == expected
        assert polls == {"new": 190, "modified": 17}
        assert sorted(subscriber.entry_ids()) == sorted(oracle.articles)


def test_counters_and_ciphertext_change_no_byte_of_the_feed(installed: Installation) -> None:
    write_seed(installed.root, 1)
    installed.scan(datetime.now(UTC))
    before = installed.feed.read_bytes()
    write_seed(installed.root, 1, heat=99, quality=1, published=True, secured="ANOTHER-CIPHER")
    result = installed.scan(datetime.now(UTC))
    assert (result.totals.parsed, result.totals.new, result.totals.updated) == (1, 0, 0)
    assert result.feeds_written == 0
    assert installed.feed.read_bytes() == before


@pytest.mark.timeout(300)
def test_an_endpoint_is_told_of_each_article_once(tmp_path: Path, database_url: str) -> None:
    oracle = Oracle()
    with (
        Receiver() as receiver,
        Installation(tmp_path, database_url, webhook=receiver.url) as installed,
    ):
        for step in require_replay().steps(every=50):
            oracle.step(step.texts)
            installed.take(step)
            installed.drain()
    told = [change for m in receiver.accepted for change in m.json()["data"]["changes"]]
    assert {change["kind"] for change in told} == {"new"}
    assert sorted(change["article"]["id"] for change in told) == sorted(oracle.articles)
    assert len(told) == 190
