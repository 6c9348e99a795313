"""Drafts: what says that it is not out yet, or no longer. Pure; the time is an argument."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from watcher.ingest.like.tool import Tool
from watcher.ingest.times import read_time
from watcher.ingest.values import BadValue

_YES = frozenset({"true", "yes", "1", "on"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """``why`` an article is held, if it is; ``due_at`` is when that may change by itself."""

    why: str | None = None
    due_at: datetime | None = None


OUT = Standing()


def standing_of(
    values: Mapping[str, Any],
    folders: tuple[str, ...],
    tool: Tool,
    *,
    published_at: datetime | None,
    zone: tzinfo,
    now: datetime,
) -> Standing:
    """How an article stands at ``now``; ``values`` are its keys, folded."""
    if not (tool.can_hold or "draft" in values or "status" in values):
        return OUT
    if tool.drafts & set(folders):
        return Standing(why="it lies among the drafts")
    if _says(values.get("draft"), _YES):
        return Standing(why="draft: true")
    if _says(values.get("status"), frozenset({"draft"})):
        return Standing(why="status: draft")
    for key, marks in tool.unpublished.items():
        if _says(values.get(key), marks):
            return Standing(why=f"{key}: {str(values[key]).lower()}")
    waits = [published_at if key == "date" else _time(values.get(key), zone) for key in tool.waits]
    if late := [moment for moment in waits if moment and moment > now]:
        return Standing(why="its time has not come", due_at=max(late))
    ends = [moment for key in tool.ends if (moment := _time(values.get(key), zone))]
    if not ends:
        return OUT
    over = min(ends)
    return Standing(why="it has expired") if over <= now else Standing(due_at=over)


def _says(value: object, marks: frozenset[str]) -> bool:
    return isinstance(value, str | bool | int) and str(value).strip().lower() in marks


def _time(value: object, zone: tzinfo) -> datetime | None:
    try:
        when = None if value is None or isinstance(value, bool) else read_time(value, zone)
    except BadValue:
        return None
    return None if when is None else when.moment
