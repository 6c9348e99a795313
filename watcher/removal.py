"""Lets the grace of missing seeds run out, unless so many vanished that it must be the disk."""

import logging
import os
from collections.abc import Callable
from datetime import datetime, timedelta

from watcher.config import RootConfig
from watcher.log import fields
from watcher.model import KnownFile, RootState, SeedPath
from watcher.pipeline import BatchResult, Pipeline
from watcher.store import Files, Roots

log = logging.getLogger(__name__)

BATCH = 1000
VANISHED_AT_LEAST = 10
VANISHED_SHARE = 0.5


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

    def expire(self, root: RootConfig, *, confirmed: bool = False) -> list[BatchResult]:
        """Remove what has been missing from ``root`` for the whole grace.

        Nothing is removed while the root itself is not there, or, unless the operator has
        ``confirmed`` it, while most of its seeds are missing at once.
        """
        path = str(root.path)
        missing = self._files.missing(path)
        suspicious = not confirmed and self._is_suspicious(path, len(missing))
        self._say(path, len(missing), suspicious=suspicious)
        if suspicious or not root.path.is_dir():
            return []
        now = self._clock()
        expired = [file.at for file in missing if self._is_over(file, now)]
        back = [at for at in expired if os.path.lexists(str(at))]
        away = [at for at in expired if at not in set(back)]
        results = [self._pipeline.process(back)] if back else []
        for start in range(0, len(away), BATCH):
            results += self._remove(away[start : start + BATCH])
        return results

    def _remove(self, away: list[SeedPath]) -> list[BatchResult]:
        result = self._pipeline.remove(away)
        heirs = [self._pipeline.process(result.reread)] if result.reread else []
        return [result, *heirs]

    def _is_over(self, file: KnownFile, now: datetime) -> bool:
        return file.missing_since is not None and now - file.missing_since >= self._grace

    def _is_suspicious(self, path: str, missing: int) -> bool:
        if missing < VANISHED_AT_LEAST:
            return False
        counts = self._files.counts(path)
        return missing > (counts.present + counts.missing) * VANISHED_SHARE

    def _say(self, path: str, missing: int, *, suspicious: bool) -> None:
        before = next(root for root in self._roots.all() if root.path == path)
        if suspicious == (before.state is RootState.SUSPICIOUS):
            return
        if not suspicious:
            self._roots.set_state(path, RootState.OK, None)
            log.info("root ok again", extra=fields(root=path))
            return
        detail = (
            f"{missing} seeds vanished at once; nothing is removed until they are back "
            "or you run: seedwatch scan --accept-removals"
        )
        self._roots.set_state(path, RootState.SUSPICIOUS, detail)
        log.warning("root suspicious", extra=fields(root=path, why=detail))
