"""A site whose daemon serves its feeds, one of each format, on a free port of this machine."""

from collections.abc import Set as AbstractSet
from pathlib import Path

from tests.feed.samples import parsed
from tests.support.ports import kept_address
from tests.support.site import Site
from tests.support.waiting import wait_until

FORMATS = ("atom", "rss", "json")


class ServedSite(Site):
    """A site on SQLite with a feed of each format over everything, served at ``base``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        address = kept_address()
        self.base = f"http://{address}"
        self.config["http"] = {"listen": address}
        self.config["feeds"] = [
            {
                "name": form,
                "title": "All articles",
                "path": f"../var/feeds/all.{form}",
                "url": self.url(form),
                "limit": 1000,
            }
            for form in FORMATS
        ]

    def url(self, form: str) -> str:
        return f"{self.base}/feeds/all.{form}"

    def feed_file(self, form: str) -> Path:
        return self.feed.with_suffix(f".{form}")

    def wait_for_titles(self, titles: AbstractSet[str]) -> None:
        """Wait until the feeds on disk have these entries and no other ones."""

        def published() -> bool:
            files = [self.feed_file(form) for form in FORMATS]
            return all(f.exists() and _titles(f.read_bytes()) == titles for f in files)

        wait_until(published, f"these entries in every feed: {sorted(titles)}")


def _titles(document: bytes) -> set[str]:
    return {entry.title for entry in parsed(document).entries}
