"""Which articles tell each story, for feeds whose entries are stories. Read-only.

Functions run in their caller's transaction.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, Select, bindparam, select

from watcher.model.kinds import ArticleState, ChangeKind
from watcher.store.database import chunks
from watcher.store.rows import WITH_STORIES
from watcher.store.schema import articles, changes, story_places
from watcher.store.statements import Prepared
from watcher.store.stories import rows_of


class Teller(NamedTuple):
    """An article of a story. Without a story, it stands alone: stories were off when it came.

    ``rank`` is its place among all articles, the newest is the lowest; ``number`` grows in the
    order of arrival; ``at`` is when it was published, or first seen.
    """

    number: int
    story: str | None
    outlet: str
    at: datetime
    is_reprint: bool
    is_live: bool
    first_seen_at: datetime
    rank: tuple[int, int, int]


def tellers_by_number(connection: Connection, numbers: Collection[int]) -> list[Teller]:
    """The articles with these numbers."""
    return [
        _teller(row)
        for chunk in chunks(sorted(numbers))
        for row in _BY_NUMBER.rows(connection, ids=chunk)
    ]


def tellers_by_story(connection: Connection, stories: Collection[str]) -> dict[str, list[Teller]]:
    """All articles of these stories, also removed ones, in the order of arrival.

    Of a flood of them, the first.
    """
    found: dict[str, list[Teller]] = {}
    for row in rows_of(connection, _BY_STORY, stories, least=1):
        found.setdefault(row.story, []).append(_teller(row))
    return found


def baselined(connection: Connection, numbers: Iterable[int]) -> set[int]:
    """Those of these articles that were there at the first sight of their root."""
    return {
        row.article_id
        for chunk in chunks(sorted(numbers))
        for row in _BASELINED.rows(connection, ids=chunk)
    }


def _teller(row: Any) -> Teller:
    return Teller(
        number=row.id,
        story=row.story,
        outlet=row.outlet or "",
        at=row.at or row.first_seen_at,
        is_reprint=row.reprint_of is not None,
        is_live=row.state is ArticleState.LIVE,
        first_seen_at=row.first_seen_at,
        rank=(row.known_rank, row.shown_rank, row.id),
    )


def _tellers() -> Select[Any]:
    return select(
        articles.c.id,
        articles.c.state,
        articles.c.known_rank,
        articles.c.shown_rank,
        articles.c.first_seen_at,
        story_places.c.story,
        story_places.c.outlet,
        story_places.c.at,
        story_places.c.reprint_of,
    ).select_from(WITH_STORIES)


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_BY_NUMBER = Prepared(lambda: _tellers().where(articles.c.id.in_(_IDS)))
_BY_STORY = Prepared(
    lambda: (
        _tellers()
        .where(story_places.c.story.in_(bindparam("stories", expanding=True)))
        .order_by(story_places.c.article_id)
        .limit(bindparam("most"))
    )
)
_BASELINED = Prepared(
    lambda: select(changes.c.article_id).where(
        changes.c.kind == ChangeKind.NEW, changes.c.baseline, changes.c.article_id.in_(_IDS)
    )
)
