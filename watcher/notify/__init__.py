"""Notify: owed changes in, messages to people and webhooks out, at least once and in order.

In: changes with their articles, the endpoints' config, the :class:`Outbox` that the store keeps.
Out: what each endpoint is owed and when (:func:`route_changes`), and requests to endpoints. It may
not: decide what is news, read a seed or any file but an endpoint's template, write anywhere but to
the outbox, or know which database that is.
"""

from typing import TYPE_CHECKING

from watcher.on_demand import on_demand

if TYPE_CHECKING:
    from watcher.notify.deliver import Deliverer
    from watcher.notify.outbox import Outbox
    from watcher.notify.ping import FORM, ping_body
    from watcher.notify.route import route_changes, why_not
    from watcher.notify.trial import TrialRequest, TrialResult, dry_run, send_test
    from watcher.notify.workers import Workers

__all__ = [
    "FORM",
    "Deliverer",
    "Outbox",
    "TrialRequest",
    "TrialResult",
    "Workers",
    "dry_run",
    "ping_body",
    "route_changes",
    "send_test",
    "why_not",
]

__getattr__ = on_demand(
    __name__,
    deliver="Deliverer",
    outbox="Outbox",
    ping="FORM ping_body",
    route="route_changes why_not",
    trial="TrialRequest TrialResult dry_run send_test",
    workers="Workers",
)
