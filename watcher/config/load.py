"""Find and load a config file: its text in, a Config out, or one ConfigError with every problem."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from watcher.config.checks import check_whole, without_own_files
from watcher.config.feed_addresses import with_feed_urls
from watcher.config.findings import Findings
from watcher.config.include import ENDPOINTS, include_endpoints
from watcher.config.paths import make_paths_absolute
from watcher.config.pydantic_errors import report_invalid
from watcher.config.schema import Config
from watcher.config.secrets import expand_environment, resolve_secrets
from watcher.config.yaml_tree import Document, YamlProblem, read_document
from watcher.errors import ConfigError, ConfigProblem

VARIABLE = "SEEDWATCH_CONFIG"
LOCAL_FILE = Path("config", "seedwatch.yaml")
SYSTEM_FILE = Path("/etc/seedwatch/seedwatch.yaml")

_LONGEST = 16 * 1024 * 1024
"""Characters of a config: 20,000 endpoints have some 2.5 million, and take five seconds."""


def find_config(explicit: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """The file of ``--config``, else of $SEEDWATCH_CONFIG, else the first default that exists.

    A file that is named explicitly need not exist here: loading it reports that. Raises
    ConfigError, naming the places searched, if there is no config at all (DESIGN §5).
    """
    if explicit is not None:
        return explicit
    named = environ.get(VARIABLE)
    if named:
        return cwd / named
    for file in (cwd / LOCAL_FILE, SYSTEM_FILE):
        if file.is_file():
            return file
    message = (
        f"there is no config, and no {SYSTEM_FILE} either: `seedwatch init` writes one; or name "
        f"one with --config or ${VARIABLE}"
    )
    raise ConfigError(
        str(cwd / LOCAL_FILE), (ConfigProblem(message=message, code="unreadable_config"),)
    )


class Resolved(NamedTuple):
    """The data of ``file`` with secrets, variables and paths filled in, and its problems so far."""

    file: Path
    data: dict[str, Any]
    findings: Findings


def load_config(file: Path, *, environ: Mapping[str, str], sends: bool = True) -> Config:
    """Load ``file`` (YAML or JSON). Raises ConfigError with every problem, in the file's order.

    Unless something is to be sent with it (``sends``), secrets that cannot be read are no problem.

    Relative paths start at the file's folder. No message repeats a value that came from the
    environment or from a secret file.
    """
    return validate(resolve(file, environ=environ, sends=sends))


def validate(resolved: Resolved) -> Config:
    """Check resolved data against the schema. Raises ConfigError with every problem, in order."""
    file, data, findings = resolved
    config = _validate(data, findings)
    check_whole(data, findings)
    problems = findings.problems()
    if config is None or problems:
        raise refuse(file, *problems, *findings.warnings())
    return with_feed_urls(without_own_files(config))


def _validate(data: dict[str, Any], findings: Findings) -> Config | None:
    try:
        return Config.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        report_invalid(error, data, findings)
    return None


def resolve(file: Path, *, environ: Mapping[str, str], sends: bool = True) -> Resolved:
    """Read ``file`` and the files it refers to. Raises ConfigError if it holds no data at all."""
    document = _read_document(file)
    folder = Path(os.path.abspath(file)).parent  # noqa: PTH100 - resolve() would follow links
    include_endpoints(document, folder, _read_endpoints)
    findings = Findings(document, sends=sends)
    return Resolved(file, _resolve(document.data, folder, environ, findings), findings)


def refuse(file: Path, *problems: ConfigProblem) -> ConfigError:
    """The error that lists the problems of ``file``."""
    return ConfigError(str(file), problems)


def _read_endpoints(file: Path) -> Document:
    return _read_document(file, section=ENDPOINTS)


def _read_document(file: Path, *, section: str | None = None) -> Document:
    try:
        return read_document(_read(file), section=section)
    except YamlProblem as problem:
        line, column = problem.where or (None, None)
        found = ConfigProblem(message=problem.message, code="config_yaml", line=line, column=column)
        raise refuse(file, found) from None


def _read(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        message = "there is no such file; `seedwatch init` writes a config"
        raise refuse(file, ConfigProblem(message=message, code="unreadable_config")) from None
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
    """The data with variables and secrets filled in, and all paths absolute."""
    data = expand_environment(data, environ, findings)
    if isinstance(data.get("endpoints"), list):
        data["endpoints"] = [
            resolve_secrets(item, ("endpoints", index), folder, environ, findings)
            if isinstance(item, dict)
            else item
            for index, item in enumerate(data["endpoints"])
        ]
    if isinstance(cluster := data.get("cluster"), dict):
        data["cluster"] = resolve_secrets(cluster, ("cluster",), folder, environ, findings)
    return make_paths_absolute(data, folder, environ, findings)
