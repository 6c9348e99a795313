import json
from pathlib import Path

import pytest

from watcher.config.init import INITIAL_CONFIG, write_initial_config
from watcher.config.json_schema import config_schema
from watcher.config.load import find_config, load_config
from watcher.errors import UsageError

SHIPPED = Path(__file__).parent.parent.parent / "config" / "seedwatch.yaml"


def test_what_is_written_is_found_and_works_as_it_is(tmp_path: Path) -> None:
    made = write_initial_config(tmp_path / "new")
    file, seeds = tmp_path / "new/config/seedwatch.yaml", tmp_path / "new/seeds"
    first = seeds / "hello.md"
    assert made == [file, file.with_name("seedwatch.schema.json"), seeds, first]
    assert first.read_text("utf-8").startswith("---\ntitle: Hello, feed\n")
    config = load_config(find_config(None, {}, tmp_path / "new"), environ={})
    assert config.watch[0].path == seeds
    assert config.state == str(tmp_path / "new/var/seedwatch.db")


def test_seeds_that_are_there_stay(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds/a.md").write_text("x", encoding="utf-8")
    assert tmp_path / "seeds" not in write_initial_config(tmp_path)
    assert (tmp_path / "seeds/a.md").read_text("utf-8") == "x"


def test_a_config_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "config/seedwatch.yaml"
    file.parent.mkdir()
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        write_initial_config(tmp_path)
    assert str(caught.value) == f"{file} is there already; nothing was changed"
    assert file.read_text("utf-8") == "mine"
    assert not (tmp_path / "seeds").exists()


def test_a_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config/seedwatch.yaml").symlink_to("elsewhere")
    with pytest.raises(UsageError, match="is there already"):
        write_initial_config(tmp_path)
    assert not (tmp_path / "config/elsewhere").exists()


@pytest.mark.parametrize("name", ["", "config", "seeds"])
def test_a_file_where_a_folder_should_be(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "new"
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match=str(folder / name)):
        write_initial_config(folder)


def test_what_init_writes_is_the_config_that_is_shipped() -> None:
    assert SHIPPED.read_text("utf-8") == INITIAL_CONFIG


def test_editors_find_the_schema_beside_each_config(tmp_path: Path) -> None:
    write_initial_config(tmp_path)
    for folder in (tmp_path / "config", SHIPPED.parent):
        for file in folder.glob("*.yaml"):
            first = file.read_text("utf-8").splitlines()[0]
            schema = folder / first.removeprefix("# yaml-language-server: $schema=")
            assert json.loads(schema.read_text("utf-8")) == config_schema(), "seedwatch schema"


def test_the_shipped_config_is_as_documented() -> None:
    config = load_config(SHIPPED, environ={})
    top = SHIPPED.parent.parent
    assert config.watch[0].path == top / "seeds"
    assert config.feeds[0].path == top / "var/feeds/all.atom"
    assert config.feeds[0].url == "http://127.0.0.1:8765/feeds/all.atom"
    assert config.http.listen == "127.0.0.1:8765"
    assert config.endpoints == ()


def test_the_endpoints_to_uncomment_work(tmp_path: Path) -> None:
    before, marker, endpoints = INITIAL_CONFIG.partition("# endpoints:\n")
    uncommented = (marker + endpoints).replace("\n# ", "\n").removeprefix("# ")
    file = tmp_path / "seedwatch.yaml"
    file.write_text(before + uncommented, encoding="utf-8")
    environ = {"SLACK_WEBHOOK_URL": "https://example.org/x", "ARCHIVE_SECRET": "whsec_" + "A" * 32}
    config = load_config(file, environ=environ)
    assert [endpoint.name for endpoint in config.endpoints] == ["newsroom", "archive"]
