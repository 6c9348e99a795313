# ruff: noqa: RUF001 - hostile texts are what they are
"""Seed files that mean ill, or have seen too much: what each is to be in a feed, if anything."""

from dataclasses import dataclass
from typing import Any

from tests.support.seeds import seed_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """A seed file's text, and the title that its entry must have; None where it is unusable."""

    text: str
    title: str | None


def _seed(number: int, *, shown: str | None = None, body: str = "", **changed: Any) -> Hostile:
    """Article ``number``, changed; its title is ``shown``, or the one it says."""
    said = shown if shown is not None else changed.get("title", f"Article {number}")
    return Hostile(text=seed_text(number, body=body, **changed), title=said)


def _escaped(number: int, escape: str, shown: str | None) -> Hostile:
    """A title and a summary in double quotes with YAML escapes, as a careless writer makes them."""
    plain = seed_text(number, title="TITLE", excerpt="SUMMARY")
    text = plain.replace("TITLE", f'"before{escape}after"').replace("SUMMARY", f'"a{escape}b"')
    return Hostile(text=text, title=shown)


_MANY_IMAGES = [
    {"url": f"https://example.org/{n}.png", "width": 10 * n, "height": 5} for n in range(1, 51)
]
_RELATED = [
    {"title": "<b>R</b> & ]]>", "webUrl": "https://example.org/related/1"},
    {"title": "\u202eR", "webUrl": "/relative"},
]

HOSTILE: dict[str, Hostile] = {
    "C0 controls": _escaped(1, "\\x00\\x01\\x08\\x1b", "beforeafter"),
    "C1 controls and DEL": _escaped(2, "\\x7f\\x81", "beforeafter"),
    "a high surrogate alone": _escaped(3, "\\ud83d", None),
    "a low surrogate alone": _escaped(4, "\\ude00", None),
    "non-characters": _escaped(5, "\\ufffe\\uffff", "beforeafter"),
    "line breaks": _escaped(6, "\\r\\n\\t\\u2028", "before after"),
    "end of CDATA": _seed(7, title="]]> <![CDATA[ x ]]>", excerpt="]]>", body="]]>\n"),
    "script": _seed(
        8,
        title="Hi <script>alert(1)</script>there",
        shown="Hi there",
        excerpt="<script>alert(2)</script>Said <b onclick='x()'>loudly</b>",
        body="<script>alert(3)</script>\n\n<img src=x onerror=alert(4)>[a](javascript:alert(5))\n",
    ),
    "10,000 characters": _seed(
        9, title="x" * 10_000, shown="x" * 999 + "…", excerpt="y " * 4_900 + "end"
    ),
    "10,000 wide characters": _seed(10, title="日" * 10_000, shown="日" * 999 + "…"),
    "right to left": _seed(11, title="שלום مرحبا", excerpt="\u202eשבת שלום\u202c"),
    "emoji": _seed(12, title="\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea ✅"),
    "no-break space": _seed(13, title="a&nbsp;b &amp; c &lt; d", shown="a b & c < d"),
    "comparison": _seed(14, title="List<T> & 1 < 2 > 0"),
    "empty summary": _seed(15, excerpt=""),
    "no summary and no images": _seed(16, excerpt=None, images=None),
    "0 images": _seed(17, images=[]),
    "50 images": _seed(18, images=_MANY_IMAGES),
    "relative URLs": _seed(
        19,
        images=[{"url": "/a.png"}, {"url": "../b.png"}],
        body="[here](/local) ![x](x.png) [mail](mailto:a@example.org)\n",
    ),
    "data: URLs": _seed(
        20,
        images=[{"url": "data:image/png;base64,AAAA"}],
        originalUrl="data:text/html,x",
        body="![x](data:image/png;base64,AAAA) [y](data:text/html,x)\n",
    ),
    "URL with markup": _seed(21, webUrl="https://example.org/?a=1&b=\"<2>'", originalUrl=None),
    "1969": _seed(22, publishedDateTime="1969-07-20T20:17:40Z"),
    "2099": _seed(23, publishedDateTime="2099-12-31T23:59:59Z"),
    "a time with an offset": _seed(24, publishedDateTime="2024-02-29T23:30:00.123456-08:00"),
    "no date": _seed(25, publishedDateTime=None),
    "nobody's": _seed(26, provider=None, topics=None, category=None),
    "provider with markup": _seed(27, provider={"name": "<b>A</b> & B", "domain": "example.org"}),
    "topics with markup": _seed(28, topics=["<i>T</i>", "C++ & C#", "日本語", "x" * 3_000, " "]),
    "related": _seed(29, related=_RELATED),
    "not a number": _seed(30, quality=float("nan"), heat=float("inf")),
    "relative webUrl": _seed(31, webUrl="/articles/31", originalUrl=None),
    "mojibake": _seed(32, title="someoneâ€™s", shown="someone’s"),
    "the feed's own marks": _seed(33, title="</entry></feed></item></channel></rss>"),
    "entities in entities": _seed(34, title="&amp;amp;lt;b&amp;amp;gt;x", shown="<b>x"),
    "a body of Markdown": _seed(35, body="# Hello\n\n* <b>one\n* [two](https://example.org/2)\n"),
}
