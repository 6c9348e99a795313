"""Seeds that move, vanish and come back: no false news, and none lost (DESIGN §4.1, §4.5)."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.installation import Installation
from tests.support.seeds import seed_text, write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until
from watcher.model.kinds import RootState

GRACE = 60
FEW, MANY = 5, 20


@pytest.fixture
def installed(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    with Installation(tmp_path, database_url) as installed:
        yield installed


def titles(count: int) -> list[str]:
    return sorted(f"Article {number}" for number in range(count))


def fill(folder: Path, count: int) -> None:
    for number in range(count):
        write_seed(folder, number)


def known(installed: Installation, count: int, folder: str = "") -> None:
    """Have so many articles, all of them known, and forget that they were news."""
    fill(installed.root / folder, count)
    installed.scan()
    installed.pass_time(3600)
    assert len(installed.news()) == count


def news_since(installed: Installation, count: int) -> list[tuple[str, str]]:
    return installed.news()[count:]


def outlast_the_grace(installed: Installation) -> None:
    """Scan as a timetable would until long after every grace is over."""
    for _ in range(4):
        installed.scan()
        installed.pass_time(GRACE)
    installed.scan()


def move(installed: Installation, source: str, target: str) -> None:
    to = installed.root / target
    to.parent.mkdir(parents=True, exist_ok=True)
    (installed.root / source).rename(to)


def edit(path: Path, number: int) -> None:
    """Prove that what is at ``path`` still speaks for its article."""
    path.write_text(seed_text(number, title=f"Article {number}, edited"), "utf-8")


def root_state(installed: Installation) -> RootState:
    (root,) = installed.store.roots.all()
    return root.state


# ------------------------------------------------------------------ archive moves


def test_an_archive_move_in_one_step_is_no_news(installed: Installation) -> None:
    known(installed, FEW, "_news")
    move(installed, "_news/article-1.md", "_archive/_news/article-1.md")
    outlast_the_grace(installed)
    assert news_since(installed, FEW) == []
    edit(installed.root / "_archive/_news/article-1.md", 1)
    installed.scan()
    assert news_since(installed, FEW) == [("updated", "Article 1, edited")]


@pytest.mark.parametrize("seconds", [1, 30, 59])
def test_an_archive_move_within_a_minute_is_no_news(installed: Installation, seconds: int) -> None:
    known(installed, FEW, "_news")
    text = (installed.root / "_news/article-1.md").read_text("utf-8")
    (installed.root / "_news/article-1.md").unlink()
    installed.scan()
    installed.pass_time(seconds)
    target = installed.root / "_archive/_news/article-1.md"
    target.parent.mkdir(parents=True)
    target.write_text(text, "utf-8")
    outlast_the_grace(installed)
    assert news_since(installed, FEW) == []
    assert installed.live_titles() == titles(FEW)
    edit(target, 1)
    installed.scan()
    assert news_since(installed, FEW) == [("updated", "Article 1, edited")]


def test_an_archive_move_after_the_grace_is_a_removal_and_no_new_article(
    installed: Installation,
) -> None:
    known(installed, FEW, "_news")
    away = installed.folder / "away.md"
    (installed.root / "_news/article-1.md").rename(away)
    installed.scan()
    installed.pass_time(GRACE)
    installed.scan()
    assert news_since(installed, FEW) == [("removed", "Article 1")]
    assert "Article 1" not in installed.live_titles()
    target = installed.root / "_archive/_news/article-1.md"
    target.parent.mkdir(parents=True)
    away.rename(target)
    outlast_the_grace(installed)
    assert news_since(installed, FEW) == [("removed", "Article 1")]
    assert installed.live_titles() == titles(FEW)


def test_a_copy_into_the_archive_before_the_original_goes_is_no_news(
    installed: Installation,
) -> None:
    known(installed, FEW, "_news")
    target = installed.root / "_archive/_news/article-1.md"
    target.parent.mkdir(parents=True)
    shutil.copy2(installed.root / "_news/article-1.md", target)
    installed.scan()
    (installed.root / "_news/article-1.md").unlink()
    outlast_the_grace(installed)
    assert news_since(installed, FEW) == []
    edit(target, 1)
    installed.scan()
    assert news_since(installed, FEW) == [("updated", "Article 1, edited")]


def test_an_archive_move_that_edits_is_one_update(installed: Installation) -> None:
    known(installed, FEW, "_news")
    move(installed, "_news/article-1.md", "_archive/_news/article-1.md")
    edit(installed.root / "_archive/_news/article-1.md", 1)
    outlast_the_grace(installed)
    assert news_since(installed, FEW) == [("updated", "Article 1, edited")]


def test_a_name_in_use_again_after_an_archive_move_is_a_new_article(
    installed: Installation,
) -> None:
    known(installed, FEW, "_news")
    move(installed, "_news/article-1.md", "_archive/_news/article-1.md")
    (installed.root / "_news/article-1.md").write_text(seed_text(77), "utf-8")
    outlast_the_grace(installed)
    assert news_since(installed, FEW) == [("new", "Article 77")]
    assert installed.live_titles() == sorted([*titles(FEW), "Article 77"])


def test_a_renamed_folder_is_no_news(installed: Installation) -> None:
    known(installed, MANY, "_news")
    (installed.root / "_news").rename(installed.root / "_stories")
    outlast_the_grace(installed)
    assert news_since(installed, MANY) == []
    assert root_state(installed) is RootState.OK
    assert all(paths == {p} for paths in installed.paths_of_articles().values() for p in paths)
    edit(installed.root / "_stories/article-1.md", 1)
    installed.scan()
    assert news_since(installed, MANY) == [("updated", "Article 1, edited")]


# ------------------------------------------------------------------ git


def git(installed: Installation, *words: str) -> None:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    command = ["git", "-C", str(installed.root), *identity, *words]
    environ = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(command, check=True, capture_output=True, env=os.environ | environ)


@pytest.fixture
def branches(installed: Installation) -> Installation:
    """On ``main`` are many articles; on ``draft`` two are missing, one is edited, one is more."""
    git(installed, "init", "--initial-branch=main")
    fill(installed.root, MANY)
    git(installed, "add", ".")
    git(installed, "commit", "-m", "all")
    git(installed, "checkout", "-b", "draft")
    git(installed, "rm", "article-1.md", "article-2.md")
    edit(installed.root / "article-3.md", 3)
    write_seed(installed.root, 99)
    git(installed, "add", ".")
    git(installed, "commit", "-m", "draft")
    git(installed, "checkout", "main")
    installed.scan()
    installed.pass_time(3600)
    return installed


NEWS_OF_THE_DRAFT = [("new", "Article 99"), ("updated", "Article 3")]


def test_a_checkout_and_back_within_the_grace_tells_only_what_was_new_on_the_branch(
    branches: Installation,
) -> None:
    git(branches, "checkout", "draft")
    branches.scan()
    branches.pass_time(GRACE - 1)
    git(branches, "checkout", "main")
    branches.scan()
    assert sorted(news_since(branches, MANY)) == NEWS_OF_THE_DRAFT
    outlast_the_grace(branches)
    assert news_since(branches, MANY)[2:] == [("removed", "Article 99")]
    assert branches.live_titles() == titles(MANY)


def test_a_checkout_and_back_beyond_the_grace_makes_nothing_new_again(
    branches: Installation,
) -> None:
    for _ in range(3):
        git(branches, "checkout", "draft")
        outlast_the_grace(branches)
        git(branches, "checkout", "main")
        outlast_the_grace(branches)
    told = news_since(branches, MANY)
    assert sorted(item for item in told if item[0] != "removed") == NEWS_OF_THE_DRAFT
    assert told.count(("removed", "Article 1")) == 3
    assert branches.live_titles() == titles(MANY)


def test_a_checkout_of_a_branch_without_seeds_removes_nothing(branches: Installation) -> None:
    git(branches, "checkout", "--orphan", "empty")
    git(branches, "rm", "-rf", ".")
    outlast_the_grace(branches)
    assert root_state(branches) is RootState.SUSPICIOUS
    git(branches, "checkout", "main")
    outlast_the_grace(branches)
    assert root_state(branches) is RootState.OK
    assert news_since(branches, MANY) == []
    assert branches.live_titles() == titles(MANY)


# ------------------------------------------------------------------ rsync --delete


def rsync(installed: Installation, names: list[str], *, delete: str) -> Iterator[None]:
    """What rsync does to a root whose seeds moved into a folder at the source, step by step."""
    folder = installed.root / "moved"
    texts = {name: (installed.root / name).read_text("utf-8") for name in names}
    if delete == "before":
        for name in names:
            (installed.root / name).unlink()
            yield
    folder.mkdir()
    for name in names:
        temporary = folder / f".{name}.a7Qx1Z"
        temporary.write_text(texts[name][:80], "utf-8")
        yield
        temporary.write_text(texts[name], "utf-8")
        temporary.rename(folder / name)
        if delete == "during":
            (installed.root / name).unlink()
        yield
    if delete == "after":
        for name in names:
            (installed.root / name).unlink()
            yield


@pytest.mark.parametrize("delete", ["before", "during", "after"])
def test_rsync_delete_in_progress_is_no_news(installed: Installation, delete: str) -> None:
    known(installed, MANY)
    names = [f"article-{number}.md" for number in range(MANY)]
    for _ in rsync(installed, names, delete=delete):
        installed.scan()
        installed.pass_time(0.9)
    outlast_the_grace(installed)
    assert news_since(installed, MANY) == []
    assert installed.live_titles() == titles(MANY)
    edit(installed.root / "moved/article-1.md", 1)
    installed.scan()
    assert news_since(installed, MANY) == [("updated", "Article 1, edited")]


# ------------------------------------------------------------------ roots that go and come back


def test_an_unmounted_root_removes_nothing_and_comes_back_without_news(
    installed: Installation,
) -> None:
    known(installed, MANY)
    mounted = installed.root.rename(installed.folder / "mounted")
    installed.root.mkdir()
    outlast_the_grace(installed)
    assert root_state(installed) is RootState.SUSPICIOUS
    assert installed.live_titles() == titles(MANY)
    installed.root.rmdir()
    mounted.rename(installed.root)
    outlast_the_grace(installed)
    assert root_state(installed) is RootState.OK
    assert news_since(installed, MANY) == []


def test_a_small_root_that_was_emptied_comes_back_as_itself(installed: Installation) -> None:
    known(installed, FEW)
    away = installed.root.rename(installed.folder / "away")
    installed.root.mkdir()
    outlast_the_grace(installed)
    assert news_since(installed, FEW) == [("removed", title) for title in titles(FEW)]
    installed.root.rmdir()
    away.rename(installed.root)
    outlast_the_grace(installed)
    assert len(news_since(installed, FEW)) == FEW
    assert installed.live_titles() == titles(FEW)


@pytest.mark.parametrize("count", [FEW, MANY])
def test_a_small_or_large_root_whose_disk_is_not_mounted_removes_nothing(
    installed: Installation, other_disk: Path, count: int
) -> None:
    fill(other_disk, count)
    installed.root.rmdir()
    installed.root.symlink_to(other_disk)
    installed.scan()
    installed.root.unlink()
    installed.root.mkdir()
    outlast_the_grace(installed)
    installed.restart()
    outlast_the_grace(installed)
    assert root_state(installed) is RootState.SUSPICIOUS
    assert news_since(installed, count) == []
    installed.root.rmdir()
    installed.root.symlink_to(other_disk)
    outlast_the_grace(installed)
    assert root_state(installed) is RootState.OK
    assert news_since(installed, count) == []
    (other_disk / "article-1.md").unlink()
    outlast_the_grace(installed)
    assert news_since(installed, count) == [("removed", "Article 1")]


@pytest.mark.parametrize("count", [FEW, MANY])
def test_seeds_that_move_to_another_disk_and_then_go_are_removed(
    installed: Installation, other_disk: Path, count: int
) -> None:
    known(installed, count)
    fill(other_disk, count)
    shutil.rmtree(installed.root)
    installed.root.symlink_to(other_disk)
    outlast_the_grace(installed)
    assert news_since(installed, count) == []
    (other_disk / "article-1.md").unlink()
    outlast_the_grace(installed)
    assert news_since(installed, count) == [("removed", "Article 1")]


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system than the temporary directory's, as a mount would be."""
    ours = tmp_path.stat().st_dev
    others = [p for p in map(Path, ("/dev/shm", "/var/tmp")) if p.stat().st_dev != ours]
    if not others:
        pytest.fail("/dev/shm, /var/tmp and the temporary directory are one file system")
    folder = others[0] / f"seedwatch-{os.getpid()}-{tmp_path.name}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("count", [FEW, MANY])
def test_a_root_that_is_deleted_and_made_again_is_no_news(
    installed: Installation, count: int
) -> None:
    known(installed, count)
    shutil.rmtree(installed.root)
    outlast_the_grace(installed)
    assert root_state(installed) is RootState.MISSING
    fill(installed.root, count)
    outlast_the_grace(installed)
    assert root_state(installed) is RootState.OK
    assert news_since(installed, count) == []


@pytest.mark.parametrize("pause", [1, 10, 50])
def test_a_root_that_is_refilled_slowly_is_no_news(installed: Installation, pause: int) -> None:
    known(installed, MANY)
    shutil.rmtree(installed.root)
    installed.root.mkdir()
    outlast_the_grace(installed)
    for number in range(MANY - 2):
        write_seed(installed.root, number)
        installed.scan()
        installed.pass_time(pause if number < 11 else 1)
    assert news_since(installed, MANY) == []
    outlast_the_grace(installed)
    assert news_since(installed, MANY) == [("removed", f"Article {n}") for n in (18, 19)]


@pytest.mark.parametrize("older", [1_500_000_000, 1_700_000_000])
def test_a_restore_with_old_times_is_no_news(installed: Installation, older: int) -> None:
    known(installed, FEW)
    shutil.rmtree(installed.root)
    fill(installed.root, FEW)
    for path in installed.root.iterdir():
        os.utime(path, (older, older))
    outlast_the_grace(installed)
    assert news_since(installed, FEW) == []


def test_a_restore_of_an_older_state_is_no_news_and_what_it_lacks_is_removed(
    installed: Installation,
) -> None:
    known(installed, FEW)
    backup = Path(shutil.copytree(installed.root, installed.folder / "backup"))
    edit(installed.root / "article-1.md", 1)
    write_seed(installed.root, 9)
    installed.scan()
    assert len(news_since(installed, FEW)) == 2
    shutil.rmtree(installed.root)
    shutil.copytree(backup, installed.root)
    outlast_the_grace(installed)
    assert news_since(installed, FEW)[2:] == [("removed", "Article 9")]
    assert installed.live_titles() == titles(FEW)


def test_an_edit_that_keeps_size_and_time_is_seen(installed: Installation) -> None:
    known(installed, FEW)
    path = installed.root / "article-1.md"
    os.utime(path, (1_600_000_000, 1_600_000_000))
    installed.scan()
    path.write_text(path.read_text("utf-8").replace("title: Article 1", "title: Articel 1"))
    os.utime(path, (1_600_000_000, 1_600_000_000))
    installed.scan()
    assert news_since(installed, FEW) == [("updated", "Articel 1")]


# ------------------------------------------------------------------ several roots


@pytest.fixture
def mirrored(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    """Two roots with the same files."""
    with Installation(tmp_path, database_url, roots=("root", "mirror")) as installed:
        fill(installed.root, MANY)
        fill(tmp_path / "mirror", MANY)
        installed.scan()
        installed.pass_time(3600)
        assert len(installed.news()) == MANY
        yield installed


def empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


@pytest.mark.parametrize("lost", ["root", "mirror"])
@pytest.mark.parametrize("lose", [empty, shutil.rmtree])
def test_one_of_two_roots_with_the_same_files_goes(
    mirrored: Installation, lost: str, lose: Callable[[Path], None]
) -> None:
    (kept,) = {"root", "mirror"} - {lost}
    lose(mirrored.folder / lost)
    outlast_the_grace(mirrored)
    assert news_since(mirrored, MANY) == []
    assert mirrored.live_titles() == titles(MANY)
    if lose is empty:
        edit(mirrored.folder / kept / "article-1.md", 1)
        mirrored.scan()
        assert news_since(mirrored, MANY) == [("updated", "Article 1, edited")]


def test_both_of_two_roots_with_the_same_files_go(mirrored: Installation) -> None:
    for name in ("root", "mirror"):
        (mirrored.folder / name / "article-1.md").unlink()
        outlast_the_grace(mirrored)
    assert news_since(mirrored, MANY) == [("removed", "Article 1")]


def test_a_seed_that_moves_from_root_to_root_is_no_news(mirrored: Installation) -> None:
    write_seed(mirrored.root, 77)
    mirrored.scan()
    (mirrored.root / "article-77.md").rename(mirrored.folder / "mirror" / "seventy-seven.md")
    outlast_the_grace(mirrored)
    assert news_since(mirrored, MANY) == [("new", "Article 77")]


def test_a_root_that_is_unwatched_and_watched_again_is_no_news(installed: Installation) -> None:
    known(installed, FEW)
    installed.watch("other")
    outlast_the_grace(installed)
    assert installed.live_titles() == titles(FEW)
    edit(installed.root / "article-1.md", 1)
    write_seed(installed.root, 9)
    (installed.root / "article-2.md").unlink()
    installed.watch("other", "root")
    outlast_the_grace(installed)
    assert sorted(news_since(installed, FEW)) == [
        ("new", "Article 9"),
        ("removed", "Article 2"),
        ("updated", "Article 1, edited"),
    ]


# ------------------------------------------------------------------ without a grace


@pytest.fixture
def graceless(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    articles = {"removal_grace": "0s"}
    with Installation(tmp_path, database_url, articles=articles) as installed:
        known(installed, FEW, "_news")
        yield installed


def test_without_a_grace_a_move_in_one_step_is_no_news(graceless: Installation) -> None:
    move(graceless, "_news/article-1.md", "_archive/article-1.md")
    graceless.scan()
    (graceless.root / "_news").rename(graceless.root / "_stories")
    graceless.scan()
    assert news_since(graceless, FEW) == []


def test_without_a_grace_what_is_seen_to_be_gone_is_removed_at_once(
    graceless: Installation,
) -> None:
    path = graceless.root / "_news/article-1.md"
    away = path.rename(graceless.folder / "away.md")
    graceless.scan()
    assert news_since(graceless, FEW) == [("removed", "Article 1")]
    away.rename(path)
    graceless.scan()
    assert news_since(graceless, FEW) == [("removed", "Article 1")]
    assert graceless.live_titles() == titles(FEW)


# ------------------------------------------------------------------ the daemon


def is_shown(site: Site, title: str) -> bool:
    return title in site.entries()


def test_the_daemon_sees_no_news_in_moves(site: Site) -> None:
    site.config["articles"] = {"removal_grace": "1s"}
    fill(site.seeds / "a", MANY)
    ways = ["a", "b", "c/d", "e"]
    with site.running():
        for number, (source, target) in enumerate(pairwise(ways), 100):
            (site.seeds / target).parent.mkdir(exist_ok=True)
            (site.seeds / source).rename(site.seeds / target)
            write_seed(site.seeds, number, name=f"{target.replace('/', '-')}.md")
            wait_until(partial(is_shown, site, f"Article {number}"), "the next article")
        edit(site.seeds / "e" / "article-1.md", 1)
        wait_until(lambda: "Article 1, edited" in site.entries(), "the edit")
        wait_until(lambda: site.json("status")["roots"][0]["missing"] == 0, "the end of the grace")
    kinds = [
        (change["kind"], change["article"]["title"])
        for change in site.json_lines("changes", "--limit", "1000")
    ]
    assert "removed" not in {kind for kind, _ in kinds}
    assert len([title for kind, title in kinds if kind == "new"]) == MANY + 3
