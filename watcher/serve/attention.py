"""What needs a person's attention, the gravest first. Pure; it names no path of the host."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from watcher.model.kinds import EndpointState, RootState
from watcher.model.standing import EndpointStatus, RootStatus
from watcher.serve.view import Health
from watcher.serve.wording import RootNames, count

OFF_IN_CONFIG = "config"
"""The reason of an endpoint that is disabled because the operator said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that waits for a person. ``target`` is the id of the page's part that says more."""

    grave: bool
    text: str
    target: str


def notices(
    health: Health,
    roots: Sequence[RootStatus],
    endpoints: Sequence[EndpointStatus],
    quarantined: int,
) -> tuple[Notice, ...]:
    """Everything that needs attention; nothing if all is well."""
    found = [*_of_health(health), *_of_roots(roots), *_of_endpoints(endpoints)]
    if quarantined:
        said = count(quarantined, "file")
        text = f"{said} cannot be used and {'is' if quarantined == 1 else 'are'} in quarantine"
        found.append(Notice(grave=False, text=text, target="quarantine"))
    return tuple(sorted(found, key=lambda notice: not notice.grave))


def _of_health(health: Health) -> Iterator[Notice]:
    for check in health.checks:
        if not check.ok and check.name != "roots":  # each says it for itself below
            yield Notice(grave=True, text=f"{check.name}: {check.words}", target="health")


def _of_roots(roots: Sequence[RootStatus]) -> Iterator[Notice]:
    names = RootNames(roots)
    for root in roots:
        if root.state is not RootState.OK:
            grave = root.state is not RootState.DEGRADED
            text = f"Folder {names.of(root.path)} is {root.state.value}"
            if root.detail:
                text += f": {names.without_paths(root.detail)}"
            yield Notice(grave=grave, text=text, target="folders")


def _of_endpoints(endpoints: Sequence[EndpointStatus]) -> Iterator[Notice]:
    for endpoint in endpoints:
        for grave, text in _troubles(endpoint):
            yield Notice(grave=grave, text=f"Endpoint {endpoint.name} {text}", target="endpoints")


def _troubles(endpoint: EndpointStatus) -> Iterator[tuple[bool, str]]:
    if endpoint.state is EndpointState.DISABLED and endpoint.disabled_reason != OFF_IN_CONFIG:
        yield True, f"is disabled: {endpoint.disabled_reason or 'no reason is known'}"
    if endpoint.dead:
        yield True, f"has {count(endpoint.dead, 'dead letter')}"
    if endpoint.held:
        yield False, f"holds {count(endpoint.held, 'message')} that may have arrived"
    if endpoint.state is EndpointState.ENABLED and endpoint.consecutive_failures:
        failed = count(endpoint.consecutive_failures, "time")
        yield False, f"failed {failed} in a row: {endpoint.last_error or 'see the log'}"
