"""A config file as people write it, and as it is loaded."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.config.loading import MINIMAL, SECRET, complaints, endpoint, load
from watcher.config.load import load_config
from watcher.config.timing import ScheduleKind
from watcher.errors import ConfigError
from watcher.model.kinds import ChangeKind

ACCEPTANCE = """\
state: ../var/seedwatch.db          # or postgresql://user@host/name
watch:
  - path: ../seeds
    include: ["*.md", "*.markdown", "*.txt", "*.yaml", "*.yml"]
    exclude: [".*", "*~", "*.tmp", "*.swp"]
    mode: auto                      # auto, native or polling
    settle: 200ms
rescan: 5m
articles:
  significant: [title, summary, body]
  removal_grace: 60s
  max_updates: 24
feeds:
  - name: all
    title: All articles
    path: ../var/feeds/all.atom     # format by suffix: .atom .rss .json
    url: http://127.0.0.1:8765/feeds/all.atom
    limit: 100
  - name: topics
    per: topic
    path: ../var/feeds/topics/{slug}.atom
http:
  listen: 127.0.0.1:8765            # "off" to serve nothing
endpoints:
  - name: newsroom
    type: slack
    url: ${SLACK_WEBHOOK_URL}
    match: {topics: [AI in Healthcare], min_quality: 30}
  - name: archive
    type: webhook
    url: https://example.org/hooks/articles
    secret: ${ARCHIVE_SECRET}
    on: [new, updated, removed]
    schedule: every 15m
    quiet_hours: 22:00-07:00
    timezone: Europe/Berlin
"""
SLACK = "https://hooks.slack.com/services/T000/B000/XXXX"


def test_the_config_of_the_design_loads(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    config = load(folder, ACCEPTANCE, SLACK_WEBHOOK_URL=SLACK, ARCHIVE_SECRET=SECRET)
    assert config.state == str(tmp_path / "var/seedwatch.db")
    assert config.watch[0].path == tmp_path / "seeds"
    assert [str(f.path.relative_to(tmp_path)) for f in config.feeds] == [
        "var/feeds/all.atom",
        "var/feeds/topics/{slug}.atom",
    ]
    newsroom, archive = config.endpoints
    assert newsroom.url.get_secret_value() == SLACK
    assert newsroom.match.topics == ("AI in Healthcare",)
    assert newsroom.match.min_quality == 30
    assert archive.secret[0].get_secret_value() == SECRET
    assert archive.on == (ChangeKind.NEW, ChangeKind.UPDATED, ChangeKind.REMOVED)
    assert archive.schedule.kind is ScheduleKind.EVERY
    assert str(archive.quiet_hours) == "22:00-07:00"
    assert str(archive.timezone) == "Europe/Berlin"


def test_words_that_yaml_would_take_for_something_else(tmp_path: Path) -> None:
    text = endpoint(on="[new]", quiet_hours="0:30-7:00", name="2024-01-02").replace(
        "watch:", "http: {listen: off, status: off}\nwatch:"
    )
    config = load(tmp_path, text)
    assert config.http.listen == "off"
    assert config.http.status == "off"
    assert config.endpoints[0].name == "2024-01-02"
    assert str(config.endpoints[0].quiet_hours) == "00:30-07:00"


@pytest.mark.parametrize(
    ("written", "enabled"),
    [("yes", True), ("true", True), ("no", False), ("off", False), ("0", False)],
)
def test_yes_and_no_in_any_spelling(tmp_path: Path, written: str, enabled: bool) -> None:
    assert load(tmp_path, endpoint(enabled=written)).endpoints[0].enabled is enabled


@pytest.mark.parametrize("indent", ["\t", 2, None])
def test_a_config_in_json_loads(tmp_path: Path, indent: Any) -> None:
    written = {
        "state": "s.db",
        "watch": [{"path": "seeds", "max_size": 1000}],
        "feeds": [{"name": "f", "path": "f.json", "title": None}],
        "endpoints": [
            {"name": "e😀", "type": "webhook", "url": "${URL}", "match": {"min_quality": 1e3}}
        ],
    }
    config = load(tmp_path, json.dumps(written, indent=indent), URL="https://example.org/")
    assert config.watch[0].max_size == 1000
    assert config.endpoints[0].name == "e😀"
    assert config.endpoints[0].match.min_quality == 1000


def test_problems_of_a_config_in_json_have_places(tmp_path: Path) -> None:
    text = '{\n\t"state": "s.db",\n\t"watch": [{"path": "seeds"}],\n\t"rescan": 5\n}'
    assert complaints(tmp_path, text) == [
        '4:12: error: `rescan`: "5" is not a duration: write it like 200ms, 30s, 15m, 1h30m or 3d'
    ]


def test_keys_whose_items_are_all_commented_out_are_absent(tmp_path: Path) -> None:
    config = load(tmp_path, MINIMAL + "feeds:\n  # - name: x\nendpoints:\nhttp:\narticles:\n")
    assert (config.feeds, config.endpoints) == ((), ())


def test_a_byte_order_mark_and_crlf_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "seedwatch.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode())
    assert load_config(file, environ={}).state == str(tmp_path / "s.db")


def test_relative_paths_start_at_the_file_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"{MINIMAL}feeds: [{{name: f, path: ../out/f.atom}}]\n"
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "seedwatch.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    config = load_config(Path("config/seedwatch.yaml"), environ={})
    assert config.state == str(folder / "s.db")
    assert config.watch[0].path == folder / "seeds"
    assert config.feeds[0].path == tmp_path / "out/f.atom"


def test_the_home_directory_is_the_environments(tmp_path: Path) -> None:
    text = "state: ~/s.db\nwatch: [{path: ~/seeds}, {path: '~nobody-there/x'}]\n"
    config = load(tmp_path, text, HOME="/home/reader")
    assert config.state == "/home/reader/s.db"
    assert config.watch[0].path == Path("/home/reader/seeds")
    assert config.watch[1].path == tmp_path / "~nobody-there/x"


def test_a_lone_tilde_is_nothing_to_yaml_and_home_in_quotes(tmp_path: Path) -> None:
    assert complaints(tmp_path, "state: ~\nwatch: [{path: x}]\n", HOME="/h") == [
        "1:1: error: `state` is required"
    ]
    assert load(tmp_path, 'state: s\nwatch: [{path: "~"}]\n', HOME="/h").watch[0].path == Path("/h")


def test_links_in_paths_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "release-5").mkdir()
    (tmp_path / "seeds").symlink_to("release-5")
    assert load(tmp_path, MINIMAL).watch[0].path == tmp_path / "seeds"


@pytest.mark.parametrize(
    ("written", "state"),
    [
        ("sqlite:///s.db", "{}/s.db"),
        ("sqlite:////abs/s.db", "/abs/s.db"),
        ("/abs/s.db", "/abs/s.db"),
        ("postgres://u@h/n", "postgresql://u@h/n"),
        ("postgresql://u:${PW}@h/n", "postgresql://u:p%40w@h/n"),
    ],
)
def test_where_the_store_is(tmp_path: Path, written: str, state: str) -> None:
    config = load(tmp_path, f"state: {written}\nwatch: [{{path: x}}]\n", PW="p%40w")
    assert config.state == state.format(tmp_path)


def test_a_root_need_not_be_there(tmp_path: Path) -> None:
    assert not load(tmp_path, MINIMAL).watch[0].path.exists()


# ---------------------------------------------------------------- files that cannot be read


def refusal(file: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(file, environ={})
    return str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "none.yaml"
    assert (
        refusal(file) == f"{file}: error: there is no such file; `seedwatch init` writes a config"
    )


def test_a_file_that_is_a_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path}: error: Is a directory"


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    file = tmp_path / "latin.yaml"
    file.write_bytes("state: s\nname: café\n".encode("latin-1"))
    assert refusal(file) == f"{file}:2: error: this is not UTF-8 text, from byte 18 on"


def test_a_syntax_error(tmp_path: Path) -> None:
    assert complaints(tmp_path, "state: [\n") == [
        (
            "2:1: error: this is not YAML: while parsing a flow node, "
            "did not find expected node content"
        )
    ]


def test_an_empty_file(tmp_path: Path) -> None:
    assert complaints(tmp_path, "") == [
        "1:1: error: the config is empty; `seedwatch init` writes one"
    ]


# ---------------------------------------------------------------- all problems at once


def test_all_problems_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
stat: s.db
watch:
  - path: seeds
    moed: auto
    settle: fast
    settle: 1s
  - mode: nativ
feeds:
  - {name: f, path: f.xml}
  - {name: f, path: f.atom, limit: 0}
endpoints:
  - name: hook
    type: webhok
    url: ${MISSING}
    match: {not: {topic: x}}
    secret_file: none
log: {level: loud}
alert_endpoint: hok
"""
    assert complaints(tmp_path, text) == [
        "1:1: error: `state` is required",
        '1:1: error: unknown key `stat`; did you mean "state"?',
        '4:5: error: unknown key `moed`; did you mean "mode"?',
        (
            '5:13: error: `settle`: "fast" is not a duration: '
            "write it like 200ms, 30s, 15m, 1h30m or 3d"
        ),
        "6:5: error: `settle` is there twice; first on line 5",
        "7:5: error: `path` is required",
        (
            '7:11: error: `mode` must be "auto", "native" or "polling", not "nativ"; '
            'did you mean "native"?'
        ),
        (
            '9:21: error: `path`: "f.xml" is not the name of a feed: '
            "its suffix says its format: .atom, .rss or .json"
        ),
        '10:12: error: another feed has the same `name`, "f"',
        "10:36: error: `limit` must be at least 1",
        (
            '13:11: error: `type` must be "slack", "webhook", "discord", "teams", "email" or '
            '"apprise", '
            'not "webhok"; did you mean "webhook"?'
        ),
        "14:10: error: the environment variable MISSING is not set",
        '15:19: error: unknown key `topic`; did you mean "topics"?',
        f"16:18: error: `secret_file`: {tmp_path}/none: No such file or directory",
        '17:14: error: `level` must be "debug", "info", "warning" or "error", not "loud"',
        '18:17: error: `alert_endpoint` names "hok", which is no endpoint; did you mean "hook"?',
    ]


def test_problems_carry_their_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, endpoint(retry="[5s, x]"))
    assert [problem.key for problem in caught.value.problems] == ["endpoints.0.retry.1"]


def test_nothing_in_the_process_environment_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "SEEDWATCH_TEST_URL", "https://example.org/")
    said = complaints(tmp_path, endpoint(url="${SEEDWATCH_TEST_URL}"))
    assert said == ["7:10: error: the environment variable SEEDWATCH_TEST_URL is not set"]


@pytest.mark.parametrize("off", ["off", '"off"'])
def test_stories_may_be_off_and_are_on_by_default(tmp_path: Path, off: str) -> None:
    assert load(tmp_path, MINIMAL + f"stories: {off}\n").stories is None
    stories = load(tmp_path, MINIMAL + "stories: {window: 2d}\n").stories
    assert stories is not None
    assert (stories.window.days, stories.half_life.days) == (2, 3)
    assert load(tmp_path, MINIMAL).stories is not None


def test_networks_and_zones_are_read_and_refused_in_words(tmp_path: Path) -> None:
    config = load(tmp_path, MINIMAL + "http: {trusted_proxies: [10.0.0.0/8, '::1', 192.0.2.7]}\n")
    assert [str(network) for network in config.http.trusted_proxies] == [
        "10.0.0.0/8", "::1/128", "192.0.2.7/32",
    ]  # fmt: skip
    assert complaints(tmp_path, MINIMAL + "http: {trusted_proxies: 10.0.0.1/8}\n") == [
        '3:25: error: `trusted_proxies`: "10.0.0.1/8" is not a network '  # noqa: ISC004
        "(10.0.0.1/8 has host bits set): write it like 10.0.0.0/8, 192.168.1.5 or fd00::/8"
    ]  # fmt: skip
    root = "state: s.db\nwatch: [{path: seeds, timezone: Europe/Berln}]\n"
    assert 'did you mean "Europe/Berlin"?' in complaints(tmp_path, root)[0]
    root = "state: s.db\nwatch: [{path: seeds, like: jekyl}]\n"
    assert 'did you mean "jekyll"?' in complaints(tmp_path, root)[0]
