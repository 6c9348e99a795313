"""Bring a store's schema to the newest version: numbered, forward only, all or nothing.

A new store gets the newest tables at once; an older one goes through every step of ``versions``
from its own version on.
"""

from sqlalchemy import Connection, func, inspect, select

from watcher.errors import StoreTooNew
from watcher.store import schema, versions
from watcher.store.overview import overview_in
from watcher.store.search import create_search
from watcher.store.versions import VERSION, newest_version

_ADVISORY_LOCK = 0x5EED_0001
_TABLE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'"


def version_of(connection: Connection) -> int:
    """The schema version of a store; 0 if it has no tables yet."""
    if not _has_tables(connection):
        return 0
    return int(overview_in(connection).fact(VERSION) or 0)


def _has_tables(connection: Connection) -> bool:
    if connection.dialect.name != "sqlite":
        return inspect(connection).has_table(schema.meta.name)
    # Every start asks this: SQLAlchemy's inspector must be loaded first.
    return connection.exec_driver_sql(_TABLE).first() is not None


def is_current(connection: Connection) -> bool:
    """True if there is nothing to migrate. Raises StoreTooNew."""
    version = version_of(connection)
    if version > newest_version():
        raise StoreTooNew(
            f"the store has schema version {version}, this Seedwatch knows up to "
            f"{newest_version()}: upgrade Seedwatch, or use another store"
        )
    return version == newest_version()


def migrate(connection: Connection) -> None:
    """Migrate within a write transaction; other processes wait, then find it done."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
    if is_current(connection):
        return
    version = version_of(connection)
    if version == 0:
        if connection.dialect.name == "postgresql":
            _make_indexes_partial()
        schema.metadata.create_all(connection)
        create_search(connection)
    for step in versions.STEPS[version - 1 :] if version else ():
        step(connection)
    _record(connection, newest_version())


def _make_indexes_partial() -> None:
    """Let PostgreSQL's indexes be as partial as SQLite's.

    The schema says it for SQLite only: saying it for both loads both dialects in every process.
    """
    for table in schema.metadata.tables.values():
        for index in table.indexes:
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]


def _record(connection: Connection, version: int) -> None:
    connection.execute(schema.meta.delete().where(schema.meta.c.key == VERSION))
    connection.execute(schema.meta.insert().values(key=VERSION, value=str(version)))
