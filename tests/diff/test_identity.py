"""The id of an article is the UUID that any other program makes of its first URL."""

from uuid import NAMESPACE_URL, uuid5

from hypothesis import example, given
from hypothesis import strategies as st

from watcher.diff.identity import make_id


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("https://example.org/1")
def test_an_id_is_a_uuid_of_version_5(url: str) -> None:
    assert make_id(url) == f"urn:uuid:{uuid5(NAMESPACE_URL, url)}"
