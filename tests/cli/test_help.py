"""``--help`` answers: each command says what it does, and shows how it is used."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from watcher import __version__
from watcher.cli import COMMANDS, SUMMARIES, options, program


def test_every_command_has_its_line_in_the_help() -> None:
    assert list(SUMMARIES) == list(COMMANDS)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_shows_an_example_of_itself(name: str) -> None:
    shown = CliRunner().invoke(program, [name, "--help"]).stdout
    examples = shown.partition("For example:\n")[2].splitlines()
    assert any(f"seedwatch {name}" in example for example in examples)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_option_says_what_it_is_for(name: str) -> None:
    command = program.get_command(click.Context(program), name)
    assert command is not None
    options = [p for p in command.params if isinstance(p, click.Option)]
    assert [option.name for option in options if not option.help] == []


def run(*words: str) -> Result:
    return CliRunner().invoke(program, list(words))


def test_the_program_alone_says_where_to_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEEDWATCH_CONFIG", raising=False)
    shown = run()
    assert shown.exit_code == 0
    assert "seedwatch init " in shown.stdout
    assert "there is none yet" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 100
    named = set(re.findall(r"^  seedwatch (\w+)", shown.stdout, re.MULTILINE))
    assert named <= set(COMMANDS)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/seedwatch.yaml").touch()
    assert f"Config: {tmp_path}/config/seedwatch.yaml" in run().stdout


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("statsu", "status"), ("feed", "feeds"), ("Run", "run"), ("endpoint", ""), ("zzz", "")],
)
def test_a_command_that_is_none_is_refused_with_what_was_meant(typed: str, meant: str) -> None:
    for words in ([typed], ["help", typed]):
        refused = run(*words)
        assert refused.exit_code == 2
        hint = f'did you mean "{meant}"?' if meant else ""
        assert f'there is no command "{typed}"; {hint}' in refused.stderr


def test_help_and_version_answer_in_every_way_that_people_try() -> None:
    assert run("help").stdout == run("--help").stdout == run("-h").stdout
    assert (
        run("help", "scan").stdout.splitlines()[1:]
        == (run("scan", "--help").stdout.splitlines()[1:])
    )
    assert run("-V").stdout == run("--version").stdout == f"seedwatch, version {__version__}\n"


def test_since_takes_days_by_their_names() -> None:
    since = options.Since()
    today, yesterday = (since.convert(day, None, None) for day in ("today", "Yesterday"))
    assert today.tzinfo is UTC
    assert (today.hour, today.minute, today.microsecond) == (0, 0, 0)
    assert today - yesterday == timedelta(days=1)
    assert timedelta(0) <= datetime.now(UTC) - today < timedelta(days=1, minutes=5)
