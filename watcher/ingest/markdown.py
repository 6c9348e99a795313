"""Markdown as HTML, which is not safe yet. Most seeds have no body: this is loaded by the first."""

from markdown_it import MarkdownIt

_WITH_HTML = MarkdownIt("commonmark", {"html": True}).enable("table")
_ALONE = MarkdownIt("commonmark", {"html": False}).enable("table")


def render_markdown(text: str, *, html: bool) -> str:
    """``html`` says whether tags in it are tags."""
    rendered: str = (_WITH_HTML if html else _ALONE).render(text)
    return rendered
