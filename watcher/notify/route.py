"""Which endpoint is owed which change, when, and why not. Pure; no clock of its own."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from watcher.config.endpoint import EndpointConfig
from watcher.config.matching import first_mismatch
from watcher.model.article import Change, FirstChange
from watcher.model.delivery import Owed
from watcher.model.held_before import NOTHING_HELD, HeldBefore
from watcher.model.kinds import ArticleState, ChangeKind
from watcher.model.known import ArticleWrite, KnownArticle


def route_changes(
    changes: Sequence[Change],
    endpoints: Sequence[EndpointConfig],
    *,
    now: datetime,
    announce_baseline: bool,
    held: HeldBefore = NOTHING_HELD,
) -> list[Owed]:
    """The changes that each endpoint is owed; a disabled one collects its backlog all the same.

    ``announce_baseline`` tells every endpoint of a root's first scan, as ``first_run: announce``
    does for one; but not what a feed ``held`` before.
    """
    return [
        Owed(endpoint=endpoint.name, sequence=change.sequence, due_at=due_at(endpoint, change.at))
        for change in changes
        for endpoint in endpoints
        if why_not(change, endpoint, now=now, announce_baseline=announce_baseline, held=held)
        is None
    ]


def late_matches(
    writes: Iterable[ArticleWrite],
    before: Mapping[str, KnownArticle],
    endpoints: Sequence[EndpointConfig],
    *,
    now: datetime,
) -> list[tuple[EndpointConfig, str]]:
    """Endpoints, and articles that match now what they did not match before they were written.

    Both are asked of the present config: a change of config makes nothing match.
    """
    return [
        (endpoint, write.id)
        for write in writes
        if write.id in before and write.state is ArticleState.LIVE
        for endpoint in endpoints
        if ChangeKind.NEW in endpoint.on
        and first_mismatch(endpoint.match, write.content, now) is None
        and first_mismatch(endpoint.match, before[write.id].content, now) is not None
    ]


def route_late(
    matches: Sequence[tuple[EndpointConfig, str]],
    firsts: Mapping[str, FirstChange],
    *,
    now: datetime,
) -> dict[tuple[str, str], Owed]:
    """Changes owed for the first time because of these matches, by endpoint and article.

    That is the change that announced the article, unless it was a baseline, is too old by the
    endpoint's ``late_match``, or is settled for that endpoint already.
    """
    return {
        (endpoint.name, article): Owed(
            endpoint=endpoint.name,
            sequence=first.sequence,
            due_at=due_at(endpoint, now),
            late_at=now,
        )
        for endpoint, article in matches
        if (first := firsts.get(article))
        and not first.baseline
        and endpoint.name not in first.endpoints
        and now - first.at <= endpoint.late_match
    }


def why_not(
    change: Change,
    endpoint: EndpointConfig,
    *,
    now: datetime,
    announce_baseline: bool,
    held: HeldBefore = NOTHING_HELD,
) -> str | None:
    """The first reason, in words, why ``endpoint`` is not owed ``change``; None if it is."""
    if change.kind not in endpoint.on:
        return f"on: {change.kind} is none of {', '.join(endpoint.on)}"
    if change.baseline and change.article.id in held.ids:
        return "the feed on disk held it when there was no state: it was told before"
    is_told = announce_baseline or endpoint.first_run == "announce"
    if change.baseline and not (is_told or held.is_after_all(change.article)):
        return "first_run: it was there when the folder was first seen"
    mismatch = first_mismatch(endpoint.match, change.article.content, now)
    return None if mismatch is None else f"match: {mismatch}"


def due_at(endpoint: EndpointConfig, at: datetime) -> datetime:
    """When a change owed from ``at`` on falls due: by schedule, outside quiet hours."""
    return resume_at(endpoint, endpoint.schedule.due_after(at, endpoint.timezone))


def resume_at(endpoint: EndpointConfig, at: datetime) -> datetime:
    """``at`` itself, or the end of the endpoint's quiet hours that it falls into."""
    if endpoint.quiet_hours is None:
        return at
    return endpoint.quiet_hours.defer(at, endpoint.timezone)
