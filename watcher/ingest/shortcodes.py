"""Markdown without what only a site generator understands: Liquid, shortcodes, wiki links. Pure.

Their text stays: ``{{ "/a.png" | relative_url }}`` is ``/a.png``, ``{% highlight %}`` is code, and
what stands between an opening and a closing tag is kept. Code in fences and back-ticks stays as it
is, but for the ``{% raw %}`` around it. Other marks of such tools leave, too: ``{: .class}``,
``{#id}``, ``{static}/a.png``, ``> [!note]``.
"""

import re
from functools import lru_cache

_LONGEST = 2_000  # of one tag

# Where something may begin that is not simply text.
_MARK = re.compile(
    r"""^[ ]{0,3}(?P<fence>`{3,}|~{3,}) | (?P<ticks>`++) | (?P<open>\{[%{\#])
      | (?P<wiki>!?\[\[) | (?P<note>(?<=^>\ )\[!\w{1,20}\][+-]?)
      | (?P<attributes>[ ]?\{(?:[:\#]|\.[a-z])[^{}\n]{0,200}\}[ \t]*$ | \{:[^{}\n]{0,200}\})
      | (?<=\]\()\{(?:attach|filename|photo|static)\}""",
    re.MULTILINE | re.VERBOSE,
)
_CLOSE = {"{%": "%}", "{{": "}}", "{#": "#}", "{{<": ">}}", "{{%": "%}}"}
_RAW_TAG = r"\{%-?\s*(?:end)?raw\s*-?%\}"
_RAW = re.compile(rf"^[ \t]*{_RAW_TAG}[ \t]*\n|{_RAW_TAG}", re.MULTILINE)
_VARIABLE = re.compile(r"[\w}^]\{\{\w+\}\}")  # that is rather a formula, as in x_{{i}}
_TAG = re.compile(r"[-\s]*(?P<name>/?\s*[\w-]+)\s*(?P<rest>.*?)[-\s]*", re.DOTALL)
_QUOTED = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)')""")
_PICTURE = re.compile(r"""\bsrc\s*=\s*["']([^"'\s]+)["']""")
_LANGUAGE = re.compile(r"(?:lang:)?([\w+#-]+)")
_PICTURES = (".avif", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp")
_CODE = {"highlight": "endhighlight", "codeblock": "endcodeblock", "comment": "endcomment"}


def without_shortcodes(text: str) -> str:
    """``text`` as Markdown alone."""
    if "{" not in text and "[[" not in text and "[!" not in text:
        return text
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._absent: set[str] = set()  # what was looked for in vain: it is not there further on

    def read(self) -> str:
        text, at = self._text, 0
        parts: list[str] = []
        while mark := _MARK.search(text, at):
            parts.append(text[at : mark.start()])
            shown, at = self._resolve(mark)
            if not shown and not parts[-1].endswith(("(", '"')):
                at = self._skip_line_end(mark.start(), at)
            parts.append(shown)
        parts.append(text[at:])
        return "".join(parts)

    def _resolve(self, mark: re.Match[str]) -> tuple[str, int]:
        """What stands for what begins at ``mark``, and where the text goes on behind it."""
        if mark["fence"]:
            end = self._fence_end(mark)
            return _RAW.sub("", self._text[mark.start() : end]), end
        if mark["ticks"]:
            end = self._ticks_end(mark)
            return _RAW.sub("", self._text[mark.start() : end]), end
        if mark["wiki"]:
            return self._wiki(mark)
        if mark["open"]:
            return self._tag(mark)
        return "", mark.end()

    def _fence_end(self, mark: re.Match[str]) -> int:
        close = _closing_fence(mark["fence"][0], len(mark["fence"])).search(self._text, mark.end())
        return close.end() if close else len(self._text)

    def _ticks_end(self, mark: re.Match[str]) -> int:
        ticks = mark["ticks"]
        if ticks in self._absent:
            return mark.end()
        close = _closing_ticks(len(ticks)).search(self._text, mark.end())
        if close is None:
            self._absent.add(ticks)
            return mark.end()
        is_far = "\n\n" in self._text[mark.end() : close.start()]
        return mark.end() if is_far else close.end()

    def _wiki(self, mark: re.Match[str]) -> tuple[str, int]:
        """A link to another note, which nobody else has: its words; of a picture nothing."""
        end = self._text.find("]]", mark.end(), mark.end() + _LONGEST)
        inside = self._text[mark.end() : end]
        if end < 0 or "\n" in inside or "[" in inside or self._text.startswith("(", end + 2):
            return mark[0], mark.end()
        target, _, words = inside.partition("|")
        if mark[0].startswith("!"):
            is_picture = target.strip().lower().endswith(_PICTURES)
            return (f"![]({target.strip()})" if is_picture else ""), end + 2
        return (words or target).strip(), end + 2

    def _tag(self, mark: re.Match[str]) -> tuple[str, int]:
        text, opened = self._text, mark["open"]
        if opened == "{{" and text[mark.end() : mark.end() + 1] in ("<", "%"):
            opened += text[mark.end()]
        start = mark.start() + len(opened)
        close = _CLOSE[opened]
        end = text.find(close, start, start + _LONGEST)
        if end < 0:
            return mark[0], mark.end()
        inside, end = text[start:end], end + len(close)
        if opened == "{{":
            is_formula = _VARIABLE.fullmatch(text[mark.start() - 1 : end]) if mark.start() else None
            return text[mark.start() : end] if is_formula else _expression(inside), end
        if opened == "{#":
            return "", end
        tag = _TAG.fullmatch(inside)
        name = tag["name"] if tag else ""
        rest = tag["rest"] if tag else ""
        if name in _CODE and opened in ("{%", "{{<", "{{%"):
            return self._code(name, rest, opened, end)
        if name in ("raw", "verbatim") and opened == "{%":
            return self._raw(name, end)
        picture = _PICTURE.search(rest) if name in ("figure", "img") else None
        return (f"![]({picture[1]})" if picture else ""), end

    def _code(self, name: str, rest: str, opened: str, at: int) -> tuple[str, int]:
        """``{% highlight ruby %}`` and the like as a fence; of a comment nothing."""
        last = f"/{name}" if opened != "{%" else _CODE[name]
        close = self._closing(last, at)
        if close is None:
            return "", at
        if name == "comment":
            return "", close.end()
        language = _LANGUAGE.search(rest)
        inside = _RAW.sub("", self._text[at : close.start()]).strip("\n")
        marks = "`" * max(3, 1 + max(map(len, re.findall("`+", inside)), default=0))
        return f"\n{marks}{language[1] if language else ''}\n{inside}\n{marks}\n", close.end()

    def _raw(self, name: str, at: int) -> tuple[str, int]:
        close = self._closing(f"end{name}", at)
        return ("", at) if close is None else (self._text[at : close.start()], close.end())

    def _closing(self, name: str, at: int) -> re.Match[str] | None:
        close = None if name in self._absent else _closing_tag(name).search(self._text, at)
        if close is None:
            self._absent.add(name)
        return close

    def _skip_line_end(self, start: int, at: int) -> int:
        """Where the line after ``at`` begins if nothing else is on it: it would end a paragraph."""
        text = self._text
        line = text.rfind("\n", 0, start) + 1
        line_end = text.find("\n", at)
        if line_end >= 0 and not text[line:start].strip() and not text[at:line_end].strip():
            return line_end + 1
        return at


def _expression(inside: str) -> str:
    """``{{ "text" | filter }}`` is its text; what a variable would say, nobody knows."""
    quoted = _QUOTED.match(inside)
    return (quoted[1] or quoted[2] or "") if quoted else ""


@lru_cache(maxsize=64)
def _closing_fence(character: str, length: int) -> re.Pattern[str]:
    return re.compile(rf"^ {{0,3}}{character}{{{length},}}[ \t]*$", re.MULTILINE)


@lru_cache(maxsize=64)
def _closing_ticks(length: int) -> re.Pattern[str]:
    return re.compile(rf"(?<!`)`{{{length}}}(?!`)")


@lru_cache(maxsize=16)
def _closing_tag(name: str) -> re.Pattern[str]:
    return re.compile(rf"\{{(?:%-?|\{{[<%])\s*{re.escape(name)}\s*(?:-?%\}}|[>%]\}}\}})")


_FENCE = re.compile(r" {0,3}(?P<mark>`{3,}|~{3,})")
_BEGINS = re.compile(r"(?:import|export)\s")
_ENDS = re.compile(r"(?:[\"'];?|;)\s*")
_VALUE = r"""(?:[^<>{}"']|"[^"]*"|'[^']*'|\{(?:[^{}]|\{[^{}]*\})*\})*"""
_COMPONENT = re.compile(rf"</?(?:[A-Z][\w.]*{_VALUE})?/?>")


def without_program(body: str) -> str:
    """The Markdown of an MDX body; code in fences stays as it is."""
    parts: list[str] = []
    fence = statement = ""
    text: list[str] = []
    for line in body.splitlines(keepends=True):
        found = _FENCE.match(line)
        if fence or (found and not statement):
            if not fence:
                parts.append(_without_components("".join(text)))
                text.clear()
                fence = found["mark"] if found else ""
            elif found and found["mark"][0] == fence[0] and len(found["mark"]) >= len(fence):
                fence = ""
            parts.append(line)
        elif statement or _BEGINS.match(line):
            statement = statement or line[:6]
            is_over = _ENDS.search(line, max(0, len(line) - 6)) if statement == "import" else None
            if is_over or not line.strip():
                statement = ""
        else:
            text.append(line)
    parts.append(_without_components("".join(text)))
    return "".join(parts)


def _without_components(text: str) -> str:
    first, *others = text.split("{/*")
    kept = [first, *(other.partition("*/}")[2] for other in others)]
    return _COMPONENT.sub("", "".join(kept))
