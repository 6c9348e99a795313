"""What stories cost the whole program: a scan with them and without, and a daemon's start.

``python -m benchmarks.stories_in_use``: some three minutes; ``--start 100000``: ten. Real articles
of ``../shared/stories/``, repeated with changed words, all of the last four days. Scans are of
10,000 seeds, in turns with ``stories: "off"``. A start is of a daemon over a store that holds so
many: seconds to the end of its first rescan, and from a seed's rename to the feed's: of the first
seed after that, of the second, and of the first one after a minute's rest.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.latency import rename_in
from benchmarks.peers import Took, scan
from benchmarks.stories import dense_stream, load
from tests.support.site import Site
from watcher.model.story import StoryText

REST = 60
FILE = 10_000
"""Articles in a file of many: so a store of 100,000 is filled in minutes."""


def front_matter(text: StoryText) -> str:
    return json.dumps(
        {
            "title": text.title,
            "excerpt": text.summary,
            "publishedDateTime": text.at.isoformat(),
            "webUrl": f"https://{text.outlet}/{text.number}",
            "provider": {"domain": text.outlet},
        }
    )


def recent(length: int) -> Sequence[tuple[StoryText, datetime]]:
    """So many articles, and when each was published: the last one just now."""
    texts = dense_stream(load("-2").texts, length)
    late = datetime.now(UTC) - texts[-1].at - timedelta(minutes=1)
    return [(text, text.at + late) for text in texts]


def write_each(folder: Path, length: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, line in enumerate(lines(length)):
        (folder / f"{number:06}.md").write_text(f"---\n{line}\n---\n", encoding="utf-8")


def lines(length: int) -> list[str]:
    found = []
    for text, at in recent(length):
        value = json.loads(front_matter(text)) | {"publishedDateTime": at.isoformat()}
        found.append(json.dumps(value, ensure_ascii=False))
    return found


def compare_scans(folder: Path, *, seeds: int, rounds: int) -> None:
    took: dict[str, list[Took]] = {"on": [], "off": []}
    write_each(folder / "seeds", seeds)
    for number in range(rounds):
        for name, scans in took.items():
            site = Site(folder / f"{name}-{number}")
            site.config["watch"] = [{"path": str(folder / "seeds")}]
            if name == "off":
                site.config["stories"] = "off"
            site.write_config()
            scans.append(scan(site))
    for what in ("seconds", "cpu"):
        on, off = (statistics.median(getattr(t, what) for t in took[n]) for n in ("on", "off"))
        print(f"scan of {seeds:,}, {what}: with stories {on:.2f}, without {off:.2f}, "
              f"ratio {on / off:.2f}", flush=True)  # fmt: skip


def measure_start(folder: Path, *, articles: int) -> None:
    site = Site(folder / "start")
    site.config["watch"][0]["max_size"] = 64 * 2**20
    site.seeds.mkdir(parents=True, exist_ok=True)
    every = lines(articles)
    for start in range(0, articles, FILE):
        part = "\n".join(every[start : start + FILE])
        (site.seeds / f"{start:07}.jsonl").write_text(part + "\n", encoding="utf-8")
    site.write_config()
    scan(site)
    for name, off, rest in (("off", True, 0), ("on", False, 0), ("on, rested", False, REST)):
        if off:
            site.config["stories"] = "off"
        else:
            site.config.pop("stories", None)
        began = time.perf_counter()
        with site.running() as running:
            running.wait_for_log("rescan done", timeout=600)
            started = time.perf_counter() - began
            time.sleep(rest)
            latencies = []
            for number in range(2):
                text = f"---\n{lines(1)[0]}\n---\n".replace('/1"', f'/{name}-{number}"')
                renamed, published = rename_in(site, running, text.encode(), f"{name}{number}.md")
                latencies.append(published - renamed)
        print(f"{articles:,} in the window, stories {name}: start {started:.2f} s, first seed "
              f"{latencies[0]:.2f} s, second {latencies[1]:.2f} s", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--start", type=int, nargs="*", default=[10_000])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.rounds:
            compare_scans(Path(folder), seeds=given.seeds, rounds=given.rounds)
        for articles in given.start:
            measure_start(Path(folder, str(articles)), articles=articles)


if __name__ == "__main__":
    main()
