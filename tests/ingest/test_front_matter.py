import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.seeds_as_read import FRONT, parse, problem_of, read_front_matter
from watcher.ingest.front_matter import FrontMatter
from watcher.ingest.keys import KeyPath
from watcher.model.seed import Problem, Reason, Unusable


def front(text: str | bytes, *, is_yaml: bool = False) -> FrontMatter:
    data = text if isinstance(text, bytes) else text.encode()
    found = read_front_matter(data, is_yaml=is_yaml)
    assert isinstance(found, FrontMatter), found
    return found


def value(scalar: str) -> Any:
    return front(f"---\na: {scalar}\n---\n").data["a"]


# ---------------------------------------------------------------- where it is


@pytest.mark.parametrize(
    "text",
    [
        "---\na: 1\n---\nbody\n",
        "---  \t\na: 1\n--- \t \nbody\n",
        "---\r\na: 1\r\n---\r\nbody\n",
        "\ufeff---\na: 1\n---\nbody\n",
        "\ufeff---\r\na: 1\r\n--- \r\nbody\n",
    ],
)
def test_front_matter_stands_between_two_lines(text: str) -> None:
    found = front(text)
    assert found.data == {"a": 1}
    assert found.body.strip() == "body"


@pytest.mark.parametrize("text", ["---\na: 1\n---", "---\na: 1\n---\n"])
def test_a_body_is_not_needed(text: str) -> None:
    assert front(text).body.strip() == ""


def test_only_a_line_of_three_dashes_alone_closes() -> None:
    found = front(
        "---\na: ---x\nb: |\n  ---\n ---\nc: 1\n---\nbody\n---\n".replace("\n ---\n", "\n")
    )
    assert found.data == {"a": "---x", "b": "---\n", "c": 1}
    assert found.body == "\nbody\n---\n"


@pytest.mark.parametrize("quote", ['"', "'"])
def test_three_dashes_inside_a_quoted_value_do_not_close(quote: str) -> None:
    text = f"---\na: {quote}one\n---\ntwo\n---\nthree{quote}\nb: [1]\n---\nbody\n"
    found = front(text)
    assert found.data == {"a": "one --- two --- three", "b": [1]}
    assert found.body == "\nbody\n"
    assert found.locate(("b", 0)) == (7, 5)


def test_a_place_on_a_line_of_dashes_inside_quotes_is_exact() -> None:
    found = front('---\na: "one\n---\ntwo": x\nb: 1\n---\n'.replace('two": x', 'two"'))
    assert found.locate(("a",)) == (2, 4)
    assert found.locate(("b",)) == (5, 4)


def test_a_quote_that_is_never_closed_is_reported_where_it_opens() -> None:
    text = '---\ntitle: "one\n---\nThe body says "this".\n---\nmore\n---\n'
    problem = problem_of(text)
    assert (problem.reason, problem.line, problem.column) == (Reason.BAD_YAML, 2, 8)
    assert "never closed" in problem.message


def test_many_lines_of_dashes_after_an_open_quote_take_no_time() -> None:
    problem = problem_of('---\ntitle: "one\n' + "---\n" * 200_000)
    assert (problem.reason, problem.line, problem.column) == (Reason.BAD_YAML, 2, 8)


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("a: 1\n", ""),
        ("---\na: 1\n", ""),
        ("---\na: 1", ""),
        ("# a comment\n---\na: 1\n", ""),
        ("---\na: 1\n---\nbody\n", "\nbody\n"),
        ('{"a": 1}', ""),
    ],
)
def test_a_yaml_file_needs_no_closing_line_and_no_opening_one(text: str, body: str) -> None:
    found = front(text, is_yaml=True)
    assert (found.data, found.body) == ({"a": 1}, body)


def test_a_yaml_file_that_never_closes_may_have_dashes_in_quotes() -> None:
    assert front('---\na: "x\n---\ny"\n', is_yaml=True).data == {"a": "x --- y"}


def test_a_yaml_file_without_lines_of_dashes_has_its_places_from_the_first_line() -> None:
    assert front("a: 1\nb: 2\n", is_yaml=True).locate(("b",)) == (2, 4)


# ---------------------------------------------------------------- what is refused

INDENTED = "".join(f"{' ' * n}a:\n" for n in range(1_400))
DEEP = "".join("  " * level + "a:\n" for level in range(60))
BAD: dict[str, tuple[str | bytes, Reason, int, int]] = {
    "empty file": (b"", Reason.EMPTY, 1, 1),
    "blank file": (b" \r\n\n", Reason.EMPTY, 1, 1),
    "unclosed": (f"---\n{FRONT}", Reason.UNCLOSED, 1, 1),
    "nearly closed": (f"---\n{FRONT}--", Reason.UNCLOSED, 1, 1),
    "only the first line": ("---", Reason.UNCLOSED, 1, 1),
    "empty front matter": ("---\n---\n", Reason.MISSING_TITLE, 2, 1),
    "only a comment": ("---\n# x\n---\n", Reason.NOT_A_MAPPING, 2, 1),
    "list": ("---\n\n- a\n- b\n---\n", Reason.NOT_A_MAPPING, 3, 1),
    "text": ("---\nhello\n---\n", Reason.NOT_A_MAPPING, 2, 1),
    "set": ("---\n!!set {a}\n---\n", Reason.NOT_A_MAPPING, 2, 1),
    "tab": (f"---\n{FRONT}a: x\n\t- b: c\n---\n", Reason.BAD_YAML, 5, 1),
    "no colon": (f"---\n{FRONT}no colon\nheat: 1\n---\n", Reason.BAD_YAML, 4, 1),
    "second colon": ("---\ntitle: a: b\n---\n", Reason.BAD_YAML, 2, 9),
    "quote in quotes": ('---\ntitle: "a "b" c"\n---\n', Reason.BAD_YAML, 2, 12),
    "open bracket": ("---\nimages: [a\ntitle: x\n---\n", Reason.BAD_YAML, 3, 6),
    "bad escape": ('---\ntitle: "a\\q"\n---\n', Reason.BAD_YAML, 2, 10),
    "lone surrogate": ('---\ntitle: "\\ud83d"\n---\n', Reason.BAD_YAML, 2, 11),
    "control character": ("---\ntitle: x\nb: é😀\x01\n---\n", Reason.BAD_YAML, 3, 6),
    "list as key": (f"---\n{FRONT}? [a]\n: b\n---\n", Reason.BAD_YAML, 4, 3),
    "text to merge": (f"---\n{FRONT}<<: x\n---\n", Reason.BAD_YAML, 4, 5),
    "list as number": (f"---\n{FRONT}heat: !!int [1]\n---\n", Reason.BAD_YAML, 4, 7),
    "duplicate key": (f"---\n{FRONT}title: b\n---\n", Reason.DUPLICATE_KEY, 4, 1),
    "duplicate key inside": (
        f"---\n{FRONT}provider:\n  name: a\n  name: b\n---\n",
        Reason.DUPLICATE_KEY,
        6,
        3,
    ),
    "duplicate number": (f"---\n{FRONT}a: {{1: x, 0x1: y}}\n---\n", Reason.DUPLICATE_KEY, 4, 11),
    "duplicate in a merge": (
        f"---\n{FRONT}<<: {{a: 1, a: 2}}\n---\n",
        Reason.DUPLICATE_KEY,
        4,
        12,
    ),
    "duplicate in a set": (f"---\n{FRONT}a: !!set {{b, b}}\n---\n", Reason.DUPLICATE_KEY, 4, 14),
    "duplicate secured": (f"---\n{FRONT}secured: a\nsecured: b\n---\n", Reason.DUPLICATE_KEY, 5, 1),
    "alias": (f"---\n{FRONT}a: &x [1]\nb: *x\n---\n", Reason.ALIAS, 5, 4),
    "alias to merge": (f"---\n{FRONT}a: &x {{}}\n<<: *x\n---\n", Reason.ALIAS, 5, 5),
    "alias bomb": (
        "---\na: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n---\n",
        Reason.ALIAS,
        3,
        8,
    ),
    "unknown tag": (f"---\n{FRONT}a: !x y\n---\n", Reason.TAG, 4, 4),
    "python tag": (
        f"---\n{FRONT}a: !!python/object/apply:os.system [x]\n---\n",
        Reason.TAG,
        4,
        4,
    ),
    "tag on a mapping": (f"---\n{FRONT}a: !x {{}}\n---\n", Reason.TAG, 4, 4),
    "60 levels of lists": (f"---\n{FRONT}a: {'[' * 60}{']' * 60}\n---\n", Reason.TOO_DEEP, 4, 53),
    "60 levels of mappings": (f"---\n{DEEP}---\n", Reason.TOO_DEEP, 52, 101),
    "1 MiB of [": (f"---\n{'[' * 2**20}\n---\n", Reason.TOO_DEEP, 2, 51),
    "1 MiB of {": (f"---\n{'{' * 2**20}\n---\n", Reason.TOO_DEEP, 2, 51),
    "1 MiB of [ on lines": ("---\na: " + "[\n  " * 2**18 + "\n---\n", Reason.TOO_DEEP, 51, 3),
    "1 MiB of pairs in [ ]": ("---\n" + '["é", {a: ' * 2**16 + "\n---\n", Reason.TOO_DEEP, 2, 251),
    "1 MiB of ? ": (f"---\n{'? ' * 2**19}\n---\n", Reason.TOO_DEEP, 2, 101),
    "1,400 levels by indentation": (f"---\n{INDENTED}---\n", Reason.TOO_DEEP, 52, 51),
    "1 MiB of - ": (f"---\n{'- ' * 2**19}\n---\n", Reason.TOO_DEEP, 2, 101),
    "too many nodes": (f"---\na: [{'1,' * 50_000}]\n---\n", Reason.TOO_MANY_NODES, 2, 99_999),
    "binary": (b"---\nti\0tle: x\n---\n", Reason.BINARY, 2, 3),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Reason.BINARY, 3, 1),
    "UTF-16": ("\ufeff---\na: 1\n---\n".encode("utf-16-le"), Reason.BINARY, 1, 4),
    "Latin-1": ("---\ntitle: caf\xe9\n---\n".encode("latin-1"), Reason.NOT_UTF8, 2, 11),
    "Latin-1 after UTF-8": ("---\nä: ".encode() + b"\xe9\n---\n", Reason.NOT_UTF8, 2, 4),
    "cut in a character": ("---\na: ä".encode()[:-1], Reason.NOT_UTF8, 2, 4),
    "encoded surrogate": (b"---\na: \xed\xa0\x80\n---\n", Reason.NOT_UTF8, 2, 4),
}


@pytest.mark.parametrize(("text", "reason", "line", "column"), BAD.values(), ids=BAD.keys())
def test_what_is_refused_is_refused_at_its_place(
    text: str | bytes, reason: Reason, line: int, column: int
) -> None:
    problem = problem_of(text)
    assert (problem.reason, problem.line, problem.column) == (reason, line, column)
    assert len(problem.message) < 150
    assert "\n" not in problem.message


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tab", "spaces"),
        ("second colon", "quotes"),
        ("no colon", "colon"),
        ("duplicate key", "'title' stands a second time"),
        ("duplicate key inside", "'name' stands a second time"),
        ("Latin-1", "0xE9 at offset 14"),
        ("binary", "offset 6"),
        ("unclosed", "---"),
        ("alias", "write the value out"),
        ("60 levels of lists", "50 levels"),
        ("too many nodes", "50,000"),
    ],
)
def test_a_problem_says_what_to_do(name: str, words: str) -> None:
    assert words in problem_of(BAD[name][0]).message


def test_a_duplicate_key_is_named() -> None:
    assert problem_of(BAD["duplicate key inside"][0]).key == "name"


def test_the_place_is_right_after_a_bom_and_carriage_returns() -> None:
    problem = problem_of("\ufeff---\r\ntitle: ä\r\nb: 1\r\nb: 2\r\n---\r\n")
    assert (problem.line, problem.column) == (4, 1)


def test_line_separators_of_unicode_do_not_count_as_lines_of_the_file() -> None:
    problem = problem_of('---\ntitle: "a\u2028\u0085b"\nb: 1\nb: 2\n---\n')
    assert (problem.line, problem.column) == (4, 1)


def test_an_anchor_alone_is_harmless() -> None:
    assert value("&x [1]") == [1]


def test_limits_are_met_exactly() -> None:
    assert len(value(f"[{'1,' * 49_993}]")) == 49_993
    assert value("[" * 49 + "]" * 49)


def test_deep_nesting_does_not_crash_a_thread_with_a_small_stack() -> None:
    size = threading.stack_size(256 * 1024)
    found: list[object] = []
    try:
        thread = threading.Thread(target=lambda: found.append(parse(f"---\n{'[' * 2**20}\n---\n")))
        thread.start()
    finally:
        threading.stack_size(size)
    thread.join()
    assert isinstance(found[0], Unusable)


# ---------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("scalar", "expected"),
    [
        ("yes", True),
        ("010", 8),
        ("12:30:45", 45045),
        ("1_000", 1000),
        ("0x1F", 31),
        ("~", None),
        ("2022-10-20", date(2022, 10, 20)),
        ("2022-10-20T20:36:00Z", datetime(2022, 10, 20, 20, 36, tzinfo=UTC)),
        ("!!str 12", "12"),
        ("! 12", 12),
        ("!!binary aGk=", b"hi"),
        ("!!set {b, a}", {"a", "b"}),
        ("{<<: {b: 1, c: 2}, b: 3}", {"b": 3, "c": 2}),
    ],
)
def test_values_are_those_of_yaml_1_1(scalar: str, expected: object) -> None:
    assert value(scalar) == expected


@pytest.mark.parametrize(
    "scalar",
    [
        "2022-02-30",
        "2022-13-01T00:00:00Z",
        "2022-10-20T20:36:00+99:00",
        "0x_",
        "0b_",
        "=",
        "<<",
        "9" * 4301,
        "1" + ":59" * 5000,
        "0x" + "f" * 4000,
    ],
)
def test_what_only_looks_like_a_number_or_a_date_stays_text(scalar: str) -> None:
    assert value(scalar) == scalar


@pytest.mark.parametrize("tag", ["int", "float", "bool", "timestamp", "binary"])
def test_a_wrong_tag_of_the_safe_set_leaves_text(tag: str) -> None:
    assert value(f'!!{tag} "ä?"') == "ä?"
    assert value(f'!!{tag} ""') in ("", b"")


def test_ordered_mappings_are_lists_of_mappings() -> None:
    assert value("!!omap [{b: 1}, {a: 2}]") == [{"b": 1}, {"a": 2}]


WORDS = "1 01 0o1 0x1f 1e3 1.5 .5 1:30 yes No ~ null = << 2022-10-20 -.inf 'q' \"d\" a-b é"
SCALARS = WORDS.split()


@settings(deadline=None, max_examples=200)
@given(
    st.recursive(
        st.sampled_from(SCALARS),
        lambda inside: st.one_of(
            st.lists(inside, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
            st.dictionaries(st.sampled_from(SCALARS), inside, max_size=3).map(
                lambda items: "{" + ", ".join(f"{k}: {v}" for k, v in items.items()) + "}"
            ),
        ),
        max_leaves=8,
    )
)
def test_what_is_taken_is_what_pyyaml_reads(flow: str) -> None:
    text = f"a: {flow}\n"
    found = read_front_matter(f"---\n{text}---\n".encode(), is_yaml=False)
    if isinstance(found, FrontMatter):
        try:
            expected = yaml.load(text, Loader=yaml.CSafeLoader)
        except yaml.constructor.ConstructorError:  # a lone = or <<
            return
        assert repr(found.data) == repr(expected)
    else:
        assert isinstance(found, Problem)
        assert found.reason in (Reason.DUPLICATE_KEY, Reason.BAD_YAML)


# ---------------------------------------------------------------- places


def test_a_value_is_located_in_the_file() -> None:
    found = front("---\na: 1\nb:\n  - c: x\n    d: ä\n  - {g: ü, h: 1}\n---\n")
    assert found.locate(("a",)) == (2, 4)
    assert found.locate(("b", 0, "d")) == (5, 8)
    assert found.locate(("b", 1, "h")) == (6, 15)


def test_what_is_not_there_is_located_at_what_would_hold_it() -> None:
    found = front("---\na: 1\nb:\n  - c: x\n---\n")
    assert found.locate(()) == (2, 1)
    assert found.locate(("nothing",)) == (2, 1)
    assert found.locate(("b", 0, "nothing")) == (4, 5)
    assert found.locate(("b", 7)) == (4, 3)
    assert found.locate(("a", "deeper")) == (2, 4)


# ---------------------------------------------------------------- what is written


def test_a_scalar_is_found_as_it_is_written() -> None:
    front = read_front_matter(
        b"---\na: 007\nb: [1_000, 12:30, 'x', {c: 2024-01-02}]\nd: No\ne: [x]\n---\n", is_yaml=False
    )
    assert isinstance(front, FrontMatter)
    paths: dict[KeyPath, str | None] = {
        ("a",): "007", ("b", 0): "1_000", ("b", 1): "12:30", ("b", 2): "x",
        ("b", 3, "c"): "2024-01-02",
        ("d",): "No", ("e",): None, ("b", 4): None, ("f",): None, ("a", "b"): None,
    }  # fmt: skip
    assert {path: front.written(path) for path in paths} == paths
