"""Store: everything that Seedwatch knows, on SQLite or PostgreSQL.

In: plans with their changes and what is owed, one transaction a batch; what became of attempts.
Out: what is known of a batch, articles for feeds, owed changes and deliveries for notify. It may
not: read a clock, a seed or the config, decide what is news or when it is due, reach an endpoint.
SQLAlchemy lives here and nowhere else.
"""

from watcher.store.backup import back_up, export_to, import_from, restore
from watcher.store.catalogue import Catalogue, Revision, Telling, Totals
from watcher.store.columns import stored_signature
from watcher.store.database import Database
from watcher.store.files import ABSENT, QUARANTINED, FileCounts, Files, Quarantined, ScanRow
from watcher.store.ledger import Batch, Ledger
from watcher.store.listener import Listener
from watcher.store.outbox import Outbox
from watcher.store.pings import Ping, Pings
from watcher.store.pruning import Cutoffs, Pruned
from watcher.store.ranking import Rank
from watcher.store.roots import Roots
from watcher.store.transfer import export_lines
from watcher.store.upkeep import Upkeep
from watcher.store.windows import Windows

__all__ = [
    "ABSENT",
    "QUARANTINED",
    "Batch",
    "Catalogue",
    "Cutoffs",
    "Database",
    "FileCounts",
    "Files",
    "Ledger",
    "Listener",
    "Outbox",
    "Ping",
    "Pings",
    "Pruned",
    "Quarantined",
    "Rank",
    "Revision",
    "Roots",
    "ScanRow",
    "Telling",
    "Totals",
    "Upkeep",
    "Windows",
    "back_up",
    "export_lines",
    "export_to",
    "import_from",
    "restore",
    "stored_signature",
]
