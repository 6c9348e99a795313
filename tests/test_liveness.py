"""Who is at work must get on; who waits may wait."""

from watcher.liveness import Pulse, Vigil


class Watch:
    """A vigil of 10 seconds over pulses, with a clock of its own."""

    def __init__(self, *pulses: Pulse) -> None:
        self.now = 1000.0
        self.pulses = pulses
        self._vigil = Vigil(10, clock=lambda: self.now)
        self.look()

    def look(self, after: float = 0.0) -> list[str]:
        self.now += after
        return [str(stuck) for stuck in self._vigil.look(self.pulses)]


def test_who_rests_may_do_so_for_ever() -> None:
    rested, fresh = Pulse("rested"), Pulse("fresh")
    rested.beat()
    rested.rest()
    watch = Watch(rested, fresh)
    assert watch.look(after=1_000_000) == []


def test_who_gets_on_may_work_for_ever() -> None:
    pulse = Pulse("slow")
    watch = Watch(pulse)
    for _ in range(100):
        pulse.beat()
        assert watch.look(after=9) == []


def test_who_does_not_get_on_is_named_until_it_does() -> None:
    one, other = Pulse("one"), Pulse("other")
    one.beat()
    other.beat()
    watch = Watch(one, other)
    assert watch.look(after=10) == []
    other.beat()
    assert watch.look(after=1) == ["one has not got on for 11 s"]
    one.beat()
    assert watch.look() == []
    assert watch.look(after=10) == []
    assert len(watch.look(after=1)) == 2


def test_one_that_may_take_long_steps_is_given_the_time() -> None:
    pulse = Pulse("reload", longest=900)
    pulse.beat()
    watch = Watch(pulse)
    assert watch.look(after=910) == []
    assert watch.look(after=1) == ["reload has not got on for 911 s"]


def test_who_rested_between_two_looks_begins_anew() -> None:
    pulse = Pulse("batches")
    pulse.beat()
    watch = Watch(pulse)
    pulse.rest()
    watch.look(after=100)
    pulse.beat()
    assert watch.look(after=100) == []
