"""Templates: an operator's own wording of a message, as a Jinja2 file whose output is JSON.

A template never costs an article: whatever is wrong with one, the built-in layout is used, and the
log names the file and the line. Sandbox and limits are against accidents, for the file is the
operator's own: each round of a loop, and each call of a macro, looks at the time.
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
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from watcher.config.endpoint import EndpointConfig
from watcher.log import fields
from watcher.notify.channels.channel import encode_json
from watcher.notify.channels.text import escape_mrkdwn, heading

SIZE_LIMIT = 1024 * 1024
"""Characters of output."""

SECONDS = 1.0
"""Of the processor's time: the longest that a template may take."""

log = logging.getLogger(__name__)

ChangeObject = dict[str, Any]


class BadTemplate(Exception):
    """An error in a template, with its line if known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class _TooLong(Exception):
    """A template had all the time that it may have."""


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
        values: dict[str, Any] = {
            "changes": changes,
            "endpoint": self._endpoint,
            "heading": heading(kinds),
            _ENDS_AT: time.thread_time() + SECONDS,
        }
        written: list[str] = []
        size = 0
        with _complaints_about(self._path):
            for piece in self._template.generate(values):
                written.append(piece)
                size += len(piece)
                if size > SIZE_LIMIT:
                    raise BadTemplate(f"it writes more than {SIZE_LIMIT:,} characters")
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
    except _TooLong as error:
        raise BadTemplate(str(error), _line_of(error, path)) from None
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


# No template can name these.
_ENDS_AT = "ends at"
_IN_TIME, _CHECK_TIME = "in time", "check time"


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, without the operators that fill the memory at one stroke; and in time."""

    intercepted_binops = frozenset(["*", "**", "%"])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "**" or not numbers:
            raise SecurityError(f"{operator} is for numbers, and ** for nothing")
        return super().call_binop(context, operator, left, right)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """As ever; then what can go on for long is made to look at the time."""
        tree = super()._parse(source, name, filename)
        for loop in list(tree.find_all(nodes.For)):
            loop.iter = _filtered(loop.iter, _IN_TIME)
        for macro in list(tree.find_all(nodes.Macro)):
            look = nodes.ExprStmt(_filtered(nodes.Const(None), _CHECK_TIME), lineno=macro.lineno)
            macro.body.insert(0, look)
        return tree


def _filtered(node: Any, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno or 1)


@jinja2.pass_context
def _check_time(context: jinja2.runtime.Context, value: object) -> object:
    if time.thread_time() > context[_ENDS_AT]:
        raise _TooLong(f"it takes longer than {SECONDS:g} s of the processor's time")
    return value


@jinja2.pass_context
def _in_time(context: jinja2.runtime.Context, items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        yield _check_time(context, item)


def _environment(path: Path, source: str) -> jinja2.Environment:
    """An environment that knows this one file."""
    loader = jinja2.FunctionLoader(
        lambda name: (source, str(path), None) if name == path.name else None
    )
    environment = _Sandbox(loader=loader, undefined=jinja2.StrictUndefined, autoescape=False)
    environment.filters |= {"tojson": _to_json, "slack": _slack, "kind": _of_kind}
    environment.filters |= {_IN_TIME: _in_time, _CHECK_TIME: _check_time}
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
