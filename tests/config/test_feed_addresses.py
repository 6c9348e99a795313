"""Where readers find each feed, from the config alone."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from watcher.config.feed_addresses import FeedAddresses, page_url
from watcher.config.load import load_config
from watcher.config.schema import Config

FEEDS = [
    {"name": "all", "path": "feeds/all.atom"},
    {"name": "own", "path": "feeds/own.rss", "url": "https://cdn.example.org/own.rss"},
    {"name": "topics", "per": "topic", "path": "feeds/topics/{slug}.json"},
]


def loaded(folder: Path, **http: Any) -> Config:
    file = folder / "seedwatch.yaml"
    data = {"state": "s.db", "watch": [{"path": "seeds"}], "feeds": FEEDS, "http": http}
    file.write_text(yaml.safe_dump(data), "utf-8")
    return load_config(file, environ={})


def test_public_url_gives_each_feed_its_url(tmp_path: Path) -> None:
    config = loaded(tmp_path, public_url="https://news.example.org/wire/")
    assert [feed.url for feed in config.feeds] == [
        "https://news.example.org/wire/feeds/all.atom",
        "https://cdn.example.org/own.rss",
        "https://news.example.org/wire/feeds/topics/{slug}.json",
    ]
    assert page_url(config) == "https://news.example.org/wire/"


def test_beside_it_a_url_of_this_machine_no_longer_counts(tmp_path: Path) -> None:
    config = loaded(tmp_path, public_url="https://news.example.org/")
    for own in ("http://127.0.0.1:8765/feeds/all.atom", "http://localhost/x.atom"):
        feed = config.feeds[0].model_copy(update={"url": own})
        assert FeedAddresses(config).of(feed) == "https://news.example.org/feeds/all.atom"
        assert FeedAddresses(loaded(tmp_path)).of(feed) == own


def test_without_it_feeds_are_where_the_server_listens(tmp_path: Path) -> None:
    config = loaded(tmp_path)
    assert [feed.url for feed in config.feeds] == [None, "https://cdn.example.org/own.rss", None]
    assert list(map(FeedAddresses(config).of, config.feeds)) == [
        "http://127.0.0.1:8765/feeds/all.atom",
        "https://cdn.example.org/own.rss",
        "http://127.0.0.1:8765/feeds/topics/{slug}.json",
    ]


@pytest.mark.parametrize("listen", ["off", "0.0.0.0:80", "[::]:80", "127.0.0.1:0"])
def test_a_server_that_does_not_say_how_it_is_reached_names_no_address(
    tmp_path: Path, listen: str
) -> None:
    config = loaded(tmp_path, listen=listen)
    assert page_url(config) is None
    assert FeedAddresses(config).of(config.feeds[0]) is None
