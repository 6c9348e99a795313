"""What the log says of a batch: dropped fields, quarantine, shared addresses, changes."""

import logging
import re
from collections.abc import Sequence

from watcher.log import fields, of_kind
from watcher.model.article import Change
from watcher.model.known import Decision, Known, Plan
from watcher.model.seed import Reading, Seed

log = logging.getLogger("watcher.pipeline")

_INDEX = re.compile(r"\[\d+\]")


def log_batch(
    readings: Sequence[Reading], known: Known, plan: Plan, changes: Sequence[Change]
) -> None:
    """Log what a batch did; what stays as it was is logged once."""
    for reading in readings:
        for warning in reading.warnings if isinstance(reading, Seed) else ():
            log.warning(
                "field dropped",
                extra=of_kind(
                    _without_indexes(warning.key or ""),
                    path=reading.at,
                    line=warning.line,
                    key=warning.key,
                    why=warning.message,
                ),
            )
    for decision in plan.decisions:
        if decision.problem and _is_fresh(decision, known):
            problem = decision.problem
            log.warning(
                "seed in quarantine",
                extra=of_kind(
                    problem.reason or "", path=decision.at, line=problem.line, why=problem.message
                ),
            )
        if decision.shared and _is_newly_shared(decision, known):
            log.warning(
                "address is another article's",
                extra=of_kind(
                    "shared address",
                    path=decision.at,
                    url=decision.shared.url,
                    article=decision.shared.article,
                ),
            )
    log_changes(changes)


def log_changes(changes: Sequence[Change]) -> None:
    for change in changes:
        _log_change(change)


def _without_indexes(key: str) -> str:
    """``images[].url`` for ``images[2].url``: findings of one kind share it."""
    return _INDEX.sub("[]", key)


def _is_newly_shared(decision: Decision, known: Known) -> bool:
    file = known.files.get(decision.at)
    return file is None or decision.shared is None or file.shared_url != decision.shared.url


def _is_fresh(decision: Decision, known: Known) -> bool:
    """True if a seed's problem is new: one that stays is logged once."""
    file = known.files.get(decision.at)
    return file is None or file.problem != decision.problem


def _log_change(change: Change) -> None:
    level = logging.DEBUG if change.baseline else logging.INFO
    if not log.isEnabledFor(level):  # a baseline may have a million of them
        return
    log.log(
        level,
        "article %s",
        change.kind.value,
        extra=fields(
            sequence=change.sequence, id=change.article.id, title=change.article.content.title
        ),
    )
