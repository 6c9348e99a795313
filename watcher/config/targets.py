"""Checks of an endpoint's URL, secrets and headers: can they be used.

Pure, and without a schema. All of it may be secret: no message repeats what was given.
"""

import base64
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

_KEY_BYTES = range(24, 65)
"""Standard Webhooks: a signing key has 24 to 64 bytes."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,250}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?|")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_OWN_TYPES = {
    "slack": "slack",
    "discord": "discord",
    "workflow": "teams",
    "workflows": "teams",
    "msteams": "teams",
    **dict.fromkeys(("http", "https", "json", "jsons", "xml", "xmls", "form", "forms"), "webhook"),
}
"""Apprise's schemes for what has a type of its own, and for webhooks in general."""


def check_url(kind: str, url: str) -> None:
    """The URL of an endpoint of this type; raises ValueError."""
    if kind == "email":
        return  # made of its server, which is checked
    if kind == "apprise":
        check_apprise_url(url)
    else:
        check_http_url(url)


def check_http_url(value: str) -> str:
    """The same URL; raises ValueError."""
    try:
        parts = urlsplit(value)
        absolute = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        absolute = False
    if not absolute or re.search(r"[\s\x00-\x1f\x7f]", value):
        raise ValueError("is not an absolute http or https URL, like https://example.org/path")
    return value


def check_apprise_url(value: str) -> None:
    """Raises ValueError. If Apprise knows the service is found out when something is sent."""
    scheme, colon, rest = value.partition("://")
    if not colon or not rest or not _SCHEME.fullmatch(scheme) or re.search(r"[\s\x00-\x1f]", value):
        raise ValueError("is not an Apprise URL, like ntfy://topic or mailto://user:password@host")
    if own := _OWN_TYPES.get(scheme.lower()):
        raise ValueError(f"is what type {own} is for: Apprise would neither keep order nor wait")


def split_server(value: str) -> tuple[str, int | None]:
    """The host and the port of a mail server, ``HOST`` or ``HOST:PORT``; raises ValueError."""
    try:
        parts = urlsplit(f"//{value}")
        good = parts.netloc == value and parts.hostname and "@" not in value and parts.port != 0
        if good and not re.search(r"[\s\x00-\x1f\x7f/]", value):
            return str(parts.hostname), parts.port
    except ValueError:
        pass
    raise ValueError("is not a mail server, like mail.example.org or mail.example.org:587")


def check_address(value: str) -> None:
    """A plain address of e-mail, without a name; raises ValueError."""
    if not _ADDRESS.fullmatch(value):
        raise ValueError("is not an address, like news@example.org")


def check_signing_secret(secret: str) -> None:
    """As the Standard Webhooks libraries read it: base64, its prefix and padding optional."""
    text = secret.removeprefix("whsec_").rstrip("=")
    try:
        length = len(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except ValueError:
        length = 0
    if length not in _KEY_BYTES:
        raise ValueError(
            "is not a webhook secret: write whsec_ and the base64 of 24 to 64 random bytes, "
            "such as `openssl rand -base64 32` prints"
        )


def check_headers(headers: Mapping[str, str]) -> None:
    """Neither names nor values are repeated: a value may have slipped into a name."""
    if not all(map(_HEADER_NAME.fullmatch, headers)):
        raise ValueError("have a name that HTTP does not allow")
    for name, value in headers.items():
        if not _HEADER_VALUE.fullmatch(value):
            raise ValueError(f"have a value that HTTP does not allow, that of {name}")
