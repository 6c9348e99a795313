"""Seeds for tests: the five real ones, and small ones to order."""

from pathlib import Path
from typing import Any

import yaml

REAL_SEEDS = Path(__file__).parents[2] / "seeds"


def seed_text(number: int = 1, *, body: str = "", **changed: Any) -> str:
    """A valid seed about article ``number``; ``changed`` replaces keys, None leaves them out."""
    front: dict[str, Any] = {
        "category": "news",
        "title": f"Article {number}",
        "excerpt": f"The summary of article {number}.",
        "publishedDateTime": f"2024-01-02T03:04:{number % 60:02d}Z",
        "originalUrl": f"https://example.org/articles/{number}",
        "webUrl": f"https://example.org/articles/{number}",
        "type": "article",
        "quality": 38,
        "heat": -1,
        "published": False,
        "provider": {"name": "Example", "domain": "example.org"},
        "topics": ["AI"],
        "images": [{"url": f"https://example.org/{number}.jpg", "width": 640, "height": 480}],
        "secured": f"CIPHERTEXT-{number}-do-not-tell",
    }
    front |= changed
    kept = {key: value for key, value in front.items() if value is not None}
    return f"---\n{yaml.safe_dump(kept, allow_unicode=True, sort_keys=False)}---\n{body}"


def write_seed(folder: Path, number: int = 1, *, name: str | None = None, **changed: Any) -> Path:
    """Write :func:`seed_text` into ``folder``; the path written."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"article-{number}.md")
    path.write_text(seed_text(number, **changed), encoding="utf-8")
    return path
