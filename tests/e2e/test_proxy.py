"""A real nginx and a real Caddy before the daemon, by the very blocks that the how-to gives."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.support.ports import kept_address
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "proxy.md"
PATH = f"{os.environ['PATH']}:/usr/sbin"
CERTIFICATE = Path(__file__).parents[1] / "notify" / "self_signed.pem"
NAME = "news.example.org"
SECRET = "correct horse"


def block(language: str, holding: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (found,) = (block for block in blocks if holding in block)
    return str(found)


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def program(name: str, package: str) -> str:
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install {package}")
    return found


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[str]:
    """The address of a daemon that is reached through a proxy, as the how-to configures it."""
    site, address = Site(tmp_path / "site"), kept_address()
    write_seed(site.seeds, 1)
    del site.config["feeds"][0]["url"]
    site.config["http"] = {"listen": address, "public_url": f"https://{NAME}/"}
    with site.running():
        yield address


@contextmanager
def started(words: list[str | Path], url: str, **environ: str) -> Iterator[str]:
    """A proxy, once it answers at ``url``."""
    process = subprocess.Popen(
        words, env=os.environ | environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )

    def answers() -> bool:
        assert process.poll() is None, process.stderr and process.stderr.read().decode()
        try:
            return get(url).status_code == 200
        except requests.ConnectionError:
            return False

    try:
        wait_until(answers, "the proxy")
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=20)


def get(url: str, *, login: bool = False) -> requests.Response:
    return requests.get(
        url,
        headers={"Host": NAME},
        auth=("operator", SECRET) if login else None,
        verify=False,
        timeout=10,
    )


def check_the_site(base: str) -> None:
    page = get(f"{base}/")
    assert page.status_code == 200
    assert "Article 1" in page.text
    feed = get(f"{base}/feeds/all.atom")
    assert feed.status_code == 200
    assert f'href="https://{NAME}/feeds/all.atom"' in feed.text
    assert feed.headers["content-type"] == "application/atom+xml; charset=utf-8"
    for path in ("/metrics", "/readyz"):
        assert get(f"{base}{path}").status_code == 401, path
        assert get(f"{base}{path}", login=True).status_code == 200, path
    assert get(f"{base}/healthz").status_code == 200


pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")


def test_nginx_with_tls_and_a_login(daemon: str, tmp_path: Path) -> None:
    nginx, folder, address = program("nginx", "nginx-light"), tmp_path / "nginx", kept_address()
    folder.mkdir()
    hashed = subprocess.run(
        ["openssl", "passwd", "-apr1", SECRET], capture_output=True, text=True, check=True
    ).stdout.strip()
    (folder / "operators").write_text(f"operator:{hashed}\n")
    (folder / "operators").chmod(0o644)
    for temporary in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        (folder / temporary).mkdir()
    server = replaced(
        block("nginx", "proxy_pass"),
        ("listen 443 ssl", f"listen {address} ssl"),
        (f"/etc/letsencrypt/live/{NAME}/fullchain.pem", str(CERTIFICATE)),
        (f"/etc/letsencrypt/live/{NAME}/privkey.pem", str(CERTIFICATE)),
        ("/etc/nginx/operators", str(folder / "operators")),
        ("127.0.0.1:8765", daemon),
    )
    paths = "\n".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}\ndaemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{paths}\n{server}\n}}\n"
    )
    words: list[str | Path] = [nginx, "-p", folder, "-e", folder / "e.log", "-c",
                               folder / "nginx.conf"]  # fmt: skip
    with started(words, f"https://{address}/healthz"):
        check_the_site(f"https://{address}")


def test_caddy_with_a_login(daemon: str, tmp_path: Path) -> None:
    caddy, folder, address = program("caddy", "caddy"), tmp_path / "caddy", kept_address()
    folder.mkdir()
    hashed = subprocess.run(
        [caddy, "hash-password", "--plaintext", SECRET], capture_output=True, text=True, check=True
    ).stdout.strip()
    port = address.rpartition(":")[2]
    server = replaced(
        block("text", "reverse_proxy"),
        (f"{NAME} {{", f"http://{NAME}:{port} {{\n    bind 127.0.0.1"),
        ("$2a$14$…", hashed),
        ("127.0.0.1:8765", daemon),
    )
    (folder / "Caddyfile").write_text(f"{{\n    admin off\n    auto_https off\n}}\n{server}")
    words: list[str | Path] = [caddy, "run", "--adapter", "caddyfile", "--config",
                               folder / "Caddyfile"]  # fmt: skip
    with started(words, f"http://{address}/healthz", HOME=str(folder), XDG_DATA_HOME=str(folder)):
        check_the_site(f"http://{address}")
