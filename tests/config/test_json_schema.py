"""The JSON Schema of the config file agrees with what loading accepts."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.config.loading import MINIMAL
from tests.config.test_load import ACCEPTANCE
from watcher.config.json_schema import config_schema

CONFIGS = Path(__file__).parent.parent.parent / "config"
VALIDATOR = Draft202012Validator(config_schema())


def errors(text: str) -> list[str]:
    """As an editor sees the file: YAML 1.2 knows fewer booleans, and no numbers in base 60."""
    return [error.json_path for error in VALIDATOR.iter_errors(yaml.load(text, Loader=Editor))]


class Editor(yaml.CSafeLoader):
    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own way
        first: [(tag, form) for tag, form in resolvers if not tag.endswith((":bool", ":timestamp"))]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


Editor.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), ["t", "f"])


def with_endpoint(**keys: Any) -> str:
    values = {"name": "e", "type": "webhook", "url": "https://example.org"} | keys
    endpoint = {key: value for key, value in values.items() if value is not None}
    return MINIMAL + yaml.safe_dump({"endpoints": [endpoint]})


def test_the_schema_is_one() -> None:
    schema = config_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", ["seedwatch.yaml", "seedwatch.example.yaml"])
def test_the_shipped_configs_fit(name: str) -> None:
    assert errors((CONFIGS / name).read_text("utf-8")) == []


def test_the_config_of_the_design_fits() -> None:
    assert errors(ACCEPTANCE) == []


@pytest.mark.parametrize(
    "text",
    [
        MINIMAL,
        MINIMAL + "endpoints:\nfeeds:\nhttp:\narticles: {significant: title}\n",
        MINIMAL + "rescan: ${RESCAN}\nlog: {level: '${LEVEL}'}\n",
        MINIMAL + "articles: {removal_grace: 0, max_updates: '${N}', fields: {title: [a, b]}}\n",
        with_endpoint(url=None, url_file="x", secret_file=["a", "b"]),
        with_endpoint(url=None, url_credential="x", secret_credential="y"),
        with_endpoint(secret=["a", "b"], on="new", retry="5s", rate=5, enabled="${ENABLED}"),
        with_endpoint(
            on=["new", "${KIND}"], retry=["5s", "1h30m"], rate="30/m", headers={"X": "y"}
        ),
        with_endpoint(match={"not": {"topics": "AI", "not": {"max_age": "7d"}}, "min_heat": -1.5}),
    ],
)
def test_what_loads_fits(text: str) -> None:
    assert errors(text) == []


@pytest.mark.parametrize(
    "text",
    [
        MINIMAL + "endpoint: []\n",
        MINIMAL + "http: {listn: off}\n",
        MINIMAL + "rescan: 5\n",
        MINIMAL + "rescan: soon\n",
        MINIMAL + "log: {level: loud}\n",
        MINIMAL + "feeds: [{name: f}]\n",
        MINIMAL + "articles: {fields: {titel: x}}\n",
        "state: s.db\n",
        "state: s.db\nwatch: []\n",
        with_endpoint(url=None),
        with_endpoint(url_file="x"),
        with_endpoint(secret="x", secret_file="y"),
        with_endpoint(secret_file="x", secret_credential="y"),
        with_endpoint(type="slak"),
        with_endpoint(match={"not_": {}}),
        with_endpoint(match={"not": {"topik": "x"}}),
        with_endpoint(on=[]),
        with_endpoint(on=["newish"]),
        with_endpoint(retry=["5"]),
        with_endpoint(max_items=0),
        with_endpoint(quiet_hours="22-7"),
    ],
)
def test_what_does_not_load_does_not_fit(text: str) -> None:
    assert errors(text) != []


def test_defaults_are_written_as_in_the_file() -> None:
    endpoint = config_schema()["$defs"]["EndpointConfig"]["properties"]
    assert endpoint["retry"]["default"][:3] == ["5s", "30s", "2m"]
    assert endpoint["schedule"]["default"] == "immediately"
    assert endpoint["timezone"]["default"] == "UTC"
    assert config_schema()["properties"]["rescan"]["default"] == "5m"


def test_descriptions_are_for_people() -> None:
    for section in [config_schema(), *config_schema()["$defs"].values()]:
        assert "``" not in section["description"] if "description" in section else True
        for key, described in section.get("properties", {}).items():
            assert "``" not in described.get("description", ""), key
