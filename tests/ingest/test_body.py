# ruff: noqa: RUF001, E501 - typography is what these tests are about; a table of pieces
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.seeds_as_read import FRONT, good
from tests.support.hostile_input import within_time
from watcher.ingest.body import html_value, render_body
from watcher.ingest.limits import MAX_BODY, MAX_FEATURED, MAX_MARKS
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


BASE = "https://example.org/2024/post/"


@pytest.mark.parametrize(
    ("written", "absolute"),
    [
        ("[x](../other)", 'href="https://example.org/2024/other"'),
        ("[x](/about)", 'href="https://example.org/about"'),
        ("[x](#part)", 'href="https://example.org/2024/post/#part"'),
        ("[x](?page=2)", 'href="https://example.org/2024/post/?page=2"'),
        ("![x](a.png)", '<img src="https://example.org/2024/post/a.png" alt="x">'),
        ("<img src='//cdn.example.org/a.png'>", '<img src="https://cdn.example.org/a.png">'),
        ("<q cite=b>x</q>", '<q cite="https://example.org/2024/post/b">'),
        ("[x](http://other.example/)", 'href="http://other.example/"'),
        ("[x](mailto:a@example.org)", 'href="mailto:a@example.org"'),
    ],
)
def test_relative_addresses_start_from_the_articles(written: str, absolute: str) -> None:
    html = render_body(written, base=BASE)
    assert html is not None
    assert absolute in html


@pytest.mark.parametrize(
    "written",
    ["[x]()", "<a href=' javascript:x'>x</a>", "<a href='java&#10;script:x'>x</a>", "![x]()",
     "<a href='data:x'>x</a>", "<a href='http://[x'>x</a>", "<img src='ftp://a/b'>x"],
)  # fmt: skip
def test_what_leads_nowhere_is_no_link_and_no_picture(written: str) -> None:
    html = render_body(written, base=BASE)
    assert html is not None
    assert "href" not in html
    assert "<img" not in html


def test_html_is_never_taken_for_markdown() -> None:
    html = "<p>*a*</p>\n\n    # b\n\n<p>1. c {{ d }}"
    assert render_body(html, is_html=True) == "<p>*a*</p>\n\n    # b\n\n<p>1. c {{ d }}</p>"


def test_tasks_footnotes_and_strikes_render() -> None:
    html = rendered(
        "- [x] *done*\n- [ ] open\n- [y] no\n\nText[^a] ~~old~~.\n\n[^a]: A **note**.\n"
    )
    assert "<li>☑ <em>done</em></li>\n<li>☐ open</li>\n<li>[y] no</li>" in html
    assert "Text<sup>[1]</sup> <s>old</s>" in html
    assert "<ol>\n<li><p>A <strong>note</strong>.</p>" in html
    assert "href" not in html
    assert "☑" in rendered('<ul><li><input type="checkbox" checked disabled> done</ul>')


def test_html_in_a_field_is_sanitised() -> None:
    assert html_value("<p>a<iframe src='https://x/'></iframe></p>") == "<p>a</p>"
    assert html_value('<iframe src="https://www.youtube.com/embed/x"></iframe>') is None
    assert html_value("") is None
    for value in (1, ["x"], True):
        with pytest.raises(BadValue, match="write"):
            html_value(value)


@settings(deadline=None)
@given(st.text("<>&;#/*_[]()!`|-=\"'\n x01amp:https\x00\x0b\x1f\x85\ud800\ufffe", max_size=60))
def test_every_body_can_be_stored(body: str) -> None:
    html = render_body(body) or ""
    html.encode()
    assert not any(ord(c) < 32 and c not in "\t\n\r" for c in html)


# ---------------------------------------------------------------- bodies that would take minutes

MIB = 2**20
OPEN = "<p>" + "".join(f"<b title={n}>" for n in range(2_400)) + "<p>x" * 2_400
TABLE = f"|{'a|' * 3_000}\n|{'-|' * 3_000}\n{'|' * 3_000}\n"
HEAVY = {
    "brackets": "[", "pictures": "![", "links": "[x][", "stars": "*a ", "underscores": "_a",
    "entities": "&amp;", "tags": "<a ", "back-ticks": "`a``", "lines": "a\n", "paragraphs": "a\n\n",
    "headings": "# a\n", "items": "- a\n", "quotes": "> ", "references": "[a]: b\n", "tables": TABLE,
    "backslashes": "\\", "mojibake": "â€", "words": " a", "open formatting": OPEN,
    "open formatting without end": "<b title=1><i title=2>x<p>", "divisions": "<div>",
    "divisions on lines": "<div>\n", "links in links": "<a href=x>x", "tables in tables": "<table><td>",
    "text in tables": "<table><b>x", "lists in lists": "<ul><li>", "adoption": "<b><p></b>",
    "attributes": "<a b=c d='e' f>", "open attributes": '<a b="', "comments": "<!--",
    "marks over letters": "e\u0301", "combining": "\u0301", "no-break spaces": "\xa0", "svg": "<svg><mi>",
}  # fmt: skip


def made(read: Callable[[str], str | None], text: str) -> str:
    """What comes out, whether it is all of it or only the beginning."""
    try:
        return read(text) or ""
    except BadValue as bad:
        return str(bad.kept or "")


@pytest.mark.parametrize("name", HEAVY)
def test_no_body_takes_a_second_or_much_room(name: str) -> None:
    piece = HEAVY[name]
    read = html_value if "<" in piece else render_body
    with within_time():
        html = made(read, piece * max(MIB // len(piece.encode()), 1))
    assert len(html) < 2 * MAX_BODY
    assert html.count("<") < 25_000
    depth = most = 0
    for close in re.findall(r"<(/?)(?!br|hr|img|wbr|col|area)", html):
        depth += -1 if close else 1
        most = max(most, depth)
    assert most < 250


def test_what_is_left_open_is_not_opened_again_and_again() -> None:
    """42 kB that a parser of HTML makes 182 MB of, and 834 kB at which it ends the process."""
    for count in (2_400, 47_000):
        body = "<p>" + "".join(f"<b title={n}>" for n in range(count)) + "<p>x" * 2_400
        for read in (render_body, html_value):
            assert made(read, body).count("<b") <= 60


def test_a_body_that_is_too_long_is_cut_and_said() -> None:
    seed = good(f"---\n{FRONT}---\n\n# Head\n" + "* item\n" * 10_001)
    assert seed.content.body is not None
    assert seed.content.body.startswith("<h1>Head</h1>\n<ul>\n<li>item</li>\n")
    assert seed.content.body.endswith("<li>item</li>\n</ul>")
    (warning,) = seed.warnings
    assert (warning.line, warning.column) == (5, 1)
    assert warning.message == "the body is too long: only its beginning is kept"


def test_featured_content_that_is_too_long_is_cut_and_said() -> None:
    long = "<p>word</p>" * 10_000
    related = f"related: [{{title: R, link: 'http://r/', featuredContent: '{long}'}}]"
    seed = good(f"---\n{FRONT}featuredContent: '{long}'\n{related}\n---\n")
    for content in (seed.content, seed.content.related[0]):
        assert content.featured_content is not None
        assert content.featured_content.startswith("<p>word</p><p>word</p>")
        assert len(content.featured_content) <= MAX_FEATURED
    assert [warning.key for warning in seed.warnings] == [
        "featuredContent", "related[0].featuredContent",
    ]  # fmt: skip


def test_a_long_body_is_still_whole() -> None:
    paragraph = "It isn't long, this one - “so” it says. " * 20 + "\n\n"
    assert render_body(paragraph * 200) == f"<p>{paragraph.strip()}</p>\n" * 199 + (
        f"<p>{paragraph.strip()}</p>"
    )
    assert len(rendered("a b " * (MAX_BODY // 4 - 10))) == MAX_BODY - 34
    assert rendered("*a*\n" * (MAX_MARKS // 3 - 1)).count("<em>") == MAX_MARKS // 3 - 1
