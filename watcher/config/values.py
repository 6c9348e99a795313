"""The kinds of values that config keys hold, each read from the text that people write.

A validator of something secret (``SigningSecret``, ``HeaderValues``) never repeats what it was
given.
"""

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    SecretStr,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_before_validator_function

from watcher.config.patterns import check_pattern
from watcher.config.permalink import Permalink as Rules
from watcher.config.permalink import parse_permalink, write_permalink
from watcher.config.targets import check_headers, check_http_url, check_signing_secret
from watcher.config.timing import DURATION, QuietHours, Schedule, format_duration, parse_duration
from watcher.config.wording import BadValue, did_you_mean

_SECONDS = {"s": 1, "m": 60, "h": 3600}
_FASTEST = 1_000_000
_QUIET_HOURS = r"^[0-9]{1,2}:[0-9]{2}\s*-\s*[0-9]{1,2}:[0-9]{2}$"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NATS = re.compile(r"(?:nats|tls|ws|wss)://[^/@\s]+")
_PLACEHOLDER = re.compile(r"\{[^{}/]*\}")


_WHEN_IS = {
    "type": "object",
    "properties": {"when": {"type": "object", "minProperties": 1}, "is": {"type": "string"}},
    "required": ["when", "is"],
    "additionalProperties": False,
}


class Section(BaseModel):
    """A part of the config: frozen, and unknown keys are errors.

    A key without a value counts as absent: ``endpoints:`` above items that are all commented out.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        defer_build=True,  # the whole Config is built once, when it is first read, not part by part
    )

    @model_validator(mode="before")
    @classmethod
    def _leave_out_empty_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = keys_of(cls)
        return {key: value for key, value in data.items() if value is not None or key not in known}


def keys_of(section: type[BaseModel]) -> tuple[str, ...]:
    """The keys of a section as written in the file."""
    return tuple(field.alias or name for name, field in section.model_fields.items())


class OneOrMany:
    """Accepts a single value for a list of one: ``on: new`` is ``on: [new]``."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_before_validator_function(_one_or_many, handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        many = handler(core)
        return {"anyOf": [many["items"], many]}


class OrOff:
    """Accepts ``off`` for a section, which is None then."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_before_validator_function(_none_if_off, handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [handler(core), {"const": "off"}]}


def _none_if_off(value: Any) -> Any:
    return None if value == "off" else value


def _one_or_many(value: Any) -> Any:
    return [value] if isinstance(value, str | timedelta | SecretStr) else value


def _word(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value.strip()


def _positive(duration: timedelta) -> timedelta:
    if duration <= timedelta(0):
        raise ValueError("must be longer than 0")
    return duration


def _zone(value: Any) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    try:
        return ZoneInfo(str(value))
    except (ValueError, OSError, KeyError):
        hint = did_you_mean(str(value), available_timezones())
        advice = "write a name like Europe/Berlin or UTC"
        raise BadValue(value, "a time zone", advice, hint=hint) from None


def _rate(value: Any) -> float:
    """``1/s``, ``30/m``, ``100/h`` as sends per second; a bare number is per second."""
    number, slash, unit = str(value).partition("/")
    try:
        rate = float(number) / (_SECONDS[unit.strip()] if slash else 1)
        if isinstance(value, bool) or not 0 < rate <= _FASTEST:
            raise ValueError
    except (ValueError, KeyError):
        raise BadValue(value, "a rate", "write it like 1/s, 30/m or 100/h") from None
    return rate


def _signing_secret(value: SecretStr) -> SecretStr:
    check_signing_secret(value.get_secret_value())
    return value


def _headers(headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
    check_headers({name: value.get_secret_value() for name, value in headers.items()})
    return headers


def split_listen(value: str) -> tuple[str, int] | None:
    """``host:port`` in two, IPv6 addresses without their brackets; None for ``off``."""
    if value == "off":
        return None
    host, colon, port = value.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    plain = host[1:-1] if bracketed else host
    if not colon or not plain or (":" in plain) is not bracketed or re.search(r"[\s/@]", value):
        raise BadValue(
            value, "an address to listen on", 'write host:port like 127.0.0.1:8765, or "off"'
        )
    if not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:  # noqa: PLR2004 - TCP's limit
        raise BadValue(value, "an address to listen on", "its port must be 0 to 65535")
    return plain, int(port)


def is_loopback(name: str) -> bool:
    """True if a host's name or address is this machine's own."""
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761 §6.3
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _listen(value: str) -> str:
    split_listen(value)
    return value


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise BadValue(value, "a name", "up to 100 letters, digits and . _ -, like news-1")
    return value


def _nats_url(value: str) -> str:
    if "@" in value:
        raise ValueError("holds a name or a password: put those into user")
    if not _NATS.fullmatch(value):
        raise BadValue(value, "a NATS server", "write it like nats://127.0.0.1:4222")
    return value


def _network(value: Any) -> IPv4Network | IPv6Network:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    try:
        return ip_network(str(value).strip())
    except ValueError as error:
        advice = "write it like 10.0.0.0/8, 192.168.1.5 or fd00::/8"
        raise BadValue(value, "a network", advice, reason=str(error)) from None


def _feed_path(path: Path) -> Path:
    if path.suffix not in {".atom", ".rss", ".json"}:
        raise BadValue(
            path.name, "the name of a feed", "its suffix says its format: .atom, .rss or .json"
        )
    strangers = [found for found in _PLACEHOLDER.findall(str(path)) if found != "{slug}"]
    if strangers:
        raise BadValue(strangers[0], "known here", "the only placeholder is {slug}, the topic's")
    return path


Word = Annotated[str, AfterValidator(_word)]
Name = Annotated[
    str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"})
]
"""Names of nodes and roots: no path, and no separator."""
NatsUrl = Annotated[str, AfterValidator(_nats_url)]
Words = Annotated[tuple[Word, ...], OneOrMany()]
Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": f"^(0|{DURATION.pattern})$"}, {"const": 0}]}
    ),
]
PositiveDuration = Annotated[Duration, AfterValidator(_positive)]
Zone = Annotated[
    ZoneInfo, BeforeValidator(_zone), PlainSerializer(str), WithJsonSchema({"type": "string"})
]
ScheduleText = Annotated[
    Schedule,
    BeforeValidator(Schedule.parse),
    PlainSerializer(lambda schedule: schedule.text),
    WithJsonSchema({"type": "string"}),
]
QuietHoursText = Annotated[
    QuietHours,
    BeforeValidator(QuietHours.parse),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": _QUIET_HOURS}),
]
Rate = Annotated[
    float,
    BeforeValidator(_rate),
    PlainSerializer(lambda rate: f"{rate:g}/s"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^[0-9.]+\s*(/\s*[smh])?$"},
                {"type": "number", "exclusiveMinimum": 0},
            ]
        }
    ),
]
Url = Annotated[str, AfterValidator(check_http_url)]
SigningSecret = Annotated[SecretStr, AfterValidator(_signing_secret)]
SigningSecrets = Annotated[tuple[SigningSecret, ...], OneOrMany()]
HeaderValues = Annotated[dict[str, SecretStr], AfterValidator(_headers)]
RegularExpression = Annotated[
    str, AfterValidator(check_pattern), WithJsonSchema({"type": "string", "format": "regex"})
]
Listen = Annotated[str, AfterValidator(_listen)]
FeedPath = Annotated[Path, AfterValidator(_feed_path)]
Permalink = Annotated[
    Rules,
    BeforeValidator(parse_permalink),
    PlainSerializer(write_permalink),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "object", "additionalProperties": {"type": "string"}},
                {"type": "array", "items": {"anyOf": [{"type": "string"}, _WHEN_IS]}},
            ]
        }
    ),
]
Network = Annotated[
    IPv4Network | IPv6Network,
    BeforeValidator(_network),
    PlainSerializer(str),
    WithJsonSchema({"type": "string"}),
]
Number = Annotated[float, Field(allow_inf_nan=False)]
