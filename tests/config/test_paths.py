import pytest

from watcher.config.paths import normalise_state, passwords_in, redact_state


@pytest.mark.parametrize(
    ("text", "state", "is_path"),
    [
        ("../var/x.db", "../var/x.db", True),
        ("/var/lib/x.db", "/var/lib/x.db", True),
        ("sqlite:///x.db", "x.db", True),
        ("sqlite:////var/x.db", "/var/x.db", True),
        ("postgresql://u@h/n", "postgresql://u@h/n", False),
        (
            "postgres://u:p@h:5432/n?sslmode=require",
            "postgresql://u:p@h:5432/n?sslmode=require",
            False,
        ),
        ("postgresql+psycopg://h/n", "postgresql://h/n", False),
        ("postgresql:///n?host=/run/postgresql", "postgresql:///n?host=/run/postgresql", False),
    ],
)
def test_the_forms_of_a_state(text: str, state: str, is_path: bool) -> None:
    assert normalise_state(text) == (state, is_path)


@pytest.mark.parametrize(
    "text",
    [
        "mysql://u:hunter2@h/n",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:x.db",
        "sqlite:///x?mode=ro",
        "postgresql://u:hunter2@h",
        "postgresql://u:hunter2@h:x/n",
        "postgresql://u:hunter2@[h/n",
        "postgresql://u:12/hunter2@h/n",
        "postgresql://u:hunter2@x@h/n",
        "postgresql://u:1#hunter2@h/n",
        "postgresql://u:1?hunter2@h/n",
        "postgresql://h/n#u:hunter2@h",
        "https://example.org/x.db",
    ],
)
def test_what_is_no_state_is_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        normalise_state(text)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("state", "passwords", "shown"),
    [
        ("/var/x.db", [], "/var/x.db"),
        ("postgresql://h/n", [], "postgresql://h/n"),
        ("postgresql://u@h/n", [], "postgresql://u@h/n"),
        ("postgresql://u:hunter2@h:5/n", ["hunter2"], "postgresql://u:***@h:5/n"),
        ("postgresql://u:p%40ss:w@h/n", ["p%40ss:w", "p@ss:w"], "postgresql://u:***@h/n"),
        ("postgresql://:hunter2@h/n", ["hunter2"], "postgresql://:***@h/n"),
        (
            "postgresql:///n?user=u&password=a%2Fb",
            ["a%2Fb", "a/b"],
            "postgresql:///n?user=u&password=***",
        ),
        (
            "postgresql://u:one@h/n?sslmode=require&sslpassword=two",
            ["one", "two"],
            "postgresql://u:***@h/n?sslmode=require&sslpassword=***",
        ),
    ],
)
def test_passwords_are_found_and_starred(state: str, passwords: list[str], shown: str) -> None:
    assert sorted(passwords_in(state)) == sorted(passwords)
    assert redact_state(state) == shown
