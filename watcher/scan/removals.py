"""Lets the grace of missing seeds run out, unless so many vanished that it must be the disk."""

import logging
import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from watcher.config.schema import RootConfig
from watcher.diff.removal import VANISHED_AT_LEAST, YOUNG, Losses, Verdicts, judge_losses
from watcher.log import fields
from watcher.model.batch import BatchResult
from watcher.model.kinds import RootState
from watcher.model.seed import SeedPath
from watcher.model.wording import count
from watcher.pipeline.pipeline import Pipeline
from watcher.store.files import Files
from watcher.store.roots import Roots

log = logging.getLogger(__name__)

BATCH = 1000


class Removal:
    """Turns missing seeds into removed articles when their grace is over."""

    def __init__(
        self,
        *,
        files: Files,
        roots: Roots,
        pipeline: Pipeline,
        clock: Callable[[], datetime],
        grace: timedelta,
    ) -> None:
        self._files = files
        self._roots = roots
        self._pipeline = pipeline
        self._clock = clock
        self._grace = grace
        self._suspicious = {r.path for r in roots.all() if r.state is RootState.SUSPICIOUS}

    def expire(self, root: RootConfig, *, confirmed: bool = False) -> list[BatchResult]:
        """Remove what has been missing from ``root`` for the whole grace.

        Nothing is removed while the root itself is not there, or, unless the operator has
        ``confirmed`` it, after so many of its seeds vanished at once that it must be the disk.
        """
        path, now = str(root.path), self._clock()
        losses = self._losses(root, now)
        if losses is None:
            return []
        verdicts = judge_losses(losses, now=now, grace=self._grace, confirmed=confirmed)
        if verdicts.restarts_grace:
            self._files.restart_grace(path, now)
        self._note_state(path, losses, verdicts)
        return self._remove(verdicts.expired)

    def _losses(self, root: RootConfig, now: datetime) -> Losses | None:
        """The missing seeds of a root; None if there are none, or if the root itself is missing."""
        path = str(root.path)
        missing = self._files.missing(path)
        was_suspicious = path in self._suspicious
        if not (missing or was_suspicious) or not root.path.is_dir():
            return None
        moved = self._roots.device(path) not in (None, root.path.stat().st_dev)
        vanished = self._files.count_vanished(path, young_since=now - YOUNG) if missing else 0
        matters = was_suspicious or moved or vanished >= VANISHED_AT_LEAST
        return Losses(
            missing=missing,
            vanished=vanished,
            present=self._files.counts(path).present if matters else 0,  # it costs what there are
            was_suspicious=was_suspicious,
            is_on_another_disk=moved,
        )

    def _remove(self, expired: Sequence[SeedPath]) -> list[BatchResult]:
        """Remove the seeds that are still missing; read those that came back."""
        back = [at for at in expired if os.path.lexists(str(at))]
        is_back = frozenset(back)
        away = [at for at in expired if at not in is_back]
        results = self._read(back)
        for start in range(0, len(away), BATCH):
            result = self._pipeline.remove(away[start : start + BATCH])
            results += [result, *self._read(result.reread)]
        return results

    def _read(self, paths: Sequence[SeedPath]) -> list[BatchResult]:
        """Take paths in, and those that then have to be read again."""
        if not paths:
            return []
        result = self._pipeline.process(paths)
        return [result, *self._read(result.reread)]

    def _note_state(self, path: str, losses: Losses, verdicts: Verdicts) -> None:
        """Note and log it when a root becomes suspicious, or is so no more."""
        if verdicts.is_suspicious == losses.was_suspicious:
            return
        if not verdicts.is_suspicious:
            self._suspicious.discard(path)
            self._roots.set_state(path, RootState.OK, None)
            log.info("root ok again", extra=fields(root=path))
            return
        self._suspicious.add(path)
        detail = (
            f"{count(len(losses.missing), 'seed')} vanished at once; nothing is removed until they "
            "are back or you run: seedwatch scan --accept-removals"
        )
        self._roots.set_state(path, RootState.SUSPICIOUS, detail)
        log.warning("root suspicious", extra=fields(root=path, why=detail))
