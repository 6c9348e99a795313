"""Whether the fast way reads a text as libyaml does: values, types and order."""

from typing import Any

import yaml
from yaml.constructor import ConstructorError

from watcher.ingest.fast_yaml import read_plain
from watcher.ingest.front_matter import find_blocks
from watcher.ingest.keys import is_secured
from watcher.ingest.safe_yaml import Refused, load_yaml
from watcher.model.seed import Problem


def yaml_of(seed: str) -> str:
    """The front matter of a seed that has its fences."""
    blocks = find_blocks(seed, is_yaml=False)
    assert not isinstance(blocks, Problem)
    return next(blocks).yaml


def is_same(one: Any, other: Any) -> bool:
    """Equality to the type and the order of keys; not-a-number is itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other) or (one != one and other != other)  # noqa: PLR0124 - nan


def disagreement(text: str) -> str | None:
    """How the fast way misreads ``text``; None if it does not, or declines it."""
    fast = read_plain(text)
    if fast is None:
        return None
    try:
        whole = load_yaml(text)
    except Refused as refused:
        return f"taken as {fast!r}, refused: {refused}"
    if not is_same(fast, whole):
        return f"{fast!r} is not {whole!r}"
    return _disagreement_with_pyyaml(text, fast)


def _disagreement_with_pyyaml(text: str, fast: Any) -> str | None:
    try:
        pyyaml = _without_secured(yaml.load(text, yaml.CSafeLoader))
    except (ValueError, LookupError, AttributeError, ConstructorError):
        # 2022-02-30, 0x_, a lone =: both ways of ours keep the text
        return None
    except yaml.YAMLError as error:
        return f"taken as {fast!r}, refused by PyYAML: {error}"
    return None if is_same(fast, pyyaml) else f"{fast!r} is not PyYAML's {pyyaml!r}"


def _without_secured(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_secured(v) for k, v in value.items() if not is_secured(k)}
    return [_without_secured(item) for item in value] if isinstance(value, list) else value
