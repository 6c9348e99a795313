"""Asks the daemon that serves at a config's address about its health. It reads no store."""

import json
import socket
from dataclasses import dataclass

from watcher.config.values import split_listen
from watcher.model.health import Check
from watcher.status.judge import MANY_FEEDS, many_feeds_waiting, topics_without_feed

_SECONDS = 3.0
_MOST_BYTES = 65536
_ANYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # none is bound


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonAnswer:
    """The checks that fail in the daemon's own view, and how many feed files it has to write.

    ``topics_without_feed`` are left out by ``max_feeds``. Both numbers are None if no daemon
    answered, or if it does not say.
    """

    checks: tuple[Check, ...] = ()
    feeds_waiting: int | None = None
    topics_without_feed: int | None = None


def ask_daemon(listen: str) -> DaemonAnswer:
    """Ask the daemon that serves at ``listen`` about its health; empty if none serves there.

    The state of roots is left out: the store has it, whether a daemon runs or not.
    """
    where = split_listen(listen)
    if where is None:
        return DaemonAnswer()
    host, port = where
    try:
        answer = _get_readiness(_ANYWHERE.get(host, host), port)
    except ConnectionRefusedError:
        return DaemonAnswer()
    except TimeoutError:
        words = f"the daemon at {listen} does not answer"
        return DaemonAnswer(checks=(Check(name="daemon", ok=False, words=words),))
    except (OSError, ValueError):
        return DaemonAnswer()  # another server, or an address that is not this machine's
    return _understand(answer)


def _get_readiness(host: str, port: int) -> object:
    """The answer to one question in HTTP/1.0: a client's library would take longer to load."""
    with socket.create_connection((host, port), timeout=_SECONDS) as connection:
        connection.sendall(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        answer = b""
        while (part := connection.recv(_MOST_BYTES)) and len(answer) < _MOST_BYTES:
            answer += part
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def _understand(answer: object) -> DaemonAnswer:
    if not isinstance(answer, dict):
        return DaemonAnswer()
    named = answer.get("checks") or {}
    checks = tuple(
        Check(
            name=name,
            ok=False,
            words=f"{name}: {check.get('detail')}",
            action=str(check.get("action", "")),
        )
        for name, check in named.items()
        if name != "roots" and not check.get("ok")
    )
    if not named and answer.get("ready") is False:
        words = "the daemon is not ready: its log says why"
        checks = (Check(name="daemon", ok=False, words=words),)
    waiting, without = answer.get("feeds_waiting"), answer.get("topics_without_feed")
    if waiting and waiting > MANY_FEEDS:
        checks += (many_feeds_waiting(waiting),)
    if without:
        checks += (topics_without_feed(without),)
    return DaemonAnswer(checks=checks, feeds_waiting=waiting, topics_without_feed=without)
