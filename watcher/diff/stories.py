"""Which story an article belongs to (DESIGN §4.5a): a single pass, in order of arrival. Pure.

Articles are compared by the cosine of their TF-IDF vectors, halved with each half-life between
them. An article joins a story by its closest article *and* its whole: a story that would be
joined by one article alone grows in chains, until it holds a saga. Everything is computed from what
lies within the window when the article arrives, so an index that is rebuilt decides the same.
"""

import math
from array import array
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import repeat
from operator import mul

from watcher.diff.story_entry import (
    FEW,
    SHORT,
    Entry,
    is_alike_by_chance,
    own_terms,
    text_only,
    vector,
)
from watcher.diff.story_id import story_id
from watcher.diff.story_words import is_same_text, is_series, share_of_words, title_key
from watcher.model.story import StoryPlace, StoryText

_UNSEEN = 1000
"""Articles, without any of the words at hand, that are thought into the window: so that a window
of a dozen articles does not take its every second word for a rare one."""

_CALIBRATION = 1.25
"""Brings the score to the scale of ``similarity``: 0.26 is where joins were right in tuning."""

_COHESION = 0.6
"""The share of ``similarity`` that the story's articles must reach on average."""

_KINSHIP = 0.25
"""The usual cosine between two articles of one story: from it follows the length of their sum."""

_SERIES = 0.2
_OWN_NAMES = 0.65
"""Measured: of what it parts, one in six is one event, the others notices of one form."""

_SAME_OUTLET = 0.5
"""One outlet seldom tells an event twice: measured, 0.5 parts better than 1 / 1.5."""

_ALIKE = 0.3
"""The share of words in common from which on titles may be of one form."""
_NAME = 8
"""Articles of the window that a name is in, at most: else it is a word like others."""

_OLDEST_STORY = timedelta(days=30)

_MEMBERS = 32
"""How many of a story's latest articles speak for it. With the next three, bounds the work."""
_POSTINGS = 400
_CANDIDATES = 16
_STORIES = 5
_SAME_TITLES = 8

_SHOWN_WORDS = 5
_NUMBER_BITS = 26
"""Room for an article's number in a key, below the seconds of its time."""
_NUMBERS = (1 << _NUMBER_BITS) - 1


@dataclass(slots=True)
class _Match:
    """How well an article fits a story: the score, and its closest article there."""

    score: float
    story: str
    via: Entry
    fits: bool


class StoryIndex:
    """The articles that new ones are compared with, by their words; derived from the store."""

    def __init__(self, *, window: timedelta, half_life: timedelta, similarity: float) -> None:
        self._window = int(window.total_seconds())
        self._half_life = max(half_life.total_seconds(), 1.0)
        self._similarity = similarity
        self._entries: dict[int, Entry] = {}
        self._keys: array[int] = array("q")
        self._by_term: dict[str, array[int]] = {}
        self._by_title: dict[str, array[int]] = {}
        self._by_story: dict[str, array[int]] = {}
        self._started: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def place(self, text: StoryText) -> StoryPlace:
        """Decide the story of an article that is new, and add it."""
        terms, counts, shown = vector(text)
        entry = Entry(
            key=_key(text.at, text.number),
            article=text.article,
            title=text.title[:400],
            title_key=title_key(text.title[:400]),
            outlet=text.outlet,
            terms=terms,
            counts=counts,
            norm=0.0,
            story="",
            reprint_of=None,
        )
        weights = self._weigh(entry)
        original = self._original(entry)
        best, nearest = self._compare(entry, weights)
        score: float | None
        if original is not None:
            entry.reprint_of = original.reprint_of or original.article
        if original is not None and self._may_grow(original.story, entry):
            entry.story, via, score = original.story, original, 1.0
        elif best is not None:
            entry.story, via, score = best.story, best.via, best.score
        else:
            entry.story, via, score = story_id(text.article), None, None
        self._insert(entry, self._started.get(entry.story, entry.key >> _NUMBER_BITS))
        if nearest is not None and nearest.story == entry.story:
            nearest = best if best is not None and best.story != entry.story else None
        return StoryPlace(
            number=text.number,
            article=text.article,
            story=entry.story,
            outlet=text.outlet,
            at=text.at,
            started_at=datetime.fromtimestamp(self._started[entry.story], UTC),
            norm=entry.norm,
            reprint_of=entry.reprint_of,
            via=via.article if via else None,
            score=None if score is None else round(score, 3),
            words=_shared(weights, via, shown) if via else (),
            nearest=nearest.via.article if nearest else None,
            nearest_score=round(nearest.score, 3) if nearest else None,
        )

    def add(self, text: StoryText, place: StoryPlace) -> None:
        """Add an article whose story was decided before."""
        terms, counts, _ = vector(text)
        entry = Entry(
            key=_key(place.at, place.number),
            article=text.article,
            title=text.title[:400],
            title_key=title_key(text.title[:400]),
            outlet=text.outlet,
            terms=terms,
            counts=counts,
            norm=place.norm,
            story=place.story,
            reprint_of=place.reprint_of,
        )
        self._insert(entry, int(place.started_at.timestamp()))

    def update(self, text: StoryText, place: StoryPlace) -> None:
        """Compare with what an article says now; its story stays."""
        entry = self._entries.pop(_key(place.at, place.number), None)
        if entry is not None:
            del self._keys[bisect_left(self._keys, entry.key)]
            self._remove(entry)
            self.add(text, place)

    def forget_up_to(self, number: int) -> None:
        """Drop the articles that arrived up to this one."""
        old = [key for key in self._keys if key & _NUMBERS <= number]
        for key in old:
            self._remove(self._entries.pop(key))
        if old:
            self._keys = array("q", sorted(self._entries))

    def forget(self, since: datetime, before: datetime) -> None:
        """Drop the articles of these times."""
        first = bisect_left(self._keys, _key(since, 0))
        last = bisect_left(self._keys, _key(before, 0))
        for key in self._keys[first:last]:
            self._remove(self._entries.pop(key))
        del self._keys[first:last]

    def _insert(self, entry: Entry, started: int) -> None:
        if entry.key in self._entries:
            return
        self._entries[entry.key] = entry
        insort(self._keys, entry.key)
        for term in entry.terms:
            insort(self._by_term.setdefault(term, array("q")), entry.key)
        if entry.title_key:
            insort(self._by_title.setdefault(entry.title_key, array("q")), entry.key)
        insort(self._by_story.setdefault(entry.story, array("q")), entry.key)
        self._started.setdefault(entry.story, started)

    def _remove(self, entry: Entry) -> None:
        groups = [(self._by_term, term) for term in entry.terms]
        groups += [(self._by_title, entry.title_key), (self._by_story, entry.story)]
        for group, name in groups:
            keys = group.get(name)
            if keys is None:
                continue
            del keys[bisect_left(keys, entry.key)]
            if not keys:
                del group[name]
        if entry.story not in self._by_story:
            self._started.pop(entry.story, None)

    def _bounds(self, keys: "array[int]", entry: Entry) -> tuple[int, int]:
        """Where the window of an article begins and ends in sorted keys."""
        begin, end = self._window_of(entry)
        return bisect_left(keys, begin), bisect_right(keys, end)

    def _window_of(self, entry: Entry) -> tuple[int, int]:
        """The keys between which the window of an article lies."""
        seconds = entry.key >> _NUMBER_BITS
        return (seconds - self._window << _NUMBER_BITS, seconds + self._window + 1 << _NUMBER_BITS)

    def _weigh(self, entry: Entry) -> dict[str, tuple[float, float]]:
        """The weight of each term of an article, and its rarity; sets the article's ``norm``."""
        begin, end = self._window_of(entry)
        total = bisect_right(self._keys, end) - bisect_left(self._keys, begin) + 1 + _UNSEEN
        weights = {}
        square = 0.0
        for term, count in zip(entry.terms, entry.counts, strict=True):
            rarity = math.log(total / (1 + self._frequency(term, begin, end)))
            weight = _LOG[count] * rarity
            weights[term] = (weight, rarity)
            square += weight * weight
        entry.norm = round(math.sqrt(square), 6)  # as the store has it
        return weights

    def _frequency(self, term: str, begin: int, end: int) -> int:
        """In how many articles between these keys a term is."""
        keys = self._by_term.get(term)
        if keys is None:
            return 0
        last = len(keys) if keys[-1] <= end else bisect_right(keys, end)
        return last - (0 if keys[0] >= begin else bisect_left(keys, begin))

    def _compare(
        self, entry: Entry, weights: dict[str, tuple[float, float]]
    ) -> tuple[_Match | None, _Match | None]:
        """The story that fits best, if one does, and the closest one that is not joined."""
        if not entry.norm:
            return None, None
        factors = {term: weight * rarity / entry.norm for term, (weight, rarity) in weights.items()}
        matches = [
            match
            for story in self._candidate_stories(entry, weights)
            if (match := self._match(entry, story, factors)) is not None
        ]
        matches.sort(key=lambda match: (-match.score, match.via.key))
        best = next((match for match in matches if match.fits), None)
        return best, next((match for match in matches if match is not best), None)

    def _candidate_stories(
        self, entry: Entry, weights: dict[str, tuple[float, float]]
    ) -> list[str]:
        """The stories of the articles that share the rarest terms with this one."""
        postings = array("q")
        left, shared = _POSTINGS, 0
        begin, end = self._window_of(entry)
        for term, _ in sorted(weights.items(), key=_rarity):
            keys = self._by_term.get(term)
            if keys is None:
                continue
            first, last = bisect_left(keys, begin), bisect_right(keys, end)
            postings += keys[max(first, last - left) : last]
            left -= last - first
            shared += last > first
            if left <= 0:
                break
        least = FEW if len(weights) > SHORT else 1
        if shared < least:  # in a flood of near copies, one term alone may be all that is looked at
            return []
        closest = sorted([(n, key) for key, n in Counter(postings).items() if n >= least])
        stories = dict.fromkeys(
            self._entries[key].story for _, key in closest[: -_CANDIDATES - 1 : -1]
        )
        return list(stories)[:_STORIES]

    def _match(self, entry: Entry, story: str, factors: dict[str, float]) -> _Match | None:
        """How well an article fits one story; None if not at all, or the story is too old."""
        if not self._may_grow(story, entry):
            return None
        keys = self._by_story[story]
        first, last = self._bounds(keys, entry)
        members = keys[max(first, last - _MEMBERS) : last]
        closest, top, fading = None, 0.0, 0.0
        for key in members:
            member = self._entries[key]
            likeness = self._likeness(entry, member, factors)
            apart = abs(entry.key - key) >> _NUMBER_BITS
            faded = likeness * 2.0 ** (-apart / self._half_life)
            fading += faded
            if faded > top:
                closest, top = member, faded
        if closest is None:
            return None
        size = len(members)
        centre = fading / math.sqrt(size + _KINSHIP * size * (size - 1))
        score = min(1.0, _CALIBRATION * (top + centre) / 2)
        mean = _CALIBRATION * fading / size
        fits = score >= self._similarity and mean >= _COHESION * self._similarity
        return _Match(score, story, closest, fits)

    def _likeness(self, entry: Entry, other: Entry, factors: dict[str, float]) -> float:
        if not other.norm:
            return 0.0
        # The sum over common terms, without a step of the interpreter: most of the work is here.
        common = map(factors.get, other.terms, repeat(0.0))
        dot: float = sum(map(mul, common, map(_LOG.__getitem__, other.counts)))
        likeness = min(1.0, dot / other.norm)
        if entry.outlet and entry.outlet == other.outlet:
            likeness *= _SAME_OUTLET
        if likeness * _CALIBRATION > self._similarity / 2:
            if is_alike_by_chance(entry, other):
                return 0.0
            if is_series(entry.title, other.title):
                likeness *= _SERIES
            elif self._have_own_names(entry, other):
                likeness *= _OWN_NAMES
        return likeness

    def _have_own_names(self, entry: Entry, other: Entry) -> bool:
        """True if the titles are alike, and each tells of a name of its own again and again.

        As in "Acme now available in the marketplace": a notice of one form about another company.
        """
        if share_of_words(entry.title, other.title) < _ALIKE:
            return False
        window = self._window_of(entry)
        return all(
            any(self._frequency(term, *window) <= _NAME for term in own_terms(*pair))
            for pair in ((entry, other), (other, entry))
        )

    def _may_grow(self, story: str, entry: Entry) -> bool:
        apart = abs((entry.key >> _NUMBER_BITS) - self._started[story])
        return apart <= _OLDEST_STORY.total_seconds()

    def _original(self, entry: Entry) -> Entry | None:
        """The article that this one is a reprint of, if it is one."""
        keys = self._by_title.get(entry.title_key)
        if keys is None:
            return None
        first, last = self._bounds(keys, entry)
        for key_there in reversed(keys[max(first, last - _SAME_TITLES) : last]):
            other = self._entries[key_there]
            if is_same_text(
                text_only(entry), text_only(other), one_outlet=entry.outlet == other.outlet
            ):
                return other
        return None


_LOG = (0.0, *(1.0 + math.log(count) for count in range(1, 256)))


def _rarity(item: tuple[str, tuple[float, float]]) -> tuple[float, str]:
    return -item[1][1], item[0]


def _key(at: datetime, number: int) -> int:
    return (int(at.timestamp()) << _NUMBER_BITS) | (number & _NUMBERS)


def _shared(
    weights: dict[str, tuple[float, float]], other: Entry, shown: dict[str, str]
) -> tuple[str, ...]:
    """The words that two articles share, those that weigh most first."""
    common = [term for term in other.terms if term in weights]
    common.sort(key=lambda term: (-weights[term][0], term))
    return tuple(shown[term] for term in common[:_SHOWN_WORDS])
