"""Opens a store by its URL, and hands out its parts."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from functools import cached_property

from watcher.config.schema import Config
from watcher.store.catalogue import Catalogue
from watcher.store.database import Database
from watcher.store.files import Files
from watcher.store.housekeeping import Cutoffs, Upkeep
from watcher.store.lease_owner import is_dead
from watcher.store.ledger import Ledger
from watcher.store.lists import Lists
from watcher.store.mutes import Mutes
from watcher.store.nodes import Nodes
from watcher.store.outbox import Outbox
from watcher.store.overview import Overview, overview_in
from watcher.store.places import ALONE, Places
from watcher.store.roots import Roots
from watcher.store.story_list import StoryList


class Store:
    """The parts of one open store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def open(cls, url: str, places: Places = ALONE) -> "Store":
        """The store at ``url``, created or migrated if need be. Raises StoreError."""
        return cls(Database.open(url, places))

    def close(self) -> None:
        self.database.close()

    @contextmanager
    def overview(self) -> Iterator[Overview]:
        """Its roots, endpoints and totals, as one transaction sees them."""
        with self.database.read() as connection:
            yield overview_in(connection)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.database)

    @cached_property
    def files(self) -> Files:
        return Files(self.database)

    @cached_property
    def roots(self) -> Roots:
        return Roots(self.database)

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.database)

    @cached_property
    def mutes(self) -> Mutes:
        return Mutes(self.database)

    @cached_property
    def lists(self) -> Lists:
        return Lists(self.database)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.database, is_dead=is_dead)

    @cached_property
    def nodes(self) -> Nodes:
        return Nodes(self.database)

    @cached_property
    def stories(self) -> StoryList:
        return StoryList(self.database)

    @cached_property
    def upkeep(self) -> Upkeep:
        return Upkeep(self.database)


@contextmanager
def open_store(url: str, places: Places = ALONE) -> Iterator[Store]:
    """The store at ``url``, created or migrated if need be; closed at the end."""
    with closing(Store.open(url, places)) as store:
        yield store


@contextmanager
def look_at_store(url: str, places: Places = ALONE) -> Iterator[Store]:
    """The store at ``url``, read only; an empty one in memory if there is none."""
    with closing(Database.look(url, places)) as database:
        yield Store(database)


def places_in(config: Config) -> Places:
    """Which roots are this node's own, in the store that the config names."""
    names = {str(root.path): root.name for root in config.watch if root.name}
    return Places(config.node, names, is_shared=config.is_shared)


def sync_endpoints(store: Store, config: Config) -> None:
    """Write the configured endpoints into the store.

    What the config of another node names stays, and stays enabled if that one enables it.
    """
    others = [node.endpoints for node in store.nodes.all()] if config.is_shared else []
    store.outbox.sync(_any_of(endpoints_in(config), *others))


def keep_endpoints(store: Store) -> None:
    """Let go of what no node names any more: one has left, and others go on."""
    if nodes := store.nodes.all():
        store.outbox.sync(_any_of(*(node.endpoints for node in nodes)))


def _any_of(*named: Mapping[str, bool]) -> dict[str, bool]:
    """All endpoints that are named, enabled if any says so."""
    enabled: dict[str, bool] = {}
    for endpoints in named:
        for name, is_on in endpoints.items():
            enabled[name] = enabled.get(name, False) or is_on
    return enabled


def endpoints_in(config: Config) -> dict[str, bool]:
    """The names of all endpoints of a config, and whether it enables them."""
    return {endpoint.name: endpoint.enabled for endpoint in config.all_endpoints}


def cutoffs(config: Config, now: datetime) -> Cutoffs:
    """The times before which data may be pruned, by the config's retention."""
    kept = config.retention
    return Cutoffs(
        attempts=now - kept.attempts,
        deliveries=now - kept.deliveries,
        changes=now - kept.changes,
        removed=now - kept.removed,
    )
