"""One event a line, with its fields, and no secret in it."""

import io
import json
import logging
import os
from pathlib import Path

import pytest

from tests.support.waiting import wait_until
from watcher.log import (
    FewOfAKind,
    JsonFormatter,
    LineFormatter,
    Ongoing,
    fields,
    is_journal,
    of_kind,
    quote,
    set_up_logging,
)


def line(message: str, *, secrets: tuple[str, ...] = (), **values: object) -> str:
    record = logging.LogRecord("watcher.intake", logging.INFO, __file__, 1, message, (), None)
    record.__dict__.update(fields(**values))
    record.created, record.msecs = 1_700_000_000.25, 250.0
    return LineFormatter(secrets).format(record)


def test_a_line_is_time_level_place_message_and_fields() -> None:
    assert line("batch stored", new=1, title="Two words") == (
        '2023-11-14T22:13:20.250Z INFO intake: batch stored new=1 title="Two words"'
    )


def test_a_value_can_neither_break_the_line_nor_forge_a_field() -> None:
    assert quote("a\nINFO b=1") == '"a\\nINFO b=1"'
    assert quote("") == '""'
    assert "\x1b" not in quote("\x1b[31m")


def test_secrets_are_blotted_out_wherever_they_stand() -> None:
    secret = "whsec_very/secret"
    text = line(f"sent to {secret}", secrets=(secret,), url=f"https://x/{secret}")
    assert secret not in text
    assert text.count("[secret]") == 2


def test_a_traceback_stays_on_the_line_and_without_secrets() -> None:
    try:
        raise ValueError("token=hunter22")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "failed", (), None)
        record.exc_info = (type(error), error, error.__traceback__)
    text = LineFormatter(("hunter22",)).format(record)
    assert "\n" not in text
    assert "hunter22" not in text
    assert "ValueError" in text


def test_a_trouble_is_said_when_it_begins_changes_and_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    trouble = Ongoing(logging.getLogger("x"), began="stuck", over="goes on")
    trouble.end()
    for why in ("full", "full", "gone", "gone"):
        trouble.say(why)
    assert trouble.why == "gone"
    trouble.end()
    trouble.end()
    trouble.say("gone")
    said = [(record.levelname, record.message) for record in caplog.records]
    stuck, quiet = ("ERROR", "stuck"), ("DEBUG", "stuck")
    assert said == [stuck, quiet, stuck, quiet, ("INFO", "goes on"), stuck]


def test_as_json_a_line_is_one_object_with_its_fields_beside_the_rest() -> None:
    record = logging.LogRecord("watcher.intake", logging.WARNING, "f", 1, "batch stored", (), None)
    record.__dict__.update(fields(new=1, root=Path("/srv/seeds"), level="no level", why="a\nb"))
    record.created, record.msecs = 1_700_000_000.25, 250.0
    assert json.loads(JsonFormatter(()).format(record)) == {
        "time": "2023-11-14T22:13:20.250Z",
        "level": "warning",
        "logger": "intake",
        "message": "batch stored",
        "new": 1,
        "root": "/srv/seeds",
        "why": "a\nb",
    }


@pytest.mark.parametrize("formatter", [LineFormatter, JsonFormatter])
def test_a_secret_that_is_escaped_is_blotted_out_too(formatter: type[LineFormatter]) -> None:
    secret = 'pass"wörd\\x'
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "failed", (), None)
    record.__dict__.update(fields(why=f"no {secret} fits"))
    text = formatter((secret,)).format(record)
    assert "wörd" not in text
    assert "[secret]" in text


def test_the_journal_is_told_priorities_and_nobody_else(tmp_path: Path) -> None:
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    try:
        with (tmp_path / "log").open("w+", encoding="utf-8") as stream:
            found = os.fstat(stream.fileno())
            for environ in ({"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}, {}):
                set_up_logging(level="debug", secrets=(), stream=stream, environ=environ)
                for level in ("debug", "info", "warning", "error"):
                    getattr(root, level)("said")
            stream.seek(0)
            lines = stream.read().splitlines()
    finally:
        root.handlers[:] = before
        root.setLevel(logging.WARNING)
    assert [line[:3] for line in lines[:4]] == ["<7>", "<6>", "<4>", "<3>"]
    assert not any(line.startswith("<") for line in lines[4:])


@pytest.mark.parametrize("given", ["", "1:2", "nonsense"])
def test_a_stream_that_is_not_the_journals_is_not_taken_for_it(tmp_path: Path, given: str) -> None:
    with (tmp_path / "log").open("w", encoding="utf-8") as stream:
        assert not is_journal(stream, {"JOURNAL_STREAM": given})
    assert not is_journal(io.StringIO(), {"JOURNAL_STREAM": given})


# ---------------------------------------------------------------- what comes in thousands


class Lines(logging.Handler):
    """Keeps what is handed to it, as it would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(LineFormatter().format(record).partition(" ")[2])


def record_of(
    kind: str | None, number: int, *, at: float = 1000.0, level: int = logging.WARNING
) -> logging.LogRecord:
    record = logging.LogRecord("watcher.x", level, __file__, 1, "said", (), None)
    record.__dict__.update(of_kind(kind, n=number) if kind else fields(n=number))
    record.created = at
    return record


def test_of_many_of_a_kind_the_first_few_are_written_and_then_how_many() -> None:
    written = Lines()
    handler = FewOfAKind(written, few=2)
    for number in range(1_491):
        handler.handle(record_of("a", number))
        if number < 3:
            handler.handle(record_of("b", number))
    handler.handle(record_of(None, 0))
    handler.close()
    assert written.lines == [
        "WARNING x: said n=0", "WARNING x: said n=0", "WARNING x: said n=1", "WARNING x: said n=1",
        "WARNING x: said n=0", "WARNING x: and more: said more=1489 kind=a",
        "WARNING x: and more: said more=1 kind=b",
    ]  # fmt: skip


def test_after_a_while_a_kind_is_written_again() -> None:
    written = Lines()
    handler = FewOfAKind(written, few=1, seconds=60)
    for at in (1000.0, 1001.0, 1059.0, 1061.0, 1062.0):
        handler.handle(record_of(None, int(at), at=at))
    assert written.lines == [
        "WARNING x: said n=1000", "WARNING x: and more: said more=2", "WARNING x: said n=1061",
    ]  # fmt: skip
    handler.close()


def test_how_many_more_is_written_though_nothing_else_is_logged() -> None:
    written = Lines()
    handler = FewOfAKind(written, few=1, seconds=0.01)
    handler.handle(record_of(None, 0, at=1000.0))
    handler.handle(record_of(None, 1, at=1000.0))
    wait_until(lambda: written.lines[1:] == ["WARNING x: and more: said more=1"], "the count")


def test_of_what_goes_well_a_hundred_lines_are_written() -> None:
    written = Lines()
    handler = FewOfAKind(written)
    for number in range(130):
        handler.handle(record_of(None, number, level=logging.INFO))
    handler.close()
    assert len(written.lines) == 101
    assert written.lines[-1] == "INFO x: and more: said more=30"


def test_very_many_kinds_are_counted_together() -> None:
    written = Lines()
    handler = FewOfAKind(written)
    for number in range(20_000):
        handler.handle(record_of(f"endpoint {number}", number))
    handler.close()
    assert len(written.lines) == 101
    assert written.lines[-1] == "WARNING x: and more: said more=19900 kinds=19900"


def test_debug_lines_are_all_written() -> None:
    written = Lines()
    handler = FewOfAKind(written, few=1)
    for number in range(5):
        handler.handle(record_of(None, number, level=logging.DEBUG))
    assert len(written.lines) == 5
