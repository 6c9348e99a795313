"""Secrets are planted wherever there may be one, all failures provoked, everything searched."""

import base64
import io
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from tests.notify.desk import Desk, Died, DyingOutbox
from tests.notify.making import NOW, make_changes, make_endpoint
from tests.support.deliverer import deliver
from tests.support.receiver import (
    Behaviour,
    Exchange,
    Receiver,
    answer,
    close_silently,
    dribble,
    echo,
    hang,
    huge,
    raw,
    redirect,
    reset_after_body,
    reset_before_reading,
    reset_mid_body,
    response,
)
from watcher.config.endpoint import EndpointConfig
from watcher.log import LineFormatter
from watcher.notify.redact import Blotter
from watcher.notify.test_message import dry_run, send_test

KEY = base64.b64encode(b"PLANTED-signing-key-of-32-bytes!").decode()
PLANTED = {
    "user": "PLANTEDuser",
    "password": "PLANTEDpassword",
    "path": "PLANTEDpath",
    "query": "PLANTEDquery",
    "header": "PLANTEDheader",
    "key": KEY,
    "basic": base64.b64encode(b"PLANTEDuser:PLANTEDpassword").decode(),
}


def plant(receiver: Receiver, *, scheme: str = "http") -> dict[str, Any]:
    url = receiver.url.replace("http://", f"{scheme}://PLANTEDuser:PLANTEDpassword@")
    return {
        "url": f"{url}/T0/PLANTEDpath?token=PLANTEDquery",
        "headers": {"X-Token": "Bearer PLANTEDheader"},
        "timeout": "200ms",
    }


def echo_html(exchange: Exchange) -> None:
    """Echo the path as careless error pages do: escaped, in a sentence."""
    message = exchange.read()
    page = f"<p>The requested URL {message.path.replace('&', '&amp;')} is <b>not here</b>"
    exchange.send(response(404, page.encode(), {"x-echo": message.path}))


BEHAVIOURS: dict[str, Behaviour] = {
    "echo 200": echo(200),
    "echo 302": echo(302),
    "echo 404": echo(404),
    "echo 410": echo(410),
    "echo 429": echo(429),
    "echo 500": echo(500),
    "echo html": echo_html,
    "malformed headers": raw(b"HTTP/1.1 200 OK\r\n: bad\r\nno colon\r\n\r\nok"),
    "endless status line": raw(b"HTTP/1.1 " + b"2" * 70_000),
    "too many headers": raw(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n"),
    "not http": raw(b"220 smtp.example.org ESMTP\r\n"),
    "bad chunks": raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
    "bad gzip": answer(200, b"not gzip", {"content-encoding": "gzip"}),
    "redirect": redirect("http://127.0.0.1:1/T0/PLANTEDpath?token=PLANTEDquery"),
    "bad redirect": redirect("http://[bad"),
    "close": close_silently(),
    "reset at once": reset_before_reading(),
    "reset mid": reset_mid_body(),
    "reset after": reset_after_body(),
    "hang": hang(),
    "dribble": dribble(0.05),
    "huge": huge(),
}


class Trap(logging.Handler):
    """Catches every log line as it is written when no secret is known to the log."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.setFormatter(LineFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def trap() -> Iterator[Trap]:
    root, trap = logging.getLogger(), Trap()
    level = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(trap)
    yield trap
    root.removeHandler(trap)
    root.setLevel(level)


def assert_clean(*things: object) -> None:
    for thing in things:
        text = thing if isinstance(thing, str) else repr(thing)
        found = [where for where, secret in PLANTED.items() if secret in text]
        assert not found, f"{found} in {text}"


def everything_of(desk: Desk) -> list[object]:
    return [
        desk.attempts,
        desk.deliveries,
        desk.status.disabled_reason,
        desk.alerts,
        desk.endpoint,
        desk.deliverer,
        vars(desk.deliverer),
    ]


@pytest.mark.parametrize("behaviour", BEHAVIOURS.values(), ids=BEHAVIOURS)
@pytest.mark.parametrize("kind", ["webhook", "slack", "discord", "teams"])
def test_no_failure_tells_a_secret(kind: str, behaviour: Behaviour, trap: Trap) -> None:
    with Receiver(behaviour) as receiver:
        keys = plant(receiver) | ({"secret": f"whsec_{KEY}"} if kind == "webhook" else {})
        desk = Desk(receiver, kind, give_up_after="0", **keys)
        desk.owe(*make_changes(1))
        desk.drain()
        assert len(desk.attempts) == 1
        assert_clean(*everything_of(desk), *trap.lines)
        told = send_test(desk.endpoint, now=NOW, delivery="msg_1", allow_private=True)
        assert_clean(told, *trap.lines)


@pytest.mark.parametrize(
    ("host", "scheme"),
    [("127.0.0.1", "http"), ("127.0.0.1", "https"), ("nowhere.invalid", "https")],
)
def test_no_failure_to_connect_tells_a_secret(host: str, scheme: str, trap: Trap) -> None:
    with Receiver() as receiver:
        if scheme == "http":
            receiver.pause()
        keys = plant(receiver, scheme=scheme)
        desk = Desk(receiver, **keys | {"url": keys["url"].replace("127.0.0.1", host)})
        desk.owe(*make_changes(1))
        desk.drain()
        assert len(desk.attempts) == 1
        assert_clean(*everything_of(desk), *trap.lines)


def test_a_refused_address_tells_no_secret() -> None:
    with Receiver() as receiver:
        endpoint = make_endpoint(**plant(receiver))
        result = send_test(endpoint, now=NOW, delivery="msg_1", allow_private=False)
        assert_clean(result)
        assert result.error == (
            "127.0.0.1: its address is private, and egress.allow_private is false"
        )


def test_a_traceback_through_the_deliverer_tells_no_secret(trap: Trap) -> None:
    with Receiver() as receiver:
        desk = Desk(receiver, **plant(receiver))
        desk.owe(*make_changes(1))
        deliverer = desk.make_deliverer("worker", DyingOutbox(desk.database))
        with pytest.raises(Died) as caught:
            deliver(deliverer, desk.clock)
        out = io.StringIO()
        traceback.print_exception(caught.value, file=out)
        assert_clean(out.getvalue(), *trap.lines)


def test_a_dry_run_shows_the_request_without_its_secrets() -> None:
    with Receiver() as receiver:
        endpoint = make_endpoint(secret=f"whsec_{KEY}", **plant(receiver))
        request = dry_run(endpoint, now=NOW, delivery="msg_1")
        assert_clean(request)
        assert request.url == f"http://127.0.0.1:{receiver.port}/…"
        assert request.headers["x-token"] == "[secret]"
        assert request.headers["webhook-signature"] == "[secret]"
        assert request.headers["webhook-id"] == "msg_1"


def endpoint_at(url: str) -> EndpointConfig:
    return make_endpoint(url=url, headers={"X-Key": "with space"})


@pytest.mark.parametrize(
    ("text", "blotted"),
    [
        ("see https://h.example/T0/B0/XYZXYZXYZ now", "see [secret] now"),
        ("GET /T0/B0/XYZXYZXYZ", "GET [secret]"),
        ("token XYZXYZXYZ", "token [secret]"),
        ("with space", "[secret]"),
        ("nothing at all", "nothing at all"),
        ("T0 and B0 are too short to hide", "T0 and B0 are too short to hide"),
    ],
)
def test_blotting(text: str, blotted: str) -> None:
    assert Blotter(endpoint_at("https://h.example/T0/B0/XYZXYZXYZ")).blot(text) == blotted


def test_blotting_in_other_spellings() -> None:
    blotter = Blotter(endpoint_at("https://h.example/in?a=1&token=a%26b%3Cc%3E"))
    for text in ("a%26b%3Cc%3E", "a&b<c>", "a&amp;b&lt;c&gt;"):
        assert blotter.blot(text) == "[secret]"


def test_a_password_is_blotted_as_the_header_that_it_makes() -> None:
    blotter = Blotter(endpoint_at("https://PLANTEDuser:PLANTEDpassword@h.example/"))
    assert blotter.blot(f"authorization: Basic {PLANTED['basic']}") == (
        "authorization: Basic [secret]"
    )


def test_an_excerpt_is_one_short_printable_line() -> None:
    blotter = Blotter(endpoint_at("https://h.example/T0/B0/XYZXYZXYZ"))
    assert blotter.excerpt(" a\r\n\tb \x1b[31m XYZXYZXYZ") == (
        "a b \N{REPLACEMENT CHARACTER}[31m [secret]"
    )
    long = blotter.excerpt("x" * 195 + " XYZXYZXYZ")
    assert len(long) == 200
    assert long.endswith("[se…")
