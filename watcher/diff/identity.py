"""Which article a seed is about (DESIGN §4.3): its path, else its URLs, else a new one.

Beyond the design's three rules there is one exception, for files that trade names. A path keeps
its article whatever it says, *unless* the bytes show that the article went elsewhere: a log that
is rotated (``x.md`` becomes ``old/x.md`` and a new ``x.md`` is written) or two files that swap
names would otherwise hide a new article behind an edit, or tell two edits that never happened.
"""

from uuid import NAMESPACE_URL, uuid5

from watcher.diff.draft import Drafts
from watcher.model import KnownFile, Seed


def make_id(url: str) -> str:
    """The permanent id of an article first seen under this canonical URL (UUIDv5, RFC 9562)."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, url)}"


def whose(seed: Seed, drafts: Drafts) -> str | None:
    """The id of the known article that ``seed`` is about, or None if it is a new one."""
    owner = _owner_of_urls(seed, drafts)
    file = drafts.file(seed.at)
    if file is None or file.article is None or file.article == owner:
        return owner
    if any(drafts.aliases.get(url) == file.article for url in seed.urls):
        return file.article
    if _moved_here(seed, owner, drafts) or _moved_away(file, drafts):
        return owner
    return file.article


def _owner_of_urls(seed: Seed, drafts: Drafts) -> str | None:
    return next((drafts.aliases[url] for url in seed.urls if url in drafts.aliases), None)


def _moved_here(seed: Seed, owner: str | None, drafts: Drafts) -> bool:
    """Whether the very bytes of this seed were those of another path of its URLs' owner."""
    if owner is None:
        return False
    others = drafts.known_files_of(owner)
    return any(other.digest == seed.digest for other in others if other.at != seed.at)


def _moved_away(file: KnownFile, drafts: Drafts) -> bool:
    """Whether the very bytes that this path had are now at another path."""
    if file.digest is None:
        return False
    return drafts.is_elsewhere(file.digest, but=file.at, article=file.article)
