import pytest

from watcher.config.wording import BadValue, did_you_mean, show


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("watchh", '; did you mean "watch"?'),
        ("WATCH", '; did you mean "watch"?'),
        ("Endpoint", '; did you mean "endpoints"?'),
        ("xyzzy", ""),
        ("", ""),
    ],
)
def test_suggestions(word: str, said: str) -> None:
    assert did_you_mean(word, ["watch", "endpoints", "feeds"]) == said


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x", '"x"'),
        (5, '"5"'),
        ("y" * 201, '"' + "y" * 200 + '…"'),
        (["hunter2"], "a list"),
        ({"hunter2": 1}, "a mapping"),
        (None, "nothing"),
    ],
)
def test_values_are_shown_short(value: object, shown: str) -> None:
    assert show(value) == shown


def test_a_bad_value_can_be_told_without_the_value() -> None:
    error = BadValue("hunter2", "a rate", "write 1/s", reason="hunter2?", hint="; hunter3?")
    assert str(error) == '"hunter2" is not a rate (hunter2?): write 1/s; hunter3?'
    assert error.unquoted() == "is not a rate: write 1/s"
