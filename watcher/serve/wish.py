"""What a reader wants to see, from the address and from earlier choices. Pure."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

_LONGEST = 500
_A_YEAR = 365 * 24 * 3600
_CHOICES = {"pictures": ("1", "0"), "view": ("compact", "full")}
"""The choices that are remembered, each in a cookie that holds nothing about the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A topic, words to find, from where on; with pictures or not, headlines only or not."""

    topic: str | None = None
    words: str | None = None
    after: str | None = None
    pictures: bool = False
    compact: bool = False

    def link(self, **changed: Any) -> str:
        """The query of the page that shows this, but for what is ``changed``."""
        wish = replace(self, **({"after": None} | changed))
        values = {"topic": wish.topic, "q": wish.words, "after": wish.after}
        asked = {name: value for name, value in values.items() if value}
        if wish.pictures != self.pictures:
            asked["pictures"] = "1" if wish.pictures else "0"
        if wish.compact != self.compact:
            asked["view"] = "compact" if wish.compact else "full"
        return f"?{urlencode(asked)}" if asked else ""


def read_wish(request: Request, *, pictures: bool) -> Wish:
    """Read what a request asks for; ``pictures`` is the default for those who never chose."""
    query = request.query_params

    def text(name: str) -> str | None:
        return query.get(name, "")[:_LONGEST].strip() or None

    def choice(name: str) -> str | None:
        chosen = query.get(name) or request.cookies.get(name)
        return chosen if chosen in _CHOICES[name] else None

    shown = choice("pictures")
    return Wish(
        topic=text("topic"),
        words=text("q"),
        after=text("after"),
        pictures=pictures if shown is None else shown == "1",
        compact=choice("view") == "compact",
    )


def remember(request: Request, response: Response, *, path: str) -> None:
    """Keep what was chosen by the address, for the pages below ``path``."""
    for name, choices in _CHOICES.items():
        if (chosen := request.query_params.get(name)) in choices:
            response.set_cookie(
                name, str(chosen), _A_YEAR, path=path, samesite="lax", httponly=True
            )
