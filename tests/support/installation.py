"""An installation whose scans run in the test's own process, with a clock that the test drives."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from tests.support.replay import Step
from watcher.clock import Clock, utc_now
from watcher.config.load import load_config
from watcher.daemon.drain import Drain
from watcher.scan.once import scan_once
from watcher.scan.root_scan import PassResult
from watcher.store.store import open_store

Announcement = tuple[str, str]


class Installation:
    """Some roots, one store, one feed over everything, and at most one webhook.

    ``now`` is the time of the next scan, unless it is given another one.
    """

    def __init__(
        self,
        folder: Path,
        state: str,
        *,
        webhook: str | None = None,
        articles: Mapping[str, Any] | None = None,
        roots: tuple[str, ...] = ("root",),
    ) -> None:
        self.folder = folder
        self.root = folder / "root"
        self.feed = folder / "feeds" / "all.atom"
        self.now = datetime(2024, 1, 2, tzinfo=UTC)
        self._config: dict[str, Any] = {
            "state": state,
            "feeds": [{"name": "all", "path": str(self.feed), "limit": 1000}],
            "http": {"listen": "off"},
            "articles": dict(articles or {}),
        }
        if webhook:
            endpoint = {"name": "all", "type": "webhook", "url": webhook, "first_run": "announce"}
            self._config["endpoints"] = [endpoint]
        self.watch(*roots)

    def watch(self, *roots: str) -> None:
        """Have these folders as roots, from the next scan on."""
        paths = [self.folder / name for name in roots]
        for path in paths:
            path.mkdir(exist_ok=True)
        self._config["watch"] = [{"path": str(path)} for path in paths]
        file = self.folder / "seedwatch.yaml"
        file.write_text(json.dumps(self._config), encoding="utf-8")
        self.config = load_config(file, environ={})

    def __enter__(self) -> Self:
        self._opened = open_store(self.config.state)
        self.store = self._opened.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.__exit__(None, None, None)

    def restart(self) -> None:
        """Close the store and open it again, as another process would."""
        self.__exit__()
        self.__enter__()

    def take(self, step: Step) -> PassResult:
        """Write a step's files and scan a minute after its last commit."""
        step.write(self.root, backdated=True)
        return self.scan(step.at + timedelta(minutes=1))

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def scan(self, now: datetime | None = None, **options: Any) -> PassResult:
        moment = now or self.now
        return self.scan_by(lambda: moment, **options)

    def scan_by(self, clock: Clock, **options: Any) -> PassResult:
        """Scan; half-written seeds are not waited for."""
        return scan_once(self.store, self.config, clock, pause=lambda _: None, **options)

    def drain(self) -> None:
        Drain(self.config, self.store, utc_now, until_empty=False).run()

    def announced(self) -> list[Announcement]:
        """Kind and article of each change ever recorded, oldest first."""
        changes = reversed(self.store.catalogue.changes(limit=100_000))
        return [(change.kind.value, change.article.id) for change in changes]

    def news(self) -> list[Announcement]:
        """Kind of each change ever recorded, and its article's present title, oldest first."""
        changes = reversed(self.store.catalogue.changes(limit=100_000))
        return [(change.kind.value, change.article.content.title) for change in changes]

    def live_titles(self) -> list[str]:
        """What the feed would show, in alphabetical order."""
        return sorted(a.content.title for a in self.store.catalogue.window(100_000))

    def paths_of_articles(self) -> dict[str, set[str]]:
        """The paths inside their roots that hold each article."""
        articles = self.store.catalogue.articles(limit=100_000)
        return {article.id: {at.path for at in article.paths} for article in articles}
