"""The pages for operators: what needs attention, what to do, and each endpoint's deliveries."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from watcher.model.delivery import Attempt, Delivery
from watcher.model.health import Check, Gravity
from watcher.model.kinds import EndpointState, RootState
from watcher.model.known import KnownFile
from watcher.model.node import Node, in_ranges
from watcher.model.standing import OFF_IN_CONFIG, EndpointStatus, RootStatus
from watcher.model.wording import count
from watcher.serve.access import Access
from watcher.serve.pages import Pages
from watcher.serve.view import View
from watcher.serve.wording import cut, printable_path

NOTICES_SHOWN = 50
QUARANTINE_SHOWN = 50
DELIVERIES_SHOWN = 30
MESSAGES_SHOWN = 5
MESSAGE_LENGTH = 20_000
_TARGETS = {
    "endpoints": "endpoints",
    "roots": "folders",
    "quarantine": "quarantine",
    "nodes": "nodes",
}
"""The part of the page with details about a check; for others, the list of checks."""
_MOODS = ("bad", "worried", "good", "idle")
"""The moods of endpoints, in the order in which they are shown."""


class Operations:
    """Shown only where ``http.operations`` allows; 403 elsewhere."""

    def __init__(
        self, view: View, *, pages: Pages, access: Access, clock: Callable[[], datetime]
    ) -> None:
        self._view = view
        self._pages = pages
        self._access = access
        self._clock = clock

    def overview(self, request: Request) -> Response:
        """Everything at a glance."""
        self._require_operator()
        view, now = self._view, self._clock()
        health = view.health()
        notices = [_notice(check) for check in health.attention]
        endpoints = [_endpoint(endpoint, now) for endpoint in view.endpoints()]
        context = {
            "notices": notices[:NOTICES_SHOWN],
            "more_notices": len(notices) - NOTICES_SHOWN,
            "checks": health.readiness(),
            "counts": view.counts(),
            "roots": [_root(root) for root in view.roots()],
            "nodes": [_node(node, now) for node in view.nodes()],
            "endpoints": sorted(endpoints, key=lambda shown: _MOODS.index(shown["mood"])),
            "quarantine": [_bad_file(file) for file in view.quarantine(QUARANTINE_SHOWN)],
        }
        return self._pages.page(request, "operations.html", context)

    def endpoint(self, request: Request) -> Response:
        """One endpoint: its last deliveries, each with its attempts."""
        self._require_operator()
        name = request.path_params["name"]
        status = next((e for e in self._view.endpoints() if e.name == name), None)
        if status is None:
            raise HTTPException(404)
        deliveries = self._view.deliveries(name, DELIVERIES_SHOWN)
        context = {
            "next": self._next(name),
            "endpoint": _endpoint(status, self._clock()),
            "deliveries": [
                _delivery(delivery, self._view.attempts(delivery.id)) for delivery in deliveries
            ],
        }
        return self._pages.page(request, "endpoint.html", context)

    def _next(self, name: str) -> dict[str, Any] | None:
        """The same as ``seedwatch preview``."""
        found = self._view.preview(name)
        if found is None:
            return None
        zone = getattr(found.at.tzinfo, "key", "UTC")
        return {
            "at": found.at,
            "words": f"{found.at:%A, %-d %B %Y, %H:%M} ({zone})",
            "messages": [
                {"text": cut(message.text, MESSAGE_LENGTH), "contents": message.contents}
                for message in found.messages[:MESSAGES_SHOWN]
            ],
            "total": len(found.messages),
        }

    def _require_operator(self) -> None:
        if not self._access.shows_operations:
            raise HTTPException(403)


def _node(node: Node, now: datetime) -> dict[str, Any]:
    is_silent = node.is_silent(now)
    return {
        "name": node.name,
        "mood": "bad" if is_silent else "good",
        "state": "Not heard of" if is_silent else "Running",
        "host": node.host,
        "version": node.version,
        "config": node.config,
        "folders": len(node.roots),
        "partitions": in_ranges(node.partitions),
        "started_at": node.started_at,
        "seen_at": node.seen_at,
    }


def _notice(check: Check) -> dict[str, Any]:
    words = check.words if check.gravity is not Gravity.DOWN else f"{check.name}: {check.words}"
    return {
        "text": words[:1].upper() + words[1:],
        "action": check.action,
        "grave": check.gravity is not Gravity.NOTE,
        "target": _TARGETS.get(check.name, "health"),
    }


def _endpoint(endpoint: EndpointStatus, now: datetime) -> dict[str, Any]:
    mood, state = _endpoint_state(endpoint, now)
    error = endpoint.last_error
    backlog = endpoint.owed + endpoint.pending
    due = endpoint.next_attempt_at or endpoint.oldest_due_at
    is_on = endpoint.state is EndpointState.ENABLED
    return {
        "name": endpoint.name,
        "link": "operations/" + quote(endpoint.name, safe=""),
        "mood": mood,
        "state": state,
        "backlog": backlog,
        "held": endpoint.held,
        "dead": endpoint.dead,
        "last_success_at": endpoint.last_success_at,
        "next_send_at": due if backlog and is_on else None,
        "last_error": error
        if error and mood in {"worried", "bad"} and error not in state
        else None,
    }


def _endpoint_state(endpoint: EndpointStatus, now: datetime) -> tuple[str, str]:
    """The mood of an endpoint (good, idle, worried or bad), and its state in words."""
    if endpoint.state is EndpointState.DISABLED:
        if endpoint.disabled_reason == OFF_IN_CONFIG:
            return "idle", "Off in the config"
        return "bad", f"Disabled: {cut(endpoint.disabled_reason or 'no reason is known', 200)}"
    if endpoint.consecutive_failures:
        return "worried", f"Failing, {count(endpoint.consecutive_failures, 'time')} in a row"
    if endpoint.dead:
        return "bad", "Has dead letters"
    if endpoint.held:
        return "worried", "Holds what may have arrived"
    due = endpoint.next_attempt_at or endpoint.oldest_due_at
    if endpoint.owed + endpoint.pending and due and due > now:
        return "good", "Waits for its time"
    return "good", "Delivering" if endpoint.owed + endpoint.pending else "Up to date"


def _delivery(delivery: Delivery, attempts: tuple[Attempt, ...]) -> dict[str, Any]:
    moods = {"sent": "good", "pending": "worried", "held": "worried", "dead": "bad"}
    return {
        "id": delivery.id,
        "state": delivery.state.value,
        "mood": moods.get(delivery.state.value, "idle"),
        "created_at": delivery.created_at,
        "changes": len(delivery.members),
        "attempts": [
            {
                "number": attempt.number,
                "at": attempt.at,
                "outcome": attempt.outcome.value.replace("_", " "),
                "status": attempt.status,
                "error": attempt.error,
                "elapsed": attempt.elapsed,
            }
            for attempt in attempts
        ],
    }


def _root(root: RootStatus) -> dict[str, Any]:
    moods = {RootState.OK: "good", RootState.DEGRADED: "worried"}
    return {
        "name": root.path,
        "mood": moods.get(root.state, "bad"),
        "state": {RootState.OK: "Watched"}.get(root.state, root.state.value.capitalize()),
        "detail": root.detail,
        "last_scan_at": root.last_scan_at,
        "present": root.present,
        "missing": root.missing,
        "quarantined": root.quarantined,
    }


def _bad_file(file: KnownFile) -> dict[str, Any]:
    problem = file.problem
    parts = (problem and problem.line, problem and problem.column)
    return {
        "path": f"{file.at.root}/{printable_path(file.at.path)}",
        "place": "".join(f":{part}" for part in parts if part is not None),
        "message": cut(problem.message, 400) if problem else "unknown",
        "reason": problem.reason.value.replace("_", " ") if problem and problem.reason else "",
    }
