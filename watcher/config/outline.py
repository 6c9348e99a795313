"""What a config file says, in short: where the store is, and whether all is as it was when valid.

To validate a config takes longer than a scan that finds nothing to do. So a store that rests keeps
the digest of the config that it rests with: a config of the same digest is valid, and the same.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from watcher.config.targets import check_headers, check_signing_secret, check_url

if TYPE_CHECKING:
    from watcher.config.load import Resolved

_SECRET = ("url", "secret", "headers")


class Outline(NamedTuple):
    """``state`` as in the config; ``digest`` as that of a :class:`Config` with the same data."""

    state: str
    digest: str


def outline_of(resolved: "Resolved") -> Outline | None:
    """The outline of a config; None if something is wrong with it, which validating it says."""
    data = resolved.data
    # The latter are what data of another shape raises than any valid config has.
    with suppress(ValueError, LookupError, TypeError, AttributeError):
        if not resolved.findings.problems():
            for endpoint in _endpoints(data):
                _check_secrets(endpoint)
            return Outline(data["state"], digest_of(data))
    return None


def digest_of(data: Mapping[str, Any]) -> str:
    """Stands for valid data, but for its secrets, and for what is asked of its surroundings."""
    described = {
        "data": {**data, "endpoints": [_without_secrets(each) for each in _endpoints(data)]},
        "real paths": [os.path.realpath(path) for path in _paths(data)],
        "missing": [path for path in _templates(data) if not Path(path).is_file()],
        "apprise": any(map(_is_apprise, _endpoints(data))) and find_spec("apprise") is not None,
    }
    text = json.dumps(described, sort_keys=True)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _endpoints(data: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    return data.get("endpoints") or ()


def _without_secrets(endpoint: Mapping[str, Any]) -> dict[str, Any]:
    """The endpoint with the names of what is secret, and how many of each there are."""
    shapes = {key: _shape(endpoint[key]) for key in _SECRET if key in endpoint}
    return {**endpoint, **shapes}


def _shape(value: Any) -> Any:
    return sorted(value) if isinstance(value, dict) else len(_list(value))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _check_secrets(endpoint: Mapping[str, Any]) -> None:
    """As the schema does, for they may be others than in the config that was valid."""
    check_url(endpoint["type"], endpoint["url"])
    for secret in _list(endpoint.get("secret")):
        check_signing_secret(secret)
    check_headers(endpoint.get("headers") or {})


def _is_apprise(endpoint: Mapping[str, Any]) -> bool:
    return endpoint.get("type") == "apprise"


def _paths(data: Mapping[str, Any]) -> Iterator[str]:
    """All that must not lie within one another."""
    yield data["state"]
    for section in ("watch", "feeds"):
        for item in data.get(section) or ():
            yield item["path"]


def _templates(data: Mapping[str, Any]) -> Iterator[str]:
    return (each["template"] for each in _endpoints(data) if each.get("template"))
