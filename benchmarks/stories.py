"""Stories: precision and recall on labelled pairs of real articles, cost and memory by the window.

``python -m benchmarks.stories [--picture P.svg] [--sizes 1000 10000 100000] [--equal 100000]``
takes a minute with the first two sizes, five with all. Pairs are of ``../shared/stories/``; those
that people disagree about are left out. Beside ours stand the similarity of titles by words
(Jaccard) and by trigrams, each at the threshold that is best on one half of the pairs. All is
reported of that half, the other, and both.
"""

import argparse
import gzip
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from watcher.config.schema import StoriesConfig
from watcher.diff.stories import StoryIndex
from watcher.diff.story_words import plain_words
from watcher.model.story import StoryText

SHARED = Path(__file__).parents[2] / "shared" / "stories"
FILES = {"2019-2021, cloud": "", "2026, dense": "-2"}
SETTINGS = StoriesConfig()
SAMPLES = 500
THRESHOLDS = tuple(number / 100 for number in range(14, 50, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    first: int
    second: int
    same: bool
    half: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    texts: tuple[StoryText, ...]
    pairs: tuple[Pair, ...]


def load(suffix: str) -> Labelled:
    with gzip.open(SHARED / f"records{suffix}.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    place = {record["url"]: number for number, record in enumerate(records)}
    pairs = [json.loads(line) for line in (SHARED / f"pairs{suffix}.jsonl").open(encoding="utf-8")]
    return Labelled(
        texts=tuple(story_text(number, record) for number, record in enumerate(records, 1)),
        pairs=tuple(
            Pair(
                first=place[pair["a"]],
                second=place[pair["b"]],
                same=pair["same"],
                half=number % 2,
            )
            for number, pair in enumerate(pairs)
            if not pair["border"]
        ),
    )


def story_text(number: int, record: dict[str, Any]) -> StoryText:
    return StoryText(
        number=number,
        article=record["url"],
        title=record["title"],
        summary=record.get("excerpt") or "",
        outlet=record["domain"],
        at=datetime.fromisoformat(record["published"]),
    )


def new_index(similarity: float = SETTINGS.similarity) -> StoryIndex:
    return StoryIndex(window=SETTINGS.window, half_life=SETTINGS.half_life, similarity=similarity)


def find_stories(texts: Sequence[StoryText], similarity: float) -> list[str]:
    index = new_index(similarity)
    return [index.place(text).story for text in texts]


def told_as_one(labelled: Labelled, similarity: float) -> Callable[[Pair], bool]:
    stories = find_stories(labelled.texts, similarity)
    return lambda pair: stories[pair.first] == stories[pair.second]


def precision_recall(pairs: Sequence[Pair], joined: Callable[[Pair], bool]) -> tuple[float, float]:
    found = [pair for pair in pairs if joined(pair)]
    right = sum(pair.same for pair in found)
    return right / max(len(found), 1), right / max(sum(pair.same for pair in pairs), 1)


def word_jaccard(first: str, second: str) -> float:
    a, b = set(plain_words(first)), set(plain_words(second))
    return len(a & b) / max(len(a | b), 1)


def trigram_jaccard(first: str, second: str) -> float:
    a, b = (Counter(text[at : at + 3] for at in range(len(text) - 2)) for text in (first, second))
    return (a & b).total() / max((a | b).total(), 1)


def best_threshold(labelled: Labelled, alike: Callable[[str, str], float], wanted: float) -> float:
    """The one with the best recall at the wanted precision, on the first half of the pairs."""
    tuning = [pair for pair in labelled.pairs if pair.half == 0]
    scored = [
        (found, -threshold)
        for threshold in (number / 100 for number in range(5, 100, 2))
        for precision, found in [precision_recall(tuning, above(labelled, alike, threshold))]
        if precision >= wanted
    ]
    return -max(scored, default=(0.0, -1.0))[1]


def above(
    labelled: Labelled, alike: Callable[[str, str], float], threshold: float
) -> Callable[[Pair], bool]:
    return lambda pair: (
        alike(labelled.texts[pair.first].title, labelled.texts[pair.second].title) >= threshold
    )


def report_pairs(name: str, labelled: Labelled, wanted: float) -> None:
    stories = find_stories(labelled.texts, SETTINGS.similarity)
    ways = {f"stories at {SETTINGS.similarity}": told_as_one(labelled, SETTINGS.similarity)}
    for label, alike in (("title words", word_jaccard), ("title trigrams", trigram_jaccard)):
        threshold = best_threshold(labelled, alike, wanted)
        ways[f"{label} at {threshold:.2f}"] = above(labelled, alike, threshold)
    print(
        f"\n{name}: {len(labelled.texts):,} articles, {len(labelled.pairs)} pairs, precision/recall"
    )
    print("| way | one half | other half | all |\n|---|---:|---:|---:|")
    for label, joined in ways.items():
        halves = [[pair for pair in labelled.pairs if pair.half == half] for half in (0, 1)]
        shown = " | ".join(
            "{:.3f} / {:.3f}".format(*precision_recall(part, joined))
            for part in (*halves, labelled.pairs)
        )
        print(f"| {label} | {shown} |")
    sizes = Counter(Counter(stories).values())
    print(f"largest stories: {sorted(sizes, reverse=True)[:5]}; of one article: {sizes[1]:,}")


def report_cost(name: str, stream: Sequence[StoryText]) -> None:
    """What the last articles of a stream cost, each, and what all of them take in memory."""
    index, before = new_index(), resident()
    for text in stream[:-SAMPLES]:
        index.place(text)
    memory = (resident() - before) / 2**20
    spent = []
    for text in stream[-SAMPLES:]:
        began = time.process_time()
        index.place(text)
        spent.append((time.process_time() - began) * 1000)
    spent.sort()
    mean, median, p99 = sum(spent) / SAMPLES, spent[SAMPLES // 2], spent[SAMPLES * 99 // 100]
    print(f"| {name} | {mean:.2f} | {median:.2f} | {p99:.2f} | {memory:.0f} |", flush=True)


def resident() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def equal_titles(length: int) -> list[StoryText]:
    """One text again and again, each time from another outlet."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        StoryText(
            number=number,
            article=f"urn:uuid:{number:032x}",
            title="Breaking news from the capital tonight",
            summary="The same words again, whoever prints them.",
            outlet=f"outlet{number}.example",
            at=start + timedelta(seconds=number),
        )
        for number in range(1, length + 1)
    ]


def dense_stream(texts: Sequence[StoryText], length: int) -> list[StoryText]:
    """Real articles, with words changed here and there, all within one window."""
    chance = random.Random(1)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    found = []
    for number in range(length):
        text = texts[number % len(texts)]
        mark = number // len(texts)
        words = [f"{word}{mark}" if mark and chance.random() < 0.5 else word for word in
                 text.title.split()]  # fmt: skip
        found.append(
            StoryText(
                number=number + 1,
                article=f"{text.article}#{mark}",
                title=" ".join(words),
                summary=text.summary,
                outlet=text.outlet,
                at=start + timedelta(days=4) * number / length,
            )
        )
    return found


def draw(path: Path, loaded: dict[str, Labelled]) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415 - only where a picture is wanted

    figure = Figure(figsize=(6, 5), layout="constrained")
    axes = figure.subplots()
    for name, labelled in loaded.items():
        points = [
            precision_recall(labelled.pairs, told_as_one(labelled, threshold))
            for threshold in THRESHOLDS
        ]
        axes.plot([p for p, _ in points], [r for _, r in points], marker="o", label=name)
        for threshold, (precision, recall) in zip(THRESHOLDS, points, strict=True):
            if threshold in (0.2, 0.26, 0.32, 0.4):
                axes.annotate(f"{threshold:.2f}", (precision, recall), textcoords="offset points",
                              xytext=(-6, 6), ha="right")  # fmt: skip
    axes.set(xlabel="precision", ylabel="recall", title="Stories, by similarity")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower left")
    figure.savefig(path)
    print(f"drawn: {path}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--equal", type=int, default=0, help="so many equal titles")
    options = parser.parse_args()
    loaded = {name: load(suffix) for name, suffix in FILES.items()}
    for (name, labelled), wanted in zip(loaded.items(), (0.97, 0.92), strict=True):
        report_pairs(name, labelled, wanted)
    print("\n| in the window | ms mean | median | p99 | MiB |\n|---:|---:|---:|---:|---:|")
    for size in options.sizes:
        texts = loaded["2026, dense"].texts
        report_cost(f"{size:,}", dense_stream(texts, size + SAMPLES))
    if options.equal:
        report_cost(f"{options.equal:,} equal titles", equal_titles(options.equal + SAMPLES))
    if options.picture:
        draw(options.picture, loaded)


if __name__ == "__main__":
    main()
