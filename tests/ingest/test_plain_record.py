"""The fast way through a record: what it says is what the other way says, or it says nothing."""

import os
from datetime import date, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest.plain_yaml_check import yaml_of
from tests.ingest.yaml_changes import change_yaml
from tests.support.replay import require_replay
from tests.support.seeds import REAL_SEEDS
from watcher.config.schema import ArticlesConfig
from watcher.ingest.compose import Refused
from watcher.ingest.findings import Findings
from watcher.ingest.keys import FieldKeys, field_keys
from watcher.ingest.load import load_yaml
from watcher.ingest.normalise import Lacking, read_record
from watcher.ingest.plain_record import read_plain_record
from watcher.model.seed import Content

EXAMPLES = int(os.environ.get("SEEDWATCH_PROPERTY_EXAMPLES", "0"))
DEFAULT = field_keys(ArticlesConfig())
REAL = [yaml_of(path.read_text("utf-8")) for path in sorted(REAL_SEEDS.glob("*.txt"))]
RECORD = {"title": "A title", "webUrl": "https://example.org/1"}

VALUES: list[Any] = [
    None, True, False, 0, -1, 38, 1.5, 2**53 + 1, 10**400, float("nan"), float("inf"), 0.5e300,
    "", " ", "38", "0.5", "yes", "a  b ", "a &amp; b", "<b>a</b>", "â€™", "someoneâ€™s", "e\u0301",
    "a\0b", "\ud800", "a" * 60, "A, b,a", "https://example.org/2", "HTTPS://Example.org", "/x",
    "https://example.org/ü b", "javascript:alert(1)", "2022-10-20T20:36:00Z", "2022-10-20",
    "Thu, 20 Oct 2022 20:36:00 +0200", "never", datetime(2022, 10, 20, 20, 36),  # noqa: DTZ001 - as YAML gives it
    date(2022, 10, 20), b"bytes", {"a"}, [], {}, [None], ["a", None, "A", 1], ["a", ["b"]],
    {"name": None}, {"name": "A", "domain": "Example.ORG"}, {"domain": 1},
    {"name": "", "images": []},
    {"name": "A", "images": [{"url": "https://example.org/i.png"}]},
    [{"url": "https://example.org/i.png", "width": 640, "height": 0}],
    [{"url": "https://example.org/i.png", "width": "640", "isCached": True, "title": "a"}],
    [{"url": "https://example.org/i.png", "isCached": "no", "attribution": 1}],
    [{"url": ""}], [{"width": 1}], ["https://example.org/i.png"], "https://example.org/i.png",
    [RECORD], [RECORD | {"secured": "x", "other": 1}], [RECORD | {"related": [RECORD]}], RECORD,
    [{"title": "no URL"}], [RECORD | {"title": None}], [RECORD | {"quality": "bad"}],
]  # fmt: skip


def disagreement(data: dict[Any, Any], keys: FieldKeys = DEFAULT) -> str | None:
    """How the fast way misreads a record; None if it does not, or declines it."""
    fast = read_plain_record(data, keys, body="<p>b</p>")
    if fast is None:
        return None
    findings = Findings()
    slow = read_record(data, keys, findings, body="<p>b</p>")
    if isinstance(slow, Lacking) or findings.made:
        return f"{data!r} is taken, though there is something wrong"
    same = fast == slow and repr(fast) == repr(slow)  # 1 and 1.0 are equal, but no other types
    return None if same else f"{fast!r} is not {slow!r}"


KEYS = [*sorted(DEFAULT.known), "secured", "other", 1, True, None]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_every_value_means_the_same_the_fast_way(key: Any) -> None:
    for value in VALUES:
        assert disagreement(RECORD | {key: value}) is None
        assert disagreement(RECORD | {"related": [RECORD | {key: value}]}) is None


@settings(
    max_examples=EXAMPLES or 200, derandomize=not EXAMPLES, deadline=None, database=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
@given(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=8))
def test_every_record_means_the_same_the_fast_way(data: dict[Any, Any]) -> None:
    assert disagreement(data) is None
    assert disagreement(RECORD | data) is None


@settings(max_examples=EXAMPLES or 60, derandomize=not EXAMPLES, deadline=None, database=None)
@given(st.integers(0, 2**32), st.sampled_from(REAL))
def test_a_changed_seed_means_the_same_the_fast_way(seed: int, base: str) -> None:
    random = Random(seed)
    for _ in range(5):
        try:
            data = load_yaml(change_yaml(base, random))
        except Refused:
            continue
        assert disagreement(data) is None


def test_no_real_seed_is_declined() -> None:
    for text in REAL:
        assert isinstance(read_plain_record(load_yaml(text), DEFAULT), Content)


def test_hardly_a_seed_of_the_real_history_is_declined() -> None:
    texts = sorted({yaml_of(write.text) for write in list(require_replay().writes)[::10]})
    records = [load_yaml(text) for text in texts]
    assert not [found for found in map(disagreement, records) if found]
    assert sum(read_plain_record(data, DEFAULT) is None for data in records) < len(records) / 20


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"title": "A title"},
        RECORD | {"url": "https://example.org/2"},
        RECORD | {"quality": "good"},
        RECORD | {"topics": "a, b"},
        RECORD | {"images": [{"url": ""}]},
        RECORD | {"other": float("nan")},
    ],
    ids=str,
)
def test_what_is_wrong_or_unusual_is_declined(data: dict[Any, Any]) -> None:
    assert read_plain_record(data, DEFAULT) is None


def test_a_key_of_two_fields_is_declined() -> None:
    keys = field_keys(ArticlesConfig.model_validate({"fields": {"summary": ["title"]}}))
    assert read_plain_record(RECORD, keys) is None
    content = read_record(RECORD, keys, Findings())
    assert isinstance(content, Content)
    assert content.summary == content.title


def test_other_keys_are_read_the_fast_way_too() -> None:
    keys = field_keys(ArticlesConfig.model_validate({"fields": {"web_url": ["address"]}}))
    data = {"title": "A title", "address": "https://example.org/1", "webUrl": "unknown here"}
    assert disagreement(data, keys) is None
    content = read_plain_record(data, keys)
    assert content is not None
    assert content.extra == {"webUrl": "unknown here"}
