"""Turns what pydantic finds wrong into sentences for people, at their place in the file.

pydantic's own text of an error holds the value it is about, which may be a secret: only the type,
the place and the limits of its errors are used, never their message or input.
"""

import re
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from watcher.config.findings import Findings
from watcher.config.schema import Config
from watcher.config.secrets import SOURCES
from watcher.config.values import keys_of
from watcher.config.wording import BadValue, did_you_mean, show
from watcher.config.yaml_tree import Loc

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "path_type": "a path",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}
_LIMITS = {
    "greater_than_equal": ("ge", " must be at least {}"),
    "less_than_equal": ("le", " must be at most {}"),
    "too_short": ("min_length", " needs at least {} item"),
    "string_too_long": ("max_length", " must have at most {} characters"),
}
_SECRETS = {"url", "secret", "headers"}


def report_invalid(error: ValidationError, data: dict[str, Any], findings: Findings) -> None:
    """Add a finding for each of pydantic's errors that has not been said in another way."""
    errors = error.errors(include_input=False, include_url=False)
    for details in errors:
        loc: Loc = details["loc"]
        if findings.is_broken(loc) or _follows_from_others(details, errors):
            continue
        if details["type"] == "missing":
            findings.key(loc, _missing(loc), "missing_key")
        elif details["type"] == "extra_forbidden":
            findings.key(loc, _unknown(loc), "unknown_key")
        elif loc[-1] == "[key]":
            findings.key(loc[:-1], _unfit(details, loc[:-1], loc[-2], findings), "bad_value")
        else:
            findings.value(loc, _unfit(details, loc, value_at(data, loc), findings))


def _follows_from_others(details: ErrorDetails, errors: list[ErrorDetails]) -> bool:
    """Pydantic counts the good items only: a list whose one item is bad is also too short."""
    loc = details["loc"]
    return details["type"] == "too_short" and any(
        other["loc"][: len(loc)] == loc and other is not details for other in errors
    )


def value_at(data: Any, loc: Loc) -> Any:
    """The value at ``loc``; the nearest one above it where ``loc`` leads into a scalar."""
    for step in loc:
        if not isinstance(data, dict | list):
            break
        data = data[step]  # type: ignore[index]
    return data


def _missing(loc: Loc) -> str:
    name = str(loc[-1])
    keys = SOURCES.get(name, (name,)) if loc[0] == "endpoints" else (name,)
    return " or ".join(f"`{key}`" for key in keys) + " is required"


def _unknown(loc: Loc) -> str:
    name = str(loc[-1])
    return f"unknown key `{name}`{did_you_mean(name, known_keys(loc[:-1]))}"


def known_keys(loc: Loc) -> list[str]:
    """The keys that the section at ``loc`` may have in the file."""
    section = _section_at(loc)
    keys = list(keys_of(section))
    if loc[:1] == ("endpoints",) and "url" in keys:
        keys += [key for keys_of_one in SOURCES.values() for key in keys_of_one]
    return keys


def _section_at(loc: Loc) -> type[BaseModel]:
    section: type[BaseModel] = Config
    for step in loc:
        if isinstance(step, int):
            continue
        names = dict(zip(keys_of(section), section.model_fields.values(), strict=True))
        found = _section_in(names[step].annotation)
        if found is None:
            raise LookupError(f"no section at {loc}")
        section = found
    return section


def _section_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {tuple, Union, UnionType}:
        return next(filter(None, map(_section_in, get_args(annotation))), None)
    return None


def _unfit(details: ErrorDetails, loc: Loc, value: Any, findings: Findings) -> str:
    """What is wrong with a value that is there, quoting it only where it stands in the file."""
    name = next(str(step) for step in reversed(loc) if isinstance(step, str))
    origin = findings.origin(loc)
    quotable = origin is None and not _is_secret(loc)
    said = f"`{name}`{_objection(details, value, quotable=quotable)}"
    return f"{said} (its value comes from {origin})" if origin else said


def _is_secret(loc: Loc) -> bool:
    return loc[:1] == ("state",) or (loc[:1] == ("endpoints",) and not _SECRETS.isdisjoint(loc[2:]))


def _objection(details: ErrorDetails, value: Any, *, quotable: bool) -> str:
    """The rest of the sentence that begins with the key."""
    kind, context = details["type"], details.get("ctx", {})
    if kind == "value_error":
        return _own_words(context["error"], quotable=quotable)
    if kind in {"literal_error", "enum"}:
        return _choice(str(context["expected"]), value, quotable=quotable)
    if kind in _LIMITS:
        limit, sentence = _LIMITS[kind]
        return sentence.format(context[limit])
    wanted = f" must be {_WANTED.get(kind, 'something else')}"
    return f"{wanted}, not {show(value)}" if quotable else wanted


def _own_words(error: Exception, *, quotable: bool) -> str:
    """What one of our validators says; it repeats a value only in a BadValue."""
    if isinstance(error, BadValue):
        return f": {error}" if quotable else f" {error.unquoted()}"
    return f" {error}"


def _choice(expected: str, value: Any, *, quotable: bool) -> str:
    sentence = " must be " + expected.replace("'", '"')
    if not quotable:
        return sentence
    choices = re.findall(r"'([^']*)'", expected)
    return f"{sentence}, not {show(value)}" + did_you_mean(str(value), choices)
