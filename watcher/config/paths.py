"""Makes every path of a config absolute: relative ones start at the config file's folder."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from watcher.config.findings import Findings
from watcher.config.state_url import normalise_state
from watcher.config.yaml_tree import Loc

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
