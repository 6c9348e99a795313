"""Templates: an operator's own wording of a message, as a Jinja2 file whose output is JSON.

A template never costs an article: whatever is wrong with one, the built-in layout is used, and the
log names the file and the line. Sandbox and limits are against accidents, for the file is the
operator's own; a loop that writes nothing is not interrupted.
"""

import json
import logging
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import jinja2
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from watcher.config.endpoint import EndpointConfig
from watcher.log import fields
from watcher.notify.channels.channel import encode_json
from watcher.notify.channels.text import escape_mrkdwn, heading

SIZE_LIMIT = 1024 * 1024
"""Characters of output."""

SECONDS = 5.0
"""The longest that a template may write."""

log = logging.getLogger(__name__)

ChangeObject = dict[str, Any]


class BadTemplate(Exception):
    """An error in a template, with its line if known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class Template:
    """An endpoint's template, compiled. ``wants`` is the type that its JSON must have."""

    def __init__(self, endpoint: str, path: Path, *, wants: type) -> None:
        """Read and compile ``path``; raises BadTemplate."""
        self._endpoint = endpoint
        self._path = path
        self._wants = wants
        with _complaints_about(path):
            source = path.read_text(encoding="utf-8-sig")
            self._template = _environment(path, source).get_template(path.name)

    def render(self, changes: Sequence[ChangeObject]) -> bytes | None:
        """The body of a message of ``changes``; None, and a warning, if it cannot be made."""
        try:
            return encode_json(self._parse(self._write(changes)))
        except BadTemplate as problem:
            _warn(self._endpoint, self._path, problem)
            return None

    def _write(self, changes: Sequence[ChangeObject]) -> str:
        kinds = Counter(change["kind"] for change in changes)
        values = {"changes": changes, "endpoint": self._endpoint, "heading": heading(kinds)}
        written: list[str] = []
        size, ends_at = 0, time.monotonic() + SECONDS
        with _complaints_about(self._path):
            for piece in self._template.generate(values):
                written.append(piece)
                size += len(piece)
                if size > SIZE_LIMIT:
                    raise BadTemplate(f"it writes more than {SIZE_LIMIT:,} characters")
                if time.monotonic() > ends_at:
                    raise BadTemplate(f"it writes for longer than {SECONDS:g} seconds")
        return "".join(written)

    def _parse(self, output: str) -> Any:
        try:
            value = json.loads(output, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise BadTemplate(f"what it writes is not JSON: {error}") from None
        if not isinstance(value, self._wants):
            raise BadTemplate("what it writes is JSON, but no object")
        return value


def load_template(endpoint: EndpointConfig, *, wants: type) -> Template | None:
    """The endpoint's template; None if it has none, or, with a warning, none that is usable."""
    if endpoint.template is None:
        return None
    try:
        return Template(endpoint.name, endpoint.template, wants=wants)
    except BadTemplate as problem:
        _warn(endpoint.name, endpoint.template, problem)
        return None


def _warn(endpoint: str, path: Path, problem: BadTemplate) -> None:
    told = {"endpoint": endpoint, "file": path, "line": problem.line, "why": problem}
    known = {key: value for key, value in told.items() if value is not None}
    log.warning("template not used, the built-in layout is", extra=fields(**known))


@contextmanager
def _complaints_about(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong with the template at ``path`` into a BadTemplate."""
    try:
        yield
    except BadTemplate:
        raise
    except jinja2.TemplateSyntaxError as error:
        raise BadTemplate(str(error.message), error.lineno) from None
    except UnicodeDecodeError as error:
        raise BadTemplate(f"it is not UTF-8 text, from byte {error.start} on") from None
    except OSError as error:
        raise BadTemplate(error.strerror or type(error).__name__) from None
    except Exception as error:  # noqa: BLE001 - a template can raise anything, and must cost nothing
        told = f"{type(error).__name__}: {error}"
        raise BadTemplate(told, _line_of(error, path)) from None


def _line_of(error: Exception, path: Path) -> int | None:
    """The innermost line of the template; Jinja2 makes tracebacks look as if it were Python."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return lines[-1] if lines else None


# ---------------------------------------------------------------- what a template can use


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, without the operators that fill the memory at one stroke."""

    intercepted_binops = frozenset(["*", "**", "%"])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "**" or not numbers:
            raise SecurityError(f"{operator} is for numbers, and ** for nothing")
        return super().call_binop(context, operator, left, right)


def _environment(path: Path, source: str) -> jinja2.Environment:
    """An environment that knows this one file."""
    loader = jinja2.FunctionLoader(
        lambda name: (source, str(path), None) if name == path.name else None
    )
    environment = _Sandbox(loader=loader, undefined=jinja2.StrictUndefined, autoescape=False)
    environment.filters |= {"tojson": _to_json, "slack": _slack, "kind": _of_kind}
    return environment


def _to_json(value: Any) -> str:
    """Any text as a JSON string, any object as JSON: nothing in it can break out."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_refuse_value)


def _slack(value: object) -> str:
    """Text in which Slack's mrkdwn sees neither a mention nor a link."""
    return escape_mrkdwn(str(value))


def _of_kind(changes: Iterable[ChangeObject], kind: str) -> list[ChangeObject]:
    """The changes of one kind: new, updated or removed."""
    return [change for change in changes if change["kind"] == kind]


def _refuse_value(value: object) -> NoReturn:
    """Jinja2's words for what is undefined, which name it."""
    if isinstance(value, jinja2.Undefined):
        str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
