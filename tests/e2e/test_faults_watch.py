"""Events that are lost, watches that run out, roots that come and go, a clock that is set back."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.test_run import told
from tests.support.faults import FaultySite, require_namespaces
from tests.support.receiver import Receiver, answer
from tests.support.seeds import write_seed
from tests.support.site import Running
from tests.support.waiting import wait_until
from watcher.clock import utc_now

QUEUE = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text("ascii"))
MANY = 1000


@pytest.fixture
def site(tmp_path: Path, receiver: Receiver) -> FaultySite:
    site = FaultySite(tmp_path / "site")
    site.add_endpoint("hook", receiver.url, on=["new", "removed"])
    return site


def wait_for_news(receiver: Receiver, *numbers: int) -> None:
    """Wait until exactly these articles were told as new, and nothing else was told."""
    expected = sorted(("new", f"Article {number}") for number in numbers)
    wait_until(lambda: len(told(receiver)) >= len(expected), f"{len(expected)} changes")
    assert sorted(told(receiver)) == expected


def wait_for_root(site: FaultySite, state: str, words: str) -> None:
    """Wait until the state of the root is told in all places, in these words."""
    wait_until(lambda: words in str(site.ready().get("roots")), f"{words!r} at /readyz")
    assert site.ready()["status"] == (200 if state == "degraded" else 503)
    assert site.metric(f'seedwatch_root_state{{root="seeds",state="{state}"}}') == 1
    (said,) = site.status().attention
    assert f"is {state}: " in said
    assert words in said


def wait_until_well(site: FaultySite) -> None:
    wait_until(lambda: site.ready().get("roots") == "every root is there", "the root")
    assert site.ready()["status"] == 200
    wait_until(lambda: not site.status().attention, "a status without attention")


@contextmanager
def overflowing(site: FaultySite, running: Running) -> Iterator[None]:
    """What happens in the block is told to nobody: the kernel's event queue is full."""
    running.process.send_signal(signal.SIGSTOP)
    stat = Path(f"/proc/{running.process.pid}/stat")
    wait_until(lambda: stat.read_text("utf-8").rpartition(")")[2].split()[0] == "T", "a stop")
    noise = [f"{site.seeds}/noise-{number}.tmp" for number in range(2)]
    for number in range(QUEUE + 10):
        os.close(os.open(noise[number % 2], os.O_CREAT | os.O_WRONLY))
    yield
    running.process.send_signal(signal.SIGCONT)


QUEUE_CAN_BE_FILLED = pytest.mark.skipif(
    QUEUE > 100_000, reason="the kernel's event queue is too long to be filled"
)


@QUEUE_CAN_BE_FILLED
def test_what_plain_watchdog_loses_the_next_rescan_finds(
    site: FaultySite, receiver: Receiver
) -> None:
    """It tells nobody of an overflow, so nobody can say so; the same holds for its watches."""
    watch_by_plain_watchdog(site)
    site.config["rescan"] = "2s"
    with site.running() as running:
        with overflowing(site, running):
            write_seed(site.seeds, 1)
            write_seed(site.seeds / "made" / "meanwhile", 2)
        wait_for_news(receiver, 1, 2)
        wait_until_well(site)
        assert "events lost" not in running.log_text()
        write_seed(site.seeds / "made" / "meanwhile", 3)
        wait_for_news(receiver, 1, 2, 3)


@QUEUE_CAN_BE_FILLED
def test_what_came_while_the_event_queue_overflowed_is_found(
    site: FaultySite, receiver: Receiver
) -> None:
    with site.running() as running:
        with overflowing(site, running):
            write_seed(site.seeds, 1)
            write_seed(site.seeds / "made" / "meanwhile", 2)
        wait_for_news(receiver, 1, 2)
        running.wait_for_log("reason=overflow")
        running.wait_for_log("WARNING overflow: events lost")
        said = "the kernel's event queue overflowed at "
        wait_until(lambda: "; a rescan found what was missed" in str(site.ready()), "readiness")
        assert site.ready()["status"] == 200
        assert str(site.ready()["observer"]).startswith(f"alive; {said}")
        assert site.metric("seedwatch_event_overflows_total") == 1
        status = site.status()
        assert [line.partition(":")[0] for line in status.attention] == [f"{said}{utc_now():%H}"]
        assert status.is_healthy
        write_seed(site.seeds / "made" / "meanwhile", 3)
        wait_for_news(receiver, 1, 2, 3)
        assert said not in str(site.status(later=timedelta(hours=1)).attention)


def test_folders_for_which_no_watch_is_left_are_rescanned_until_there_is(
    site: FaultySite, receiver: Receiver
) -> None:
    require_namespaces()
    limit = "/proc/sys/user/max_inotify_watches"
    site.before = f"echo 3 > {limit}"
    for name in "abcd":
        (site.seeds / name).mkdir()
    with site.running() as running:
        words = "no inotify watches are left; raise the sysctl fs.inotify.max_user_watches"
        wait_for_root(site, "degraded", words)
        for number, name in enumerate("abcd", 1):
            write_seed(site.seeds / name, number)
        wait_for_news(receiver, 1, 2, 3, 4)
        site.inside_do("sh", "-c", f"echo 1000 > {limit}")
        wait_until_well(site)
        assert running.log_text().count(words) == 2  # how the root stands, and what it is now


def remake(site: FaultySite) -> None:
    shutil.rmtree(site.seeds)
    site.seeds.mkdir()


def replace_by_link(site: FaultySite) -> None:
    site.seeds.rename(site.folder / "before")
    site.seeds.symlink_to(site.folder / "before")


def move_away_and_back(site: FaultySite) -> None:
    away = site.seeds.rename(site.folder / "away")
    wait_for_root(site, "missing", "No such file or directory")
    away.rename(site.seeds)


def watch_by_plain_watchdog(site: FaultySite) -> None:
    """As where there is no inotify. watchdog warns when it watches a folder twice, by itself."""
    site.environ |= {"SEEDWATCH_TEST_PLAIN": "1", "PYTHONWARNINGS": "ignore"}


@pytest.mark.parametrize("mode", ["native", "polling", "plain"])
def test_a_root_that_comes_goes_and_comes_back_is_watched_whenever_it_is_there(
    site: FaultySite, receiver: Receiver, mode: str
) -> None:
    site.config["watch"][0]["mode"] = "polling" if mode == "polling" else "native"
    if mode == "plain":
        watch_by_plain_watchdog(site)
    site.seeds.rmdir()
    with site.running() as running:
        wait_for_root(site, "missing", "No such file or directory")
        site.seeds.mkdir()
        wait_until_well(site)
        for number, happen in enumerate((move_away_and_back, remake, replace_by_link), 1):
            happen(site)
            write_seed(site.seeds, number)
            wait_for_news(receiver, *range(1, number + 1))
            wait_until_well(site)
        wait_until(lambda: len(site.entries()) == 3, "their entries")
        log = running.log_text()
        assert log.count("WARNING root_scan: root missing") == 2
        assert log.count("INFO root_scan: root ok") == 2
        assert "Traceback" not in log


def test_a_folder_without_permission_is_said_and_read_when_it_may_be(
    site: FaultySite, receiver: Receiver
) -> None:
    shut = site.seeds / "shut"
    write_seed(shut, 1)
    site.without_privileges = True
    with site.running() as running:
        write_seed(shut, 2)
        wait_for_news(receiver, 2)
        shut.chmod(0o000)
        write_seed(site.seeds, 3)
        running.process.send_signal(signal.SIGUSR1)
        wait_for_root(site, "degraded", "shut: Permission denied")
        wait_for_news(receiver, 2, 3)
        shut.chmod(0o700)
        write_seed(shut, 4)
        running.process.send_signal(signal.SIGUSR1)
        wait_for_news(receiver, 2, 3, 4)
        wait_until_well(site)
        wait_until(lambda: len(site.entries()) == 4, "their entries")
        assert running.log_text().count("WARNING root_scan: root degraded") == 1


def test_thousands_of_files_that_are_moved_in_at_once_are_all_told(
    site: FaultySite, receiver: Receiver
) -> None:
    one_by_one, as_one = site.folder / "one-by-one", site.folder / "as-one"
    for number in range(MANY):
        write_seed(as_one if number % 2 else one_by_one, number)
    with site.running() as running:
        as_one.rename(site.seeds / "as-one")
        for path in one_by_one.iterdir():
            path.rename(site.seeds / path.name)
        wait_until(lambda: len(told(receiver)) >= MANY, "all of them")
        assert len(told(receiver)) == len(set(told(receiver))) == MANY
        assert "overflow" not in running.log_text()


def test_a_clock_that_is_set_back_an_hour_delays_nothing(
    site: FaultySite, receiver: Receiver
) -> None:
    clock = site.folder / "clock"
    clock.write_text("0", "ascii")
    site.environ["SEEDWATCH_TEST_CLOCK"] = str(clock)
    site.config["articles"] = {"removal_grace": "500ms"}
    site.config["rescan"] = "1s"
    site.config["endpoints"][0] |= {"rate": "1/s"}
    with Receiver() as moody:
        moody.script(answer(503))
        site.add_endpoint("moody", moody.url, retry=["3s"])
        with site.running() as running:
            write_seed(site.seeds, 1)
            wait_for_news(receiver, 1)
            running.wait_for_log("status=503")
            clock.write_text("-3600", "ascii")
            running.wait_for_log("services: clock set back")
            path = write_seed(site.seeds, 2)
            wait_for_news(receiver, 1, 2)
            path.unlink()
            wait_until(lambda: ("removed", "Article 2") in told(receiver), "the removal")
            wait_until(lambda: len(told(moody)) >= 1, "the retry")
            assert running.log_text().count("clock set back") == 1
            assert site.metric("seedwatch_clock_set_back_total") == 1
            said = "the clock was set back by 1:00:00: what waited then is due that much earlier"
            hour = timedelta(hours=-1)
            wait_until(lambda: site.status(later=hour).attention[:1] == (said,), "the word of it")
            assert site.status(later=hour).is_healthy
            assert "set back by" not in str(site.status().attention)
            assert site.ready()["status"] == 200
