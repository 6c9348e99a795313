"""Stories as the operator lists, merges and splits them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from watcher.errors import UsageError
from watcher.model.kinds import ArticleState
from watcher.model.story import Story, StoryPlace
from watcher.store.database import Database
from watcher.store.housekeeping import note_fact
from watcher.store.lists import Wanted, about
from watcher.store.overview import overview_in
from watcher.store.schema import articles, story_places
from watcher.store.stories import EDITS, Places, members_of


class StoryList:
    """Queries and edits for the command line."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, wanted: Wanted) -> list[Story]:
        """Stories of more than one article that is out, those that grew last first.

        ``topic``, ``words`` and ``endpoint`` must be those of one of its articles.
        """
        last = func.max(story_places.c.at)
        statement = (
            _of_live(story_places.c.story)
            .group_by(story_places.c.story)
            .having(func.count() > 1)
            .order_by(last.desc(), story_places.c.story)
            .limit(wanted.limit)
        )
        if wanted.since is not None:
            statement = statement.having(last >= wanted.since)
        with self._database.read() as connection:
            if conditions := about(connection, articles.c.id, wanted):
                some = _of_live(story_places.c.story).where(*conditions)
                statement = statement.where(story_places.c.story.in_(some))
            found = list(connection.scalars(statement))
            members = members_of(connection, found)
        return [Story(id=story, members=tuple(members[story])) for story in found]

    def place(self, article: str) -> StoryPlace | None:
        """Where an article was placed, and why; None if it never was."""
        with self._database.read() as connection:
            found = Places(connection).of([article])
        return found[0][1] if found else None

    def merge(self, into: str, others: Sequence[str]) -> int:
        """Move all articles of the other stories into one. Returns how many."""
        with self._database.write(ingest=True) as connection:
            known = {story: _numbers(connection, story) for story in (into, *others)}
            for story, numbers in known.items():
                if not numbers:
                    raise UsageError(f"no story has the id {story}: seedwatch stories lists them")
            moved = [number for story in others if story != into for number in known[story]]
            _move(connection, moved, into)
        return len(moved)

    def split(self, article_ids: Sequence[str], story: str) -> int:
        """Move articles out of their stories, into one of their own. Returns how many."""
        with self._database.write(ingest=True) as connection:
            places = [place for _, place in Places(connection).of(article_ids)]
            missing = set(article_ids) - {place.article for place in places}
            if missing:
                raise UsageError(f"in no story: {', '.join(sorted(missing))}")
            _move(connection, [place.number for place in places], story)
        return len(places)


def _of_live(column: Any) -> Select[Any]:
    return (
        select(column)
        .select_from(story_places)
        .join(articles, articles.c.id == story_places.c.article_id)
        .where(articles.c.state == ArticleState.LIVE)
    )


def _numbers(connection: Connection, story: str) -> list[int]:
    statement = select(story_places.c.article_id).where(story_places.c.story == story)
    return list(connection.scalars(statement))


def _move(connection: Connection, numbers: Sequence[int], story: str) -> None:
    """Let these articles be of this story, and the stories concerned begin with their first."""
    if not numbers:
        return
    some = story_places.c.article_id.in_(numbers)
    left = set(connection.scalars(select(story_places.c.story).where(some)))
    connection.execute(story_places.update().where(some).values(story=story))
    for changed in left | {story}:
        of_it = story_places.c.story == changed
        first = connection.scalar(select(func.min(story_places.c.at)).where(of_it))
        if first is not None:
            connection.execute(story_places.update().where(of_it).values(started_at=first))
    edits = int(overview_in(connection).fact(EDITS) or 0)
    note_fact(connection, EDITS, str(edits + 1))
