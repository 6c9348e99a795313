"""Any seed at all: a Seed or why it is unusable, in no time and little memory."""

import os
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest.seeds_as_read import FRONT, parse
from tests.ingest.yaml_changes import change_yaml
from tests.support.hostile_input import HOSTILE_PIECES, within_memory, within_time
from tests.support.seeds import REAL_SEEDS, seed_text

EXAMPLES = int(os.environ.get("SEEDWATCH_PROPERTY_EXAMPLES", "0"))
SEEDS = [path.read_text("utf-8") for path in sorted(REAL_SEEDS.glob("*.txt"))]
SEEDS.append(seed_text(body="# A\n\n* b [c](https://example.org)\n\n<b>d</b>\n"))


@settings(
    max_examples=EXAMPLES or 100,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.integers(0, 2**32), st.sampled_from(SEEDS))
def test_a_changed_seed_is_read_or_refused(seed: int, text: str) -> None:
    random = Random(seed)
    for _ in range(5):
        with within_time():
            parse(change_yaml(text, random).encode(errors="ignore"))


@pytest.mark.parametrize("piece", HOSTILE_PIECES.values(), ids=HOSTILE_PIECES)
@pytest.mark.parametrize("place", ["---\n{}\n---\n", f"---\n{FRONT}excerpt: {{}}\n---\n"])
def test_no_seed_takes_a_second(place: str, piece: str) -> None:
    with within_time():
        parse(place.format(piece))


@pytest.mark.parametrize("name", ["brackets", "items", "fences", "pairs", "mojibake", "quotes"])
def test_no_seed_takes_200_mib(name: str) -> None:
    with within_memory():
        parse(f"---\n{FRONT}excerpt: {HOSTILE_PIECES[name]}\n---\n")
