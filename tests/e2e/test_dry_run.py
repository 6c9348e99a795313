"""``scan --dry-run`` says what a scan would do and does none of it; the scan then does that."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.installation import Installation
from tests.support.receiver import Receiver
from tests.support.seeds import seed_text, write_seed
from tests.support.site import Site
from watcher.model.kinds import Verdict
from watcher.scan.dry_run import Rehearsal, rehearse_scan
from watcher.store.store import look_at_store


def by_name(lines: list[Any]) -> dict[str, Any]:
    return {Path(line["path"]).name: line for line in lines}


def test_on_a_first_scan_nothing_is_made(site: Site, receiver: Receiver) -> None:
    site.add_real_seeds()
    site.add_endpoint("eager", receiver.url, first_run="announce")
    site.add_endpoint("silent", receiver.url)
    lines = site.json_lines("scan", "--dry-run")
    assert [line["verdict"] for line in lines] == ["new"] * 5
    for line in lines:
        assert [told["endpoint"] for told in line["told"]] == ["eager"]
        (untold,) = line["not_told"]
        assert untold["endpoint"] == "silent"
        assert untold["why_not"].startswith("first_run: ")
    assert not (site.folder / "var").exists()
    assert site.json("scan")["owed"] == 5


def test_it_tells_of_each_file_why_it_is_or_is_not_news(site: Site, receiver: Receiver) -> None:
    site.add_endpoint("hook", receiver.url, on=["new", "updated"], match={"title": "Article"})
    site.config["articles"] = {"max_updates": 1}
    for number in range(1, 9):
        write_seed(site.seeds, number)
    (site.seeds / "bad.md").write_text("---\ntitle: [\n---\n", "utf-8")
    site.age_seeds()
    site.command("scan")
    for number in (2, 3):
        write_seed(site.seeds, number, title=f"Article {number}, edited")
    site.command("scan")

    write_seed(site.seeds, 2)  # flips back
    write_seed(site.seeds, 3, title="Article 3, edited once more")
    write_seed(site.seeds, 4, title="Other")
    write_seed(site.seeds, 5, heat=99, quality=1)
    write_seed(site.seeds, 6, secured="OTHER-CIPHERTEXT")
    (site.seeds / "article-7.md").touch()
    (site.seeds / "article-8.md").unlink()
    shutil.copy(site.seeds / "article-1.md", site.seeds / "copy.md")
    write_seed(site.seeds, 10)
    (site.seeds / "worse.md").write_text("---\ntitle: unclosed\n", "utf-8")

    before = site.all_bytes()
    lines = by_name(site.json_lines("scan", "--dry-run"))
    assert {name: (line["verdict"], line["reason"]) for name, line in lines.items()} == {
        "article-1.md": (
            "unchanged",
            "size, times and inode are as they were when it was last read",
        ),
        "article-2.md": ("seen_revision", "title flipped back to a revision seen before"),
        "article-3.md": ("over_max_updates", "title changed, but 1 updates were announced already"),
        "article-4.md": ("updated", "title changed to what was never seen before"),
        "article-5.md": ("refreshed", "only quality, heat changed, which is not significant"),
        "article-6.md": ("unchanged", "the same content, written anew"),
        "article-7.md": ("unchanged", "the same bytes as before"),
        "article-8.md": ("missing", "it is gone: removed if it stays away for 60 s"),
        "article-10.md": ("new", "no article has this path or one of its URLs"),
        "copy.md": ("another_path", f"duplicate of {site.seeds}/article-1.md"),
        "bad.md": ("quarantined", lines["bad.md"]["reason"]),
        "worse.md": ("quarantined", lines["worse.md"]["reason"]),
    }
    assert "line 3" in lines["bad.md"]["reason"]
    assert [told["endpoint"] for told in lines["article-10.md"]["told"]] == ["hook"]
    assert lines["article-10.md"]["told"][0]["due_at"].endswith("Z")
    assert lines["article-4.md"]["told"] == []
    assert lines["article-4.md"]["not_told"][0]["why_not"].startswith("match: ")
    assert lines["article-4.md"]["article"]["title"] == "Other"
    assert site.all_bytes() == before
    for name in ("article-1.md", "article-8.md"):
        assert lines[name]["told"] == lines[name]["not_told"] == []

    text = site.command("scan", "--dry-run").stdout
    assert f"another path: {site.seeds}/copy.md: duplicate of {site.seeds}/article-1.md" in text
    assert "  would be sent to hook, due " in text
    assert "1 new, 1 updated, 0 removed: 1 message would be owed" in text
    assert "1 unchanged (size, times and inode" in text
    assert f"{site.seeds}/article-1.md: " not in text

    result = site.json("scan")
    assert result["changes"] == {"new": 1, "updated": 1, "removed": 0}
    assert result["owed"] == 1


def test_it_works_while_the_daemon_runs(site: Site) -> None:
    site.add_real_seeds()
    with site.running():
        assert {line["verdict"] for line in site.json_lines("scan", "--dry-run")} == {"unchanged"}


def test_it_sends_nothing(site: Site) -> None:
    site.command("scan", "--dry-run", "--drain", check=2)


def test_a_root_that_is_not_there_is_said(site: Site) -> None:
    site.add_real_seeds()
    site.command("scan")
    site.seeds.rename(site.folder / "away")
    result = site.command("scan", "--dry-run")
    assert str(site.seeds) in result.stderr
    assert "0 new, 0 updated, 0 removed" in result.stdout


@pytest.fixture
def installed(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    articles = {"removal_grace": "30s"}
    with Installation(tmp_path, database_url, articles=articles) as installed:
        yield installed


def rehearse(installed: Installation, **options: Any) -> Rehearsal:
    with look_at_store(installed.config.state) as store:
        return rehearse_scan(store, installed.config, installed.now, **options)


def changes(rehearsal: Rehearsal) -> list[tuple[str, str | None]]:
    return [(one.verdict.value, one.title) for one in rehearsal.paths if one.audience is not None]


def test_removals_are_rehearsed_and_so_is_who_speaks_next(installed: Installation) -> None:
    write_seed(installed.root, 1, name="a.md")
    write_seed(installed.root, 1, name="b.md", title="Article 1 from elsewhere")
    write_seed(installed.root, 2)
    installed.scan()
    (installed.root / "a.md").unlink()
    (installed.root / "article-2.md").unlink()
    assert changes(rehearse(installed)) == []
    installed.scan()
    installed.pass_time(30)
    expected = [("removed", "Article 2"), ("updated", "Article 1 from elsewhere")]
    assert changes(rehearse(installed)) == expected
    installed.scan()
    assert installed.news()[-2:] == expected


def test_what_vanished_at_once_is_not_removed_unless_confirmed(installed: Installation) -> None:
    for number in range(10):
        write_seed(installed.root, number)
    installed.scan()
    for path in installed.root.iterdir():
        path.unlink()
    installed.scan()
    installed.pass_time(30)
    assert changes(rehearse(installed)) == []
    assert "vanished at once" in rehearse(installed).troubles[str(installed.root)]
    assert len(changes(rehearse(installed, removals_confirmed=True))) == 10


def test_an_article_whose_only_file_is_overwritten_is_removed(installed: Installation) -> None:
    write_seed(installed.root, 1)
    write_seed(installed.root, 2)
    installed.scan()
    (installed.root / "article-2.md").rename(installed.root / "article-1.md")
    rehearsal = rehearse(installed)
    assert changes(rehearsal) == [("removed", "Article 1")]
    (removed,) = [one for one in rehearsal.paths if one.verdict is Verdict.REMOVED]
    assert removed.reason == "its only file is another article's now"


def test_announcing_what_exists_is_rehearsed_too(
    installed: Installation, receiver: Receiver
) -> None:
    (installed.root / "x.md").write_text(seed_text(), "utf-8")
    (one,) = rehearse(installed, announce_baseline=True).paths
    assert one.verdict is Verdict.NEW


def test_a_seed_in_quarantine_is_given_its_reason(installed: Installation) -> None:
    """Also where its file did not change since: nothing is read then."""
    (installed.root / "bad.md").write_text("---\ntitle: [\n---\n", "utf-8")
    write_seed(installed.root, 1)
    installed.scan()
    for _ in ("read again", "as known"):
        found = {one.at.path: one for one in rehearse(installed).paths}
        assert found["bad.md"].verdict is Verdict.QUARANTINED
        assert "line 3" in found["bad.md"].reason
        installed.scan()


def test_nothing_of_it_stays(installed: Installation) -> None:
    """What a dry run writes, it writes to a copy: the next one finds the same again."""
    write_seed(installed.root, 1)
    assert changes(rehearse(installed)) == changes(rehearse(installed)) == [("new", "Article 1")]
    assert installed.news() == []


def test_junk_that_came_and_went_within_a_day_is_no_lost_disk(installed: Installation) -> None:
    for number in range(15):
        write_seed(installed.root, number)
    installed.scan()
    for number in range(100, 125):
        write_seed(installed.root, number)
        (installed.root / f"junk-{number}.md").write_text("---\ntitle: [\n---\n", "utf-8")
    installed.pass_time(3600)
    installed.scan()
    for path in installed.root.glob("*-1??.md"):
        path.unlink()
    (installed.root / "article-0.md").unlink()
    installed.scan()
    installed.pass_time(60)
    removed = [title for kind, title in changes(rehearse(installed)) if kind == "removed"]
    assert "Article 0" in removed
    installed.scan()
    assert ("removed", "Article 0") in installed.news()
    for number in range(1, 15):
        (installed.root / f"article-{number}.md").unlink()
    installed.scan()
    installed.pass_time(60)
    installed.scan()
    assert len([kind for kind, _ in installed.news() if kind == "removed"]) == 26, "suspicious"
