"""POST against servers that behave badly: values come back, in time, without secrets."""

import os
import shutil
import socket
import ssl
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from tests.support.receiver import (
    Behaviour,
    Exchange,
    Receiver,
    answer,
    close_silently,
    dribble,
    hang,
    head_size,
    huge,
    keep,
    kept_response,
    late,
    raw,
    redirect,
    reset_after_body,
    reset_before_reading,
    reset_mid_body,
)
from tests.support.waiting import wait_until
from watcher.notify import http
from watcher.notify.http import ANSWER_LIMIT, Line, post
from watcher.notify.outcome import Failure, Response
from watcher.notify.wire import trust_in

BODY = b'{"a": 1}'


def send(url: str, *, timeout: float = 5, allow_private: bool = True) -> Response | Failure:
    return post(url, BODY, {"x-test": "yes"}, timeout=timeout, allow_private=allow_private)


def test_an_answer_is_a_value_with_its_headers() -> None:
    with Receiver(answer(201, b"fine", {"X-Thing": "1"})) as receiver:
        result = send(receiver.url)
    assert isinstance(result, Response)
    assert (result.status, result.text, result.headers["x-thing"]) == (201, "fine", "1")
    assert result.complete
    message = receiver.accepted[0]
    assert (message.method, message.path, message.body) == ("POST", "/hook", BODY)
    assert message.headers["x-test"] == "yes"
    assert message.headers["connection"] == "close"


@pytest.mark.parametrize("behaviour", [reset_mid_body(), reset_after_body(), close_silently()])
def test_a_connection_lost_before_the_answer_is_unknown(behaviour: Behaviour) -> None:
    with Receiver(behaviour) as receiver:
        result = send(receiver.url)
    assert isinstance(result, Failure)
    assert result.sent
    assert result.error in (
        "127.0.0.1: no answer: connection reset by peer",
        "127.0.0.1: no answer: connection closed",
        "127.0.0.1: no answer: broken pipe",
    )


def test_a_reset_at_once_is_a_failure_whether_or_not_the_request_was_faster() -> None:
    with Receiver(reset_before_reading()) as receiver:
        result = send(receiver.url)
    assert isinstance(result, Failure)
    assert "connection reset by peer" in result.error or result.sent


def test_an_answer_that_is_not_http_is_unknown() -> None:
    with Receiver(raw(b"SSH-2.0-OpenSSH_9.2\r\n")) as receiver:
        result = send(receiver.url)
    assert isinstance(result, Failure)
    assert (result.sent, result.error) == (True, "127.0.0.1: no answer: BadStatusLine")


@pytest.mark.parametrize("behaviour", [hang(), late(60), dribble(0.05)])
def test_the_deadline_is_for_everything_even_for_a_server_that_dribbles(
    behaviour: Behaviour,
) -> None:
    with Receiver(behaviour) as receiver:
        started = time.monotonic()
        result = send(receiver.url, timeout=0.5)
        assert 0.4 < time.monotonic() - started < 8
    assert isinstance(result, Failure)
    assert (result.sent, result.error) == (True, "127.0.0.1: no answer in time")


def test_the_deadline_holds_against_a_body_that_dribbles_but_the_status_counts() -> None:
    with Receiver(dribble(0.05, fast=head_size() + 2)) as receiver:
        started = time.monotonic()
        result = send(receiver.url, timeout=0.5)
        assert time.monotonic() - started < 8
    assert isinstance(result, Response)
    assert (result.status, result.complete) == (200, False)
    assert result.text.startswith("ok")


def test_the_read_timeout_is_below_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_TIMEOUT", 0.2)
    with Receiver(hang()) as receiver:
        started = time.monotonic()
        result = send(receiver.url, timeout=20)
        assert time.monotonic() - started < 5
    assert isinstance(result, Failure)
    assert (result.sent, result.error) == (True, "127.0.0.1: no answer in time")


def test_at_most_64_kib_of_the_answer_are_read() -> None:
    with Receiver(huge()) as receiver:
        result = send(receiver.url)
    assert isinstance(result, Response)
    assert (len(result.body), result.complete) == (ANSWER_LIMIT, True)


def test_a_body_shorter_than_promised_is_incomplete() -> None:
    with Receiver(raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok")) as receiver:
        result = send(receiver.url)
    assert isinstance(result, Response)
    assert (result.text, result.complete) == ("ok", False)


def test_redirects_are_not_followed_and_their_bodies_not_swallowed() -> None:
    with Receiver() as elsewhere, Receiver() as receiver:
        receiver.script(redirect(elsewhere.url), huge(status=302, to=elsewhere.url))
        for _ in range(2):
            result = send(receiver.url)
            assert isinstance(result, Response)
            assert result.status == 302
            assert len(result.body) <= ANSWER_LIMIT
        assert elsewhere.requests == []


def test_refused_is_not_sent() -> None:
    with Receiver() as receiver:
        receiver.pause()
        result = send(receiver.url)
        assert isinstance(result, Failure)
        assert (result.sent, result.error) == (False, "127.0.0.1: connection refused")
        receiver.resume()
        assert isinstance(send(receiver.url), Response)


def test_an_unknown_name_is_not_sent() -> None:
    result = send("https://nowhere.invalid/T0/secret")
    assert isinstance(result, Failure)
    assert (result.sent, result.error) == (False, "nowhere.invalid: its name is unknown")


def test_a_slow_resolver_does_not_outlive_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()

    def resolve(*_: object, **keys: object) -> list[object]:
        if keys.get("flags") == socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "it is a name")
        done.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    started = time.monotonic()
    result = send("https://slow.example/T0/secret", timeout=0.2)
    done.set()
    assert time.monotonic() - started < 8
    assert isinstance(result, Failure)
    assert (result.sent, result.error) == (False, "slow.example: resolving its name timed out")


@pytest.mark.parametrize(
    "url", ["not a url", "http://", "http://[::1/x", "ftp://example.org/", "http://a..b/", ""]
)
def test_an_impossible_url_is_not_sent(url: str) -> None:
    result = send(url)
    assert isinstance(result, Failure)
    assert not result.sent


def test_a_header_that_cannot_be_sent_is_not_sent_and_not_told() -> None:
    result = post(
        "http://127.0.0.1:9/", BODY, {"x-key": "SECRET\nx: y"}, timeout=5, allow_private=True
    )
    assert isinstance(result, Failure)
    assert (result.sent, result.error) == (False, "127.0.0.1: cannot be sent: InvalidHeader")


def test_a_header_may_hold_any_letters() -> None:
    with Receiver() as receiver:
        post(receiver.url, BODY, {"x-name": "Zoë ✓"}, timeout=5, allow_private=True)
    assert receiver.accepted[0].headers["x-name"].encode("latin-1").decode() == "Zoë ✓"


def test_plain_http_where_tls_is_expected_is_not_sent() -> None:
    with Receiver(raw(b"HTTP/1.1 400 Bad\r\n\r\n")) as receiver:
        receiver.default = lambda exchange: exchange.send(b"HTTP/1.1 400 Bad\r\n\r\n")
        result = send(receiver.url.replace("http:", "https:"))
    assert isinstance(result, Failure)
    assert (result.sent, result.error) == (False, "127.0.0.1: TLS: WRONG_VERSION_NUMBER")


def test_a_handshake_that_never_ends_is_not_sent() -> None:
    with Receiver(hang()) as receiver:
        started = time.monotonic()
        result = send(receiver.url.replace("http:", "https:"), timeout=0.4)
        assert time.monotonic() - started < 8
    assert isinstance(result, Failure)
    assert (result.sent, result.error) == (False, "127.0.0.1: TLS: the handshake timed out")


@pytest.fixture
def certificate() -> Path:
    """A self-signed certificate for 127.0.0.1 with its key: made for tests, it guards nothing."""
    return Path(__file__).parent / "self_signed.pem"


def test_certificates_are_verified(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # whatever this machine trusts
        monkeypatch.delenv(name, raising=False)
    with Receiver(tls=context) as receiver:
        result = send(receiver.url)
        assert isinstance(result, Failure)
        assert (result.sent, result.error) == (
            False,
            "127.0.0.1: TLS: self-signed certificate",
        )
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", os.fspath(certificate))
        assert isinstance(send(receiver.url), Response)
        receiver.script(dribble(0.05))
        result = send(receiver.url, timeout=0.5)
        assert isinstance(result, Failure)
        assert (result.sent, result.error) == (True, "127.0.0.1: no answer in time")


@pytest.fixture
def over_tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's side of TLS, which requests trust."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", os.fspath(certificate))
    return context


def send_over(line: Line, url: str, *, timeout: float = 5) -> Response | Failure:
    return line.post(url, BODY, {"x-test": "yes"}, timeout=timeout, allow_private=True)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_requests_follow_one_another_over_one_connection(
    scheme: str, over_tls: ssl.SSLContext
) -> None:
    line = Line()
    with Receiver(keep(), tls=over_tls if scheme == "https" else None) as receiver:
        for _ in range(3):
            result = send_over(line, receiver.url)
            assert isinstance(result, Response)
            assert (result.status, result.text) == (200, "ok")
        assert (len(receiver.accepted), receiver.connected) == (3, 1)
        assert {message.body for message in receiver.accepted} == {BODY}
        receiver.script(dribble(0.05))
        receiver.default = answer()
        line.close()
        late = send_over(line, receiver.url, timeout=0.5)
        assert isinstance(late, Failure), "the next request's deadline is its own"
        assert isinstance(send_over(line, receiver.url), Response)
    line.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_deadline_holds_on_a_connection_that_was_kept(
    scheme: str, over_tls: ssl.SSLContext
) -> None:
    def stall(exchange: Exchange) -> None:
        exchange.accept(exchange.read())
        exchange.send(kept_response())
        exchange.read()
        for _ in range(100):
            exchange.send(b"H")
            exchange.wait(0.05)

    line = Line()
    with Receiver(stall, tls=over_tls if scheme == "https" else None) as receiver:
        assert isinstance(send_over(line, receiver.url), Response)
        started = time.monotonic()
        result = send_over(line, receiver.url, timeout=0.5)
        assert 0.4 < time.monotonic() - started < 8
    assert isinstance(result, Failure)
    assert (result.sent, result.error) == (True, "127.0.0.1: no answer in time")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_after_any_doubt_the_connection_is_a_fresh_one(
    scheme: str, over_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, said = threading.Event(), threading.Event()

    def say_goodbye(exchange: Exchange) -> None:
        exchange.accept(exchange.read())
        exchange.send(kept_response())
        answered.wait(20)
        exchange.send(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
        said.set()
        exchange.wait(20)

    line = Line()
    with Receiver(keep(), tls=over_tls if scheme == "https" else None) as receiver:
        receiver.script(say_goodbye, keep(kept_response(500)), keep())
        assert isinstance(send_over(line, receiver.url), Response)
        answered.set()
        assert said.wait(20)
        for status, connected in ((500, 2), (200, 3), (200, 3)):
            result = send_over(line, receiver.url)
            assert isinstance(result, Response)
            assert (result.status, receiver.connected) == (status, connected)
        monkeypatch.setattr(http, "LONGEST_KEPT", 0.0)
        assert isinstance(send_over(line, receiver.url), Response)
        assert receiver.connected == 4
    line.close()


def test_connections_are_not_kept_for_long_and_not_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MOST_KEPT", 2)
    monkeypatch.setattr(http, "LONGEST_IDLE", 3)
    closed: list[float] = []

    def until_closed(exchange: Exchange) -> None:
        with suppress(ConnectionError):
            keep()(exchange)
        closed.append(time.monotonic())

    lines = [Line() for _ in range(3)]
    with Receiver(until_closed) as receiver:
        for line in lines:
            assert isinstance(send_over(line, receiver.url), Response)
        wait_until(lambda: closed, "the first of three is closed")
        assert isinstance(send_over(lines[2], receiver.url), Response)
        assert receiver.connected == 3
        wait_until(lambda: len(closed) == 3, "all are closed")


def test_a_bundle_is_read_once_and_again_when_it_is_another(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    bundle = tmp_path / "bundle.pem"
    shutil.copy(DEFAULT_CA_BUNDLE_PATH, bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", os.fspath(bundle))
    with Receiver(tls=context) as receiver:
        assert isinstance(send(receiver.url), Failure)
        assert trust_in(str(bundle)) is trust_in(str(bundle))
        shutil.copy(certificate, bundle)
        assert isinstance(send(receiver.url), Response)
        assert isinstance(send(receiver.url.replace("127.0.0.1", "localhost")), Failure)


def test_private_addresses_are_refused_on_demand() -> None:
    with Receiver() as receiver:
        for host in ("127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"):
            result = send(f"http://{host}:{receiver.port}/", allow_private=False)
            assert isinstance(result, Failure)
            assert not result.sent
            assert result.error.endswith(
                "its address is private, and egress.allow_private is false"
            )
    assert receiver.requests == []


def test_a_proxy_of_the_environment_is_used_unless_addresses_must_be_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Receiver() as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        assert isinstance(send("http://far.invalid/hook"), Response)
        assert proxy.accepted[0].path == "http://far.invalid/hook"
        result = send("http://far.invalid/hook", allow_private=False)
        assert isinstance(result, Failure)
        assert result.error == "far.invalid: its name is unknown"
        assert len(proxy.requests) == 1


def test_a_proxy_that_refuses_the_tunnel_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as proxy:
        proxy.default = lambda exchange: exchange.send(
            exchange.read_head()[:0] + b"HTTP/1.1 403 No\r\n\r\n"
        )
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        result = send("https://far.invalid/hook")
        assert isinstance(result, Failure)
        assert (result.sent, result.error) == (False, "far.invalid: cannot be sent: OSError")


def test_a_netrc_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hidden\n")
    monkeypatch.setenv("NETRC", os.fspath(netrc))
    with Receiver() as receiver:
        send(receiver.url)
        send(receiver.url.replace("//", "//me:told@"))
    assert "authorization" not in receiver.accepted[0].headers
    assert receiver.accepted[1].headers["authorization"].startswith("Basic ")
