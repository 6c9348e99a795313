"""Names that hold no articles, wherever they lie, and what ``like`` adds to them. Data only.

A name that the root's own ``include`` spells out is wanted all the same.
"""

from collections.abc import Iterable, Sequence

ALWAYS = (
    "README*", "LICENSE*", "CHANGELOG*", "CONTRIBUTING*", "SECURITY*", "CODE_OF_CONDUCT*",
    "node_modules",
)  # fmt: skip
"""Globs of names, in every root."""

LIKE_ANYWHERE = ("_includes", "_layouts", "_data")
"""With any ``like``: templates and data of a site generator."""

LIKE_AT_THE_TOP = frozenset({"_site", "docs", "public", "dist", "output", "themes", "vendor"})
"""With any ``like``: folders directly in the root that hold the built site or what others wrote."""


def names_left_out(include: Iterable[str], *, like: str | None) -> tuple[str, ...]:
    """Globs of names that hold no articles in a root with these patterns."""
    spelt_out = tuple(include)
    globs: Sequence[str] = (*ALWAYS, *LIKE_ANYWHERE) if like else ALWAYS
    return tuple(glob for glob in globs if not _is_spelt_out(glob.rstrip("*"), spelt_out))


def _is_spelt_out(name: str, include: Iterable[str]) -> bool:
    return any(part.startswith(name) for glob in include for part in glob.split("/"))
