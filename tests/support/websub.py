"""Somebody who subscribes to a WebSub hub, with a callback of its own, and what it asks."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.support.site import Site


class Subscriber:
    """Somebody with a callback of its own; ``agrees`` and ``answers`` may be changed.

    While ``released`` is not set, it takes what it is told, and does not answer.
    """

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.agrees = True
        self.answers: list[int] = []
        self.released = threading.Event()
        self.released.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = {k: v[-1] for k, v in parse_qs(urlsplit(self.path).query).items()}
                outer.asked.append(query)
                self.reply(200 if outer.agrees else 404, query.get("hub.challenge", ""))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.told.append((headers, body))
                outer.released.wait(60)
                self.reply(outer.answers.pop(0) if outer.answers else 204, "")

            def reply(self, status: int, text: str) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.callback = f"http://127.0.0.1:{self._server.server_port}/callback?mine=1"

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


def topic_of(site: Site, name: str = "all.atom") -> str:
    return f"http://{site.config['http']['listen']}/feeds/{name}"


def ask(site: Site, subscriber: Subscriber, mode: str = "subscribe", **more: str) -> int:
    """Ask the hub of a site; the status of its answer."""
    form = {"hub.mode": mode, "hub.topic": topic_of(site), "hub.callback": subscriber.callback}
    form |= {f"hub.{name}": value for name, value in more.items()}
    url = f"http://{site.config['http']['listen']}/hub"
    return requests.post(url, data=form, timeout=20).status_code


def listed(site: Site) -> list[Any]:
    """The subscribers, as the command lists them."""
    return site.json_lines("subscribers")
