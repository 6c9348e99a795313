"""The id of a story: it costs nothing to load, unlike what finds stories."""

from uuid import NAMESPACE_URL, uuid5


def story_id(first: str) -> str:
    """The id of the story that an article begins, by that one's id: short enough to be typed."""
    return uuid5(NAMESPACE_URL, f"story:{first}").hex[:16]
