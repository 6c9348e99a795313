"""A file's bytes to a Seed, or why it is none. Pure: at one time the same bytes give the same."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from watcher.ingest.article import NoArticle, Understood, understand
from watcher.ingest.block import decode_seed
from watcher.ingest.findings import Findings
from watcher.ingest.formats import read_document
from watcher.ingest.no_article import why_unread
from watcher.ingest.normalise import Lacking
from watcher.ingest.post import take_apart
from watcher.ingest.rules import Rules
from watcher.ingest.urls import addresses_of
from watcher.model.seed import (
    Held,
    NotArticle,
    Problem,
    RawSeed,
    Reading,
    Seed,
    SeedPath,
    Unusable,
)

Parsed = Seed | Held | NotArticle | Unusable


def parse_file(
    raw: RawSeed, *, rules: Rules, now: datetime, known: Mapping[SeedPath, bytes]
) -> Sequence[Reading]:
    """What is in a file: one reading, or a :class:`Collection` and one for each of its members.

    A member whose digest is the ``known`` one is unchanged. Never raises.
    """
    del known
    return (parse_seed(raw, rules=rules, now=now),)


def parse_seed(raw: RawSeed, *, rules: Rules, now: datetime) -> Parsed:
    """What the file says under the rules of its root, at the time ``now``. Never raises."""
    path = raw.at.path
    file = take_apart(path)
    if why := why_unread(path, file, rules.tool, rules.root_name):
        return _left_out(raw, why)
    text = decode_seed(raw.data)
    document = text if isinstance(text, Problem) else read_document(text, path)
    if isinstance(document, Problem):
        return _unusable(raw, document)
    findings = Findings()
    found = understand(document, path, file=file, rules=rules, findings=findings, now=now)
    if isinstance(found, NoArticle):
        return _left_out(raw, found.why)
    if isinstance(found, Lacking):
        return _unusable(raw, found.finding.problem(document.front, found.reason))
    return _parsed(
        raw, found, findings.problems(document.front), is_open_ended=document.is_open_ended
    )


def _parsed(
    raw: RawSeed, found: Understood, warnings: tuple[Problem, ...], *, is_open_ended: bool
) -> Seed | Held:
    standing = found.standing
    addresses = addresses_of(found.content)
    id_url = addresses.id_url or f"path:{raw.at.path}"
    if standing.why:
        return Held(
            at=raw.at,
            signature=raw.signature,
            trusted=raw.trusted,
            digest=raw.digest,
            content=found.content,
            id_url=id_url,
            why=standing.why,
            due_at=standing.due_at,
            warnings=warnings,
        )
    return Seed(
        at=raw.at,
        signature=raw.signature,
        trusted=raw.trusted,
        digest=raw.digest,
        content=found.content,
        urls=addresses.urls,
        loose_urls=addresses.loose_urls,
        amp_urls=addresses.amp_urls,
        id_url=id_url,
        warnings=warnings,
        is_open_ended=is_open_ended,
        due_at=standing.due_at,
    )


def _left_out(raw: RawSeed, why: str) -> NotArticle:
    return NotArticle(
        at=raw.at, signature=raw.signature, trusted=raw.trusted, digest=raw.digest, why=why
    )


def _unusable(raw: RawSeed, problem: Problem) -> Unusable:
    return Unusable(
        at=raw.at,
        problem=problem,
        signature=raw.signature,
        trusted=raw.trusted,
        digest=raw.digest,
    )
