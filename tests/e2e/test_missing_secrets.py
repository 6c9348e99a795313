"""A command that sends nothing needs no secret: one that cannot be read is a warning."""

import pytest

from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Site

SENDS_NOTHING = [
    "scan --dry-run", "articles", "explain seeds/a.md", "feeds", "disable hook",
    "test hook --dry-run",
]  # fmt: skip
SENDS = ["drain", "scan --drain", "test hook", "run"]

WAYS: dict[str, tuple[dict[str, object], str]] = {
    "variable": ({"url": "${HOOK_URL}"}, "the environment variable HOOK_URL is not set"),
    "part of the url": (
        {"url": "https://example.org/${TOKEN}"}, "the environment variable TOKEN is not set"),
    "credential": ({"url_credential": "hook-url"}, "$CREDENTIALS_DIRECTORY is not set"),
    "file": ({"url_file": "/nowhere/url"}, "/nowhere/url: No such file or directory"),
    "signing secret": (
        {"url": "https://example.org/h", "secret": "${S}"},
        "the environment variable S is not set",
    ),
    "one of two secrets": (
        {"url": "https://example.org/h", "secret_file": ["/nowhere/s", "/nowhere/t"]},
        "/nowhere/s: No such file",
    ),
    "header": (
        {"url": "https://example.org/h", "headers": {"X-Token": "${T}"}},
        "the environment variable T is not set",
    ),
}  # fmt: skip


def add_hook(site: Site, keys: dict[str, object]) -> None:
    site.config["endpoints"] = [{"name": "hook", "type": "webhook", **keys}]


@pytest.mark.parametrize("way", WAYS)
def test_whatever_secret_is_missing_status_warns_and_works(site: Site, way: str) -> None:
    keys, said = WAYS[way]
    add_hook(site, keys)
    write_seed(site.seeds, 1)
    site.command("scan")
    shown = site.command("status")
    assert "hook" in shown.stdout
    assert said in shown.stderr
    assert f"{site.config_file}:" in shown.stderr
    assert ": warning: " in shown.stderr
    refused = site.command("drain", check=2)
    assert said in refused.stderr
    assert ": error: " in refused.stderr


def test_every_command_that_sends_nothing_works_and_the_others_refuse(site: Site) -> None:
    add_hook(site, {"url": "${HOOK_URL}"})
    write_seed(site.seeds, 1, name="a.md")
    site.command("scan")
    for command in SENDS_NOTHING:
        done = site.command(*command.split())
        assert "HOOK_URL is not set" in done.stderr, command
    for command in SENDS:
        done = site.command(*command.split(), check=2)
        assert "HOOK_URL is not set" in done.stderr, command


def test_check_finds_a_missing_secret_and_is_content(site: Site) -> None:
    add_hook(site, {"url": "${HOOK_URL}"})
    checked = site.command("check")
    (line,) = checked.stdout.splitlines()
    assert line.startswith(f"{site.config_file}:15:8: warning: the environment variable HOOK_URL ")
    assert line.endswith(" is not set: commands that send need it [missing_secret]")
    assert checked.stderr.endswith("0 errors, 1 warning\n")


def test_what_is_owed_meanwhile_is_sent_once_the_secret_is_there(
    site: Site, receiver: Receiver
) -> None:
    add_hook(site, {"url": "${HOOK_URL}"})
    site.command("scan")
    write_seed(site.seeds, 1)
    assert site.json("scan")["owed"] == 1
    site.environ["HOOK_URL"] = receiver.url
    site.command("drain")
    receiver.wait_for(1)


@pytest.mark.parametrize(
    ("key", "value"), [("state", "${STATE}"), ("rescan", "${RESCAN}"), ("log", {"level": "${L}"})]
)
def test_what_is_no_secret_must_be_there(site: Site, key: str, value: object) -> None:
    site.config[key] = value
    assert "is not set" in site.command("status", check=2).stderr
