"""Text that must fit, counted as the place where it is told counts. Pure.

``cost`` is what a single character takes there, with the escaping that it needs.
"""

from collections.abc import Callable

from watcher.notify.words import cut_note

Cost = Callable[[str], int]


def fitting(text: str, room: int, cost: Cost) -> int:
    """How many characters of ``text`` fit into ``room``."""
    for at, character in enumerate(text):
        room -= cost(character)
        if room < 0:
            return at
    return len(text)


def cut(text: str, room: int, cost: Cost) -> str:
    """``text``, or its beginning with a word about how much is missing."""
    if fitting(text, room, cost) == len(text):
        return text
    longest_note = sum(map(cost, "\n" + cut_note(len(text))))
    kept = fitting(text, room - longest_note, cost)
    return f"{text[:kept]}\n{cut_note(len(text) - kept)}"


def split_title(text: str, room: int, cost: Cost) -> tuple[str, str]:
    """As much of a title as fits, and the rest, which is to go on below."""
    if fitting(text, room, cost) == len(text):
        return text, ""
    kept = fitting(text, room - cost("…"), cost)
    return f"{text[:kept]}…", f"…{text[kept:]}"


def units(text: str) -> int:
    """The length of a text in UTF-16, as JavaScript counts it: nothing counts more characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
