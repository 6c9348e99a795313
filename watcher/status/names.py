"""Names for roots that do not reveal paths of the host."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from watcher.model.standing import RootStatus
from watcher.serve.wording import printable_path


class RootNames:
    """Roots by the last part of their paths, numbered where two share it."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._names: dict[str, str] = {}
        for path in paths:
            base = printable_path(PurePath(path).name) or "root"
            taken = sum(name.split(" (")[0] == base for name in self._names.values())
            self._names[path] = f"{base} ({taken + 1})" if taken else base

    def of(self, path: str) -> str:
        """The name of the root at ``path``."""
        return self._names.get(path) or printable_path(PurePath(path).name) or "root"

    def without_paths(self, text: str) -> str:
        """A text about roots, with their names in place of their paths."""
        for path in sorted(self._names, key=len, reverse=True):
            text = text.replace(path, self._names[path])
        return text

    def rename(self, root: RootStatus) -> RootStatus:
        """The root with its name in place of its path."""
        detail = root.detail and self.without_paths(root.detail)
        return replace(root, path=self.of(root.path), detail=detail)
