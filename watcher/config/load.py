"""Loads a config file: its text in, a Config out, or one ConfigError with all its problems."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from watcher.config.checks import check_whole
from watcher.config.complaints import report_invalid
from watcher.config.findings import Findings
from watcher.config.paths import make_paths_absolute
from watcher.config.schema import Config
from watcher.config.secrets import expand_environment, resolve_secrets
from watcher.config.yaml_tree import Document, YamlProblem, read_document
from watcher.errors import ConfigError, ConfigProblem

# Far more than anybody writes; 1 MiB of small keys took four seconds.
_LONGEST = 128 * 1024


def load_config(file: Path, *, environ: Mapping[str, str]) -> Config:
    """Load ``file`` (YAML or JSON). Raises ConfigError with every problem, in the file's order.

    Relative paths start at the file's folder. No message repeats a value that came from the
    environment or from a secret file.
    """
    document = _read_document(file)
    folder = Path(os.path.abspath(file)).parent  # noqa: PTH100 - resolve() would follow links
    findings = Findings(document)
    data = _resolve(document.data, folder, environ, findings)
    config = _validate(data, findings)
    check_whole(data, findings)
    problems = findings.problems()
    if config is None or problems:
        raise _refuse(file, *problems)
    return config


def _read_document(file: Path) -> Document:
    try:
        return read_document(_read(file))
    except YamlProblem as problem:
        line, column = problem.where or (None, None)
        found = ConfigProblem(message=problem.message, code="config_yaml", line=line, column=column)
        raise _refuse(file, found) from None


def _read(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _refuse(
            file, ConfigProblem(message=f"{error.strerror}", code="unreadable_config")
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        message = f"this is not UTF-8 text, from byte {error.start} on"
        raise _refuse(
            file, ConfigProblem(message=message, code="unreadable_config", line=line)
        ) from None
    if len(text) > _LONGEST:
        message = f"a config has at most {_LONGEST:,} characters: is this the right file?"
        raise _refuse(file, ConfigProblem(message=message, code="unreadable_config"))
    return text


def _resolve(
    data: dict[str, Any], folder: Path, environ: Mapping[str, str], findings: Findings
) -> dict[str, Any]:
    """The data with all that it refers to brought in, and all its paths absolute."""
    data = expand_environment(data, environ, findings)
    if isinstance(data.get("endpoints"), list):
        data["endpoints"] = [
            resolve_secrets(item, ("endpoints", index), folder, environ, findings)
            if isinstance(item, dict)
            else item
            for index, item in enumerate(data["endpoints"])
        ]
    return make_paths_absolute(data, folder, environ, findings)


def _validate(data: dict[str, Any], findings: Findings) -> Config | None:
    try:
        return Config.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        report_invalid(error, data, findings)
    return None


def _refuse(file: Path, *problems: ConfigProblem) -> ConfigError:
    return ConfigError(str(file), problems)
