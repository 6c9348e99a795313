"""OPML 2.0 (http://opml.org/spec2.opml): all feeds in one file, for a reader to subscribe to."""

from collections.abc import Sequence

from lxml.etree import Element, SubElement, tostring

from watcher.feed.entry import readable_text

Outline = tuple[str, str, str | None]
"""A feed's title, its URL, and the page for people that belongs to it."""


def render_opml(title: str, feeds: Sequence[Outline]) -> bytes:
    """The subscription list of ``feeds``, in their order; without a date, so that it is stable."""
    opml = Element("opml", version="2.0")
    SubElement(SubElement(opml, "head"), "title").text = readable_text(title)
    body = SubElement(opml, "body")
    for text, url, html_url in feeds:
        name = readable_text(text)
        outline = SubElement(body, "outline", type="rss", text=name, title=name)
        outline.set("xmlUrl", readable_text(url))
        if html_url:
            outline.set("htmlUrl", readable_text(html_url))
    return tostring(opml, pretty_print=True, encoding="UTF-8", xml_declaration=True)
