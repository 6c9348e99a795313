"""The JSON Schema of the config file, for editors: what people write, not what stages read."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from watcher.config.endpoint import EndpointConfig
from watcher.config.feed import FeedConfig
from watcher.config.matching import Match
from watcher.config.schema import (
    ArticlesConfig,
    ClusterConfig,
    Config,
    EgressConfig,
    HttpConfig,
    LogConfig,
    RetentionConfig,
    RootConfig,
    StoriesConfig,
)
from watcher.config.secrets import SOURCES

SCHEMA_ID = "urn:seedwatch:config:1"
SECTIONS: tuple[type[BaseModel], ...] = (
    RootConfig,
    ArticlesConfig,
    FeedConfig,
    StoriesConfig,
    HttpConfig,
    ClusterConfig,
    EndpointConfig,
    Match,
    RetentionConfig,
    EgressConfig,
    LogConfig,
)

_ANNOTATIONS = {"title", "description", "default"}
_STRUCTURES = {f"#/$defs/{section.__name__}" for section in SECTIONS}
_FREE_TEXT = {"type", "format", "writeOnly", "minLength", "maxLength"}
_NULL = {"type": "null"}
_FROM_ENVIRONMENT = {"$ref": "#/$defs/FromEnvironment"}
_ENVIRONMENT_VARIABLE = {
    "type": "string",
    "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*\}",
    "description": "${NAME} is replaced with the environment variable of that name",
}


def config_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the config file, secrets' ``_file`` and ``_credential`` included."""
    whole = Config.model_json_schema(by_alias=True, mode="validation")
    definitions = whole.pop("$defs")
    for section in SECTIONS:
        definitions[section.__name__] = _section(section, definitions[section.__name__])
    _add_sources(definitions["EndpointConfig"])
    _add_sources_of_user(definitions["ClusterConfig"])
    _add_include(whole["properties"]["endpoints"])
    written = _section(Config, whole)
    written["properties"]["endpoints"]["anyOf"].append(_INCLUDE)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **written,
        "title": "Seedwatch config",
        "$defs": definitions | {"FromEnvironment": _ENVIRONMENT_VARIABLE},
    }


_INCLUDE = {
    "type": "object",
    "properties": {"include": {"type": "string"}},
    "required": ["include"],
    "additionalProperties": False,
    "description": "files that hold endpoints, like endpoints.d/*.yaml",
}


def _add_include(endpoints: dict[str, Any]) -> None:
    """Let the list of endpoints, or an item of it, name files instead."""
    endpoints["items"] = {"anyOf": [endpoints["items"], _INCLUDE]}


def written_defaults(section: type[BaseModel]) -> dict[str, Any]:
    """The defaults of a section's keys, as they would stand in a JSON config."""
    return section.model_construct().model_dump(mode="json", by_alias=True)


def _section(section: type[BaseModel], schema: dict[str, Any]) -> dict[str, Any]:
    """A section's schema, described by the first sentence of its class."""
    defaults, required = written_defaults(section), schema.get("required", ())
    properties: dict[str, Any] = {}
    for key, described in schema["properties"].items():
        properties[key] = _property(described, optional=key not in required)
        default = defaults.get(key)
        if default not in (None, []) and not isinstance(default, dict):
            properties[key]["default"] = default
    description = f"{schema['description'].partition('.')[0]}."
    return {**schema, "description": description, "properties": properties}


def _property(described: dict[str, Any], *, optional: bool) -> dict[str, Any]:
    """A key's schema: its value, or an environment variable's, or nothing where it is optional."""
    value = {k: v for k, v in described.items() if k not in _ANNOTATIONS}
    accepted = [*_forms(value), *([_NULL] if optional else [])]
    annotations = {"description": described["description"]} if "description" in described else {}
    return annotations | (accepted[0] if len(accepted) == 1 else {"anyOf": accepted})


def _forms(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The forms that a value may have, with ``${NAME}`` added where it is not text anyway."""
    forms = [_with_members(form) for form in _flat(value) if form != _NULL]
    is_free = any(form.get("type") == "string" and form.keys() <= _FREE_TEXT for form in forms)
    is_scalar = not all(
        form.get("type") in {"array", "object"} or form.get("$ref") in _STRUCTURES for form in forms
    )
    return [*forms, _FROM_ENVIRONMENT] if is_scalar and not is_free else forms


def _flat(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "anyOf" not in value:
        yield value
        return
    for form in value["anyOf"]:
        yield from _flat(form)


def _with_members(form: dict[str, Any]) -> dict[str, Any]:
    """The same form, with its items or values open to ``${NAME}`` too."""
    members = {
        key: _property(form[key], optional=False)
        for key in ("items", "additionalProperties")
        if isinstance(form.get(key), dict)
    }
    return form | members


def _add_sources(endpoint: dict[str, Any]) -> None:
    """An endpoint's secrets can come from files and credentials instead; its URL must somehow."""
    for wanted, (_, file, credential) in SOURCES.items():
        form = {"type": "string"}
        forms = {"anyOf": [form, {"type": "array", "items": form}, _NULL]}
        one = forms if wanted == "secret" else {"anyOf": [form, _NULL]}
        endpoint["properties"][file] = one | {"description": f"a file that holds the {wanted}"}
        endpoint["properties"][credential] = one | {
            "description": f"the name of a systemd credential that holds the {wanted}"
        }
    endpoint["required"].remove("url")
    endpoint["oneOf"] = [{"required": [key]} for key in (*SOURCES["url"], *SOURCES["server"])]
    single = [keys for wanted, keys in SOURCES.items() if wanted not in {"url", "server"}]
    pairs = [pair for keys in single for pair in _pairs(keys)]
    endpoint["not"] = {"anyOf": [{"required": list(pair)} for pair in pairs]}


def _add_sources_of_user(cluster: dict[str, Any]) -> None:
    """What a node is known by to NATS can come from a file or a credential, too."""
    _, *others = SOURCES["user"]
    for key, words in zip(others, ("a file", "the name of a systemd credential"), strict=True):
        described = {"description": f"{words} that holds the user"}
        cluster["properties"][key] = {"anyOf": [{"type": "string"}, _NULL], **described}
    cluster["not"] = {"anyOf": [{"required": list(pair)} for pair in _pairs(SOURCES["user"])]}


def _pairs(keys: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(a, b) for i, a in enumerate(keys) for b in keys[i + 1 :]]
