"""Who is answered, who sees what is for operators, and who may read from another site."""

import socket
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.serve.samples import (
    BROWSER,
    MemoryView,
    article,
    bad_file,
    endpoint,
    feed,
    root,
    serving,
)
from watcher.model.health import Check

PATHS = (
    "/",
    "/operations",
    "/operations/inner-circle",
    "/feeds/all.atom",
    "/opml",
    "/healthz",
    "/readyz",
    "/metrics",
    "/static/icon.svg",
)
PUBLIC: dict[str, Any] = {"listen": "0.0.0.0:8765"}
PROXIED: dict[str, Any] = {"public_url": "https://News.example.org/wire"}


@pytest.fixture
def view(tmp_path: Path) -> MemoryView:
    path = tmp_path / "all.atom"
    path.write_bytes(b"<feed/>")
    return MemoryView(
        listed=(feed(path),),
        known=[article(1)],
        told=[endpoint("inner-circle", last_error="refused by db.corp.internal", dead=1)],
        watched=[root("plans")],
        unusable=[bad_file("merger-draft.md")],
        checks=(Check(name="observer", ok=False, words="it died", action="look"),),
    )


def get(url: str, host: str | None = None, accept: str = BROWSER) -> requests.Response:
    headers = {"accept": accept} | ({"host": host} if host else {})
    return requests.get(url, headers=headers, timeout=20)


@pytest.mark.parametrize(
    "host", ["attacker.example", "attacker.example:8765", "127.0.0.1.attacker.example", "10.0.0.7"]
)
def test_a_loopback_daemon_answers_to_no_other_name(view: MemoryView, host: str) -> None:
    with serving(view) as base:
        for path in PATHS:
            response = get(base + path, host)
            assert response.status_code == 421, path
            assert "Article 1" not in response.text


@pytest.mark.parametrize(
    "host", ["localhost:1", "LOCALHOST", "127.0.0.2", "[::1]:80", "a.localhost"]
)
def test_a_loopback_daemon_answers_to_loopback_names(view: MemoryView, host: str) -> None:
    with serving(view) as base:
        assert get(base, host).status_code == 200


def test_a_loopback_daemon_answers_to_configured_hosts(view: MemoryView, tmp_path: Path) -> None:
    with serving(view, folder=tmp_path, url="https://feeds.example.net/a", **PROXIED) as base:
        for host in ("news.example.org", "news.example.org:443", "feeds.example.net"):
            assert get(base, host).status_code == 200, host
        assert get(base, "example.org").status_code == 421


@pytest.mark.parametrize("host", [b"", b"Host: []\r\n", b"Host: [::1\r\n", b"Host: \xff\r\n"])
def test_a_request_of_a_broken_host_ends_well(view: MemoryView, host: bytes) -> None:
    with serving(view) as base:
        name, port = base.removeprefix("http://").split(":")
        with socket.create_connection((name, int(port)), timeout=20) as client:
            client.sendall(b"GET / HTTP/1.0\r\n" + host + b"\r\n")
            assert client.recv(100).split(b" ")[1] == (b"421" if host else b"200")


def test_a_public_daemon_answers_to_any_name(view: MemoryView) -> None:
    with serving(view, **PUBLIC) as base:
        assert get(base, "news.example.org").status_code == 200


@pytest.mark.parametrize(
    ("http", "host", "shared"),
    [
        ({}, None, False),
        ({}, "localhost", False),
        (PROXIED, "localhost", False),
        (PROXIED, "news.example.org", True),
        (PUBLIC, None, True),
    ],
)
def test_other_sites_may_read_only_what_is_public(
    view: MemoryView, http: dict[str, Any], host: str | None, shared: bool
) -> None:
    with serving(view, **http) as base:
        for path in ("/feeds/all.atom", "/opml", "/schema/article.json"):
            headers = get(base + path, host, "*/*").headers
            assert headers.get("access-control-allow-origin") == ("*" if shared else None), path
            policy = "cross-origin" if shared else "same-origin"
            assert headers["cross-origin-resource-policy"] == policy


@pytest.mark.parametrize(
    ("http", "shown"),
    [
        ({}, True),
        ({"operations": "off"}, False),
        (PUBLIC, False),
        (PUBLIC | {"operations": "on"}, True),
        ({"listen": "[::]:1"}, False),
        ({"listen": "10.0.0.1:80"}, False),
        ({"listen": "localhost:1"}, True),
        ({"listen": "[::1]:1"}, True),
    ],
)
def test_what_is_for_operators_is_shown_only_where_that_is_allowed(
    view: MemoryView, http: dict[str, Any], shown: bool
) -> None:
    secrets = ("inner-circle", "db.corp.internal", "merger-draft", "plans", "it died", "observer")
    with serving(view, **http) as base:
        texts = {path: get(base + path).text for path in PATHS}
        found = {word for word in secrets if any(word in text for text in texts.values())}
        assert found == (set(secrets) if shown else set())
        assert "Article 1" in texts["/"]
        assert get(f"{base}/metrics").status_code == (200 if shown else 403)
        ready = get(f"{base}/readyz")
        assert ready.status_code == 503
        assert ready.json()["ready"] is False


def test_addresses_to_copy_are_those_of_readers(view: MemoryView) -> None:
    with serving(view, **PROXIED) as base:
        assert "https://News.example.org/wire/feeds/all.atom" in get(base).text
        assert "https://News.example.org/wire/feeds/all.atom" in get(f"{base}/opml").text
    with serving(view) as base:
        assert f"{base}/feeds/all.atom" in get(base).text


def test_a_trusted_proxy_says_how_it_was_asked(view: MemoryView) -> None:
    with serving(view) as base:
        headers = {"x-forwarded-proto": "https", "accept": BROWSER}
        text = requests.get(base, headers=headers, timeout=20).text
        assert base.replace("http:", "https:") in text
