import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.seeds_as_read import good_front, places
from watcher.ingest.parts import keep_mapping
from watcher.ingest.values import Findings


def keep(**extra: Any) -> dict[str, Any]:
    findings = Findings()
    kept = keep_mapping(extra.items(), (), findings)
    assert not findings.made
    return kept


def test_json_values_are_kept_as_they_are() -> None:
    extra = {"a": [1, 1.5, True, None, "x\n<b>&amp; â€™"], "b": {"c": {}}}
    assert keep(**extra) == extra


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (date(2022, 10, 20), "2022-10-20"),
        (datetime(2022, 10, 20, 20, 36, tzinfo=UTC), "2022-10-20T20:36:00+00:00"),
        ({"b", "a"}, ["a", "b"]),
        ({2: "x", None: "y", True: "z"}, {"2": "x", "null": "y", "true": "z"}),
        ({date(2022, 10, 20): 1}, {"2022-10-20": 1}),
        ("a\x00\x1b\ud800\ufffe\tb", "a\tb"),
        ({"k\x00ey": 1}, {"key": 1}),
        ({b"key": 1}, {"key": 1}),
        ({1.5: 1}, {"1.5": 1}),
    ],
)
def test_other_values_become_json(value: Any, kept: Any) -> None:
    assert keep(a=value) == {"a": kept}


def test_what_json_cannot_hold_is_dropped_with_a_warning() -> None:
    front = "a: !!binary aGk=\nb: {c: [1, .nan, 2], d: .inf}\ne: 1"
    seed = good_front(front)
    assert seed.content.extra == {"b": {"c": [1, 2]}, "e": 1}
    assert places(seed.warnings) == [("a", 4, 4), ("b.c[1]", 5, 12), ("b.d", 5, 25)]
    assert seed.warnings[0].message.startswith("a is binary data, which cannot be kept")


@pytest.mark.parametrize("key", ["secured", "SECURED", " Secured\t", "sec\x00ured", b"secured"])
def test_secured_is_not_kept_at_any_depth(key: Any) -> None:
    assert keep(a=[{key: "x", "b": {key: {"c": "x"}}}]) == {"a": [{"b": {}}]}


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(),
        st.dates(), st.datetimes(), st.characters(categories=["Cs"]), st.sets(st.text()),
    ),
    lambda inside: st.one_of(
        st.lists(inside, max_size=4),
        st.dictionaries(
            st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.dates()),
            inside,
            max_size=4,
        ),
    ),
    max_leaves=10,
)  # fmt: skip


@settings(deadline=None)
@given(st.dictionaries(st.text(), VALUES))
def test_what_is_kept_comes_back_from_json_the_same(extra: dict[str, Any]) -> None:
    kept = keep_mapping(extra.items(), (), Findings())
    text = json.dumps(kept, allow_nan=False, ensure_ascii=False)
    assert json.loads(text) == kept
    assert "\x00" not in text
    text.encode()
