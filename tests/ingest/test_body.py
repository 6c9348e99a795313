# ruff: noqa: RUF001, E501 - typography is what these tests are about; a table of pieces
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.seeds_as_read import FRONT, good
from tests.support.hostile_input import within_time
from watcher.ingest.body import MAX_TAGS, has_too_many_marks, html_value, render_body
from watcher.ingest.values import BadValue


def rendered(markdown: str) -> str:
    html = render_body(markdown)
    assert html is not None
    return html


def test_a_body_is_markdown() -> None:
    html = rendered("# Head\n\nA *word*, [here](https://example.org/).\n\n- one\n- two\n")
    assert "<h1>Head</h1>" in html
    assert "<em>word</em>" in html
    assert '<a href="https://example.org/" rel="noopener noreferrer">here</a>' in html
    assert "<li>two</li>" in html


def test_a_body_may_have_tables_and_carriage_returns() -> None:
    assert "<td>1</td>" in rendered("|a|b|\r\n|-|-|\r\n|1|2|\r\n")


def test_a_body_is_repaired() -> None:
    assert rendered("someoneâ€™s\x07 cafe\u0301") == "<p>someone’s café</p>"


@pytest.mark.parametrize(
    "body", ["", " \n\r\n\t", "<!-- nothing -->", "<script>alert(1)</script>", "[a]: https://x/"]
)
def test_an_empty_body_is_none(body: str) -> None:
    assert render_body(body) is None


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>x",
        "<style>p{}</style>x",
        '<iframe src="https://example.org/"></iframe>x',
        '<img src="https://example.org/x.png" onerror="alert(1)">',
        '<a href="javascript:alert(1)">x</a>',
        '<a href=" JaVaScRiPt:alert(1)">x</a>',
        '<a href="java\nscript:alert(1)">x</a>',
        '<p style="x:expression(alert(1))">x</p>',
        "![x](/relative.png)",
        "[x](//example.org/)",
        "[x](relative)",
        '<q cite="ftp://example.org/">x</q>',
        "<svg onload=alert(1)>x</svg>",
    ],
)
def test_a_body_is_safe(body: str) -> None:
    html = rendered(body).lower()
    for bad in ("<script", "<style", "<iframe", "<svg", "onerror", "javascript", "data:", "style="):
        assert bad not in html
    for attribute in ("href=", 'src="/', "cite="):
        assert attribute not in html


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "vbscript:x"])
def test_a_link_that_runs_something_stays_text(url: str) -> None:
    assert rendered(f"[x]({url})") == f"<p>[x]({url})</p>"


def test_html_and_mail_links_stay() -> None:
    html = rendered("<b>bold</b> [mail](mailto:a@example.org) ![i](https://example.org/i.png)")
    assert "<b>bold</b>" in html
    assert 'href="mailto:a@example.org"' in html
    assert '<img src="https://example.org/i.png" alt="i">' in html


def test_html_in_a_field_is_sanitised() -> None:
    assert html_value("<p>a<iframe src='https://x/'></iframe></p>") == "<p>a</p>"
    assert html_value('<iframe src="https://www.youtube.com/embed/x"></iframe>') is None
    assert html_value("") is None
    for value in (1, ["x"], True, "<b>" * (MAX_TAGS + 1)):
        with pytest.raises(BadValue, match=r"write|make"):
            html_value(value)


def test_deeply_nested_html_takes_no_quadratic_time() -> None:
    started = time.process_time()
    assert "&lt;div&gt;" in rendered("<div>" * 100_000)
    rendered("<div>\n" * (MAX_TAGS - 1))
    assert time.process_time() - started < 10


@settings(deadline=None)
@given(st.text("<>&;#/*_[]()!`|-=\"'\n x01amp:https\x00\x0b\x1f\x85\ud800\ufffe", max_size=60))
def test_every_body_can_be_stored(body: str) -> None:
    html = render_body(body) or ""
    html.encode()
    assert not any(ord(c) < 32 and c not in "\t\n\r" for c in html)


# ---------------------------------------------------------------- bodies that would take minutes

MIB = 2**20
TABLE = "|" + "a|" * 100 + "\n|" + "-|" * 100 + "\n" + "|\n" * 50 + "\n"
HEAVY = {
    "brackets": "[", "pictures": "![", "links": "[x][", "stars": "*a ", "underscores": "_a",
    "entities": "&amp;", "tags": "<a ", "back-ticks": "`a``", "lines": "a\n", "paragraphs": "a\n\n",
    "headings": "# a\n", "items": "- a\n", "quotes": "> ", "references": "[a]: b\n", "tables": TABLE,
    "backslashes": "\\", "mojibake": "â€", "words": " a",
}  # fmt: skip


@pytest.mark.parametrize("piece", HEAVY.values(), ids=HEAVY)
def test_no_body_takes_a_second_or_200_mib(piece: str) -> None:
    body = piece * (MIB // len(piece.encode()))
    with within_time():
        html = render_body(body)
    assert html is None or len(html) < 6 * MIB


@pytest.mark.parametrize("piece", ["[", "![", "a\n\n", TABLE])
def test_as_much_markdown_as_is_taken_takes_no_second(piece: str) -> None:
    body = max(
        (piece * count for count in (1, 20, 190, 9_999, 10_000, 19_999)),
        key=lambda text: (not has_too_many_marks(text), len(text)),
    )
    assert not has_too_many_marks(body)
    with within_time():
        render_body(body)


def test_a_body_with_too_many_marks_is_shown_as_text_and_said() -> None:
    seed = good(f"---\n{FRONT}---\n\n# <b>A & B</b>\n" + "* item\n" * 10_001)
    assert seed.content.body is not None
    assert seed.content.body.startswith("<pre># &lt;b&gt;A &amp; B&lt;/b&gt;\n* item\n")
    (warning,) = seed.warnings
    assert (warning.line, warning.column) == (5, 1)
    assert warning.message == "the body has more than 20,000 marks: it is shown as plain text"


def test_a_long_body_is_still_markdown() -> None:
    paragraph = "It isn't long, this one - “so” it says. " * 20 + "\n\n"
    assert render_body(paragraph * 200) == f"<p>{paragraph.strip()}</p>\n" * 199 + (
        f"<p>{paragraph.strip()}</p>"
    )
