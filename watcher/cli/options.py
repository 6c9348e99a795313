"""Options that several commands share."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from watcher.clock import utc_now
from watcher.config.timing import parse_duration
from watcher.errors import UsageError

_DAYS_AGO = {"today": 0, "yesterday": 1}


class Since(click.ParamType[datetime]):
    """A moment: a duration before now (``3d``), a date or time, ``today``, ``yesterday`` (UTC)."""

    name = "when"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        if str(value).lower() in _DAYS_AGO:
            today = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
            return today - timedelta(days=_DAYS_AGO[str(value).lower()])
        if re.fullmatch(r"\d+(\.\d+)?[a-z].*", str(value)):
            try:
                return utc_now() - parse_duration(value)
            except (ValueError, OverflowError) as error:
                self.fail(str(error), param, ctx)
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is neither like 3d or yesterday nor like 2026-01-31", param, ctx)
        return moment.replace(tzinfo=moment.tzinfo or UTC)


class Duration(click.ParamType[timedelta]):
    """A duration like ``10m``."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        try:
            return value if isinstance(value, timedelta) else parse_duration(value)
        except (ValueError, OverflowError) as error:
            self.fail(str(error), param, ctx)


Command = Callable[..., Any]


def examples(*commands: str) -> str:
    """The examples at the end of a command's ``--help``."""
    return "\b\nFor example:\n" + "\n".join(f"  {command}" for command in commands)


def as_json(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="JSON Lines.")(command)


def since(command: Command) -> Command:
    text = "Only since then: 3d, 12h, yesterday, or a date."
    return click.option("--since", type=Since(), help=text)(command)


def until(command: Command) -> Command:
    text = "Only before then: 3d, 12h, or a date."
    return click.option("--until", type=Since(), help=text)(command)


def limit(command: Command) -> Command:
    return click.option(
        "--limit", type=click.IntRange(1), default=20, show_default=True, help="At most this many."
    )(command)


def refused(name: str, why: str) -> Callable[[Command], Command]:
    """An option that other lists have and this one cannot: who gives it is told why."""

    def refuse(_context: click.Context, _parameter: click.Parameter, value: object) -> None:
        if value is not None:
            raise UsageError(f"{name}: {why}")

    return click.option(name, hidden=True, expose_value=False, callback=refuse, help=why)
