from datetime import UTC, date, datetime
from typing import Any

import pytest

from watcher.ingest.values import BadValue, flag_value, number_value, pixels_value, show, text_value

DATE = date(2022, 10, 20)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" a  b ", "a b"),
        ("", None),
        ("&nbsp;", None),
        (1984, "1984"),
        (10**400, "1" + "0" * 400),
        (1.5, "1.5"),
        (DATE, "2022-10-20"),
        (datetime(2022, 10, 20, 20, 36, tzinfo=UTC), "2022-10-20T20:36:00+00:00"),
    ],
)
def test_text_numbers_and_dates_are_text(value: object, text: str | None) -> None:
    assert text_value(value) == text


@pytest.mark.parametrize("value", [True, b"x", ["x"], {"x": 1}, {"x"}, float("nan"), float("inf")])
def test_nothing_else_is_text(value: object) -> None:
    with pytest.raises(BadValue, match="not text: put the text in quotes"):
        text_value(value)


@pytest.mark.parametrize(
    ("value", "number"),
    [(38, 38.0), (-1, -1.0), (0.5, 0.5), ("38", 38.0), (" -1.5e2 ", -150.0), ("", None)],
)
def test_numbers_are_numbers_in_quotes_too(value: object, number: float | None) -> None:
    found = number_value(value)
    assert found == number
    assert found is None or isinstance(found, float)


@pytest.mark.parametrize(
    "value",
    [
        "high", True, False, float("nan"), float("inf"), 10**400, "nan", "inf", "1e999", "1_0", "٣",
        "1" * 100_000, DATE, [1], {}, b"1",
    ],
)  # fmt: skip
def test_nothing_else_is_a_number(value: object) -> None:
    with pytest.raises(BadValue, match="not a number: write it like 38"):
        number_value(value)


@pytest.mark.parametrize(
    ("value", "pixels"), [(640, 640), (640.0, 640), ("640", 640), ("", None), (10**6, 10**6)]
)
def test_pixels_are_whole(value: object, pixels: int | None) -> None:
    found = pixels_value(value)
    assert found == pixels
    assert found is None or isinstance(found, int)


@pytest.mark.parametrize("value", [0, -1, 1.5, 10**6 + 1, "640px", True, 10**400])
def test_nothing_else_is_a_number_of_pixels(value: object) -> None:
    with pytest.raises(BadValue, match="write it like"):
        pixels_value(value)


def test_only_yes_and_no_are_flags() -> None:
    assert flag_value(True) is True
    assert flag_value(False) is False
    values: list[Any] = [0, 1, "true", "", DATE, []]
    for value in values:
        with pytest.raises(BadValue, match="write true or false"):
            flag_value(value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("high", "'high'"),
        ("x" * 50, "too long to show"),
        (10**50, "too long to show"),
        (True, "yes"),
        (1.5, "1.5"),
        (["a"], "a list"),
        ({"a": 1}, "a mapping"),
        ({"a"}, "a set"),
        (b"a", "binary data"),
        (DATE, "a date"),
        ("\ud800\x00", "'\\ud800\\x00'"),
    ],
)
def test_a_message_shows_what_is_short(value: object, shown: str) -> None:
    assert show(value) == shown
