"""Secrets are planted wherever a config may have one, all goes wrong, everything is searched."""

import base64
import json
import signal
import sqlite3
import ssl
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.support.ports import kept_port
from tests.support.receiver import Exchange, Receiver, response
from tests.support.seeds import write_seed
from tests.support.site import Running, Site

ANSWERS = {"plain": 500, "environment": 404, "files": 410, "credentials": 200, "slack": 403,
           "redirected": 302, "refused": 0, "tls": 0}  # fmt: skip
PAGES = ("/", "/metrics", "/readyz", "/healthz", "/opml", "/feeds/all.atom", "/nothing?here=1")
LISTS = ("articles", "changes", "deliveries", "quarantine", "feeds", "status")
CERTIFICATE = Path(__file__).parent.parent / "notify" / "self_signed.pem"
EXPLODE = """
import http.client

def explode(self, method, url, *args, **kwargs):
    raise RuntimeError(f"nobody foresaw this: {method} {url} of {self.host}")

def explode_here(self, name, *values):
    raise RuntimeError(f"nor this: {name} {values}")

http.client.HTTPConnection.putrequest = explode
http.client.HTTPConnection.putheader = explode_here
"""


class Garden:
    """Where secrets are planted, and what they are."""

    def __init__(self, site: Site, receiver: Receiver, tls: Receiver) -> None:
        self.site = site
        self.receiver = receiver
        self.tls = tls
        self.secrets: set[str] = set()
        self._files = site.folder / "credentials"
        self._files.mkdir()
        site.environ["CREDENTIALS_DIRECTORY"] = str(self._files)

    def plant(self, name: str) -> str:
        secret = f"PLANTED.{name}.{len(self.secrets)}"
        self.secrets.add(secret)
        return secret

    def url(self, name: str, *, scheme: str = "http", port: int | None = None) -> str:
        user, password = self.plant(f"{name}-user"), self.plant(f"{name}-password")
        self.secrets.add(base64.b64encode(f"{user}:{password}".encode()).decode())
        place = f"{user}:{password}@127.0.0.1:{port or self.receiver.port}"
        path, query = self.plant(f"{name}-path"), self.plant(f"{name}-query")
        return f"{scheme}://{place}/{name}/{path}?token={query}"

    def key(self, name: str) -> str:
        """A signing key, whose bytes are secret as well as its letters."""
        text = base64.b64encode(self.plant(f"{name}-key-of-32-bytes").ljust(32, "!").encode())
        self.secrets.add(text.decode())
        return f"whsec_{text.decode()}"

    def environ(self, name: str, value: str) -> str:
        self.site.environ[name] = value
        return f"${{{name}}}"

    def file(self, name: str, value: str) -> str:
        path = self._files / name
        path.write_text(f"{value}\n", "utf-8")
        return name

    def in_folder(self, name: str, value: str) -> str:
        return f"../credentials/{self.file(name, value)}"

    def search(self, haystack: bytes | str, needle: str) -> None:
        """That there is no secret in what there is ``needle`` in."""
        text = haystack.decode("utf-8", "replace") if isinstance(haystack, bytes) else haystack
        assert needle in text, f"{needle} is not there, so this was no search"
        lower = text.lower()
        for secret in self.secrets:
            at = lower.find(secret.lower())
            assert at < 0, f"{secret} in {text[max(0, at - 300) : at + 100]}"


def echo_by_name(exchange: Exchange) -> None:
    """Answer as the endpoint's name in the path says, with all that was sent."""
    message = exchange.read()
    status = ANSWERS[message.path.split("/")[1]]
    if status == 200:
        exchange.accept(message)
    lines = [message.path, *(f"{name}: {value}" for name, value in message.headers.items())]
    place = {"location": f"http://127.0.0.1:9{message.path}"} if status == 302 else {}
    exchange.send(response(status, "\n".join(lines).encode(), place))


@pytest.fixture
def garden(site: Site) -> Iterator[Garden]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with Receiver(echo_by_name) as receiver, Receiver(tls=context) as tls:
        garden = Garden(site, receiver, tls)
        plant_everywhere(garden)
        yield garden


def plant_everywhere(garden: Garden) -> None:
    """A secret wherever a config may have one, in each way that it can come there."""
    add, site = garden.site.add_endpoint, garden.site
    more: dict[str, Any] = {"retry": ["200ms", "1h"], "on": ["new", "updated"]}
    headers = {"X-Token": f"Bearer {garden.plant('header')}"}
    add("plain", garden.url("plain"), secret=garden.key("plain"), headers=headers, **more)
    token = garden.environ("HEADER", garden.plant("environment-header"))
    add(
        "environment",
        garden.environ("HOOK_URL", garden.url("environment")),
        secret=[garden.environ("NEW", garden.key("new")), garden.environ("OLD", garden.key("old"))],
        headers={"Authorization": f"Bearer {token}"},
        **more,
    )
    keys = [garden.in_folder(n, garden.key(n)) for n in ("file-new", "file-old")]
    url = garden.in_folder("url", garden.url("files"))
    add_indirectly(site, "files", {"url_file": url, "secret_file": keys} | more)
    url, key = garden.file("its-url", garden.url("credentials")), garden.key("credential")
    indirect = {"url_credential": url, "secret_credential": garden.file("its-key", key)}
    add_indirectly(site, "credentials", indirect | more)
    add("slack", garden.url("slack"), kind="slack", rate="50/s", **more)
    add("redirected", garden.url("redirected"), **more)
    add("refused", garden.url("refused", port=9), **more)
    add("tls", garden.url("tls", scheme="https", port=garden.tls.port), **more)
    site.config["alert_endpoint"] = "credentials"
    site.config["log"] = {"level": "debug"}
    if site.config["state"].startswith("postgresql"):
        password = garden.plant("state-password")
        site.config["state"] = site.config["state"].replace("postgres:@", f"postgres:{password}@")


def add_indirectly(site: Site, name: str, keys: dict[str, Any]) -> None:
    site.config["endpoints"].append({"name": name, "type": "webhook", **keys})


@pytest.mark.timeout(300)  # many processes, one after the other
def test_no_secret_is_told_whatever_goes_wrong(garden: Garden) -> None:
    site = garden.site
    port = kept_port()
    site.config["http"] = {"listen": f"127.0.0.1:{port}"}
    with site.running() as running:
        write_seed(site.seeds, 6)
        for name in ANSWERS:
            running.wait_for_log(f"delivery attempted endpoint={name} ")
        garden.search(pages(port), "Article 6")
        break_store_and_mend_it(site, running)
        reload_what_is_bad(garden, running)
        garden.search(pages(port), "Article 6")
    garden.search(site.log.read_bytes(), "nothing can be sent")
    garden.search(site.log.read_bytes(), "redirected")
    garden.search(stored(site), "article-6")
    garden.search(site.all_bytes(), "Article 6")
    for words in commands(site):
        result = site.command(*words, check=None)
        assert result.returncode in (0, 1), result.stderr
        garden.search(result.stdout + result.stderr + str(words), words[0])
    alerts = [m.body for m in garden.receiver.accepted if b"seedwatch.alert" in m.body]
    garden.search(b"\n".join(alerts), ": seedwatch ")  # what to do, whatever was told of first


def pages(port: int) -> bytes:
    """All pages with their heads, one after the other."""
    found = []
    for page in PAGES:
        with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            connection.request("GET", page)
            answer = connection.getresponse()
            found.append(str(answer.getheaders()).encode() + answer.read())
    return b"\n".join(found)


def break_store_and_mend_it(site: Site, running: Running) -> None:
    """Take a table away under a delivery's feet: an error about what was to be written."""
    execute(site, "ALTER TABLE attempts RENAME TO gone")
    write_seed(site.seeds, 7)
    running.wait_for_log("nothing can be sent")
    execute(site, "ALTER TABLE gone RENAME TO attempts")


def execute(site: Site, statement: str) -> None:
    state = site.config["state"]
    if state.startswith("/"):
        with closing(sqlite3.connect(state, timeout=20)) as database, database:
            database.execute(statement)
        return
    with psycopg.connect(state) as connection:
        connection.execute(statement.encode())


def reload_what_is_bad(garden: Garden, running: Running) -> None:
    """Secrets that are no good are secrets still, in the log as in the output of ``check``."""
    bad: list[dict[str, Any]] = [
        {"url": f"ftp://{garden.plant('bad-scheme')}/"},
        {"url": garden.plant("no-url")},
        {"url": f"http://127.0.0.1:99999/{garden.plant('bad-port')}"},
        {"url": "http://127.0.0.1/", "secret": f"whsec_{garden.plant('short')}"},
        {"url": "http://127.0.0.1/", "secret": [garden.plant("no-key"), 7]},
        {"url": "http://127.0.0.1/", "headers": {"X-A": f"{garden.plant('two-lines')}\nX"}},
        {"url": garden.environ("BAD", garden.plant("environment-no-url")), "unknown": 1},
        {"url_file": garden.in_folder("bad", garden.plant("file-no-url"))},
    ]
    endpoints = [{"name": f"bad-{n}", "type": "webhook"} | keys for n, keys in enumerate(bad)]
    config = {
        "state": f"mysql://user:{garden.plant('other-store')}@host/db",
        "endpoints": endpoints,
    }
    text = garden.site.config_text
    garden.site.config_text = json.dumps(garden.site.config | config)
    checked = garden.site.command("check", check=2)
    garden.search(checked.stdout + checked.stderr, "alert_endpoint")
    running.process.send_signal(signal.SIGHUP)
    running.wait_for_log("config not reloaded")
    garden.site.config_text = text
    garden.site.write_config()


def stored(site: Site) -> bytes:
    """Every byte of the database."""
    state = site.config["state"]
    if state.startswith("/"):
        return b"".join(file.read_bytes() for file in Path(state).parent.iterdir())
    with psycopg.connect(state) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchall()
        rows = [
            row
            for (table,) in tables
            for row in connection.execute(sql.SQL("TABLE {}").format(sql.Identifier(table)))
        ]
    assert len(rows) > 20
    values = (value for row in rows for value in row)
    return b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in values)


def commands(site: Site) -> Iterator[tuple[str, ...]]:
    """All that may be asked, and tests of endpoints that fail in different ways."""
    article = site.json_lines("articles")[0]["id"]
    for words in (*((name,) for name in LISTS), ("explain", article), ("scan",), ("drain",)):
        yield (*words, "--json")
    for name in ("environment", "slack", "refused", "tls"):
        yield ("test", name, "--json")
    yield ("test", "environment", "--dry-run")
    yield ("status",)
    yield ("deliveries",)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_not_even_a_traceback_that_nobody_foresaw_tells_a_secret(garden: Garden) -> None:
    site = garden.site
    (site.folder / "sitecustomize.py").write_text(EXPLODE, "utf-8")
    root = Path(__file__).parent.parent.parent
    site.environ["PYTHONPATH"] = f"{site.folder}:{root}"
    with site.running() as running:
        write_seed(site.seeds, 6)
        running.wait_for_log("nobody foresaw this", count=len(ANSWERS) - 1)  # TLS comes first
    garden.search(running.log_text(), "nobody foresaw this")
    result = site.command("test", "plain", check=1)
    garden.search(result.stdout + result.stderr, "nobody foresaw this")
    drained = site.command("drain", check=None)  # what failed so waits a while
    garden.search(drained.stdout + drained.stderr, "waiting")
