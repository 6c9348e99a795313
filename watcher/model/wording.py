"""How numbers of things are written for people. Pure."""


def count(number: int, noun: str, plural: str | None = None) -> str:
    """``1 hour``, ``2,000 hours``; with a verb: ``count(1, "seed is", "seeds are")``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
