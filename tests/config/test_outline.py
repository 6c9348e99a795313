"""The outline of a config: its digest is the same where the config is as it was and still valid."""

import base64
from pathlib import Path

import pytest

from tests.config.loading import MINIMAL, SECRET, endpoint, load, outline

OTHER = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()
FEED = f"{MINIMAL}feeds: [{{name: f, path: f.atom, title: '${{TITLE}}'}}]\n"
HOOK = endpoint(url="${URL}", secret="${KEY}", headers="{X-Token: '${TOKEN}'}")
VALID = {"URL": "https://example.org/1", "KEY": SECRET, "TOKEN": "Bearer 1"}


def digest(folder: Path, text: str, **environ: str) -> str:
    found = outline(folder, text, **environ)
    assert found
    return found.digest


@pytest.mark.parametrize("text", [MINIMAL, FEED, HOOK, endpoint()])
def test_it_is_that_of_the_config(tmp_path: Path, text: str) -> None:
    environ = VALID | {"TITLE": "one"}
    config = load(tmp_path, text, **environ)
    assert outline(tmp_path, text, **environ) == (config.state, config.digest)
    assert config.state == str(tmp_path / "s.db")


def test_how_a_file_is_written_is_nothing(tmp_path: Path) -> None:
    written = "watch:\n  - path: ./seeds # all\nstate: 's.db'\n"
    assert digest(tmp_path, written) == digest(tmp_path, MINIMAL)


def test_another_value_is_another_config(tmp_path: Path) -> None:
    texts = [MINIMAL, endpoint(), endpoint(enabled="false"), f"{MINIMAL}rescan: 1m\n"]
    digests = [digest(tmp_path, text) for text in texts]
    digests += [digest(tmp_path, FEED, TITLE=title) for title in ("one", "two")]
    assert len(set(digests)) == len(digests)


def test_secrets_are_no_part_of_it(tmp_path: Path) -> None:
    others = {"URL": "https://example.org/2", "KEY": OTHER, "TOKEN": "Bearer 2"}
    assert digest(tmp_path, HOOK, **VALID) == digest(tmp_path, HOOK, **others)


@pytest.mark.parametrize(
    "wrong", [{"URL": "https:/example.org"}, {"KEY": "whsec_short"}, {"TOKEN": "a\nb"}]
)
def test_a_secret_that_is_not_usable_any_more_leaves_none(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    assert outline(tmp_path, HOOK, **VALID)
    assert outline(tmp_path, HOOK, **(VALID | wrong)) is None


@pytest.mark.parametrize(
    "text",
    [
        "watch: [{path: seeds}]",
        "state: s.db\nwatch: seeds\n",
        "state: s.db\nwatch: [seeds]\n",
        f"{MINIMAL}rescan: ${{NOPE}}\n",
        f"{MINIMAL}endpoints: 5\n",
        f"{MINIMAL}endpoints: [5]\n",
        f"{MINIMAL}endpoints: {{a: b}}\n",
        endpoint(url="[https://example.org/]"),
        endpoint(url="{a: b}"),
        endpoint(url="", url_file="nowhere"),
        endpoint(secret="[[a]]"),
        endpoint(headers="[a]"),
        endpoint(headers="{a: }"),
    ],
)
def test_of_what_is_no_config_there_is_none(tmp_path: Path, text: str) -> None:
    assert outline(tmp_path, text) is None


def test_a_root_that_now_leads_elsewhere_is_another_config(tmp_path: Path) -> None:
    before = digest(tmp_path, MINIMAL)
    (tmp_path / "seeds").symlink_to(tmp_path)  # and the store would lie within it
    assert digest(tmp_path, MINIMAL) != before


def test_a_template_that_is_gone_is_another_config(tmp_path: Path) -> None:
    template = tmp_path / "t.j2"
    template.touch()
    text = endpoint(template="t.j2")
    before = digest(tmp_path, text)
    template.unlink()
    assert digest(tmp_path, text) != before
