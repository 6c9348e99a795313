"""Makes README's picture of the page, from a daemon over ``seeds/``: ``python docs/picture.py``.

Needs the test extra, chromium and chromium-driver. It is made by hand when the page has changed.
"""

import sys
from base64 import b64decode
from pathlib import Path
from tempfile import TemporaryDirectory

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS.parent)]

from tests.support.browser import browsing  # noqa: E402  # beside this folder
from tests.support.served import ServedSite  # noqa: E402
from tests.support.waiting import wait_until  # noqa: E402

SEEDS = sorted((DOCS.parent / "seeds").iterdir())
WIDTH, HEIGHT = 1120, 700
LARGEST = 150_000
"""Bytes of a picture: a clone carries it for ever."""


def main() -> None:
    """Write ``page-light.webp`` and ``page-dark.webp`` beside this file."""
    with TemporaryDirectory() as folder, browsing(Path(folder, "profile")) as browser:
        site = ServedSite(Path(folder, "site"))
        site.config["feeds"] = [
            {
                "name": "all",
                "title": "All articles",
                "path": "../var/feeds/all.atom",
                "url": "http://127.0.0.1:8765/feeds/all.atom",
            },
            {"name": "topics", "per": "topic", "path": "../var/feeds/topics/{slug}.atom"},
        ]
        site.add_real_seeds()
        with site.running():
            wait_until(lambda: len(site.entries()) == len(SEEDS), "the feed is published")
            for scheme in ("light", "dark"):
                browser.look(width=WIDTH, dark=scheme == "dark")
                browser.command("Emulation.setScrollbarsHidden", hidden=True)
                browser.open(f"{site.base}/")
                shown = {"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT, "scale": 2}
                taken = browser.command(
                    "Page.captureScreenshot", format="webp", quality=80, clip=shown
                )
                picture = b64decode(taken["data"])
                assert len(picture) <= LARGEST, f"{len(picture):,} bytes: lower the quality"
                (DOCS / f"page-{scheme}.webp").write_bytes(picture)


if __name__ == "__main__":
    main()
