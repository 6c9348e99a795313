"""What is wrong, how grave that is, and what to do about it: one line for each thing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.serve.samples import endpoint, node, root
from watcher.model.health import Gravity, Health
from watcher.model.kinds import EndpointState, RootState
from watcher.status.judge import MANY_FAILURES, MANY_FEEDS, Running, Stored, judge

NOW = datetime(2024, 5, 6, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def stored(**changed: Any) -> Stored:
    values: dict[str, Any] = {"roots": (), "never_scanned": (), "endpoints": (), "quarantined": 0}
    return Stored(**(values | changed))


def running(**changed: Any) -> Running:
    values: dict[str, Any] = {
        "observer_alive": True,
        "store_trouble": None,
        "failed_feeds": (),
        "waiting_feeds": 0,
    }
    return Running(**(values | changed))


def judged(seen: Stored | None = None, daemon: Running | None = None) -> Health:
    return judge(seen, daemon, rescan=HOUR, now=NOW)


def attention(*endpoints: Any) -> list[tuple[Gravity, str]]:
    found = judged(stored(endpoints=endpoints)).attention
    return [(check.gravity, check.words) for check in found]


def test_all_is_well() -> None:
    off = endpoint(state=EndpointState.DISABLED, disabled_reason="config", owed=3)
    health = judged(stored(endpoints=(off, endpoint("b", owed=5)), roots=(root(),)), running())
    assert health.is_ready
    assert health.is_healthy
    assert health.attention == ()
    assert [(check.name, check.words) for check in health.readiness()] == [
        ("store", "answers"),
        ("observer", "alive"),
        ("rescan", "every root that is there was rescanned lately"),
        ("roots", "every root is there"),
        ("feeds", "every feed is up to date on disk"),
    ]


def test_a_disabled_endpoint_takes_one_line_that_names_no_retry() -> None:
    gone = endpoint(
        state=EndpointState.DISABLED, disabled_reason="410 Gone", consecutive_failures=1, owed=2
    )
    assert attention(gone) == [
        (Gravity.TROUBLE, "endpoint newsroom is disabled: 410 Gone, 2 messages wait")
    ]


def test_all_that_is_the_matter_with_an_endpoint_is_one_line() -> None:
    assert attention(endpoint(dead=2, held=1, consecutive_failures=1, last_error="refused")) == [
        (
            Gravity.TROUBLE,
            (
                "endpoint newsroom failed 1 time in a row: refused, and has 2 dead deliveries, "
                "and holds 1 delivery that may have arrived"
            ),
        )
    ]


@pytest.mark.parametrize(
    ("failures", "gravity"), [(MANY_FAILURES - 1, Gravity.NOTE), (MANY_FAILURES, Gravity.TROUBLE)]
)
def test_an_endpoint_that_fails_for_long_is_trouble(failures: int, gravity: Gravity) -> None:
    (found,) = attention(endpoint(consecutive_failures=failures, last_error="refused"))
    assert found == (gravity, f"endpoint newsroom failed {failures} times in a row: refused")


@pytest.mark.parametrize(
    ("state", "ready", "healthy"),
    [
        (RootState.OK, True, True),
        (RootState.DEGRADED, True, False),
        (RootState.MISSING, False, False),
        (RootState.SUSPICIOUS, False, False),
    ],
)
def test_a_root_that_is_not_there_keeps_the_daemon_from_its_work(
    state: RootState, ready: bool, healthy: bool
) -> None:
    health = judged(stored(roots=(root(state=state, last_scan_at=NOW),)), running())
    assert (health.is_ready, health.is_healthy) == (ready, healthy)


def test_a_root_with_files_and_not_one_article_is_trouble() -> None:
    (check,) = judged(stored(roots=(root(present=3, quarantined=3, last_scan_at=NOW),))).attention
    assert check.words == "root seeds has 3 files but not a single article"
    assert check.gravity is Gravity.TROUBLE
    some = root(present=3, quarantined=2, has_articles=True, last_scan_at=NOW)
    assert judged(stored(roots=(some,))).is_healthy
    held = root(present=3, quarantined=0, last_scan_at=NOW)
    (check,) = judged(stored(roots=(held,))).attention
    assert check.gravity is Gravity.NOTE, "they may be drafts"


@pytest.mark.parametrize(
    ("daemon", "words"),
    [
        (running(observer_alive=False), "dead: it is being replaced, and rescans continue"),
        (running(store_trouble="disk full"), "disk full"),
        (running(failed_feeds=(("all", "no space"),)), "1 feed cannot be written, first all: no"),
    ],
)
def test_what_stops_a_daemon_makes_it_not_ready_and_says_what_to_do(
    daemon: Running, words: str
) -> None:
    health = judged(stored(), daemon)
    assert not health.is_ready
    (check,) = health.attention
    assert check.words.startswith(words)
    assert check.action


def test_a_late_rescan_is_grave_only_where_a_daemon_runs() -> None:
    late = stored(roots=(root(last_scan_at=NOW - timedelta(hours=3)),), never_scanned=("other",))
    health = judged(late, running())
    assert not health.is_ready
    assert health.attention[0].words == (
        "seeds was last rescanned 3 hours ago; 1 root never rescanned yet"
    )
    alone = judged(late)
    assert alone.is_healthy
    assert [check.words for check in alone.attention] == [
        "root seeds was last rescanned 3 hours ago: does the daemon run?",
        "root other was never scanned",
    ]


def test_a_store_that_does_not_answer_leaves_the_rest_to_be_seen() -> None:
    health = judged(None, running(store_trouble="the store does not answer: see the log"))
    assert not health.is_ready
    assert [(check.name, check.ok) for check in health.readiness()] == [
        ("store", False),
        ("observer", True),
        ("rescan", False),
        ("feeds", True),
    ]


def test_feeds_that_wait_are_counted_and_many_are_noted() -> None:
    few = judged(stored(), running(waiting_feeds=1))
    assert few.attention == ()
    assert few.readiness()[-1].words == "1 feed file waits to be written"
    many = judged(stored(), running(waiting_feeds=MANY_FEEDS + 1))
    assert many.is_healthy
    assert [check.words for check in many.attention] == ["101 feed files wait to be written"]


def test_every_failed_check_is_shown_the_gravest_first() -> None:
    seen = stored(
        roots=(root(state=RootState.DEGRADED, detail="too few watches"),),
        endpoints=(endpoint(dead=1),),
        quarantined=1,
        refusal="x.yaml:3: error",
        clock_step=HOUR,
    )
    found = judged(seen, running(observer_alive=False)).attention
    assert [check.gravity for check in found] == sorted(
        (check.gravity for check in found), key=list(Gravity).index
    )
    assert {check.name for check in found} == {
        "observer",
        "roots",
        "config",
        "endpoints",
        "quarantine",
        "clock",
    }
    assert all(check.words for check in found)


def test_deliveries_that_wait_for_nats_are_trouble_but_nothing_else_waits() -> None:
    health = judged(stored(), running(cluster_trouble="no NATS server answers"))
    (found,) = health.attention
    assert (found.gravity, found.words) == (
        Gravity.TROUBLE,
        "nothing is sent while NATS is away: no NATS server answers",
    )
    assert health.is_ready


def test_nodes_that_are_not_as_the_others_are_named() -> None:
    two = node("news-2", config="000000000000", seen_at=NOW, version="0.3.0")
    gone = node("news-3", seen_at=NOW - timedelta(seconds=31))
    found = judged(stored(nodes=(node(seen_at=NOW), two, gone))).attention
    assert [(check.gravity, check.words) for check in found] == [
        (
            Gravity.TROUBLE,
            "node news-3 on news-3.example.org was last heard of 31 seconds ago",
        ),
        (
            Gravity.NOTE,
            "nodes differ in their config: news-1 has a1b2c3d4e5f6, news-2 has 000000000000",
        ),
        (Gravity.NOTE, "nodes differ in their version: news-1 has 0.2.0, news-2 has 0.3.0"),
    ]
    assert judged(stored(nodes=(node(seen_at=NOW),))).checks == judged(stored()).checks
