"""The nodes that share the store, each by a row that it renews. It decides nothing about them."""

import json
from datetime import datetime, timedelta

from sqlalchemy import select

from watcher.model.node import Node
from watcher.store.columns import encode_json
from watcher.store.database import Database
from watcher.store.lease_owner import is_dead
from watcher.store.overview import overview_in
from watcher.store.schema import nodes

FORGOTTEN_AFTER = timedelta(hours=1)
"""What is not heard of for so long no longer counts: nobody keeps its endpoints for it."""


class Nodes:
    """For any threads. A store of one node's own has one row at most."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, node: Node) -> None:
        """Add a node, or renew what is known of it. Forgets those that are gone for good."""
        row = {
            "id": node.id,
            "name": node.name,
            "host": node.host,
            "pid": node.pid,
            "version": node.version,
            "config": node.config,
            "roots": json.dumps(node.roots),
            "endpoints": encode_json(dict(node.endpoints)),
            "partitions": encode_json(node.partitions),
            "started_at": node.started_at,
            "seen_at": node.seen_at,
        }
        with self._database.write() as connection:
            others = connection.execute(select(nodes.c.id, nodes.c.seen_at)).all()
            gone = [
                other.id
                for other in others
                if self._database.is_sqlite
                or is_dead(other.id)
                or other.seen_at < node.seen_at - FORGOTTEN_AFTER
            ]
            connection.execute(nodes.delete().where(nodes.c.id.in_([node.id, *gone])))
            connection.execute(nodes.insert().values(row))

    def renew(self, node: str, now: datetime, partitions: tuple[int, ...]) -> bool:
        """Say that a node is there. Returns False if it was forgotten: then it must be put."""
        values = {"seen_at": now, "partitions": encode_json(partitions)}
        with self._database.write() as connection:
            this = nodes.update().where(nodes.c.id == node)
            return bool(connection.execute(this.values(values)).rowcount)

    def remove(self, node: str) -> None:
        """A node was stopped."""
        with self._database.write() as connection:
            connection.execute(nodes.delete().where(nodes.c.id == node))

    def all(self) -> tuple[Node, ...]:
        """All nodes that are known, by name."""
        with self._database.read() as connection:
            return overview_in(connection).nodes()
