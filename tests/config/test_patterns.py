"""Patterns are searched in linear time, whatever the pattern and the title; others are refused."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.config.test_matching import NOW
from watcher.config.matching import Match, first_mismatch
from watcher.config.patterns import check_pattern, compile_pattern
from watcher.config.wording import BadValue
from watcher.model.seed import Content

MOST_SECONDS = 0.05
LONG = 300_000


def seconds(pattern: str, title: str) -> float:
    """The processor time of one match: the machine may be busy with something else."""
    match = Match.model_validate({"title": pattern})
    content = Content(title=title, url="https://example.org/")
    first_mismatch(match, content, NOW)  # compiles it
    began = time.thread_time()
    first_mismatch(match, content, NOW)
    return time.thread_time() - began


@pytest.mark.parametrize(
    "pattern",
    [
        ".*(health|medicine)",
        "(a+)+$",
        "(a|a)*b",
        "(.*a){12}b",
        r"^(\s*a)*$",
        r"(a?){30}a{30}c",
        r"\b(a|b|c|aa|ab)\b",
        "(a|aa)?(a|aa)?(a|aa)?b",
        "[ab]{500}c",
    ],
)
@pytest.mark.parametrize("title", ["a" * LONG, "a b" * LONG, " " * LONG, "ä" * LONG])
def test_no_pattern_takes_long_in_any_title(pattern: str, title: str) -> None:
    assert seconds(pattern, title) < MOST_SECONDS


@pytest.mark.parametrize("pattern", [".*(health|medicine)", "(a?){30}a{30}c", "[ab]{500}c"])
def test_no_pattern_takes_long_in_any_text(pattern: str) -> None:
    match = Match.model_validate({"text_regex": pattern})
    content = Content(title="t", url="https://example.org/", summary="a" * LONG)
    first_mismatch(match, content, NOW)  # compiles it
    began = time.thread_time()
    first_mismatch(match, content, NOW)
    assert time.thread_time() - began < MOST_SECONDS


ATOMS = st.sampled_from(["a", "b", ".", "[ab]", r"\w", " ", "ä", r"\b", "^", "$"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2,9}", "{40}"])).map(
            lambda two: f"({two[0]}){two[1]}"
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(PATTERNS, st.text("ab ä", min_size=1, max_size=20))
def test_whatever_pattern_is_accepted_is_searched_quickly(pattern: str, text: str) -> None:
    try:
        check_pattern(pattern)
    except BadValue:
        return
    assert seconds(pattern, text * (20_000 // len(text))) < MOST_SECONDS


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(?=.*health)(?=.*ai)", "invalid perl operator: (?="),
        (r"(?<!not )health.*", "invalid perl operator: (?<"),
        (r"(a+)\1", "invalid escape sequence"),
        (r"(a{100}){100}", "invalid repetition size"),
        (r"((a)*(a){2,9}){40}", "its repetitions make it too large"),
    ],
)
def test_a_pattern_that_cannot_be_linear_is_refused_with_the_reason(
    pattern: str, reason: str
) -> None:
    with pytest.raises(BadValue, match="linear time") as refused:
        check_pattern(pattern)
    assert reason in str(refused.value)


def test_words_end_where_the_script_says_so() -> None:
    assert compile_pattern(r"\böl\b").search("Teures Öl")
    assert not compile_pattern(r"\böl\b").search("Ölpreis")
    assert compile_pattern(r"(?<!kein )öl").search("mehr Öl")
    assert compile_pattern(r"(ki|ai)\b.*recht").search("AI und das Recht")
    assert compile_pattern(r"закон.*принят\Z").search("Закон принят")
