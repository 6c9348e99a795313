"""One event a line, with its fields, and no secret in it."""

import logging

import pytest

from watcher.log import LineFormatter, Ongoing, fields, quote


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
