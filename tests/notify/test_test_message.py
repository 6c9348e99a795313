"""Test messages: sent once, clearly marked, answered honestly."""

import pytest

from tests.notify.making import NOW, SECRET, make_endpoint
from tests.support.receiver import Receiver, answer
from watcher.model.delivery import Outcome
from watcher.notify.test_message import dry_run, send_test


@pytest.mark.parametrize("kind", ["slack", "webhook"])
def test_the_real_answer_is_shown(kind: str) -> None:
    with Receiver() as receiver:
        endpoint = make_endpoint(kind, url=receiver.url)
        result = send_test(endpoint, now=NOW, delivery="msg_1", allow_private=True)
        assert (result.outcome, result.status, result.answer) == (Outcome.SENT, 200, "ok")
        assert result.error is None
        assert 0 < result.elapsed < 5
        [message] = receiver.accepted
        assert b"This is a test of the endpoint here. No article has changed." in message.body

        receiver.default = answer(404, b"no such thing")
        result = send_test(endpoint, now=NOW, delivery="msg_1", allow_private=True)
        assert (result.outcome, result.status) == (Outcome.FAILED, 404)
        assert result.answer == "no such thing"

        receiver.pause()
        result = send_test(endpoint, now=NOW, delivery="msg_1", allow_private=True)
        assert (result.outcome, result.status, result.answer) == (Outcome.NOT_SENT, None, None)
        assert result.error == "127.0.0.1: connection refused"


def test_a_dry_run_is_the_request_that_would_be_made() -> None:
    with Receiver() as receiver:
        endpoint = make_endpoint(url=receiver.url, secret=SECRET)
        request = dry_run(endpoint, now=NOW, delivery="msg_1")
        assert receiver.requests == []
        send_test(endpoint, now=NOW, delivery="msg_1", allow_private=True)
        [message] = receiver.accepted
        assert request.method == message.method
        assert request.body.encode() == message.body
        sent = {name: message.headers[name] for name in request.headers}
        assert sent | {"webhook-signature": "[secret]"} == request.headers
