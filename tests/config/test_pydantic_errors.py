"""How each kind of mistake is said."""

from pathlib import Path

import pytest

from tests.config.loading import MINIMAL, complaints, endpoint
from watcher.config.pydantic_errors import known_keys


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"max_items": "ten"}, '`max_items` must be a whole number, not "ten"'),
        ({"max_items": "1.5"}, '`max_items` must be a whole number, not "1.5"'),
        ({"max_items": "[1]"}, "`max_items` must be a whole number, not a list"),
        ({"max_items": "0"}, "`max_items` must be at least 1"),
        ({"max_items": "1001"}, "`max_items` must be at most 1000"),
        ({"max_items": "9" * 5000}, "`max_items` must be a whole number, not"),
        ({"enabled": "maybe"}, '`enabled` must be true or false, not "maybe"'),
        ({"enabled": "{}"}, "`enabled` must be true or false, not a mapping"),
        ({"name": "[x]"}, "`name` must be text, not a list"),
        ({"name": "' '"}, "`name` must not be empty"),
        ({"name": "x" * 101}, "`name` must have at most 100 characters"),
        ({"on": "[]"}, "`on` needs at least 1 item"),
        ({"on": "{}"}, "`on` must be a list, not a mapping"),
        (
            {"on": "[new, ned]"},
            '`on` must be "new", "updated" or "removed", not "ned"; did you mean "new"?',
        ),
        ({"match": "[a]"}, "`match` must be a mapping, not a list"),
        ({"match": "{topics: {a: b}}"}, "`topics` must be a list, not a mapping"),
        ({"match": "{min_quality: [1]}"}, "`min_quality` must be a number, not a list"),
        ({"match": "{min_quality: nan}"}, '`min_quality` must be a number, not "nan"'),
        ({"match": "{not_: {topics: a}}"}, 'unknown key `not_`; did you mean "not"?'),
        ({"match": "{not: {not: {topik: a}}}"}, 'unknown key `topik`; did you mean "topics"?'),
        ({"headers": "x"}, "`headers` must be a mapping"),
        ({"headers": "{A: [x]}"}, "`A` must be text"),
        ({"url": "[x]"}, "`url` must be text"),
        ({"template": "[x]"}, "`template` must be a path, not a list"),
        ({"retry": "[5s, 0s]"}, "`retry` must be longer than 0"),
        ({"secret_fil": "x"}, 'unknown key `secret_fil`; did you mean "secret_file"?'),
        ({"url_credentials": "x"}, 'unknown key `url_credentials`; did you mean "url_credential"?'),
        ({"xyzzy": "x"}, "unknown key `xyzzy`"),
        ({"first_run": "true"}, '`first_run` must be "silent" or "announce", not "true"'),
    ],
)
def test_mistakes_in_an_endpoint(tmp_path: Path, keys: dict[str, str], said: str) -> None:
    (line,) = complaints(tmp_path, endpoint(**keys))
    found = line.partition("error: ")[2]
    assert found == said or (said.endswith("not") and found.startswith(said))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("feeds: x", '`feeds` must be a list, not "x"'),
        ("feeds: {name: x}", "`feeds` must be a list, not a mapping"),
        ("feeds: [x]", '`feeds` must be a mapping, not "x"'),
        ("feeds: [~]", "`feeds` must be a mapping, not nothing"),
        ("articles: [x]", "`articles` must be a mapping, not a list"),
        (
            "articles: {significant: [titel]}",
            (
                '`significant` must be "title", "summary" or "body", not "titel"'
                '; did you mean "title"?'
            ),
        ),
        ("articles: {fields: {title: [a, '']}}", "`title` must not be empty"),
        ("rescan: 0", "`rescan` must be longer than 0"),
        (
            "rescan: true",
            ('`rescan`: "true" is not a duration: write it like 200ms, 30s, 15m, 1h30m or 3d'),
        ),
        ("endpoint: []", 'unknown key `endpoint`; did you mean "endpoints"?'),
        ("? [x]\n: y", "a key must be text"),
    ],
)
def test_mistakes_elsewhere(tmp_path: Path, text: str, said: str) -> None:
    (line,) = complaints(tmp_path, f"{MINIMAL}{text}\n")
    assert line.partition("error: ")[2] == said


def test_a_field_that_is_not_known_is_a_key_with_a_suggestion(tmp_path: Path) -> None:
    (line,) = complaints(tmp_path, f"{MINIMAL}articles:\n  fields: {{sumary: [lead]}}\n")
    assert line.startswith('4:12: error: `sumary` must be "title", "summary", "web_url"')
    assert line.endswith('; did you mean "summary"?')


def test_one_bad_item_does_not_make_a_list_too_short(tmp_path: Path) -> None:
    assert len(complaints(tmp_path, "state: s\nwatch: [{path: a, mode: x}]\n")) == 1


def test_no_message_has_the_words_of_pydantic(tmp_path: Path) -> None:
    text = endpoint(max_items="x", on="[y]", match="{published: z, min_heat: q}", name="[n]")
    said = " ".join(complaints(tmp_path, text))
    for jargon in ("Input", "Field", "Value error", "valid", "extra", "str", "type="):
        assert jargon not in said


def test_known_keys_are_those_of_the_file() -> None:
    assert "url_file" in known_keys(("endpoints", 3))
    assert "not" in known_keys(("endpoints", 0, "match", "not"))
    assert known_keys(("log",)) == ["level", "format"]
