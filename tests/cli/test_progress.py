"""Bars: on a terminal, for what takes long, and gone at the end."""

import io
import logging
import re

import pytest

from tests.support.site import Site
from tests.support.terminal import on_terminal
from watcher.cli import progress as subject
from watcher.cli.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(subject, "PATIENCE", 0)
    terminal = Terminal()
    with progress("scanning", lambda: 4000, stream=terminal) as advance:
        advance(1000, lambda: "seeds")
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    assert re.search(r"scanning .*1,000 of 4,000 seeds, [0-9,]+/s, left: ", shown)


def test_where_nobody_knows_how_much_there_is_the_bar_only_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(subject, "PATIENCE", 0)
    terminal = Terminal()
    with progress("sending", lambda: None, stream=terminal) as advance:
        advance(12, lambda: "[all] sent")
    assert "sending 12 [all] sent, " in terminal.getvalue()


def test_a_line_of_the_log_takes_the_place_of_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(subject, "PATIENCE", 0)
    terminal = Terminal()
    handler = logging.StreamHandler(terminal)
    logging.getLogger().addHandler(handler)
    with progress("scanning", lambda: 4000, stream=terminal) as advance:
        advance(1000, lambda: "seeds")
        logging.getLogger().warning("oh")
    logging.getLogger().warning("well")
    logging.getLogger().removeHandler(handler)
    assert "\r\033[2Koh\n" in terminal.getvalue()
    assert terminal.getvalue().endswith("well\n")
    assert "\r\033[2Kwell" not in terminal.getvalue()


@pytest.mark.parametrize(("stream", "patience"), [(Terminal(), 60), (io.StringIO(), 0)])
def test_what_is_quick_or_watched_by_nobody_has_no_bar(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, patience: float
) -> None:
    monkeypatch.setattr(subject, "PATIENCE", patience)
    with progress("scanning", lambda: 1 // 0, stream=stream) as advance:
        advance(1, lambda: "")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("seconds", [0, 60])
def test_what_takes_long_has_a_bar_on_a_terminal(site: Site, seconds: float) -> None:
    site.add_real_seeds()
    site.config["feeds"].append({"name": "topics", "per": "topic", "path": "../var/{slug}.atom"})
    impatient = f"from watcher.cli import progress; progress.PATIENCE = {seconds}"
    is_shown = seconds == 0
    shown = on_terminal(site, "scan", columns=120, before=impatient)
    assert ("5 of 5 seeds, 5 new, " in shown) is is_shown
    assert ("5 of 5 seeds, 5 new, 6 feed files, " in shown) is is_shown
    assert shown.endswith("6 feeds written, 0 messages owed\n")
    shown = on_terminal(site, "feeds", columns=120, before=impatient)
    assert ("6 of 6 feed files, " in shown) is is_shown
