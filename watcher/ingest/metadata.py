"""Metadata without fences: ``Title: …`` lines, then a blank one. Pure; knows no other format."""

import re
from dataclasses import dataclass

from watcher.ingest.keys import folded

_LINE = re.compile(r"(?P<key>[A-Za-z][\w .-]{0,40}?)[ \t]*:(?:[ \t]+(?P<value>.*))?")
_MORE = re.compile(r"(?: {2,}|\t)\s*(?P<value>\S.*)")
_LINES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The keys and their text; where the body begins; if a line of ``---`` closes them."""

    values: dict[str, str]
    end: int
    body_start: int
    is_fenced: bool


def find_metadata(text: str, telling: frozenset[str]) -> Metadata | None:
    """The metadata that ``text`` begins with: its first line is one, and one is ``telling``."""
    values: dict[str, str] = {}
    key, place, is_fenced = "", 0, False
    for line in text.splitlines(keepends=True)[:_LINES]:
        end = place
        place += len(line)
        bare = line.rstrip()
        if not bare:
            break
        if bare in ("---", "...") and values:
            is_fenced = True
            break
        if key and (more := _MORE.fullmatch(bare)):
            values[key] = f"{values[key]} {more['value']}".strip()
        elif found := _LINE.fullmatch(bare):
            key, value = found["key"], (found["value"] or "").strip()
            values[key] = f"{values[key]}, {value}" if values.get(key) else value
        else:
            return None
        end = place
    else:
        end = place
    if not telling & set(map(folded, values)):
        return None
    return Metadata(values=values, end=end, body_start=place, is_fenced=is_fenced)
