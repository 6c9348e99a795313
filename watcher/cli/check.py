"""``check``: the config and every seed, all problems at once; nothing is written."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from watcher.cli.output import print_json, printable
from watcher.cli.session import load
from watcher.config import ArticlesConfig, RootConfig
from watcher.errors import WatchError
from watcher.ingest import parse_seed, read_seed
from watcher.model import Missing, Problem, RawSeed, SeedPath, Unusable
from watcher.watch import walk_root


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem of one file. An error keeps the file from being used; a warning, a field."""

    file: str
    severity: str
    problem: Problem


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON Lines: one problem a line.")
@click.pass_obj
def check(config_file: Path | None, *, as_json: bool) -> None:
    """Check the config and every seed. Fails with 1 if a seed cannot be used, 2 on the config."""
    config = load(config_file, level="error")
    seeds = errors = warnings = 0
    for root in config.watch:
        for findings in _check_root(root, config.articles):
            seeds += 1
            for finding in findings:
                errors += finding.severity == "error"
                warnings += finding.severity == "warning"
                _print(finding, as_json=as_json)
    click.echo(f"{seeds} seeds: {errors} errors, {warnings} warnings", err=True)
    if errors:
        raise click.exceptions.Exit(1)


def _check_root(root: RootConfig, articles: ArticlesConfig) -> Iterator[list[Finding]]:
    blind: dict[str, OSError] = {}
    try:
        for found in walk_root(root, unreadable=blind.__setitem__):
            yield _check_seed(SeedPath(root=str(root.path), path=found.path), root, articles)
    except WatchError as error:
        yield [_error(str(root.path), Problem(message=str(error)))]
    for folder, cause in blind.items():
        message = f"the folder cannot be read: {cause.strerror}"
        yield [_error(f"{root.path}/{folder}", Problem(message=message))]


def _check_seed(at: SeedPath, root: RootConfig, articles: ArticlesConfig) -> list[Finding]:
    reading = read_seed(at, max_size=root.max_size, now_ns=time.time_ns())
    if isinstance(reading, RawSeed):
        parsed = parse_seed(reading, articles=articles)
    elif isinstance(reading, Missing):
        return []
    else:
        parsed = reading
    if isinstance(parsed, Unusable):
        return [_error(str(at), parsed.problem)]
    warnings = sorted(parsed.warnings, key=lambda warning: (warning.line or 0, warning.column or 0))
    return [Finding(file=str(at), severity="warning", problem=warning) for warning in warnings]


def _error(file: str, problem: Problem) -> Finding:
    return Finding(file=file, severity="error", problem=problem)


def _print(finding: Finding, *, as_json: bool) -> None:
    problem = finding.problem
    if not as_json:
        place = [printable(finding.file), problem.line, problem.column]
        where = ":".join(str(part) for part in place if part is not None)
        click.echo(f"{where}: {finding.severity}: {printable(problem.message)}")
        return
    values = {
        "file": printable(finding.file),
        "line": problem.line,
        "column": problem.column,
        "severity": finding.severity,
        "reason": problem.reason,
        "key": problem.key,
        "message": problem.message,
    }
    print_json({key: value for key, value in values.items() if value is not None})
