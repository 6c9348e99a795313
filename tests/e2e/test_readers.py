"""What people see in their feed readers, over HTTP, while the daemon runs and is restarted.

One story, told once: what each reader shows at each stage of it is noted, and then judged.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from reader import EntryUpdateStatus

from tests.ingest.real_seeds import REAL
from tests.support.seeds import write_seed
from tests.support.served import ServedSite
from tests.support.subscribers import READERS, Entry, Lemon24Reader, Subscription
from watcher.clock import parse_time

STAGES = ("at first", "after a new article", "after an update", "after a restart", "after removal")
AWKWARD = {
    "title": '5 < 6 & "seven" \u2013 שלום \U0001f600',
    "excerpt": "Fish & chips, a < b, ]]> and l'été.",
    "webUrl": "https://example.org/articles/6?a=1&b=<2>",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage: the articles in the feed and all there ever were, and what readers show.

    ``news`` is what lemon24's reader took for new and for modified, by format, and ``again``
    whether it got anything when it asked once more.
    """

    present: list[Entry]
    ever: list[Entry]
    shown: dict[tuple[type[Subscription], str], list[Entry]] = field(default_factory=dict)
    news: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)
    again: dict[str, bool] = field(default_factory=dict)


class Story:
    """A site whose articles come, change and go, and everybody who subscribed to it."""

    def __init__(self, folder: Path, closing: ExitStack) -> None:
        self.site = ServedSite(folder / "site")
        self.site.config["articles"] = {"removal_grace": "100ms"}
        self.site.add_real_seeds()
        self.stages: dict[str, Stage] = {}
        self._present = {number + 100: _real_entry(number) for number in REAL}
        self._ever = dict(self._present)
        self._subscribed = {
            (reader, form): _subscribe(reader, self.site.url(form), folder / reader.__name__ / form)
            for reader in READERS
            if reader.is_installed()
            for form in reader.formats
        }
        for subscription in self._subscribed.values():
            closing.callback(subscription.close)

    def write(self, number: int, **changed: str) -> None:
        write_seed(self.site.seeds, number, **changed)
        self._present[number] = self._ever[number] = _entry(number, **changed)

    def remove(self, number: int) -> None:
        (self.site.seeds / f"article-{number}.md").unlink()
        del self._present[number]

    def reach(self, name: str) -> None:
        """Wait until what was done is published, and let everybody poll."""
        self.site.wait_for_titles({entry.title for entry in self._present.values()})
        stage = Stage(present=sorted(self._present.values()), ever=sorted(self._ever.values()))
        for (reader, form), subscription in self._subscribed.items():
            stage.shown[reader, form] = sorted(subscription.poll())
            if isinstance(subscription, Lemon24Reader):
                new, modified = map(subscription.noticed, _NOTICED)
                stage.news[form] = new, modified
                stage.again[form] = subscription.poll_again()
        self.stages[name] = stage


_NOTICED = (EntryUpdateStatus.NEW, EntryUpdateStatus.MODIFIED)


def _subscribe(reader: type[Subscription], url: str, folder: Path) -> Subscription:
    folder.mkdir(parents=True)
    return reader(url, folder)


def _entry(number: int, **changed: str) -> Entry:
    """What :func:`tests.support.seeds.write_seed` says of an article."""
    url = changed.get("webUrl", f"https://example.org/articles/{number}")
    return Entry(
        title=changed.get("title", f"Article {number}"),
        link=url.replace("<", "%3C").replace(">", "%3E"),
        at=parse_time(f"2024-01-02T03:04:{number:02}Z"),
        text=changed.get("excerpt", f"The summary of article {number}."),
    )


def _real_entry(number: int) -> Entry:
    content, _ = REAL[number]
    assert content.published_at is not None
    assert content.summary is not None
    return Entry(
        title=content.title, link=content.url, at=content.published_at, text=content.summary
    )


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with ExitStack() as closing:
        story = Story(tmp_path_factory.mktemp("readers"), closing)
        for number in (7, 8):
            story.write(number)
        story.write(6, **AWKWARD)
        with story.site.running():
            story.reach("at first")
            story.write(9)
            story.reach("after a new article")
            story.write(7, title="Changed", excerpt="Another summary.")
            story.reach("after an update")
        with story.site.running():
            story.reach("after a restart")
            story.remove(8)
            story.reach("after removal")
        yield story


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__.lower())
def test_every_entry_is_there_once_and_as_its_seed_says(
    story: Story, reader: type[Subscription], stage: str
) -> None:
    if not reader.is_installed():
        pytest.skip(f"{reader.program} is not installed: apt-get install {reader.program}")
    told = story.stages[stage]
    for form in reader.formats:
        assert told.shown[reader, form] == (told.ever if reader.remembers else told.present), form


@pytest.mark.parametrize("form", Lemon24Reader.formats)
class TestLemon24Reader:
    def test_takes_for_new_what_is_new_and_for_modified_what_was_edited(
        self, story: Story, form: str
    ) -> None:
        titles = [entry.title for entry in story.stages["at first"].present]
        assert [story.stages[stage].news[form] for stage in STAGES] == [
            (titles, []),
            (["Article 9"], []),
            ([], ["Changed"]),
            ([], []),
            ([], []),
        ]

    @pytest.mark.parametrize("stage", STAGES[:-1])
    def test_is_told_304_when_it_asks_again(self, story: Story, form: str, stage: str) -> None:
        # Not after the removal: reader keeps the old ETag when it finds nothing to store.
        assert story.stages[stage].again[form] is False
