"""Registers this daemon as one of the nodes that share a store, and keeps it registered."""

import logging
import os
import socket
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from watcher import __version__
from watcher.clock import Clock
from watcher.config.schema import Config
from watcher.errors import StoreError
from watcher.log import fields
from watcher.model.node import Node
from watcher.schedule.timetable import Timetable
from watcher.store.lease_owner import name_owner
from watcher.store.store import Store, endpoints_in, keep_endpoints, sync_endpoints

BEAT_EVERY = timedelta(seconds=5)

log = logging.getLogger(__name__)


class Membership:
    """Lasts as long as the process, over all reloads.

    When nodes come or go, it merges what their configs say about endpoints again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._id = name_owner(uuid.uuid4().hex[:8])
        self._started_at = clock()
        self._timetable: Timetable | None = None
        self._joined: tuple[Store, Config, Node] | None = None
        self._others: set[str] = set()
        self.partitions: Callable[[], tuple[int, ...]] = tuple  # of the parts that run

    def start(self) -> None:
        """Renew the registration from now on, in a thread: before, the process may be forked."""
        self._timetable = Timetable()
        self._timetable.every("membership", BEAT_EVERY, self._beat)

    def join(self, store: Store, config: Config) -> None:
        """Register with this config in this store, and leave the previous store."""
        if self._joined and self._joined[0] is not store:
            self._leave()
        now = self._clock()
        node = node_of(store, config, self._id, started_at=self._started_at, now=now)
        store.nodes.put(node)
        self._joined = (store, config, node)
        self._others = self._find_others(store)

    def leave(self) -> None:
        """Unregister, because the daemon stops."""
        if self._timetable is not None:
            self._timetable.stop()
        self._leave()

    def _leave(self) -> None:
        joined, self._joined = self._joined, None
        if joined is None:
            return
        store, config, _ = joined
        with suppress(StoreError):  # the others notice its silence
            store.nodes.remove(self._id)
            if config.is_shared:
                keep_endpoints(store)

    def _beat(self) -> None:
        joined = self._joined
        if joined is None or not joined[1].is_shared:
            return
        store, config, node = joined
        now = self._clock()
        if not store.nodes.renew(self._id, now, self.partitions()):
            store.nodes.put(replace(node, seen_at=now))
        others = self._find_others(store)
        if others != self._others:
            log.info("nodes came or went", extra=fields(others=len(others)))
            sync_endpoints(store, config)
            self._others = others

    def _find_others(self, store: Store) -> set[str]:
        """Return the other nodes, each with what its config says."""
        found = (node for node in store.nodes.all() if node.id != self._id)
        return {f"{node.id} {sorted(node.endpoints.items())}" for node in found}


def node_of(
    store: Store, config: Config, node_id: str, *, started_at: datetime, now: datetime
) -> Node:
    """Describe a daemon with this config to the other nodes."""
    return Node(
        id=node_id,
        name=config.node,
        host=socket.gethostname(),
        pid=os.getpid(),
        version=__version__,
        config=digest_of(config),
        roots=tuple(store.database.places.stored(str(root.path)) for root in config.watch),
        endpoints=endpoints_in(config),
        started_at=started_at,
        seen_at=now,
    )


_COMMON = {"articles", "stories", "feeds", "endpoints", "alert_endpoint", "egress", "retention"}
_OWN = {"feeds": {"__all__": {"path", "url"}}}


def digest_of(config: Config) -> str:
    """A digest of what nodes should have in common: endpoints and feeds.

    Which folders a node watches, and where it writes and serves, is its own business. It contains
    no secret.
    """
    # What is as usual left out: with 20,000 endpoints, a tenth of the time.
    text = config.model_dump_json(include=_COMMON, exclude=_OWN, exclude_defaults=True)
    return blake2b(text.encode(), digest_size=6).hexdigest()
