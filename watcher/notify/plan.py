"""When something owed is due, and when an endpoint may be sent to. Pure; no clock of its own."""

from datetime import datetime

from watcher.config.endpoint import EndpointConfig


def due_at(endpoint: EndpointConfig, at: datetime) -> datetime:
    """When what is owed from ``at`` on falls due: by its schedule, outside its quiet hours."""
    return resume_at(endpoint, endpoint.schedule.due_after(at, endpoint.timezone))


def resume_at(endpoint: EndpointConfig, at: datetime) -> datetime:
    """``at`` itself, or the end of the endpoint's quiet hours that it falls into."""
    if endpoint.quiet_hours is None:
        return at
    return endpoint.quiet_hours.defer(at, endpoint.timezone)
