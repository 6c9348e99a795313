"""Stories: articles of several outlets about one event (DESIGN §4.5a). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from watcher.model.seed import Content


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryText:
    """What of an article decides its story. ``number`` grows in the order of arrival.

    ``at`` is its publication, or first sight where that is not known or lies before it;
    ``outlet`` the domain it is from, empty if unknown.
    """

    number: int
    article: str
    title: str
    summary: str
    outlet: str
    at: datetime


def story_text(number: int, article: str, content: Content, first_seen_at: datetime) -> StoryText:
    """What of an article decides its story."""
    return StoryText(
        number=number,
        article=article,
        title=content.title,
        summary=content.summary or "",
        outlet=outlet_of(content),
        at=min(content.published_at or first_seen_at, first_seen_at),
    )


def outlet_of(content: Content) -> str:
    """The domain that an article is from: its provider's, else its address's."""
    domain = content.provider.domain if content.provider else None
    if not domain:
        domain = urlsplit(content.original_url or content.url or "").hostname or ""
    domain = domain.casefold()
    for prefix in ("www.", "m.", "amp."):
        domain = domain.removeprefix(prefix)
    return domain


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPlace:
    """Which story an article belongs to, and why; decided once, when it is taken in.

    ``started_at`` is the time of the story's first article, ``norm`` the length of the article's
    word vector as it was then: the index cannot be rebuilt equal without it. ``via`` is the article
    it joined by (None for a story's first), with the ``score`` and the words they share;
    ``nearest`` is the closest article of another story, which was not joined.
    """

    number: int
    article: str
    story: str
    outlet: str
    at: datetime
    started_at: datetime
    norm: float
    reprint_of: str | None = None
    via: str | None = None
    score: float | None = None
    words: tuple[str, ...] = ()
    nearest: str | None = None
    nearest_score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryMember:
    """An article of a story, for messages; ``told`` names the endpoints it was sent to."""

    story: str
    article: str
    title: str
    url: str | None
    provider: str
    outlet: str
    at: datetime
    quality: float | None = None
    reprint_of: str | None = None
    told: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story of several articles; its members by time, the earliest first."""

    id: str
    members: tuple[StoryMember, ...]

    @property
    def headline(self) -> StoryMember:
        return headline(self.members)

    @property
    def outlets(self) -> int:
        return count_outlets(self.members)


def headline(members: Sequence[StoryMember]) -> StoryMember:
    """The article that stands for a story: of the highest quality, then the earliest."""
    return max(members, key=lambda each: (each.quality or 0.0, -each.at.timestamp()))


def count_outlets(members: Iterable[StoryMember]) -> int:
    """How many outlets tell a story themselves: distinct domains, a text and its reprints once."""
    return len({each.outlet for each in members if each.reprint_of is None})
