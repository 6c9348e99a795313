"""What must hold between the parts of a config."""

from pathlib import Path

import pytest

from tests.config.loading import MINIMAL, complaints, endpoint, load
from watcher.config.schema import RootConfig


def roots(*paths: str) -> str:
    return "state: s.db\nwatch:\n" + "".join(f"  - path: {path}\n" for path in paths)


@pytest.mark.parametrize("same", ["seeds", "./seeds/", "other/../seeds", "link"])
def test_a_root_is_watched_once(tmp_path: Path, same: str) -> None:
    (tmp_path / "link").symlink_to("seeds")
    name = tmp_path / ("link" if same == "link" else "seeds")
    assert complaints(tmp_path, roots("seeds", same)) == [f'4:11: error: "{name}" is watched twice']


@pytest.mark.parametrize(("first", "second", "line"), [("a", "a/b/c", 4), ("a/b/c", "a", 3)])
def test_no_root_lies_within_another(tmp_path: Path, first: str, second: str, line: int) -> None:
    assert complaints(tmp_path, roots(first, second)) == [
        (
            f'{line}:11: error: "{tmp_path}/a/b/c" lies within another root, "{tmp_path}/a": '
            "every seed must belong to one root"
        )
    ]


def test_roots_with_a_common_beginning_are_fine(tmp_path: Path) -> None:
    assert len(load(tmp_path, roots("seeds", "seeds-2", "s")).watch) == 3


def test_a_root_is_needed(tmp_path: Path) -> None:
    assert complaints(tmp_path, "state: s\nwatch: []\n") == [
        "2:8: error: `watch` needs at least 1 item"
    ]
    assert complaints(tmp_path, "state: s\nwatch:\n") == ["2:1: error: `watch` is required"]


def test_feeds_and_endpoints_have_names_of_their_own(tmp_path: Path) -> None:
    feeds = f"{MINIMAL}feeds:\n  - {{name: f, path: f.atom}}\n  - {{name: ' f ', path: g.atom}}\n"
    assert complaints(tmp_path, feeds) == ['5:12: error: another feed has the same `name`, "f"']
    endpoints = endpoint() + "  - {name: hook, type: slack, url: 'http://x/'}\n"
    assert complaints(tmp_path, endpoints) == [
        '8:12: error: another endpoint has the same `name`, "hook"'
    ]


def test_feeds_have_paths_of_their_own(tmp_path: Path) -> None:
    text = f"{MINIMAL}feeds: [{{name: f, path: x/../f.atom}}, {{name: g, path: f.atom}}]\n"
    assert complaints(tmp_path, text) == [
        f'3:55: error: another feed has the same `path`, "{tmp_path}/f.atom"'
    ]


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        ("per: topic, path: f.atom", "`path` needs {slug} in it, because the feed is per: topic"),
        ("path: '{slug}.atom'", "`path` has {slug} in it, so the feed needs per: topic"),
        (
            "per: topic, path: '{slug}.atom', url: 'http://x/f.atom'",
            "`url` needs {slug} in it, because the feed is per: topic",
        ),
        (
            "path: 'f.atom', url: 'http://x/{slug}.atom'",
            "`url` has {slug} in it, so the feed needs per: topic",
        ),
    ],
)
def test_slug_and_per_topic_go_together(tmp_path: Path, feed: str, said: str) -> None:
    (line,) = complaints(tmp_path, f"{MINIMAL}feeds: [{{name: f, {feed}}}]\n")
    assert line.partition("error: ")[2] == said


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        (
            "path: f.rss, url: 'http://x/f.rss'",
            "is for Atom: other formats cannot link to archives",
        ),
        ("path: f.atom", "needs the feed's url: feed and archives link to one another"),
    ],
)
def test_only_what_can_link_to_archives_has_them(tmp_path: Path, feed: str, said: str) -> None:
    text = f"{MINIMAL}feeds: [{{name: f, {feed}, archive: true}}]\n"
    assert [line.partition("error: ")[2] for line in complaints(tmp_path, text)] == [
        f"`archive` {said}"
    ]


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        (
            "per: story, path: f.atom, url: 'http://x/f.atom', archive: true",
            "`archive` is for articles: a story grows, and an archive never changes",
        ),
        ("path: f.atom, important_at: 3", "`important_at` is for a feed that is per: story"),
        (
            "per: story, path: '{slug}.atom'",
            "`path` has {slug} in it, so the feed needs per: topic",
        ),
    ],
)
def test_a_feed_of_stories_is_one_file(tmp_path: Path, feed: str, said: str) -> None:
    (line,) = complaints(tmp_path, f"{MINIMAL}feeds: [{{name: f, {feed}}}]\n")
    assert line.partition("error: ")[2] == said


def test_a_feed_of_stories_needs_them(tmp_path: Path) -> None:
    feeds = "feeds: [{name: f, per: story, path: f.atom}]\n"
    (line,) = complaints(tmp_path, f"{MINIMAL}stories: 'off'\n{feeds}")
    assert line.endswith('error: `stories` cannot be off: the feed "f" is per: story')
    assert load(tmp_path, MINIMAL + feeds).feeds[0].per == "story"


def test_a_hub_needs_to_be_told_where_the_feed_is(tmp_path: Path) -> None:
    text = f"{MINIMAL}feeds: [{{name: f, path: f.atom, hub: 'https://hub.example.org/'}}]\n"
    assert [line.partition("error: ")[2] for line in complaints(tmp_path, text)] == [
        "`hub` needs the feed's url: it is what the hub is told"
    ]


@pytest.mark.parametrize("listen", ["0.0.0.0:80", "'[::]:80'", "'off'"])
def test_our_own_hub_must_know_where_it_is_reached(tmp_path: Path, listen: str) -> None:
    text = f"{MINIMAL}http: {{listen: {listen}, hub: 'on'}}\n"
    assert [line.partition("error: ")[2] for line in complaints(tmp_path, text)] == [
        "`hub` needs public_url: where readers reach it"
    ]
    assert load(tmp_path, f"{MINIMAL}http: {{hub: on, operations: off}}\n").http.hub == "on"


def test_no_endpoint_is_called_like_a_hub(tmp_path: Path) -> None:
    text = f"{MINIMAL}endpoints: [{{name: 'hub:x', type: webhook, url: 'http://x/'}}]\n"
    assert [line.partition("error: ")[2] for line in complaints(tmp_path, text)] == [
        "`name`: hub: is how the hubs of feeds are called"
    ]


def test_slug_is_found_after_its_key_too(tmp_path: Path) -> None:
    text = f"{MINIMAL}feeds: [{{path: 'x/{{slug}}.atom', name: f, per: topic}}]\n"
    assert load(tmp_path, text).feeds[0].per == "topic"


DEFAULT_EXCLUDE = RootConfig.model_fields["exclude"].default


@pytest.mark.parametrize(
    ("root", "path", "excluded"),
    [
        ("include: '*'", "seeds/f.atom", ["f.atom"]),
        ("include: '*.json'", "seeds/deep/er/f.json", ["deep/er/f.json"]),
        ("include: '*'", "link/f.atom", ["f.atom"]),
        ("include: '*'", "seeds/a[1]/f.atom", ["a[[]1]/f.atom"]),
        ("include: '*'", "seeds-2/f.atom", []),
    ],
)
def test_a_feed_in_a_root_is_no_seed(
    tmp_path: Path, root: str, path: str, excluded: list[str]
) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "link").symlink_to("seeds")
    text = f"state: s.db\nwatch: [{{path: seeds, {root}}}]\nfeeds: [{{name: f, path: '{path}'}}]\n"
    (found,) = load(tmp_path, text).watch
    assert list(found.exclude) == [*DEFAULT_EXCLUDE, *excluded]


def test_the_feeds_of_topics_their_archives_and_the_store_are_no_seeds(tmp_path: Path) -> None:
    text = (
        "state: seeds/s.db\nwatch: [{path: seeds, include: '*'}]\n"
        "feeds: [{name: f, per: topic, path: 'seeds/t/{slug}.json'},\n"
        "{name: g, path: seeds/g.atom, url: 'http://x/g', archive: true}]\n"
    )
    (found,) = load(tmp_path, text).watch
    assert found.exclude[len(DEFAULT_EXCLUDE) :] == (
        "t/*.json", "g.atom", "g.archive-*", "s.db*",
    )  # fmt: skip


def test_the_alert_endpoint_is_one_of_the_endpoints(tmp_path: Path) -> None:
    assert load(tmp_path, endpoint() + "alert_endpoint: hook\n").alert_endpoint == "hook"
    assert complaints(tmp_path, MINIMAL + "alert_endpoint: hook\n") == [
        '3:17: error: `alert_endpoint` names "hook", which is no endpoint'
    ]


def test_an_alert_endpoint_that_is_broken_is_still_one(tmp_path: Path) -> None:
    text = endpoint(url="nowhere") + "alert_endpoint: hook\n"
    assert len(complaints(tmp_path, text)) == 1


def test_a_template_is_a_file(tmp_path: Path) -> None:
    text = endpoint(template="t.txt")
    assert complaints(tmp_path, text) == [
        f'8:15: error: `template`: there is no file "{tmp_path}/t.txt"'
    ]
    (tmp_path / "t.txt").write_text("x", encoding="utf-8")
    assert load(tmp_path, text).endpoints[0].template == tmp_path / "t.txt"


def test_a_path_is_not_empty(tmp_path: Path) -> None:
    text = "state: ''\nwatch: [{path: ' '}]\n"
    assert complaints(tmp_path, text) == [
        "1:8: error: `state` must not be empty",
        "2:16: error: `path` must not be empty",
    ]
