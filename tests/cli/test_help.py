"""``--help`` answers: each command says what it does, and shows how it is used."""

import click
import pytest
from click.testing import CliRunner

from watcher.cli import COMMANDS, SUMMARIES, program


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
