"""A daemon under a steady mix of everything, and what it takes of its machine meanwhile.

For the test of it, which is short, and the benchmark, which is long.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from tests.support.ordeal import moody
from tests.support.receiver import Receiver, answer
from tests.support.seeds import write_seed
from tests.support.served import ServedSite
from tests.support.site import Running
from tests.support.waiting import wait_until

AT_FIRST = 200
FEWEST, MOST = 150, 250
RELOAD_EVERY = 20.0
EXPLAIN = """
import sys
from watcher.cli import program
for url in sys.argv[2:]:
    program.main(["--config", sys.argv[1], "explain", url, "--json"], standalone_mode=False)
"""
PROVOKED = "config not reloaded"
STORE_FILE = "seedwatch.db"


MOST_KEPT_OPEN = (5 + 1) * 2 + 1 + 1
"""Descriptors at an SQLite store while nothing uses it: its pool keeps up to five connections, as
many as were ever needed at once, and the listener one, each with the database and its journal; the
process has one more at the journal's index and one at the lock. How many those are by when is
chance; that they are no more is not."""

ONE_MORE = 1
"""What may come late by chance: the second thread of the timetable, say, at the first time that
two of its calls are due at once. What leaks comes again at each act or reload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a process holds: resident bytes, open descriptors, threads; ``at`` is in seconds.

    ``at_store`` are descriptors at the store's files; ``descriptors`` are all others.
    """

    at: float
    resident: int
    at_store: int
    descriptors: int
    threads: int


@dataclass(slots=True, kw_only=True)
class Known:
    """What the folder says of one article: its title now, and where, if anywhere, it is."""

    title: str
    path: Path | None
    edition: int = 1


@dataclass(slots=True)
class Soak:
    """A site, and what is done to it. ``random`` decides what and to whom."""

    site: ServedSite
    random: Random
    articles: dict[int, Known] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    reloads: int = 0

    def run(self, seconds: float, *, pause: float) -> str:
        """Go on for so long, with one thing done every ``pause`` seconds; the daemon's log."""
        for _ in range(AT_FIRST):
            self._write()
        with self._endpoints(), self.site.running() as running:
            began = time.monotonic()
            reload_at = began + RELOAD_EVERY
            while (now := time.monotonic()) < began + seconds:
                self._do_something()
                if now >= reload_at:
                    reload_at += RELOAD_EVERY
                    self._reload(running)
                if not self.samples or now - began - self.samples[-1].at >= 1:
                    self.samples.append(take_sample(running.process.pid, now - began))
                time.sleep(pause)
            wait_until(self._is_told, "all to be told", 120)
            wait_until(self._is_up_to_date, "every path, and all removals", 60)
        return running.log_text()

    def check_explanations(self, count: int = 100) -> None:
        """That ``explain`` says of random articles what the folder says, and that all is sent."""
        numbers = self.random.sample(sorted(self.articles), min(count, len(self.articles)))
        for number, value in zip(numbers, self._explain(numbers), strict=True):
            known, article = self.articles[number], value["article"]
            assert article["title"] == known.title, number
            assert article["state"] == ("live" if known.path else "removed"), number
            assert article["paths"] == ([str(known.path)] if known.path else []), number
            states = {item["state"] for item in value["endpoints"]}
            assert states <= {"sent", "not owed"}, f"{number}: {states}"

    # ------------------------------------------------------------ what is done

    def _do_something(self) -> None:
        live = [number for number, known in self.articles.items() if known.path]
        acts: list[Callable[[int], None]] = [self._edit, self._edit, self._touch, self._move]
        if len(live) < MOST:
            acts += [self._write, self._write]
        if len(live) > FEWEST:
            acts += [self._delete]
        act = self.random.choice(acts)
        act(self.random.choice(live))
        name = act.__name__.strip("_")
        self.done[name] = self.done.get(name, 0) + 1

    def _write(self, _number: int = 0) -> None:
        number = len(self.articles) + 1
        path = write_seed(self.site.seeds, number)
        self.articles[number] = Known(title=f"Article {number}", path=path)

    def _edit(self, number: int) -> None:
        known = self.articles[number]
        known.edition += 1
        known.title = f"Article {number}, edition {known.edition}"
        self._rewrite(number)

    def _touch(self, number: int) -> None:
        """Write noise: another ciphertext, another popularity."""
        self._rewrite(number, secured=f"CIPHERTEXT-{self.random.random()}", heat=number % 90)

    def _rewrite(self, number: int, **changed: Any) -> None:
        known = self.articles[number]
        assert known.path is not None
        write_seed(known.path.parent, number, name=known.path.name, title=known.title, **changed)

    def _move(self, number: int) -> None:
        known = self.articles[number]
        assert known.path is not None
        folder = self.site.seeds / f"folder-{self.random.randrange(5)}"
        folder.mkdir(exist_ok=True)
        known.path = known.path.rename(folder / f"{self.random.randrange(10**9)}.md")

    def _delete(self, number: int) -> None:
        known = self.articles[number]
        assert known.path is not None
        known.path.unlink()
        known.path = None

    def _reload(self, running: Running) -> None:
        """Every third one is of a config that is bad."""
        self.reloads += 1
        self.site.write_config()
        if self.reloads % 3 == 0:
            self.site.config_file.write_text("state: [", "utf-8")
        running.process.send_signal(signal.SIGHUP)

    # ------------------------------------------------------------ how it stands

    @contextmanager
    def _endpoints(self) -> Iterator[None]:
        with ExitStack() as stack:
            for name, how in (("good", answer()), ("moody", moody(self.random))):
                receiver = stack.enter_context(Receiver(how))
                self.site.add_endpoint(
                    name, receiver.url, retry=["200ms", "500ms"], on=["new", "updated", "removed"]
                )
            yield

    def _is_told(self) -> bool:
        return bool(self.site.json("status", check=None)["backlog"] == 0)

    def _is_up_to_date(self) -> bool:
        """True if the path of each article is known, and no other one: graces have run out."""
        listed = self.site.json_lines("articles", "--state", "live", "--limit", "10000")
        paths = sorted(path for article in listed for path in article["paths"])
        expected = sorted(str(known.path) for known in self.articles.values() if known.path)
        return paths == expected and self._is_told()

    def _explain(self, numbers: list[int]) -> Iterator[dict[str, Any]]:
        urls = [f"https://example.org/articles/{number}" for number in numbers]
        self.site.write_config()
        done = subprocess.run(
            [sys.executable, "-c", EXPLAIN, str(self.site.config_file), *urls],
            cwd=Path(__file__).parents[2],
            check=True,
            capture_output=True,
            text=True,
        )
        decoder, text = json.JSONDecoder(), done.stdout
        while text := text.strip():
            value, end = decoder.raw_decode(text)
            yield value
            text = text[end:]


def take_sample(pid: int, at: float) -> Sample:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    opened = list(what_is_open(pid))
    at_store = sum(1 for target in opened if STORE_FILE in Path(target).name)
    return Sample(
        at=at,
        resident=int(fields["VmRSS"].split()[0]) * 1024,
        at_store=at_store,
        descriptors=len(opened) - at_store,
        threads=int(fields["Threads"]),
    )


def what_is_open(pid: int) -> Iterator[str]:
    """What each descriptor of a process is at; one that is closed meanwhile is none."""
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            yield str(descriptor.readlink())


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What a process held after warming up, and at the end."""

    resident: tuple[float, float]
    at_store: tuple[int, int]
    descriptors: tuple[int, int]
    threads: tuple[int, int]

    @property
    def of_memory(self) -> float:
        return self.resident[1] / self.resident[0] - 1

    @property
    def of_descriptors(self) -> int:
        return self.descriptors[1] - self.descriptors[0]

    @property
    def of_threads(self) -> int:
        return self.threads[1] - self.threads[0]


def growth(samples: list[Sample]) -> Growth:
    """From the second third to the last: the first is warming up.

    Descriptors and threads come and go with connections, so the fewest there were are compared.
    """
    third = len(samples) // 3
    before, after = samples[third : 2 * third], samples[2 * third :]

    def fewest(part: list[Sample], name: str) -> int:
        return min(int(getattr(sample, name)) for sample in part)

    return Growth(
        resident=(median(s.resident for s in before), median(s.resident for s in after)),
        at_store=(fewest(before, "at_store"), fewest(after, "at_store")),
        descriptors=(fewest(before, "descriptors"), fewest(after, "descriptors")),
        threads=(fewest(before, "threads"), fewest(after, "threads")),
    )


def unexpected_errors(log: str) -> list[str]:
    """Lines of errors that nobody provoked."""
    return [
        line
        for line in log.splitlines()
        if (" ERROR " in line and PROVOKED not in line) or "Traceback" in line
    ]
