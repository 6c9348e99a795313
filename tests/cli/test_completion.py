"""Completion, by the shells that do it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.site import Site

BASH = """
eval "$(seedwatch completion bash)"
complete -p seedwatch >&2
COMP_WORDS=({words}); COMP_CWORD={last}
_seedwatch_completion seedwatch
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("completion") / "site")
    site.add_real_seeds()
    site.add_endpoint("newsroom", "http://127.0.0.1:9/")
    site.add_endpoint("archive", "http://127.0.0.1:9/")
    site.command("scan")
    command = site.folder / "bin" / "seedwatch"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m watcher.cli "$@"\n')
    command.chmod(0o755)
    return site


def completed(site: Site, *words: str) -> list[str]:
    """What bash offers for the last of the words."""
    quoted = " ".join(f"'{word}'" for word in ("seedwatch", *words))
    result = subprocess.run(
        ["bash", "--norc", "-c", BASH.format(words=quoted, last=len(words))],
        env=os.environ
        | {
            "PATH": f"{site.folder / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(Path(__file__).parent.parent.parent),
            "SEEDWATCH_CONFIG": str(site.config_file),
        },
        cwd=site.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "complete " in result.stderr
    return result.stdout.split("\n")[:-1]


def test_bash_completes_commands_endpoints_and_topics(scanned: Site) -> None:
    assert completed(scanned, "sta") == ["status"]
    assert completed(scanned, "test", "") == ["newsroom", "archive"]
    assert completed(scanned, "deliveries", "--endpoint", "n") == ["newsroom"]
    assert "AI in Healthcare" in completed(scanned, "articles", "--topic", "ai")


def test_without_a_config_nothing_is_offered_and_nothing_said(
    scanned: Site, tmp_path: Path
) -> None:
    alone = Site(tmp_path)
    (tmp_path / "bin").symlink_to(scanned.folder / "bin")
    assert completed(alone, "test", "") == [""]
    assert completed(alone, "articles", "--topic", "a") == [""]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_have_theirs(scanned: Site, shell: str) -> None:
    script = scanned.command("completion", shell).stdout
    assert f"{shell}_complete" in script
    assert "seedwatch" in script
