"""Output: JSON Lines for programs, tables for people (plain when not a terminal), exit codes."""

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from watcher.errors import ConfigError, SeedwatchError, StoreError, UsageError
from watcher.log import json_on_screen

T = TypeVar("T")


def print_json(value: dict[str, Any]) -> None:
    """One object on one line."""
    click.echo(json_on_screen(value))


def print_json_lines(values: Iterable[dict[str, Any]]) -> None:
    for value in values:
        print_json(value)


def cut(found: Sequence[T], limit: int) -> Sequence[T]:
    """The first ``limit`` of what was found; says so, on standard error, if there are more."""
    if len(found) > limit:
        click.echo(f"the first {limit} are shown, there are more: --limit {2 * limit}", err=True)
    return found[:limit]


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    empty: str,
    whole: Sequence[str] = (),
) -> None:
    """Print rows under headings: on a terminal fitted to it, elsewhere tab-separated and uncut.

    On a narrow terminal, the ``whole`` columns come beneath their row, each on a line of its own,
    so that they can be copied.
    """
    lines = [[_cell(cell) for cell in row] for row in rows]
    if not lines:
        click.echo(empty)
    elif sys.stdout.isatty() and whole:
        _print_with_lines_beneath(columns, lines, whole)
    elif sys.stdout.isatty():
        _print_rich_table(columns, lines)
    else:
        for line in [columns, *lines]:
            click.echo("\t".join(line))


_FOLDED = {"title", "url", "file", "seed", "root", "why", "last error", "id"}
"""Columns that may take several lines; the others are cut or folded only after these."""
_WIDE = 120
"""Width from which on a terminal has room for URLs."""


def _print_rich_table(columns: Sequence[str], lines: list[list[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415  # slow to import; only for a terminal
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    shown = [n for n, name in enumerate(columns) if console.width >= _WIDE or name != "url"]
    for number in shown:
        name = columns[number]
        table.add_column(name, no_wrap=name not in _FOLDED, overflow="fold")
    for line in lines:
        table.add_row(*(Text(line[number]) for number in shown))
    console.print(table)


def _print_with_lines_beneath(
    columns: Sequence[str], lines: list[list[str]], whole: Sequence[str]
) -> None:
    from rich.cells import cell_len  # noqa: PLC0415  # slow to import; only for a terminal

    table = [list(columns), *lines]
    widths = [max(cell_len(line[number]) for line in table) for number in range(len(columns))]
    room = shutil.get_terminal_size().columns
    beneath: list[int] = []
    beside = list(range(len(columns)))
    for name in reversed(whole):
        if sum(widths[number] + 2 for number in beside) > room:
            beside.remove(columns.index(name))
            beneath.insert(0, columns.index(name))
    for number, line in enumerate(table):
        padded = [line[n] + " " * (widths[n] - cell_len(line[n])) for n in beside]
        text = "  ".join(padded).rstrip()
        click.echo(click.style(text, bold=True) if number == 0 else text)
        if number:
            for n in beneath:
                click.echo(f"  {line[n]}")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return printable(str(value))


def printable(text: str) -> str:
    """Text that cannot move the cursor or colour the screen, whatever is in a seed or a name."""
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return clean.encode("utf-8", "replace").decode()


FAILED, USAGE, STORE = 1, 2, 3


def exit_code_of(error: BaseException) -> int:
    """Print the error and return its exit code. Unexpected errors propagate."""
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.Abort():
            return 130
        case click.ClickException():
            error.show()
            return USAGE
        case BrokenPipeError():  # the reader of our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        case ConfigError():
            click.echo("\n".join(error.lines()), err=True)
            return USAGE
        case SeedwatchError():
            click.echo(f"seedwatch: error: {error}", err=True)
            return _code_of(error)
        case _:
            raise error


def _code_of(error: SeedwatchError) -> int:
    match error:
        case UsageError():
            return USAGE
        case StoreError():
            return STORE
        case _:
            return FAILED
