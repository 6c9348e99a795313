"""Opens the store that a config names: all that a command needs which only looks.

It may not import what reads seeds, renders feeds or talks to endpoints: see assembly for those.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime

from watcher.config import Config
from watcher.owner import is_dead
from watcher.store import Catalogue, Cutoffs, Database, Files, Ledger, Outbox, Roots, Upkeep


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The store's parts over one open database."""

    database: Database
    ledger: Ledger
    files: Files
    roots: Roots
    catalogue: Catalogue
    outbox: Outbox
    upkeep: Upkeep

    @classmethod
    def open(cls, config: Config) -> "Store":
        """The store of a config, migrated if need be. Raises StoreError."""
        return _store(Database.open(config.state))

    def close(self) -> None:
        self.database.close()


@contextmanager
def open_store(config: Config) -> Iterator[Store]:
    """The store of a config, migrated if need be; closed at the end."""
    with closing(Store.open(config)) as store:
        yield store


@contextmanager
def look_at_store(config: Config) -> Iterator[Store]:
    """The store of a config, to be read only; an empty one if there is none. Nothing is made."""
    with closing(Database.look(config.state)) as database:
        yield _store(database)


def _store(database: Database) -> Store:
    return Store(
        database=database,
        ledger=Ledger(database),
        files=Files(database),
        roots=Roots(database),
        catalogue=Catalogue(database),
        outbox=Outbox(database, is_dead=is_dead),
        upkeep=Upkeep(database),
    )


def sync_endpoints(store: Store, config: Config) -> None:
    """Tell the store which endpoints there are."""
    enabled = {endpoint.name: endpoint.enabled for endpoint in config.all_endpoints}
    store.outbox.sync(enabled)


def cutoffs(config: Config, now: datetime) -> Cutoffs:
    """From when on what is no longer needed is kept."""
    kept = config.retention
    return Cutoffs(
        attempts=now - kept.attempts,
        deliveries=now - kept.deliveries,
        changes=now - kept.changes,
        removed=now - kept.removed,
    )
