"""The fast way through front matter: what it reads as libyaml does, and what it declines."""

import os
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest.fast_yaml_check import disagreement, yaml_of
from tests.ingest.yaml_changes import SCALARS, change_yaml, make_yaml
from tests.support.replay import require_replay
from tests.support.seeds import REAL_SEEDS, seed_text
from watcher.ingest.fast_yaml import read_plain

EXAMPLES = int(os.environ.get("SEEDWATCH_PROPERTY_EXAMPLES", "0"))
PROFILE = settings(
    max_examples=EXAMPLES or 100,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
PER_EXAMPLE = 10


REAL = [yaml_of(path.read_text("utf-8")) for path in sorted(REAL_SEEDS.glob("*.txt"))]
BASES = [*REAL, yaml_of(seed_text())]

TAKEN = {
    "libyaml's style": "a: a long text that\n  goes on: here".replace(": here", "")
    + "\nb:\n- c\n- d\n",
    "a template's style": "a:\n  - b: 1\n    c:\n      d: 'it''s'\n\ne: []\nf: {}\n",
    "comments": "# one\na: b # two\n  # three\nc: d#e\n\n",
    "an empty value": "a:\nb: 1\nc:\n",
    "a list not indented": "a:\n- b:\n  c: 1\n- b: 2\nd: 3\n",
    "double quotes over lines": 'a: "b \\\n  \\ c\n\n  d\\u00e9\\x41\\/\\U0001F600"\n',
    "single quotes over lines": "a: 'b  \n   c\n\n\n  d'\n",
    "a folded block": "a: >-\n  b\n  c\n\n  d\ne: 1\n",
    "a literal block": "a: |\n  b\n    c\n\n  d\n\n\ne: |+\n  f\n\n",
    "a block in a list": "- a".replace("- a", "x:\n  - a: >\n      b\n    c: d\n  - |-\n   e\n"),
    "a short flow list": "a: [b, 'c', \"d: e\", 1, no, C#]\n",
    "Windows": "a: b\r\nc: 'd\r\n  e'\r\n",
    "words and numbers": "a: yes\nb: ~\nc: 010\nd: 1:30\ne: 2022-02-30\nf: -.inf\ng: 2022-10-20\n",
    "the same lines at other places": "a:\n  - b\nc:\n  - b\n  - c: b\nb: c:b\nd:\n  c: b\n",
    "secured at every depth": "a: 1\nsecured: x\nb:\n  SECURED:\n    c: d\n  e: 1\n",
}
DECLINED = {
    "an anchor": "a: &x b\n",
    "an alias": "a: *x\n",
    "a tag": "a: !!str b\n",
    "a flow mapping": "a: {b: c}\n",
    "a flow list over lines": "a: [b,\n  c]\n",
    "a flow list in a flow list": "a: [[b]]\n",
    "a tab": "a: b\tc\n",
    "a control character": "a: b\x07\n",
    "a line separator": "a: b\u2028c\n",
    "a lone carriage return": "a: b\rc: d\n",
    "a duplicate": "a: b\na: c\n",
    "a merge": "<<: b\n",
    "a key that is no text": "no: b\n",
    "a number as key": "1: b\n",
    "a quoted key": '"a": b\n',
    "a complex key": "? a\n: b\n",
    "a list": "- a\n",
    "nothing": "# a\n\n",
    "no line feed at the end": "a: b",
    "a value that is indented alone": "a:\n  b\n",
    "a colon in a value": "a: b: c\n",
    "a lone dash": "a:\n  -\n    b: c\n",
    "a dash with spaces": "a:\n  -   b: c\n",
    "too little indentation": "a:\n    b: c\n  d: e\n",
    "too much indentation": "a: b\n  c: d\n",
    "a document's end in quotes": 'a: "b\n... c"\n',
    "a quote that an escape leaves open": 'a: "b\\"\nc: d\n',
    "a key without its colon": "a: b\nc: d\nc\n",
    "a key with two colons": "c: d\na: b\nc:: d\n",
    "an unknown escape": 'a: "\\q"\n',
    "a surrogate": 'a: "\\ud83d"\n',
    "a margin that is given": "a: |2\n  b\n",
    "more indentation in a folded block": "a: >\n  b\n    c\n",
    "an empty line before a block": "a: |\n\n  b\n",
    "25 levels": "".join(f"{'  ' * n}a:\n" for n in range(25)),
    "50,000 values": "a:\n" + "  - b\n" * 50_000,
    "50,000 values in flow lists": "a:\n" + "  - [1, 2, 3, 4, 5, 6, 7, 8, 9]\n" * 5_000,
    "over 1 MiB": f"a: {'b' * 2**20}\n",
}


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
def test_what_programs_write_is_read_the_fast_way(text: str) -> None:
    assert read_plain(text) is not None
    assert disagreement(text) is None


@pytest.mark.parametrize("text", DECLINED.values(), ids=DECLINED)
def test_what_is_unusual_is_declined(text: str) -> None:
    assert read_plain(text) is None


@pytest.mark.parametrize("scalar", SCALARS)
@pytest.mark.parametrize("place", ["a: {}\n", "a:\n  - {}\n  - b\n", "a:\n  - b: {}\n    c: d\n"])
def test_every_scalar_means_what_it_means_to_libyaml(place: str, scalar: str) -> None:
    assert disagreement(place.format(scalar)) is None


def test_no_real_seed_is_declined() -> None:
    for text in REAL:
        assert read_plain(text) is not None
        assert disagreement(text) is None


@pytest.mark.parametrize("text", [*TAKEN.values(), *DECLINED.values()], ids=[*TAKEN, *DECLINED])
def test_what_is_remembered_of_lines_changes_nothing(text: str) -> None:
    fresh = read_plain(text)
    assert read_plain(text) == fresh
    for number in range(4_200):  # more than is remembered
        read_plain(f"key{number}: value{number}\nlist:\n  - item{number}\n")
    assert read_plain(text) == fresh


def test_a_value_that_is_no_word_is_made_anew_each_time() -> None:
    first, second = (read_plain("a: []\nb: {}\n") for _ in range(2))
    assert first is not None
    first["a"].append(1)
    first["b"]["c"] = 1
    assert second == {"a": [], "b": {}} == read_plain("a: []\nb: {}\n")


def test_no_seed_of_the_real_history_is_declined() -> None:
    texts = {yaml_of(write.text) for write in list(require_replay().writes)[::5]}
    assert not [text for text in texts if read_plain(text) is None or disagreement(text)]


@PROFILE
@given(st.integers(0, 2**32), st.sampled_from(BASES))
def test_a_changed_seed_is_read_as_libyaml_reads_it(seed: int, base: str) -> None:
    random = Random(seed)
    for _ in range(PER_EXAMPLE):
        text = change_yaml(base, random)
        assert disagreement(text) is None, text


@PROFILE
@given(st.integers(0, 2**32))
def test_a_text_made_up_is_read_as_libyaml_reads_it(seed: int) -> None:
    random = Random(seed)
    for _ in range(PER_EXAMPLE):
        made = make_yaml(random)
        for text in (made, change_yaml(made, random)):
            assert disagreement(text) is None, text


@PROFILE
@given(st.text(alphabet="a1-:#\"' \n[],|>?&*!{}\\\té", max_size=40))
def test_any_text_is_read_as_libyaml_reads_it(text: str) -> None:
    for whole in (text, f"{text}\n", f"a: {text}\n", f"a:\n  - {text}\nb: 1\n"):
        assert disagreement(whole) is None
