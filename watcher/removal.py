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
        self._suspicious = {r.path for r in roots.all() if r.state is RootState.SUSPICIOUS}

    def expire(self, root: RootConfig, *, confirmed: bool = False) -> list[BatchResult]:
        """Remove what has been missing from ``root`` for the whole grace.

        Nothing is removed while the root itself is not there, or, unless the operator has
        ``confirmed`` it, while most of its seeds are missing at once.
        """
        path = str(root.path)
        missing = self._files.missing(path)
        vanished = self._files.count_vanished(path) if missing else 0
        suspicious = not confirmed and self._is_suspicious(path, vanished)
        self._say(path, vanished, suspicious=suspicious)
        if suspicious or not missing or not root.path.is_dir():
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

    def _is_suspicious(self, path: str, vanished: int) -> bool:
        if vanished < VANISHED_AT_LEAST:  # without counting the rest
            return False
        root = next(root for root in self._roots.all() if root.path == path)
        return is_suspicious(vanished=vanished, present=root.present)

    def _say(self, path: str, vanished: int, *, suspicious: bool) -> None:
        if suspicious == (path in self._suspicious):
            return
        if not suspicious:
            self._suspicious.discard(path)
            self._roots.set_state(path, RootState.OK, None)
            log.info("root ok again", extra=fields(root=path))
            return
        self._suspicious.add(path)
        detail = (
            f"{vanished} seeds vanished at once; nothing is removed until they are back "
            "or you run: seedwatch scan --accept-removals"
        )
        self._roots.set_state(path, RootState.SUSPICIOUS, detail)
        log.warning("root suspicious", extra=fields(root=path, why=detail))


def is_suspicious(*, vanished: int, present: int) -> bool:
    """Whether more than half of a root's articles, and at least ten, are nowhere now."""
    share = (present + vanished) * VANISHED_SHARE
    return vanished >= VANISHED_AT_LEAST and vanished > share
