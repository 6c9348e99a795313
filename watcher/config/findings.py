"""Collects the problems of a config while it is loaded, and where in the file each one is."""

from collections.abc import Iterator

from watcher.config.wording import show
from watcher.config.yaml_tree import Document, Loc, Position
from watcher.errors import ConfigProblem


class Findings:
    """All problems so far; which values are broken; which came from outside of the file.

    ``origins`` says where a value came from that is not in the file itself: such a value is never
    repeated in a message. Where nothing is sent (``sends`` is False), a secret that cannot be read
    is only a warning, and its place is in ``unset``.
    """

    def __init__(self, document: Document, *, sends: bool = True) -> None:
        self.document = document
        self.sends = sends
        self.unset: set[Loc] = set()
        self._warnings: list[ConfigProblem] = []
        self.origins: dict[Loc, str] = {}
        self._broken = set(document.dropped)
        self._problems: list[ConfigProblem] = []
        for loc, where, message in document.flaws:
            self._add(loc, where, message, "config_yaml")

    def value(self, loc: Loc, message: str) -> None:
        """Report that the value at ``loc`` is wrong; later problems with it are ignored."""
        self._broken.add(loc)
        self._add(loc, self._nearest(self.document.values, loc), message, "bad_value")

    def secret(self, loc: Loc, message: str) -> None:
        """Report that the secret at ``loc`` cannot be read."""
        if self.sends:
            self.value(loc, message)
            return
        self._broken.add(loc)
        self.unset.add(loc)
        said = f"{message}: commands that send need it"
        place = self._nearest(self.document.values, loc)
        self._warnings.append(_problem(loc, place, said, "missing_secret"))

    def warnings(self) -> tuple[ConfigProblem, ...]:
        """Problems that do not stop commands that send nothing."""
        return tuple(dict.fromkeys(self._warnings))

    def key(self, loc: Loc, message: str, code: str) -> None:
        """Report that the key at ``loc`` is wrong or missing."""
        self._add(loc, self._nearest(self.document.keys, loc), message, code)

    def forget(self, loc: Loc) -> None:
        """Ignore further problems with ``loc``: they are reported already."""
        self._broken.add(loc)

    def is_broken(self, loc: Loc) -> bool:
        return any(loc[:length] in self._broken for length in range(len(loc) + 1))

    @property
    def has_broken(self) -> bool:
        """False if no value is broken at all, as almost always."""
        return bool(self._broken)

    def origin(self, loc: Loc) -> str | None:
        """Where the value at, above or beneath ``loc`` came from; None if it is in the file."""
        for known, origin in self.origins.items():
            shared = min(len(known), len(loc))
            if known[:shared] == loc[:shared]:
                return origin
        return None

    def show(self, loc: Loc, value: object) -> str:
        """The value at ``loc`` as a message may quote it."""
        origin = self.origin(loc)
        return f"the value of {origin}" if origin else show(value)

    def problems(self) -> tuple[ConfigProblem, ...]:
        """All problems, in the order of the file."""
        ordered = sorted(self._problems, key=lambda p: (p.line or 0, p.column or 0))
        return tuple(dict.fromkeys(ordered))

    def _nearest(self, places: dict[Loc, Position], loc: Loc) -> Position | None:
        """The place of ``loc``, or of what is nearest above it."""
        for above in _upwards(loc):
            found = places.get(above) or self.document.values.get(above)
            if found:
                return found
        return None

    def located(self, loc: Loc, message: str, code: str) -> ConfigProblem:
        """Make a problem with the value at ``loc``, without adding it."""
        return self._located(loc, self._nearest(self.document.values, loc), message, code)

    def _add(self, loc: Loc, where: Position | None, message: str, code: str) -> None:
        self._problems.append(self._located(loc, where, message, code))

    def _located(self, loc: Loc, where: Position | None, message: str, code: str) -> ConfigProblem:
        file = self.document.files.get(loc[1]) if loc[:1] == ("endpoints",) and loc[1:] else None
        if file is None:
            return _problem(loc, where, message, code)
        # The place is one in that file, and not in the config's own.
        place = f"{file}:{where.line}:{where.column}" if where else file
        return _problem(loc, None, f"{place}: {message}", code)


def _problem(loc: Loc, where: Position | None, message: str, code: str) -> ConfigProblem:
    return ConfigProblem(
        message=message,
        code=code,
        key=".".join(str(step) for step in loc),
        line=where and where.line,
        column=where and where.column,
    )


def _upwards(loc: Loc) -> Iterator[Loc]:
    return (loc[:length] for length in range(len(loc), -1, -1))
