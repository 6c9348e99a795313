import threading
import time

from hypothesis import given
from hypothesis import strategies as st

from tests.watch.recorder import FakeClock
from watcher.model.seed import SeedPath
from watcher.watch.debounce import Settler


def at(path: str) -> SeedPath:
    return SeedPath(root="/r", path=path)


def test_complete_path_is_ready_at_once(clock: FakeClock) -> None:
    settler = Settler(clock=clock)
    settler.mark(at("a"), complete=True, settle=0.2)
    assert settler.take(0).paths == [at("a")]
    assert settler.take(0).paths == []


def test_incomplete_path_is_ready_when_quiet(clock: FakeClock) -> None:
    settler = Settler(clock=clock)
    settler.mark(at("a"), complete=False, settle=0.2)
    clock.now += 0.15
    settler.mark(at("a"), complete=False, settle=0.2)
    clock.now += 0.15
    assert settler.take(0).paths == []
    clock.now += 0.06
    assert settler.take(0).paths == [at("a")]


def test_of_each_root_at_most_so_many_paths_are_taken_at_once(clock: FakeClock) -> None:
    settler = Settler(clock=clock)
    other = SeedPath(root="/s", path="z")
    for path in (*map(at, "abc"), other):
        settler.mark(path, complete=True, settle=0.2)
    assert settler.take(0, most=2).paths == [at("a"), at("b"), other]
    assert settler.take(0, most=2).paths == [at("c")]


def test_path_that_is_never_quiet_waits_the_longest_time_and_no_longer(clock: FakeClock) -> None:
    settler = Settler(longest=10.0, clock=clock)
    start = clock.now
    while not (batch := settler.take(0).paths):
        settler.mark(at("a"), complete=False, settle=0.2)
        clock.now += 0.1
        assert clock.now - start < 11
    assert batch == [at("a")]
    assert clock.now - start >= 9.99


def test_completion_ends_the_wait_and_leaves_nothing_behind(clock: FakeClock) -> None:
    settler = Settler(clock=clock)
    settler.mark(at("a"), complete=False, settle=0.2)
    settler.mark(at("a"), complete=True, settle=0.2)
    assert settler.take(0).paths == [at("a")]
    clock.now += 60
    assert settler.take(0).paths == []


def test_mark_of_a_ready_path_adds_nothing(clock: FakeClock) -> None:
    settler = Settler(clock=clock)
    settler.mark(at("a"), complete=True, settle=0.2)
    settler.mark(at("a"), complete=False, settle=0.2)
    settler.retry(at("a"), 1.0)
    assert len(settler) == 1
    assert settler.take(0).paths == [at("a")]
    assert len(settler) == 0


def test_all_that_is_ready_is_one_sorted_batch(clock: FakeClock) -> None:
    settler = Settler(clock=clock)
    other = SeedPath(root="/q", path="z")
    settler.mark(at("late"), complete=False, settle=5)
    for seed in (at("b"), at("a"), other, at("b")):
        settler.mark(seed, complete=True, settle=0.2)
    settler.mark(at("c"), complete=False, settle=0.2)
    clock.now += 1
    assert settler.take(0).paths == [other, at("a"), at("b"), at("c")]
    assert len(settler) == 1


def test_retry_is_ready_after_its_delay(clock: FakeClock) -> None:
    settler = Settler(clock=clock)
    settler.retry(at("a"), 2.0)
    clock.now += 1.9
    assert settler.take(0).paths == []
    clock.now += 0.2
    assert settler.take(0).paths == [at("a")]


def test_retry_neither_hastens_nor_delays_beyond_a_mark(clock: FakeClock) -> None:
    settler = Settler(clock=clock)
    settler.mark(at("a"), complete=False, settle=0.2)
    settler.retry(at("a"), 30.0)
    settler.retry(at("b"), 30.0)
    settler.mark(at("b"), complete=False, settle=0.2)
    clock.now += 0.3
    assert settler.take(0).paths == [at("a"), at("b")]


def test_retry_does_not_stretch_the_longest_wait(clock: FakeClock) -> None:
    settler = Settler(longest=1.0, clock=clock)
    settler.mark(at("a"), complete=False, settle=0.5)
    settler.retry(at("a"), 30.0)
    clock.now += 0.4
    settler.mark(at("a"), complete=False, settle=5.0)
    clock.now += 0.61
    assert settler.take(0).paths == [at("a")]


def test_take_waits_for_what_becomes_quiet() -> None:
    settler = Settler()
    settler.mark(at("a"), complete=False, settle=0.03)
    start = time.monotonic()
    assert settler.take(20).paths == [at("a")]
    assert 0.03 <= time.monotonic() - start < 10


def test_take_waits_for_a_mark_from_another_thread() -> None:
    settler = Settler()
    settler.mark(at("slow"), complete=False, settle=60)
    timer = threading.Timer(0.02, lambda: settler.mark(at("a"), complete=True, settle=0.2))
    timer.start()
    assert settler.take(None).paths == [at("a")]
    timer.join()


def test_earlier_retry_shortens_a_wait_that_has_begun() -> None:
    settler = Settler()
    settler.mark(at("slow"), complete=False, settle=60)
    timer = threading.Timer(0.02, lambda: settler.retry(at("a"), 0.02))
    timer.start()
    assert settler.take(20).paths == [at("a")]
    timer.join()


def test_take_gives_up_at_its_timeout() -> None:
    settler = Settler()
    settler.mark(at("slow"), complete=False, settle=60)
    assert settler.take(0.02).paths == []
    assert len(settler) == 1


def test_wake_ends_a_wait() -> None:
    settler = Settler()
    timer = threading.Timer(0.02, settler.wake)
    timer.start()
    assert settler.take(None).paths == []
    timer.join()


def test_wake_before_take_counts_once() -> None:
    settler = Settler()
    settler.wake()
    settler.wake()
    assert settler.take(None).paths == []
    start = time.monotonic()
    assert settler.take(0.02).paths == []
    assert time.monotonic() - start >= 0.015


def test_no_mark_of_many_threads_is_lost() -> None:
    settler = Settler()
    threads = [threading.Thread(target=_mark_many, args=(settler, name)) for name in "abcd"]
    for thread in threads:
        thread.start()
    taken: set[SeedPath] = set()
    while len(taken) < 4 * 500:
        batch = settler.take(10).paths
        assert batch
        taken.update(batch)
    for thread in threads:
        thread.join()


def _mark_many(settler: Settler, name: str) -> None:
    for number in range(500):
        settler.mark(at(f"{name}{number}"), complete=number % 2 == 0, settle=0.001)


_steps = st.lists(
    st.one_of(
        st.tuples(st.just("mark"), st.sampled_from("abc"), st.booleans()),
        st.tuples(st.just("retry"), st.sampled_from("abc"), st.booleans()),
        st.tuples(st.just("take"), st.just(""), st.booleans()),
        st.tuples(st.just("pass"), st.just(""), st.booleans()),
    )
)


@given(steps=_steps)
def test_every_dirty_path_is_taken_in_the_end_and_nothing_else(
    steps: list[tuple[str, str, bool]],
) -> None:
    clock = FakeClock()
    settler = Settler(clock=clock)
    owed: set[SeedPath] = set()
    for verb, name, flag in steps:
        match verb:
            case "mark":
                settler.mark(at(name), complete=flag, settle=0.2)
                owed.add(at(name))
            case "retry":
                settler.retry(at(name), 3.0 if flag else 0.1)
                owed.add(at(name))
            case "take":
                batch = set(settler.take(0).paths)
                assert batch <= owed
                owed -= batch
            case _:
                clock.now += 5.0 if flag else 0.15
        assert len(settler) == len(owed)
    clock.now += 10.0
    assert set(settler.take(0).paths) == owed
