"""Feeds over a real store and real seeds, published batch by batch, with a clock of the test's."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from lxml import etree
from sqlalchemy import Connection, event

from tests.support.seeds import write_seed
from watcher.config.load import load_config
from watcher.model.seed import SeedPath
from watcher.publish.feed_file import PublishedFeed
from watcher.publish.publisher import Publication
from watcher.scan.wiring import make_pipeline, make_publication
from watcher.store.store import open_store

ATOM = "{http://www.w3.org/2005/Atom}"
TOMBSTONES = "{http://purl.org/atompub/tombstones/1.0}"
HISTORY = "{http://purl.org/syndication/history/1.0}"


class Newsroom:
    """One root and some feeds. Every batch is a minute later than the one before."""

    def __init__(self, folder: Path, state: str, feeds: Sequence[dict[str, Any]]) -> None:
        self.seeds = folder / "seeds"
        self.feeds = folder / "feeds"
        self.seeds.mkdir(parents=True, exist_ok=True)
        self.now = datetime(2024, 5, 6, tzinfo=UTC)
        file = folder / "seedwatch.yaml"
        config = {"state": state, "watch": [{"path": str(self.seeds)}], "feeds": list(feeds)}
        file.write_text(json.dumps(config), encoding="utf-8")
        self.config = load_config(file, environ={})

    def __enter__(self) -> Self:
        self._opened = open_store(self.config.state)
        self.store = self._opened.__enter__()
        self.store.roots.see(str(self.seeds), self.now)
        self.restart()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.__exit__(None, None, None)

    def clock(self) -> datetime:
        return self.now

    def restart(self) -> None:
        """A publication that knows nothing yet, as after a start."""
        self.publication = self.another_publication()
        self.pipeline = make_pipeline(
            self.store, self.config, self.clock, on_batch=self.publication.note
        )

    def another_publication(self) -> Publication:
        return make_publication(self.store, self.config, self.clock)

    def publish(self) -> tuple[PublishedFeed, ...]:
        return self.publication.publish()

    def write(self, *numbers: int, **changed: Any) -> None:
        """Write these seeds, and take them in as one batch."""
        paths = [write_seed(self.seeds, number, **changed) for number in numbers]
        self.take([path.name for path in paths])

    def remove(self, *numbers: int) -> None:
        """Remove these seeds, and let their grace be over."""
        names = [f"article-{number}.md" for number in numbers]
        for name in names:
            (self.seeds / name).unlink()
        self.take(names)
        self.pipeline.remove([self._at(name) for name in names])

    def take(self, names: Sequence[str]) -> None:
        self.now += timedelta(minutes=1)
        self.pipeline.process([self._at(name) for name in names])

    def _at(self, name: str) -> SeedPath:
        return SeedPath(root=str(self.seeds), path=name)

    def path(self, name: str) -> Path:
        return self.feeds / name

    def document(self, name: str) -> Any:
        return etree.fromstring(self.path(name).read_bytes())

    def titles(self, name: str) -> list[str]:
        """The titles in an Atom file."""
        return [str(t.text) for t in self.document(name).iterfind(f"{ATOM}entry/{ATOM}title")]

    def tombstones(self, name: str) -> list[tuple[str, str]]:
        found = self.document(name).iterfind(f"{TOMBSTONES}deleted-entry")
        return [(entry.get("ref"), entry.get("when")) for entry in found]

    def links(self, name: str) -> dict[str, str]:
        """The feed's links to itself, its archives and its hub, by their relation."""
        return {
            str(link.get("rel")): str(link.get("href"))
            for link in self.document(name).iterfind(f"{ATOM}link")
            if link.get("rel") != "alternate"
        }

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The statements that are executed meanwhile."""
        seen: list[str] = []

        def remember(connection: Connection, cursor: object, statement: str, *rest: Any) -> None:
            seen.append(statement)

        engine = self.store.database._engine
        event.listen(engine, "before_cursor_execute", remember)
        yield seen
        event.remove(engine, "before_cursor_execute", remember)


def feed(name: str, **changed: Any) -> dict[str, Any]:
    """An Atom feed ``name`` in the folder of feeds, with a URL."""
    where = f"feeds/{name}/{{slug}}.atom" if changed.get("per") == "topic" else f"feeds/{name}.atom"
    values = {"name": name, "path": where, "url": f"https://example.org/{where}"}
    return values | changed
