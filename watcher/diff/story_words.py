"""The words of a text, for comparing articles: any script, stemmed where the language is known.

And what two titles say of one another: the same again, a series, or nothing.

The only home of snowballstemmer, which is loaded with the first article that needs it.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from functools import cache, lru_cache
from itertools import chain, repeat

_LONGEST_TEXT = 400
"""Characters that count: what an outlet adds below its first lines is its own."""

_LONGEST_WORD = 40

_FUNCTION_WORDS = {
    "english": """a about above after again against all also am an and any are as at be because
        been before being below between both but by can could did do does doing down during each
        few for from further had has have having he her here hers him his how i if in into is it
        its just me more most my new no nor not now of off on once one only or other our out over
        own s same said says she should so some such t than that the their them then there these
        they this those through to too two under until up us very was we were what when where
        which while who whom why will with would you your""",
    "german": """aber als am an auch auf aus bei bis da das dass dem den der des die doch du durch
        ein eine einem einen einer eines er es für hat haben ich ihr ihre im in ist ja kann mehr
        mit nach nicht noch nur oder ohne sein seine sich sie sind so über um und uns unter vom von
        vor war was wenn werden wie wird wir zu zum zur zwischen""",
    "french": """au aux avec ce ces cette comme dans de des du elle en entre est et eux il ils la
        le les leur leurs lui mais ne nos notre nous on ont ou où par pas plus pour qu que qui sa
        sans se ses son sont sous sur un une vers vous été""",
    "spanish": """al como con contra cuando de del desde donde el ella en entre era es esta este
        está fue ha han hasta la las lo los más ni no nos o para pero por que se según ser si sin
        sobre son su sus también tras un una y ya""",
    "italian": """a ai al alla alle anche che chi come con contro da dal dalla dei del della delle
        di dopo e è fra gli ha hanno i il in la le lo ma nel nella non o per più quando se si sono
        su sua sue sul sulla suo tra un una uno""",
    "portuguese": """a ao aos as com como contra da das de depois do dos e em entre era foi já mais
        mas na nas no nos não o os ou para pela pelo por que se sem ser seu seus sobre são sua suas
        também um uma à às é""",
    "dutch": """aan al als bij dan dat de deze die dit door een en er had heeft het hij hun ik in
        is je maar meer met na naar niet nog nu of om onder ook op over te tegen tot uit van voor
        was wat we werd wij worden ze zich zijn zo""",
    "swedish": """av att de den det du efter eller en ett från för ha han har hon i in inte jag kan
        men med mot nu när och om på sig sin som till under ut var vi vid är över""",
    "russian": """без бы был была были было быть в вы для до его ее если же за и из или их к как ко
        который ли мы на не но о об он она они от по под при с со так также то только у что это
        этот""",
}  # fmt: skip

_BY_WORD: dict[str, list[str]] = {}
for _language, _words in _FUNCTION_WORDS.items():
    for _word in _words.split():
        _BY_WORD.setdefault(_word, []).append(_language)

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Thai to Khmer, Kana, Han, Hangul: written without spaces, or with endings grown on."""
_TYPOGRAPHY = "\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u00a0"
"""In most texts all that is not ASCII. It parts words; without it, they take the short way."""
_ASCII = str.maketrans({chr(n): chr(n).lower() if chr(n).isalnum() else " " for n in range(128)})


class _WordCharacters(dict[int, str | None]):
    """Letters, marks and digits stay, format characters vanish, all else parts words."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        category = unicodedata.category(character)
        kept = None if category == "Cf" else character if category[0] in "LMN" else " "
        self[code] = kept
        return kept


_CHARACTERS = _WordCharacters()


def plain_words(text: str) -> list[str]:
    """The words of a text as written, but for case and forms of characters."""
    text = text[:_LONGEST_TEXT]
    for mark in _TYPOGRAPHY:
        text = text.replace(mark, " ")
    if text.isascii():
        return text.translate(_ASCII).split()
    normal = unicodedata.normalize("NFKC", text).casefold()
    return normal.translate(_CHARACTERS).split()


def telling_words(title: str, summary: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The words of title and summary that say something: each as (what is compared, as written)."""
    in_title, in_summary = plain_words(title), plain_words(summary)
    language = _language_of(in_title, in_summary)
    return (
        [pair for word in in_title for pair in _terms_of(word, language)],
        [pair for word in in_summary for pair in _terms_of(word, language)],
    )


@lru_cache(maxsize=30_000)
def _terms_of(word: str, language: str | None) -> tuple[tuple[str, str], ...]:
    stem = _stemmer(language) if language else str
    return tuple(_terms(word, stem, _FUNCTION_SETS.get(language or "", frozenset())))


_FUNCTION_SETS = {name: frozenset(words.split()) for name, words in _FUNCTION_WORDS.items()}


def _language_of(*texts: list[str]) -> str | None:
    """The language most of whose function words are there.

    A text in plain ASCII without any is taken for English: whatever it is, its like are treated
    alike.
    """
    found = Counter(chain.from_iterable(map(_BY_WORD.get, chain(*texts), repeat(()))))
    if found:
        return max(found, key=lambda language: found[language])
    return "english" if all(word.isascii() for words in texts for word in words) else None


def _terms(
    word: str, stem: Callable[[str], str], dull: frozenset[str]
) -> Iterator[tuple[str, str]]:
    if word.isascii():
        if word.isdigit():  # as it is: each of many numbers would be stemmed once
            yield word[:_LONGEST_WORD], word
        elif word not in dull and len(word) > 1:
            yield stem(word[:_LONGEST_WORD]), word
        return
    for run in _runs().findall(word):
        if not _is_unspaced(run):
            if run not in dull:
                yield stem(run[:_LONGEST_WORD]), run
        elif len(run) == 1:
            yield run, run
        else:
            for at in range(len(run) - 1):
                yield run[at : at + 2], run[at : at + 2]


@cache
def _runs() -> re.Pattern[str]:
    """Runs of unspaced characters, and of others. It takes 3 ms to compile, and ASCII has none."""
    return re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")


@lru_cache(maxsize=4096)
def _is_unspaced(run: str) -> bool:
    return re.match(f"[{_UNSPACED}]", run) is not None


@lru_cache(maxsize=len(_FUNCTION_WORDS))
def _stemmer(language: str) -> Callable[[str], str]:
    import snowballstemmer  # noqa: PLC0415 - 0.1 s: only where an article needs it

    stem: Callable[[str], str] = snowballstemmer.stemmer(language).stemWord  # 35 µs a word
    return stem


_DATES = """january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    januar februar märz mai juni juli oktober dezember
    janvier février mars avril juin juillet août septembre octobre novembre décembre
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    monday tuesday wednesday thursday friday saturday sunday"""
_MONTHS = frozenset(_DATES.split())

_ALIKE = 0.8
"""From this share of words in common on (numbers aside) two titles are of one template."""

_SAME_TEXT = 0.6
"""Share of words in common: where runs of five words agree by half, as many words do."""

_FIGURE = re.compile(
    r"(?P<money>[$€£¥]?)\s?(?P<digits>\d[\d,]*(?:\.\d+)?)\s?"
    r"(?P<unit>k|m|mn|mln|b|bn|bln|t|tn|thousand|million|billion|trillion|%)?(?![\w])",
    re.IGNORECASE,
)
_POWERS = {"k": 3, "t": 3, "m": 6, "b": 9, "%": 0}
_TRILLIONS = ("t", "tn", "trillion")


def title_key(title: str) -> str:
    """A title as it is compared with others: its words, in order."""
    return " ".join(plain_words(title))


@lru_cache(maxsize=4096)
def _template(title: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words of a title, and apart from them its numbers, codes and months."""
    words = frozenset(plain_words(title))
    varying = frozenset(word for word in words if word in _MONTHS or any(map(str.isdigit, word)))
    return words - varying, varying


def share_of_words(title: str, other: str) -> float:
    """How many of the words of two titles, of all that they have, are in both."""
    here, there = (frozenset().union(*_template(each)) for each in (title, other))
    return len(here & there) / max(len(here | there), 1)


def is_series(title: str, other: str) -> bool:
    """True if two titles are of one template with another number, code or month in it.

    Rounded figures of one event (``$73.6 Million``, ``$74M``) are no other number.
    """
    words, varying = _template(title)
    words_there, varying_there = _template(other)
    if varying == varying_there:
        return False
    common = len(words & words_there)
    if not common or common < _ALIKE * len(words | words_there):
        return False
    return not _is_rounded(title, other)


def _is_rounded(title: str, other: str) -> bool:
    """True if the figures of the titles differ in how exactly they are given, and in no more."""
    here, there = _figures(title), _figures(other)
    if not here or len(here) != len(there):
        return False
    if _without_figures(title) != _without_figures(other):
        return False
    return all(_one_amount(a, b) for a, b in zip(here, there, strict=True))


@lru_cache(maxsize=4096)
def _figures(title: str) -> tuple[tuple[float, float], ...]:
    """Each figure of a title: its value, and the value of one in its last significant place."""
    found = []
    for match in _FIGURE.finditer(title):
        digits, unit = match["digits"], (match["unit"] or "").lower()
        power = 12 if unit in _TRILLIONS and unit != "thousand" else _POWERS.get(unit[:1], 0)
        if unit == "thousand":
            power = 3
        whole, _, decimals = digits.replace(",", "").partition(".")
        place = -len(decimals)
        if not decimals and ("," in digits or match["money"]):
            place = len(whole) - len(whole.rstrip("0"))
        found.append((float(f"{whole}.{decimals or 0}") * 10**power, 10.0 ** (place + power)))
    return tuple(found)


@lru_cache(maxsize=4096)
def _without_figures(title: str) -> frozenset[str]:
    """The months and codes of a title, without its figures."""
    _, varying = _template(_FIGURE.sub(" ", title))
    return varying


def _one_amount(a: tuple[float, float], b: tuple[float, float]) -> bool:
    (value, place), (other, other_place) = a, b
    if value == other:
        return True
    return place != other_place and abs(value - other) < max(place, other_place)


def is_same_text(words: Collection[str], other: Collection[str], *, one_outlet: bool) -> bool:
    """True if two texts below one title may be one text, given the words of each.

    Outlets put their own first words before what they reprint. One outlet does not: what it says
    in other words under an old title is the next of a series, as is what says nothing.
    """
    if one_outlet:
        return bool(words) and set(words) == set(other)
    if not words or not other:
        return True
    here, there = set(words), set(other)
    return len(here & there) >= _SAME_TEXT * len(here | there)
