"""Which config file a command uses when it is not told (DESIGN §5)."""

from collections.abc import Mapping
from pathlib import Path

from watcher.errors import ConfigError, ConfigProblem

VARIABLE = "SEEDWATCH_CONFIG"
LOCAL_FILE = Path("config", "seedwatch.yaml")
SYSTEM_FILE = Path("/etc/seedwatch/seedwatch.yaml")


def find_config(explicit: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """The file of ``--config``, else of $SEEDWATCH_CONFIG, else the first default that is there.

    A file that is named is taken at its word. Raises ConfigError that says where it looked.
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
        f"no config: ${VARIABLE} is not set, and there is neither {cwd / LOCAL_FILE} nor "
        f"{SYSTEM_FILE}; `seedwatch init` writes one, --config names another"
    )
    raise ConfigError(str(LOCAL_FILE), (ConfigProblem(message=message, code="unreadable_config"),))
