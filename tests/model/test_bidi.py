"""Text of any direction inside a line."""

import pytest

from watcher.model.bidi import isolate


@pytest.mark.parametrize("text", ["plain", "größer", "日本語", "", "a - b"])
def test_what_turns_nothing_stays(text: str) -> None:
    assert isolate(text) == text


@pytest.mark.parametrize("text", ["שלום", "مرحبا 1", "abc \u202egnp.exe", "a\u200f", "\u2067x"])
def test_what_may_turn_is_isolated(text: str) -> None:
    assert isolate(text) == f"\u2068{text}\u2069"
