"""``check`` as a linter: where, what, which kind, in the forms that people and services read."""

import json

import pytest
from click.testing import CliRunner, Result

from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.terminal import on_terminal
from watcher.cli import program
from watcher.cli.check_report import CODES, Finding, picture
from watcher.model.seed import Reason

NO_TITLE = "---\nwebUrl: https://example.org/a\n---\n"
BAD_DATE = "---\ntitle: T\nwebUrl: https://example.org/b\npublishedDateTime: never\n---\n"


def run(site: Site, *words: str) -> Result:
    site.write_config()
    return CliRunner().invoke(
        program, ["--config", str(site.config_file), *words], standalone_mode=False
    )


def test_each_problem_is_a_line_with_its_place_and_its_code(site: Site) -> None:
    (site.seeds / "a.md").write_text(NO_TITLE)
    (site.seeds / "b.md").write_text(BAD_DATE)
    write_seed(site.seeds, 1)
    first, second = site.command("check", check=1).stdout.splitlines()
    assert first.startswith(f"{site.seeds}/a.md:2:1: error: ")
    assert first.endswith(" [missing_title]")
    assert second.startswith(f"{site.seeds}/b.md:4:20: warning: publishedDateTime ")
    assert second.endswith(" [bad_field]")


def test_json_has_the_parts_of_the_line(site: Site) -> None:
    (site.seeds / "b.md").write_text(BAD_DATE)
    (found,) = map(json.loads, run(site, "check", "--format", "json").stdout.splitlines())
    assert found["message"].startswith("publishedDateTime ")
    del found["message"]
    assert found == {
        "file": f"{site.seeds}/b.md",
        "line": 4,
        "column": 20,
        "severity": "warning",
        "code": "bad_field",
        "key": "publishedDateTime",
    }


def test_a_workflow_command_escapes_what_would_end_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site.seeds / "50%, a:b.md").write_text("---\ntitle: [\n---\n")
    monkeypatch.chdir(site.folder)
    (line,) = run(site, "check", "--format", "github").stdout.splitlines()
    place = "file=seeds/50%25%2C a%3Ab.md,line=3,col=1,title=bad_yaml"
    assert line.startswith(f"::error {place}::not valid YAML")


@pytest.mark.parametrize("form", ["text", "github", "json"])
def test_problems_of_the_config_come_in_the_same_forms(site: Site, form: str) -> None:
    site.config |= {"rescn": "5m", "feeds": [{"name": "all", "path": "all.txt"}]}
    result = site.command("check", "--format", form, check=2)
    lines = (result.stderr if form == "text" else result.stdout).splitlines()
    assert ["bad_value" in line or "unknown_key" in line for line in lines] == [True, True]
    assert all("seedwatch.yaml" in line for line in lines)
    assert 'did you mean \\"rescan\\"' in lines[1] or 'did you mean "rescan"' in lines[1]


def test_a_person_sees_the_place(site: Site) -> None:
    (site.seeds / "b.md").write_text(BAD_DATE)
    shown = on_terminal(site, "check", NO_COLOR="1")
    said, line, caret, _ = shown.splitlines()
    assert f"{site.seeds}/b.md:4:20: warning: " in said
    assert line == "    publishedDateTime: never"
    assert caret == "    " + "^".rjust(20)
    assert "\x1b[" in on_terminal(site, "check")


@pytest.mark.parametrize(
    ("text", "column", "width", "pictured"),
    [
        ("ключ: 値: x", 8, 80, ["ключ: 値: x", "        ^"]),
        ("a\tb\x1b[31m", 3, 80, ["a b\N{REPLACEMENT CHARACTER}[31m", "  ^"]),
        ("x" * 500 + "!" + "y" * 500, 501, 25, ["x" * 10 + "!" + "y" * 9, " " * 10 + "^"]),
        ("short", 6, 80, ["short", "     ^"]),
    ],
)
def test_the_caret_stands_beneath_the_column(
    site: Site, text: str, column: int, width: int, pictured: list[str]
) -> None:
    file = site.seeds / "x.md"
    file.write_text(f"---\n{text}\n---\n", "utf-8")
    finding = Finding(
        file=str(file), severity="error", code="bad_yaml", message="", line=2, column=column
    )
    assert list(picture(finding, width=width)) == [f"    {line}" for line in pictured]


def test_what_has_no_place_has_no_picture(site: Site) -> None:
    gone = Finding(file=str(site.seeds / "gone"), severity="error", code="x", message="", line=1)
    assert not list(picture(gone, width=80))
    folder = Finding(file=str(site.seeds), severity="error", code="missing_root", message="")
    assert not list(picture(folder, width=80))


def test_every_reason_for_quarantine_is_explained(site: Site) -> None:
    assert set(Reason) <= set(CODES)
    assert run(site, "check", "--explain", "bad_field").stdout == (
        f"bad_field: {CODES['bad_field']}\n"
    )
    assert len(run(site, "check", "--explain", "all").stdout.splitlines()) == len(CODES)
    assert 'did you mean "bad_field"' in str(run(site, "check", "--explain", "badfield").exception)


def test_a_schedule_that_hardly_means_what_it_says_is_a_warning(site: Site) -> None:
    site.add_endpoint("hook", "http://127.0.0.1:9/", schedule="*/90 * * * *")
    site.add_endpoint("fine", "http://127.0.0.1:9/", schedule="0 9 * * fri-mon")
    (line,) = site.command("check").stdout.splitlines()
    at = site.config_file.read_text().splitlines().index("  schedule: '*/90 * * * *'") + 1
    assert line.startswith(f"{site.config_file}:{at}:13: warning: endpoint hook: schedule ")
    assert "*/90 in minutes is every 90th of the 60, once in each hour" in line
    assert line.endswith(" [uneven_schedule]")
