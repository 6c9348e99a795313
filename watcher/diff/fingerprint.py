"""The fingerprint of an article's significant content: what tells one revision from another.

``2bst:9c1f…`` is the version of this rule, the fields it was made over, and 128 bits of BLAKE2b.
A fingerprint made under another rule can never be equal, so :func:`same_rule` says when two may be
compared at all, and :func:`older_marks` gives those that an earlier version would have made: a
later rule makes no old article look changed.
"""

# ruff: noqa: RUF001  # characters that look alike are what this is about

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from unicodedata import normalize

from watcher.model.seed import Content

VERSION = 2

_SINGLE = "‘’‚‛‹›`´ʹʻʼʽˈ′‵"  # apostrophes too, and what is typed in place of one
_DOUBLE = "“”„‟«»″‶〝〞〟"
_QUOTES = str.maketrans(dict.fromkeys(_SINGLE, "'") | dict.fromkeys(_DOUBLE, '"'))
_TYPOGRAPHY = (
    ("‘", "'"), ("’", "'"), ("“", '"'), ("”", '"'), ("–", "-"), ("—", "-"), ("…", "..."),
    ("\u00a0", " "),
)  # fmt: skip
"""In most texts all that is not ASCII: without it, they take the short way."""
_DASHES = re.compile(" ?[-‐‑‒–—―−⸺⸻]+ ?")
_ELLIPSES = re.compile(r"\[ ?\.(?: ?\.)+ ?\]|\.(?: ?\.)+|⋯")  # NFKC has made three dots of …
# Characters that are not seen: format controls, joiners, fillers, variation selectors, tags.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def folded(text: str) -> str:
    """A text as it is compared, without differences that make no other text to a reader.

    Those are letter case, white space, compatibility forms (NFKC), invisible characters, kinds of
    quotes and dashes, and ellipses.
    """
    for mark, plain in _TYPOGRAPHY:
        text = text.replace(mark, plain)
    if text.isascii():
        text = text.lower().replace("`", "'")
    else:
        text = normalize("NFKC", _INVISIBLE.sub("", text.translate(_QUOTES)))
        text = normalize("NFKC", text.casefold())
    # White space first: the patterns after it need not look for runs of it.
    text = " ".join(text.split())
    if ".." in text or ". ." in text or "⋯" in text:
        text = " ".join(_ELLIPSES.sub(" ", text).split())
    return text if text.isascii() and "-" not in text else _DASHES.sub("-", text)


def _folded_by_1(text: str) -> str:
    return " ".join(text.casefold().split())


_FOLDS: dict[int, Callable[[str], str]] = {1: _folded_by_1, VERSION: folded}


def same_title(one: Content, other: Content) -> bool:
    """True if two articles have one title, as it is compared."""
    return folded(one.title) == folded(other.title)


def same_text(one: Content, other: Content) -> bool:
    """True if two articles have one title, summary and body, as they are compared."""
    return all(
        folded(getattr(one, field) or "") == folded(getattr(other, field) or "")
        for field in ("title", "summary", "body")
    )


def fingerprint(content: Content, significant: Iterable[str]) -> str:
    """The fingerprint of ``content`` over ``significant`` fields."""
    return _fingerprint(content, VERSION, tuple(significant))


def older_marks(content: Content, significant: Iterable[str]) -> Iterator[str]:
    """The fingerprints that earlier versions of the rule make over the same fields."""
    fields = tuple(significant)
    return (_fingerprint(content, version, fields) for version in _FOLDS if version < VERSION)


def _fingerprint(content: Content, version: int, significant: tuple[str, ...]) -> str:
    """Absent fields are left out: one that is added later changes no article that lacks it."""
    digest = blake2b(digest_size=16)
    fields, tag = _rule(version, significant)
    for field in fields:
        value = getattr(content, field)
        if value:
            text = f"{field}\x1f{_FOLDS[version](value)}\x1e"
            digest.update(text.encode("utf-8", "surrogatepass"))
    return f"{tag}:{digest.hexdigest()}"


@lru_cache
def _rule(version: int, significant: tuple[str, ...]) -> tuple[list[str], str]:
    """The fields in the order of the rule, and its tag."""
    fields = sorted(significant)
    return fields, f"{version}{''.join(field[0] for field in fields)}"


def same_rule(one: str, other: str) -> bool:
    """True if two fingerprints were made under one rule, and so may be compared."""
    return one.partition(":")[0] == other.partition(":")[0]
