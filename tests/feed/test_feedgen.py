"""Bare feedgen still has the bugs that we work around; when one of these fails, so may the work."""

import locale
import time
from datetime import UTC, datetime
from typing import Any

import feedgen.util  # type: ignore[import-untyped]  # feedgen has no types
import pytest
from feedgen.entry import FeedEntry  # type: ignore[import-untyped]  # the same
from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]  # the same

DAY = datetime(2024, 1, 2, tzinfo=UTC)


def bare_entry() -> Any:
    entry = FeedEntry()
    entry.id("urn:x")
    entry.title("A title")
    entry.link(href="https://example.org/", rel="alternate")
    return entry


def test_an_entrys_links_lose_their_attributes() -> None:
    entry = bare_entry()
    entry.link(href="https://example.org/1.jpg", rel="enclosure", type="image/jpeg", length="0")
    elements = entry.atom_entry().findall("link")
    assert [sorted(link.attrib) for link in elements] == [["href"], ["href"]]


def test_entries_are_prepended() -> None:
    feed = FeedGenerator()
    first, second = feed.add_entry(), feed.add_entry()
    assert feed.entry() == [second, first]


def test_updated_is_taken_from_the_clock() -> None:
    before = time.time()
    assert bare_entry().updated().timestamp() >= before
    assert FeedGenerator().updated().timestamp() >= before


@pytest.mark.parametrize("text", ["a\x00b", "a\x0bb", "a\ud800b", "a\uffffb"])
def test_what_xml_forbids_raises(text: str) -> None:
    entry = bare_entry()
    entry.title(text)
    with pytest.raises(ValueError, match=r"XML compatible|surrogates not allowed"):
        entry.atom_entry()


def test_utc_is_not_written_as_z() -> None:
    entry = bare_entry()
    entry.updated(DAY)
    assert entry.atom_entry().findtext("updated") == "2024-01-02T00:00:00+00:00"


def test_an_rss_date_changes_the_locale_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(locale, "setlocale", lambda *arguments: calls.append(arguments))
    feedgen.util.formatRFC2822(DAY)
    assert (locale.LC_ALL, "C") in calls


def test_an_rss_feed_does_not_tell_its_hub() -> None:
    feed = FeedGenerator()
    feed.title("A title")
    feed.description("A description")
    feed.link(href="https://hub.example.org/", rel="hub")
    feed.link(href="https://example.org/", rel="alternate")
    assert b"hub" not in feed.rss_str()
