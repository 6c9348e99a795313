"""A subscriber: lemon24's reader, polling one published feed file and saying what it noticed."""

import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from reader import EntryUpdateStatus, make_reader

# reader 3.26 carries a feedparser whose sgmllib is not among its requirements: use feedparser's own
os.environ.setdefault("READER_NO_VENDORED_FEEDPARSER", "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The ids of the entries that one poll took for new, and for modified."""

    new: frozenset[str]
    modified: frozenset[str]


class Subscriber:
    """Polls ``feed`` as a feed reader does, remembering it in memory; a context manager."""

    def __init__(self, feed: Path) -> None:
        self._url = str(feed)
        self._seen: list[tuple[str, EntryUpdateStatus]] = []
        self._reader = make_reader(":memory:", feed_root="", search_enabled=False, plugins=())
        self._reader.add_feed(self._url)
        self._reader.after_entry_update_hooks.append(self._note)

    def poll(self) -> Poll:
        """Read the feed once; ParseError if it is not there or is no feed."""
        self._seen.clear()
        self._reader.update_feed(self._url)
        new = (entry for entry, status in self._seen if status is EntryUpdateStatus.NEW)
        modified = (entry for entry, status in self._seen if status is EntryUpdateStatus.MODIFIED)
        return Poll(new=frozenset(new), modified=frozenset(modified))

    def entry_ids(self) -> list[str]:
        """The ids of all entries ever seen."""
        return [entry.id for entry in self._reader.get_entries()]

    def _note(self, _reader: Any, entry: Any, status: EntryUpdateStatus) -> None:
        self._seen.append((entry.id, status))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._reader.close()
