"""Which article a seed is about (DESIGN §4.3): its path, else its addresses, else a new one.

A path keeps its article whatever it says. What follows are the exceptions, without which a new
article would pass for an edit of an old one, or files that trade names for edits that never
happened. They hold only for a seed that shares no address with its path's article:

* another path speaks for that article (a copy that became a template, a file that was moved away
  before its name was used again): then this one is free to be about something else;
* the article was removed, and this is none of its revisions: the name is used again;
* its bytes are now elsewhere, or the addresses' owner's bytes are now here (rotation, swapped
  names).

An article's own address is its *alias*, and belongs to no other. An address that only *hints* at
an article may hint at several: an AMP address, which counts if the titles are the same, and the
loose form of an own one, which counts if the whole text is. A seed without any address is known by
its bytes, so that it may be moved; and so is one whose address is made of its path, once that is
left.

Which of many seeds have an address in common, before any store knows them, is for ``check``.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b, sha1
from uuid import NAMESPACE_URL

from watcher.diff.draft import ArticleDraft, Drafts
from watcher.diff.fingerprint import folded, same_text, same_title
from watcher.model.kinds import FileState
from watcher.model.known import KnownFile, SharedAddress, Sought
from watcher.model.seed import Problem, Reading, Seed, SeedPath

_LOOSE = "~"
"""Marks a loose form among the hints: it must never be taken for an address."""


def aliases_of(seed: Seed) -> Sequence[str]:
    """The texts that name a seed's article, and no other."""
    if not seed.urls:
        return (_content_of(seed),)
    return (*seed.urls, _content_of(seed)) if seed.is_placed else seed.urls


def _content_of(seed: Seed) -> str:
    return f"content:{seed.digest.hex()}"


def hints_of(seed: Seed) -> list[str]:
    """The texts that hint at a seed's article, and maybe at others."""
    loose = [f"{_LOOSE}{url}" for url in seed.loose_urls if url not in seed.urls]
    return [*seed.amp_urls, *loose]


def sought_by(readings: Sequence[Reading]) -> Sought:
    """What must be known to decide about these readings."""
    seeds = [reading for reading in readings if isinstance(reading, Seed)]
    aliases, similar = set[str](), set[str]()
    for seed in seeds:
        aliases.update(aliases_of(seed), seed.amp_urls, seed.loose_urls)
        similar.update(seed.urls, seed.amp_urls)
        similar.update(f"{_LOOSE}{url}" for url in seed.loose_urls)
    return Sought(
        paths=frozenset(reading.at for reading in readings),
        aliases=frozenset(aliases),
        similar=frozenset(similar),
        ids=frozenset(make_id(seed.id_url) for seed in seeds if not seed.urls),
    )


def new_id(seed: Seed, drafts: Drafts) -> str:
    """The id of a new article. One without an address may find the id of its path taken."""
    made = make_id(seed.id_url)
    return make_id(f"{seed.id_url}#{seed.digest.hex()}") if drafts.is_taken(made) else made


def make_id(url: str) -> str:
    """The permanent id of an article first seen under this canonical URL (UUIDv5, RFC 9562).

    As the standard library's, in a third of the time.
    """
    digits = sha1(NAMESPACE_URL.bytes + url.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digits[16], 16) % 4]
    return (
        f"urn:uuid:{digits[:8]}-{digits[8:12]}-5{digits[13:16]}"
        f"-{variant}{digits[17:20]}-{digits[20:32]}"
    )


def whose(seed: Seed, drafts: Drafts, is_revision_of: Callable[[ArticleDraft], bool]) -> str | None:
    """The id of the known article that ``seed`` is about, or None if it is a new one.

    ``is_revision_of`` says whether an article has said before what the seed says.
    """
    owner = _owner(seed, drafts)
    file = drafts.file(seed.at)
    if file is None or file.article is None or file.article == owner:
        return owner
    if any(file.article == article for article in _named_by(seed, drafts)):
        return file.article
    free = (
        _is_spoken_for(file, drafts)
        or _is_used_again(file, is_revision_of, drafts)
        or _moved_here(seed, owner, drafts)
        or _moved_away(file, drafts)
    )
    return owner if free else file.article


def shared_address(seed: Seed, draft: ArticleDraft, drafts: Drafts) -> SharedAddress | None:
    """The first address of a seed of this article that is another article's.

    Also its own, if another path speaks for the article, with another title.
    """
    for url in (*seed.urls, *seed.amp_urls):
        owner = drafts.aliases.get(url, draft.id)
        if owner != draft.id:
            return SharedAddress(url=url, article=owner)
    for url in seed.urls:
        for other in drafts.similar.get(url, ()):
            if other != draft.id and not same_title(drafts.article(other).content, seed.content):
                return SharedAddress(url=url, article=other)
    speaker = draft.speaker()
    if seed.urls and speaker not in (None, seed.at) and not same_title(draft.content, seed.content):
        return SharedAddress(url=seed.urls[0], article=draft.id)
    return None


def _owner(seed: Seed, drafts: Drafts) -> str | None:
    """The article that a seed's addresses name, or else one that they hint at."""
    for text in seed.urls or aliases_of(seed):
        if text in drafts.aliases:
            return drafts.aliases[text]
    if (moved := _moved_with_its_address(seed, drafts)) is not None:
        return moved
    for article in _hinted_at_by_amp(seed, drafts):
        if same_title(drafts.article(article).content, seed.content):
            return article
    for article in _hinted_at_by_loose(seed, drafts):
        if same_text(drafts.article(article).content, seed.content):
            return article
    return None


def _moved_with_its_address(seed: Seed, drafts: Drafts) -> str | None:
    """The article of these bytes, if they are nowhere else: its address came from its path."""
    article = drafts.aliases.get(_content_of(seed)) if seed.is_placed else None
    is_left = article is not None and drafts.article(article).speaker() is None
    return article if is_left else None


def _named_by(seed: Seed, drafts: Drafts) -> Iterator[str | None]:
    yield from (drafts.aliases.get(text) for text in aliases_of(seed))
    yield from _hinted_at_by_amp(seed, drafts)


def _hinted_at_by_amp(seed: Seed, drafts: Drafts) -> Iterator[str]:
    """Articles that have an AMP address of the seed, or the seed's own as their AMP address."""
    for url in seed.amp_urls:
        if url in drafts.aliases:
            yield drafts.aliases[url]
    for url in (*seed.amp_urls, *seed.urls):
        yield from drafts.similar.get(url, ())


def _hinted_at_by_loose(seed: Seed, drafts: Drafts) -> Iterator[str]:
    for url in seed.loose_urls:
        if url in drafts.aliases:
            yield drafts.aliases[url]
        yield from drafts.similar.get(f"{_LOOSE}{url}", ())


def _is_spoken_for(file: KnownFile, drafts: Drafts) -> bool:
    """True if another path speaks for the article, and did before this batch."""
    speaker = drafts.article(file.article).speaker() if file.article else None
    return speaker is not None and speaker != file.at


def _is_used_again(
    file: KnownFile, is_revision_of: Callable[[ArticleDraft], bool], drafts: Drafts
) -> bool:
    if file.state is not FileState.GONE or file.article is None:
        return False
    return not is_revision_of(drafts.article(file.article))


def _moved_here(seed: Seed, owner: str | None, drafts: Drafts) -> bool:
    """True if the very bytes of this seed were those of another path of its URLs' owner."""
    if owner is None:
        return False
    others = drafts.known_files_of(owner)
    return any(other.digest == seed.digest for other in others if other.at != seed.at)


def _moved_away(file: KnownFile, drafts: Drafts) -> bool:
    """True if the very bytes that this path had are now at another path."""
    if file.digest is None:
        return False
    return drafts.is_elsewhere(file.digest, but=file.at, article=file.article)


@dataclass(slots=True)
class Addresses:
    """The addresses of the seeds that were seen, each with the first seed that has it."""

    _own: dict[bytes, tuple[SeedPath, bytes]] = field(default_factory=dict)
    _amp: dict[bytes, tuple[SeedPath, bytes]] = field(default_factory=dict)

    def add(self, seed: Seed) -> Problem | None:
        """Remember a seed's addresses. Returns a finding if one is another article's."""
        holder = (seed.at, _key(folded(seed.content.title)))
        problem = self._conflict(seed, holder[1])
        for url in seed.urls:
            self._own.setdefault(_key(url), holder)
        for url in seed.amp_urls:
            self._amp.setdefault(_key(url), holder)
        return problem

    def _conflict(self, seed: Seed, title: bytes) -> Problem | None:
        for url in seed.urls:
            if (other := self._own.get(_key(url))) and other[1] != title:
                return Problem(
                    message=f"{url} is also the address of {other[0]}, which has another title: "
                    "both are one article, and only the one seen first is told"
                )
            if (other := self._amp.get(_key(url))) and other[1] != title:
                return Problem(message=f"{url} is also the AMP address of {other[0]}{_APART}")
        for url in seed.amp_urls:
            if (other := self._own.get(_key(url))) and other[1] != title:
                return Problem(
                    message=f"its AMP address {url} is the address of {other[0]}{_APART}"
                )
        return None


_APART = ", which has another title: they are two articles; correct the address"


def _key(text: str) -> bytes:
    """Eight bytes for a text: there may be millions."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
