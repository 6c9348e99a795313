"""Store: everything that Seedwatch knows, on SQLite or PostgreSQL.

In: plans with their changes and what is owed, one transaction a batch; what became of attempts.
Out: what is known of a batch, articles for feeds, owed changes and deliveries for notify. It may
not: read a clock, a seed or the config, decide what is news or when it is due, reach an endpoint.
SQLAlchemy lives here and nowhere else.
"""

from typing import TYPE_CHECKING

from watcher.on_demand import on_demand

if TYPE_CHECKING:
    from watcher.store.backup import back_up, export_to, import_from, restore
    from watcher.store.catalogue import Catalogue, Revision, Telling
    from watcher.store.database import Database
    from watcher.store.files import FileCounts, Files, Quarantined
    from watcher.store.known_parts import KnownParts
    from watcher.store.ledger import Batch, Ledger
    from watcher.store.listed import ABSENT, QUARANTINED, ScanRow, as_listed
    from watcher.store.listener import Listener
    from watcher.store.lock import take_lock
    from watcher.store.outbox import Outbox
    from watcher.store.overview import Overview, Totals, overview_in, overview_of_file
    from watcher.store.pings import Ping, Pings
    from watcher.store.pruning import Cutoffs, Pruned
    from watcher.store.ranking import Rank
    from watcher.store.rest import MANY, KnownPart, RestingStore, Span
    from watcher.store.roots import Roots
    from watcher.store.transfer import export_lines
    from watcher.store.upkeep import Upkeep
    from watcher.store.windows import Windows

__all__ = [
    "ABSENT",
    "MANY",
    "QUARANTINED",
    "Batch",
    "Catalogue",
    "Cutoffs",
    "Database",
    "FileCounts",
    "Files",
    "KnownPart",
    "KnownParts",
    "Ledger",
    "Listener",
    "Outbox",
    "Overview",
    "Ping",
    "Pings",
    "Pruned",
    "Quarantined",
    "Rank",
    "RestingStore",
    "Revision",
    "Roots",
    "ScanRow",
    "Span",
    "Telling",
    "Totals",
    "Upkeep",
    "Windows",
    "as_listed",
    "back_up",
    "export_lines",
    "export_to",
    "import_from",
    "overview_in",
    "overview_of_file",
    "restore",
    "take_lock",
]

__getattr__ = on_demand(
    __name__,
    backup="back_up export_to import_from restore",
    catalogue="Catalogue Revision Telling",
    database="Database",
    files="FileCounts Files Quarantined",
    known_parts="KnownParts",
    ledger="Batch Ledger",
    listed="ABSENT QUARANTINED ScanRow as_listed",
    listener="Listener",
    lock="take_lock",
    outbox="Outbox",
    overview="Overview Totals overview_in overview_of_file",
    pings="Ping Pings",
    pruning="Cutoffs Pruned",
    ranking="Rank",
    rest="MANY KnownPart RestingStore Span",
    roots="Roots",
    transfer="export_lines",
    upkeep="Upkeep",
    windows="Windows",
)
