"""The partitions of endpoints, each with the epoch by which its node's writes are fenced."""

import uuid
from collections.abc import Collection

from sqlalchemy import Connection, bindparam, select

from watcher.model.node import PARTITIONS
from watcher.store.database import Database
from watcher.store.schema import meta, partitions
from watcher.store.statements import Prepared

_CLUSTER = "cluster id"


class Partitions:
    """For any threads, and all nodes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prepare(self) -> str:
        """Make the rows that are missing. Returns the id of the cluster, which all nodes share."""
        with self._database.write(ingest=True) as connection:
            there = set(connection.scalars(select(partitions.c.partition)))
            missing = [{"partition": n, "epoch": 0} for n in range(PARTITIONS) if n not in there]
            if missing:
                connection.execute(partitions.insert(), missing)
            made = connection.scalar(select(meta.c.value).where(meta.c.key == _CLUSTER))
            if made is None:
                made = uuid.uuid4().hex[:12]
                connection.execute(meta.insert().values(key=_CLUSTER, value=made))
            return str(made)

    def take(self, partition: int) -> int:
        """Take a partition from whoever had it. Returns its new epoch."""
        this = partitions.update().where(partitions.c.partition == partition)
        grown = this.values(epoch=partitions.c.epoch + 1).returning(partitions.c.epoch)
        with self._database.write() as connection:
            return int(connection.execute(grown).scalar_one())


def epochs_in(connection: Connection, wanted: Collection[int]) -> dict[int, int]:
    """The epochs of these partitions, which nobody can take before the transaction ends."""
    rows = _EPOCHS.rows(connection, wanted=sorted(wanted)) if wanted else []
    return {row.partition: row.epoch for row in rows}


_EPOCHS = Prepared(
    lambda: (
        select(partitions)
        .where(partitions.c.partition.in_(bindparam("wanted", expanding=True)))
        .order_by(partitions.c.partition)
        .with_for_update(read=True)
    )
)
