"""Composes messages from owed changes. It stores and sends nothing."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from watcher.config.endpoint import EndpointConfig
from watcher.config.matching import Match, choosing_clauses, matched_by, telling_clauses
from watcher.model.article import Change
from watcher.notify.channels.channel import Channel, Composed
from watcher.notify.flood import layout_of
from watcher.notify.outbox import Outbox

CHANGES_AT_ONCE = 50
"""Changes that are read at once: their articles may be large."""

MOST_KEPT = 1000
"""Changes that are kept for the next endpoint, without their articles' bodies."""

MOST_STORED = 200
"""Messages for people that are made at once."""


class Composer:
    """Composes for many endpoints, each change read once. It is made anew for each round."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._known: dict[int, Change] = {}

    def compose(
        self,
        endpoint: EndpointConfig,
        channel: Channel,
        due: Sequence[int],
        now: datetime,
        most: int,
    ) -> Iterator[Composed]:
        """Messages of the changes that are ``due``, in their order, each change in one of them.

        For programs at most ``most``. For people all of them, as far as they go: what is due
        together is laid out alike.
        """
        layout = layout_of(endpoint, len(due))
        groups = endpoint.is_for_people and endpoint.stories != "off"
        most = MOST_STORED if endpoint.is_for_people else most
        told = 0
        for _ in range(most):
            if told == len(due):
                return
            changes = self._changes(endpoint, due[told:])
            if not groups:
                changes = map(_without_others, changes)
            composed = channel.compose(changes, layout=layout, now=now)
            told += len(composed.members)
            yield composed

    def _changes(self, endpoint: EndpointConfig, sequences: Sequence[int]) -> Iterator[Change]:
        find = telling_clauses if endpoint.is_for_people else choosing_clauses
        clauses = find(endpoint.match)
        for place, sequence in enumerate(sequences):
            if sequence not in self._known:
                self._load(sequences[place : place + CHANGES_AT_ONCE])
            change = self._known[sequence]
            yield self._with_matched(change, endpoint.match, clauses) if clauses else change

    def _with_matched(self, change: Change, match: Match, clauses: Collection[str]) -> Change:
        """The change with what it was chosen by: in title and summary first, else in the body."""
        found = matched_by(match, change.article.content, clauses)
        if len(found) < len(clauses):
            (whole,) = self._outbox.changes([change.sequence])
            found = matched_by(match, whole.article.content, clauses)
        return replace(change, matched=found)

    def _load(self, sequences: Sequence[int]) -> None:
        if len(self._known) + len(sequences) > MOST_KEPT:
            self._known.clear()
        missing = [sequence for sequence in sequences if sequence not in self._known]
        for change in self._outbox.changes(missing):
            self._known[change.sequence] = _without_body(change)


def _without_others(change: Change) -> Change:
    return replace(change, also=()) if change.also else change


def _without_body(change: Change) -> Change:
    """A change without what no message has, and what may be a mebibyte."""
    if not change.article.content.body:
        return change
    content = replace(change.article.content, body=None)
    return replace(change, article=replace(change.article, content=content))
