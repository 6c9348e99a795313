import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.config.loading import PATIENT
from watcher.config.yaml_tree import Document, Position, YamlProblem, read_document


def flaws(document: Document) -> list[tuple[str, Position]]:
    return [(message, where) for _, where, message in document.flaws]


def problem(text: str) -> tuple[str, Position | None]:
    with pytest.raises(YamlProblem) as caught:
        read_document(text)
    return caught.value.message, caught.value.where


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("true", "true"),
        ("22:00", "22:00"),
        ("0:30", "0:30"),
        ("2024-01-02", "2024-01-02"),
        ("010", "010"),
        ("1.10", "1.10"),
        ("1_000", "1_000"),
        ("127.0.0.1:8765", "127.0.0.1:8765"),
        ("22:00-07:00", "22:00-07:00"),
        ("=", "="),
        ('"null"', "null"),
        ("'~'", "~"),
        ("null", None),
        ("~", None),
        ("", None),
        ("nullify", "nullify"),
        ("!!str 5", "5"),
        ("[on, 1]", ["on", "1"]),
        ("{on: off}", {"on": "off"}),
    ],
)
def test_scalars_mean_what_is_written(written: str, read: object) -> None:
    assert read_document(f"key: {written}\n").data == {"key": read}


@pytest.mark.parametrize("key", ["on", "off", "yes", "no", "null", "1", "2024-01-02", "~"])
def test_keys_are_text(key: str) -> None:
    assert read_document(f"{key}: x\n").data == {key: "x"}


def test_the_place_of_every_key_and_value_is_known() -> None:
    document = read_document("# comment\na: 1\nlist:\n  - x: 2\n    y:\n  - [3, 4]\n")
    assert document.keys["a",] == (2, 1)
    assert document.values["a",] == (2, 4)
    assert document.keys["list", 0, "y"] == (5, 5)
    assert document.values["list", 0, "x"] == (4, 8)
    assert document.values["list", 1, 1] == (6, 9)


def test_columns_count_characters_not_bytes() -> None:
    assert read_document("{é€😀: x}\n").values["é€😀",] == (1, 7)


def test_a_key_that_is_there_twice_is_a_flaw_at_any_depth() -> None:
    document = read_document("a: 1\nb:\n  - c: 1\n    c: 2\na: 3\n")
    assert flaws(document) == [
        ("`c` is there twice; first on line 3", (4, 5)),
        ("`a` is there twice; first on line 1", (5, 1)),
    ]
    assert document.data == {"a": "1", "b": [{"c": "1"}]}


def test_aliases_and_merges_are_understood() -> None:
    text = "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc: {<<: [*a, {x: 9, z: 4}]}\n"
    document = read_document(text)
    assert document.flaws == []
    assert document.data["b"] == {"y": "3", "x": "1"}
    assert document.data["c"] == {"x": "1", "y": "2", "z": "4"}
    assert document.values["b", "x"] == (1, 11)


def test_merges_of_merges_are_understood() -> None:
    text = "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}\n"
    assert read_document(text).data["c"] == {"x": "1", "y": "2"}


def test_a_merge_of_text_is_a_flaw() -> None:
    assert flaws(read_document("<<: x\na: 1\n")) == [
        ("`<<` takes a mapping, or a list of them", (1, 1))
    ]


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: *a}", "a: &a {<<: *a, b: {<<: *a}}"])
def test_what_contains_itself_ends(text: str) -> None:
    assert flaws(read_document(text)), "it is read, and refused"


def test_an_alias_that_contains_itself_is_a_flaw() -> None:
    document = read_document("a: &a [*a]")
    assert [message for message, _ in flaws(document)] == ["nested more than 50 levels deep"]


def test_tags_are_flaws_and_not_repeated() -> None:
    document = read_document("a: !hunter2 x\nb: !!python/object:os.system {}\n")
    said = "a tag (!…) has no meaning here; put text in quotes"
    assert flaws(document) == [(said, (1, 4)), (said, (2, 4))]
    assert document.dropped == {("a",), ("b",)}


def test_a_key_that_is_no_text_is_a_flaw() -> None:
    assert flaws(read_document("? [a]\n: b\nc: d\n")) == [("a key must be text", (1, 3))]


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("", (1, 1), "the config is empty; `seedwatch init` writes one"),
        ("# only a comment\n", (1, 1), "the config is empty"),
        ("- a\n", (1, 1), "the config must be a mapping"),
        ("text", (1, 1), "the config must be a mapping"),
        ("a: [1, 2\n", (2, 1), "this is not YAML: while parsing a flow sequence"),
        ("a: b: c\n", (1, 5), "mapping values are not allowed"),
        ("a: 1\n\tb: 2\n", (2, 1), "indent with spaces, not tabs"),
        ("a: [*.md]\n", (1, 6), "text that begins with * must be in quotes"),
        ("a: @b\n", (1, 4), "text that begins with @ must be in quotes"),
        ("a: x\x07\n", (1, 5), "a control character is not allowed here"),
        ("a: x\n---\nb: y\n", (2, 1), "found another document"),
        ("a: *b\n", (1, 4), "found undefined alias"),
        ("[" * 60, (1, 51), "nested more than 50 levels deep"),
        ('{"a":' * 60, (1, 251), "nested more than 50 levels deep"),
    ],
)
def test_what_is_not_one_mapping_says_where_and_why(
    text: str, where: tuple[int, int], said: str
) -> None:
    message, position = problem(text)
    assert said in message
    assert position == where


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "- " * 60_000, "? " * 60_000])
def test_deep_nesting_is_refused_whether_we_or_libyaml_find_it_first(text: str) -> None:
    message, _ = problem(text)  # libyaml 0.2.6 stops at level 1,000, having looked that far ahead
    assert message == "nested more than 50 levels deep"


@pytest.mark.parametrize("text", ["secret: *hunter2\n", 'secret: "hunter2\n', "s: !hunter2!x y\n",
                                  "hunter2: {\n", "a: hunter2: b\n", "a: %hunter2\n"])  # fmt: skip
def test_no_syntax_error_repeats_the_file(text: str) -> None:
    assert "hunter2" not in problem(text)[0]


@pytest.mark.parametrize("indent", ["\t", 2, None])
def test_json_is_read_with_places(indent: Any) -> None:
    value = {
        "name": 'tab\t "quoted" \\ / é 😀 \\ud83d',
        "list": [1, {"on": False, "x": None}],
        "e": "",
    }
    text = json.dumps(value, indent=indent)
    document = read_document(text)
    expected = value | {"list": ["1", {"on": "false", "x": None}]}
    assert document.data == expected
    if indent == "\t":
        assert document.keys["list", 1, "on"] == (6, 4)


def test_a_duplicate_key_in_json_is_a_flaw() -> None:
    assert flaws(read_document('{\n\t"a": 1,\n\t"a": 2\n}')) == [
        ("`a` is there twice; first on line 2", (3, 2))
    ]


PLAIN = st.text(
    st.characters(exclude_categories=["C"], exclude_characters="\u2028\u2029"),
    max_size=50,  # YAML's keys end at 1,024 characters
)
JSON = st.dictionaries(
    PLAIN,
    st.recursive(
        PLAIN, lambda inner: st.lists(inner) | st.dictionaries(PLAIN, inner), max_leaves=8
    ),
    max_size=4,
)


@PATIENT
@given(JSON, st.sampled_from(["\t", 1, None]), st.booleans())
def test_any_json_is_read_as_json(value: Any, indent: Any, ascii_only: bool) -> None:
    if "<<" in json.dumps(value):
        return
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert read_document(text).data == value


@PATIENT
@given(st.text("ab:-[]{}&*!|>'\"#%@`,?~< \n\t0x", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        document = read_document(text)
    except YamlProblem:
        return
    assert isinstance(document.data, dict)
