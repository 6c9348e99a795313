"""HTML as people write it → known elements, each closed, in bounded number and depth. Pure.

How much an HTML parser makes of a text is not bounded by its length: what is left open is opened
again in every later paragraph (42 kB can become 182 MB), and deep nesting overflows the stack of
whoever walks the tree, which ends the process. So the sanitiser is given only what is written anew
here, where nothing is left to be opened or closed by its parser. Nothing is made safe here.
"""

import re
from collections import Counter
from functools import lru_cache

MAX_DEPTH = 60

_BLOCK_NAMES = (
    "article aside blockquote center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 "
    "h6 header hgroup hr li nav ol p pre summary table ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADINGS = frozenset(name for name in _BLOCKS if re.fullmatch("h[1-6]", name))
# What has no end tag.
_VOID = frozenset({"area", "br", "col", "hr", "img", "wbr"})
# What is not shown, with all that is inside; and what holds no elements, only text.
_UNSEEN = frozenset({"iframe", "noembed", "noframes", "script", "style"})
_TEXT_ONLY = frozenset({"textarea", "title", "xmp"})

_SECTIONS = ("tbody", "tfoot", "thead")
# For each part of a table those in which it may stand, the innermost first.
_WITHIN = {
    **dict.fromkeys(("td", "th"), ("tr", *_SECTIONS, "table")),
    "tr": (*_SECTIONS, "table"),
    "col": ("colgroup", "table"),
    **dict.fromkeys((*_SECTIONS, "caption", "colgroup"), ("table",)),
}
_NO_CELLS = frozenset({"table", "tr", "colgroup", *_SECTIONS})
_TABLE = frozenset({"caption", "table", "td", "th"})
_ITEMS = (frozenset({"li"}), frozenset({"dd", "dt"}))
_NOTES = frozenset({"rp", "rt", "rtc"})  # of a ruby
# What ends by itself where another of its kind begins, and what keeps it from that.
_ENDED_BY = {
    **{name: (kind, _TABLE | (_BLOCKS - kind - {"p", "div"})) for kind in _ITEMS for name in kind},
    **dict.fromkeys(_NOTES, (_NOTES, _TABLE | {"ruby"})),
    **dict.fromkeys(_HEADINGS, (_HEADINGS, _TABLE)),
    "a": (frozenset({"a"}), _TABLE),
}
_PARAGRAPH = frozenset({"p"})

_MARKUP = re.compile(
    r"<(?:(?P<end>/)?(?P<name>[A-Za-z][A-Za-z0-9-]*+)(?=[\s/>])|!--|[!?]|/(?=[^>]))"
)
_BETWEEN = re.compile(r"[\s/]*+")
_ATTRIBUTE = re.compile(
    r"""([^\s"'<>/=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'<>=`]++)))?"""
)
_CHECKBOX = re.compile(r"""(?:^|\s)type\s*=\s*["']?checkbox""", re.IGNORECASE)
_CHECKED = re.compile(r"(?:^|\s)checked(?:[\s=/]|$)", re.IGNORECASE)
_HALF_ENTITY = re.compile(r"&[^;\s&]{0,31}$")


def rewrite_html(text: str, *, max_size: int, max_elements: int) -> tuple[str, bool]:
    """``text`` as closed HTML of at most ``max_size`` characters; and whether it had to be cut.

    ``max_size`` counts characters as the sanitiser will write them.
    """
    writer = _Writer(max_size, max_elements)
    reader = _Reader(text, writer)
    try:
        reader.read()
    except _Full:
        return writer.end(), True
    return writer.end(), False


class _Full(Exception):
    """No more is taken."""


class _Reader:
    """Finds the tags in a text. What is no whole tag is text."""

    def __init__(self, text: str, writer: "_Writer") -> None:
        self._text = text
        self._writer = writer
        self._absent: set[str] = set()  # what was looked for in vain: it is not there further on

    def read(self) -> None:
        text, writer, at, shown = self._text, self._writer, 0, 0
        while found := _MARKUP.search(text, at):
            end = self._markup_end(found)
            if end is None:
                at = found.start() + 1
                continue
            writer.text(text[shown : found.start()])
            at = shown = end
            name = found["name"]
            if name is None:
                continue
            name = name.lower()
            if found["end"]:
                writer.end_tag(name)
            elif name in _UNSEEN or name in _TEXT_ONLY:
                at = shown = self._skip(name, end)
            else:
                writer.start_tag(name, text[found.end() : end - 1])
        writer.text(text[shown:])

    def _markup_end(self, found: re.Match[str]) -> int | None:
        """Where a tag or a comment ends; None if it does not, and is text."""
        if found[0] == "<!--":
            end = self._find("-->", found.start() + 2)
            return len(self._text) if end is None else end + 3
        if found["name"] is None:
            end = self._find(">", found.end())
            return None if end is None else end + 1
        text, at = self._text, found.end()
        while True:
            between = _BETWEEN.match(text, at)
            at = between.end() if between else at
            if text.startswith(">", at):
                return at + 1
            attribute = _ATTRIBUTE.match(text, at)
            if attribute is None:
                return None
            at = attribute.end()

    def _find(self, wanted: str, at: int) -> int | None:
        if wanted in self._absent:
            return None
        found = self._text.find(wanted, at)
        if found < 0:
            self._absent.add(wanted)
            return None
        return found

    def _skip(self, name: str, at: int) -> int:
        """Where an element ends whose content is no HTML; the text in it is shown, or not."""
        close = None if name in self._absent else _closing(name).search(self._text, at)
        if close is None:
            self._absent.add(name)
            return len(self._text) if name in ("script", "style") else at
        if name in _TEXT_ONLY:
            self._writer.text(self._text[at : close.start()])
        return close.end()


@lru_cache(maxsize=16)
def _closing(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{name}(?=[\s/>])[^>]*+>?", re.IGNORECASE)


class _Writer:
    """Writes elements so that each ends where HTML would end it, at the latest with its parent."""

    def __init__(self, max_size: int, max_elements: int) -> None:
        self._parts: list[str] = []
        self._open: list[str] = []
        self._left_out: Counter[str] = Counter()  # start tags beyond the depth, by name
        self._size = max_size
        self._elements = max_elements

    def end(self) -> str:
        """All that was written, with what is still open closed."""
        self._close_from(0)
        return "".join(self._parts)

    def text(self, text: str) -> None:
        if not text:
            return
        if not text.isspace():
            self._enter_cell()
        size = len(text) + 4 * text.count("&") + 5 * text.count("\xa0")
        if size > self._size:
            kept = text[: self._size * len(text) // size]
            self._parts.append(_escaped(_HALF_ENTITY.sub("", kept)))
            raise _Full
        self._size -= size
        self._parts.append(_escaped(text))

    def start_tag(self, name: str, attributes: str) -> None:
        if name == "input" and _CHECKBOX.search(attributes):
            self.text("☑ " if _CHECKED.search(attributes) else "☐ ")
        if name not in _known_tags():
            return
        self._make_room(name)
        if name in _WITHIN and not self._enter_table(name):
            return
        if name not in _WITHIN:
            self._enter_cell()
        if name in _NOTES and self._open[-1:] not in (["ruby"], ["rtc"]):
            return
        if len(self._open) >= MAX_DEPTH:
            if name not in _VOID:
                self._left_out[name] += 1
            return
        tag = f"<{name}{_attributes(attributes)}>"
        self._size -= 2 * len(tag) + 3
        self._elements -= 1
        if self._size < 0 or self._elements < 0:
            raise _Full
        self._parts.append(tag)
        if name not in _VOID:
            self._open.append(name)

    def end_tag(self, name: str) -> None:
        if self._left_out[name]:
            self._left_out[name] -= 1
            return
        kept_by = frozenset() if name in _TABLE or name in _WITHIN else _TABLE
        self._close({name}, kept_by)

    def _make_room(self, name: str) -> None:
        """Close what ends where ``name`` begins."""
        if name in _ENDED_BY:
            self._close(*_ENDED_BY[name])
        if name in _BLOCKS:
            self._close(_PARAGRAPH, _TABLE)

    def _enter_table(self, name: str) -> bool:
        """Close what stands between a part of a table and where it belongs; whether it can be."""
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place] in _WITHIN[name]:
                self._close_from(place + 1)
                return True
            if self._open[place] == "table":
                break
        return False

    def _enter_cell(self) -> None:
        """What is in a table but in no cell gets one: a parser would move it, and all around it."""
        if self._open and self._open[-1] in _NO_CELLS:
            self.start_tag("td", "")

    def _close(self, names: frozenset[str] | set[str], kept_by: frozenset[str]) -> None:
        """Close the innermost of ``names`` with all in it, unless one of ``kept_by`` is inside."""
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place] in names:
                self._close_from(place)
                return
            if self._open[place] in kept_by:
                return

    def _close_from(self, place: int) -> None:
        while len(self._open) > place:
            self._parts.append(f"</{self._open.pop()}>")


def _escaped(text: str) -> str:
    """Entities stay what they are."""
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _attributes(written: str) -> str:
    """Attributes, each in double quotes."""
    if not written.strip(" \t\r\n/"):
        return ""
    parts = []
    for name, double, single, bare in _ATTRIBUTE.findall(written):
        value = _escaped(double or single or bare).replace('"', "&quot;")
        parts.append(f' {name.lower()}="{value}"')
    return "".join(dict.fromkeys(parts))


@lru_cache(maxsize=1)
def _known_tags() -> frozenset[str]:
    """The elements that the sanitiser keeps."""
    import nh3  # noqa: PLC0415  # most seeds have no body

    return frozenset(nh3.ALLOWED_TAGS)
