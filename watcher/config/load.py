"""Loads a config file: its text in, a Config out, or one ConfigError with all its problems."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from watcher.config.checks import check_whole
from watcher.config.findings import Findings
from watcher.config.outline import digest_of
from watcher.config.pydantic_errors import report_invalid
from watcher.config.resolved import Resolved, refuse, resolve
from watcher.config.schema import Config


def load_config(file: Path, *, environ: Mapping[str, str]) -> Config:
    """Load ``file`` (YAML or JSON). Raises ConfigError with every problem, in the file's order.

    Relative paths start at the file's folder. No message repeats a value that came from the
    environment or from a secret file.
    """
    return validate(resolve(file, environ=environ))


def validate(resolved: Resolved) -> Config:
    """The config of this data. Raises ConfigError with every problem, in the file's order."""
    file, data, findings = resolved
    config = _validate(data, findings)
    check_whole(data, findings)
    problems = findings.problems()
    if config is None or problems:
        raise refuse(file, *problems)
    return config.came_from(digest_of(data))


def _validate(data: dict[str, Any], findings: Findings) -> Config | None:
    try:
        return Config.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        report_invalid(error, data, findings)
    return None
