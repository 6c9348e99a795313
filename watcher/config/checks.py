"""Checks across the parts of a config, and of the files it names.

Works on the plain data, so that one bad value elsewhere hides no other mistake.
"""

import os
from collections.abc import Iterable
from glob import escape
from itertools import combinations
from pathlib import Path, PurePath
from typing import Any

from watcher.config.endpoint import HUB
from watcher.config.findings import Findings
from watcher.config.schema import Config, RootConfig
from watcher.config.timing import uneven_steps
from watcher.config.wording import did_you_mean
from watcher.config.yaml_tree import Loc
from watcher.errors import ConfigProblem

_Found = tuple[Loc, str]


def check_whole(data: dict[str, Any], findings: Findings) -> None:
    """Add a finding for everything that is wrong with the config as a whole."""
    _check_roots(data, findings)
    for section, key in (
        ("watch", "name"), ("feeds", "name"), ("feeds", "path"), ("endpoints", "name"),
    ):  # fmt: skip
        _check_unique(_texts(data, section, key), findings)
    _check_no_hub(data, findings)
    _check_own_hub(data, findings)
    _check_alert_endpoint(data, findings)
    for loc, template in _texts(data, "endpoints", "template"):
        if not Path(template).is_file():
            findings.value(loc, f"`template`: there is no file {findings.show(loc, template)}")


def uneven_schedules(config: Config, findings: Findings) -> list[ConfigProblem]:
    """Warnings about schedules that are valid, but hardly mean what they say."""
    return [
        findings.located(
            ("endpoints", index, "schedule"),
            f'endpoint {endpoint.name}: schedule "{endpoint.schedule.text}": {warning}',
            "uneven_schedule",
        )
        for index, endpoint in enumerate(config.endpoints)
        if (warning := uneven_steps(endpoint.schedule.text)) is not None
    ]


def _texts(data: dict[str, Any], section: str, key: str) -> list[_Found]:
    """The texts under ``key`` in the items of a section, and where they are."""
    items = data.get(section)
    found: list[_Found] = []
    for index, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, dict) and isinstance(item.get(key), str):
            found.append(((section, index, key), item[key].strip()))
    return found


def _check_roots(data: dict[str, Any], findings: Findings) -> None:
    for (first, one), (second, other) in combinations(_texts(data, "watch", "path"), 2):
        a, b = _real(one), _real(other)
        if a == b:
            findings.value(second, f"{findings.show(second, other)} is watched twice")
        elif a in b.parents or b in a.parents:
            inner, outer = (second, first) if a in b.parents else (first, second)
            paths = {first: one, second: other}
            findings.value(
                inner,
                f"{findings.show(inner, paths[inner])} lies within another root, "
                f"{findings.show(outer, paths[outer])}: every seed must belong to one root",
            )


def _real(path: str) -> PurePath:
    return PurePath(os.path.realpath(path))


def _check_unique(found: Iterable[_Found], findings: Findings) -> None:
    seen: dict[str, Loc] = {}
    for loc, text in found:
        if text in seen:
            kind = "root" if loc[0] == "watch" else str(loc[0]).removesuffix("s")
            shown = findings.show(loc, text)
            findings.value(loc, f"another {kind} has the same `{loc[-1]}`, {shown}")
        seen.setdefault(text, loc)


def _check_no_hub(data: dict[str, Any], findings: Findings) -> None:
    for loc, name in _texts(data, "endpoints", "name"):
        if name.startswith(HUB):
            findings.value(loc, f"`name`: {HUB} is how the hubs of feeds are called")


def _check_own_hub(data: dict[str, Any], findings: Findings) -> None:
    """Our own hub must know its address: feeds name it, and subscribers use it."""
    http = data.get("http")
    if not isinstance(http, dict) or http.get("hub") not in {"on", True} or http.get("public_url"):
        return
    listen = http.get("listen", "")
    if isinstance(listen, str) and listen.startswith(("0.0.0.0:", "[::]:", "off")):
        findings.value(("http", "hub"), "`hub` needs public_url: where readers reach it")


def _check_alert_endpoint(data: dict[str, Any], findings: Findings) -> None:
    wanted, loc = data.get("alert_endpoint"), ("alert_endpoint",)
    names = [name for _, name in _texts(data, "endpoints", "name")]
    if not isinstance(wanted, str) or wanted in names:
        return
    hint = "" if findings.origin(loc) else did_you_mean(wanted, names)
    shown = findings.show(loc, wanted)
    findings.value(loc, f"`alert_endpoint` names {shown}, which is no endpoint{hint}")


def without_own_files(config: Config) -> Config:
    """The config whose roots leave out what Seedwatch itself writes there: feeds and the store."""
    outputs = [(str(feed.path), "") for feed in config.feeds]
    archives = [feed.path.with_suffix("") for feed in config.feeds if feed.archive]
    outputs += [(str(path), ".archive-*") for path in archives]
    if "://" not in config.state:
        outputs.append((config.state, "*"))
    roots = tuple(_without(root, outputs) for root in config.watch)
    return config if roots == config.watch else config.model_copy(update={"watch": roots})


def _without(root: RootConfig, outputs: Iterable[tuple[str, str]]) -> RootConfig:
    """The root that excludes these files, each a path and a glob of what may follow it."""
    top = _real(str(root.path))
    real = [(_real(path), more) for path, more in outputs]
    own = [escape(str(path.relative_to(top))) + more for path, more in real if top in path.parents]
    globs = tuple(glob.replace("{slug}", "*") for glob in own)
    return root.model_copy(update={"exclude": (*root.exclude, *globs)}) if globs else root
