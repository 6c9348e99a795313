"""Errors as a command ends with them: a clear text on standard error, and the exit code."""

import os
import sys

import click

from watcher.errors import ConfigError, SeedwatchError, StoreError, UsageError

FAILED, USAGE, STORE = 1, 2, 3


def exit_code_of(error: BaseException) -> int:
    """Say what went wrong; the exit code for it. What nobody foresaw goes on to a traceback."""
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
