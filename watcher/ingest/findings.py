"""What is wrong in one seed but does not cost it: collected while it is normalised."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from watcher.ingest.keys import KeyPath, show_path
from watcher.ingest.limits import MAX_FINDINGS
from watcher.ingest.values import BadValue
from watcher.model.seed import Problem, Reason

Value = TypeVar("Value")
Position = tuple[int, int]


class Front(Protocol):
    """Where the keys of a document stand in its file, and what is written there."""

    def locate(self, path: KeyPath) -> Position: ...

    def written(self, path: KeyPath) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong: where, and the rest of the sentence that begins with its key."""

    path: KeyPath
    message: str

    def problem(self, front: Front, reason: Reason | None = None) -> Problem:
        """The finding at its place in the file; with a ``reason``, it costs the seed."""
        line, column = front.locate(self.path)
        key = show_path(self.path)
        return Problem(
            message=f"{key} {self.message}", reason=reason, key=key, line=line, column=column
        )


@dataclass(slots=True)
class Findings:
    """The findings of one seed, in the order in which they were made."""

    made: list[Finding] = field(default_factory=list)
    beyond: int = 0

    def add(self, path: KeyPath, message: str) -> None:
        """Note what is wrong at ``path``; of very many only how many there are."""
        if len(self.made) >= MAX_FINDINGS:
            self.beyond += 1
        else:
            self.made.append(Finding(path=path, message=message))

    def problems(self, front: Front) -> tuple[Problem, ...]:
        """All of them at their places in the file."""
        problems = [finding.problem(front) for finding in self.made]
        if self.beyond:
            last = problems[-1]
            more = f"{last.message} ({self.beyond:,} more findings in this file)"
            problems[-1] = replace(last, message=more)
        return tuple(problems)

    def convert(
        self, convert: Callable[[Any], Value | None], value: Any, path: KeyPath
    ) -> Value | None:
        """What ``convert`` makes of the value at ``path``; None, with a finding, if it is bad."""
        try:
            return convert(value)
        except BadValue as bad:
            self.add(path, str(bad))
            return bad.kept  # type: ignore[no-any-return]

    def read(
        self,
        convert: Callable[[Any], Value | None],
        data: Mapping[Any, Any],
        key: str,
        path: KeyPath,
    ) -> Value | None:
        """What ``convert`` makes of the value of ``key`` in the mapping at ``path``, if any."""
        value = data.get(key)
        if value is None:
            return None
        try:
            return convert(value)
        except BadValue as bad:
            self.add((*path, key), str(bad))
            return bad.kept  # type: ignore[no-any-return]
