"""Blots an endpoint's secrets out of what strangers answered. Pure.

An answer may echo the request: a 404 page that names the path is the whole secret of a Slack URL.
"""

import base64
import html
import json
from collections.abc import Iterator
from functools import cached_property
from urllib.parse import quote, unquote, urlsplit

from watcher.config.endpoint import EndpointConfig
from watcher.log import BLOT

SHORTEST = 6
EXCERPT = 200


class Blotter:
    """Knows an endpoint's secrets in every spelling an answer is likely to echo them in."""

    def __init__(self, endpoint: EndpointConfig) -> None:
        self._endpoint = endpoint

    @cached_property
    def _secrets(self) -> list[str]:
        """Longest first. Most endpoints never answer anything that has to be blotted."""
        spellings = {form for part in _parts(self._endpoint) for form in _forms(part)}
        return sorted(spellings, key=len, reverse=True)

    def __repr__(self) -> str:
        return "Blotter()"

    def blot(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, BLOT)
        return text

    def excerpt(self, text: str) -> str:
        """The beginning of a text, without secrets, on one line that is safe to print."""
        line = " ".join(text.split())
        printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
        blotted = self.blot(printable)
        return blotted if len(blotted) <= EXCERPT else blotted[: EXCERPT - 1] + "…"


def _parts(endpoint: EndpointConfig) -> Iterator[str]:
    """Every secret, and every part of one that would do on its own."""
    for secret in endpoint.secrets():
        yield secret
        yield secret.removeprefix("whsec_")
        yield from secret.split()
    parts = urlsplit(endpoint.url.get_secret_value())
    yield from parts.path.split("/")
    for pair in parts.query.split("&"):
        yield pair.partition("=")[2]
    if parts.password:
        pair = f"{unquote(parts.username or '')}:{unquote(parts.password)}"
        yield base64.b64encode(pair.encode()).decode()


def _forms(part: str) -> set[str]:
    if len(part) < SHORTEST:
        return set()
    plain = {part, unquote(part), quote(part)}
    return (
        plain | {html.escape(form) for form in plain} | {json.dumps(form)[1:-1] for form in plain}
    )
