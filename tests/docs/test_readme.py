"""README and docs are true: their configs load, their code runs, their commands exist."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from standardwebhooks.webhooks import Webhook

from watcher.cli import COMMANDS
from watcher.config.load import load_config

PROJECT = Path(__file__).parents[2]
README = PROJECT / "README.md"
GENERATED = {"commands", "config", "article", "problems", "metrics"}
PAGES = [
    README,
    *(page for page in sorted(PROJECT.glob("docs/**/*.md")) if page.stem not in GENERATED),
]
TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)
SECRET = "whsec_" + "c2VlZHdhdGNoLXRlc3RzLXNlY3JldC0zMi1ieXRlcyE="


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_the_six_lines_verify_a_signature_and_refuse_a_wrong_one() -> None:
    (code,) = blocks("python")
    assert len(code.strip().splitlines()) == 6
    names: dict[str, object] = {}
    exec(code, names)  # it is our own README
    verify = names["verify"]
    assert callable(verify)
    body, at = b'{"type": "articles.changed"}', datetime.now(UTC)
    signature = Webhook(SECRET).sign("msg_1", at, body.decode())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": f"v1,AAAA {signature}",
    }
    assert verify(SECRET, headers, body)
    assert not verify(SECRET, headers, body + b" ")
    assert not verify("whsec_" + "b3RoZXI=", headers, body)


@pytest.mark.parametrize("block", blocks("yaml"))
def test_each_config_loads(tmp_path: Path, block: str) -> None:
    """Keys that a block leaves out are given the plainest value."""
    config = {"state": "s.db", "watch": [{"path": "seeds"}]} | yaml.safe_load(
        block.replace("on:", "'on':")
    )
    file = tmp_path / "seedwatch.yaml"
    file.write_text(yaml.safe_dump(config), "utf-8")
    environ = {"SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/x", "ARCHIVE_SECRET": SECRET}
    environ |= {"DATABASE_PASSWORD": "x", "MAIL_PASSWORD": "x", "NATS_USER": "x"}
    assert load_config(file, environ=environ).watch


def test_every_command_it_names_exists() -> None:
    named = set(re.findall(r"`?seedwatch (?:--config \S+ )?([a-z]+)\b", TEXT))
    assert named & set(COMMANDS)
    assert named - set(COMMANDS) <= {"shows"}


def test_every_command_is_told_of_in_the_changelog() -> None:
    changelog = (README.parent / "CHANGELOG.md").read_text("utf-8")
    assert all(f"`{command}`" in changelog for command in COMMANDS)


def test_every_file_it_links_to_exists() -> None:
    for page in PAGES:
        links = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
        local = [page.parent / link for link in links if "://" not in link]
        made = [link for link in local if link.stem in GENERATED]
        assert all(link.exists() for link in local if link not in made), page.name
