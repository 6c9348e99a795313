"""The list of one-line faults: each names the guarantee it breaks and the tests that must notice.

A fault is an exact piece of one module, found there once, and what stands there instead. A list is
one TOML file for each room, in ``lists/``.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("lists")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """``file`` is below the project; ``tests`` are node ids of pytest, any of which may notice.

    ``sample`` faults are cheap to try: they are tried with every run of the tests.
    """

    name: str
    breaks: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    sample: bool = False

    def applied_to(self, text: str) -> str:
        """The module with the fault in it. Raises ValueError if its place is not there once."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: found {text.count(self.old)} times in {self.file}")
        return text.replace(self.old, self.new)


def read_faults(folder: Path = FOLDER) -> list[Fault]:
    """All faults, in order of their file's name. Raises ValueError if two have one name."""
    found = [
        Fault(**{**entry, "tests": tuple(entry["tests"])})
        for file in sorted(folder.glob("*.toml"))
        for entry in tomllib.loads(file.read_text("utf-8")).get("fault", [])
    ]
    names = [fault.name for fault in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"more than one fault is named {', '.join(sorted(twice))}")
    return found
