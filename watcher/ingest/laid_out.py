"""Seeds that are laid out like some before them: from text to stored JSON, past all in between.

It gives what the ordinary way does (:mod:`watcher.ingest.fast_yaml`, then
:mod:`watcher.ingest.plain_record`, then the codec), or declines. Related records are taken one by
one: so there are few layouts, though any number of combinations of them.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import Any

from watcher.clock import parse_time
from watcher.ingest.block import Block
from watcher.ingest.body import has_too_many_marks, render_body
from watcher.ingest.compose import MAX_NODES
from watcher.ingest.fast_scalars import Unusual, read_scalar
from watcher.ingest.fast_yaml import as_plain
from watcher.ingest.keys import FieldKeys
from watcher.ingest.layout import is_layout, is_wrapped, lay_out, lay_out_wrapped
from watcher.ingest.layout_plan import NAMED, Plan, plan_item, plan_seed
from watcher.ingest.leaf_json import (
    TEXTS,
    URLS,
    LeafJson,
    Topics,
    are_plain_urls,
    are_settled,
    topics_json,
)
from watcher.ingest.plain_record import Declined
from watcher.ingest.values import BadValue
from watcher.model.seed import Content
from watcher.store.content_json import EncodedContent, encode_json

_MOST = 1_024
_LONGEST = 4_096

Absent = tuple[int, ...]
_AT_THE_MARGIN = re.compile(r"\n(?=[^\n -])")
_FIRST_ITEM = re.compile(r" *- ")

_MakePlan = Callable[[str, Sequence[str], Absent, FieldKeys], Plan | None]
_Key = tuple[str, _MakePlan, Absent]
_SEEDS: dict[tuple[bool, bool], _MakePlan] = {
    (related, body): partial(plan_seed, has_related=related, has_body=body)
    for related in (False, True)
    for body in (False, True)
}


def read_laid_out(block: Block, keys: FieldKeys) -> Content | None:
    """What a seed with that front matter says; None if it is not laid out as some before."""
    text = as_plain(block.yaml)
    if text is None or 3 * text.count("\n") >= MAX_NODES or has_too_many_marks(block.body):
        return None
    try:
        return layouts_of(keys).read(text, block.body)
    except (Unusual, BadValue, Declined):
        return None


class Layouts:
    """The layouts that were seen more than once, and how records laid out so are read."""

    def __init__(self, keys: FieldKeys) -> None:
        self._keys = keys
        self._section = f"{keys.of['related'][0]}:\n"
        self._plans: dict[_Key, Plan | None] = {}
        self._seen_once: set[_Key] = set()

    def size(self) -> int:
        """How many are kept."""
        return len(self._plans) + len(self._seen_once)

    def read(self, text: str, markdown: str) -> Content:
        """What a seed says; raises Declined, Unusual or BadValue."""
        own, items = _part(text, self._section)
        plan, scalars, topics = self._read(own, _SEEDS[bool(items), bool(markdown.strip())])
        scalars.append(",".join([self._item(item) for item in items]))
        body = _body(markdown)
        scalars.append("" if body is None else encode_json(body))
        encoded = plan.fill(scalars).encode("utf-8", "replace")
        return EncodedContent.of(encoded, {**_named(plan, scalars), "topics": topics, "body": body})

    def _item(self, item: str) -> str:
        """The JSON of a related record."""
        plan, scalars, _ = self._read(item, plan_item)
        return plan.fill(scalars)

    def _read(self, text: str, make: _MakePlan) -> tuple[Plan, list[str], Topics]:
        """The plan for a record, the JSON of its leaves with that of its topics, and those."""
        layout, scalars = lay_out(text)
        plan = self._plans.get((layout, make, ()))
        if plan is None:
            layout, scalars, plan = self._read_rare(text, layout, scalars, make)
        if text.count("\n") != plan.lines and not _are_wrapped(scalars, plan.columns):
            raise Declined
        if "\\" in text:  # in what nobody reads there may be an escape that does not exist
            for n in plan.unread:
                read_scalar(scalars[n])
        _read_leaves(plan, scalars)
        if "" in scalars:
            absent = tuple(n for n, encoded in enumerate(scalars) if not encoded)
            plan = self._plan(layout, scalars, make, absent)
        encoded, topics = "", Topics()
        if plan.topical:
            encoded, topics = topics_json([scalars[n] for n in plan.topical])
        scalars.append(encoded)
        return plan, scalars, topics

    def _read_rare(
        self, text: str, layout: str, scalars: list[str], make: _MakePlan
    ) -> tuple[str, list[str], Plan]:
        """What ``text`` is if there is no plan yet, or its scalars are wrapped."""
        if not is_layout(layout):
            layout, scalars = lay_out_wrapped(text)
        return layout, scalars, self._plan(layout, scalars, make)

    def _plan(
        self, layout: str, scalars: Sequence[str], make: _MakePlan, absent: Absent = ()
    ) -> Plan:
        """The plan for a layout that comes again: the first time, nobody knows whether it will."""
        key = layout, make, absent
        plan = self._plans.get(key)
        if plan is None:
            if key in self._plans or len(layout) > _LONGEST or not is_layout(layout):
                raise Declined
            if not self._comes_again(key):
                raise Declined
            plan = make(layout, scalars, absent, self._keys)
            _make_room(self._plans)
            self._plans[key] = plan
        if plan is None:
            raise Declined
        return plan

    def _comes_again(self, key: _Key) -> bool:
        if key in self._seen_once:
            return True
        _make_room(self._seen_once)
        self._seen_once.add(key)
        return False


def _make_room(known: dict[_Key, Any] | set[_Key]) -> None:
    if len(known) >= _MOST:
        known.clear()


layouts_of = lru_cache(maxsize=8)(Layouts)


def _part(text: str, section: str) -> tuple[str, list[str]]:
    """The seed without its related records, and each of those below the key of them all.

    They are the lines that are indented or begin with a dash. None of the parts can mean another
    thing by itself, as long as it is laid out plainly: then no value goes on in a next line.
    """
    first = text.find(f"\n{section}") + 1 + len(section)
    if first == len(section):
        return text, []
    margin = _AT_THE_MARGIN.search(text, first - 1)
    end = margin.end() if margin else len(text)
    dash = _FIRST_ITEM.match(text, first, end)
    if not dash:
        return text, []
    items = text[dash.end() : end].rstrip("\n").split(f"\n{dash[0]}")
    own = f"{text[: first - 1]} []\n{text[end:]}"
    return own, [f"{section}{dash[0]}{item}\n" for item in items]


def _are_wrapped(scalars: Sequence[str], columns: Iterable[int]) -> bool:
    """Whether all scalars of pairs that have more than one line may have them."""
    pairs = zip(scalars, columns, strict=False)
    return all(is_wrapped(scalar, column) for scalar, column in pairs if "\n" in scalar)


def _read_leaves(plan: Plan, scalars: list[str]) -> None:
    """Replace scalars by the JSON of what they say, each by itself."""
    if plan.texts and not are_settled([scalars[n] for n in plan.texts]):
        _read_each(scalars, plan.texts, TEXTS)
    if plan.urls and not are_plain_urls([scalars[n] for n in plan.urls]):
        _read_each(scalars, plan.urls, URLS)
    for n, known in plan.others:
        scalars[n] = known[scalars[n]]


def _body(markdown: str) -> str | None:
    """The body as HTML; raises Declined if there is one, but nothing is left of it."""
    html = render_body(markdown)
    if html is None and markdown.strip():
        raise Declined
    return html


def _read_each(scalars: list[str], numbers: Iterable[int], known: LeafJson) -> None:
    for n in numbers:
        scalars[n] = known[scalars[n]]


def _named(plan: Plan, scalars: list[str]) -> dict[str, Any]:
    """The fields that are asked for of each seed."""
    values: dict[str, Any] = dict.fromkeys(NAMED)
    for name, n in plan.named:
        encoded = scalars[n]
        values[name] = json.loads(encoded) if "\\" in encoded else encoded[1:-1]
    moment = values["published_at"]
    if moment:
        values["published_at"] = parse_time(moment)
    return values
