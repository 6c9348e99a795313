"""Bodies: Markdown, and HTML from a seed, as HTML that is safe to show. Pure.

No scripts, styles or frames; http, https and mailto links only, none of them relative.
"""

from functools import lru_cache
from html import escape
from string import punctuation
from typing import TYPE_CHECKING

from watcher.ingest.text import repaired_text, storable_text
from watcher.ingest.values import BadValue

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

# Parsing nested HTML takes quadratic time: 5,000 open elements 60 ms, 100,000 of them 25 s.
MAX_TAGS = 5_000

# Up to 15 µs for each character that may be markup (![![![), 50 for each line that is a paragraph,
# 15 for each cell of a table, which a row has even where it does not write it.
MAX_MARKS = 20_000
_MARKS = punctuation + "\n"

_SCHEMES = {"http", "https", "mailto"}
_PREFIXES = tuple(f"{scheme}:" for scheme in sorted(_SCHEMES))
_URL_ATTRIBUTES = frozenset({"cite", "href", "src"})


def render_body(markdown: str) -> str | None:
    """A seed's body as sanitised HTML; None if nothing of it is left.

    With too many marks it is not taken as Markdown, but as plain text.
    """
    if not markdown.strip():
        return None
    text = storable_text(repaired_text(markdown))
    if has_too_many_marks(markdown):
        return f"<pre>{escape(text.strip(), quote=False)}</pre>"
    rendered: str = _markdown(html=text.count("<") <= MAX_TAGS).render(text)
    return _sanitise(rendered)


@lru_cache(maxsize=2)
def _markdown(*, html: bool) -> "MarkdownIt":
    """The renderer; ``html`` says whether tags in Markdown are tags. Not safe by itself."""
    from markdown_it import MarkdownIt  # noqa: PLC0415  # slow to load, and most seeds have no body

    return MarkdownIt("commonmark", {"html": html}).enable("table")


def has_too_many_marks(markdown: str) -> bool:
    """Whether a body would take too long as Markdown, and is shown as the plain text that it is."""
    if len(markdown) > MAX_MARKS and sum(map(markdown.count, _MARKS)) > MAX_MARKS:
        return True
    if "|" not in markdown:
        return False
    lines = markdown.splitlines()
    return len(lines) * max(line.count("|") for line in lines) > MAX_MARKS


def html_value(value: object) -> str | None:
    """HTML in a field, sanitised; None if nothing of it is left."""
    if not isinstance(value, str):
        raise BadValue("is not text: write it as HTML")
    if value.count("<") > MAX_TAGS:
        raise BadValue(f"has more than {MAX_TAGS:,} tags: make it shorter")
    return _sanitise(storable_text(repaired_text(value)))


def _sanitise(html: str) -> str | None:
    import nh3  # noqa: PLC0415  # as above

    clean = nh3.clean(html, url_schemes=_SCHEMES, attribute_filter=_keep_absolute_urls)
    return storable_text(clean).strip() or None


def _keep_absolute_urls(_tag: str, attribute: str, value: str) -> str | None:
    relative = attribute in _URL_ATTRIBUTES and not value.lower().startswith(_PREFIXES)
    return None if relative else value
