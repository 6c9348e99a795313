"""What reading one seed costs: JSON, libyaml, PyYAML and ours, side by side in one run.

``python -m benchmarks.parse --rounds 7``. The readers take turns on the same seed in each round;
printed are the least, the middle and the most of the rounds, in microseconds of this process.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from benchmarks.make_seeds import SHAPES, seed_text
from tests.ingest.fast_yaml_check import yaml_of
from tests.ingest.seeds_as_read import NOW, raw_seed
from tests.support.replay import load_replay
from tests.support.seeds import REAL_SEEDS
from watcher.config.schema import ArticlesConfig, RootConfig
from watcher.ingest.fast_yaml import read_plain
from watcher.ingest.formats import read_document
from watcher.ingest.parse import parse_seed
from watcher.ingest.rules import rules_of

READERS = ("json.loads", "libyaml", "PyYAML", "ours, YAML", "ours, whole")
CALLS = 20
RULES = rules_of(RootConfig(path=Path("/")), ArticlesConfig())


def readers_of(text: str) -> tuple[Callable[[], object], ...]:
    """Each of READERS on one seed."""
    front = yaml_of(text)
    as_json = json.dumps(yaml.load(front, yaml.CSafeLoader), default=str, ensure_ascii=False)
    raw = raw_seed(text)
    return (
        lambda: json.loads(as_json),
        lambda: yaml.load(front, yaml.CSafeLoader),
        lambda: yaml.load(front, yaml.SafeLoader),
        lambda: read_document(text, raw.at.path),
        lambda: parse_seed(raw, rules=RULES, now=NOW),
    )


def microseconds(read: Callable[[], object]) -> float:
    started = time.process_time()
    for _ in range(CALLS):
        read()
    return (time.process_time() - started) / CALLS * 1e6


def times_of(texts: Sequence[str], rounds: int) -> list[list[float]]:
    """For each of READERS its mean over the seeds, in each round."""
    seeds = [readers_of(text) for text in texts]
    return [
        [statistics.fmean(column) for column in zip(*times, strict=True)]
        for times in (
            [[microseconds(read) for read in seed] for seed in seeds] for _ in range(rounds)
        )
    ]


def print_row(name: str, texts: Sequence[str], rounds: int) -> None:
    """Least, middle and most of the rounds for each reader, and how many fell back to libyaml."""
    cells = [
        f"{min(column):,.0f} / {statistics.median(column):,.0f} / {max(column):,.0f}"
        for column in zip(*times_of(texts, rounds), strict=True)
    ]
    size = statistics.fmean(len(text.encode()) for text in texts) / 1000
    fell_back = sum(read_plain(yaml_of(text)) is None for text in texts)
    print(
        f"| {name} | {size:.1f} | {' | '.join(cells)} | {fell_back} of {len(texts)} |", flush=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--per-shape", type=int, default=5)
    asked = parser.parse_args()
    print(f"| seeds | kB | {' | '.join(READERS)} | fell back |")
    print(f"|---|---:|{'---:|' * len(READERS)}---:|")
    for path in sorted(REAL_SEEDS.iterdir()):
        print_row(path.name[:3], [path.read_text("utf-8")], asked.rounds)
    for shape in SHAPES:
        texts = [seed_text(number, shape=shape) for number in range(asked.per_shape)]
        print_row(shape, texts, asked.rounds)
    print_fallen("of the replay's files", [write.text for write in load_replay().writes])
    print_fallen("of generated ones in their shares", [seed_text(n) for n in range(3_200)])


def print_fallen(whose: str, texts: Sequence[str]) -> None:
    """How many of many seeds fell back to libyaml."""
    fell_back = sum(read_plain(yaml_of(text)) is None for text in texts)
    print(f"{len(texts):,} {whose}: {fell_back:,} fell back")


if __name__ == "__main__":
    main()
