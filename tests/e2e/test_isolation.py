"""One endpoint's trouble is not another's. ``benchmarks/isolation.py`` measures by how much."""

from functools import partial

from tests.support.ordeal import has_all
from tests.support.receiver import Receiver, answer, dribble
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until

ARTICLES = 10


def test_a_healthy_endpoint_is_told_while_others_hang_refuse_and_throttle(
    site: Site, receiver: Receiver
) -> None:
    throttled = answer(429, b"", {"retry-after": "60"})
    with Receiver(dribble()) as hanging, Receiver() as refusing, Receiver(throttled) as slower:
        refusing.pause()
        for name, each in (("hanging", hanging), ("refusing", refusing), ("throttled", slower)):
            site.add_endpoint(name, each.url, timeout="120s")
        site.add_endpoint("healthy", receiver.url)
        with site.running() as running:
            write_seed(site.seeds, 0)
            hanging.wait_for_requests(1)
            slower.wait_for_requests(1)
            running.wait_for_log("endpoint=refusing")
            for number in range(1, ARTICLES):
                write_seed(site.seeds, number)
                wait_until(partial(has_all, receiver, number + 1), "the article")
            assert "endpoint=hanging" not in running.log_text(), "its first attempt is under way"
            assert len(hanging.requests) == len(slower.requests) == 1
            running.kill()  # to stop in peace would wait for the one that hangs
