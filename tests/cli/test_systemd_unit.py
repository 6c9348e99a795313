"""The unit is what systemd takes for a good one, wherever the program is installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.site import Site
from watcher.cli.systemd_unit import escape, render_unit

FILE = Path(__file__).parents[2] / "systemd" / "seedwatch.service"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def verify(unit: Path) -> str:
    """What systemd has against a unit."""
    done = analyze("verify", "--man=no", str(unit))
    return done.stdout + done.stderr + ("" if done.returncode == 0 else f"exit {done.returncode}")


def directives(text: str) -> list[tuple[str, str]]:
    """Each line of settings with the line before it."""
    lines = text.splitlines()
    return [
        (before, line) for before, line in zip(["", *lines], lines, strict=False) if "=" in line
    ]


def test_the_file_in_the_project_is_the_unit_for_its_usual_place() -> None:
    command, config = "/opt/seedwatch/.venv/bin/seedwatch", Path("/etc/seedwatch/seedwatch.yaml")
    assert FILE.read_text("utf-8") == render_unit(command=command, config=config)


@needs_systemd
def test_verify_has_nothing_against_it_but_finds_what_is_wrong(tmp_path: Path) -> None:
    unit = tmp_path / "seedwatch.service"
    text = FILE.read_text("utf-8").replace("/opt/seedwatch/.venv/bin/seedwatch", "/bin/true")
    unit.write_text(text, "utf-8")
    assert verify(unit) == ""
    unit.write_text(text.replace("WatchdogSec=3min", "WatchDogSecs=3min"), "utf-8")
    assert "WatchDogSecs" in verify(unit)


@needs_systemd
def test_it_is_exposed_to_little() -> None:
    done = analyze("security", "--offline=true", "--threshold=20", "--no-pager", str(FILE))
    assert done.returncode == 0, done.stdout


def test_each_line_that_hardens_has_its_reason() -> None:
    _, _, hardening = FILE.read_text("utf-8").partition("# Hardening")
    for before, line in directives(hardening.partition("[Install]")[0])[1:]:
        same = line.startswith(("SystemCallFilter", "AmbientCapabilities"))
        assert before.startswith("#") or same, line


@needs_systemd
def test_init_writes_one_for_this_very_installation(tmp_path: Path) -> None:
    site = Site(tmp_path / "of Ann $HOME 100%")
    unit = site.folder / "systemd" / "seedwatch.service"
    said = site.command("init", "--systemd", ".").stdout
    assert f"wrote {unit}" in said
    assert verify(unit) == ""
    assert '/of Ann $$HOME 100%%/config/seedwatch.yaml" run' in unit.read_text("utf-8")
    again = site.command("init", "--systemd", ".", check=2)
    assert "is there already" in again.stderr


def test_its_config_writes_where_the_service_may(tmp_path: Path) -> None:
    site = Site(tmp_path / "site")
    other = tmp_path / "other"
    site.command("init", "--systemd", str(other))
    config = (other / "config" / "seedwatch.yaml").read_text("utf-8")
    assert "state: /var/lib/seedwatch/seedwatch.db" in config
    assert "path: /var/lib/seedwatch/feeds/all.atom" in config
    assert f"--config {other}/config/seedwatch.yaml run" in (
        other / "systemd" / "seedwatch.service"
    ).read_text("utf-8")


@pytest.mark.parametrize(
    ("word", "written"),
    [("/a/b", "/a/b"), ("/a b", '"/a b"'), ("/50%", "/50%%"), ("/$x", "/$$x"), ('/"', '"/\\""')],
)
def test_words_are_written_as_systemd_reads_them(word: str, written: str) -> None:
    assert escape(word) == written


def test_it_is_bounded_in_memory_and_tasks_and_a_crash_loop_ends() -> None:
    values = dict(line.split("=", 1) for _, line in directives(FILE.read_text("utf-8")))
    assert values["MemoryMax"] == "1G"
    assert values["TasksMax"] == "256"
    restart, burst = int(values["RestartSec"][:-1]), int(values["StartLimitBurst"])
    hangs = int(values["WatchdogSec"].removesuffix("min")) * 60 + restart
    assert restart * burst >= 300, "a database that starts beside it has time"
    assert hangs * burst < int(values["StartLimitIntervalSec"][:-1]) * 3600, "a hang counts, too"
