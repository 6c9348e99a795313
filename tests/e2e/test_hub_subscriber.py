"""A WebSub subscriber that others wrote (Flask-WebSub) finds our hub, subscribes and hears."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_websub.subscriber import (
    SQLite3SubscriberStorage,
    SQLite3TempSubscriberStorage,
    Subscriber,
    discover,
)
from werkzeug.serving import make_server

from tests.support.ports import kept_address
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until
from tests.support.websub import listed, topic_of


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an app on loopback, and give its URL."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def test_a_subscriber_of_others_subscribes_hears_and_leaves(tmp_path: Path) -> None:
    site = Site(tmp_path / "site")
    site.config["http"] = {"listen": kept_address(), "hub": "on"}
    site.config["http"]["public_url"] = f"http://{site.config['http']['listen']}/"
    site.config["egress"] = {"allow_private": True}
    del site.config["feeds"][0]["url"]
    write_seed(site.seeds, 1)
    database = str(tmp_path / "subscriber.db")
    subscriber = Subscriber(
        SQLite3SubscriberStorage(database), SQLite3TempSubscriberStorage(database)
    )
    agreed: list[tuple[str, str]] = []
    heard: list[tuple[str, bytes]] = []
    subscriber.add_success_handler(lambda topic, _, mode: agreed.append((topic, mode)))
    subscriber.add_listener(lambda topic, _, body: heard.append((topic, body)))
    app = Flask("subscriber")
    app.register_blueprint(subscriber.build_blueprint(url_prefix="/callbacks"))
    with site.running(), serving(app) as url:
        found = discover(topic_of(site))
        assert found["topic_url"] == topic_of(site)
        with app.test_request_context(base_url=url):
            callback = subscriber.subscribe(**found)
        wait_until(lambda: agreed == [(topic_of(site), "subscribe")], "the verification")
        wait_until(lambda: listed(site), "the subscription")
        write_seed(site.seeds, 2)
        wait_until(lambda: heard, "the content")
        assert heard[0] == (topic_of(site), site.feed.read_bytes())
        with app.test_request_context(base_url=url):
            subscriber.unsubscribe(callback)
        wait_until(lambda: agreed[-1] == (topic_of(site), "unsubscribe"), "the verification")
        wait_until(lambda: not listed(site), "the end of the subscription")
