"""Endpoints in files of their own: read as if they stood in the config, each with its place."""

import time
from pathlib import Path

import pytest

from watcher.config.load import load_config
from watcher.errors import ConfigError

MINIMAL = "state: s.db\nwatch:\n  - path: seeds\n"


def write(folder: Path, config: str, **files: str) -> Path:
    (folder / "seeds").mkdir(exist_ok=True)
    (folder / "endpoints.d").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "endpoints.d" / f"{name}.yaml").write_text(text)
    file = folder / "seedwatch.yaml"
    file.write_text(MINIMAL + config)
    return file


def hook(name: str, **keys: str) -> str:
    rest = "".join(f"  {key}: {value}\n" for key, value in keys.items())
    return f"- name: {name}\n  type: webhook\n  url: http://127.0.0.1:9/{name}\n{rest}"


ALL = "endpoints:\n  include: endpoints.d/*.yaml\n"


def names(file: Path) -> list[str]:
    return [endpoint.name for endpoint in load_config(file, environ={}).endpoints]


def test_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    one = "name: c\ntype: webhook\nurl: http://127.0.0.1:9/c\n"
    file = write(tmp_path, ALL, b=hook("b1") + hook("b2"), a="endpoints:\n" + hook("a"), c=one)
    assert names(file) == ["a", "b1", "b2", "c"]


def test_an_include_may_stand_among_other_endpoints(tmp_path: Path) -> None:
    inline = hook("first").replace("- ", "  - ", 1).replace("\n  ", "\n    ")
    config = f"endpoints:\n{inline.rstrip()}\n  - include: endpoints.d/*.yaml\n"
    assert names(write(tmp_path, config, a=hook("a"))) == ["first", "a"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (hook("a", tpye="x"), "a.yaml:4:3: "),
        (hook("a", rate="fast"), "a.yaml:4:9: "),
        (hook("a") + hook("b", schedule="nightly"), "a.yaml:7:13: "),
        (hook("a") + hook("a"), "another endpoint has the same `name`"),
    ],
)
def test_a_mistake_is_reported_with_its_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    file = write(tmp_path, ALL, a=text)
    with pytest.raises(ConfigError) as refused:
        load_config(file, environ={})
    (problem,) = refused.value.problems
    assert said in problem.message


def test_a_pattern_without_a_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no file is named endpoints\.d/\*\.yaml"):
        load_config(write(tmp_path, ALL), environ={})


def test_a_broken_file_is_reported_by_its_own_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load_config(write(tmp_path, ALL, a="- name: [\n"), environ={})
    assert refused.value.file.endswith("endpoints.d/a.yaml")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = write(tmp_path, ALL, a=hook("a"), b=hook("b"))
    assert names(file) == ["a", "b"]
    write(tmp_path, ALL, b=hook("changed"))
    assert names(file) == ["a", "changed"]


def test_two_thousand_endpoints_load_in_their_share_of_five_seconds(tmp_path: Path) -> None:
    """With secrets from files, which once took quadratic time; 20,000 in ``benchmarks``."""
    (tmp_path / "url").write_text("http://127.0.0.1:9/hook")
    text = "".join(
        f"- name: hook-{number}\n  type: webhook\n  url_file: ../url\n".replace("../", "")
        for number in range(2000)
    )
    file = write(tmp_path, ALL, a=text)
    began = time.thread_time()
    assert len(names(file)) == 2000
    assert time.thread_time() - began < 2.0
