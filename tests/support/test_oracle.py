"""The oracle itself: small histories judged by hand, and the totals of the real one."""

import ast
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support import oracle
from tests.support.oracle import Meaning, Oracle, canonical_url, judge, plain, read_page, totals
from tests.support.replay import require_replay
from tests.support.seeds import REAL_SEEDS, seed_text

Texts = Mapping[str, str]


def meanings(*steps: Texts) -> list[list[str]]:
    return [[finding.meaning.name for finding in step] for step in judge(steps)]


def about(name: str, **changed: Any) -> str:
    """A seed whose two URLs are both about the page ``name``."""
    url = f"https://example.org/{name}"
    fields: dict[str, Any] = {"originalUrl": url, "webUrl": url}
    return seed_text(1, **(fields | changed))


class TestOneFile:
    def test_its_first_sight_is_new_and_the_same_bytes_are_nothing(self) -> None:
        assert meanings({"a": about("x")}, {"a": about("x")}) == [["NEW"], ["UNTOUCHED"]]

    def test_other_line_ends_are_a_rewrite(self) -> None:
        steps = {"a": about("x")}, {"a": about("x").replace("\n", "\r\n")}
        assert meanings(*steps) == [["NEW"], ["REWRITTEN"]]

    def test_a_new_iv_is_secured_only(self) -> None:
        steps = {"a": about("x")}, {"a": about("x", secured="OTHER")}
        assert meanings(*steps) == [["NEW"], ["SECURED_ONLY"]]

    @pytest.mark.parametrize("key", ["heat", "quality", "category", "publishedDateTime"])
    def test_what_is_not_significant_only_refreshes(self, key: str) -> None:
        steps = {"a": about("x")}, {"a": about("x", **{key: None})}
        assert meanings(*steps) == [["NEW"], ["REFRESHED"]]

    @pytest.mark.parametrize(
        "changed",
        [{"title": "Another"}, {"excerpt": "Another"}, {"excerpt": None}, {"body": "Another"}],
    )
    def test_what_is_significant_updates(self, changed: dict[str, Any]) -> None:
        steps = {"a": about("x")}, {"a": about("x", **changed)}
        assert meanings(*steps) == [["NEW"], ["UPDATED"]]

    def test_letter_case_and_spelling_tricks_only_refresh(self) -> None:
        steps = (
            {"a": about("x", title="Someone\u2019s café & more")},
            {"a": about("x", title="someoneâ€™s  CAFE\u0301 &amp;\n<b>more</b>")},
        )
        assert meanings(*steps) == [["NEW"], ["REFRESHED"]]

    def test_a_text_seen_before_is_a_flip_back_however_often(self) -> None:
        first, second = {"a": about("x")}, {"a": about("x", title="Another")}
        assert meanings(first, second, first, second) == [
            ["NEW"],
            ["UPDATED"],
            ["FLIPPED_BACK"],
            ["FLIPPED_BACK"],
        ]

    def test_another_source_is_the_same_article_under_the_same_id(self) -> None:
        new, resourced = judge([{"a": about("x")}, {"a": about("y")}])
        assert resourced[0].meaning is Meaning.REFRESHED
        assert resourced[0].article == new[0].article


class TestSeveralFiles:
    def test_a_shared_url_makes_another_path_of_the_first_one(self) -> None:
        steps = judge([{"b": about("x")}, {"a": about("y", webUrl="https://example.org/x")}])
        found = steps[1][0]
        assert (found.meaning, found.first_path, found.reshown) == (
            Meaning.ANOTHER_PATH,
            "b",
            False,
        )

    def test_a_url_that_an_article_left_is_still_its_own(self) -> None:
        steps = {"a": about("x")}, {"a": about("y")}, {"b": about("x")}
        assert meanings(*steps) == [["NEW"], ["REFRESHED"], ["ANOTHER_PATH"]]

    def test_the_first_owner_keeps_a_url_that_another_article_takes_up(self) -> None:
        steps = judge([{"a": about("x")}, {"b": about("y")}, {"b": about("x")}, {"c": about("x")}])
        assert steps[3][0].article == steps[0][0].article

    def test_only_the_first_path_speaks(self) -> None:
        steps = {"a": about("x")}, {"b": about("x")}, {"b": about("x", title="Another")}
        assert meanings(*steps) == [["NEW"], ["ANOTHER_PATH"], ["ECHO"]]

    def test_a_known_path_stays_with_its_article_whatever_it_says(self) -> None:
        steps = judge([{"a": about("x"), "b": about("y")}, {"b": about("x", title="Another")}])
        assert steps[1][0].article == steps[0][1].article
        assert steps[1][0].meaning is Meaning.UPDATED

    def test_paths_are_taken_in_byte_order(self) -> None:
        found = Oracle().step({"ä": about("x"), "z": about("x"), "B": about("x")})
        assert [(f.path, f.meaning.name) for f in found] == [
            ("B", "NEW"),
            ("z", "ANOTHER_PATH"),
            ("ä", "ANOTHER_PATH"),
        ]


def test_the_id_is_made_from_the_original_url() -> None:
    (found,) = Oracle().step({"a": about("x", webUrl="https://example.org/web")})
    assert found.article == f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, 'https://example.org/x')}"


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://Example.ORG:443/A?b=C#d", "https://example.org/A?b=C"),
        ("http://example.org:80/", "http://example.org/"),
        ("http://example.org:8080/", "http://example.org:8080/"),
        ("https://example.org/?utm_source=x&v=1&fbclid=y&GCLID=z", "https://example.org/?v=1"),
        ("https://example.org/?utm_medium=x", "https://example.org/"),
        ("https://example.org/?sum=1&q=a%20b", "https://example.org/?sum=1&q=a%20b"),
    ],
)
def test_urls_are_compared_in_canonical_form(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


def test_text_is_made_plain() -> None:
    assert plain(" a&nbsp;<p>b\x07</p>\r\n• c ") == "a b • c"


def test_real_seeds_are_read_as_five_articles() -> None:
    texts = {path.name: path.read_text("utf-8") for path in REAL_SEEDS.glob("*.txt")}
    assert totals(judge([texts])) == {Meaning.NEW: 5}


def test_what_is_no_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="no front matter"):
        read_page("title: x")


def test_the_oracle_imports_nothing_of_what_it_judges() -> None:
    tree = ast.parse(Path(oracle.__file__).read_text("utf-8"))
    plain_imports = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    from_imports = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    homes = {name.partition(".")[0] for name in plain_imports + from_imports}
    assert homes.isdisjoint({"watcher", "tests"})
    assert "yaml" in homes


class TestTheRealHistory:
    def test_the_writes_are_all_there(self) -> None:
        replay = require_replay()
        assert len(replay.commits) == 721
        assert sum(1 for _ in replay.writes) == 2437
        assert len({commit.at for commit in replay.commits}) == 721

    def test_one_step_a_commit_gives_the_table_of_the_design(self) -> None:
        found = totals(judge(step.texts for step in require_replay().steps()))
        assert found == {
            Meaning.NEW: 190,
            Meaning.UPDATED: 7,
            Meaning.ANOTHER_PATH: 2,
            Meaning.FLIPPED_BACK: 7,
            Meaning.REFRESHED: 13 + 3,
            Meaning.SECURED_ONLY: 2158,
            Meaning.REWRITTEN: 57,
        }

    @pytest.mark.parametrize(
        ("every", "new", "updated", "further"),
        [
            (2, 190, 7, 2),
            (3, 190, 7, 2),
            (5, 190, 7, 2),
            (10, 190, 6, 2),
            (50, 190, 3, 2),
            (721, 191, 0, 1),
        ],
    )
    def test_downtime_collapses_edits(
        self, every: int, new: int, updated: int, further: int
    ) -> None:
        """In one step even the last: an article that changed its source leaves two behind."""
        found = totals(judge(step.texts for step in require_replay().steps(every=every)))
        assert found[Meaning.NEW] == new
        assert found[Meaning.UPDATED] == updated
        assert found[Meaning.ANOTHER_PATH] == further


def test_replayed_files_have_their_text_and_a_time_long_past(tmp_path: Path) -> None:
    replay = require_replay()
    for step in replay.steps(every=100):
        step.write(tmp_path, backdated=True)
        for path, write in step.last_writes.items():
            assert (tmp_path / path).read_bytes() == write.text.encode()
            assert (tmp_path / path).stat().st_mtime == write.at.timestamp()
    assert len(list(tmp_path.rglob("*.md"))) == 192


def test_an_absent_replay_skips_or_fails_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.replay.REPLAY_FILE", Path("absent", "replay", "x.jsonl.gz"))
    monkeypatch.delenv("SEEDWATCH_REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="absent/replay/x"):
        require_replay()
    monkeypatch.setenv("SEEDWATCH_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="absent/replay/x"):
        require_replay()
