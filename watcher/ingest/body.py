"""Bodies: Markdown, and HTML from a seed, as HTML that is safe to show. Pure.

No scripts, styles or frames; http, https and mailto links only, none of them relative.
"""

import re
from functools import lru_cache
from itertools import islice
from string import punctuation
from typing import TYPE_CHECKING

from watcher.ingest.html import rewrite_html
from watcher.ingest.limits import (
    MAX_BODY,
    MAX_BODY_ELEMENTS,
    MAX_FEATURED,
    MAX_FEATURED_ELEMENTS,
    MAX_MARKS,
)
from watcher.ingest.text import repaired_text, storable_text
from watcher.ingest.values import BadValue

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_MARK = re.compile(f"[{re.escape(punctuation)}\n]")

_SCHEMES = {"http", "https", "mailto"}
_PREFIXES = tuple(f"{scheme}:" for scheme in sorted(_SCHEMES))
_URL_ATTRIBUTES = frozenset({"cite", "href", "src"})


def render_body(markdown: str) -> str | None:
    """A seed's body as sanitised HTML; None if nothing of it is left.

    Raises BadValue, with the beginning as what is kept, if it is too long.
    """
    if not markdown.strip():
        return None
    text, is_cut = _first_of(markdown)
    rendered: str = _markdown().render(storable_text(repaired_text(text)))
    return _sanitised(rendered, MAX_BODY, MAX_BODY_ELEMENTS, is_cut=is_cut)


def html_value(value: object) -> str | None:
    """HTML in a field, sanitised; None if nothing of it is left.

    Raises BadValue if it is no text or, with the beginning as what is kept, if it is too long.
    """
    if not isinstance(value, str):
        raise BadValue("is not text: write it as HTML")
    text = storable_text(repaired_text(value[: 8 * MAX_FEATURED]))
    is_cut = len(value) > 8 * MAX_FEATURED
    return _sanitised(text, MAX_FEATURED, MAX_FEATURED_ELEMENTS, is_cut=is_cut)


def _first_of(markdown: str) -> tuple[str, bool]:
    """As much of a body as is taken, in whole lines if there are any; and whether that is less."""
    end = len(markdown)
    if end > MAX_MARKS:
        last = next(islice(_MARK.finditer(markdown), MAX_MARKS, None), None)
        end = min(last.start() if last else end, 2 * MAX_BODY)
    if end == len(markdown):
        return markdown, False
    line_end = markdown.rfind("\n", 0, end)
    return markdown[: line_end if line_end > end // 2 else end], True


@lru_cache(maxsize=1)
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415  # slow to load, and most seeds have no body

    return MarkdownIt("commonmark", {"html": True}).enable("table")


def _sanitised(html: str, max_size: int, max_elements: int, *, is_cut: bool) -> str | None:
    """Raises BadValue if ``html`` is too long, or ``is_cut`` already."""
    import nh3  # noqa: PLC0415  # as above

    written, is_too_long = rewrite_html(html, max_size=max_size, max_elements=max_elements)
    clean = nh3.clean(written, url_schemes=_SCHEMES, attribute_filter=_keep_absolute_urls)
    safe = storable_text(clean).strip() or None
    if is_cut or is_too_long:
        raise BadValue("is too long: only its beginning is kept", kept=safe)
    return safe


def _keep_absolute_urls(_tag: str, attribute: str, value: str) -> str | None:
    relative = attribute in _URL_ATTRIBUTES and not value.lower().startswith(_PREFIXES)
    return None if relative else value
