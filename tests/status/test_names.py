"""Roots go by names that give away no path of the host."""

from tests.serve.samples import root
from watcher.status.names import RootNames


def test_roots_go_by_their_last_name_and_are_told_apart() -> None:
    names = RootNames(["/a/seeds", "/b/seeds", "/b/seeds/more", "/"])
    said = [names.of(path) for path in ("/a/seeds", "/b/seeds", "/b/seeds/more", "/")]
    assert said == ["seeds", "seeds (2)", "more", "root"]
    assert names.of("/not/known") == "known"


def test_paths_of_roots_are_taken_out_of_texts() -> None:
    names = RootNames(["/a/seeds", "/a/seeds/deep"])
    said = names.without_paths("gone: /a/seeds/deep/x.md, /a/seeds/y.md, /elsewhere")
    assert said == "gone: deep/x.md, seeds/y.md, /elsewhere"
    shown = names.rename(root("/a/seeds/deep", detail="/a/seeds/deep is not there"))
    assert (shown.path, shown.detail) == ("deep", "deep is not there")
