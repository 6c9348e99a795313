"""Bad seeds and bad configs: a clear message each, and nothing else harmed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.seeds import seed_text, write_seed
from tests.support.site import Site


def write(text: str | bytes) -> Callable[[Path], object]:
    data = text.encode() if isinstance(text, str) else text
    return lambda path: path.write_bytes(data)


def bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    return "---\ntitle: T\nwebUrl: https://example.org/\n" + "\n".join(lines) + "\n---\n"


URL = "webUrl: https://example.org/bad\n"

BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (write(""), "empty"),
    "unclosed": (write("---\ntitle: T\n" + URL), "---"),
    "list": (write("---\n- a\n- b\n---\n"), "mapping"),
    "tab": (write("---\ntitle: T\n" + URL + "a: x\n\t- b: c\n---\n"), "tab"),
    "duplicate keys": (write("---\ntitle: A\ntitle: B\n" + URL + "---\n"), "title"),
    "alias bomb": (write(bomb()), "alias"),
    "60 levels": (write("---\ntitle: T\n" + URL + "x: " + "[" * 60 + "]" * 60 + "\n---\n"), "deep"),
    "2 MiB": (write(seed_text(1, body="x" * 2**21)), "byte"),
    "binary": (write(bytes(range(256)) * 10), "binary"),
    "Latin-1": (
        write("---\ntitle: caf\xe9\n".encode("latin-1") + URL.encode() + b"---\n"),
        "UTF-8",
    ),
    "title of nothing to be seen": (write('---\ntitle: "\u200b\u3164"\n' + URL + "---\n"), "title"),
    "missing title": (write("---\n" + URL + "---\n"), "title"),
    "directory": (Path.mkdir, "directory"),
    "fifo": (os.mkfifo, "fifo"),
    "symlink out": (lambda path: path.symlink_to("/etc/passwd"), "root"),
}


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, (make, _) in BAD.items()])
def test_a_bad_seed_is_quarantined_with_a_reason_and_harms_no_neighbour(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    said = next(said for other, said in BAD.values() if other is make)
    site = Site(tmp_path / "site")
    make(site.seeds / "y.md")
    write_seed(site.seeds, 1)
    result = site.json("scan")
    assert (result["files"]["quarantined"], result["changes"]["new"]) == (1, 1)
    (listed,) = site.json_lines("quarantine")
    assert listed["path"].endswith("/seeds/y.md")
    assert said.casefold() in listed["message"].casefold()
    checked = site.command("check", check=1).stdout
    assert checked.startswith(str(site.seeds / "y.md"))
    assert ": error: " in checked
    assert listed["message"] in checked
    assert site.entries() == ["Article 1"]


def test_bad_optional_fields_are_dropped_with_their_place(tmp_path: Path) -> None:
    site = Site(tmp_path / "site")
    text = f"---\ntitle: T\n{URL}quality: high\npublishedDateTime: yesterday\n---\n"
    (site.seeds / "x.md").write_text(text)
    lines = site.command("check").stdout.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        [f"{site.seeds}/x.md:4:10", "warning"],
        [f"{site.seeds}/x.md:5:20", "warning"],
    ]
    assert site.json("scan")["changes"]["new"] == 1


def test_a_mended_seed_leaves_quarantine_and_is_news(tmp_path: Path) -> None:
    site = Site(tmp_path / "site")
    bad = site.seeds / "x.md"
    bad.write_text("---\ntitle: [\n---\n")
    site.command("scan")
    bad.write_text(seed_text(1))
    assert site.json("scan")["changes"]["new"] == 1
    assert site.json_lines("quarantine") == []


CONFIG = """\
state: ../var/seedwatch.db
watch:
  - path: ../seeds
    inclde: ["*.md"]
endpoints:
  - name: one
    type: slack
    url: ${NO_SUCH_VARIABLE}
  - name: two
    type: webhook
    url: https://example.org/
    schedule: "61 * * * *"
  - name: two
    type: webhook
    url: https://example.org/
"""


@pytest.mark.parametrize("command", ["check", "scan", "run", "status"])
def test_all_problems_of_a_config_are_said_at_once_with_their_lines(
    tmp_path: Path, command: str
) -> None:
    site = Site(tmp_path / "site")
    site.config_text = CONFIG
    result = site.command(command, check=2)
    lines = result.stderr.splitlines()
    assert all(line.startswith(str(site.config_file)) for line in lines)
    found = {int(line.removeprefix(str(site.config_file)).split(":")[1]): line for line in lines}
    assert "include" in found[4]
    assert "NO_SUCH_VARIABLE" in found[8]
    assert "61" in found[12]
    assert "two" in found[13]
    assert len(lines) == 4
    assert not (site.folder / "var").exists()
