"""Bodies: Markdown, and HTML from a seed, as HTML that is safe to show. Pure.

No scripts, styles or frames; http, https and mailto links only, relative ones made absolute.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from string import punctuation
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from watcher.ingest.html import rewrite_html
from watcher.ingest.limits import (
    MAX_BODY,
    MAX_BODY_ELEMENTS,
    MAX_FEATURED,
    MAX_FEATURED_ELEMENTS,
    MAX_MARKS,
)
from watcher.ingest.shortcodes import without_shortcodes
from watcher.ingest.text import plain_text, repaired_text, storable_text
from watcher.ingest.urls import MAX_URL_BYTES
from watcher.ingest.values import BadValue

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

_PICTURE = re.compile(r'<img(?: [a-z]+="[^"]*")*>')  # as the sanitiser writes it
_TASK = re.compile(r"\[(?P<done>[ xX])\][ \t]+")
_MARK = re.compile(f"[{re.escape(punctuation)}\n]")

_LONGEST_LINE = 2_000
_SCHEMES = {"http", "https", "mailto"}
_PREFIXES = tuple(f"{scheme}:" for scheme in sorted(_SCHEMES))
_WEB = ("http://", "https://")
_URL_ATTRIBUTES = frozenset({"cite", "href", "src"})


def render_body(text: str, *, base: str | None = None, is_html: bool = False) -> str | None:
    """A seed's body, Markdown unless ``is_html``, as sanitised HTML; None if nothing of it is left.

    Relative addresses start from ``base``, the article's own; without it they are left out. Raises
    BadValue, with the beginning as what is kept, if it is too long.
    """
    if not text.strip():
        return None
    first, is_cut = _first_of(text)
    first = storable_text(repaired_text(first))
    html = first if is_html else _markdown().render(without_shortcodes(first))
    return _sanitised(html, base, MAX_BODY, MAX_BODY_ELEMENTS, is_cut=is_cut)


def inline_text(markdown: str) -> str:
    """The plain text of one line of Markdown."""
    return plain_text(_markdown().renderInline(storable_text(markdown[:_LONGEST_LINE])))


def html_value(value: object, *, base: str | None = None) -> str | None:
    """HTML in a field, sanitised as a body is; None if nothing of it is left.

    Raises BadValue if it is no text or, with the beginning as what is kept, if it is too long.
    """
    if not isinstance(value, str):
        raise BadValue("is not text: write it as HTML")
    text = storable_text(repaired_text(value[: 8 * MAX_FEATURED]))
    is_cut = len(value) > 8 * MAX_FEATURED
    return _sanitised(text, base, MAX_FEATURED, MAX_FEATURED_ELEMENTS, is_cut=is_cut)


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
    """CommonMark with what people take for granted: tables, footnotes, task lists, ~~strikes~~."""
    from markdown_it import MarkdownIt  # noqa: PLC0415  # slow to load, and most seeds have no body
    from mdit_py_plugins.footnote import footnote_plugin  # noqa: PLC0415

    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    markdown.use(footnote_plugin, inline=False)
    # Their links would lead to places that the article's page does not have.
    markdown.add_render_rule("footnote_ref", _render_footnote_number)
    markdown.add_render_rule("footnote_anchor", lambda *_: "")
    markdown.core.ruler.after("inline", "tasks", _mark_tasks)
    return markdown


def _render_footnote_number(_: Any, tokens: Sequence["Token"], at: int, *_more: Any) -> str:
    return f"<sup>[{int(tokens[at].meta['id']) + 1}]</sup>"


def _mark_tasks(state: "StateCore") -> None:
    """A box for the ``[x]`` with which an item of a list begins."""
    tokens = state.tokens
    for item, paragraph, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if item.type != "list_item_open" or paragraph.type != "paragraph_open":
            continue
        task = _TASK.match(inline.content)
        first = inline.children[0] if task and inline.children else None
        if task and first and first.type == "text" and first.content.startswith(task[0]):
            box = "☐ " if task["done"] == " " else "☑ "
            first.content = box + first.content[task.end() :]


def _sanitised(
    html: str, base: str | None, max_size: int, max_elements: int, *, is_cut: bool
) -> str | None:
    """Raises BadValue if ``html`` is too long, or ``is_cut`` already."""
    import nh3  # noqa: PLC0415  # as above

    def absolute(_tag: str, attribute: str, value: str) -> str | None:
        return _absolute(value, base) if attribute in _URL_ATTRIBUTES else value

    written, is_too_long = rewrite_html(html, max_size=max_size, max_elements=max_elements)
    clean = nh3.clean(written, url_schemes=_SCHEMES, attribute_filter=absolute)
    safe = _PICTURE.sub(_keep_picture, storable_text(clean)).strip() or None
    if is_cut or is_too_long:
        raise BadValue("is too long: only its beginning is kept", kept=safe)
    return safe


def _keep_picture(picture: re.Match[str]) -> str:
    """A picture, unless nothing says where it is."""
    return picture[0] if ' src="' in picture[0] else ""


def _absolute(url: str, base: str | None) -> str | None:
    """An address, relative to that of the article; None if nothing can be done with it."""
    if url.lower().startswith(_PREFIXES):
        return url
    if base is None or not url.strip() or len(url) > MAX_URL_BYTES:
        return None
    try:
        joined = urljoin(base, url.strip())
    except ValueError:
        return None
    return joined if joined.lower().startswith(_WEB) else None
