"""MDX without what is program in it: imports and components leave, their text stays. Pure."""

import re

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
