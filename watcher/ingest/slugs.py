"""How each tool makes a part of a URL out of words. Pure.

Read from the tools' own sources: Jekyll ``utils.rb``, Hugo ``paths.UnicodeSanitize``, Zola's
``slug`` crate, Pelican ``SLUG_REGEX_SUBSTITUTIONS``, github-slugger.
"""

import re
from unicodedata import category, normalize

_JEKYLL_PRETTY = frozenset("._~!$&'()+,;=@")
_NOT_WORDS = re.compile(r"[\W_]+")
_HUGO_MARKS = frozenset("./\\_#+~-@")
_PELICAN_DROPPED = re.compile(r"[^\w\s-]")
_PELICAN_BREAKS = re.compile(r"[-\s]+")
_GITHUB_DROPPED = re.compile(r"[^\w\- ]")
# What Unicode does not take apart, as unidecode and deunicode write it.
_SPELLED = str.maketrans(
    {
        "\u00df": "ss", "\u00e6": "ae", "\u00c6": "AE", "\u00f8": "o", "\u00d8": "O",
        "\u0153": "oe", "\u0152": "OE", "\u0142": "l", "\u0141": "L", "\u0111": "d",
        "\u0110": "D", "\u00f0": "d", "\u00fe": "th", "\u0131": "i", "\u2018": "'",
        "\u2019": "'", "\u2013": "-", "\u2014": "-", "\u201c": '"', "\u201d": '"',
        "\u2026": "...",
    }
)  # fmt: skip


def plain_slug(words: str) -> str:
    """Lower case, its words joined by ``-``."""
    return _NOT_WORDS.sub("-", normalize("NFC", words).lower()).strip("-")


def kept(words: str) -> str:
    """As they stand: only white space is none of a URL's."""
    return words.strip()


def jekyll_title(words: str) -> str:
    """Jekyll's ``:title``: the case and most marks stay."""
    return _hyphenated(words, _JEKYLL_PRETTY)


def jekyll_slug(words: str) -> str:
    """Jekyll's ``:slug``."""
    return _hyphenated(words, frozenset()).lower()


def _hyphenated(words: str, kept: frozenset[str]) -> str:
    """``words`` with one ``-`` for whatever is neither letter, mark, decimal digit nor ``kept``."""
    signs = (
        sign if sign in kept or category(sign)[0] in "LM" or category(sign) == "Nd" else " "
        for sign in words
    )
    return "-".join("".join(signs).split())


def hugo_slug(words: str) -> str:
    """Hugo's way: brackets and quotes go, a ``-`` at the end stays."""
    made: list[str] = []
    is_space_due = was_hyphen = False
    for sign in normalize("NFC", words.strip()):
        if sign.isalnum() or sign in _HUGO_MARKS or normalize("NFD", sign) != sign:
            was_hyphen = sign == "-"
            if is_space_due and not was_hyphen:
                made.append("-")
            is_space_due = False
            made.append(sign)
        elif made and not was_hyphen and sign.isspace():
            is_space_due = True
    return "".join(made).lower()


def ascii_slug(words: str) -> str:
    """Zola's way: ASCII letters and digits, everything else is a ``-``."""
    return re.sub(r"[^a-z0-9]+", "-", to_ascii(words).lower()).strip("-")


def pelican_slug(words: str) -> str:
    """Pelican's way: signs go without a trace (``GitGraph.js`` is ``gitgraphjs``)."""
    dropped = _PELICAN_DROPPED.sub("", to_ascii(words))
    return _PELICAN_BREAKS.sub("-", dropped.strip()).lower()


def github_slug(words: str) -> str:
    """Astro's way."""
    return _GITHUB_DROPPED.sub("", words.lower()).replace(" ", "-")


def dashed(words: str) -> str:
    """White space as ``-``, all else as it stands."""
    return "-".join(words.split())


def to_ascii(words: str) -> str:
    """Letters without their accents; what has no ASCII form stays."""
    parts = normalize("NFKD", words.translate(_SPELLED))
    return normalize("NFC", "".join(sign for sign in parts if not "\u0300" <= sign <= "\u036f"))
