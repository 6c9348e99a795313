"""Which changes people are spared, or sent besides, because of an article's story. Pure.

Routing is by article first: only what an endpoint would be told anyway is weighed here, against
what that endpoint was told before. Programs get every change; updates and removals, too, never
depend on stories.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from watcher.config.endpoint import EndpointConfig
from watcher.model.article import Article, Change
from watcher.model.delivery import Owed, Withheld
from watcher.model.kinds import ChangeKind
from watcher.model.story import StoryMember, outlet_of
from watcher.notify.route import due_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """The changes still owed, and those withheld, with the reason."""

    owed: list[Owed]
    withheld: list[Withheld]


def are_needed(owed: Iterable[Owed], endpoints: Sequence[EndpointConfig]) -> bool:
    """True if any of this may be spared, or a story may become important to somebody."""
    people = {endpoint.name for endpoint in endpoints if endpoint.is_for_people}
    has_marks = any(endpoint.important_at for endpoint in endpoints)
    return has_marks or any(item.endpoint in people for item in owed)


def apply_story_rules(
    changes: Sequence[Change],
    owed: Sequence[Owed],
    endpoints: Sequence[EndpointConfig],
    members: Mapping[str, Sequence[StoryMember]],
) -> Ruled:
    """Weigh what is owed of new articles. ``members`` are the articles of each of their stories.

    Those of this batch are among them.
    """
    wanted = {(item.endpoint, item.sequence): item for item in owed}
    new = sorted(
        (change for change in changes if change.kind is ChangeKind.NEW and change.article.story),
        key=_published,
    )
    withheld: list[Withheld] = []
    fresh = {change.article.id for change in new}
    for endpoint in endpoints:
        if not endpoint.is_for_people and not endpoint.important_at:
            continue
        desk = _Desk(endpoint, _told_before(endpoint, members, fresh))
        outlets = _Outlets(members, fresh)
        for change in new:
            item = wanted.get((endpoint.name, change.sequence))
            is_important = outlets.reach(change.article, endpoint.important_at)
            if item is None:
                if is_important and not change.baseline and desk.knows_story(change.article):
                    due = due_at(endpoint, change.at)
                    wanted[endpoint.name, change.sequence] = Owed(
                        endpoint=endpoint.name, sequence=change.sequence, due_at=due
                    )
                continue
            reason = None if is_important else desk.reason_against(change.article)
            if reason is None:
                desk.tell(change.article)
            else:
                del wanted[endpoint.name, change.sequence]
                withheld.append(
                    Withheld(endpoint=endpoint.name, sequence=change.sequence, reason=reason)
                )
    return Ruled(owed=list(wanted.values()), withheld=withheld)


def _published(change: Change) -> tuple[float, int]:
    article = change.article
    at = article.content.published_at or article.first_seen_at
    return min(at, article.first_seen_at).timestamp(), change.sequence


def _told_before(
    endpoint: EndpointConfig, members: Mapping[str, Sequence[StoryMember]], fresh: set[str]
) -> Iterator[StoryMember]:
    for story in members.values():
        for member in story:
            if endpoint.name in member.told and member.article not in fresh:
                yield member


@dataclass(slots=True)
class _Desk:
    """What one endpoint was sent before about these stories."""

    endpoint: EndpointConfig
    before: Iterable[StoryMember]
    stories: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for member in self.before:
            self._note(member.story, member.reprint_of or member.article, member.title)

    def _note(self, story: str, text: str, title: str) -> None:
        self.stories.setdefault(story, title)
        self.texts.setdefault(text, title)

    def tell(self, article: Article) -> None:
        text = article.reprint_of or article.id
        self._note(article.story or "", text, article.content.title)

    def knows_story(self, article: Article) -> bool:
        return article.story in self.stories

    def reason_against(self, article: Article) -> str | None:
        """Why this article is withheld from the endpoint; None if it is sent."""
        if not self.endpoint.is_for_people:
            return None
        text = article.reprint_of or article.id
        if self.endpoint.reprints == "once" and text in self.texts:
            return f"reprints: the same text was told as “{self.texts[text]}”"
        if self.endpoint.stories == "first" and article.story in self.stories:
            return f"stories: of the same story “{self.stories[article.story]}” was told first"
        return None


class _Outlets:
    """The outlets that have each story, as its articles come in."""

    def __init__(self, members: Mapping[str, Sequence[StoryMember]], fresh: set[str]) -> None:
        self._of: defaultdict[str, set[str]] = defaultdict(set)
        for story, those in members.items():
            self._of[story].update(
                each.outlet
                for each in those
                if each.article not in fresh and each.reprint_of is None
            )

    def reach(self, article: Article, mark: int | None) -> bool:
        """Count an article's outlet; True if its story has so many outlets just now.

        A text and its reprints count once.
        """
        if article.reprint_of is not None:
            return False
        outlets = self._of[article.story or ""]
        before = len(outlets)
        outlets.add(outlet_of(article.content))
        return mark is not None and before < mark <= len(outlets)
