"""One event a line: a fixed message, then ``key=value`` fields. Nothing secret, ever.

``log.info("batch stored", extra=fields(new=1, updated=0))`` is written as
``2026-01-02T03:04:05.678Z INFO pipeline: batch stored new=1 updated=0``. Registered secrets are
blotted out of every line, tracebacks included, as a second line of defence behind the code that
never logs them.
"""

import json
import logging
import re
import sys
import time
import traceback
from types import TracebackType
from typing import Any, TextIO

BLOT = "[secret]"
_CONTROLS = re.compile("[\x7f-\x9f]")


def fields(**values: object) -> dict[str, Any]:
    """The ``extra=`` of a log call: what its message is about."""
    return {"fields": values}


class Ongoing:
    """A trouble that lasts, said once when it begins, again when it changes and when it is over.

    In between, all that would be said is said at DEBUG. For one thread.
    """

    def __init__(self, log: logging.Logger, *, began: str, over: str) -> None:
        self._log = log
        self._began = began
        self._over = over
        self.why: str | None = None

    def say(self, why: object, **more: object) -> None:
        """It is so, because of ``why``; ``more`` are further fields of the line."""
        level = logging.DEBUG if self.why == str(why) else logging.ERROR
        self.why = str(why)
        self._log.log(level, self._began, extra=fields(**more, why=why))

    def end(self, **more: object) -> None:
        """It is not, or no longer, so."""
        if self.why is not None:
            self.why = None
            self._log.info(self._over, extra=fields(**more))


def quote(value: object) -> str:
    """A value as it stands after ``=``: bare if it is one plain word, else a JSON string."""
    text = str(value)
    plain = text and text.isprintable() and not any(c in text for c in ' "=\\')
    return text if plain else json_on_screen(text)


def json_on_screen(value: object) -> str:
    """Compact JSON in which nothing can steer a terminal: json leaves U+0080 to U+009F as is."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class LineFormatter(logging.Formatter):
    """Formats a record as one line of ``key=value`` fields, with ``secrets`` blotted out."""

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.secrets = tuple(sorted((s for s in secrets if s), key=len, reverse=True))

    def format(self, record: logging.LogRecord) -> str:
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        name = record.name.removeprefix("watcher.")
        line = f"{when}.{record.msecs:03.0f}Z {record.levelname} {name}: {record.getMessage()}"
        for key, value in getattr(record, "fields", {}).items():
            line += f" {key}={quote(value)}"
        if record.exc_info:
            line += " traceback=" + quote(self.formatException(record.exc_info))
        return self.blot(line)

    def blot(self, line: str) -> str:
        for secret in self.secrets:
            line = line.replace(secret, BLOT)
        return line

    def print_traceback(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Print an error that nobody caught, blotted: what ``sys.excepthook`` is to do."""
        text = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(self.blot(text))


def set_up_logging(*, level: str, secrets: tuple[str, ...], stream: TextIO = sys.stderr) -> None:
    """Send the log of this process to ``stream``, at ``level`` and above.

    The traceback with which it may end is blotted, too.
    """
    handler, formatter = logging.StreamHandler(stream), LineFormatter(secrets)
    handler.setFormatter(formatter)
    sys.excepthook = formatter.print_traceback
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("apscheduler", "urllib3", "watchdog"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
