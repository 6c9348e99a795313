"""One event a line: a fixed message, then ``key=value`` fields. Nothing secret, ever.

``log.info("batch stored", extra=fields(new=1, updated=0))`` is written as
``2026-01-02T03:04:05.678Z INFO pipeline: batch stored new=1 updated=0``. Registered secrets are
blotted out of every line, tracebacks included, as a second line of defence behind the code that
never logs them. As JSON the same is one object a line, for machines.
"""

import json
import logging
import os
import re
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from types import TracebackType
from typing import Any, Literal, TextIO

BLOT = "[secret]"
LogFormat = Literal["text", "json"]
FEW = 10
FEW_TOGETHER = 100  # of all kinds of a message; and of what goes well: an article, a delivery
FEW_SECONDS = 60.0
_Message = tuple[str, int, str]  # logger, level, text
_CONTROLS = re.compile("[\x7f-\x9f]")

_PRIORITIES = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}
"""Of syslog: journald reads them from the beginning of a line, sd-daemon(3)."""


def json_on_screen(value: object) -> str:
    """Compact JSON in which nothing can steer a terminal: json leaves U+0080 to U+009F as is."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def fields(**values: object) -> dict[str, Any]:
    """The ``extra=`` of a log call: what its message is about."""
    return {"fields": values}


def of_kind(kind: str, **values: object) -> dict[str, Any]:
    """The same for a line that may come in thousands: only the first few of a kind are written."""
    return {"fields": values, "kind": kind}


class Ongoing:
    """A trouble that lasts, said once when it begins, again when it changes and when it is over.

    In between, repeats are logged at DEBUG. For one thread.
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
    """A value as written after ``=``: bare if it is one plain word, else a JSON string."""
    text = str(value)
    plain = text and text.isprintable() and not any(c in text for c in ' "=\\')
    return text if plain else json_on_screen(text)


class LineFormatter(logging.Formatter):
    """Formats a record as one line of ``key=value`` fields, with ``secrets`` blotted out."""

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        super().__init__()
        written = {form for s in secrets if s for form in (s, _as_json(s)[1:-1])}
        self.secrets = tuple(sorted(written, key=len, reverse=True))

    def format(self, record: logging.LogRecord) -> str:
        name = record.name.rpartition(".")[2]
        line = f"{_when(record)} {record.levelname} {name}: {record.getMessage()}"
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
        """Print an uncaught error without secrets; for ``sys.excepthook``."""
        text = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(self.blot(text))


class JsonFormatter(LineFormatter):
    """Formats a record as one JSON object: time, level, logger, message, and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        given = getattr(record, "fields", {})
        entry = {
            "time": _when(record),
            "level": record.levelname.lower(),
            "logger": record.name.rpartition(".")[2],
            "message": record.getMessage(),
        }
        entry |= {key: _plain(value) for key, value in given.items() if key not in entry}
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return self.blot(_as_json(entry))


class JournalHandler(logging.StreamHandler[TextIO]):
    """Begins each line with its priority, so that ``journalctl -p warning`` finds it."""

    def format(self, record: logging.LogRecord) -> str:
        return f"<{_PRIORITIES.get(record.levelname, 6)}>{super().format(record)}"


class FewOfAKind(logging.Handler):
    """Passes on the first few records of a kind in each minute, then only a count of the others.

    A kind is a logger, a level and a message, told apart further by ``of_kind``; of what goes well,
    and of all kinds of one message, it hands on more. The count comes when the minute is over, or
    when logging ends. DEBUG is handed on as it is.
    """

    def __init__(
        self, target: logging.Handler, *, few: int = FEW, seconds: float = FEW_SECONDS
    ) -> None:
        super().__init__()
        self._target = target
        self._few = few
        self._seconds = seconds
        self._written: Counter[tuple[Any, ...]] = Counter()  # by message, and by kind
        self._held: dict[_Message, Counter[str]] = {}
        self._began = 0.0
        self._timer: threading.Timer | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno <= logging.DEBUG:
            self._target.handle(record)
            return
        if record.created - self._began >= self._seconds:
            self.report()
            self._began = record.created
        message = record.name, record.levelno, record.getMessage()
        kind = getattr(record, "kind", "")
        of_kind = FEW_TOGETHER if record.levelno <= logging.INFO else self._few
        if self._written[message] < FEW_TOGETHER and self._written[*message, kind] < of_kind:
            self._written[message] += 1
            self._written[*message, kind] += 1
            self._target.handle(record)
            return
        self._held.setdefault(message, Counter())[kind] += 1
        if self._timer is None:  # nothing else may be logged for long
            self._timer = threading.Timer(self._seconds, self.report)
            self._timer.daemon = True
            self._timer.start()

    def report(self) -> None:
        """Log how many records were held back, and begin to count anew."""
        with self.lock or nullcontext():
            held, self._held = self._held, {}
            self._written.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        for message, counts in held.items():
            if len(counts) > self._few:
                self._report(message, more=counts.total(), kinds=len(counts))
            else:
                for kind, count in counts.items():
                    self._report(message, more=count, **({"kind": kind} if kind else {}))

    def _report(self, message: _Message, **counted: object) -> None:
        name, level, text = message
        record = {"name": name, "levelno": level, "levelname": logging.getLevelName(level)}
        record |= {"msg": f"and more: {text}", **fields(**counted)}
        self._target.handle(logging.makeLogRecord(record))

    def close(self) -> None:
        self.report()
        self._target.close()
        super().close()


def _when(record: logging.LogRecord) -> str:
    when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{when}.{int(record.msecs):03d}Z"


def _plain(value: object) -> object:
    return value if value is None or type(value) in (bool, int, float) else str(value)


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """True if ``stream`` goes to journald: systemd.exec(5), $JOURNAL_STREAM."""
    device, _, inode = environ.get("JOURNAL_STREAM", "").partition(":")
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return (device, inode) == (str(found.st_dev), str(found.st_ino))


def set_up_logging(
    *,
    level: str,
    secrets: tuple[str, ...],
    form: LogFormat = "text",
    stream: TextIO = sys.stderr,
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Send the log of this process to ``stream``, at ``level`` and above.

    The traceback with which it may end is blotted, too.
    """
    to_journal = is_journal(stream, environ)
    handler = JournalHandler(stream) if to_journal else logging.StreamHandler(stream)
    formatter = JsonFormatter(secrets) if form == "json" else LineFormatter(secrets)
    handler.setFormatter(formatter)
    sys.excepthook = formatter.print_traceback
    root = logging.getLogger()
    root.handlers[:] = [FewOfAKind(handler)]
    root.setLevel(level.upper())
    for noisy in ("apscheduler", "urllib3", "watchdog"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
