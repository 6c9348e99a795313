"""When endpoints hear that they are owed something: after one file, however many there are."""

from watcher.daemon.intake import _Owing


def test_they_wait_for_the_first_file_and_for_no_other() -> None:
    told: list[int] = []
    begun = 0
    owing = _Owing(lambda: told.append(begun))
    for begun in (1, 2, 3):  # noqa: B007  # what is told looks at it
        owing.go_on()
    owing.tell()
    assert told == [2]


def test_they_hear_of_it_where_nothing_is_published() -> None:
    told: list[str] = []
    owing = _Owing(lambda: told.append("owed"))
    owing.tell()
    owing.tell()
    assert told == ["owed"]
