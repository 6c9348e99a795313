"""Lets the grace of missing seeds run out, unless so many vanished that it must be the disk."""

import logging
import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from watcher.config.schema import RootConfig
from watcher.log import fields
from watcher.model.batch import BatchResult
from watcher.model.kinds import RootState
from watcher.model.known import KnownFile
from watcher.model.seed import SeedPath
from watcher.pipeline.pipeline import Pipeline
from watcher.store.files import Files
from watcher.store.roots import Roots

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
        ``confirmed`` it, after so many of its seeds vanished at once that it must be the disk.
        """
        path = str(root.path)
        if path not in self._suspicious and not self._files.missing(path):
            return []
        if not root.path.is_dir() or self._looks_unmounted(root, confirmed=confirmed):
            return []
        now = self._clock()
        expired = [file.at for file in self._files.missing(path) if self._is_over(file, now)]
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

    def _is_over(self, file: KnownFile, now: datetime) -> bool:
        return file.missing_since is not None and now - file.missing_since >= self._grace

    def _looks_unmounted(self, root: RootConfig, *, confirmed: bool) -> bool:
        """Whether what is missing from a root must be its disk; says so, and when it is over."""
        path = str(root.path)
        vanished = self._files.count_vanished(path) if self._files.missing(path) else 0
        known = path in self._suspicious
        moved = bool(vanished) and is_on_another_disk(root, self._roots)
        suspicious = False
        if not confirmed and (known or moved or vanished >= VANISHED_AT_LEAST):
            status = next(status for status in self._roots.all() if status.path == path)
            suspicious = is_suspicious(
                vanished=vanished, present=status.present, known=known, moved=moved
            )
        if known and not suspicious and not confirmed:
            # What is still missing may be on its way back too.
            self._files.restart_grace(path, self._clock())
        self._say(path, vanished, suspicious=suspicious)
        return suspicious

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


def is_suspicious(*, vanished: int, present: int, known: bool, moved: bool) -> bool:
    """Whether so many of a root's articles are nowhere now that it must be its disk.

    That is more than half of them, and at least ten; of a root that is ``known`` to be suspicious,
    still ten; and all, however few, of one that ``moved`` to another disk.
    """
    if moved and vanished and not present:
        return True
    share = (present + vanished) * VANISHED_SHARE
    return vanished >= VANISHED_AT_LEAST and (known or vanished > share)


def is_on_another_disk(root: RootConfig, roots: Roots) -> bool:
    """Whether a root's folder is not on the disk that its seeds were last seen on."""
    device = roots.device(str(root.path))
    return device not in (None, root.path.stat().st_dev)
