"""The rows of deliveries: how one is written, and how one is tried again."""

from sqlalchemy import ColumnElement, Connection, select

from watcher.model.delivery import Delivery
from watcher.model.kinds import DeliveryState
from watcher.store.schema import deliveries, endpoints


def delivery_row(delivery: Delivery, endpoint_id: int) -> dict[str, object]:
    """A delivery as its row."""
    return {
        "id": delivery.id,
        "endpoint_id": endpoint_id,
        "state": delivery.state,
        "first_member": min(delivery.members, default=0),
        "created_at": delivery.created_at,
        "first_attempt_at": delivery.first_attempt_at,
        "attempts": delivery.attempts,
        "content_type": delivery.content_type,
        "members": delivery.members,
        "body": delivery.body,
    }


def retry_deliveries(connection: Connection, *wanted: ColumnElement[bool]) -> int:
    """Make the wanted deliveries pending again, as if never tried; how many.

    Their endpoints wait no longer for what failed before; for their rate they still do.
    """
    theirs = endpoints.c.id.in_(select(deliveries.c.endpoint_id).where(*wanted))
    failing = endpoints.update().where(theirs, endpoints.c.consecutive_failures > 0)
    connection.execute(failing.values(next_attempt_at=None))
    fresh = {"state": DeliveryState.PENDING, "attempts": 0, "first_attempt_at": None}
    return connection.execute(deliveries.update().where(*wanted).values(fresh)).rowcount
