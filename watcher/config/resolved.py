"""The data of a config file with all that it refers to brought in: what there is to validate.

It loads no schema: who finds that the data is as it was need not validate it again.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from watcher.config.findings import Findings
from watcher.config.paths import make_paths_absolute
from watcher.config.secrets import expand_environment, resolve_secrets
from watcher.config.yaml_tree import Document, YamlProblem, read_document
from watcher.errors import ConfigError, ConfigProblem

# Far more than anybody writes; 1 MiB of small keys took four seconds.
_LONGEST = 128 * 1024


class Resolved(NamedTuple):
    """The data of ``file``, and what is wrong with it so far."""

    file: Path
    data: dict[str, Any]
    findings: Findings


def resolve(file: Path, *, environ: Mapping[str, str]) -> Resolved:
    """Read ``file``, once, and what it names. Raises ConfigError if it holds no data at all."""
    document = _read_document(file)
    folder = Path(os.path.abspath(file)).parent  # noqa: PTH100 - resolve() would follow links
    findings = Findings(document)
    return Resolved(file, _resolve(document.data, folder, environ, findings), findings)


def refuse(file: Path, *problems: ConfigProblem) -> ConfigError:
    """The error that says what is wrong with ``file``."""
    return ConfigError(str(file), problems)


def _read_document(file: Path) -> Document:
    try:
        return read_document(_read(file))
    except YamlProblem as problem:
        line, column = problem.where or (None, None)
        found = ConfigProblem(message=problem.message, code="config_yaml", line=line, column=column)
        raise refuse(file, found) from None


def _read(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise refuse(
            file, ConfigProblem(message=f"{error.strerror}", code="unreadable_config")
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        message = f"this is not UTF-8 text, from byte {error.start} on"
        raise refuse(
            file, ConfigProblem(message=message, code="unreadable_config", line=line)
        ) from None
    if len(text) > _LONGEST:
        message = f"a config has at most {_LONGEST:,} characters: is this the right file?"
        raise refuse(file, ConfigProblem(message=message, code="unreadable_config"))
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
