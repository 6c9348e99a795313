"""What reading an article costs in each format, beside YAML front matter of the same words; a fuzz.

``python -m benchmarks.formats`` measures; ``--fuzz 100000`` reads so many changed files instead,
and ends with 1 at the first that raises, takes more than a second, or is refused without a place.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from random import Random

from tests.ingest.any_format import complaint, readings_of
from tests.support.formats import MANY, SINGLE, Sample
from watcher.model.seed import Seed

ARTICLES = 300
ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fuzz", type=int, default=0, help="files to change and read")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9)
    asked = parser.parse_args()
    if asked.fuzz:
        _fuzz(asked.fuzz, Random(asked.seed), asked.seed)
        return
    samples = [Sample(number=number) for number in range(ARTICLES)]
    costs = {name: _single(path, write, samples) for name, (path, write) in SINGLE.items()}
    costs |= {name: _many(path, write, samples) for name, (path, write) in MANY.items()}
    base = costs["YAML"][0] / costs["YAML"][1]
    print("| format | µs an article | ns a byte | beside YAML, a byte |\n|---|---:|---:|---:|")
    for name, (seconds, size) in costs.items():
        each, byte = 1e6 * seconds / ARTICLES, 1e9 * seconds / size
        print(f"| {name} | {each:,.0f} | {byte:,.0f} | {byte / (1e9 * base):.2f} |")


def _single(
    path: str, write: Callable[[Sample], str], samples: Sequence[Sample]
) -> tuple[float, int]:
    texts = [write(one) for one in samples]
    return _cost(path, texts)


def _many(
    path: str, write: Callable[[Sequence[Sample]], str], samples: Sequence[Sample]
) -> tuple[float, int]:
    return _cost(path, [write(samples)])


def _cost(path: str, texts: Sequence[str]) -> tuple[float, int]:
    """Seconds of the process for all of these files, the median of some rounds, and their bytes."""
    data = [text.encode() for text in texts]
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        seeds = [one for each in data for one in readings_of(each, path) if isinstance(one, Seed)]
        rounds.append(time.process_time() - began)
        if len(seeds) != ARTICLES:
            sys.exit(f"{path}: {len(seeds)} articles of {ARTICLES}")
    return statistics.median(rounds), sum(map(len, data))


def _fuzz(files: int, random: Random, seed: int) -> None:
    few = [Sample(number=number, paragraphs=1) for number in range(3)]
    bases = [(path, write(few[0]).encode()) for path, write in SINGLE.values()]
    bases += [(path, write(few).encode()) for path, write in MANY.values()]
    for number in range(files):
        path, data = random.choice(bases)
        for _ in range(random.randint(1, 6)):
            data = _changed(data, random.choice(bases)[1], random)
        if why := complaint(data, path):
            sys.exit(f"file {number} of seed {seed}: {path}: {why}\n{data!r}")
    print(f"seed {seed}: {files:,} files of {len(bases)} formats, none that harms")


def _changed(data: bytes, other: bytes, random: Random) -> bytes:
    start = random.randint(0, len(data))
    end = min(len(data), start + random.choice((0, 1, 2, 8, 40)))
    from_ = random.randint(0, len(other))
    new = random.choice(
        (b"", b"\n", b"---\n", b"{", b"]", b'"', b"<", b"&#", b"\xff", b"\x00", b": ", b"9" * 400,
         b"[" * 60, other[from_ : from_ + random.choice((1, 10, 200))])
    )  # fmt: skip
    return data[:start] + new + data[end:]


if __name__ == "__main__":
    main()
