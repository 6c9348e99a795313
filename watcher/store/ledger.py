"""One batch into the store: all that it means, in one transaction, or nothing of it.

It decides nothing: what to write is diff's plan, when it is due is the pipeline's word.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Table

from watcher.errors import UsageError
from watcher.model import Change, ChangeWrite, Known, Owed, Plan, SeedPath
from watcher.store.articles import find_articles, write_articles
from watcher.store.columns import key_of
from watcher.store.database import Database
from watcher.store.endpoints import endpoint_ids
from watcher.store.file_rows import write_files
from watcher.store.known import read_known
from watcher.store.rows import load_articles, next_number
from watcher.store.schema import aliases, changes, owed, revisions


class Ledger:
    """Where batches are written, one at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def batch(self, at: datetime, *, baseline: bool = False) -> Iterator["Batch"]:
        """One transaction at the time ``at``; nothing is written if the block raises.

        The changes of a ``baseline`` are marked as such.
        """
        with self._database.write(ingest=True) as connection:
            batch = Batch(connection, at, baseline=baseline)
            yield batch
            if batch.has_written:
                self._database.tell_others(connection)

    def known(self, paths: Iterable[SeedPath], urls: Iterable[str]) -> Known:
        """As :meth:`Batch.known`, in a transaction that only reads and holds up no writer."""
        with self._database.read() as connection:
            return read_known(connection, paths, urls)


class Batch:
    """What can be asked and written within one batch."""

    def __init__(self, connection: Connection, at: datetime, *, baseline: bool) -> None:
        self._connection = connection
        self._at = at
        self._baseline = baseline
        self.has_written = False
        """Whether there is anything that concerns feeds or endpoints."""

    def known(self, paths: Iterable[SeedPath], urls: Iterable[str]) -> Known:
        """What the store knows about these paths and canonical URLs, and of their articles."""
        return read_known(self._connection, paths, urls)

    def write(self, plan: Plan) -> tuple[Change, ...]:
        """Write a plan; its changes, numbered and in order, with their articles as they are now."""
        self.has_written |= bool(plan.articles or plan.changes)
        ids = write_articles(self._connection, plan.articles, self._at)
        rest = find_articles(self._connection, _mentioned(plan) - ids.keys())
        ids.update((uuid, row.id) for uuid, row in rest.items())
        write_files(self._connection, plan.files, self._at, ids)
        self._write_aliases(plan, ids)
        self._write_revisions(plan, ids)
        return self._write_changes(plan, ids)

    def owe(self, owing: Iterable[Owed]) -> None:
        """Owe changes to endpoints; what is owed already stays as it is.

        Raises UsageError for an endpoint that the outbox was never synced with.
        """
        ids = endpoint_ids(self._connection)
        rows = []
        for item in owing:
            if item.endpoint not in ids:
                raise UsageError(f"endpoint {item.endpoint}: the store does not know it yet")
            key = {"endpoint_id": ids[item.endpoint], "sequence": item.sequence}
            rows.append(key | {"due_at": item.due_at})
        self._insert_new(owed, rows)

    def _write_aliases(self, plan: Plan, ids: Mapping[str, int]) -> None:
        rows = [
            {"key": key_of(url), "url": url, "article_id": ids[article]}
            for url, article in plan.aliases
        ]
        self._insert_new(aliases, rows)

    def _write_revisions(self, plan: Plan, ids: Mapping[str, int]) -> None:
        rows = [
            {
                "article_id": ids[write.article],
                "fingerprint": write.fingerprint,
                "first_seen_at": self._at,
            }
            for write in plan.revisions
        ]
        self._insert_new(revisions, rows)

    def _insert_new(self, table: Table, rows: list[dict[str, Any]]) -> None:
        """Insert the rows whose key is not there yet."""
        if rows:
            dialect = import_module(f"sqlalchemy.dialects.{self._connection.dialect.name}")
            self._connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)

    def _write_changes(self, plan: Plan, ids: Mapping[str, int]) -> tuple[Change, ...]:
        if not plan.changes:
            return ()
        first = next_number(self._connection, changes.c.sequence)
        rows = [self._change_row(n, write, ids) for n, write in enumerate(plan.changes, first)]
        self._connection.execute(changes.insert(), rows)
        contents = {write.id: write.content for write in plan.articles}
        by_id = load_articles(self._connection, (row["article_id"] for row in rows), contents)
        return tuple(
            Change(
                sequence=row["sequence"],
                kind=row["kind"],
                at=self._at,
                article=by_id[row["article_id"]],
                baseline=self._baseline,
            )
            for row in rows
        )

    def _change_row(
        self, sequence: int, write: ChangeWrite, ids: Mapping[str, int]
    ) -> dict[str, Any]:
        return {
            "sequence": sequence,
            "kind": write.kind,
            "article_id": ids[write.article],
            "fingerprint": write.fingerprint,
            "at": self._at,
            "baseline": self._baseline,
        }


def _mentioned(plan: Plan) -> set[str]:
    """The ids of the articles that the plan writes something about, besides themselves."""
    found = {write.article for write in plan.files if write.article is not None}
    found.update(article for _, article in plan.aliases)
    found.update(write.article for write in plan.revisions)
    found.update(write.article for write in plan.changes)
    return found
