"""The fast parser of front matter against libyaml, on texts changed at random.

``python -m benchmarks.fuzz_parser --texts 200000``. Bases are the real seeds, the replay's and
those of :mod:`benchmarks.make_seeds`; a third of the texts are made up. Ends with 1 at the first
disagreement, and prints the text.
"""

import argparse
import sys
import time
from random import Random

from benchmarks.make_seeds import SHAPES, seed_text
from tests.ingest.fast_yaml_check import disagreement, yaml_of
from tests.ingest.yaml_changes import change_yaml, make_yaml
from tests.support.replay import load_replay
from tests.support.seeds import REAL_SEEDS
from watcher.ingest.fast_yaml import read_plain


def bases(per_shape: int = 20) -> list[str]:
    """What is changed: real seeds, one in fifty of the replay's, generated ones of each shape."""
    texts = [path.read_text("utf-8") for path in sorted(REAL_SEEDS.iterdir())]
    texts += [write.text for write in list(load_replay().writes)[::50]]
    texts += [seed_text(n, shape=shape) for shape in SHAPES for n in range(per_shape)]
    return [text for text in map(yaml_of, texts) if len(text) < 5_000]


def next_text(known: list[str], random: Random) -> str:
    if random.random() < 0.66:
        return change_yaml(random.choice(known), random)
    made = make_yaml(random)
    return made if random.random() < 0.5 else change_yaml(made, random)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9)
    asked = parser.parse_args()
    random, known, taken = Random(asked.seed), bases(), 0
    for n in range(asked.texts):
        text = next_text(known, random)
        wrong = disagreement(text)
        if wrong:
            sys.exit(f"text {n} of seed {asked.seed}: {wrong}\n{text!r}")
        taken += read_plain(text) is not None
    print(f"seed {asked.seed}: {asked.texts:,} texts, {taken:,} taken the fast way, all as libyaml")


if __name__ == "__main__":
    main()
