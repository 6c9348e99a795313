"""config/seedwatch.example.yaml has every key, its true default, and examples that work."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tests.config.loading import SECRET
from watcher.config.json_schema import SECTIONS
from watcher.config.load import load_config
from watcher.config.schema import Config
from watcher.config.secrets import SOURCES
from watcher.config.values import keys_of
from watcher.config.yaml_tree import Loc, read_document

EXAMPLE = Path(__file__).parent.parent.parent / "config" / "seedwatch.example.yaml"
TEXT = EXAMPLE.read_text("utf-8")
URL = "https://hooks.slack.com/services/T/B/X"
ENVIRON = {
    "NATS_USER": "news:word",
    "SLACK_WEBHOOK_URL": URL,
    "ARCHIVE_SECRET": SECRET,
    "MAIL_PASSWORD": "x",
}
ALL_SECTIONS: list[type[BaseModel]] = [Config, *SECTIONS]
MAIL = ("server", "from", "to", "user")
SOURCE_KEYS = {key for keys in SOURCES.values() for key in keys}


def test_the_example_loads() -> None:
    assert len(load_config(EXAMPLE, environ=ENVIRON).endpoints) == 3


# ---------------------------------------------------------------- every key


def documented_keys() -> set[str]:
    """Keys at the beginning of a line, in force or commented out."""
    return set(re.findall(r"^\s*#?(?:- )?([a-z_]+):", TEXT, re.MULTILINE))


@pytest.mark.parametrize("section", ALL_SECTIONS, ids=lambda section: section.__name__)
def test_every_key_is_in_the_example(section: type[BaseModel]) -> None:
    assert set(keys_of(section)) <= documented_keys()


def test_every_source_of_a_secret_is_in_the_example() -> None:
    said_once_for_all = {f"{key}_{how}" for key in MAIL for how in ("file", "credential")}
    assert documented_keys() >= SOURCE_KEYS - said_once_for_all
    assert "Each of these five can also come from KEY_file or KEY_credential." in TEXT


def test_the_example_has_no_key_that_is_not_one() -> None:
    known = {key for section in ALL_SECTIONS for key in keys_of(section)}
    assert documented_keys() <= known | SOURCE_KEYS


# ---------------------------------------------------------------- the defaults


def keys_in_force(value: Any, loc: Loc = ()) -> Iterator[Loc]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*loc, key)
            yield from keys_in_force(inner, (*loc, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from keys_in_force(inner, (*loc, index))


def field_of(section: BaseModel, key: Any) -> str:
    """The field that a key of the file is."""
    return {"from": "sender"}.get(key, str(key)) if "sender" in type(section).model_fields else key


def part(config: Config, loc: Loc) -> Any:
    found: Any = config
    for step in loc:
        found = found[step] if isinstance(step, int) else getattr(found, field_of(found, step))
    return found


def has_default_to_state(value: object) -> bool:
    return value is not None and value != () and not isinstance(value, BaseModel)


def test_every_default_stands_in_the_example_and_is_true() -> None:
    config, stated = load_config(EXAMPLE, environ=ENVIRON), set()
    for loc in keys_in_force(read_document(TEXT).data):
        holder = part(config, loc[:-1])
        section, key = type(holder), field_of(holder, str(loc[-1]))
        default = section.model_fields[key].get_default(call_default_factory=True)
        if not section.model_fields[key].is_required() and has_default_to_state(default):
            assert part(config, loc) == default, loc
            stated.add((section, key))
    assert stated == {
        (section, key)
        for section in ALL_SECTIONS
        for key, field in section.model_fields.items()
        if not field.is_required()
        and has_default_to_state(field.get_default(call_default_factory=True))
    }


# ---------------------------------------------------------------- what is commented out

URLS = [
    "    url: ${SLACK_WEBHOOK_URL}\n",
    "    url_file: /etc/seedwatch/newsroom.url\n",
    "    url_credential: newsroom-url\n",
]
SECRETS = [
    "    secret: ${ARCHIVE_SECRET}\n",
    "    secret_file: /etc/seedwatch/archive.secret\n",
    "    secret_credential: archive-secret\n",
]
PASSWORDS = [
    "    password: ${MAIL_PASSWORD}\n",
    "    password_file: /etc/seedwatch/mail.password\n",
    "    password_credential: mail-password\n",
]
EMPTY_MATCH = re.compile(r"^    match: \{\} .*Every clause given must hold:\n", re.MULTILINE)


def uncommented(source: int) -> str:
    """The example with every option in force, and one of the three sources of each secret."""
    text = re.sub(r"^(\s*)#(?=[a-z])", r"\1", EMPTY_MATCH.sub("", TEXT), flags=re.MULTILINE)
    for lines in (URLS, SECRETS, PASSWORDS):
        for line in lines:
            assert line in text
            text = text if line == lines[source] else text.replace(line, "")
    return text


@pytest.mark.parametrize("source", [0, 1, 2])
def test_every_option_that_is_commented_out_works(tmp_path: Path, source: int) -> None:
    file = tmp_path / "seedwatch.yaml"
    file.write_text(uncommented(source).replace("/etc/seedwatch", str(tmp_path)), "utf-8")
    for name, content in (
        ("slack.template.example.json.j2", "{}"),
        ("newsroom.url", URL),
        ("newsroom-url", URL),
        ("archive.secret", SECRET),
        ("archive-secret", SECRET),
        ("mail.password", "x"),
        ("mail-password", "x"),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
    config = load_config(file, environ=ENVIRON | {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    newsroom, archive, mail = config.endpoints
    assert mail.password and mail.password.get_secret_value() == "x"  # noqa: PT018
    assert newsroom.url.get_secret_value() == URL
    assert archive.secret[0].get_secret_value() == SECRET
    assert str(newsroom.quiet_hours) == "22:00-07:00"
    assert newsroom.match.not_ is not None
    assert config.feeds[0].hub == "https://hub.example.org/"
    assert config.alert_endpoint == "newsroom"
