"""Content goes into the store and comes back as it was."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from watcher.model.seed import Content, Image, Provider
from watcher.store.columns import decode_content, encode_content

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
MAYBE = st.none() | TEXT
TIMES = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)).map(  # noqa: DTZ001  # made aware right here
    lambda naive: naive.replace(tzinfo=UTC)
)
IMAGES = st.builds(Image, url=TEXT, width=st.none() | st.integers(1), height=st.none(), title=MAYBE)
PROVIDERS = st.builds(Provider, name=MAYBE, domain=MAYBE, images=st.tuples(IMAGES) | st.just(()))


def contents(related: st.SearchStrategy[tuple[Content, ...]]) -> st.SearchStrategy[Content]:
    return st.builds(
        Content,
        title=TEXT,
        url=TEXT,
        summary=MAYBE,
        body=MAYBE,
        published_at=st.none() | TIMES,
        quality=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        is_published=st.none() | st.booleans(),
        provider=st.none() | PROVIDERS,
        topics=st.lists(TEXT, max_size=3).map(tuple),
        images=st.lists(IMAGES, max_size=3).map(tuple),
        related=related,
        extra=st.dictionaries(TEXT, st.none() | st.integers() | TEXT, max_size=3),
    )


@given(contents(st.lists(contents(st.just(())), max_size=2).map(tuple)))
def test_content_comes_back_as_it_was(content: Content) -> None:
    assert decode_content(encode_content(content)) == content


def test_absent_fields_are_left_out() -> None:
    assert encode_content(Content(title="T", url="https://x.org/")) == (
        '{"title":"T","url":"https://x.org/"}'
    )


def test_false_and_zero_are_not_absent() -> None:
    content = Content(title="T", url="u", is_published=False, quality=0)
    assert decode_content(encode_content(content)) == content
