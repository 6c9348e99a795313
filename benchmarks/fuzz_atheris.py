"""Coverage-guided fuzzing of the seed and the config parsers, by atheris (libFuzzer).

``python -m benchmarks.fuzz_atheris seed FOLDER -max_total_time=600``, and ``config`` for the other.
atheris is not among the project's needs: ``pip install atheris``. FOLDER holds the corpus, which
starts with the project's own files. A finding is an exception that is not declared, an input that
takes over a second, or one that takes 200 MiB; libFuzzer stops, and writes it down.
"""

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["watcher"]):
    from benchmarks.make_seeds import SHAPES, seed_text
    from tests.ingest.fast_yaml_check import disagreement
    from tests.ingest.seeds_as_read import parse
    from tests.support.seeds import REAL_SEEDS
    from watcher.config.load import load_config
    from watcher.errors import ConfigError

CONFIGS = Path(__file__).parent.parent / "config"
LIMITS = ("-timeout=1", "-rss_limit_mb=700", "-malloc_limit_mb=200", "-max_len=16384")


def fuzz_seed(data: bytes) -> None:
    """A seed is a seed or unusable; what the fast way takes, libyaml reads the same."""
    parse(data)
    _, fence, front = data.decode("utf-8", "ignore").partition("---\n")
    wrong = disagreement(front.partition("---\n")[0]) if fence else None
    if wrong:
        raise AssertionError(wrong)


def fuzz_config(file: Path, data: bytes) -> None:
    """A config is loaded, or refused with all that is wrong with it."""
    file.write_bytes(data)
    try:
        load_config(file, environ={"NAME": "value"})
    except ConfigError:
        return


def first_seeds() -> list[bytes]:
    made = [seed_text(7, shape=shape).encode() for shape in SHAPES]
    return [path.read_bytes() for path in sorted(REAL_SEEDS.iterdir())] + made


def first_configs() -> list[bytes]:
    return [path.read_bytes() for path in sorted(CONFIGS.glob("*.yaml"))]


def fuzz(target: Callable[[bytes], None], corpus: Path, first: list[bytes], *more: str) -> None:
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(first):
        (corpus / f"first-{number}").write_bytes(data)
    atheris.Setup([sys.argv[0], str(corpus), *LIMITS, *more], target)
    atheris.Fuzz()


def main() -> None:
    what, corpus, *more = sys.argv[1:]
    if what == "seed":
        fuzz(fuzz_seed, Path(corpus), first_seeds(), *more)
    with tempfile.TemporaryDirectory() as folder:
        target = partial(fuzz_config, Path(folder) / "seedwatch.yaml")
        fuzz(target, Path(corpus), first_configs(), *more)


if __name__ == "__main__":
    main()
