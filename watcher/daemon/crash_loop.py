"""Notices that the last runs of the daemon ended without being stopped: killed, or crashed.

One such end is only logged, for a host may lose its power. Several in a short time are a crash
loop, and the next run that lasts long enough alerts the alert endpoint.
"""

import json
import logging
from datetime import datetime, timedelta
from typing import Any

from watcher.clock import format_time, parse_time
from watcher.log import fields
from watcher.model.wording import count
from watcher.store.alerts import raise_alert
from watcher.store.backup import RUNNING_ON
from watcher.store.store import Store

log = logging.getLogger(__name__)

MANY = 3
WITHIN = timedelta(hours=2)
"""So many unclean ends within this time are a crash loop; the unit allows as long for one."""


def note_start(store: Store, host: str, now: datetime, *, has_alerts: bool) -> None:
    """Note that a daemon runs here from now on; say so if the last one was not stopped.

    ``has_alerts``: there is an endpoint for alerts.
    """
    noted = _noted(store, host)
    ends: list[str] = []
    if noted.get("running"):
        ends = [at for at in noted["ends"] if now - parse_time(at) <= WITHIN] + [format_time(now)]
        log.warning("the last run was not stopped", extra=fields(action="it was killed, or died"))
    if len(ends) >= MANY:
        times = count(len(ends), "time")
        words = f"Seedwatch ended unexpectedly {times} since {ends[0]}; it runs again"
        if has_alerts:
            raise_alert(store.database, f"{words}: its log says more", at=now)
        log.error("crash loop", extra=fields(ends=len(ends), since=ends[0]))
        ends = []
    _note(store, host, {"running": True, "ends": ends})


def note_stop(store: Store, host: str) -> None:
    """Note that the daemon was stopped."""
    _note(store, host, {"running": False, "ends": []})


def _noted(store: Store, host: str) -> dict[str, Any]:
    found = store.upkeep.fact(RUNNING_ON + host)
    noted: dict[str, Any] = json.loads(found) if found else {}
    return noted


def _note(store: Store, host: str, noted: dict[str, Any]) -> None:
    store.upkeep.note(RUNNING_ON + host, json.dumps(noted))
