"""How people are kept from floods: how many changes make a message, and when a message waits."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from watcher.config.endpoint import EndpointConfig
from watcher.model.article import Change

Part = TypeVar("Part")

CALM = timedelta(minutes=1)
"""Changes that follow a message for people within it wait, and go out together at its end."""


class Layout(StrEnum):
    """How changes are laid out for people: each by itself, or as a list."""

    CARDS = "cards"
    DIGEST = "digest"


def layout_of(endpoint: EndpointConfig, due: int) -> Layout:
    """The layout of all messages that so many changes become together."""
    if endpoint.layout == "auto":
        return Layout.DIGEST if due > endpoint.flood_limit else Layout.CARDS
    return Layout(endpoint.layout)


def take_fitting(
    changes: Iterable[Change],
    render: Callable[[Change], Part],
    fits: Callable[[Sequence[Part]], bool],
) -> tuple[list[Change], list[Part]]:
    """The first changes that fit into one message, at least one, and what they render to."""
    taken: list[Change] = []
    parts: list[Part] = []
    for change in changes:
        part = render(change)
        if taken and not fits([*parts, part]):
            break
        taken.append(change)
        parts.append(part)
    return taken, parts


class Pace:
    """How many changes one endpoint was sent in the last minute, and when it may get more."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._told: deque[tuple[datetime, int]] = deque()

    def note(self, at: datetime, changes: int) -> None:
        """A message with so many changes arrived."""
        self._told.append((at, changes))

    def resume_at(self, now: datetime, due: int) -> datetime:
        """``now``; or, where that makes too many within a minute, a minute after the last one.

        By then all that the burst has brought can be one digest.
        """
        while self._told and not self._told[0][0] <= now < self._told[0][0] + CALM:
            self._told.popleft()  # also if the clock was set back
        told = sum(changes for _, changes in self._told)
        return self._told[-1][0] + CALM if told and told + due > self._limit else now
