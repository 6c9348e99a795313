"""Text: repaired and made plain. Pure, and settled: what comes out goes through unchanged."""

import re
from itertools import chain, groupby, islice, zip_longest
from unicodedata import combining, normalize

import ftfy
from ftfy.badness import is_bad
from ftfy.fixes import unescape_html

_MAX_PASSES = 8
_MAX_MARKS = 30  # Unicode's stream-safe text, UAX #15 §13
_LONG = 1_000

# ASCII and the quotes, dashes and ellipsis of typography, without & and <; kana, Han and Hangul:
# nothing to repair but spaces. None of these can be half of a mojibake sequence in the encodings
# that ftfy undoes, and each is its own normal form.
CLEAN_BEYOND_ASCII = (
    r"\u2018\u2019\u201c\u201d\u2013\u2014\u2026"
    r"\u3001-\u3020\u3041-\u3096\u30a1-\u30fe\u4e00-\u9fff\uac00-\ud7a3"
)
CLEAN = re.compile(rf"[ !-%'-;=-~{CLEAN_BEYOND_ASCII}]*")

# ASCII with as much of it on both sides as there can be in a sign of mojibake beside what is none.
MOST_ASCII = 6
_FAR_ASCII = re.compile(rf"(?<=[\0-\x7f]{{{MOST_ASCII}}})[\0-\x7f]+(?=[\0-\x7f]{{{MOST_ASCII}}})")

_STANDS_FOR_MORE = re.compile("[\\0\\x1a]")

# Two that are not ASCII with no more between them than a sign of mojibake may have, or one of those
# that can be a sign of it among ASCII alone.
_MAY_BE_MOJIBAKE = re.compile(
    rf"[^\0-\x7f][\0-\x7f]{{0,{MOST_ASCII - 1}}}[^\0-\x7f]|[\x80-\x9f\u00c2\u00c3\u0152\u0153]"
)

# Controls but tab, line feed and carriage return; surrogates; BOM, interlinear and other marks
# without a picture; non-characters. XML forbids most of them, PostgreSQL NUL.
_REMOVED = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u206a-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]"
)

_ENCODING_ONLY = ftfy.TextFixerConfig(explain=False)

# The elements of HTML, those inside a word first.
_INLINE_NAMES = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt "
    "ruby s samp small span strike strong sub sup time tt u var wbr"
)
_OTHER_NAMES = (
    "address applet area article aside audio base blockquote body br button canvas caption center "
    "col colgroup dd details dialog dir div dl dt embed fieldset figcaption figure footer form "
    "frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe img input legend li link "
    "main map menu meta nav noframes noscript object ol optgroup option p param picture pre "
    "progress script section select source style summary svg table tbody td template textarea "
    "tfoot th thead title tr track ul video"
)
_INLINE_TAGS = frozenset(_INLINE_NAMES.split())
_OTHER_TAGS = frozenset(_OTHER_NAMES.split())
_TAG = re.compile(
    r"""</?(?P<name>[a-z][a-z0-9]*)
        (?:\s+(?:[a-z_:@][\w:.@-]*\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>][^\s<>]*)
              |allowfullscreen|async|autoplay|checked|controls|defer|disabled|hidden|loop|muted
              |nowrap|open|readonly|required|selected))*
        \s*/?>""",
    re.IGNORECASE | re.VERBOSE,
)
_UNSEEN = re.compile(
    r"<(?P<name>script|style)\b[^<>]*>[^<]*</(?P=name)\s*>|<!--[^<>]*-->", re.IGNORECASE
)
_MARKUP = re.compile("[&<>]")


def plain_text(text: str) -> str:
    """``text`` on one line: mojibake undone, entities and HTML tags resolved, NFC.

    Only what is a tag of HTML goes: ``a < b``, ``<3`` and ``List<T>`` stay.
    """
    if CLEAN.fullmatch(text):
        return " ".join(text.split())
    for _ in range(_MAX_PASSES):
        repaired = _repair(text)
        if repaired == text or CLEAN.fullmatch(repaired):
            return repaired
        text = repaired
    # Still not settled: markup in markup in markup, as only an attack has it.
    return _repair(_MARKUP.sub("", text))


def _repair(text: str) -> str:
    if "&" in text:
        text = unescape_html(text)
    if "<" in text:
        text = _TAG.sub(_resolve_tag, _UNSEEN.sub(" ", text))
    spaced = " ".join(repaired_text(text).split())  # a control may be a white space, too
    return " ".join(storable_text(spaced).split())


def _resolve_tag(tag: re.Match[str]) -> str:
    name = tag["name"].lower()
    if name in _INLINE_TAGS:
        return ""
    return " " if name in _OTHER_TAGS else tag[0]


def repaired_text(text: str) -> str:
    """Mojibake undone and Unicode normalised; markup and white space stay."""
    if text.isascii():
        return text
    # ftfy asks the same, ten times slower, of all the text
    if _MAY_BE_MOJIBAKE.search(text) and is_bad(_FAR_ASCII.sub("", text)):
        text = _fix_encoding(text)
    return normalize("NFC", _limit_marks(text))


def _fix_encoding(text: str) -> str:
    """As ftfy does, but without the ASCII that is far from all else: that is much faster.

    ASCII is itself in all encodings that ftfy tries, and what it looks at together has no more of
    it beside other characters than is kept here. The exception is a lone SUB, which stands for a
    lost byte. NUL stands where ASCII was left out.
    """
    if _STANDS_FOR_MORE.search(text):
        return ftfy.fix_encoding(text, _ENCODING_ONLY)
    left_out = _FAR_ASCII.findall(text)
    fixed = ftfy.fix_encoding(_FAR_ASCII.sub("\0", text), _ENCODING_ONLY).split("\0")
    if len(fixed) != len(left_out) + 1:  # one more NUL came out of it
        return ftfy.fix_encoding(text, _ENCODING_ONLY)
    return "".join(chain.from_iterable(zip_longest(fixed, left_out, fillvalue="")))


def _limit_marks(text: str) -> str:
    """At most 30 combining marks in a row: normalising takes quadratic time over longer runs."""
    if len(text) < _LONG:
        return text
    runs = groupby(text, key=lambda character: combining(character) > 0)
    return "".join("".join(islice(run, _MAX_MARKS) if is_marks else run) for is_marks, run in runs)


def storable_text(text: str) -> str:
    """Without what databases and XML refuse: NUL and other controls, surrogates, non-characters."""
    return _REMOVED.sub("", text)
