"""The id of a story: it costs nothing to load, unlike what finds stories."""

from hashlib import sha1
from uuid import NAMESPACE_URL


def story_id(first: str) -> str:
    """The id of the story that an article begins, by that one's id: short enough to be typed.

    The beginning of a UUIDv5, as the standard library's, in a fifth of the time.
    """
    name = NAMESPACE_URL.bytes + f"story:{first}".encode()
    digits = sha1(name, usedforsecurity=False).hexdigest()
    return f"{digits[:12]}5{digits[13:16]}"
