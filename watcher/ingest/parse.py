"""A file's bytes to a Seed, or why it is unusable. Pure: the same bytes give the same Seed."""

from collections.abc import Callable, Iterator

from watcher.config.schema import ArticlesConfig
from watcher.ingest.block import Block
from watcher.ingest.findings import Findings
from watcher.ingest.front_matter import find_front_matter, load_front_matter
from watcher.ingest.keys import FieldKeys, field_keys
from watcher.ingest.laid_out import read_laid_out
from watcher.ingest.normalise import Lacking, normalise, urls_of
from watcher.model.seed import Content, Problem, RawSeed, Seed, Unusable

_YAML_SUFFIXES = (".yaml", ".yml")


def parse_seed(raw: RawSeed, *, articles: ArticlesConfig) -> Seed | Unusable:
    """What the file says, normalised under the keys of ``articles``. Never raises."""
    return _parse(raw, field_keys(articles), read_laid_out)


def parse_ordinarily(raw: RawSeed, *, articles: ArticlesConfig) -> Seed | Unusable:
    """The same, whatever was read before: for those who compare."""
    return _parse(raw, field_keys(articles), lambda *_: None)


def _parse(
    raw: RawSeed, keys: FieldKeys, read_fast: Callable[[Block, FieldKeys], Content | None]
) -> Seed | Unusable:
    is_yaml = raw.at.path.lower().endswith(_YAML_SUFFIXES)
    blocks = find_front_matter(raw.data, is_yaml=is_yaml)
    if isinstance(blocks, Problem):
        return _unusable(raw, blocks)
    block = next(blocks)
    content = read_fast(block, keys)
    return _seed(raw, content) if content else _understand(raw, block, blocks, keys)


def _understand(
    raw: RawSeed, block: Block, longer: Iterator[Block], keys: FieldKeys
) -> Seed | Unusable:
    """What is in any front matter, or what is wrong with it."""
    front = load_front_matter(block, longer)
    if isinstance(front, Problem):
        return _unusable(raw, front)
    findings = Findings()
    content = normalise(front, keys, findings)
    if isinstance(content, Lacking):
        return _unusable(raw, content.finding.problem(front, content.reason))
    return _seed(raw, content, tuple(finding.problem(front) for finding in findings.made))


def _seed(raw: RawSeed, content: Content, warnings: tuple[Problem, ...] = ()) -> Seed:
    return Seed(
        at=raw.at,
        signature=raw.signature,
        trusted=raw.trusted,
        digest=raw.digest,
        content=content,
        urls=urls_of(content),
        warnings=warnings,
    )


def _unusable(raw: RawSeed, problem: Problem) -> Unusable:
    return Unusable(
        at=raw.at,
        problem=problem,
        signature=raw.signature,
        trusted=raw.trusted,
        digest=raw.digest,
    )
