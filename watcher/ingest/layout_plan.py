"""Once for each layout: the JSON of a record that is laid out so, with a hole for each scalar.

What such a record says is found the ordinary way, from a specimen whose scalars are their own
numbers; of which kind each is, is noted on the way. The specimen's content is encoded as any other
is, and where its numbers are in the JSON, the holes are. So nothing is known here of YAML, of the
fields or of the JSON.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter, itemgetter
from typing import Any

from watcher.clock import format_time
from watcher.ingest.fast_yaml import read_plain
from watcher.ingest.keys import FieldKeys
from watcher.ingest.layout import columns_of, number_scalars
from watcher.ingest.leaf_json import LeafJson, ReadLeaf, leaf_json
from watcher.ingest.plain_record import LEAVES, Declined, Leaves, RecordReader
from watcher.ingest.values import BadValue
from watcher.model.seed import Content
from watcher.store.content_json import encode_content, encode_json

NAMED = (
    "title", "summary", "published_at", "url", "original_url", "amp_url", "cdn_amp_url",
)  # fmt: skip
"""The fields that are asked for of each seed, less topics and body."""
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of the scalars of one layout; they go by their numbers.

    ``lines`` are those of the layout, ``columns`` those of its keys with a scalar. ``template`` is
    the JSON, ``fillings`` gives what goes into its holes. Numbered behind the scalars are three
    more: what is made of all the ``topical`` together, the items of ``related``, and the body.
    ``texts`` and ``urls`` were in double quotes where the layout was found; ``others`` come with
    how they are read, ``unread`` are not. ``named`` are the numbers of some fields.
    """

    lines: int
    columns: list[int]
    template: str
    fillings: Callable[[Sequence[str]], tuple[str, ...]]
    texts: tuple[int, ...]
    urls: tuple[int, ...]
    others: tuple[tuple[int, LeafJson], ...]
    topical: tuple[int, ...]
    unread: tuple[int, ...]
    named: tuple[tuple[str, int], ...]

    def fill(self, encoded: Sequence[str]) -> str:
        """The JSON of a record, from that of its leaves and of the three others."""
        return self.template % self.fillings(encoded)


def plan_item(
    layout: str, scalars: Sequence[str], absent: Collection[int], keys: FieldKeys
) -> Plan | None:
    """How to read the records that are items of a list, each laid out so; None if there is no way.

    ``layout`` is that of the line with the key of the list, and of one item; ``scalars`` are those
    of one such record, of which some are ``absent``: there is nothing in them.
    """
    mapping = read_plain(number_scalars(layout, absent)) or {}
    (items,) = mapping.values() if len(mapping) == 1 else (None,)
    if type(items) is not list or len(items) != 1 or type(items[0]) is not dict:
        return None
    return _plan(layout, scalars, items[0], keys)


def plan_seed(
    layout: str,
    scalars: Sequence[str],
    absent: Collection[int],
    keys: FieldKeys,
    *,
    has_related: bool = False,
    has_body: bool = False,
) -> Plan | None:
    """The same for seeds laid out so, beside their related records and their body, if any."""
    mapping = read_plain(number_scalars(layout, absent))
    if mapping is None:
        return None
    return _plan(layout, scalars, mapping, keys, has_related=has_related, has_body=has_body)


def _plan(
    layout: str,
    scalars: Sequence[str],
    data: Mapping[Any, Any],
    keys: FieldKeys,
    *,
    has_related: bool = False,
    has_body: bool = False,
) -> Plan | None:
    marks = _Marks(len(scalars))
    body = marks.body() if has_body else None
    try:
        content = RecordReader(marks.leaves()).read(data, keys, body)
    except (BadValue, Declined):
        return None
    if has_related:
        content = replace(content, related=marks.related())
    return marks.plan(content, layout, scalars)


class _Marks:
    """Reads the leaves of a specimen as marks of their own, and keeps which is where.

    The mark of a number is as the leaf would be: a text, a time, a record.
    """

    def __init__(self, scalars: int) -> None:
        self._topics, self._related, self._body = range(scalars, scalars + 3)
        self._topical: tuple[int, ...] = ()
        self._kinds: dict[int, ReadLeaf] = {}
        self._numbers: dict[str, int] = {}  # by the JSON of their marks

    def leaves(self) -> Leaves:
        return Leaves(
            text=self._leaf(LEAVES.text),
            domain=self._leaf(LEAVES.domain),
            url=self._leaf(LEAVES.url),
            time=self._time,
            number=self._leaf(LEAVES.number),
            pixels=self._leaf(LEAVES.pixels),
            flag=self._leaf(LEAVES.flag),
            html=self._leaf(LEAVES.html),
            topics=self._topic_list,
            unknown=self._extra,
        )

    def body(self) -> str:
        return self._mark(self._body)

    def related(self) -> tuple[Content, ...]:
        mark = Content(title=str(self._related), url="")
        self._numbers[encode_content(mark)] = self._related
        return (mark,)

    def plan(self, content: Content, layout: str, scalars: Sequence[str]) -> Plan:
        parts = re.split(f"({'|'.join(map(re.escape, self._numbers))})", encode_content(content))
        texts = self._quoted(scalars, LEAVES.text)
        urls = self._quoted(scalars, LEAVES.url)
        others = self._kinds.keys() - {*texts, *urls}
        return Plan(
            lines=layout.count("\n"),
            columns=columns_of(layout),
            template="%s".join(parts[::2]),
            fillings=itemgetter(*(self._numbers[mark] for mark in parts[1::2])),
            texts=texts,
            urls=urls,
            others=tuple((n, leaf_json(self._kinds[n])) for n in sorted(others)),
            topical=self._topical,
            unread=tuple({*range(len(scalars))} - self._kinds.keys() - {*self._topical}),
            named=self._named(content),
        )

    def _quoted(self, scalars: Sequence[str], kind: ReadLeaf) -> tuple[int, ...]:
        """The leaves of one kind that are in double quotes."""
        return tuple(n for n, read in self._kinds.items() if read is kind and scalars[n][0] == '"')

    def _named(self, content: Content) -> tuple[tuple[str, int], ...]:
        marks = zip(NAMED, attrgetter(*NAMED)(content), strict=True)
        return tuple((name, self._numbers[_json(mark)]) for name, mark in marks if mark)

    def _mark(self, number: int) -> str:
        mark = f"<{number}>"
        self._numbers[encode_json(mark)] = number
        return mark

    def _number(self, value: Any, read: ReadLeaf) -> int:
        """The number that a specimen has for a scalar; raises Declined where it has none."""
        if type(value) is not str:
            raise Declined
        self._kinds[int(value)] = read
        return int(value)

    def _leaf(self, read: ReadLeaf) -> Callable[[Any], Any]:
        return lambda value: self._mark(self._number(value, read))

    def _time(self, value: Any) -> datetime:
        number = self._number(value, LEAVES.time)
        mark = _BEGINNING + timedelta(seconds=number)
        self._numbers[_json(mark)] = number
        return mark

    def _topic_list(self, value: Any) -> tuple[str, ...]:
        if self._topical or type(value) is not list or any(type(item) is not str for item in value):
            raise Declined
        self._topical = tuple(map(int, value))
        return (self._mark(self._topics),) if value else ()

    def _extra(self, unknown: Mapping[Any, Any]) -> dict[str, Any]:
        return LEAVES.unknown({key: self._marked(value) for key, value in unknown.items()})

    def _marked(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._marked(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._marked(inner) for inner in value]
        return value if value is None else self._leaf(read_extra)(value)


def _json(mark: str | datetime) -> str:
    return encode_json(format_time(mark) if isinstance(mark, datetime) else mark)


def read_extra(value: Any) -> Any:
    """What is kept of a value under a key that nobody knows."""
    return LEAVES.unknown({"": value})[""]
