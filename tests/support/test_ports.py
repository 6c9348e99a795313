"""That a kept port is nobody else's, and still can be listened at."""

import socket

from tests.support.ports import KeptPort


def test_a_kept_port_is_given_to_nobody_who_asks_for_any() -> None:
    kept = KeptPort()
    others = [socket.create_server(("127.0.0.1", 0)) for _ in range(500)]
    given = {other.getsockname()[1] for other in others}
    for other in others:
        other.close()
    kept.close()
    assert len(given) == 500
    assert kept.number not in given


def test_a_kept_port_can_be_listened_at_by_one() -> None:
    kept = KeptPort()
    address = ("127.0.0.1", kept.number)
    with socket.create_server(address), socket.create_connection(address, 5) as client:
        assert client.getpeername() == address
    kept.close()
