from pathlib import Path

import pytest

from watcher.config import load
from watcher.config.load import find_config
from watcher.errors import ConfigError


@pytest.fixture
def system_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system-wide config, somewhere else than in the real /etc; it is not there yet."""
    file = tmp_path / "etc" / "seedwatch.yaml"
    monkeypatch.setattr(load, "SYSTEM_FILE", file)
    return file


def write(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("", encoding="utf-8")
    return file


def test_the_explicit_file_wins_and_is_taken_at_its_word(tmp_path: Path) -> None:
    environ = {"SEEDWATCH_CONFIG": "other.yaml"}
    assert find_config(Path("mine.yaml"), environ, tmp_path) == Path("mine.yaml")


@pytest.mark.usefixtures("system_file")
def test_then_the_variable_even_if_there_is_a_local_file(tmp_path: Path) -> None:
    write(tmp_path / "config/seedwatch.yaml")
    environ = {"SEEDWATCH_CONFIG": "other.yaml"}
    assert find_config(None, environ, tmp_path) == tmp_path / "other.yaml"
    environ = {"SEEDWATCH_CONFIG": "/srv/other.yaml"}
    assert find_config(None, environ, tmp_path) == Path("/srv/other.yaml")


def test_then_the_local_file_then_the_systems(tmp_path: Path, system_file: Path) -> None:
    write(system_file)
    assert find_config(None, {"SEEDWATCH_CONFIG": ""}, tmp_path) == system_file
    local = write(tmp_path / "config/seedwatch.yaml")
    assert find_config(None, {}, tmp_path) == local


def test_where_none_is_the_places_are_told(tmp_path: Path, system_file: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        find_config(None, {}, tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/config/seedwatch.yaml: error: there is no config, and no {system_file} "
        "either: `seedwatch init` writes one; or name one with --config or $SEEDWATCH_CONFIG"
    )


def test_the_systems_file_is_in_etc() -> None:
    assert Path("/etc/seedwatch/seedwatch.yaml") == load.SYSTEM_FILE
