"""Asks the daemon that serves at a config's address how it is. It reads no store."""

import json
import socket

from watcher.config.values import split_listen

_SECONDS = 3.0
_MOST_BYTES = 65536
_ANYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # none is bound


def ask_daemon(listen: str) -> tuple[str, ...]:
    """What is wrong in the daemon's own view, in words; nothing if none serves there.

    How roots are is left out: the store says that, whether a daemon runs or not.
    """
    where = split_listen(listen)
    if where is None:
        return ()
    host, port = where
    try:
        answer = _get_readiness(_ANYWHERE.get(host, host), port)
    except ConnectionRefusedError:
        return ()
    except TimeoutError:
        return (f"the daemon at {listen} does not answer",)
    except (OSError, ValueError):
        return ()  # somebody else's server, or no address of this machine
    return tuple(_failing(answer))


def _get_readiness(host: str, port: int) -> object:
    """The answer to one question in HTTP/1.0: a client's library would take longer to load."""
    with socket.create_connection((host, port), timeout=_SECONDS) as connection:
        connection.sendall(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        answer = b""
        while (part := connection.recv(_MOST_BYTES)) and len(answer) < _MOST_BYTES:
            answer += part
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def _failing(answer: object) -> list[str]:
    checks = answer.get("checks") if isinstance(answer, dict) else None
    return [
        f"{name}: {check.get('detail')}"
        for name, check in (checks or {}).items()
        if name != "roots" and not check.get("ok")
    ]
