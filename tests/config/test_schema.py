"""The types of the config: their defaults, their helpers, and that they keep their secrets."""

import typing
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from tests.config.loading import MINIMAL, SECRET, endpoint, load
from watcher.config.endpoint import EndpointConfig
from watcher.config.feed import FeedConfig, FeedFormat
from watcher.config.json_schema import SECTIONS
from watcher.config.schema import FIELDS, ArticlesConfig, Config, FieldName
from watcher.config.timing import format_duration
from watcher.config.values import Section
from watcher.errors import UsageError


def config(tmp_path: Path, text: str = "") -> Config:
    return load(tmp_path, text or MINIMAL)


def test_the_defaults_are_those_of_the_design(tmp_path: Path) -> None:
    root = config(tmp_path).watch[0]
    assert {"*.md", "*.txt", "*.yaml", "*.toml", "*.json", "*.html", "*.xml"} < set(root.include)
    assert root.exclude == (".*", "*~", "*.tmp", "*.swp")
    assert (root.mode, format_duration(root.settle), root.max_size) == ("auto", "200ms", 1_048_576)
    assert format_duration(config(tmp_path).rescan) == "5m"
    articles = config(tmp_path).articles
    assert articles.significant == ("title", "summary", "body")
    assert (format_duration(articles.removal_grace), articles.max_updates) == ("1m", 24)
    assert config(tmp_path).http.listen == "127.0.0.1:8765"


def test_the_defaults_of_an_endpoint_are_those_of_the_design() -> None:
    hook = EndpointConfig.model_validate({"name": "h", "type": "webhook", "url": "http://x/"})
    assert [kind.value for kind in hook.on] == ["new"]
    assert (hook.schedule.text, str(hook.timezone), hook.quiet_hours) == (
        "immediately",
        "UTC",
        None,
    )
    assert (hook.first_run, hook.flood_limit, hook.on_unknown) == ("silent", 25, "retry")
    written = " ".join(map(format_duration, hook.retry))
    assert written == "5s 30s 2m 10m 30m 1h 2h 4h 8h"
    assert (format_duration(hook.give_up_after), format_duration(hook.timeout)) == ("3d", "30s")
    assert (hook.secret, hook.headers, hook.template, hook.enabled) == ((), {}, None, True)


@pytest.mark.parametrize(
    ("kind", "rate", "items"),
    [
        ("slack", 1.0, 10),
        ("webhook", 50.0, 100),
        ("discord", 0.5, 10),
        ("teams", 1.0, 10),
        ("apprise", 1.0, 10),
    ],
)
def test_rate_and_items_depend_on_the_type(kind: str, rate: float, items: int) -> None:
    url = "ntfy://topic" if kind == "apprise" else "http://x/"
    values = {"name": "e", "type": kind, "url": url}
    assert EndpointConfig.model_validate(values).sends_per_second == rate
    assert EndpointConfig.model_validate(values).items_per_message == items
    own = EndpointConfig.model_validate(values | {"rate": "30/m", "max_items": 7})
    assert (own.sends_per_second, own.items_per_message) == (0.5, 7)


def test_fields_can_be_found_under_other_keys() -> None:
    articles = ArticlesConfig(fields={"summary": ("lead",)})
    assert articles.keys_of("summary") == ("lead",)
    assert articles.keys_of("title") == ("title",)


def test_every_field_has_its_keys() -> None:
    assert list(FIELDS) == list(typing.get_args(FieldName))


def test_the_format_of_a_feed_is_its_suffix() -> None:
    assert FeedConfig(name="f", path=Path("/f.rss")).format is FeedFormat.RSS


def test_roots_and_endpoints_are_found_by_name(tmp_path: Path) -> None:
    found = config(tmp_path, endpoint(name="newsroom"))
    assert found.endpoint("newsroom") is found.endpoints[0]
    assert found.root(str(tmp_path / "seeds")) is found.watch[0]


def test_a_name_that_is_not_there_is_told_what_is(tmp_path: Path) -> None:
    found = config(tmp_path, endpoint(name="newsroom"))
    with pytest.raises(UsageError) as caught:
        found.endpoint("newsrom")
    said = 'no endpoint is called "newsrom": there are newsroom; did you mean "newsroom"?'
    assert str(caught.value) == said
    with pytest.raises(UsageError, match="no root is called"):
        found.root("/elsewhere")
    with pytest.raises(UsageError, match="the config has no endpoint"):
        config(tmp_path).endpoint("any")


def test_secrets_are_all_there_for_the_blotter(tmp_path: Path) -> None:
    text = endpoint(
        url="https://user:passw0rd@example.org/services/T0/B0/XYZ?token=t",
        secret=f"[{SECRET}, {SECRET[:-4]}]",
        headers='{X-Token: header-value, X-Version: "1"}',
    ).replace("s.db", "postgresql://u:pg-pass@h/n")
    secrets = load(tmp_path, text).secrets()
    assert set(secrets) == {
        "https://user:passw0rd@example.org/services/T0/B0/XYZ?token=t",
        "/services/T0/B0/XYZ?token=t",
        "passw0rd",
        SECRET,
        SECRET[:-4],
        "header-value",
        "pg-pass",
    }


def test_a_config_prints_no_secret(tmp_path: Path) -> None:
    text = endpoint(
        url="https://hooks.example.org/hunter2",
        secret=SECRET,
        headers="{X-Token: hunter2}",
    ).replace("s.db", "postgresql://u:hunter2@h/n")
    found = load(tmp_path, text)
    for printed in (repr(found), str(found), repr(found.endpoints[0]), found.state_for_people()):
        assert "hunter2" not in printed
        assert SECRET not in printed
    assert found.state_for_people() == "postgresql://u:***@h/n"


def test_a_refused_value_is_in_no_error_text() -> None:
    with pytest.raises(ValidationError) as caught:
        EndpointConfig.model_validate({"name": "h", "type": "hunter2", "url": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_a_config_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        config(tmp_path).state = "other"  # type: ignore[misc]


def test_the_list_of_sections_is_complete() -> None:
    def sections_of(model: type[BaseModel]) -> typing.Iterator[type[BaseModel]]:
        for field in model.model_fields.values():
            for part in (field.annotation, *typing.get_args(field.annotation)):
                if isinstance(part, type) and issubclass(part, Section):
                    yield part
                    if part is not model:
                        yield from sections_of(part)

    assert set(sections_of(Config)) == set(SECTIONS)


def test_every_section_refuses_strangers() -> None:
    sections: list[type[BaseModel]] = [Config, *SECTIONS]
    for section in sections:
        assert section.model_config["extra"] == "forbid"
        assert section.model_config["frozen"]
