"""Stories in the store: where articles were placed, and what the operator moves.

What is read for the index is in the order of time, and then of arrival. Functions run in their
caller's transaction.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from watcher.model.article import MOST_NAMED, Article, Change, Elsewhere
from watcher.model.kinds import ArticleState, ChangeKind
from watcher.model.seed import Content
from watcher.model.story import StoryMember, StoryPlace, StoryText, outlet_of, story_text
from watcher.store.database import chunks
from watcher.store.schema import articles, changes, endpoints, meta, owed, story_places
from watcher.store.statements import Prepared, insert_rows

EDITS = "story edits"
"""The fact that counts what the operator merged and split: indexes older than it are rebuilt."""

MOST_MEMBERS = 300
"""Articles of a story that messages look at: more than that is a flood."""

_MILLION = 1_000_000

_PLACED = (
    select(
        story_places,
        articles.c.uuid,
        articles.c.content,
        articles.c.first_seen_at,
    )
    .join(articles, articles.c.id == story_places.c.article_id)
    .order_by(story_places.c.at, story_places.c.article_id)
)
_BETWEEN = Prepared(
    lambda: _PLACED.where(
        story_places.c.at >= bindparam("since"),
        story_places.c.at < bindparam("before"),
        story_places.c.article_id > bindparam("after"),
    )
)
_AFTER = Prepared(lambda: _PLACED.where(story_places.c.article_id > bindparam("after")))
_OF = Prepared(lambda: _PLACED.where(articles.c.uuid.in_(bindparam("uuids", expanding=True))))
_NEWEST = Prepared(
    lambda: select(
        func.max(story_places.c.article_id).label("newest"),
        select(meta.c.value).where(meta.c.key == EDITS).scalar_subquery().label("edits"),
    )
)


def write_places(connection: Connection, places: Sequence[StoryPlace]) -> None:
    """Store where new articles belong."""
    rows = [
        (
            place.number,
            place.story,
            place.outlet,
            place.at,
            place.started_at,
            round(place.norm * _MILLION),
            place.reprint_of,
            _reason(place),
        )
        for place in places
    ]
    insert_rows(connection, story_places, rows)


class Places:
    """The articles placed so far, as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def newest(self) -> tuple[int, str]:
        """The number of the last article that was placed, and the count of operators' edits."""
        row = _NEWEST.first(self._connection)
        return (row.newest or 0, row.edits or "") if row else (0, "")

    def between(
        self, since: datetime, before: datetime, *, after: int
    ) -> list[tuple[StoryText, StoryPlace]]:
        """The articles of these times whose number is above ``after``."""
        return _read(_BETWEEN.rows(self._connection, since=since, before=before, after=after))

    def after(self, number: int) -> list[tuple[StoryText, StoryPlace]]:
        """The articles that arrived after this one."""
        return _read(_AFTER.rows(self._connection, after=number))

    def of(self, articles: Iterable[str]) -> list[tuple[StoryText, StoryPlace]]:
        """These articles, by their ids."""
        return [
            each
            for chunk in chunks(sorted(articles))
            for each in _read(_OF.rows(self._connection, uuids=chunk))
        ]


def members_of(connection: Connection, stories: Iterable[str]) -> dict[str, list[StoryMember]]:
    """The public articles of these stories, earliest first, and where each was sent.

    Of a story with more than ``MOST_MEMBERS`` articles, the latest so many; of one with a single
    article, nothing.
    """
    rows = rows_of(connection, _MEMBERS, stories, least=2)
    return _grouped(rows, _told(connection, [row.article_id for row in rows]))


def public_members(connection: Connection, stories: Iterable[str]) -> dict[str, list[StoryMember]]:
    """As :func:`members_of`, without where each was sent."""
    return _grouped(rows_of(connection, _MEMBERS, stories, least=2), {})


def _grouped(rows: Sequence[Any], told: Mapping[int, set[str]]) -> dict[str, list[StoryMember]]:
    found: dict[str, list[StoryMember]] = {}
    for row in reversed(rows):
        member = _member(row, frozenset(told.get(row.article_id, ())))
        found.setdefault(row.story, []).append(member)
    return found


def rows_of(
    connection: Connection, statement: Prepared, stories: Iterable[str], *, least: int
) -> list[Any]:
    """The rows of a statement about the ``stories`` that have at least so many articles.

    Of each at most ``MOST_MEMBERS``: the large ones are asked for one by one.
    """
    rows: list[Any] = []
    for chunk in chunks(sorted(set(stories))):
        sizes = {row.story: row.size for row in _SIZES.rows(connection, stories=chunk)}
        small = [story for story in sizes if least <= sizes[story] <= MOST_MEMBERS]
        if small:
            rows += statement.rows(connection, stories=small, most=len(small) * MOST_MEMBERS)
        for story in (story for story in sizes if sizes[story] > MOST_MEMBERS):
            rows += statement.rows(connection, stories=[story], most=MOST_MEMBERS)
    return rows


def name_others(connection: Connection, changes: Sequence[Change]) -> tuple[Change, ...]:
    """New articles with the other outlets that have their story, each outlet once."""
    stories = {change.article.story for change in changes if change.article.story}
    members = members_of(connection, stories)
    return tuple(
        replace(change, also=_others(change.article, members.get(change.article.story or "", ())))
        if change.kind is ChangeKind.NEW
        else change
        for change in changes
    )


def _others(article: Article, members: Sequence[StoryMember]) -> tuple[Elsewhere, ...]:
    found: dict[str, Elsewhere] = {}
    own = outlet_of(article.content)
    for member in members:
        if member.article != article.id and member.outlet != own and member.url:
            found.setdefault(member.outlet, Elsewhere(outlet=member.provider, url=member.url))
    return tuple(found.values())[:MOST_NAMED]


def _told(connection: Connection, numbers: Sequence[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for chunk in chunks(sorted(numbers)):
        for row in _TOLD.rows(connection, ids=chunk):
            found[row.article_id].add(row.name)
    return found


def _member(row: Any, told: frozenset[str]) -> StoryMember:
    content: Content = row.content
    provider = content.provider.name if content.provider else None
    return StoryMember(
        story=row.story,
        article=row.uuid,
        title=content.title,
        url=content.url,
        provider=provider or row.outlet,
        outlet=row.outlet,
        at=row.at,
        quality=content.quality,
        reprint_of=row.reprint_of,
        told=told,
    )


_STORIES: BindParameter[Any] = bindparam("stories", expanding=True)
_MEMBERS = Prepared(
    lambda: (
        select(
            story_places.c.article_id,
            story_places.c.story,
            story_places.c.outlet,
            story_places.c.at,
            story_places.c.reprint_of,
            articles.c.uuid,
            articles.c.content,
        )
        .join(articles, articles.c.id == story_places.c.article_id)
        .where(story_places.c.story.in_(_STORIES), articles.c.state == ArticleState.LIVE)
        .order_by(story_places.c.at.desc(), story_places.c.article_id.desc())
        .limit(bindparam("most"))
    )
)
_SIZES = Prepared(
    lambda: (
        select(story_places.c.story, func.count().label("size"))
        .where(story_places.c.story.in_(_STORIES))
        .group_by(story_places.c.story)
    )
)
_TOLD = Prepared(
    lambda: (
        select(changes.c.article_id, endpoints.c.name)
        .select_from(changes)
        .join(owed, owed.c.sequence == changes.c.sequence)
        .join(endpoints, endpoints.c.id == owed.c.endpoint_id)
        .where(changes.c.article_id.in_(bindparam("ids", expanding=True)))
    )
)


def _read(rows: Iterable[Any]) -> list[tuple[StoryText, StoryPlace]]:
    return [
        (
            story_text(row.article_id, row.uuid, row.content, row.first_seen_at),
            _place(row),
        )
        for row in rows
    ]


def _place(row: Any) -> StoryPlace:
    reason = json.loads(row.reason) if row.reason else {}
    return StoryPlace(
        number=row.article_id,
        article=row.uuid,
        story=row.story,
        outlet=row.outlet,
        at=row.at,
        started_at=row.started_at,
        norm=row.norm / _MILLION,
        reprint_of=row.reprint_of,
        via=reason.get("via"),
        score=reason.get("score"),
        words=tuple(reason.get("words", ())),
        nearest=reason.get("nearest"),
        nearest_score=reason.get("nearest_score"),
    )


def _reason(place: StoryPlace) -> str | None:
    reason = {
        "via": place.via,
        "score": place.score,
        "words": list(place.words),
        "nearest": place.nearest,
        "nearest_score": place.nearest_score,
    }
    known = {name: value for name, value in reason.items() if value}
    return json.dumps(known, ensure_ascii=False, separators=(",", ":")) if known else None
