"""Text: repaired and made plain. Pure, and settled: what comes out goes through unchanged."""

import re
from collections.abc import Callable
from itertools import chain, groupby, islice, zip_longest
from unicodedata import category, combining, normalize

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

_KNOWN_TAGS = _INLINE_TAGS | _OTHER_TAGS
_VOID_TAGS = frozenset({"br", "hr", "img", "wbr"})
_COMMON_NAMES = (
    "br blockquote center div figcaption figure h1 h2 h3 h4 h5 h6 hr img li ol p pre td th tr ul"
)
_COMMON_TAGS = _INLINE_TAGS | frozenset(_COMMON_NAMES.split())

# What can certainly be seen; and letters of Unicode that cannot: fillers, the empty braille cell.
_VISIBLE = re.compile(r"[!-~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u4e00-\u9fff\uac00-\ud7a3]")
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")

_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e")
_ISOLATES = frozenset("\u2066\u2067\u2068")
_POP_ISOLATE = "\u2069"


def plain_text(text: str) -> str:
    """``text`` on one line: mojibake undone, entities and HTML tags resolved, NFC.

    Only what is a tag of HTML goes, also one that was escaped: ``a < b``, ``<3`` and ``List<T>``
    stay. Empty if there is nothing to be seen in it.
    """
    if CLEAN.fullmatch(text):
        return " ".join(text.split())
    for _ in range(_MAX_PASSES):
        repaired = _repair(_without_tags(text, _is_formatting))
        if repaired == text or CLEAN.fullmatch(repaired):
            return repaired
        text = repaired
    # Still not settled: markup in markup in markup, as only an attack has it.
    return _repair(_MARKUP.sub("", text))


def title_text(text: str) -> str:
    """The same for a title, in which people write of tags: ``Why <table> will not die``.

    Only tags with their partner leave, and breaks within the line. One that was escaped is words.
    """
    if CLEAN.fullmatch(text):
        return " ".join(text.split())
    text = _without_tags(text, _is_break)
    for _ in range(_MAX_PASSES):
        repaired = _repair(text)
        if repaired == text:
            break
        text = repaired
    return text


def _repair(text: str) -> str:
    if "&" in text:
        text = unescape_html(text)
    spaced = " ".join(repaired_text(text).split())  # a control may be a white space, too
    plain = " ".join(storable_text(spaced).split())
    if plain.isascii():
        return plain
    return close_bidi(plain) if _VISIBLE.search(plain) or _has_visible(plain) else ""


def _without_tags(text: str, leaves: Callable[[re.Match[str]], bool]) -> str:
    """``text`` without the tags that have a partner, and others that ``leaves`` says."""
    if "<" not in text:
        return text
    text = _UNSEEN.sub(" ", text)
    tags = [tag for tag in _TAG.finditer(text) if tag["name"].lower() in _KNOWN_TAGS]
    paired = _paired(tags)
    parts, at = [], 0
    for number, tag in enumerate(tags):
        if number in paired or leaves(tag):
            parts.append(text[at : tag.start()])
            if tag["name"].lower() not in _INLINE_TAGS:
                parts.append(" ")
            at = tag.end()
    return "".join((*parts, text[at:]))


def _paired(tags: list[re.Match[str]]) -> set[int]:
    """The numbers of the tags that have a partner."""
    paired: set[int] = set()
    waiting: dict[str, list[int]] = {}
    for number, tag in enumerate(tags):
        same = waiting.setdefault(tag["name"].lower(), [])
        if not tag[0].startswith("</"):
            same.append(number)
        elif same:
            paired |= {number, same.pop()}
    return paired


def _is_formatting(tag: re.Match[str]) -> bool:
    """True if a tag without a partner is markup all the same, as of text that was cut off."""
    return tag["name"].lower() in _COMMON_TAGS or "=" in tag[0]


def _is_break(tag: re.Match[str]) -> bool:
    """True if a tag without a partner is no word among words: it stands beside one, or has values.

    That is a line break in a title, or the end of something that began outside of it.
    """
    before, after = tag.string[tag.start() - 1 : tag.start()], tag.string[tag.end() : tag.end() + 1]
    if tag[0].startswith("</"):
        return bool(before.strip())
    is_beside = bool(before.strip() or after.strip())
    return tag["name"].lower() in _VOID_TAGS and (is_beside or "=" in tag[0])


# ---------------------------------------------------------------- what is to be seen


def _has_visible(text: str) -> bool:
    """True if there is anything in ``text`` but blanks, marks and characters without a picture."""
    return any(
        category(character)[0] not in "ZCM" and character not in _BLANK for character in text
    )


def close_bidi(text: str) -> str:
    """``text`` whose marks of direction end with it, and turn no letters round.

    Isolates are closed; overrides and embeddings, which isolates have replaced, are left out.
    """
    if not _BIDI.search(text):
        return text
    parts: list[str] = []
    depth = 0
    for character in text:
        if character in _ISOLATES:
            depth += 1
        elif character == _POP_ISOLATE:
            if not depth:
                continue
            depth -= 1
        elif character in _OVERRIDES:
            continue
        parts.append(character)
    return "".join(parts).strip() + _POP_ISOLATE * depth


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
