"""Feed readers that people use, each subscribed to one address and polling it over HTTP.

They say what they show after a poll; what is right is for the test to say.
"""

import html
import os
import re
import shutil
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from calendar import timegm
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import feedparser
import requests
from reader import EntryUpdateStatus, make_reader

# reader 3.26 carries a feedparser whose sgmllib is not among its requirements: use feedparser's own
os.environ.setdefault("READER_NO_VENDORED_FEEDPARSER", "1")

_TIMEOUT = 30


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Entry:
    """An entry as a reader shows it; ``text`` is plain, whatever markup it came in."""

    title: str
    link: str
    at: datetime
    text: str


class Subscription(ABC):
    """One reader's subscription to ``url``. What it remembers is in ``folder`` or in memory."""

    formats: ClassVar[Sequence[str]] = ("atom", "rss")
    program: ClassVar[str | None] = None
    """What must be installed, where pip does not bring it."""
    remembers: ClassVar[bool]
    """True if it goes on showing what it has seen, after that has left the feed."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder

    @classmethod
    def is_installed(cls) -> bool:
        return cls.program is None or shutil.which(cls.program) is not None

    @abstractmethod
    def poll(self) -> list[Entry]:
        """Read the feed as the reader does, and say everything that it then shows."""

    def close(self) -> None:  # noqa: B027 - only some hold anything
        """Let go of what it holds."""


class Feedparser(Subscription):
    remembers = False

    def poll(self) -> list[Entry]:
        feed = feedparser.parse(self.url)
        assert not feed.bozo, feed.get("bozo_exception")
        assert feed.status == 200
        again = feedparser.parse(self.url, etag=feed.etag)
        assert (again.status, again.entries) == (304, [])
        return [
            Entry(
                title=entry.title,
                link=entry.link,
                at=datetime.fromtimestamp(timegm(entry.published_parsed), UTC),
                text=plain(entry.content[0].value),
            )
            for entry in feed.entries
        ]


class Lemon24Reader(Subscription):
    formats = ("atom", "rss", "json")
    remembers = True

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, folder)
        self._reader = make_reader(":memory:", plugins=(), search_enabled=False)
        self._reader.add_feed(url)
        self._reader.after_entry_update_hooks.append(self._note)
        self._seen: list[tuple[str, EntryUpdateStatus]] = []

    def poll(self) -> list[Entry]:
        self._seen.clear()
        self._reader.update_feed(self.url)
        return [_shown_by_reader(entry) for entry in self._reader.get_entries()]

    def poll_again(self) -> bool:
        """True if a further poll brought anything at all: False is a 304."""
        self._seen.clear()
        return self._reader.update_feed(self.url) is not None

    def noticed(self, status: EntryUpdateStatus) -> list[str]:
        """The titles of those that the last poll took for new, or for modified."""
        titles = {entry.id: entry.title for entry in self._reader.get_entries()}
        return sorted(titles[entry] or "" for entry, seen in self._seen if seen is status)

    def close(self) -> None:
        self._reader.close()

    def _note(self, _reader: Any, entry: Any, status: EntryUpdateStatus) -> None:
        self._seen.append((entry.id, status))


class Newsboat(Subscription):
    program = "newsboat"
    remembers = True

    def poll(self) -> list[Entry]:
        (self.folder / "urls").write_text(f"{self.url}\n")
        cache = self.folder / "cache.db"
        command = ["newsboat", "-q", "-u", str(self.folder / "urls"), "-c", str(cache)]
        done = _run([*command, "-C", os.devnull, "-x", "reload"], home=self.folder)
        assert done.stderr == b""
        query = "SELECT title, url, pubDate, content FROM rss_item WHERE deleted = 0"
        with closing(sqlite3.connect(cache)) as database:
            rows = database.execute(query).fetchall()
        return [
            Entry(title=title, link=url, at=datetime.fromtimestamp(at, UTC), text=plain(content))
            for title, url, at, content in rows
        ]


class Sfeed(Subscription):
    program = "sfeed"
    remembers = False

    def poll(self) -> list[Entry]:
        answer = requests.get(self.url, timeout=_TIMEOUT)
        answer.raise_for_status()
        done = _run(["sfeed"], home=self.folder, fed=answer.content)
        # A line ends at a line feed and nowhere else, whatever Unicode says.
        return [_shown_by_sfeed(line) for line in done.stdout.decode().split("\n") if line]


READERS = (Feedparser, Lemon24Reader, Newsboat, Sfeed)


def plain(markup: str) -> str:
    """The words that a piece of HTML shows."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def _shown_by_reader(entry: Any) -> Entry:
    assert entry.published is not None
    return Entry(
        title=entry.title,
        link=entry.link,
        at=entry.published,
        text=plain(entry.content[0].value),
    )


def _shown_by_sfeed(line: str) -> Entry:
    at, title, link, content, *_ = line.split("\t")
    unescaped = content.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
    moment = datetime.fromtimestamp(int(at), UTC)
    return Entry(title=title, link=link, at=moment, text=plain(unescaped))


def _run(
    command: Sequence[str], *, home: Path, fed: bytes | None = None
) -> "subprocess.CompletedProcess[bytes]":
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC"}
    return subprocess.run(
        command, env=environ, input=fed, capture_output=True, check=True, timeout=_TIMEOUT
    )
