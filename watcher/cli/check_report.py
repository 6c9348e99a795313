"""Findings of ``check``: their codes, and how they are printed. It checks nothing itself."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import get_terminal_size
from unicodedata import combining, east_asian_width

import click

from watcher.cli.output import print_json, printable
from watcher.model.seed import Reason

BAD_FIELD, UNREADABLE_FOLDER, MISSING_ROOT = "bad_field", "unreadable_folder", "missing_root"
SHARED_ADDRESS = "shared_address"

CODES: dict[str, str] = {
    # The config. Each costs the whole config: nothing runs with half of one.
    "unreadable_config": "The config cannot be read. Check its path and its permissions.",
    "config_yaml": "The config is not valid YAML, or has a key twice.",
    "unknown_key": "There is no such key. seedwatch.example.yaml and `schema config` list all.",
    "missing_key": "A key without a default is missing. Add it.",
    "surplus_key": "Two keys say the same thing, such as url and url_file. Keep one.",
    "missing_secret": "A secret cannot be read here. Set it where the daemon runs.",
    "bad_value": "A value does not fit its key. The message says what does.",
    "uneven_schedule": "A step of a cron schedule starts anew with each hour, day or month.",
    # Seeds that cannot be used. An article keeps its last good version until its seed is corrected.
    Reason.EMPTY: "The file is empty. Write the seed, or delete the file.",
    Reason.NO_FRONT_MATTER: "The file does not begin with a line of ---. Front matter comes first.",
    Reason.UNCLOSED: "The front matter is never closed. End it with a line of ---.",
    Reason.BAD_DATA: "The file is not valid TOML or JSON. The message says where.",
    Reason.NOT_A_MAPPING: "The front matter is not made of keys with values, like title: Hello.",
    Reason.BAD_YAML: "The front matter is not valid YAML. Quotes round the value often help.",
    Reason.DUPLICATE_KEY: "A key is there twice, and it is not clear which counts. Remove one.",
    Reason.ALIAS: "YAML aliases (*name) are not allowed: a few lines can grow without limit.",
    Reason.TAG: "YAML tags (!name) are not allowed. Remove the word that starts with !.",
    Reason.TOO_MANY_NODES: "The front matter has too many values for one article.",
    Reason.TOO_DEEP: "The front matter is nested too deep for one article.",
    Reason.TOO_LARGE: "The file is larger than max_size of its folder, in the config.",
    Reason.NOT_UTF8: "The file is not UTF-8. Convert it: iconv -f WINDOWS-1252 -t UTF-8.",
    Reason.BINARY: "The file is not text. Move it away, or exclude its name in the config.",
    Reason.MISSING_TITLE: "There is no usable title, and without one there is no article.",
    Reason.MISSING_URL: "There is neither a usable webUrl nor originalUrl to link to.",
    Reason.NOT_REGULAR: "It is a folder, a device or the like where a file should be.",
    Reason.OUTSIDE_ROOT: "It is a link to somewhere outside of its root; those are not followed.",
    Reason.UNREADABLE: "The file cannot be read. Check its permissions.",
    Reason.ENDS_THE_READER: "Reading the file crashes the process that reads it. Exclude it.",
    # The rest.
    BAD_FIELD: "An optional field cannot be used. It is left out; the article is published.",
    SHARED_ADDRESS: "An address of this seed is that of a seed with another title. Correct it.",
    UNREADABLE_FOLDER: "A folder cannot be read. Its seeds stay as they were last seen.",
    MISSING_ROOT: "A watched folder is missing. Seedwatch waits for it; nothing is removed.",
}


_READ_AT_MOST = 2 * 1024 * 1024
_INDENT = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem of one file. An error keeps the file from being used; a warning, a field."""

    file: str
    severity: str
    code: str
    message: str
    key: str | None = None
    line: int | None = None
    column: int | None = None


Show = Callable[[Finding], None]

SHOWN_OF_A_KIND = 100
"""How many findings of one kind are shown to people one by one; the rest is only counted."""
OFTEN = 10
"""If there are at least so many of one kind, the end says how many."""


class Kinds:
    """Counts findings of a kind: the same code about the same key. ``shown`` None shows all."""

    def __init__(self, *, shown: int | None) -> None:
        self._shown = shown
        self._counts: Counter[tuple[str, str | None]] = Counter()

    def count(self, finding: Finding) -> bool:
        """Count one. Returns False if enough of its kind were shown already."""
        kind = finding.code, finding.key
        self._counts[kind] += 1
        return self._shown is None or self._counts[kind] <= self._shown

    def summary(self) -> Iterator[str]:
        """A line for each kind that came often, the most frequent first."""
        for (code, key), number in self._counts.most_common():
            if number < OFTEN:
                return
            about = f" {printable(key)}" if key else ""
            hidden = number - self._shown if self._shown is not None else 0
            more = f" ({hidden:,} of them not shown; --json lists all)" if hidden > 0 else ""
            yield f"{number:,} times [{code}]{about}{more}: {CODES[code]}"


def show_json(finding: Finding) -> None:
    """JSON Lines: one object a finding; what is not known of it is left out."""
    values = {
        "file": printable(finding.file),
        "line": finding.line,
        "column": finding.column,
        "severity": finding.severity,
        "code": finding.code,
        "key": finding.key,
        "message": finding.message,
    }
    print_json({key: value for key, value in values.items() if value is not None})


def show_github(finding: Finding) -> None:
    """A workflow command of GitHub Actions, which marks the place in a pull request."""
    places = {"file": _as_seen_from_here(finding.file), "line": finding.line, "col": finding.column}
    properties = ",".join(
        f"{name}={_escape_property(str(value))}" for name, value in places.items() if value
    )
    title = f"title={finding.code}"
    click.echo(f"::{finding.severity} {properties},{title}::{_escape(finding.message)}")


def _as_seen_from_here(file: str) -> str:
    """A path below the current folder, which is the repository's in a workflow, as relative."""
    relative = os.path.relpath(file)
    return file if relative.startswith("..") else relative


def _escape(text: str) -> str:
    clean = text.encode("utf-8", "replace").decode()
    return clean.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


def text_shower(*, pictures: bool, err: bool) -> Show:
    """``file:line:column: severity: message [code]``; ``pictures`` shows the place beneath it."""

    def show(finding: Finding) -> None:
        place = [printable(finding.file), finding.line, finding.column]
        where = ":".join(str(part) for part in place if part is not None)
        said = f"{printable(finding.message)} [{finding.code}]"
        if not pictures:
            click.echo(f"{where}: {finding.severity}: {said}", err=err)
            return
        colour = "red" if finding.severity == "error" else "yellow"
        severity = click.style(f"{finding.severity}:", fg=colour, bold=True)
        click.echo(f"{where}: {severity} {said}", err=err)
        for line in picture(finding, width=get_terminal_size().columns):
            click.echo(line, err=err)

    return show


def picture(finding: Finding, *, width: int) -> Iterator[str]:
    """The line of the file that the finding is about, and a caret beneath its column."""
    text = _line_of(finding)
    if text is None or finding.column is None:
        return
    room = max(width - len(_INDENT) - 1, 10)
    at = finding.column - 1
    start = max(0, at - room // 2) if _cells(text) > room else 0
    shown = printable(text.replace("\t", " ")[start:])
    while _cells(shown) > room:
        shown = shown[:-1]
    yield f"{_INDENT}{shown}"
    yield f"{_INDENT}{' ' * _cells(shown[: at - start])}^"


def _line_of(finding: Finding) -> str | None:
    if finding.line is None or not Path(finding.file).is_file():
        return None
    with Path(finding.file).open("rb") as file:
        lines = file.read(_READ_AT_MOST).decode("utf-8-sig", "replace").splitlines()
    return lines[finding.line - 1] if finding.line <= len(lines) else None


def _cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text
    )
