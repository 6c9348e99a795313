"""HTML written anew: known elements, each closed, and no more than so many."""

import re
from random import Random

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.ingest.html import MAX_DEPTH, rewrite_html


def written(html: str) -> str:
    text, is_cut = rewrite_html(html, max_size=100_000, max_elements=10_000)
    assert not is_cut
    return text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<p>a<b>b<p>c", "<p>a<b>b</b></p><p>c</p>"),
        ("<p>a<div>b</div>c", "<p>a</p><div>b</div>c"),
        ("<b><i>a</b>b</i>", "<b><i>a</i></b>b"),
        (
            "<ul><li>a<li>b<ul><li>c</ul><li>d</ul>",
            "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>",
        ),
        ("<dl><dt>a<dd>b<dt>c</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>"),
        ("<h1>a<h2>b", "<h1>a</h1><h2>b</h2>"),
        ("<a href=x>a<a href='y'>b", '<a href="x">a</a><a href="y">b</a>'),
        ("<ruby>a<rt>b<rt>c</ruby>", "<ruby>a<rt>b</rt><rt>c</rt></ruby>"),
        (
            "<table><tr><td>1<td>2<tr><td><table><td>x</table>y</table>z",
            "<table><tr><td>1</td><td>2</td></tr><tr><td><table><td>x</td></table>y</td></tr></table>z",
        ),
        ("<td>x</td>", "x"),
        ("<table>a<b>b</b><tr>c", "<table><td>a<b>b</b></td><tr><td>c</td></tr></table>"),
        ("<table><td></p></div>a</b></table>", "<table><td>a</td></table>"),
        ("a<br>b<br/>c</br>d<hr />", "a<br>b<br>c</br>d<hr>".replace("</br>", "")),
        ("<foo>a</foo><svg onload=x>b</svg>", "ab"),
        ("<script>a</script>b<style>c</style>d<iframe>e</iframe>f", "bdf"),
        ("a<script>b", "a"),
        ("<textarea><b>a</textarea>b", "&lt;b&gt;ab"),
        ("a<!-- <b> -->b<!--", "ab"),
        ("a<!DOCTYPE html>b<?php c ?>d", "abd"),
    ],
)  # fmt: skip
def test_what_is_left_open_is_closed_where_it_ends(html: str, expected: str) -> None:
    assert written(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("a < b <3 c", "a &lt; b &lt;3 c"),
        ("<me@example.org>", "&lt;me@example.org&gt;"),
        ("a <b", "a &lt;b"),
        ('a <b title="x>', 'a &lt;b title="x&gt;'),
        ("<b <i>x</i>", "&lt;b <i>x</i>"),
        ("a </", "a &lt;/"),
        ("a & b &amp; &lt;b&gt;", "a & b &amp; &lt;b&gt;"),
    ],
)
def test_what_is_no_tag_is_text(html: str, expected: str) -> None:
    assert written(html) == expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("href=x title='a \"b\"'", ' href="x" title="a &quot;b&quot;"'),
        ('HREF = "x>y" title', ' href="x&gt;y" title=""'),
        ("href=a/b/", ' href="a/b/"'),
        ("/href='&amp;'/", ' href="&amp;"'),
    ],
)
def test_attributes_are_quoted(attributes: str, expected: str) -> None:
    assert written(f"<a {attributes}>x</a>") == f"<a{expected}>x</a>"


def test_what_is_too_deep_stays_as_text() -> None:
    deep = written("<div>" * 200 + "x" + "</div>" * 200 + "<b>y</b>")
    assert deep == "<div>" * MAX_DEPTH + "x" + "</div>" * MAX_DEPTH + "<b>y</b>"


def test_what_is_too_much_is_cut_and_closed() -> None:
    assert rewrite_html("<p>a" * 10, max_size=1000, max_elements=2) == ("<p>a</p><p>a</p>", True)
    assert rewrite_html("<p>aaaa &amp; b", max_size=17, max_elements=9) == ("<p>aaaa </p>", True)
    assert rewrite_html("a" * 10, max_size=10, max_elements=9) == ("a" * 10, False)
    assert rewrite_html("a" * 11, max_size=10, max_elements=9) == ("a" * 10, True)


STARTS = (
    "p b i a div ul ol li table tr td th tbody h1 h2 dl dt dd blockquote pre code br hr img ruby "
    "rt span details summary select option svg math template form button nobr font caption col "
    "colgroup textarea title script style iframe"
)
ENDS = "p b i a div ul li table tr td tbody h1 dl dd pre ruby span svg button form script br"
PIECES = (
    *(f"<{name}>" for name in STARTS.split()), *(f"</{name}>" for name in ENDS.split()),
    "<b title=1>", "<i title='2'>", '<a href="http://a/?b&c">', "<!--", "-->", "<!", "<?", "</",
    "<", ">", '"', "'", "&", "&lt;", "x", " ", "\n", "=", "/",
)  # fmt: skip


def elements(html: str) -> int:
    return len(re.findall(r"<[a-z]", html))


@settings(deadline=None, database=None, max_examples=150, derandomize=True)
@given(st.integers(0, 2**32))
def test_a_parser_of_html_opens_nothing_more_than_is_written(seed: int) -> None:
    """The sanitiser leaves what is written as it is, but for parts of tables that HTML implies."""
    random = Random(seed)
    for _ in range(20):
        html = "".join(random.choices(PIECES, k=random.randint(1, 60)))
        text = written(html)
        clean = nh3.clean(text, link_rel=None)
        assert elements(clean) <= elements(text) + 2 * text.count("<table") + 2 * text.count("<t")
        assert text.count("</") == elements(re.sub(r"<(?:br|hr|img|col|wbr|area)\b", "", text))
        if "<t" not in text and "<pre>\n" not in text:
            assert nh3.clean(clean, link_rel=None) == clean
            assert elements(clean) == elements(text)
