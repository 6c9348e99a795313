"""The alert rules and the dashboard ask for nothing that the program does not measure."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.serve.samples import MemoryView, endpoint, root
from watcher.cli import COMMANDS
from watcher.model.article import Change
from watcher.model.delivery import Attempt, Outcome
from watcher.serve.metrics import Meters, make_registry

FOLDER = Path(__file__).parents[2] / "config" / "monitoring"
RULES = [
    rule
    for group in yaml.safe_load((FOLDER / "alerts.yaml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
PANELS = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))["panels"]
QUERIES = [rule["expr"] for rule in RULES] + [
    target["expr"] for panel in PANELS for target in panel["targets"]
]
NOW = datetime(2024, 5, 6, tzinfo=UTC)


class Batch:
    read = 1
    decisions = ()
    changes: tuple[Change, ...] = ()
    seconds = 0.1


class Feed:
    written = False
    error = "no space"


def measured() -> dict[str, set[str]]:
    """The name of every series that a daemon with an endpoint and a root has, and its labels."""
    view, meters = MemoryView(told=[endpoint()], watched=[root()]), Meters()
    meters.processed(Batch())
    meters.published([Feed()])
    for number in (1, 2):
        meters.attempted("e", Attempt(delivery="d", number=number, at=NOW, outcome=Outcome.SENT))
    meters.reloaded(applied=False)
    text = generate_latest(make_registry(view, meters, clock=lambda: NOW)).decode()
    found: dict[str, set[str]] = {"up": set(), "seedwatch_changes_total": {"kind"}}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def selectors(query: str) -> Iterator[Any]:
    """Every selector of a query; raises ValueError if it is no PromQL."""
    pending: list[Any] = [promql_parser.parse(query)]
    while pending:
        node = pending.pop()
        if isinstance(node, promql_parser.VectorSelector):
            yield node
        for name in ("expr", "lhs", "rhs", "vector_selector", "args"):
            inner = getattr(node, name, None)
            pending += inner if isinstance(inner, list) else [inner] if inner is not None else []


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_is_promql_over_what_is_measured(query: str) -> None:
    known, asked = measured(), list(selectors(query))
    assert asked
    assert {selector.name for selector in asked} == set(
        re.findall(r"\b(?:seedwatch|process)_\w+|\bup\b", query)
    )
    for selector in asked:
        assert selector.name in known
        labels = {matcher.name for matcher in selector.matchers.matchers} - {"job"}
        assert labels <= known[selector.name]


def test_a_name_that_is_not_measured_is_found() -> None:
    assert "seedwatch_nothing_total" not in measured()
    with pytest.raises(ValueError, match=r"\S"):
        list(selectors("rate(seedwatch_articles"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_the_matter_and_what_to_do(rule: dict[str, Any]) -> None:
    said = rule["annotations"]
    assert said["summary"]
    assert len(said["runbook"]) > 60
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    text = " ".join([*said.values()])
    assert set(re.findall(r"`seedwatch (\w+)", text)) <= set(COMMANDS)
    labels = set.union(*(measured()[s.name] for s in selectors(rule["expr"])))
    assert set(re.findall(r"\$labels\.(\w+)", text)) <= labels


def test_panels_lie_side_by_side() -> None:
    cells = [
        (x, y)
        for panel in PANELS
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_every_metric_of_ours_is_looked_at_or_told_of() -> None:
    shown = {selector.name for query in QUERIES for selector in selectors(query)}
    families = {re.sub(r"_(total|bucket|sum|count|created)$", "", n) for n in measured()}
    ours = {name for name in families if name.startswith("seedwatch_")}
    unseen = ours - {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in shown}
    assert unseen == {
        "seedwatch_endpoint_last_success_timestamp_seconds",
        "seedwatch_feeds",
        "seedwatch_info",
        "seedwatch_root_seeds",
        "seedwatch_subscribers",
        "seedwatch_topics_without_feed",
    }
