"""The fingerprint of an article's significant content: what tells one revision from another.

``1tsb:9c1f…`` is the version of this rule, the fields it was made over, and 128 bits of BLAKE2b.
A fingerprint made under another rule can never be equal, so :func:`same_rule` says when the two
may be compared at all; a later rule then makes no old article look changed.
"""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

from watcher.model.seed import Content

VERSION = 1


def rule(significant: Iterable[str]) -> str:
    """The tag of the rule over these fields, whatever their order."""
    return f"{VERSION}{''.join(sorted(field[0] for field in significant))}"


def fingerprint(content: Content, significant: Iterable[str]) -> str:
    """The fingerprint of ``content`` over ``significant`` fields, in any letter case.

    Absent fields are left out of the digest, so a field that is added later, and that an article
    does not have, would not change it.
    """
    digest = blake2b(digest_size=16)
    fields, tag = _rule(tuple(significant))
    for field in fields:
        value = getattr(content, field)
        if value:
            folded = " ".join(value.casefold().split())
            digest.update(f"{field}\x1f{folded}\x1e".encode("utf-8", "surrogatepass"))
    return f"{tag}:{digest.hexdigest()}"


@lru_cache
def _rule(significant: tuple[str, ...]) -> tuple[list[str], str]:
    """The fields in the order of the rule, and its tag."""
    return sorted(significant), rule(significant)


def same_rule(one: str, other: str) -> bool:
    """Whether two fingerprints were made under one rule, and so may be compared."""
    return one.partition(":")[0] == other.partition(":")[0]
