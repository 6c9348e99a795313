"""The schema of an endpoint: a place to send messages to.

Its secrets arrive resolved, and print as stars.
"""

from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from watcher.config.matching import Match
from watcher.config.targets import check_address, check_url, split_server
from watcher.config.timing import Schedule
from watcher.config.values import (
    Duration,
    HeaderValues,
    OneOrMany,
    PositiveDuration,
    QuietHoursText,
    Rate,
    ScheduleText,
    Section,
    SigningSecrets,
    Word,
    Zone,
)
from watcher.model.kinds import ChangeKind

EndpointType = Literal["slack", "webhook", "discord", "teams", "email", "apprise"]

_PACES = {
    "slack": (10, 1.0),
    "webhook": (100, 50.0),
    "discord": (10, 0.5),
    "teams": (10, 1.0),
    "email": (10, 1.0),
    "apprise": (10, 1.0),
}
"""Changes in a message and sends per second, by type. Discord takes 30 a minute of a webhook."""

_USERS = {
    "secret": ({"webhook"}, "only webhooks are signed"),
    "template": ({"slack", "webhook"}, "only slack and webhook have one"),
    "headers": ({"slack", "webhook", "discord", "teams"}, "the service makes its own"),
    **dict.fromkeys(
        ("server", "sender", "to", "user", "password", "tls"),
        ({"email"}, "only e-mail goes through a mail server"),
    ),
}
"""Which types use a key, and why the others do not."""


class EndpointConfig(Section):
    """A place to send messages to.

    ``url``, ``secret`` and ``headers`` are resolved, and print as stars.

    ``rate`` is in sends per second; None in ``rate`` or ``max_items`` is the type's default.
    """

    name: Word = Field(max_length=100)
    type: EndpointType = Field(
        description="apprise is for all else: ntfy, Telegram, Matrix and more"
    )
    url: SecretStr = Field(description="where to send: better as ${NAME}, url_file, url_credential")
    server: str | None = Field(None, description="of e-mail: the mail server, HOST or HOST:PORT")
    sender: str | None = Field(
        None, alias="from", description="of e-mail: the address it comes from"
    )
    to: Annotated[tuple[str, ...], OneOrMany()] = Field(
        (), max_length=100, description="of e-mail: the addresses it goes to, one or a list"
    )
    user: SecretStr | None = Field(None, description="of e-mail: who logs in; nobody if left out")
    password: SecretStr | None = Field(None, description="of e-mail: what logs in with `user`")
    tls: Literal["starttls", "on", "off"] = Field(
        "starttls", description="of e-mail: port 587 and STARTTLS, TLS from the start (465), none"
    )
    secret: SigningSecrets = Field(
        (), description="what its requests are signed with: whsec_…; a list while it rotates"
    )
    match: Match = Field(
        Match.model_construct(), description="which articles it is told of; all by default"
    )
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
        None, ge=1, le=1000, description="changes in a message; 100 for webhook, 10 for others"
    )
    flood_limit: int = Field(25, ge=1, description="more than so many at once become one digest")
    rate: Rate | None = Field(
        None, description="50/s for webhook, 0.5/s for discord, 1/s for others"
    )
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
    layout: Literal["auto", "cards", "digest"] = Field(
        "auto", description="cards: each article by itself; auto: a digest above flood_limit"
    )
    group_by: Literal["topic", "provider", "story", "none"] = Field(
        "topic", description="how a digest is ordered"
    )
    stories: Literal["group", "first", "off"] = Field(
        "group", description="group: other outlets named; first: only a story's first article"
    )
    reprints: Literal["once", "each"] = Field(
        "once", description="once: the same text at another address is not told again"
    )
    important_at: int | None = Field(
        None, ge=2, description="tell a story once more when so many outlets have it"
    )
    late_match: Duration = Field(
        timedelta(days=7),
        description="so long after first sight an article that comes to match is still told",
    )
    headers: HeaderValues = Field(
        default_factory=dict, description="sent with every request; their values are secret"
    )
    template: Path | None = Field(
        None, description="a Jinja2 file that words the message, as JSON; for slack and webhook"
    )
    enabled: bool = True

    @model_validator(mode="before")
    @classmethod
    def _has_a_server_or_a_url(cls, data: Any) -> Any:
        """E-mail has a server instead of a URL: it is shown in its place."""
        if not isinstance(data, dict) or data.get("type") != "email":
            return data
        if data.get("url") is not None:
            raise ValueError("type email has `server`, `from` and `to`, and no `url`")
        for key in ("server", "from", "to"):
            if not data.get(key):
                raise ValueError(f"type email needs `{key}`")
        tls = data.get("tls", "starttls")
        if isinstance(tls, bool):  # what YAML reads on and off as
            tls = "on" if tls else "off"
        if tls == "off" and data.get("user"):
            raise ValueError("`user` and `password` are sent over TLS only, and `tls` is off")
        return data | {"url": f"smtp://{data['server']}", "tls": tls}

    @field_validator("type")
    @classmethod
    def _apprise_is_installed(cls, value: EndpointType) -> EndpointType:
        if value == "apprise" and find_spec("apprise") is None:
            raise ValueError(
                "apprise needs a package that is not installed: pip install 'seedwatch[apprise]'"
            )
        return value

    @field_validator("server")
    @classmethod
    def _is_a_server(cls, value: str | None) -> str | None:
        if value is not None:
            split_server(value)
        return value

    @field_validator("sender", "to")
    @classmethod
    def _are_addresses(cls, value: Any) -> Any:
        for address in value if isinstance(value, tuple) else (value,):
            if address:
                check_address(address)
        return value

    @field_validator("url")
    @classmethod
    def _fits_the_type(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        kind = info.data.get("type")
        if kind is not None:
            check_url(kind, value.get_secret_value())
        return value

    @field_validator(
        "secret", "headers", "template", "server", "sender", "to", "user", "password", "tls"
    )
    @classmethod
    def _is_of_use(cls, value: Any, info: ValidationInfo) -> Any:
        key, kind = str(info.field_name), info.data.get("type")
        users, why = _USERS[key]
        if key == "tls" and value == "starttls":
            return value
        if value and kind is not None and kind not in users:
            raise ValueError(f"has no use for type {kind}: {why}")
        return value

    @property
    def smtp_server(self) -> tuple[str, int | None]:
        """The host and the port of ``server``; None where the port follows from ``tls``."""
        return split_server(self.server or "")

    @property
    def sends_per_second(self) -> float:
        return self.rate or _PACES[self.type][1]

    @property
    def is_for_people(self) -> bool:
        """True if people read what is sent there; programs can take any number of messages."""
        return self.type != "webhook"

    @property
    def items_per_message(self) -> int:
        return self.max_items or _PACES[self.type][0]

    def secrets(self) -> tuple[str, ...]:
        """The secret values of this endpoint, and the parts of its URL that errors may quote.

        Any part of an Apprise URL may be a token, even what is the host in other URLs.
        """
        url = self.url.get_secret_value()
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        held = (*self.secret, *self.headers.values())
        own = (parts.netloc, url.partition("://")[2]) if self.type == "apprise" else ()
        login = self.password.get_secret_value() if self.password else ""
        return (
            url,
            target,
            parts.password or "",
            login,
            *own,
            *(s.get_secret_value() for s in held),
        )


HUB = "hub:"
"""Prefix of the names of hubs; no endpoint in the config may use it."""


class HubConfig(EndpointConfig):
    """A WebSub hub: pinged when feeds change, never sent a change. ``feed_url`` is one of them."""

    name: str = Field(max_length=2000)
    type: Literal["hub"] = "hub"  # type: ignore[assignment]  # nobody can configure this type
    feed_url: str

    @property
    def sends_per_second(self) -> float:
        return 10.0

    @property
    def is_for_people(self) -> bool:
        return False


def hub_name(url: str) -> str:
    """The name of the hub at ``url``: its address without scheme, user and password."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{HUB}{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}{query}"


def hub_of(url: str, feed_url: str) -> HubConfig:
    """The hub at ``url`` as an endpoint."""
    return HubConfig(name=hub_name(url), url=SecretStr(url), feed_url=feed_url)
