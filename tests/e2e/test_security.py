"""The threats of SECURITY.md: every test that it names exists; those with no other home."""

import re
from pathlib import Path

import pytest
import requests

from tests.support.ports import kept_address
from tests.support.seeds import write_seed
from tests.support.site import Site

PROJECT = Path(__file__).parents[2]
NAMED = sorted(
    set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (PROJECT / "SECURITY.md").read_text("utf-8")))
)
STEERING = "\x1b]0;owned\x07\x9b31m"


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_every_test_that_is_named_exists(file: str, test: str) -> None:
    assert re.search(rf"^ *def {test}\(", (PROJECT / file).read_text("utf-8"), re.MULTILINE)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


def test_a_name_of_a_file_cannot_steer_the_terminal(site: Site) -> None:
    write_seed(site.seeds, 1, name=f"{STEERING}.md", topics=[STEERING])
    (site.seeds / f"bad {STEERING}.md").write_text("---\ntitle: [\n---\n")
    shown = []
    for words in (
        ["scan"],
        ["scan", "--dry-run"],
        ["status"],
        ["articles"],
        ["quarantine"],
        ["check"],
    ):
        for more in ([], ["--json"]):
            result = site.command(*words, *more, check=None)
            shown.append(result.stdout + result.stderr)
    shown.append(site.command("explain", str(site.seeds / f"{STEERING}.md")).stdout)
    for text in shown:
        assert not {c for c in text if c in STEERING and not c.isprintable()}, ascii(text)


def test_no_secret_is_in_a_backup_or_an_export(site: Site) -> None:
    site.environ["SECRET_URL"] = "http://127.0.0.1:9/hush-url"
    site.environ["SECRET"] = "whsec_" + "aHVzaC1zZWNyZXQtb2YtbW9yZS10aGFuLTI0LWJ5dGVz"
    site.add_endpoint("hook", "${SECRET_URL}", secret="${SECRET}", first_run="announce")
    site.add_real_seeds()
    site.command("scan", "--drain", check=None)
    ciphertexts = {
        value.encode()
        for seed in site.seeds.iterdir()
        for value in re.findall(
            r"^secured: *\S*?([A-Za-z0-9+/]{40})", seed.read_text("utf-8"), re.MULTILINE
        )
    }
    site.command("backup", str(site.folder / "backup"))
    site.command("export", str(site.folder / "export"))
    for name in ("backup", "export"):
        data = (site.folder / name).read_bytes()
        assert b"hook" in data
        for secret in (b"hush-url", b"aHVzaC1z", *ciphertexts):
            assert secret not in data


@pytest.mark.parametrize("public", [False, True])
def test_what_is_served_to_whom(site: Site, public: bool) -> None:
    address = kept_address()
    listen = address.replace("127.0.0.1", "0.0.0.0") if public else address
    site.config["http"]["listen"] = listen
    site.add_endpoint("inner-circle", "http://127.0.0.1:9/")
    write_seed(site.seeds, 1)
    (site.seeds / "merger-draft.md").write_text("---\ntitle: [\n---\n")
    paths = ("/", "/operations", "/feeds/all.atom", "/readyz", "/metrics", "/opml")

    def ask(path: str, host: str) -> requests.Response:
        return requests.get(f"http://{address}{path}", headers={"host": host}, timeout=20)

    with site.running():
        for path in paths:
            foreign = ask(path, "attacker.example")
            assert ("Access-Control-Allow-Origin" in foreign.headers) <= public
            assert (foreign.status_code == 421) is not public, path
        text = "".join(ask(path, "localhost").text for path in paths)
    assert "Article 1" in text
    for secret in ("inner-circle", "merger-draft", "seedwatch_endpoint"):
        assert (secret in text) is not public
