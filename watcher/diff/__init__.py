"""Diff: is it news? What the store knows and what the seeds say in, what to write out.

In: readings of one batch and :class:`~watcher.model.Known`. Out: a :class:`~watcher.model.Plan`.
Pure: it may not read a clock, a file, the network or the store.
"""

from watcher.diff.apply import apply_plan
from watcher.diff.decide import decide_batch
from watcher.diff.fingerprint import fingerprint
from watcher.diff.identity import make_id
from watcher.diff.removal import decide_removals

__all__ = ["apply_plan", "decide_batch", "decide_removals", "fingerprint", "make_id"]
