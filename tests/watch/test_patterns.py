import string
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.config.schema import RootConfig
from watcher.watch.patterns import Patterns

DEFAULTS = RootConfig.model_fields
DEFAULT = Patterns(DEFAULTS["include"].default, DEFAULTS["exclude"].default)


@pytest.mark.parametrize(
    "path",
    ["a.md", "a.txt", "news/2024/a.yaml", "x y.markdown", "caf\u00e9.yml", "\udcff.md", "a\nb.md"],
)
def test_default_patterns_want(path: str) -> None:
    assert DEFAULT.wants_file(path)


@pytest.mark.parametrize(
    "path",
    [
        "a.png",
        "a.MD",
        "md",
        ".a.md",
        ".git/a.md",
        "news/.hidden/deep/a.md",
        "a.md~",
        "a.md.swp",
        "a.tmp",
        "work.tmp/a.md",
        "a.md/index.png",
    ],
)
def test_default_patterns_do_not_want(path: str) -> None:
    assert not DEFAULT.wants_file(path)


def test_folder_is_wanted_unless_it_or_a_parent_is_excluded() -> None:
    assert DEFAULT.wants_directory("")
    assert DEFAULT.wants_directory("news/2024")
    assert not DEFAULT.wants_directory(".git")
    assert not DEFAULT.wants_directory(".git/objects")
    assert not DEFAULT.wants_directory("news/.cache/x")


def test_depth_does_not_matter() -> None:
    assert DEFAULT.wants_file("d/" * 2000 + "a.md")
    assert not DEFAULT.wants_file("d/" * 2000 + ".d/a.md")


def test_glob_with_slash_is_matched_against_the_whole_path() -> None:
    patterns = Patterns(["news/*.md"], ["news/old", "*/draft-*.md"])
    assert patterns.wants_file("news/a.md")
    assert not patterns.wants_file("a.md")
    assert not patterns.wants_file("other/news/a.md")
    assert not patterns.wants_file("news/draft-1.md")
    assert not patterns.wants_directory("news/old")
    assert not patterns.wants_file("news/old/a.md")
    assert patterns.wants_file("news/older/a.md")


def test_nothing_included_wants_no_file_and_nothing_excluded_hides_none() -> None:
    assert not Patterns([], []).wants_file("a.md")
    assert Patterns(["*"], []).wants_file(".git/a")


_names = st.text(alphabet="ab.*?[]~-", min_size=1, max_size=6)


@given(glob=_names, name=st.text(alphabet=string.ascii_lowercase[:3] + ".~-[]*", min_size=1))
def test_single_glob_matches_as_fnmatch_does(glob: str, name: str) -> None:
    assert Patterns([glob], []).wants_file(name) == fnmatchcase(name, glob)
    assert Patterns(["*"], [glob]).wants_file(name) != fnmatchcase(name, glob)


@given(
    globs=st.lists(st.one_of(_names, st.just("a/*"), st.just("*.a"), st.just("b*")), max_size=3),
    names=st.lists(_names, max_size=6),
)
def test_many_names_are_matched_as_each_of_them(globs: list[str], names: list[str]) -> None:
    for patterns in (Patterns(globs, ["*b"]), Patterns(["*"], globs)):
        wanted = [name for name in names if patterns.wants_file_in("a/", name)]
        assert patterns.wanted_files("a/", names) == wanted
