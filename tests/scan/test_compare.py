"""Joining a walk with the store's rows finds each path once, whatever lists they come in."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.scan.compare import Compared, Sight, Spool, _join
from watcher.store.columns import ABSENT, QUARANTINED, ScanRow

NAMES = st.sampled_from([f"{letter}{end}" for letter in "abcdefgh" for end in ("", "/x", ".md")])
FOUND = st.dictionaries(NAMES, st.sampled_from(["1", "2"]))
ROWS = st.dictionaries(
    NAMES, st.tuples(st.sampled_from(["1", "2", None]), st.integers(0, ABSENT | QUARANTINED))
)


def lists(rows: list[ScanRow], size: int) -> Iterator[list[ScanRow]]:
    rows = sorted(rows)
    return (rows[start : start + size] for start in range(0, len(rows), size))


@given(FOUND, ROWS, st.integers(1, 5), st.integers(1, 5), st.sets(st.sampled_from("abc")))
def test_each_path_is_compared_as_it_is(
    found: dict[str, str],
    rows: dict[str, tuple[str | None, int]],
    walked: int,
    listed: int,
    blind: set[str],
) -> None:
    stretches = _join(
        lists([(os.fsencode(path), signature, 0) for path, signature in found.items()], walked),
        lists([(os.fsencode(path), *row) for path, row in rows.items()], listed),
        blind,
    )
    seen = list[Compared]()
    for stretch in stretches:
        seen += [
            Compared(os.fsdecode(r[0]), Sight.AS_KNOWN, quarantined=False) for r in stretch.known
        ]
        seen += stretch.others
    expected = [expect(path, found, rows, blind) for path in sorted(found.keys() | rows.keys())]
    assert seen == [one for one in expected if one is not None]


def expect(
    path: str,
    found: dict[str, str],
    rows: dict[str, tuple[str | None, int]],
    blind: set[str],
) -> Compared | None:
    if path not in rows:
        return Compared(path, Sight.UNKNOWN, quarantined=False)
    signature, standing = rows[path]
    quarantined = standing in (1, 3)
    if path not in found:
        is_present = standing in (0, 1) and path.partition("/")[0] not in blind - {path}
        return Compared(path, Sight.VANISHED, quarantined) if is_present else None
    same = found[path] == signature and standing in (0, 1)
    return Compared(path, Sight.AS_KNOWN if same else Sight.DIFFERS, quarantined)


@pytest.mark.parametrize("count", [0, 1, 40_000])  # the last is more than is kept in memory
def test_paths_come_back_from_a_spool_in_order(count: int) -> None:
    paths = [f"folder\n{n}/näme \udcff {n}.md" for n in range(count)]
    with Spool() as spool:
        for path in paths:
            spool.put(path)
        assert list(spool) == paths
