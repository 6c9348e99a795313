"""A scan that finds all at rest says what another one would say; and finds out where it is not."""

import json
import os
import random
import signal
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.installation import Installation
from tests.support.seeds import write_seed
from tests.support.site import LONG_AGO
from tests.support.tree_changes import ACTS, age
from watcher import halves, rest
from watcher.config.load import resolve
from watcher.config.outline import outline_of
from watcher.errors import StoreLocked
from watcher.halves import Saw
from watcher.ingest.keys import INGEST_VERSION
from watcher.rest import scan_at_rest
from watcher.scan.result import PassResult
from watcher.store import rest as stored
from watcher.store.sqlite_file import take_lock
from watcher.store.store import Store, open_store

SEEDS = 8


@pytest.fixture
def at_rest(tmp_path: Path) -> Installation:
    """Some seeds, one of them in quarantine, all long known; and nothing to do."""
    installation = Installation(tmp_path, str(tmp_path / "seedwatch.db"))
    for number in range(SEEDS):
        write_seed(installation.root / f"{number % 2}", number)
    (installation.root / "bad.md").write_text("no front matter", "utf-8")
    age(installation.root)
    scan_fully(installation)
    return installation


def scan_fully(installation: Installation) -> PassResult:
    with installation:
        return installation.scan()


def look(installation: Installation, saw: Saw = lambda _: None) -> PassResult | None:
    outline = outline_of(resolve(installation.folder / "seedwatch.yaml", environ={}))
    assert outline
    return scan_at_rest(outline, lambda: installation.now, saw=saw)


def with_store(installation: Installation, do: Callable[[Store], object]) -> None:
    with open_store(installation.config.state) as store:
        do(store)


def configure(installation: Installation, **changed: object) -> None:
    installation._config |= changed
    installation.watch("root")


def test_it_says_what_a_full_scan_says_and_records_when_it_was(at_rest: Installation) -> None:
    at_rest.pass_time(100)
    found = look(at_rest)
    assert found is not None
    with at_rest:
        (root,) = at_rest.store.roots.all()
        assert root.last_scan_at == at_rest.now
        full = at_rest.scan()
    assert found.totals == full.totals
    assert (found.totals.seen, found.totals.quarantined) == (SEEDS + 1, 1)
    assert found.feeds_written == full.feeds_written == 0


def test_the_store_rests_on_when_it_was_looked_at(at_rest: Installation) -> None:
    assert look(at_rest)
    with open_store(at_rest.config.state) as store:
        store.roots.all()
        store.upkeep.note("a fact", "that is new")
        assert not look(at_rest)


def test_two_halves_are_looked_at_as_one(
    at_rest: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "MANY", 2)
    monkeypatch.setattr(halves, "count_helpers", lambda: 1)
    for _ in ("compared", "recognised"):
        found = look(at_rest)
        assert found is not None
        assert (found.totals.seen, found.totals.quarantined) == (SEEDS + 1, 1)
    paths = sorted(path for path in at_rest.root.rglob("*.md"))
    for path in (paths[0], paths[-1]):
        path.write_bytes(before := path.read_bytes())
        assert look(at_rest) is None, "a half that differs"
        os.utime(path, (LONG_AGO, LONG_AGO))
        assert path.read_bytes() == before
        scan_fully(at_rest)
        assert look(at_rest)
        assert len(parts_of(at_rest)) == 2
        assert look(at_rest)


def test_what_was_compared_once_is_recognised_without_a_row_of_the_store(
    at_rest: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = look(at_rest)
    monkeypatch.delattr(stored.RestingStore, "listing")
    at_rest.pass_time(100)
    assert look(at_rest) == compared
    assert compared is not None
    with at_rest:
        assert at_rest.store.roots.all()[0].last_scan_at == at_rest.now


def test_one_part_is_made_two_where_a_helper_pays(
    at_rest: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look(at_rest)
    assert len(parts_of(at_rest)) == 1
    monkeypatch.setattr(stored, "MANY", 2)
    monkeypatch.setattr(rest, "MANY", 2)
    monkeypatch.setattr(halves, "count_helpers", lambda: 1)
    monkeypatch.setattr(rest, "count_helpers", lambda: 1)
    assert look(at_rest)
    assert len(parts_of(at_rest)) == 2
    monkeypatch.setattr(halves, "count_helpers", lambda: 0)
    found = look(at_rest)
    assert found is not None, "one process looks at both"
    assert found.totals.seen == SEEDS + 1


def test_what_is_written_meanwhile_keeps_it_from_being_noted(at_rest: Installation) -> None:
    def write(_: int) -> None:
        write_to_store(at_rest)

    assert look(at_rest, write)
    assert not parts_of(at_rest)


def parts_of(installation: Installation) -> tuple[stored.KnownPart, ...]:
    with closing(stored.RestingStore.open(installation.config.state)) as store:
        return store.parts().get(str(installation.root), ())


@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_it_says_what_a_full_scan_says(at_rest: Installation, seed: int) -> None:
    chance, agreed = random.Random(seed), 0
    for _ in range(30):
        for _ in range(chance.choice((0, 0, 0, 1, 2))):
            chance.choice(ACTS)(at_rest.root, chance)
        at_rest.pass_time(1000)
        looked = [look(at_rest), look(at_rest)]
        full = scan_fully(at_rest)
        for found in looked:
            assert found is None or found.totals == full.totals
            agreed += found is not None
    assert agreed > 10


def test_a_helper_that_is_lost_is_no_answer(
    at_rest: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "MANY", 2)
    monkeypatch.setattr(halves, "count_helpers", lambda: 1)
    monkeypatch.setattr(halves, "_work", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    assert look(at_rest) is None


def add(installation: Installation) -> None:
    write_seed(installation.root, SEEDS)


def change(installation: Installation) -> None:
    write_seed(installation.root / "0", 0, title="Another")


def touch(installation: Installation) -> None:
    (installation.root / "0" / "article-0.md").touch()


def rename(installation: Installation) -> None:
    (installation.root / "1").rename(installation.root / "2")


def remove(installation: Installation) -> None:
    (installation.root / "0" / "article-0.md").unlink()


def take_root_away(installation: Installation) -> None:
    installation.root.rename(installation.folder / "away")


def hide_folder(installation: Installation) -> None:
    (installation.root / "0").rename(installation.folder / "hidden")
    (installation.root / "0").symlink_to(installation.folder / "nowhere")


def delete_feed(installation: Installation) -> None:
    installation.feed.unlink()


def damage_feed(installation: Installation) -> None:
    installation.feed.write_bytes(installation.feed.read_bytes() + b" ")


def write_to_store(installation: Installation) -> None:
    with_store(installation, lambda store: store.upkeep.note("a fact", "that is new"))


def distrust(installation: Installation) -> None:
    with_store(installation, lambda store: store.files.distrust_all())


def move_disk(installation: Installation) -> None:
    def note_other(store: Store) -> None:
        note = json.loads(stored.RestingStore.open(installation.config.state).note() or "")
        note["devices"] = {path: device + 1 for path, device in note["devices"].items()}
        store.upkeep.begin_rest()
        store.upkeep.note_rest(json.dumps(note))

    with_store(installation, note_other)


@pytest.mark.parametrize(
    "disturb",
    [
        add, change, touch, rename, remove, take_root_away, hide_folder, delete_feed, damage_feed,
        write_to_store, distrust, move_disk,
    ],
)  # fmt: skip
def test_what_is_different_is_left_to_a_full_scan(
    at_rest: Installation, disturb: Callable[[Installation], None]
) -> None:
    assert look(at_rest)
    disturb(at_rest)
    assert look(at_rest) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"articles": {"removal_grace": "1s"}},
        {"endpoints": [{"name": "new", "type": "webhook", "url": "http://127.0.0.1:9/"}]},
        {"feeds": []},
    ],
)
def test_another_config_is_left_to_a_full_scan(
    at_rest: Installation, changed: dict[str, object]
) -> None:
    configure(at_rest, **changed)
    assert look(at_rest) is None
    scan_fully(at_rest)
    assert look(at_rest)


def test_another_program_is_left_to_a_full_scan(
    at_rest: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "INGEST_VERSION", INGEST_VERSION + 1)
    assert look(at_rest) is None


def test_a_root_does_not_rest_while_something_is_missing(at_rest: Installation) -> None:
    remove(at_rest)
    scan_fully(at_rest)
    assert look(at_rest) is None, "its grace may run out"
    at_rest.pass_time(timedelta(days=1).total_seconds())
    assert scan_fully(at_rest).totals.removed == 1
    assert look(at_rest)


def test_a_root_that_came_back_is_left_to_a_full_scan_which_says_so(at_rest: Installation) -> None:
    take_root_away(at_rest)
    scan_fully(at_rest)
    (at_rest.folder / "away").rename(at_rest.root)
    assert look(at_rest) is None
    scan_fully(at_rest)
    assert look(at_rest)


def test_a_feed_that_depends_on_time_keeps_the_store_from_rest(at_rest: Installation) -> None:
    path = str(at_rest.feed)
    configure(at_rest, feeds=[{"name": "all", "path": path, "match": {"max_age": "1d"}}])
    scan_fully(at_rest)
    assert look(at_rest) is None


def test_a_feed_that_could_not_be_written_keeps_the_store_from_rest(at_rest: Installation) -> None:
    path = at_rest.folder / "file" / "all.atom"
    path.parent.touch()
    configure(at_rest, feeds=[{"name": "all", "path": str(path)}])
    assert scan_fully(at_rest).feeds[0].error
    assert look(at_rest) is None


def test_an_archive_that_is_gone_is_left_to_a_full_scan(at_rest: Installation) -> None:
    feed = {"name": "all", "path": str(at_rest.feed), "limit": 1, "archive": True}
    configure(at_rest, feeds=[feed | {"url": "http://127.0.0.1:8765/feeds/all.atom"}])
    scan_fully(at_rest)
    scan_fully(at_rest)
    assert look(at_rest)
    next(at_rest.feed.parent.glob("*archive*")).unlink()
    assert look(at_rest) is None


def test_who_writes_while_feeds_are_published_keeps_the_store_from_rest(
    at_rest: Installation,
) -> None:
    def write() -> None:
        with open_store(at_rest.config.state) as other:
            other.upkeep.note("a fact", "that is new")

    with at_rest:
        at_rest.scan(publishing=write)
    assert look(at_rest) is None


def test_a_store_in_use_is_left_to_a_full_scan_which_says_so(at_rest: Installation) -> None:
    lock = take_lock(at_rest.config.state)
    try:
        assert look(at_rest) is None
        with pytest.raises(StoreLocked):
            scan_fully(at_rest)
    finally:
        os.close(lock)


def test_nothing_is_made_where_there_is_no_store(tmp_path: Path) -> None:
    installation = Installation(tmp_path, str(tmp_path / "seedwatch.db"))
    assert look(installation) is None
    assert not list(tmp_path.glob("seedwatch.db*"))


def test_postgresql_has_no_rest(tmp_path: Path, database_url: str) -> None:
    installation = Installation(tmp_path, database_url)
    write_seed(installation.root, 1)
    age(installation.root)
    scan_fully(installation)
    scan_fully(installation)
    assert bool(look(installation)) is not database_url.startswith("postgresql")


def test_who_watches_hears_of_all_that_was_seen(at_rest: Installation) -> None:
    heard = list[int]()
    assert look(at_rest, heard.append)
    assert sum(heard) == SEEDS + 1
