"""The schema of an endpoint: somewhere to tell. Its secrets arrive resolved, and print as stars."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from watcher.config.matching import Match
from watcher.config.timing import Duration, PositiveDuration, Schedule
from watcher.config.values import (
    HeaderValues,
    OneOrMany,
    QuietHoursText,
    Rate,
    ScheduleText,
    SecretUrl,
    Section,
    SigningSecrets,
    Word,
    Zone,
)
from watcher.model import ChangeKind


class EndpointConfig(Section):
    """Somewhere to tell. ``url``, ``secret`` and ``headers`` are resolved, and print as stars.

    ``rate`` is in sends per second; None in ``rate`` or ``max_items`` is the type's default.
    """

    name: Word = Field(max_length=100)
    type: Literal["slack", "webhook"]
    url: SecretUrl = Field(description="where to send: better as ${NAME}, url_file, url_credential")
    secret: SigningSecrets = Field(
        (), description="what its requests are signed with: whsec_…; a list while it rotates"
    )
    match: Match = Field(Match(), description="which articles it is told of; all by default")
    on: Annotated[tuple[ChangeKind, ...], OneOrMany()] = Field(
        (ChangeKind.NEW,), min_length=1, description="which changes it is told of"
    )
    schedule: ScheduleText = Field(
        Schedule.parse("immediately"),
        description='immediately, every 15m, or cron like "0 9 * * mon-fri"',
    )
    timezone: Zone = Field(ZoneInfo("UTC"), description="of a cron schedule and the quiet hours")
    quiet_hours: QuietHoursText | None = Field(
        None, description="like 22:00-07:00: what falls due then waits until they end"
    )
    first_run: Literal["silent", "announce"] = Field(
        "silent", description="whether articles that were there at first sight are told"
    )
    max_items: int | None = Field(
        None, ge=1, le=1000, description="changes in a message; 10 for slack, 100 for webhook"
    )
    flood_limit: int = Field(25, ge=1, description="more than so many at once become one digest")
    rate: Rate | None = Field(None, description="1/s for slack, 50/s for webhook")
    retry: Annotated[tuple[PositiveDuration, ...], OneOrMany()] = Field(
        tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800)),
        min_length=1,
        description="how long to wait before each further attempt; the last one repeats",
    )
    give_up_after: Duration = Field(
        timedelta(days=3), description="then the delivery is a dead letter"
    )
    timeout: PositiveDuration = Field(timedelta(seconds=30), description="of a whole attempt")
    on_unknown: Literal["retry", "hold"] = Field(
        "retry", description="what to do when the answer was lost"
    )
    headers: HeaderValues = Field(
        default_factory=dict, description="sent with every request; their values are secret"
    )
    template: Path | None = Field(None, description="a file that words the message")
    enabled: bool = True

    @field_validator("secret")
    @classmethod
    def _only_webhooks_sign(
        cls, value: tuple[SecretStr, ...], info: ValidationInfo
    ) -> tuple[SecretStr, ...]:
        if value and info.data.get("type") == "slack":
            raise ValueError("has no use for type slack: only webhooks are signed")
        return value

    @property
    def sends_per_second(self) -> float:
        return self.rate or (1.0 if self.type == "slack" else 50.0)

    @property
    def items_per_message(self) -> int:
        return self.max_items or (10 if self.type == "slack" else 100)

    def secrets(self) -> tuple[str, ...]:
        """The secret values of this endpoint, and the parts of its URL that errors may quote."""
        url = self.url.get_secret_value()
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        held = (*self.secret, *self.headers.values())
        return (url, target, parts.password or "", *(s.get_secret_value() for s in held))
