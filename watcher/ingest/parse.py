"""A file's bytes to a Seed, or why it is none. Pure: at one time the same bytes give the same."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from watcher.ingest.article import NoArticle, Understood, understand
from watcher.ingest.formats import Document, Shape, read_document
from watcher.ingest.front_matter import decode_seed
from watcher.ingest.many import (
    LINES,
    MAX_MEMBERS,
    Member,
    MemberFront,
    may_hold_many,
    read_members,
)
from watcher.ingest.no_article import why_unread
from watcher.ingest.normalise import Lacking
from watcher.ingest.post import FileName, take_apart
from watcher.ingest.read import DIGEST_SIZE
from watcher.ingest.rules import Rules
from watcher.ingest.urls import addresses_of
from watcher.ingest.values import Findings
from watcher.model.seed import (
    Collection,
    Held,
    NotArticle,
    Problem,
    RawSeed,
    Reading,
    Reason,
    Seed,
    SeedPath,
    Unchanged,
    Unusable,
)

GROWING_SECONDS = 10.0
"""So long after the last write, half of a last line is somebody's who is still writing it."""

Parsed = Seed | Held | NotArticle | Unusable


def parse_file(
    raw: RawSeed,
    *,
    rules: Rules,
    now: datetime,
    known: Mapping[SeedPath, bytes],
    extent: tuple[int, bytes] | None = None,
) -> Sequence[Reading]:
    """What is in a file: one reading, or a :class:`Collection` and one for each of its members.

    A member whose digest is the ``known`` one is unchanged. If a file of lines still begins with
    its old ``extent``, a size and its digest, only what is behind it is read. Never raises.
    """
    path = raw.at.path
    start = extent[0] if extent and has_grown(raw.data, path, extent) else 0
    if not may_hold_many(path) or why_unread(
        path, take_apart(path, has_languages=rules.tool.has_languages), rules.tool, rules.root_name
    ):
        return (parse_seed(raw, rules=rules, now=now),)
    text = decode_seed(raw.data[start:] if start else raw.data)
    if isinstance(text, Problem):
        return (_unusable(raw, text),)
    names = {
        digest: at.path.rpartition("#")[2]
        for at, digest in known.items()
        if at.is_member and at.file == raw.at
    }
    age = now.timestamp() - raw.signature.mtime_ns / 1e9
    line = raw.data.count(b"\n", 0, start)
    is_growing = age < GROWING_SECONDS
    members = read_members(text, path, names, is_growing=is_growing, line=line)
    if members is None:
        return (parse_seed(raw, rules=rules, now=now),)
    if isinstance(members, Problem):
        return (_unusable(raw, members),)
    readings = [_member(raw, member, rules, now) for member in members]
    is_all = not start
    if is_all and not any(isinstance(reading, Seed | Held | Unchanged) for reading in readings):
        # None is an article: it is data, and what is wrong with articles is not wrong with it.
        readings = [reading for reading in readings if not _is_none(reading)]
    return (_collection(raw, text, grown=bool(start)), *readings)


def has_grown(data: bytes, path: str, extent: tuple[int, bytes]) -> bool:
    """Whether a file of lines has what it had, and lines behind it; not too many for one file."""
    size, digest = extent
    return (
        path.lower().endswith(LINES)
        and 0 < size < len(data)
        and data[size - 1 : size] == b"\n"
        and blake2b(data[:size], digest_size=DIGEST_SIZE).digest() == digest
        and data.count(b"\n") < MAX_MEMBERS
    )


def _collection(raw: RawSeed, text: str, *, grown: bool) -> Collection:
    """The file itself; while its last line is not whole, its digest is nobody's."""
    is_whole = not raw.at.path.lower().endswith(LINES) or text.endswith("\n")
    return Collection(
        at=raw.at,
        signature=raw.signature,
        trusted=raw.trusted and is_whole,
        digest=raw.digest if is_whole else b"",
        grown=grown,
    )


def _is_none(reading: Reading) -> bool:
    return isinstance(reading, Unusable) and reading.problem.reason is Reason.MISSING_TITLE


def _member(raw: RawSeed, member: Member, rules: Rules, now: datetime) -> Reading:
    """What one of many says; what is no article by itself is unusable beside others."""
    at = raw.at.member(member.name.replace("#", "%23"))
    part = replace(raw, at=at, digest=member.digest, data=b"")
    if member.problem:
        return _unusable(part, member.problem)
    if member.data is None:
        return _unchanged(part)
    document = Document(
        data=member.data, body="", shape=Shape.DATA, front=MemberFront(line=member.line)
    )
    findings = Findings()
    file = FileName.of_member()
    found = understand(document, at.path, file=file, rules=rules, findings=findings, now=now)
    if isinstance(found, NoArticle):
        message = f"it is no article beside the others: {found.why}"
        return _unusable(
            part,
            Problem(message=message, reason=Reason.MISSING_TITLE, line=member.line, column=1),
        )
    if isinstance(found, Lacking):
        return _unusable(part, found.finding.problem(document.front, found.reason))
    return _parsed(part, found, findings.problems(document.front), is_open_ended=False)


def _unchanged(raw: RawSeed) -> Unchanged:
    return Unchanged(at=raw.at, signature=raw.signature, trusted=raw.trusted)


def parse_seed(raw: RawSeed, *, rules: Rules, now: datetime) -> Parsed:
    """What the file says under the rules of its root, at the time ``now``. Never raises."""
    path = raw.at.path
    file = take_apart(path, has_languages=rules.tool.has_languages)
    if why := why_unread(path, file, rules.tool, rules.root_name):
        return _left_out(raw, why)
    text = decode_seed(raw.data)
    telling = rules.keys.telling
    document = text if isinstance(text, Problem) else read_document(text, path, telling)
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
        is_placed=found.is_placed,
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
