"""``check``: the config and every seed, all problems at once; nothing is written."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import click

from watcher.cli import options
from watcher.cli.check_report import (
    BAD_FIELD,
    CODES,
    MISSING_ROOT,
    SHARED_ADDRESS,
    SHOWN_OF_A_KIND,
    UNREADABLE_FOLDER,
    Finding,
    Kinds,
    Show,
    show_github,
    show_json,
    text_shower,
)
from watcher.cli.context import load_read, read
from watcher.cli.output import printable
from watcher.clock import utc_now
from watcher.config.checks import uneven_schedules
from watcher.config.schema import RootConfig
from watcher.config.wording import did_you_mean
from watcher.diff.identity import Addresses
from watcher.errors import ConfigError, ConfigProblem, UsageError, WatchError
from watcher.model.left_out import LeftOut
from watcher.model.seed import Held, Missing, NotArticle, Problem, Reading, Seed, SeedPath, Unusable
from watcher.model.wording import count
from watcher.pipeline.reading import Piece, read_piece
from watcher.scan.read_pool import ReadPool, can_fork, count_helpers
from watcher.watch.site_hint import find_site
from watcher.watch.walk import walk_root

AT_ONCE = 50
"""How many seeds a helper gets at once."""


@click.command(
    epilog=options.examples(
        "seedwatch check", "seedwatch check --format github", "seedwatch check --explain bad_field"
    )
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "github", "json"]),
    default="text",
    show_default=True,
    help="github: workflow commands; json: JSON Lines.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--explain", "code", metavar="CODE", help="Explain a kind of problem; all: all.")
@click.pass_obj
def check(config_file: Path | None, *, form: str, as_json: bool, code: str | None) -> None:
    """Check the config and every seed. Fails with 1 if a seed cannot be used, 2 on the config."""
    if code is not None:
        _explain(code)
        return
    form = "json" if as_json else form
    try:
        resolved = read(config_file)
        config = load_read(resolved, level="error")
    except ConfigError as error:
        for problem in error.problems:
            _shower(form, err=True)(_of_config(error.file, problem, severity="error"))
        raise click.exceptions.Exit(2) from None
    show = _shower(form, err=False)
    counts: Counter[str] = Counter()
    for warning in (*resolved.findings.warnings(), *uneven_schedules(config, resolved.findings)):
        counts.update(["warning"])
        show(_of_config(str(resolved.file), warning, severity="warning"))
    addresses = Addresses()
    kinds = Kinds(shown=SHOWN_OF_A_KIND if form == "text" else None)
    read_seeds = partial(read_piece, config=config, clock=utc_now)
    helpers = max(1, count_helpers()) if can_fork() else 0
    with ReadPool(read_seeds, helpers=helpers, only_helpers=True) as pool:  # no seed can crash us
        for root in config.watch:
            left_out, before = LeftOut(), counts["articles"]
            for findings in _check_root(root, pool, left_out, addresses, counts):
                counts.update(finding.severity for finding in findings)
                for finding in filter(kinds.count, findings):
                    show(finding)
            _say_left_out(root, left_out, usable=counts["articles"] - before)
    _say_sums(kinds, counts)
    if counts["error"]:
        raise click.exceptions.Exit(1)


def _say_sums(kinds: Kinds, counts: Counter[str]) -> None:
    for line in kinds.summary():
        click.echo(line, err=True)
    if counts["no articles"]:
        click.echo(f"{count(counts['no articles'], 'file')} left out: no articles", err=True)
    said = [count(counts["error"], "error"), count(counts["warning"], "warning")]
    click.echo(f"{count(counts['seeds'], 'seed')}: {', '.join(said)}", err=True)


def _say_left_out(root: RootConfig, left_out: LeftOut, *, usable: int) -> None:
    """Print what no pattern matches, and which generator a folder without articles looks like."""
    for words in left_out.words():
        click.echo(f"{root.path}: {printable(words)}", err=True)
    site = find_site(root.path) if not usable and root.like is None else None
    if site is not None:
        click.echo(f"{root.path}: no article: {printable(site.words())}", err=True)


def _shower(form: str, *, err: bool) -> Show:
    """Return what shows findings; ``err``: as text, on standard error."""
    shows: dict[str, Callable[[], Show]] = {
        "json": lambda: show_json,
        "github": lambda: show_github,
        "text": lambda: text_shower(pictures=(sys.stderr if err else sys.stdout).isatty(), err=err),
    }
    return shows[form]()


def _explain(code: str) -> None:
    if code != "all" and code not in CODES:
        hint = did_you_mean(code, CODES)
        raise UsageError(f'no problem has the code "{code}"{hint}; --explain all lists them')
    for one in CODES if code == "all" else [code]:
        click.echo(f"{one}: {CODES[one]}")


def _of_config(file: str, problem: ConfigProblem, *, severity: str) -> Finding:
    return Finding(
        file=file,
        severity=severity,
        code=problem.code,
        message=problem.message,
        key=problem.key or None,
        line=problem.line,
        column=problem.column,
    )


def _check_root(
    root: RootConfig,
    pool: ReadPool,
    left_out: LeftOut,
    addresses: Addresses,
    counts: Counter[str],
) -> Iterator[list[Finding]]:
    """Yield what is wrong with each seed; counts each kind in ``counts``."""
    blind: dict[str, OSError] = {}
    pieces = _pieces(root, blind, left_out)
    try:
        for some in pool.read(pieces, together=1):
            for reading in (reading for readings in some for reading in readings.readings):
                counts[_kind_of(reading)] += 1
                counts["seeds"] += isinstance(reading, Seed | Held | Unusable)
                if not isinstance(reading, Missing):
                    yield _check_seed(reading, addresses)
    except WatchError as error:
        yield [_error(str(root.path), MISSING_ROOT, Problem(message=str(error)))]
    for folder, cause in blind.items():
        message = f"the folder cannot be read: {cause.strerror}"
        yield [_error(f"{root.path}/{folder}", UNREADABLE_FOLDER, Problem(message=message))]


def _kind_of(reading: Reading) -> str:
    if isinstance(reading, Seed | Held):
        return "articles"
    return "no articles" if isinstance(reading, NotArticle) else "no seed of its own"


def _pieces(root: RootConfig, blind: dict[str, OSError], left_out: LeftOut) -> Iterator[Piece]:
    """Yield the seeds of a root, some at a time."""
    walk = walk_root(root, unreadable=blind.__setitem__, left_out=left_out)
    while some := [
        SeedPath(root=str(root.path), path=found.path) for found in islice(walk, AT_ONCE)
    ]:
        yield Piece(paths=some, digests={})


def _check_seed(reading: Reading, addresses: Addresses) -> list[Finding]:
    file = str(reading.at)
    if isinstance(reading, Unusable):
        return [_error(file, str(reading.problem.reason), reading.problem)]
    if not isinstance(reading, Seed | Held):
        return []
    warnings = sorted(
        reading.warnings, key=lambda warning: (warning.line or 0, warning.column or 0)
    )
    findings = [_finding(file, "warning", BAD_FIELD, warning) for warning in warnings]
    if isinstance(reading, Seed) and (shared := addresses.add(reading)):
        findings.append(_finding(file, "warning", SHARED_ADDRESS, shared))
    return findings


def _error(file: str, code: str, problem: Problem) -> Finding:
    return _finding(file, "error", code, problem)


def _finding(file: str, severity: str, code: str, problem: Problem) -> Finding:
    return Finding(
        file=file,
        severity=severity,
        code=code,
        message=problem.message,
        key=problem.key,
        line=problem.line,
        column=problem.column,
    )
