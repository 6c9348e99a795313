"""What the store remembers of files."""

import os
from datetime import datetime

import pytest

from tests.store.plans import (
    AT,
    MINUTE,
    ROOT,
    UNUSABLE,
    article_id,
    file_write,
    new_plan,
    seed_path,
    signature,
    write,
    write_new,
)
from watcher.model.kinds import FileState
from watcher.model.known import KnownFile, Plan, Sought
from watcher.model.seed import SeedPath, Unchanged
from watcher.store import files as subject
from watcher.store.catalogue import Catalogue
from watcher.store.columns import ABSENT, QUARANTINED, ScanRow, stored_signature
from watcher.store.database import Database
from watcher.store.files import FileCounts, Files
from watcher.store.ledger import Ledger
from watcher.store.roots import Roots

NAMES = ["B.md", "a.md", "a/b.md", "a.md\udcff", "é.md", "z\udce9.md", "\U0001f44d.md"]


def write_paths(database: Database, *paths: str, root: str = ROOT) -> None:
    plan = new_plan(1) if not Catalogue(database).window(1) else Plan()
    writes = [file_write(1, at=SeedPath(root=root, path=path)) for path in paths]
    write(database, Plan(articles=plan.articles, files=tuple(writes)))


def paths_of(database: Database, root: str = ROOT) -> list[str]:
    return [os.fsdecode(path) for path, _, _ in rows_of(database, root)]


def rows_of(database: Database, root: str = ROOT) -> list[ScanRow]:
    return [row for rows in Files(database).listing(root) for row in rows]


def test_a_listing_is_in_byte_order_of_paths(database: Database) -> None:
    write_paths(database, *NAMES)
    expected = sorted(NAMES, key=lambda name: name.encode("utf-8", "surrogateescape"))
    assert paths_of(database) == expected


def test_a_listing_is_of_its_root_alone(database: Database) -> None:
    write_paths(database, "1.md")
    write_paths(database, "2.md", root="/other")
    assert paths_of(database) == ["1.md"]
    assert paths_of(database, "/other") == ["2.md"]
    assert paths_of(database, "/unknown") == []


def test_a_listing_of_several_pages_misses_and_repeats_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "_PAGE", 3)
    for count in (0, 2, 3, 4, 9, 10):
        root = f"/seeds/{count}"
        names = [f"{number:02}.md" for number in range(count)]
        write_paths(database, *names, root=root)
        assert paths_of(database, root) == names


def test_a_listing_may_be_read_while_batches_are_written(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "_PAGE", 2)
    write_paths(database, "1.md", "2.md", "3.md", "4.md")
    seen = []
    for rows in Files(database).listing(ROOT):
        for path in (os.fsdecode(row[0]) for row in rows):
            seen.append(path)
            write_paths(database, path, f"{path}.new") if len(seen) < 4 else None
    assert [path for path in seen if not path.endswith(".new")] == ["1.md", "2.md", "3.md", "4.md"]


def test_a_listing_says_what_a_scan_compares(database: Database) -> None:
    write_new(database, 1, 2, 3, 5, 6)
    plan = Plan(
        files=(
            file_write(2, state=FileState.MISSING),
            file_write(3, trusted=False, problem=UNUSABLE),
            file_write(4, signature=None, article=None, problem=UNUSABLE, digest=None),
            file_write(5, state=FileState.GONE),
            file_write(6, state=FileState.MISSING, problem=UNUSABLE),
        )
    )
    write(database, plan)
    assert rows_of(database) == [
        (b"1.md", as_stored(1), 0),
        (b"2.md", as_stored(2), ABSENT),
        (b"3.md", None, QUARANTINED),
        (b"4.md", None, QUARANTINED),
        (b"5.md", as_stored(5), ABSENT),
        (b"6.md", as_stored(6), ABSENT | QUARANTINED),
    ]


def as_stored(number: int) -> str:
    known = signature(number)
    return stored_signature(known.size, known.mtime_ns, known.ctime_ns, known.inode)


def test_digests_are_those_of_present_files_that_were_read(database: Database) -> None:
    write_new(database, 1, 2, 3)
    write(
        database,
        Plan(
            files=(
                file_write(2, state=FileState.MISSING),
                file_write(3, problem=UNUSABLE),
                file_write(4, digest=None, article=None, problem=UNUSABLE),
                file_write(5, state=FileState.GONE, article=None),
            )
        ),
    )
    digests = Files(database).digests(seed_path(n) for n in range(1, 7))
    assert digests == {seed_path(n): n.to_bytes(16, "big") for n in (1, 3)}
    assert Files(database).digests([]) == {}


def test_digests_of_many_paths_and_roots(database: Database) -> None:
    write_new(database, *range(1, 1101))
    other = SeedPath(root="/other", path="1.md")
    write(database, Plan(files=(file_write(1, at=other),)))
    asked = [seed_path(n) for n in range(1, 1101)]
    assert len(Files(database).digests([*asked, other])) == 1101


def test_missing_files_are_listed_with_their_time(database: Database) -> None:
    write_new(database, 1, 2, 3)
    gone = Plan(files=(file_write(1, state=FileState.GONE), file_write(3, state=FileState.MISSING)))
    write(database, gone, at=AT + MINUTE)
    missing = Files(database).missing(ROOT)
    assert [(f.at, f.missing_since, f.article) for f in missing] == [
        (seed_path(3), AT + MINUTE, article_id(3))
    ]
    assert Files(database).missing("/other") == ()


def test_counts(database: Database) -> None:
    write_new(database, 1, 2, 3, 4, 5)
    plan = Plan(
        files=(
            file_write(1, state=FileState.MISSING),
            file_write(2, state=FileState.GONE),
            file_write(3, problem=UNUSABLE),
            file_write(4, state=FileState.MISSING, problem=UNUSABLE),
        )
    )
    write(database, plan)
    assert Files(database).counts(ROOT) == FileCounts(present=2, missing=2, quarantined=1)
    assert Files(database).counts("/other") == FileCounts(present=0, missing=0, quarantined=0)


def quarantined(database: Database, since: datetime | None = None) -> list[tuple[str, datetime]]:
    return [(q.file.at.path, q.since) for q in Files(database).quarantine(limit=2, since=since)]


def test_quarantine_is_newest_first_and_says_since_when(database: Database) -> None:
    for number in (1, 2, 3):
        plan = Plan(files=(file_write(number, article=None, problem=UNUSABLE),))
        write(database, plan, at=AT + number * MINUTE)
    assert quarantined(database) == [("3.md", AT + 3 * MINUTE), ("2.md", AT + 2 * MINUTE)]
    assert quarantined(database, AT + 3 * MINUTE) == [("3.md", AT + 3 * MINUTE)]
    (newest, _) = Files(database).quarantine(limit=2)
    assert newest.file.problem == UNUSABLE
    again = Plan(files=(file_write(3, article=None, problem=UNUSABLE),))
    write(database, again, at=AT + 9 * MINUTE)
    assert quarantined(database)[0] == ("3.md", AT + 3 * MINUTE)
    cured = Plan(files=(file_write(3, article=None), file_write(2, article=None, state="gone")))
    write(database, cured)
    assert quarantined(database) == [("1.md", AT + MINUTE)]


def row_of(database: Database, number: int) -> KnownFile:
    at = seed_path(number)
    return Ledger(database).known(Sought(paths=frozenset([at]))).files[at]


def test_touch_remembers_signatures_and_brings_missing_files_back(database: Database) -> None:
    write_new(database, 1, 2, 3)
    plan = Plan(files=(file_write(2, state=FileState.MISSING), file_write(3, state=FileState.GONE)))
    write(database, plan)
    seen = [Unchanged(at=seed_path(n), signature=signature(9), trusted=False) for n in (1, 2, 3, 4)]
    elsewhere = Unchanged(at=seed_path(1, "/other"), signature=signature(8), trusted=True)
    Files(database).touch([*seen, elsewhere])
    for number, state in ((1, FileState.PRESENT), (2, FileState.PRESENT)):
        row = row_of(database, number)
        assert (row.signature, row.trusted, row.state) == (signature(9), False, state)
    assert row_of(database, 3).state is FileState.GONE
    assert Files(database).missing(ROOT) == ()
    assert Files(database).counts(ROOT).present == 2
    Files(database).touch([])


def test_distrusted_files_are_read_again(database: Database) -> None:
    write_new(database, 1, 2)
    Files(database).distrust([ROOT])
    assert [signature for _, signature, _ in rows_of(database)] == [None, None]
    assert Files(database).digests([seed_path(1), seed_path(2)]) == {}


def test_a_file_whose_article_is_elsewhere_did_not_vanish(database: Database) -> None:
    write_new(database, 1, 2, 3)
    moved = file_write(1, at=SeedPath(root="/other", path="1.md"))
    away = [file_write(n, state=FileState.MISSING) for n in (1, 2)]
    write(database, Plan(files=(moved, *away, file_write(3, state=FileState.GONE))))
    assert Files(database).count_vanished(ROOT, young_since=AT) == 1
    assert Files(database).count_vanished("/other", young_since=AT) == 0


def release(database: Database, *watched: str, idle_since: datetime = AT + MINUTE) -> int:
    return Files(database).release(watched, AT + MINUTE, idle_since=idle_since)


def test_files_of_a_root_that_somebody_scanned_lately_are_kept(database: Database) -> None:
    write_new(database, 1, 2)
    assert release(database, "/other", idle_since=AT - MINUTE) == 0
    assert release(database, "/other", idle_since=AT) == 2
    write(database, Plan(files=tuple(file_write(n) for n in (1, 2))))
    Roots(database).scanned(ROOT, AT + MINUTE, began=AT, rules="r")
    assert release(database, "/other", idle_since=AT) == 0
    assert release(database, "/other", idle_since=AT + MINUTE) == 2


def test_files_of_unwatched_roots_are_let_go(database: Database) -> None:
    write_new(database, 1, 2)
    other = [
        file_write(n, at=seed_path(n, root="/other"), state=state)
        for n, state in ((1, FileState.PRESENT), (2, FileState.MISSING))
    ]
    write(database, Plan(files=tuple(other)))
    assert release(database, "/other", ROOT) == 0
    assert release(database, ROOT) == 2
    assert release(database, ROOT) == 0
    assert {standing for _, _, standing in rows_of(database, "/other")} == {ABSENT}
    assert Files(database).missing("/other") == ()
    assert Files(database).counts("/other").present == 0
    assert Files(database).counts(ROOT).present == 2
