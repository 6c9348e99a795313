"""What a batch means, scenario by scenario, on a store in memory."""

from dataclasses import replace
from hashlib import blake2b
from typing import Any

import pytest

from tests.support.memory import Memory
from watcher.config.schema import ArticlesConfig
from watcher.model.kinds import ArticleState, ChangeKind, FileState, Verdict
from watcher.model.known import Plan
from watcher.model.seed import (
    Content,
    Missing,
    Problem,
    Reason,
    Seed,
    SeedPath,
    Signature,
    Unchanged,
    Unusable,
)

SIGNATURE = Signature(size=1, mtime_ns=1, ctime_ns=1, inode=1)


def at(path: str, root: str = "/seeds") -> SeedPath:
    return SeedPath(root=root, path=path)


def seed(path: str, page: str = "a", *, root: str = "/seeds", title: str = "", **more: Any) -> Seed:
    url = f"https://example.org/{page}"
    content = Content(title=title or f"Title {page}", url=url, **more)
    return Seed(
        at=at(path, root),
        signature=SIGNATURE,
        trusted=True,
        digest=blake2b(repr(content).encode(), digest_size=16).digest(),
        content=content,
        urls=(url,),
        id_url=url,
    )


def gone(path: str, root: str = "/seeds") -> Missing:
    return Missing(at=at(path, root))


def kinds(memory: Memory) -> list[tuple[str, str]]:
    titles = {name: article.content.title for name, article in memory.articles.items()}
    return [(change.kind.value, titles[change.article]) for change in memory.log]


@pytest.fixture
def memory() -> Memory:
    return Memory()


def test_a_seed_at_an_unknown_path_with_unknown_urls_is_new(memory: Memory) -> None:
    assert memory.read(seed("x.md")) == [Verdict.NEW]
    assert kinds(memory) == [("new", "Title a")]


def test_the_same_seed_again_is_nothing(memory: Memory) -> None:
    memory.read(seed("x.md"))
    assert memory.read(seed("x.md")) == [Verdict.UNCHANGED]
    assert len(memory.log) == 1


def test_what_is_not_significant_refreshes_silently(memory: Memory) -> None:
    memory.read(seed("x.md", heat=1.0))
    assert memory.read(seed("x.md", heat=2.0)) == [Verdict.REFRESHED]
    assert len(memory.log) == 1
    assert [article.content.heat for article in memory.articles.values()] == [2.0]


@pytest.mark.parametrize("title", ["TITLE A", "title  a"])
def test_letter_case_and_spaces_are_not_significant(memory: Memory, title: str) -> None:
    memory.read(seed("x.md"))
    assert memory.read(seed("x.md", title=title)) == [Verdict.REFRESHED]


@pytest.mark.parametrize("field", ["title", "summary", "body"])
def test_each_significant_field_makes_a_revision(memory: Memory, field: str) -> None:
    memory.read(seed("x.md"))
    assert memory.read(seed("x.md", **{field: "Other"})) == [Verdict.UPDATED]


def test_a_field_that_is_not_configured_as_significant_makes_none() -> None:
    memory = Memory(settings=ArticlesConfig(significant=("title",)))
    memory.read(seed("x.md", summary="One"))
    assert memory.read(seed("x.md", summary="Two")) == [Verdict.REFRESHED]


def test_flipping_back_is_no_news_however_often(memory: Memory) -> None:
    memory.read(seed("x.md", title="A"))
    assert memory.read(seed("x.md", title="B")) == [Verdict.UPDATED]
    for _ in range(3):
        assert memory.read(seed("x.md", title="A")) == [Verdict.SEEN_REVISION]
        assert [a.content.title for a in memory.articles.values()] == ["A"]
        assert memory.read(seed("x.md", title="B")) == [Verdict.SEEN_REVISION]
    assert len(memory.log) == 2


def test_beyond_max_updates_edits_are_recorded_and_not_announced() -> None:
    memory = Memory(settings=ArticlesConfig(max_updates=2))
    verdicts = [memory.read(seed("x.md", title=f"T{n}"))[0] for n in range(5)]
    assert verdicts[3:] == [Verdict.OVER_MAX_UPDATES] * 2
    (article,) = memory.articles.values()
    assert (len(article.fingerprints), article.content.title, article.updates) == (5, "T4", 2)


def test_a_change_of_the_significant_fields_makes_no_old_article_news() -> None:
    memory = Memory()
    memory.read(seed("x.md", summary="One"))
    memory.settings = ArticlesConfig(significant=("title",))
    assert memory.read(seed("x.md", summary="One")) == [Verdict.UNCHANGED]
    assert memory.read(seed("x.md", summary="Two")) == [Verdict.REFRESHED]
    assert memory.read(seed("x.md", title="Other")) == [Verdict.UPDATED]


def test_a_known_path_keeps_its_article_when_it_is_resourced(memory: Memory) -> None:
    memory.read(seed("x.md", "a"))
    assert memory.read(seed("x.md", "b", title="Title a")) == [Verdict.REFRESHED]
    assert len(memory.articles) == 1
    assert memory.read(seed("y.md", "b", title="Title a")) == [Verdict.ANOTHER_PATH]


def test_a_second_path_of_one_article_does_not_speak(memory: Memory) -> None:
    memory.read(seed("x.md"))
    assert memory.read(seed("y.md", title="Else")) == [Verdict.ANOTHER_PATH]
    assert memory.read(seed("y.md", title="More")) == [Verdict.UNCHANGED]
    assert kinds(memory) == [("new", "Title a")]


def test_two_new_files_about_one_page_in_one_batch_are_one_article(memory: Memory) -> None:
    assert memory.read(seed("x.md"), seed("y.md")) == [Verdict.NEW, Verdict.ANOTHER_PATH]


@pytest.mark.parametrize("missing_first", [True, False])
def test_a_rename_is_no_news_and_the_new_path_speaks(memory: Memory, missing_first: bool) -> None:
    memory.read(seed("x.md"))
    halves = [gone("x.md"), seed("y.md")]
    memory.read(*(halves if missing_first else reversed(halves)))
    assert memory.expire() == [Verdict.MISSING]
    assert memory.read(seed("y.md", title="Edited")) == [Verdict.UPDATED]
    assert kinds(memory) == [("new", "Edited"), ("updated", "Edited")]


def test_a_rename_with_an_edit_is_one_update(memory: Memory) -> None:
    memory.read(seed("x.md"))
    memory.read(gone("x.md"), seed("y.md", title="Edited"))
    assert kinds(memory) == [("new", "Edited"), ("updated", "Edited")]


@pytest.mark.parametrize("moved", ["a/x.md", "z/x.md"])
def test_a_rotated_file_makes_room_for_a_new_article(memory: Memory, moved: str) -> None:
    memory.read(seed("x.md", "old"))
    memory.read(seed(moved, "old"), seed("x.md", "fresh"))
    assert kinds(memory) == [("new", "Title old"), ("new", "Title fresh")]
    memory.read(seed(moved, "old", title="Edited"))
    assert kinds(memory)[-1] == ("updated", "Edited")


def test_a_file_rotated_in_several_batches_makes_room_for_a_new_article(memory: Memory) -> None:
    memory.read(seed("x.md", "old"))
    memory.read(gone("x.md"), seed("old/x.md", "old"))
    assert memory.read(seed("x.md", "fresh")) == [Verdict.NEW]
    assert memory.expire() == []


def test_two_files_that_swap_names_are_no_news(memory: Memory) -> None:
    memory.read(seed("x.md", "a"), seed("y.md", "b"))
    memory.read(seed("x.md", "b"), seed("y.md", "a"))
    assert len(memory.log) == 2
    assert memory.read(seed("x.md", "b", title="B!")) == [Verdict.UPDATED]
    assert kinds(memory)[-1] == ("updated", "B!")


def test_a_file_moved_over_another_removes_the_one_overwritten(memory: Memory) -> None:
    memory.read(seed("x.md", "a"), seed("y.md", "b"))
    memory.read(gone("y.md"), seed("x.md", "b"))
    memory.expire()
    assert kinds(memory)[2:] == [("removed", "Title a")]
    assert {a.content.title: a.state for a in memory.articles.values()} == {
        "Title a": ArticleState.REMOVED,
        "Title b": ArticleState.LIVE,
    }


def test_what_stays_away_for_the_grace_is_removed_once(memory: Memory) -> None:
    memory.read(seed("x.md"))
    assert memory.read(gone("x.md")) == [Verdict.MISSING]
    assert memory.expire() == [Verdict.REMOVED]
    assert memory.expire() == []
    assert memory.read(gone("x.md")) == [Verdict.UNKNOWN_PATH]
    assert [change.kind for change in memory.log] == [ChangeKind.NEW, ChangeKind.REMOVED]


@pytest.mark.parametrize("path", ["x.md", "elsewhere/y.md"])
def test_a_removed_article_returns_as_itself_and_as_no_news(memory: Memory, path: str) -> None:
    memory.read(seed("x.md"))
    memory.read(gone("x.md"))
    memory.expire()
    assert memory.read(seed(path)) == [Verdict.RETURNED]
    assert len(memory.log) == 2
    assert [a.state for a in memory.articles.values()] == [ArticleState.LIVE]


def test_a_removed_article_that_returns_edited_is_updated(memory: Memory) -> None:
    memory.read(seed("x.md"))
    memory.read(gone("x.md"))
    memory.expire()
    assert memory.read(seed("x.md", title="Edited")) == [Verdict.UPDATED]


def test_what_returns_within_the_grace_was_never_away(memory: Memory) -> None:
    memory.read(seed("x.md"))
    memory.read(gone("x.md"))
    back = Unchanged(at=at("x.md"), signature=SIGNATURE, trusted=True)
    assert memory.read(back) == [Verdict.RETURNED]
    assert memory.expire() == []
    assert len(memory.log) == 1


def test_when_the_speaker_goes_the_next_path_is_read_again_and_speaks(memory: Memory) -> None:
    memory.read(seed("x.md"), seed("y.md", title="Else"))
    memory.read(gone("x.md"))
    assert memory.expire() == [Verdict.MISSING]
    assert memory.files[at("y.md")].digest is None
    assert memory.read(seed("y.md", title="Else")) == [Verdict.UPDATED]


def test_a_bad_seed_keeps_its_article_and_its_last_good_revision(memory: Memory) -> None:
    memory.read(seed("x.md"))
    problem = Problem(message="bad", reason=Reason.BAD_YAML)
    verdicts = memory.read(Unusable(at=at("x.md"), problem=problem), seed("z.md", "z"))
    assert verdicts == [Verdict.QUARANTINED, Verdict.NEW]
    assert memory.files[at("x.md")].problem == problem
    assert memory.read(seed("x.md")) == [Verdict.UNCHANGED]
    assert memory.files[at("x.md")].problem is None


def test_a_bad_seed_that_never_was_an_article_is_forgotten_when_it_goes(memory: Memory) -> None:
    problem = Problem(message="bad", reason=Reason.EMPTY)
    memory.read(Unusable(at=at("x.md"), problem=problem))
    memory.read(gone("x.md"))
    assert memory.files == {}


def test_two_roots_with_the_same_files_hold_the_same_articles(memory: Memory) -> None:
    memory.read(seed("x.md"), seed("x.md", root="/mirror"))
    memory.read(gone("x.md"))
    memory.expire()
    assert len(memory.log) == 1
    assert [a.state for a in memory.articles.values()] == [ArticleState.LIVE]


def test_the_id_comes_from_the_first_url_and_never_changes(memory: Memory) -> None:
    memory.read(seed("x.md", "a"))
    (identifier,) = memory.articles
    memory.read(seed("x.md", "b"))
    memory.read(gone("x.md"), seed("y.md", "b"))
    assert set(memory.articles) == {identifier}
    again = Memory()
    again.read(seed("other.md", "a"))
    assert set(again.articles) == {identifier}


def test_a_known_path_is_decided_before_a_new_one_that_brings_its_new_url(memory: Memory) -> None:
    memory.read(seed("x.md", "a"))
    resourced = seed("x.md", "b", title="Title a")
    assert memory.read(seed("b.md", "b", title="Title a"), resourced) == [
        Verdict.REFRESHED,
        Verdict.ANOTHER_PATH,
    ]


def test_a_copy_that_becomes_another_article_is_new(memory: Memory) -> None:
    memory.read(seed("x.md", "a"), seed("y.md", "a", heat=1.0))
    assert memory.read(seed("y.md", "b")) == [Verdict.NEW]
    assert memory.read(seed("x.md", "a", title="Edited")) == [Verdict.UPDATED]


def test_a_name_used_again_after_a_move_that_changed_some_bytes_is_new(memory: Memory) -> None:
    memory.read(seed("x.md", "a"))
    memory.read(gone("x.md"), seed("z.md", "a", heat=1.0))
    assert memory.read(seed("x.md", "b")) == [Verdict.NEW]


def test_a_name_used_again_after_its_article_was_removed_is_new(memory: Memory) -> None:
    memory.read(seed("x.md", "a"))
    memory.read(gone("x.md"))
    memory.expire()
    assert memory.read(seed("x.md", "b")) == [Verdict.NEW]
    assert memory.read(seed("y.md", "a")) == [Verdict.RETURNED]


def test_a_removed_article_that_returns_resourced_is_itself(memory: Memory) -> None:
    memory.read(seed("x.md", "a", title="Same"))
    memory.read(gone("x.md"))
    memory.expire()
    assert memory.read(seed("x.md", "b", title="Same")) == [Verdict.RETURNED]


def test_another_reading_of_the_same_bytes_is_no_news(memory: Memory) -> None:
    before = seed("x.md", title="Read by an older version")
    memory.read(before)
    after = seed("x.md", title="Read by a newer one")
    assert memory.read(replace(after, digest=before.digest)) == [Verdict.REFRESHED]
    assert memory.read(seed("x.md", title="Edited")) == [Verdict.UPDATED]


def test_two_files_that_swap_names_over_several_batches_are_no_news(memory: Memory) -> None:
    memory.read(seed("x.md", "a"), seed("y.md", "b"))
    memory.read(gone("x.md"), seed("t.md", "a"))
    memory.read(gone("y.md"), seed("x.md", "b"))
    memory.read(gone("t.md"), seed("y.md", "a"))
    memory.expire()
    assert len(memory.log) == 2


def test_an_article_that_returned_elsewhere_and_is_overwritten_there_is_removed(
    memory: Memory,
) -> None:
    memory.read(seed("x.md", "a"), seed("y.md", "b"))
    memory.read(gone("x.md"))
    memory.expire()
    memory.read(seed("z.md", "a"))
    memory.read(gone("y.md"), seed("z.md", "b"))
    memory.expire()
    assert kinds(memory)[2:] == [("removed", "Title a"), ("removed", "Title a")]


def test_an_article_is_not_removed_by_a_batch_in_which_it_lost_no_file(memory: Memory) -> None:
    memory.read(seed("x.md", "a"), seed("y.md", "b"))
    files = {f.at: replace(f, state=FileState.GONE) for f in memory.files.values()}
    memory.known = replace(memory.known, files=files)  # as of a root that is not watched
    memory.apply(Plan())
    memory.read(seed("y.md", "b", heat=1.0))
    assert len(memory.log) == 2


def test_a_path_that_comes_to_another_article_is_the_last_to_speak_there(memory: Memory) -> None:
    memory.read(seed("x.md", "a"))
    memory.read(gone("x.md"))
    memory.expire()
    memory.read(seed("y.md", "b"))
    assert memory.read(seed("x.md", "b", title="Else")) == [Verdict.ANOTHER_PATH]
    assert memory.read(seed("x.md", "b", title="More")) == [Verdict.UNCHANGED]
    assert memory.read(seed("y.md", "b", title="Edited")) == [Verdict.UPDATED]


def test_when_the_speaker_becomes_another_article_the_next_path_is_read_and_speaks(
    memory: Memory,
) -> None:
    memory.read(seed("x.md", "a"), seed("y.md", "a", title="Else"), seed("z.md", "b"))
    memory.read(seed("x.md", "b"))  # the very bytes of z.md: it was copied here
    assert memory.files[at("y.md")].digest is None
    assert memory.read(seed("y.md", "a", title="Else")) == [Verdict.UPDATED]


def test_the_next_path_speaks_also_in_an_article_that_was_removed_once(memory: Memory) -> None:
    memory.read(seed("g.md", "a"))
    memory.read(gone("g.md"))
    memory.expire()
    memory.read(seed("x.md", "a"), seed("y.md", "a", title="Else"))
    memory.read(gone("x.md"))
    memory.expire()
    assert memory.read(seed("y.md", "a", title="Else")) == [Verdict.UPDATED]


# ---------------------------------------------------------------- after an upgrade


def mark_of_0_1(content: Content) -> str:
    """The fingerprint that Seedwatch 0.1 made over title, summary and body."""
    digest = blake2b(digest_size=16)
    for name in ("body", "summary", "title"):
        if value := getattr(content, name):
            digest.update(f"{name}\x1f{' '.join(value.casefold().split())}\x1e".encode())
    return f"1bst:{digest.hexdigest()}"


def as_stored_by_0_1(memory: Memory, *texts: Content) -> None:
    """Rewrite the only article's fingerprints as 0.1 made them of these texts, the last is now."""
    ((name, article),) = memory.articles.items()
    marks = [mark_of_0_1(text) for text in texts]
    old = replace(article, fingerprint=marks[-1], fingerprints=frozenset(marks))
    memory.known = replace(memory.known, articles={name: old})


def test_what_0_1_has_seen_is_no_news_after_an_upgrade(memory: Memory) -> None:
    one, two = seed("x.md", title="One"), seed("x.md", title="Two")
    memory.read(one)
    memory.read(two)
    as_stored_by_0_1(memory, one.content, two.content)
    assert memory.read(seed("x.md", title="Two")) == [Verdict.UNCHANGED]
    assert memory.read(seed("x.md", title="One")) == [Verdict.SEEN_REVISION]
    as_stored_by_0_1(memory, one.content, two.content)
    assert memory.read(seed("x.md", title="Three")) == [Verdict.UPDATED]


def test_a_quote_that_0_1_told_apart_is_no_news_after_an_upgrade(memory: Memory) -> None:
    before = seed("x.md", title="The mayor's plan")
    memory.read(before)
    as_stored_by_0_1(memory, before.content)
    assert memory.read(seed("x.md", title="The mayor\u2019s plan")) == [Verdict.REFRESHED]
    assert len(memory.log) == 1
