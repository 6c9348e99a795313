"""The exceptions of Seedwatch.

::

    SeedwatchError
    ├── ConfigError            every problem of a config file at once            (exit 2)
    ├── UsageError             a command asked for something that is not there   (exit 2)
    │   └── TransferError      a backup or an export cannot be used
    ├── StoreError             (exit 3)
    │   ├── StoreUnavailable   it cannot be opened, read or written
    │   ├── StoreTooNew        it was written by a newer Seedwatch
    │   └── StoreLocked        another process is using it
    ├── PublishError           a feed file could not be written
    ├── ServeError             the HTTP server cannot listen at its address
    └── WatchError             the watcher cannot be set up

Expected failures at an edge (a bad seed, a refused connection) are values, not exceptions.
"""

from collections.abc import Iterable
from dataclasses import dataclass


class SeedwatchError(Exception):
    """Anything that Seedwatch itself reports; its text is for the user and holds no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigProblem:
    """One problem of a config file, at a 1-based line and column where they are known.

    ``code`` names its kind, for those who sort problems; the words may change, the code does not.
    """

    message: str
    code: str
    key: str = ""
    line: int | None = None
    column: int | None = None


def problem_lines(
    file: str, problems: Iterable[ConfigProblem], severity: str = "warning"
) -> list[str]:
    """One line a problem: ``file:line:column: severity: message``."""
    return [
        ":".join(str(part) for part in (file, p.line, p.column) if part is not None)
        + f": {severity}: {p.message}"
        for p in problems
    ]


class ConfigError(SeedwatchError):
    """A config that cannot be used; ``problems`` lists everything wrong with it."""

    def __init__(self, file: str, problems: tuple[ConfigProblem, ...]) -> None:
        self.file = file
        self.problems = problems
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """One line a problem: ``file:line:column: error: message``."""
        return problem_lines(self.file, self.problems, "error")


class UsageError(SeedwatchError):
    """A command that names something unknown; the text lists what there is."""


class StoreError(SeedwatchError):
    """The store could not do what was asked."""


class StoreUnavailable(StoreError):
    """The store cannot be opened, read or written."""


class StoreTooNew(StoreError):
    """The store's schema is newer than this program knows."""


class StoreLocked(StoreError):
    """Another process holds the store."""


class TransferError(UsageError):
    """A backup or an export is not whole, or not for this store; nothing was changed."""


class PublishError(SeedwatchError):
    """A feed file could not be written; the one that was there is untouched."""

    def __init__(self, path: str, cause: str) -> None:
        self.path = path
        super().__init__(f"{path}: {cause}")


class ServeError(SeedwatchError):
    """The HTTP server cannot listen at its address; the text says why, and what to change."""


class WatchError(SeedwatchError):
    """The watcher could not be set up; rescans go on without it."""
