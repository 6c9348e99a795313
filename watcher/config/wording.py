"""Words a problem with a value for people, without repeating what may be secret."""

from collections.abc import Iterable

LONGEST_SHOWN = 200


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """``; did you mean "…"?`` with the choice nearest to ``word``; nothing if none is near."""
    from difflib import get_close_matches  # noqa: PLC0415  # most commands find nothing wrong

    by_folded = {choice.casefold(): choice for choice in choices}
    near = get_close_matches(word.casefold(), by_folded, n=1)
    return f'; did you mean "{by_folded[near[0]]}"?' if near else ""


def show(value: object) -> str:
    """A value as a message quotes it: text in quotes, and cut if it is long."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "nothing"
    text = str(value)
    return f'"{text[:LONGEST_SHOWN]}…"' if len(text) > LONGEST_SHOWN else f'"{text}"'


class BadValue(ValueError):
    """A value that is not what it should be; :meth:`unquoted` says so without the value.

    ``reason`` and ``hint`` may hold parts of the value, ``wanted`` and ``advice`` never do.
    """

    def __init__(
        self, value: object, wanted: str, advice: str, *, reason: str = "", hint: str = ""
    ) -> None:
        self.wanted = wanted
        self.advice = advice
        because = f" ({reason})" if reason else ""
        super().__init__(f"{show(value)} is not {wanted}{because}: {advice}{hint}")

    def unquoted(self) -> str:
        return f"is not {self.wanted}: {self.advice}"
