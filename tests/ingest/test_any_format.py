"""Each format: changed at random, and made to harm on purpose."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.any_format import complaint, readings_of
from tests.support.formats import MANY, SINGLE, Sample
from watcher.model.seed import Seed, Unusable

FEW = [Sample(number=number, paragraphs=1) for number in range(3)]
BASES = [(path, write(FEW[0]).encode()) for path, write in SINGLE.values()] + [
    (path, write(FEW).encode()) for path, write in MANY.values()
]
DEEP = 100_000
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><rss><channel><item><title>&i;</title></item></channel></rss>"
)
HARMFUL = {
    "entities of entities": ("a.xml", BOMB),
    "lists in lists": ("a.json", "[" * DEEP),
    "lists in lists, closed": ("a.json", "[" * DEEP + "]" * DEEP),
    "objects in objects": ("a.jsonl", '{"title":' * DEEP + "1" + "}" * DEEP + "\n"),
    "tables in tables": ("a.toml", "a = " + "[" * DEEP),
    "keys in keys": ("a.toml", ".".join("a" * DEEP) + " = 1"),
    "a huge number": ("a.json", '{"title": "T", "date": ' + "9" * DEEP + "}"),
    "a huge number in TOML": ("a.md", f"+++\ntitle = 'T'\ndate = {'9' * DEEP}\n+++\nx"),
    "a huge exponent": ("a.json", '{"title": "T", "quality": 1e' + "9" * 20 + ', "body": "x"}'),
    "elements in elements": ("a.html", "<div>" * DEEP),
    "tags without end": ("a.html", "<html><head>" + "<meta " * DEEP),
    "items in items": ("a.rss", "<rss><channel>" + "<item>" * 5_000),
    "a fence without end": ("a.md", "+++\n" + "a = 1\n" * 20_000),
    "lines like metadata": ("a.md", "Title: x\n" + "a: b\n" * 20_000),
    "components": ("a.mdx", "---\ntitle: T\n---\n" + "<A b={" * 5_000),
    "exports without end": ("a.mdx", "---\ntitle: T\n---\n" + "export const a = {\n" * 20_000),
    "a list of nothing": ("a.json", "[" + "{}," * DEEP + "{}]"),
    "UTF-16": ("a.json", "\ufeff" + json.dumps({"title": "T"})),
}  # fmt: skip


@pytest.mark.parametrize(("path", "text"), HARMFUL.values(), ids=HARMFUL)
def test_what_is_made_to_harm_is_refused_soon_and_with_its_place(path: str, text: str) -> None:
    assert complaint(text.encode("utf-16" if text[0] == "\ufeff" else "utf-8"), path, 3) is None


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_no_changed_file_raises_takes_long_or_hides_where_it_is_wrong(data: st.DataObject) -> None:
    path, text = data.draw(st.sampled_from(BASES))
    other = data.draw(st.sampled_from(BASES))[1]
    for _ in range(data.draw(st.integers(1, 4))):
        start, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 40))
        begin = data.draw(st.integers(0, len(other)))
        piece = other[begin : begin + data.draw(st.integers(0, 60))]
        new = data.draw(st.one_of(st.binary(max_size=9), st.just(piece)))
        text = text[:start] + new + text[start + length :]
    assert complaint(text, path) is None


def test_a_file_of_a_million_members_is_read_as_far_as_it_may_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("watcher.ingest.many.MAX_MEMBERS", 1_000)
    lines = b'{"title":"T","url":"https://e.org/%d"}\n'
    readings = readings_of(b"".join(lines % number for number in range(1_000_000)), "a.jsonl")
    assert sum(isinstance(reading, Seed) for reading in readings) == 1_000
    (last,) = [reading for reading in readings if isinstance(reading, Unusable)]
    assert last.problem.line == 1_001
    assert "more than 1,000 members" in last.problem.message
