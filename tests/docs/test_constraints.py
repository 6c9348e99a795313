"""Every package that the README's commands install is pinned, and both commands use the pins."""

import re
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[2]


def pinned() -> dict[str, str]:
    lines = (PROJECT / "constraints.txt").read_text("utf-8").splitlines()
    pins = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pins}


def needed(found: Distribution, extras: set[str], seen: set[str]) -> set[str]:
    """The names of all that a distribution installs with these extras, transitively."""
    for text in found.requires or []:
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        marker = requirement.marker
        wanted = marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *extras})
        key = f"{name}[{','.join(sorted(requirement.extras))}]"
        if wanted and key not in seen:
            seen.add(key)
            needed(distribution(name), requirement.extras, seen)
    return {key.partition("[")[0] for key in seen}


def test_every_package_that_the_commands_install_is_pinned() -> None:
    names = needed(distribution("seedwatch"), {"test"}, set()) - {"seedwatch"}
    assert "pytest" in names
    assert "urllib3" in names
    assert not names - set(pinned())


def test_both_commands_use_the_pins() -> None:
    readme = (PROJECT / "README.md").read_text("utf-8")
    commands = re.findall(r"^python3 -m venv \.venv && .*$", readme, re.MULTILINE)
    assert len(commands) == 2
    assert all("pip install -q -c constraints.txt" in command for command in commands)


def test_the_newest_of_everything_is_tried_without_them() -> None:
    readme = (PROJECT / "README.md").read_text("utf-8")
    (command,) = re.findall(r"^python3 -m venv \.newest && .*$", readme, re.MULTILINE)
    assert "constraints.txt" not in command
