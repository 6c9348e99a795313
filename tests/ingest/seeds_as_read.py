"""Raw seeds for the tests of parsing, from their text."""

from datetime import UTC, datetime
from typing import Any

from tests.support.seeds import seed_text
from watcher.config.schema import ArticlesConfig, RootConfig
from watcher.ingest.front_matter import FrontMatter, decode_seed, find_blocks, load_front_matter
from watcher.ingest.parse import Parsed, parse_seed
from watcher.ingest.rules import rules_of
from watcher.model.seed import Problem, RawSeed, Seed, SeedPath, Signature, Unusable

NOW = datetime(2026, 12, 1, tzinfo=UTC)
SIGNATURE = Signature(size=1, mtime_ns=2, ctime_ns=3, inode=4)
FRONT = "title: A title\nwebUrl: https://example.org/1\n"


def raw_seed(text: str | bytes, *, name: str = "a.md") -> RawSeed:
    return RawSeed(
        at=SeedPath(root="/root-of-tests", path=name),
        signature=SIGNATURE,
        trusted=True,
        digest=b"digest",
        data=text if isinstance(text, bytes) else text.encode(),
    )


def parse(
    text: str | bytes,
    *,
    name: str = "a.md",
    articles: ArticlesConfig | None = None,
    root: dict[str, Any] | None = None,
) -> Parsed:
    """What a seed is read as, in a root with these keys."""
    config = RootConfig.model_validate({"path": "/root-of-tests", **(root or {})})
    rules = rules_of(config, articles or ArticlesConfig())
    return parse_seed(raw_seed(text, name=name), rules=rules, now=NOW)


def good(text: str | bytes, *, name: str = "a.md", articles: ArticlesConfig | None = None) -> Seed:
    seed = parse(text, name=name, articles=articles)
    assert isinstance(seed, Seed), seed
    return seed


def good_front(front: str) -> Seed:
    """The seed of a minimal front matter with the lines of ``front`` from line 4 on."""
    return good(f"---\n{FRONT}{front}\n---\n")


def good_seed(**changed: Any) -> Seed:
    """The seed of :func:`tests.support.seeds.seed_text`."""
    return good(seed_text(**changed))


def problem_of(text: str | bytes, *, name: str = "a.md") -> Problem:
    seed = parse(text, name=name)
    assert isinstance(seed, Unusable), seed
    assert seed.problem.reason is not None
    return seed.problem


def places(problems: tuple[Problem, ...]) -> list[tuple[str | None, int | None, int | None]]:
    return [(problem.key, problem.line, problem.column) for problem in problems]


def read_front_matter(data: bytes, *, is_yaml: bool) -> FrontMatter | Problem:
    """A file's front matter alone."""
    text = decode_seed(data)
    blocks = text if isinstance(text, Problem) else find_blocks(text, is_yaml=is_yaml)
    return blocks if isinstance(blocks, Problem) else load_front_matter(blocks)
