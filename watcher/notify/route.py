"""Who is owed which change, when, and why somebody is not. Pure; no clock of its own."""

from collections.abc import Sequence
from datetime import datetime

from watcher.config.endpoint import EndpointConfig
from watcher.config.matching import first_mismatch
from watcher.model.article import Change
from watcher.model.delivery import Owed


def route_changes(
    changes: Sequence[Change],
    endpoints: Sequence[EndpointConfig],
    *,
    now: datetime,
    announce_baseline: bool,
) -> list[Owed]:
    """What each endpoint is owed of ``changes``; a disabled one is owed its backlog all the same.

    ``announce_baseline`` tells every endpoint of a root's first scan, as ``first_run: announce``
    does for one.
    """
    return [
        Owed(endpoint=endpoint.name, sequence=change.sequence, due_at=due_at(endpoint, change.at))
        for change in changes
        for endpoint in endpoints
        if why_not(change, endpoint, now=now, announce_baseline=announce_baseline) is None
    ]


def why_not(
    change: Change, endpoint: EndpointConfig, *, now: datetime, announce_baseline: bool
) -> str | None:
    """The first reason, in words, why ``endpoint`` is not owed ``change``; None if it is."""
    if change.kind not in endpoint.on:
        return f"on: {change.kind} is none of {', '.join(endpoint.on)}"
    if change.baseline and not announce_baseline and endpoint.first_run == "silent":
        return "first_run: it was there when the folder was first seen"
    mismatch = first_mismatch(endpoint.match, change.article.content, now)
    return None if mismatch is None else f"match: {mismatch}"


def due_at(endpoint: EndpointConfig, at: datetime) -> datetime:
    """When what is owed from ``at`` on falls due: by its schedule, outside its quiet hours."""
    return resume_at(endpoint, endpoint.schedule.due_after(at, endpoint.timezone))


def resume_at(endpoint: EndpointConfig, at: datetime) -> datetime:
    """``at`` itself, or the end of the endpoint's quiet hours that it falls into."""
    if endpoint.quiet_hours is None:
        return at
    return endpoint.quiet_hours.defer(at, endpoint.timezone)
