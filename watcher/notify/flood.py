"""What all places where people read have in common: how many changes make a message. Pure."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from watcher.config.endpoint import EndpointConfig
from watcher.model.article import Change

Part = TypeVar("Part")


def is_flood(endpoint: EndpointConfig, due: int) -> bool:
    """Whether so many changes become one digest."""
    return due > endpoint.flood_limit


def offered(endpoint: EndpointConfig, due: int) -> int:
    """How many of the ``due`` changes to offer to one message: all of a flood."""
    return due if is_flood(endpoint, due) else min(due, endpoint.items_per_message)


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
