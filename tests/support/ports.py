"""Ports of this machine that are kept for a test: nothing here listens at them.

A port that was found free and let go of may be another's a moment later: every connection that
some program makes takes one from the same range.
"""

import socket


class KeptPort:
    """A free port, bound here but not listened at: others may listen, but none is given it.

    Linux gives a bound port to nobody who asks for any port, and lets who asks for this one have
    it, as long as both set ``SO_REUSEADDR`` (socket(7)) and only one of them listens.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    def close(self) -> None:
        self._socket.close()


_KEPT: list[KeptPort] = []


def kept_port() -> int:
    """A port that is kept for as long as the tests run."""
    _KEPT.append(KeptPort())
    return _KEPT[-1].number


def kept_address() -> str:
    """``127.0.0.1`` with a port that is kept for as long as the tests run."""
    return f"127.0.0.1:{kept_port()}"
