from pathlib import Path

import pytest

from tests.serve.samples import feed
from watcher.config.feed import FeedConfig
from watcher.config.feed_addresses import feeds_folder
from watcher.serve.addresses import Addresses


def configured(*paths: str) -> list[FeedConfig]:
    return [
        FeedConfig(name=str(number), path=Path(path), per="topic" if "{slug}" in path else None)
        for number, path in enumerate(paths)
    ]


@pytest.mark.parametrize(
    ("paths", "folder"),
    [
        (["/var/feeds/all.atom"], "/var/feeds"),
        (["/var/feeds/all.atom", "/var/feeds/topics/{slug}.atom"], "/var/feeds"),
        (["/var/feeds/all.atom", "/var/feeds/by/topic/{slug}/feed.atom"], "/var/feeds"),
        (["/var/feeds/topics/t-{slug}.atom"], "/var/feeds/topics"),
        (["/var/feeds/atom/all.atom", "/var/feeds/rss/all.rss"], "/var/feeds"),
        (["/var/www/a/all.atom", "/var/lib/deep/er/all.rss"], None),
        (["/srv/all.atom", "/home/all.rss"], None),
        ([], None),
    ],
)
def test_the_folder_of_feeds_is_the_one_they_share(paths: list[str], folder: str | None) -> None:
    assert feeds_folder(configured(*paths)) == (folder and Path(folder))


def test_an_address_is_where_the_file_lies_in_the_folder() -> None:
    addresses = Addresses(Path("/var/feeds"))
    assert addresses.of(feed(Path("/var/feeds/all.atom"))) == "all.atom"
    assert addresses.of(feed(Path("/var/feeds/topics/ai.rss"))) == "topics/ai.rss"


def test_feeds_that_share_no_folder_go_by_name_and_show_no_path() -> None:
    feeds = [feed(Path("/srv/x/one.atom"), name="news"), feed(Path("/home/y/two.rss"), name="t/a")]
    addresses = Addresses(feeds_folder(configured("/srv/x/one.atom", "/home/y/z/two.rss")))
    assert [addresses.of(each) for each in feeds] == ["news.atom", "t/a.rss"]


def test_a_feed_is_also_where_its_url_says() -> None:
    one = feed(Path("/f/one.atom"), url="https://example.org/feeds/n%C3%A9ws/first.atom")
    two = feed(Path("/f/two.atom"), url="https://example.org/elsewhere/two.atom")
    addresses, feeds = Addresses(Path("/f")), (one, two)
    assert addresses.find(feeds, "one.atom") is one
    assert addresses.find(feeds, "néws/first.atom") is one
    assert addresses.find(feeds, "two.atom") is two
    assert addresses.find(feeds, "elsewhere/two.atom") is None


def test_no_url_hides_another_feed() -> None:
    one = feed(Path("/f/one.atom"), url="https://example.org/feeds/two.atom")
    two = feed(Path("/f/two.atom"))
    assert Addresses(Path("/f")).find((one, two), "two.atom") is two


def test_new_feeds_are_found_and_old_ones_are_not() -> None:
    addresses = Addresses(Path("/f"))
    before, after = (feed(Path("/f/a.atom")),), (feed(Path("/f/b.atom")),)
    assert addresses.find(before, "a.atom") is before[0]
    assert addresses.find(after, "a.atom") is None
    assert addresses.find(after, "b.atom") is after[0]


def test_the_absolute_address_is_the_configured_one_or_at_the_base() -> None:
    addresses = Addresses(Path("/f"))
    assert addresses.absolute(feed(Path("/f/é x.atom")), "http://h:1") == (
        "http://h:1/feeds/%C3%A9%20x.atom"
    )
    own = feed(Path("/f/a.atom"), url="https://example.org/a")
    assert addresses.absolute(own, "http://h:1") == "https://example.org/a"
