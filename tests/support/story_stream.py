"""Articles of made-up events, each told by several outlets, as seeds in the order of time."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.seeds import write_seed

MONDAY = datetime(2024, 1, 1, 9, 0, tzinfo=UTC)


def told_events(seed: int, length: int) -> list[dict[str, Any]]:
    """Title, excerpt, time, outlet and address of each article."""
    chance = random.Random(seed)
    words = [f"{a}{b}" for a in ("bal", "dor", "mek", "sul") for b in "abcdefghijklmnopqrstuvwxyz"]
    events = [chance.sample(words, 12) for _ in range(length // 5 + 1)]
    found: list[dict[str, Any]] = []
    at = MONDAY
    for number in range(1, length + 1):
        at += timedelta(minutes=chance.randint(1, 400))
        told = chance.sample(events[number // 5], 9)
        repeats = number % 11 == 0
        if repeats:
            told = f"{found[-1]['title']} {found[-1]['excerpt']}".split()
        found.append(
            {
                "title": " ".join(told[:5]),
                "excerpt": " ".join(told[5:] if repeats else told[3:]),
                "publishedDateTime": at.isoformat(),
                "originalUrl": f"https://outlet{number % 7}.example/{number}",
                "webUrl": f"https://outlet{number % 7}.example/{number}",
                "provider": {
                    "name": f"Outlet {number % 7}",
                    "domain": f"outlet{number % 7}.example",
                },
            }
        )
    return found


def write_told(folder: Path, number: int, article: dict[str, Any]) -> Path:
    return write_seed(folder, number, name=f"{number:04}.md", **article)
