"""Paths of a config made absolute, and ``state``: a path, or a PostgreSQL URL with a password.

Relative paths start at the config file's folder. No message from here repeats part of ``state``.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from watcher.config.findings import Findings
from watcher.config.yaml_tree import Loc

STARS = "***"
_POSTGRESQL = re.compile(r"(?:postgres|postgresql|postgresql\+psycopg)://")
_SECRET_PARAMETERS = frozenset({"password", "sslpassword"})


def normalise_state(text: str) -> tuple[str, bool]:
    """Return the normal form of ``state``, and True if it is a path.

    Raises ValueError if it is neither a path nor a URL.

    The second is True for ``sqlite:///PATH`` too; the URL's prefix is gone then.
    """
    if text.startswith("sqlite:"):
        path = text.removeprefix("sqlite:///")
        if path == text or path in {"", ":memory:"} or "?" in path:
            raise ValueError("must name a file: write just its path, or sqlite:///PATH")
        return path, True
    if _POSTGRESQL.match(text):
        _check_postgresql(text)
        return _POSTGRESQL.sub("postgresql://", text, count=1), False
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        raise ValueError("must be a path, sqlite:///PATH or postgresql://user@host/name")
    return text, True


def _check_postgresql(text: str) -> None:
    """A password with a bare / or @ would be taken for something else, and shown."""
    try:
        parts = urlsplit(text)
        named = len(parts.path) > 1 and parts.port != 0
    except ValueError:
        named = False
    if not named or parts.netloc.count("@") > 1 or "@" in "".join(parts[2:]):
        raise ValueError(
            "must be like postgresql://user@host/name; in a password, / @ : # ? % are written "
            "%2F %40 %3A %23 %3F %25"
        )


def passwords_in(state: str) -> list[str]:
    """Every password in a state's URL, as it is and as the URL spells it."""
    if "://" not in state:
        return []
    parts = urlsplit(state)
    spelt = [parts.password or ""]
    spelt += [v for k, v in _parameters(parts.query, keep=True) if k in _SECRET_PARAMETERS]
    return [form for password in spelt if password for form in {password, unquote(password)}]


def redact_state(state: str) -> str:
    """A state to show to people: passwords in a URL become stars."""
    if "://" not in state:
        return state
    parts = urlsplit(state)
    user, colon, _ = parts.netloc.rpartition("@")[0].partition(":")
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{user}:{STARS}@{host}" if colon else parts.netloc
    shown = [
        (key, STARS if key in _SECRET_PARAMETERS else value)
        for key, value in _parameters(parts.query, keep=False)
    ]
    query = f"?{urlencode(shown, safe='*/')}" if shown else ""
    return f"{parts.scheme}://{netloc}{parts.path}{query}"


def _parameters(query: str, *, keep: bool) -> list[tuple[str, str]]:
    """The parameters of a query; ``keep`` leaves their values as the URL spells them."""
    if not keep:
        return parse_qsl(query, keep_blank_values=True)
    pairs = (part.partition("=") for part in query.split("&") if part)
    return [(unquote(key), value) for key, _, value in pairs]


_PATHS = {"watch": "path", "feeds": "path", "endpoints": "template"}
"""The key that is a path in each item of these lists."""


def absolute_path(text: str, folder: Path, environ: Mapping[str, str]) -> Path:
    """``text`` from ``folder`` on, ``~`` expanded, ``..`` taken out as it is written.

    Symbolic links stay what they are: a root that is a link keeps its name when the link moves.
    """
    home = environ.get("HOME")
    if home and (text == "~" or text.startswith("~/")):
        text = home + text[1:]
    return Path(os.path.abspath(folder / os.path.expanduser(text)))  # noqa: PTH100, PTH111 - resolve() follows links, expanduser() raises


def make_paths_absolute(
    data: dict[str, Any], folder: Path, environ: Mapping[str, str], findings: Findings
) -> dict[str, Any]:
    """The same data with absolute paths, and with ``state`` in its one form."""

    def absolute(value: Any, loc: Loc) -> Any:
        if not isinstance(value, str):
            return value
        if not value.strip():
            return findings.value(loc, f"`{loc[-1]}` must not be empty")
        return str(absolute_path(value, folder, environ))

    made = dict(data)
    for section, key in _PATHS.items():
        if isinstance(data.get(section), list):
            made[section] = [
                {**item, key: absolute(item[key], (section, i, key))}
                if isinstance(item, dict) and key in item
                else item
                for i, item in enumerate(data[section])
            ]
    if isinstance(data.get("state"), str):
        made["state"] = _state(data["state"], absolute, findings)
    return made


def _state(text: str, absolute: Any, findings: Findings) -> Any:
    try:
        state, is_path = normalise_state(text)
    except ValueError as error:
        return findings.value(("state",), f"`state` {error}")
    return absolute(state, ("state",)) if is_path else state
