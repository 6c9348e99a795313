"""A WebSub hub as an endpoint: what a feed's ``hub`` means, with the defaults of every endpoint."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from watcher.config.endpoint import EndpointConfig

HUB = "hub:"
"""What the names of hubs begin with, and of no endpoint that the config names."""


class HubConfig(EndpointConfig):
    """A hub: told of feeds, never of a change. ``feed_url`` is one feed that it is told of."""

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
    """What a hub is called: where it is, without scheme, user and password."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{HUB}{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}{query}"


def hub_of(url: str, feed_url: str) -> HubConfig:
    """The endpoint that stands for the hub at ``url``."""
    return HubConfig(name=hub_name(url), url=SecretStr(url), feed_url=feed_url)
