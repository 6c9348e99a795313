"""What a kind of endpoint must be able to do: compose, send and judge. One module per kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from watcher import __version__
from watcher.model.article import Change
from watcher.notify.http import Failure, Response
from watcher.notify.outcome import Verdict

CONTENT_TYPE = "application/json"
USER_AGENT = f"Seedwatch/{__version__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """One message: its frozen body, and the changes (by sequence number) that it tells."""

    body: bytes
    members: tuple[int, ...]


class NoticeKind(StrEnum):
    """A message that is about no article."""

    TEST = "test"
    ALERT = "alert"


class Sink(Protocol):
    """A kind of endpoint, set up for one endpoint. It remembers nothing of what it sent."""

    def take(self, due: int) -> int:
        """How many of ``due`` changes to offer to one :meth:`compose`."""

    def compose(self, changes: Iterable[Change], *, due: int, now: datetime) -> Composed:
        """One message of the first of ``changes``: at least one, and as many as fit.

        ``changes`` are the first ``take(due)`` of the ``due`` ones, in order; read only so far as
        needed.
        """

    def compose_notice(self, kind: NoticeKind, text: str, *, now: datetime) -> bytes:
        """A message to people that is clearly no news."""

    def headers(self, delivery: str, body: bytes, *, at: datetime) -> dict[str, str]:
        """The headers of an attempt made at ``at``; names in lower case."""

    def send(
        self, body: bytes, headers: dict[str, str], *, allow_private: bool
    ) -> Response | Failure:
        """Send a body once, within the endpoint's timeout; expected failures are values."""

    def judge(self, answer: Response | Failure, *, now: datetime) -> Verdict:
        """What became of an attempt; ``now`` is when it ended."""

    def lighten(self, body: bytes, verdict: Verdict) -> bytes | None:
        """A rejected body without what it can do without, if that is what it was rejected for.

        It goes out as a delivery of its own. None for a body that has nothing more to lose.
        """
