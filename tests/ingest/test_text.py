# ruff: noqa: RUF001 - typography is what these tests are about
import itertools
import time
import unicodedata
from collections.abc import Callable
from re import _parser  # type: ignore[attr-defined]

import ftfy
import pytest
from ftfy.badness import BADNESS_RE, MOJIBAKE_CATEGORIES, is_bad
from hypothesis import example, given, settings
from hypothesis import strategies as st

from watcher.ingest.text import (
    CLEAN,
    MOST_ASCII,
    plain_text,
    repaired_text,
    storable_text,
    title_text,
)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("someoneâ€™s race", "someone’s race"),
        ("voilÃ\xa0 le cafÃ©", "voilà le café"),
        ("a“b”—‘c’…", "a“b”—‘c’…"),
        ("ﬁne ＡＢＣ 10³ ™", "ﬁne ＡＢＣ 10³ ™"),
        ("a&nbsp;b &amp; c&#8217;s", "a b & c’s"),
        ("AT&amp;amp;T", "AT&T"),
        ("AT&T, x&copy=1, Q&A;", "AT&T, x&copy=1, Q&A;"),
        ("&unknown; &#xZZ;", "&unknown; &#xZZ;"),
        ("&lt;b&gt;bold&lt;/b&gt;", "bold"),
        ("<b>bo</b>ld <i class='x'>it</i>", "bold it"),
        ("one<br>two<br/>three<p>four</p>five", "one two three four five"),
        ('<a href="https://example.org/?a=1&b=2" target=_blank>link</a>', "link"),
        ("<img src=x onerror=alert('x')>text", "text"),
        ("a<!-- <b>no</b> comment -->b", "a b"),
        ("a<script>alert(1)</script >b<STYLE>p {}</STYLE>c", "a b c"),
        ("a < b and c > d", "a < b and c > d"),
        ("I <3 you", "I <3 you"),
        ("x<y and y>z", "x<y and y>z"),
        ("if a <b and c> d", "if a <b and c> d"),
        ("List<String> and Map<K, V>", "List<String> and Map<K, V>"),
        ("<https://example.org>", "<https://example.org>"),
        ("a<b", "a<b"),
        ("  many \t\r\n\x0b\x1f\u2028\u3000\xa0 spaces  ", "many spaces"),
        ("a\x00b\x08c\x1bd\x7fe\ufefff\ufffeg\ud800h", "abcdefgh"),
        ("e\u0301", "é"),
        ("family: 👨\u200d👩\u200d👧", "family: 👨\u200d👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("", ""),
        (" &nbsp; <br> ", ""),
    ],
)
def test_text_becomes_plain(written: str, plain: str) -> None:
    assert plain_text(written) == plain


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("The &lt;dialog&gt; element", "The <dialog> element"),
        ("&lt;b&gt;bold&lt;/b&gt;", "<b>bold</b>"),
        ("Why the <table> tag will not die", "Why the <table> tag will not die"),
        ("<details>, <summary> and friends", "<details>, <summary> and friends"),
        ("Use <b> and <i>", "Use <b> and <i>"),
        ("The <br> tag", "The <br> tag"),
        ("<b>bo</b>ld <i class='x'>it</i>", "bold it"),
        ("<h1><em>Two</em> words</h1>", "Two words"),
        ("one<br>two<br/>three", "one two three"),
        ("super<wbr>cali", "supercali"),
        ("Two words</p>", "Two words"),
        ("<img src=x onerror=alert('x')>text", "text"),
        ("Hi <script>alert(1)</script>there", "Hi there"),
        ("AT&amp;amp;T and List<T>", "AT&T and List<T>"),
        ("someoneâ€™s &nbsp; race", "someone’s race"),
        ("<b>&lt;i&gt;</b>", "<i>"),
    ],
)
def test_only_tags_with_their_partner_leave_a_title(written: str, title: str) -> None:
    assert title_text(written) == title


def test_tags_without_a_partner_leave_other_texts_unless_they_are_words() -> None:
    assert plain_text("<p>Cut off <a href='http://x/'>in the") == "Cut off in the"
    assert plain_text("How the <dialog> element works") == "How the <dialog> element works"


@pytest.mark.parametrize("make", [plain_text, title_text])
@pytest.mark.parametrize(
    "text",
    ["\u200b", "\u200d\u2060\ufeff", "\u3164", "\u2800 \u00ad", "\u115f\uffa0", "\u202e\u202c",
     "\u0301", "\ufe0f", "\U000e0041", "&#8203;", "&shy;&zwj;", "\u2067\u2069", "<b>\u200b</b>"],
    ids=ascii,
)  # fmt: skip
def test_what_cannot_be_seen_is_nothing(make: Callable[[str], str], text: str) -> None:
    assert make(text) == ""


@pytest.mark.parametrize(
    "text", ["a\u200b", "é", "日", "한", "ب", "☃", "👩\u200d🔬", "€", "٣", "—"]
)
def test_what_can_be_seen_stays(text: str) -> None:
    assert plain_text(text) == title_text(text) == text


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("abc \u202egnp.exe", "abc gnp.exe"),
        ("\u202bשלום\u202c a", "שלום a"),
        ("\u2067שלום", "\u2067שלום\u2069"),
        ("\u2067שלום\u2069 a", "\u2067שלום\u2069 a"),
        ("a\u2069\u2069 b", "a b"),
        ("\u2066\u2068a\u2069", "\u2066\u2068a\u2069\u2069"),
        ("שלום\u200f!", "שלום\u200f!"),
    ],
    ids=ascii,
)
def test_no_mark_of_direction_outlives_its_text(written: str, plain: str) -> None:
    assert plain_text(written) == title_text(written) == plain


def test_plain_ascii_and_typography_stay_as_they_are() -> None:
    text = "".join(map(chr, range(0x21, 0x7F))).translate({ord("&"): "", ord("<"): ""})
    assert plain_text(text + " ‘’“”–—…") == text + " ‘’“”–—…"


PIECES = (
    "& ; < > / amp; lt; gt; # 38 x26 &amp; &lt; <b> <p> <b <!-- --> <script> </script> a b 3 = ' "
    '" Ã â€™ \xa0 \x85 \x1a \ufffd Â e \u0301 \u0316 \u037e \u0338 \u1fef \uff1c \x00 \ud800'
)
MARKUP = st.lists(st.sampled_from([*PIECES.split(" "), " "]), max_size=30).map("".join)


@settings(deadline=None, max_examples=500)
@given(st.one_of(st.text(), MARKUP))
@example("&amp" + "\u037e" + "lt;b>")
@example("<" * 20 + "b" + ">" * 20)
@example("&" + "amp;" * 30 + "lt;b&gt;")
@example("<b" * 50 + ">" * 50)
def test_plain_text_is_settled_clean_and_on_one_line(text: str) -> None:
    plain = plain_text(text)
    assert plain_text(plain) == plain
    assert plain == " ".join(plain.split())
    assert unicodedata.is_normalized("NFC", plain)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in plain)
    plain.encode()


@pytest.mark.parametrize(
    "text",
    [
        "<b" * 75_000,
        "<!--" * 50_000,
        "<script>" * 25_000,
        "<b a=" * 37_000,
        '<b a="' * 37_000,
        "<b " + " " * 175_000,
        "<b" * 25_000 + ">" * 25_000,
        "&" + "amp;" * 50_000,
        "e" + "\u0301\u0316" * 75_000,
        "â€" * 75_000,
    ],
    ids=lambda text: text[:8],
)
def test_hostile_text_takes_no_quadratic_time(text: str) -> None:
    started = time.process_time()
    plain_text(text)
    title_text(text)
    assert time.process_time() - started < 5


def test_repairing_keeps_markup_and_lines() -> None:
    assert repaired_text("<b>cafÃ©</b>\n\n  &amp;") == "<b>café</b>\n\n  &amp;"


def test_thirty_combining_marks_in_a_row_are_enough() -> None:
    text = repaired_text("x" * 1000 + "q" + "\u0301" * 100 + "z")
    assert text.count("\u0301") == 30
    assert text.endswith("z")


def test_storable_text_keeps_white_space() -> None:
    assert storable_text("a\tb\r\nc\x00\x01\ud800\uffff") == "a\tb\r\nc"


# ---------------------------------------------------------------- the short ways round ftfy

SIGNS = "".join(MOJIBAKE_CATEGORIES.values()).replace("-", "")
NEAR_MOJIBAKE = st.lists(
    st.one_of(
        st.text(st.sampled_from(sorted(set(SIGNS + "ÃÂâ€™ГўВЂàœŒ°√≈‚ØÙ×βΒā"))), max_size=4),
        st.text(st.sampled_from("aZ 0.,?! "), max_size=20),
        st.text(max_size=3),
        st.text(max_size=8).map(
            lambda text: text.encode(errors="replace").decode("cp1252", "ignore")
        ),
    ),
    max_size=12,
).map("".join)


def test_a_sign_of_mojibake_is_no_longer_than_what_is_looked_at() -> None:
    _, longest = _parser.parse(BADNESS_RE.pattern, BADNESS_RE.flags).getwidth()
    assert longest == MOST_ASCII + 1
    ascii_pairs = itertools.product(map(chr, range(128)), repeat=2)
    assert not any(is_bad("".join(pair)) for pair in ascii_pairs)


AROUND = ["", " ", "a", "Z", "0", ".", "'", "-", "  ", "a "]
LOOKED_AT = [
    c
    for first, end in [(0x80, 0x500), (0x2000, 0x2700), (0xF800, 0x10000)]
    for c in range(first, end)
]


def test_few_characters_are_a_sign_of_mojibake_among_ascii_alone() -> None:
    """All others are not looked at unless there is another one near."""
    assert all(ord(character) in LOOKED_AT for character in BADNESS_RE.pattern if character > "~")
    alone = [
        character
        for character in map(chr, LOOKED_AT)
        if any(is_bad(f"{a}{character}{b}") for a, b in itertools.product(AROUND, AROUND))
    ]
    assert alone == [*map(chr, range(0x80, 0xA0)), "Â", "Ã", "Œ", "œ"]


FAR_APART = st.lists(
    st.one_of(
        NEAR_MOJIBAKE,
        st.text(st.sampled_from("aZ 0.,?!\n quelaquilos "), min_size=8, max_size=40),
        st.sampled_from(
            ["\0", "\x1a", "\x7f", "À\x80", "Ã ", "someoneâ€™s", "Ã quela", "Ã€", "í\xa0"]
        ),
    ),
    max_size=8,
).map("".join)


@settings(deadline=None, max_examples=500)
@given(st.one_of(NEAR_MOJIBAKE, FAR_APART))
@example("far from all else \x1a and more and more Å“bcd â€™bcd Ã©aÎ²something longer here ")
@example("À\x80 and a NUL that comes of it, far from what isnâ€™t")
def test_mojibake_is_repaired_as_by_ftfy_alone(text: str) -> None:
    fixed = ftfy.fix_encoding(text, ftfy.TextFixerConfig(explain=False))
    assert repaired_text(text) == unicodedata.normalize("NFC", fixed)


ALL_CLEAN = [character for character in map(chr, range(0x10000)) if CLEAN.fullmatch(character)]


@given(st.text(st.sampled_from(ALL_CLEAN), max_size=20))
def test_what_is_clean_needs_no_repair(text: str) -> None:
    assert ftfy.fix_encoding(text) == unicodedata.normalize("NFC", text) == text
    assert storable_text(text) == text


def test_every_clean_character_is_its_own_normal_form() -> None:
    changed = [c for c in ALL_CLEAN if unicodedata.normalize("NFC", c) != c or is_bad(c)]
    assert not changed
    assert not any(unicodedata.combining(character) for character in ALL_CLEAN)
