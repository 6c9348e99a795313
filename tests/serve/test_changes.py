"""The change log from a cursor on: nothing is missed, and what is gone is said to be."""

import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Self

import pytest
import requests

from tests.serve.samples import NOW, MemoryView, article, serving
from tests.support.waiting import wait_until
from watcher.errors import StoreError
from watcher.model.article import Change
from watcher.model.kinds import ChangeKind
from watcher.model.public_json import change_object
from watcher.serve import changes as module
from watcher.serve.changes import Changes


def change(sequence: int, **more: Any) -> Change:
    about = article(sequence, title=f"Article {sequence}\r\n\u2028é")
    return Change(sequence=sequence, kind=ChangeKind.NEW, at=NOW, article=about, **more)


class Stream:
    """Listens to server-sent events as a small script would, without a library."""

    def __init__(self, base: str, **headers: str) -> None:
        host, port = base.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        head = ["GET /changes HTTP/1.1", "Host: localhost", "Accept: text/event-stream", *lines]
        self.socket.sendall("\r\n".join([*head, "", ""]).encode())
        self.file = self.socket.makefile("rb")
        self.head = b"".join(iter(self.file.readline, b"\r\n"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()
        self.socket.close()

    def lines(self) -> Iterator[str]:
        while size := int(self.file.readline() or b"0", 16):
            yield from self.file.read(size).decode().splitlines()
            self.file.readline()

    def events(self) -> Iterator[tuple[int, dict[str, Any]]]:
        number = 0
        for line in self.lines():
            name, _, value = line.partition(": ")
            if name == "id":
                number = int(value)
            if name == "data":
                yield number, json.loads(value)


@contextmanager
def streaming(view: MemoryView) -> Iterator[tuple[str, Changes]]:
    changes = Changes(view)
    with serving(view, changes=changes) as base:
        yield base, changes


def test_the_log_is_read_page_by_page() -> None:
    view = MemoryView(logged=[change(number) for number in range(1, 8)])
    with serving(view) as base:
        found, after, more = [], 0, True
        while more:
            page = requests.get(f"{base}/changes?after={after}&limit=3", timeout=20).json()
            found += page["changes"]
            after, more = page["after"], page["has_more"]
        assert found == [change_object(each) for each in view.logged]
        assert requests.get(f"{base}/changes?after=7", timeout=20).json() == {
            "changes": [],
            "after": 7,
            "has_more": False,
        }
        assert len(requests.get(f"{base}/changes", timeout=20).json()["changes"]) == 7


def test_what_none_was_told_of_says_so() -> None:
    with serving(MemoryView(logged=[change(1, baseline=True)])) as base:
        (found,) = requests.get(f"{base}/changes", timeout=20).json()["changes"]
    assert found == change_object(change(1)) | {"baseline": True}


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_cursor_of_what_was_pruned_is_told_the_oldest_that_is_left(accept: str) -> None:
    view = MemoryView(logged=[change(number) for number in (3, 8, 9)])  # 3 waited to be told
    with serving(view) as base:

        def ask(after: int) -> requests.Response:
            headers = {"accept": accept}
            url = f"{base}/changes?after={after}"
            return requests.get(url, headers=headers, timeout=20, stream=True)

        for after, oldest in ((0, 3), (1, 3), (3, 8), (5, 8)):
            response = ask(after)
            assert response.status_code == 410, after
            assert response.json()["oldest"] == oldest
        for after in (2, 7, 8, 9, 100):
            with ask(after) as response:
                assert response.status_code == 200, after
        page = requests.get(f"{base}/changes?after=2", timeout=20).json()
        assert [each["sequence"] for each in page["changes"]] == [3]


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", "after=1.5", "limit=y", "after=" + "9" * 30]
)
def test_a_cursor_that_is_none_is_refused(query: str) -> None:
    with serving(MemoryView()) as base:
        assert requests.get(f"{base}/changes?{query}", timeout=20).status_code == 400


def test_each_change_is_heard_at_once_and_none_is_missed_when_one_comes_back() -> None:
    view = MemoryView(logged=[change(1), change(2)])
    with streaming(view) as (base, changes):
        with Stream(base) as stream:
            assert b" 200 " in stream.head
            assert b"text/event-stream" in stream.head
            events = stream.events()
            for number in (3, 4):  # it begins with what comes next
                view.logged = [*view.logged, change(number)]
                wait_until(lambda: changes._listeners, "the listener")
                begin = time.monotonic()
                changes.wake()
                assert next(events) == (number, change_object(change(number)))
                assert time.monotonic() - begin < 2
        view.logged = [*view.logged, change(5), change(6)]  # while it is away
        with Stream(base, last_event_id="4") as stream:
            events = stream.events()
            assert [next(events)[0], next(events)[0]] == [5, 6]
            view.logged = [*view.logged, change(7)]
            changes.wake()
            assert next(events)[0] == 7
    with streaming(view) as (base, _), Stream(base, last_event_id="2") as stream:  # a restart
        events = stream.events()
        assert [next(events)[0] for _ in range(5)] == [3, 4, 5, 6, 7]


def test_one_who_is_far_behind_reads_the_store_and_then_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_KEPT_BYTES", 1000)
    view = MemoryView(logged=[change(number) for number in range(1, 351)])
    with streaming(view) as (base, changes), Stream(base, last_event_id="0") as stream:
        events = stream.events()
        found = [next(events)[0] for _ in range(350)]
        view.logged = [*view.logged, *(change(number) for number in range(351, 600))]
        changes.wake()
        found += [next(events)[0] for _ in range(249)]
    assert found == list(range(1, 600))


def test_a_silent_stream_says_that_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.05)
    with serving(MemoryView()) as base, Stream(base) as stream:
        said = stream.lines()
        assert [next(said) for _ in range(4)][::2] == ["retry: 1000", ": still here"]


def test_streams_end_when_the_server_stops() -> None:
    with ExitStack() as stack:
        with serving(MemoryView()) as base:
            streams = [stack.enter_context(Stream(base)) for _ in range(20)]
            begin = time.monotonic()
        assert time.monotonic() - begin < 4
        for stream in streams:
            assert list(stream.events()) == []


def test_trouble_with_the_store_delays_what_is_new_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.05)

    class Failing(MemoryView):
        failing = False

        def changes_after(self, sequence: int, limit: int) -> Sequence[Change]:
            if self.failing:
                raise StoreError("the disk is full")
            return super().changes_after(sequence, limit)

    view = Failing()
    with streaming(view) as (base, changes), Stream(base) as stream:
        events = stream.events()
        wait_until(lambda: changes._last == 0, "the stream")
        view.failing = True
        view.logged = [change(1)]
        changes.wake()
        assert requests.get(f"{base}/changes", timeout=20).status_code == 503
        view.failing = False
        assert next(events)[0] == 1


def test_each_change_is_read_once_however_many_listen() -> None:
    asked: list[int] = []

    class Counting(MemoryView):
        def changes_after(self, sequence: int, limit: int) -> Sequence[Change]:
            asked.append(sequence)
            return super().changes_after(sequence, limit)

    view = Counting()
    with streaming(view) as (base, changes), ExitStack() as stack:
        streams = [stack.enter_context(Stream(base)) for _ in range(50)]
        wait_until(lambda: changes._listeners == 50, "the listeners")
        wait_until(lambda: changes._last == 0, "the stream")
        before = len(asked)
        heard: list[int] = []

        def hear(stream: Stream) -> None:
            heard.append(next(stream.events())[0])

        view.logged = [change(1)]
        changes.wake()
        threads = [threading.Thread(target=hear, args=(stream,)) for stream in streams]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert heard == [1] * 50
        assert len(asked) - before <= 3
