"""Files that hold many articles, member by member: JSON Lines, lists, YAML documents, feeds. Pure.

A member is known by its id or its URL, not by its place; its digest says whether it changed.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from watcher.ingest.feed_file import is_export, looks_like_feed, read_feed
from watcher.ingest.formats import load_json
from watcher.ingest.keys import KeyPath, folded
from watcher.ingest.safe_yaml import Refused, load_yaml
from watcher.ingest.text import storable_text
from watcher.ingest.values import Position
from watcher.model.seed import Problem, Reason

MIB = 1024 * 1024
MAX_MEMBERS = 100_000
LONGEST_ID = 200
_DIGEST_SIZE = 16

LINES = (".jsonl", ".ndjson")
FEEDS = (".xml", ".rss", ".atom")
_YAML = (".yaml", ".yml")
# A JSON file is one value: it is in memory as a whole, with five times its size.
_SIZES = {**dict.fromkeys(LINES, 64 * MIB), ".json": 16 * MIB, **dict.fromkeys(FEEDS, 8 * MIB)}

_FENCE = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_ITEM = re.compile(r"^-(?:[ \t]|\r?$)", re.MULTILINE)
_BEFORE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*")
_LISTS = ("items", "entries", "posts", "articles")
_IDS = ("id", "guid", "uuid", "uid", "weburl", "url", "link", "originalurl", "source", "permalink")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One article of a file: its keys, or what is wrong with it; where it begins; its own bytes.

    ``name`` tells it from the others; None in ``data`` and ``problem``: it is as it was.
    """

    name: str
    digest: bytes
    line: int
    data: dict[Any, Any] | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFront:
    """The front of a member: all of it is where it begins."""

    line: int

    def locate(self, path: KeyPath) -> Position:  # noqa: ARG002  # its lines are not kept
        return self.line, 1

    def written(self, path: KeyPath) -> str | None:  # noqa: ARG002  # as above
        return None


def may_hold_many(path: str) -> bool:
    """True if a file of this name may hold several articles."""
    return path.lower().endswith((*LINES, *FEEDS, ".json", *_YAML))


def largest(path: str, max_size: int) -> int:
    """How many bytes a file of this name may have, where others may have ``max_size``."""
    suffix = path[path.rfind(".") :].lower()
    return max(max_size, _SIZES.get(suffix, 0))


def read_members(
    text: str, path: str, known: Mapping[bytes, str], *, is_growing: bool, line: int = 0
) -> Iterable[Member] | Problem | None:
    """The members of a file, first ones first; None if it holds no more than one article.

    ``known`` are the names of members by their digests, which are not read again. While it
    ``is_growing``, a last line that is no JSON yet is left for later. ``line`` is the number of
    lines before ``text``.
    """
    name = path.lower()
    if name.endswith(LINES):
        return _first(_lines(text, known, is_growing=is_growing, line=line))
    if name.endswith(FEEDS):
        if is_export(text) or not looks_like_feed(text):
            return None
        entries = read_feed(text)
        return entries if isinstance(entries, Problem) else _of_records(entries, known)
    if name.endswith(".json"):
        return _of_json(text, known)
    if name.endswith(_YAML):
        return _of_yaml(text, known)
    return None


def _first(members: Iterator[Member]) -> Iterator[Member]:
    """As many members as are taken; of those with one name the first, and of others a problem.

    The same once more is nothing new, and nothing wrong.
    """
    names: dict[str, bytes] = {}
    for member in members:
        if (digest := names.get(member.name)) is not None:
            if digest != member.digest:
                yield _second(member)
            continue
        if len(names) == MAX_MEMBERS:
            message = f"it has more than {MAX_MEMBERS:,} members: the others are left out"
            problem = Problem(
                message=message, reason=Reason.TOO_MANY_NODES, line=member.line, column=1
            )
            yield Member(name="…", digest=b"", line=member.line, problem=problem)
            return
        names[member.name] = member.digest
        yield member


def _is_known(digest: bytes, known: Mapping[bytes, str]) -> bool:
    """Whether a member is as it was; a second one of a name may be the first by now."""
    return digest in known and not known[digest].endswith(f" {digest.hex()}")


def _second(member: Member) -> Member:
    problem = second_of(member.name, member.line)
    name = name_of_second(member.name, member.digest)
    return Member(name=name, digest=member.digest, line=member.line, problem=problem)


def second_of(name: str, line: int | None) -> Problem:
    """What is wrong with a member that has another one's name."""
    message = f"it has the id or URL of a member before it, {name}: give it its own"
    return Problem(message=message, reason=Reason.BAD_DATA, line=line, column=1)


def name_of_second(name: str, digest: bytes) -> str:
    """The name under which such a member is known."""
    return f"{name[: LONGEST_ID // 2]} {digest.hex()}"


def _lines(
    text: str, known: Mapping[bytes, str], *, is_growing: bool, line: int
) -> Iterator[Member]:
    place = 0
    while place < len(text):
        end = text.find("\n", place)
        is_last = end < 0
        part = text[place : len(text) if is_last else end].strip()
        place, line = (len(text) if is_last else end + 1), line + 1
        if not part:
            continue
        digest = digest_of(part)
        if _is_known(digest, known):
            yield Member(name=known[digest], digest=digest, line=line)
            continue
        data = load_json(part, line)
        if is_last and is_growing and isinstance(data, Problem):
            return  # half of a line: whoever writes it will be back
        if isinstance(data, dict):
            yield Member(name=name_of(data, digest), digest=digest, line=line, data=data)
            continue
        problem = data if isinstance(data, Problem) else _no_object(line)
        yield Member(name=f"line {line}", digest=digest, line=line, problem=problem)


def _no_object(line: int) -> Problem:
    return Problem(
        message="it is not an object: write it as { key: value }",
        reason=Reason.NOT_A_MAPPING,
        line=line,
        column=1,
    )


def _of_json(text: str, known: Mapping[bytes, str]) -> Iterable[Member] | Problem | None:
    start = text.lstrip()[:1]
    if start not in "[{" or not start:
        return None
    data = load_json(text)
    if isinstance(data, Problem):
        return data
    records = data if isinstance(data, list) else items_of(data)
    return None if records is None else _of_records(_records(records), known)


def items_of(data: Any) -> list[Any] | None:
    """The list of articles in a mapping, if it has one."""
    if not isinstance(data, dict):
        return None
    lists = (data.get(key) for key in _LISTS)
    return next((items for items in lists if isinstance(items, list) and _hold(items)), None)


def _hold(items: list[Any]) -> bool:
    return bool(items) and all(isinstance(item, dict) for item in items)


def _records(items: Iterable[Any], line: int = 1) -> Iterator[tuple[int, dict[Any, Any]]]:
    return ((line, item) for item in items if isinstance(item, dict))


def _of_records(
    records: Iterable[tuple[int, dict[Any, Any]]], known: Mapping[bytes, str]
) -> Iterator[Member]:
    def members() -> Iterator[Member]:
        for line, data in records:
            digest = digest_of(json.dumps(data, sort_keys=True, default=str, ensure_ascii=False))
            if _is_known(digest, known):
                yield Member(name=known[digest], digest=digest, line=line)
            else:
                yield Member(name=name_of(data, digest), digest=digest, line=line, data=data)

    return _first(members())


def _of_yaml(text: str, known: Mapping[bytes, str]) -> Iterable[Member] | Problem | None:
    documents = _documents(text)
    before = _BEFORE.match(text)
    first = before.end() if before else 0
    if len(documents) == 1 and _ITEM.match(text, documents[0][0]):
        return _of_yaml_list(text[documents[0][0] :], text, documents[0][0], known)
    if len(documents) < 2:  # noqa: PLR2004  # several
        if text.startswith(tuple(f"{key}:" for key in _LISTS), first):
            return _of_yaml_list_in_key(text, known)
        return None
    records: list[tuple[int, dict[Any, Any]]] = []
    for start, part in documents:
        try:
            data = load_yaml(part)
        except Refused:
            return None  # what follows the keys is a body
        if not any(folded(key) == "title" for key in data):
            return None
        records.append((text.count("\n", 0, start) + 1, data))
    return _of_records(records, known)


def _documents(text: str) -> list[tuple[int, str]]:
    """The parts between lines of ``---`` that are not empty, and where they begin."""
    parts: list[tuple[int, str]] = []
    start = 0
    for fence in (*_FENCE.finditer(text), None):
        part = text[start : fence.start() if fence else len(text)]
        before = _BEFORE.match(part)
        skipped = before.end() if before else 0
        if part[skipped:].strip():
            parts.append((start + skipped, part[skipped:]))
        if fence:
            start = fence.end() + 1
    return parts


def _of_yaml_list(
    part: str, text: str, start: int, known: Mapping[bytes, str]
) -> Iterable[Member] | Problem:
    line = text.count("\n", 0, start) + 1
    try:
        items = load_yaml(f"items:\n{part}")["items"]  # as load_yaml wants a mapping
    except Refused as refused:
        at = part.count("\n", 0, max(0, refused.index - len("items:\n")))
        return Problem(message=str(refused), reason=refused.reason, line=line + at, column=1)
    if not isinstance(items, list):
        return _no_object(line)
    lines = [line + part.count("\n", 0, found.start()) for found in _ITEM.finditer(part)]
    if len(lines) != len(items):
        lines = [line] * len(items)
    pairs = zip(lines, items, strict=True)
    return _of_records(((n, item) for n, item in pairs if isinstance(item, dict)), known)


def _of_yaml_list_in_key(text: str, known: Mapping[bytes, str]) -> Iterable[Member] | None:
    try:
        items = items_of(load_yaml(text))
    except Refused:
        return None
    return None if items is None else _of_records(_records(items), known)


def digest_of(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_SIZE).digest()


def name_of(data: Mapping[Any, Any], digest: bytes) -> str:
    """What a member is known by: its id or its URL, else its title, else itself."""
    values = {folded(key): value for key, value in data.items()}
    found = (values.get(key) for key in (*_IDS, "title"))
    name = next((str(v).strip() for v in found if isinstance(v, str | int) and str(v).strip()), "")
    name = " ".join(storable_text(name).split()) or digest.hex()
    return name if len(name) <= LONGEST_ID else digest_of(name).hex()
