"""When missing seeds are removed, and when it must be the disk: one rule for all scans."""

from datetime import UTC, datetime, timedelta

import pytest

from watcher.diff.removal import Losses, judge_losses
from watcher.model.kinds import FileState
from watcher.model.known import KnownFile
from watcher.model.seed import SeedPath

NOW = datetime(2024, 5, 6, tzinfo=UTC)
GRACE = timedelta(seconds=60)


def missing(number: int, *, seconds: float) -> KnownFile:
    return KnownFile(
        at=SeedPath(root="/seeds", path=f"{number}.md"),
        order=number,
        state=FileState.MISSING,
        signature=None,
        trusted=False,
        digest=None,
        article="urn:uuid:x",
        missing_since=NOW - timedelta(seconds=seconds),
    )


def losses(
    vanished: int, present: int, *, was_suspicious: bool = False, moved: bool = False
) -> Losses:
    return Losses(
        missing=[missing(number, seconds=60) for number in range(max(vanished, 1))],
        vanished=vanished,
        present=present,
        was_suspicious=was_suspicious,
        is_on_another_disk=moved,
    )


@pytest.mark.parametrize(
    ("found", "suspicious"),
    [
        (losses(9, 0), False),
        (losses(10, 0), True),
        (losses(10, 10), False),
        (losses(11, 10), True),
        (losses(10, 10, was_suspicious=True), True),
        (losses(9, 0, was_suspicious=True), False),
        (losses(1, 0, moved=True), True),
        (losses(1, 1, moved=True), False),
        (losses(0, 15), False),  # all that is missing is younger than a day
    ],
)
def test_it_is_the_disk_if_most_vanished(found: Losses, suspicious: bool) -> None:
    verdicts = judge_losses(found, now=NOW, grace=GRACE, confirmed=False)
    assert verdicts.is_suspicious == suspicious
    is_over = not suspicious and not found.was_suspicious
    assert len(verdicts.expired) == (len(found.missing) if is_over else 0)


def test_the_operator_may_confirm_it() -> None:
    verdicts = judge_losses(losses(10, 0), now=NOW, grace=GRACE, confirmed=True)
    assert (verdicts.is_suspicious, len(verdicts.expired)) == (False, 10)


def test_a_grace_begins_anew_when_a_root_is_no_more_suspicious() -> None:
    found = losses(5, 100, was_suspicious=True)
    verdicts = judge_losses(found, now=NOW, grace=GRACE, confirmed=False)
    assert (verdicts.restarts_grace, verdicts.expired) == (True, ())


def test_only_what_stayed_away_for_the_whole_grace_is_over() -> None:
    found = Losses(
        missing=[missing(1, seconds=59), missing(2, seconds=60), missing(3, seconds=61)],
        vanished=3,
        present=5,
        was_suspicious=False,
        is_on_another_disk=False,
    )
    verdicts = judge_losses(found, now=NOW, grace=GRACE, confirmed=False)
    assert [at.path for at in verdicts.expired] == ["2.md", "3.md"]
