"""The daemon over real files, with a real local receiver."""

import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import kept_address
from tests.support.receiver import Receiver
from tests.support.seeds import seed_text, write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until


def arrive_by_plain_write(site: Site) -> None:
    write_seed(site.seeds, 6)


def arrive_by_rename(site: Site) -> None:
    temporary = site.seeds / ".six.tmp"
    temporary.write_text(seed_text(6), "utf-8")
    temporary.rename(site.seeds / "six.md")


def arrive_from_another_folder(site: Site) -> None:
    write_seed(site.folder / "outside", 6).rename(site.seeds / "six.md")


def arrive_in_a_new_subfolder(site: Site) -> None:
    write_seed(site.seeds / "fresh" / "deep", 6)


def arrive_by_a_slow_writer(site: Site) -> None:
    text = seed_text(6).encode()
    step = len(text) // 10 + 1
    with (site.seeds / "six.md").open("wb", buffering=0) as file:
        for start in range(0, len(text), step):
            file.write(text[start : start + step])
            time.sleep(0.3)  # not for luck: it is the slowness that is tested


ARRIVALS = [
    arrive_by_plain_write,
    arrive_by_rename,
    arrive_from_another_folder,
    arrive_in_a_new_subfolder,
    arrive_by_a_slow_writer,
]


def told(receiver: Receiver) -> list[tuple[str, str]]:
    """What a webhook was told, in order: kinds and titles."""
    return [
        (change["kind"], change["article"]["title"])
        for message in receiver.accepted
        for change in message.json()["data"]["changes"]
    ]


def settle(site: Site, receiver: Receiver, number: int) -> None:
    """Send another article after whatever was done, and wait for it: all before it is done.

    Told it may be while its feed is being written, when there was something else to send, too.
    """
    write_seed(site.seeds, number)
    wait_until(lambda: ("new", f"Article {number}") in told(receiver), "the next article")
    wait_until(lambda: f"Article {number}" in site.entries(), "its entry")


@pytest.mark.parametrize("arrive", ARRIVALS)
def test_the_next_article_is_in_the_feed_and_told_once(
    site: Site, receiver: Receiver, arrive: Callable[[Site], None]
) -> None:
    site.add_real_seeds()
    site.add_endpoint("hook", receiver.url)
    with Receiver() as slack:
        site.add_endpoint("slack", slack.url, kind="slack", rate="50/s")
        with site.running():
            arrive(site)
            wait_until(lambda: told(receiver), "a message")
            wait_until(lambda: "Article 6" in site.entries(), "the entry")
            settle(site, receiver, 7)
            assert told(receiver) == [("new", "Article 6"), ("new", "Article 7")]
            assert sorted(site.entries()[:2]) == ["Article 6", "Article 7"]
            assert len(site.entries()) == 7
            slack.wait_for(2)
        texts = [str(message.json()["blocks"]) for message in slack.accepted]
        assert [text.count("Article 6") > 0 for text in texts] == [True, False]


def touch(path: Path) -> None:
    path.touch()


def rewrite(path: Path) -> None:
    path.write_text(seed_text(6), "utf-8")


def rewrite_with(**changed: Any) -> Callable[[Path], object]:
    return lambda path: path.write_text(seed_text(6, **changed), encoding="utf-8")


def add_spaces(path: Path) -> None:
    path.write_text(seed_text(6).replace("title: Article 6", "title:   ' Article   6 '"), "utf-8")


def rename(path: Path) -> None:
    path.rename(path.with_name("renamed.md"))


def copy(path: Path) -> None:
    shutil.copy(path, path.with_name("copy.md"))


NOTHINGS: list[Callable[[Path], object]] = [
    touch,
    rewrite,
    rewrite_with(secured="OTHER-CIPHERTEXT"),
    rewrite_with(heat=99),
    rewrite_with(quality=99),
    rewrite_with(related=[{"title": "Other", "webUrl": "https://example.org/other"}]),
    add_spaces,
    rename,
    copy,
]


def test_what_means_nothing_tells_nothing(site: Site, receiver: Receiver) -> None:
    site.add_endpoint("hook", receiver.url, on=["new", "updated", "removed"])
    with site.running():
        path = write_seed(site.seeds, 6)
        wait_until(lambda: told(receiver), "the first message")
        for number, do in enumerate(NOTHINGS):
            do(path)
            settle(site, receiver, 10 + number)
            renamed = path.with_name("renamed.md")
            if renamed.exists():
                renamed.rename(path)
        expected = ["Article 6", *(f"Article {10 + n}" for n in range(len(NOTHINGS)))]
        assert told(receiver) == [("new", title) for title in expected]
        assert sorted(site.entries()) == sorted(expected)


def test_a_changed_title_is_told_to_those_who_asked_and_going_back_is_not(
    site: Site, receiver: Receiver
) -> None:
    site.add_endpoint("all", receiver.url, on=["new", "updated", "removed"])
    with Receiver() as other:
        site.add_endpoint("new-only", other.url)
        with site.running():
            path = write_seed(site.seeds, 6)
            wait_until(lambda: site.entries() == ["Article 6"], "the entry")
            # A message says what an article is when it is frozen, not when it became news.
            wait_until(lambda: told(receiver) and told(other), "the messages")
            before = site.feed.read_text("utf-8")
            path.write_text(seed_text(6, title="Changed"), "utf-8")
            wait_until(lambda: site.entries() == ["Changed"], "the changed entry")
            wait_until(lambda: ("updated", "Changed") in told(receiver), "the message")
            assert updated(site) > updated_in(before)
            changed_at = updated(site)
            path.write_text(seed_text(6), "utf-8")
            wait_until(lambda: site.entries() == ["Article 6"], "the entry as it was")
            assert updated(site) == changed_at
            settle(site, receiver, 7)
            assert told(receiver) == [
                ("new", "Article 6"),
                ("updated", "Changed"),
                ("new", "Article 7"),
            ]
            wait_until(lambda: len(told(other)) == 2, "both messages")
            assert told(other) == [("new", "Article 6"), ("new", "Article 7")]


def updated_in(feed: str) -> str:
    entry = feed.partition("<entry>")[2]
    return entry.partition("<updated>")[2].partition("<")[0]


def updated(site: Site) -> str:
    return updated_in(site.feed.read_text("utf-8"))


def test_a_deleted_article_leaves_the_feed_after_the_grace(site: Site, receiver: Receiver) -> None:
    site.config["articles"] = {"removal_grace": "1s"}
    site.add_endpoint("hook", receiver.url, on=["new", "removed"])
    with site.running():
        path = write_seed(site.seeds, 6)
        wait_until(lambda: site.entries() == ["Article 6"], "the entry")
        path.unlink()
        wait_until(lambda: site.feed.exists() and site.entries() == [], "the empty feed")
        wait_until(lambda: ("removed", "Article 6") in told(receiver), "the message")


def test_what_came_while_the_daemon_was_down_is_told_when_it_is_up(
    site: Site, receiver: Receiver
) -> None:
    site.add_endpoint("hook", receiver.url)
    with site.running():
        pass
    write_seed(site.seeds, 6)
    with site.running():
        wait_until(lambda: told(receiver) == [("new", "Article 6")], "the message")


def test_a_burst_is_taken_in_whole(site: Site, receiver: Receiver) -> None:
    site.add_endpoint("hook", receiver.url)
    with site.running():
        for number in range(300):
            write_seed(site.seeds, number)
        wait_until(lambda: len(told(receiver)) == 300, "all of them")
        assert len(set(told(receiver))) == 300
        wait_until(lambda: len(site.entries()) == 100, "a full window")


def test_it_says_once_where_to_look(site: Site) -> None:
    address = kept_address()
    site.config["http"] = {"listen": address}
    with site.running() as running:
        running.wait_for_log(f"Open http://{address}/\n")
        running.process.send_signal(signal.SIGHUP)
        running.wait_for_log("config reloaded")
        running.wait_for_log("daemon: started", count=2)
        assert running.log_text().count("Open http") == 1
    site.config["http"] = {"listen": "off"}
    with site.running() as running:
        assert "Open http" not in running.log_text()


def test_a_root_is_watched_before_it_is_scanned(site: Site) -> None:
    """What comes while it is scanned would else be missed until the next rescan."""
    write_seed(site.seeds, 1)
    with site.running() as running:
        running.wait_for_log("rescan done")
        lines = running.log_text().splitlines()
    watched = next(n for n, line in enumerate(lines) if "root state" in line)
    scanned = next(n for n, line in enumerate(lines) if "rescan done" in line)
    assert watched < scanned
