"""A file's bytes to a Seed, or why it is unusable. Pure: the same bytes give the same Seed."""

from watcher.config.schema import ArticlesConfig
from watcher.ingest.findings import Findings
from watcher.ingest.front_matter import read_front_matter
from watcher.ingest.keys import field_keys
from watcher.ingest.normalise import Lacking, normalise
from watcher.ingest.urls import addresses_of
from watcher.model.seed import Problem, RawSeed, Seed, Unusable

_YAML_SUFFIXES = (".yaml", ".yml")


def parse_seed(raw: RawSeed, *, articles: ArticlesConfig) -> Seed | Unusable:
    """What the file says, normalised under the keys of ``articles``. Never raises."""
    is_yaml = raw.at.path.lower().endswith(_YAML_SUFFIXES)
    front = read_front_matter(raw.data, is_yaml=is_yaml)
    if isinstance(front, Problem):
        return _unusable(raw, front)
    findings = Findings()
    content = normalise(front, field_keys(articles), findings)
    if isinstance(content, Lacking):
        return _unusable(raw, content.finding.problem(front, content.reason))
    addresses = addresses_of(content)
    return Seed(
        at=raw.at,
        signature=raw.signature,
        trusted=raw.trusted,
        digest=raw.digest,
        content=content,
        urls=addresses.urls,
        loose_urls=addresses.loose_urls,
        amp_urls=addresses.amp_urls,
        id_url=addresses.id_url or f"path:{raw.at.path}",
        warnings=findings.problems(front),
        is_open_ended=not front.block.is_closed,
    )


def _unusable(raw: RawSeed, problem: Problem) -> Unusable:
    return Unusable(
        at=raw.at,
        problem=problem,
        signature=raw.signature,
        trusted=raw.trusted,
        digest=raw.digest,
    )
