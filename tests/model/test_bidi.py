"""Text from right to left cannot reorder the line that it is put into."""

from unicodedata import bidirectional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.model.bidi import FSI, PDI, isolate

RLO, RLI, LRE = "\u202e", "\u2067", "\u202a"


@pytest.mark.parametrize("text", ["", "Plain", "Zürich: 3 °C", "日本語", "a\u200bb"])
def test_text_from_left_to_right_stays_as_it_is(text: str) -> None:
    assert isolate(text) == text


@pytest.mark.parametrize(
    ("text", "isolated"),
    [
        ("שלום", f"{FSI}שלום{PDI}"),
        (f"invoice{RLO}fdp.exe", f"{FSI}invoice{RLO}fdp.exe{PDI}"),
        (f"open {RLI}one", f"{FSI}open {RLI}one{PDI}{PDI}"),
        (f"stray{PDI}{PDI} {RLO}end", f"{FSI}stray {RLO}end{PDI}"),
        (f"{LRE}embedded", f"{FSI}{LRE}embedded{PDI}"),
    ],
)
def test_what_has_a_direction_of_its_own_is_closed_off(text: str, isolated: str) -> None:
    assert isolate(text) == isolated


@given(st.text(st.sampled_from(["a", "ש", RLO, RLI, LRE, FSI, PDI, "\u202c"])))
def test_every_isolate_is_closed_where_the_text_ends(text: str) -> None:
    depth = 0
    for number, character in enumerate(found := isolate(text)):
        kind = bidirectional(character)
        depth += (kind in ("FSI", "LRI", "RLI")) - (kind == "PDI")
        assert depth > 0 or found == text or number == len(found) - 1
    assert depth == 0
