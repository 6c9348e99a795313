"""Opens the store that a config names: all that a command needs which only looks.

It may not import what reads seeds, renders feeds or talks to endpoints: see assembly for those.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import cached_property

from watcher.config.schema import Config
from watcher.store.catalogue import Catalogue
from watcher.store.database import Database
from watcher.store.files import Files
from watcher.store.housekeeping import Cutoffs
from watcher.store.known_parts import KnownParts
from watcher.store.lease_owner import is_dead
from watcher.store.ledger import Ledger
from watcher.store.outbox import Outbox
from watcher.store.overview import Overview, overview_in
from watcher.store.roots import Roots
from watcher.store.upkeep import Upkeep


class Store:
    """The store's parts over one open database. Each is loaded when it is first asked for."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def open(cls, config: Config) -> "Store":
        """The store of a config, migrated if need be. Raises StoreError."""
        return cls(Database.open(config.state))

    def close(self) -> None:
        self.database.close()

    @contextmanager
    def overview(self) -> Iterator[Overview]:
        """How the store stands, as one transaction sees it."""
        with self.database.read() as connection:
            yield overview_in(connection)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.database)

    @cached_property
    def files(self) -> Files:
        return Files(self.database)

    @cached_property
    def known_parts(self) -> KnownParts:
        return KnownParts(self.database)

    @cached_property
    def roots(self) -> Roots:
        return Roots(self.database)

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.database)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.database, is_dead=is_dead)

    @cached_property
    def upkeep(self) -> Upkeep:
        return Upkeep(self.database)


@contextmanager
def open_store(config: Config) -> Iterator[Store]:
    """The store of a config, migrated if need be; closed at the end."""
    with closing(Store.open(config)) as store:
        yield store


@contextmanager
def look_at_store(config: Config) -> Iterator[Store]:
    """The store of a config, to be read only; an empty one if there is none. Nothing is made."""
    with closing(Database.look(config.state)) as database:
        yield Store(database)


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
