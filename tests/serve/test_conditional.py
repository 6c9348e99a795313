import pytest

from watcher.serve.conditional import http_date, is_not_modified

MODIFIED = 1_700_000_000


@pytest.mark.parametrize(
    ("if_none_match", "known"),
    [
        ('"abc"', True),
        ('W/"abc"', True),
        ('"other", W/"abc"', True),
        ('"with, a comma","abc"', True),
        ("*", True),
        ('"other"', False),
        ('"abc-gzip"', False),
        ("abc", False),
        ("", False),
        ('"abc', False),
    ],
)
def test_tags_are_compared_weakly(if_none_match: str, known: bool) -> None:
    answer = is_not_modified(
        if_none_match=if_none_match, if_modified_since=None, etag='"abc"', modified=None
    )
    assert answer is known


@pytest.mark.parametrize(
    ("since", "known"),
    [
        (http_date(MODIFIED), True),
        (http_date(MODIFIED + 1), True),
        (http_date(MODIFIED - 1), False),
        ("Tue, 14 Nov 2023 22:13:20 -0000", True),
        ("Tuesday, 14-Nov-23 22:13:20 GMT", True),
        ("yesterday", False),
        ("Tue, 14 Nov 99999 22:13:20 GMT", False),
        ("", False),
    ],
)
def test_dates_are_compared_in_seconds_and_nonsense_is_ignored(since: str, known: bool) -> None:
    answer = is_not_modified(
        if_none_match=None, if_modified_since=since, etag='"abc"', modified=MODIFIED
    )
    assert answer is known


def test_a_tag_that_differs_counts_more_than_a_date_that_matches() -> None:
    assert not is_not_modified(
        if_none_match='"other"',
        if_modified_since=http_date(MODIFIED),
        etag='"abc"',
        modified=MODIFIED,
    )


def test_without_a_time_of_change_no_date_will_do() -> None:
    assert not is_not_modified(
        if_none_match=None, if_modified_since=http_date(MODIFIED), etag='"abc"', modified=None
    )
