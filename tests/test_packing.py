"""Readings come out of another process as they went in, and are stored the same."""

import pickle
from dataclasses import replace

import pytest

from tests.ingest.seeds_as_read import SIGNATURE, good, parse
from tests.support.hostile_seeds import HOSTILE
from tests.support.seeds import REAL_SEEDS, seed_text
from watcher.diff.fingerprint import fingerprint
from watcher.model.seed import Content, Missing, Reading, Seed, SeedPath, Unchanged, Unusable
from watcher.packing import pack_readings, unpack_readings
from watcher.pipeline.reading import Readings
from watcher.store import content_json as codec
from watcher.store.content_json import EncodedContent, encode_content

AT = SeedPath(root="/r", path="a\udcff.md")
TEXTS = {
    **{path.name: path.read_text("utf-8") for path in sorted(REAL_SEEDS.iterdir())},
    **{name: hostile.text for name, hostile in HOSTILE.items()},
    "unknown keys": seed_text(other={"a": [1, 2.5, None, "b"]}, more="c"),
    "a warning": seed_text(quality="bad"),
    "unusable": "---\ntitle: [\n---\n",
}
SEED = good(seed_text(body="# A body"))
CONTENT = SEED.content


def there_and_back(*readings: Reading) -> tuple[Reading, ...]:
    found = Readings(readings=readings, read=2, parsed=1, seconds=0.5)
    back = unpack_readings(pack_readings(found), [reading.at for reading in readings])
    assert replace(back, readings=()) == replace(found, readings=())
    return back.readings


def encoded(content: Content) -> Content:
    (seed,) = there_and_back(replace(SEED, content=content))
    assert isinstance(seed, Seed)
    assert isinstance(seed.content, EncodedContent)
    return seed.content


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_was_read_comes_back_as_it_was(text: str) -> None:
    reading = replace(parse(text.encode(errors="surrogatepass")), at=AT)
    (back,) = there_and_back(reading)
    assert back == reading
    if isinstance(reading, Seed):
        assert isinstance(back, Seed)
        assert encode_content(back.content) == encode_content(reading.content)


def test_every_kind_of_reading_keeps_its_place() -> None:
    readings: tuple[Reading, ...] = (
        Missing(at=AT),
        replace(SEED, at=SeedPath(root="/r", path="b.md")),
        Unchanged(at=SeedPath(root="/r", path="c.md"), signature=SIGNATURE, trusted=False),
        replace(SEED, at=SeedPath(root="/other", path="b.md"), trusted=False),
    )
    assert there_and_back(*readings) == readings


def test_what_a_new_article_needs_is_there_without_decoding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = encoded(CONTENT)

    def decode(_: str) -> Content:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(codec, "decode_content", decode)
    assert fingerprint(content, ["title", "summary", "body"]).startswith("1bst:")
    assert (content.topics, content.published_at) == (CONTENT.topics, CONTENT.published_at)
    assert encode_content(content) == encode_content(CONTENT)


def test_the_rest_of_an_encoded_content_is_there_when_it_is_asked_for() -> None:
    content = encoded(CONTENT)
    assert content.provider == CONTENT.provider
    assert content.related == CONTENT.related
    assert not hasattr(content, "no such field")


def test_an_encoded_content_equals_what_it_says() -> None:
    other = replace(CONTENT, heat=99.0)
    for one in (CONTENT, encoded(CONTENT)):
        assert one == encoded(CONTENT)
        assert encoded(CONTENT) == one
        assert one != encoded(other)
        assert encoded(other) != one
    anything: object = "a content"
    assert encoded(CONTENT) != anything


def test_an_encoded_content_can_be_changed_and_handed_on() -> None:
    changed = replace(encoded(CONTENT), heat=99.0)
    assert changed == replace(CONTENT, heat=99.0)
    assert encode_content(changed) == encode_content(replace(CONTENT, heat=99.0))
    again = pickle.loads(pickle.dumps(encoded(CONTENT)))
    assert again == CONTENT
    assert encode_content(again) == encode_content(CONTENT)


def test_what_is_unusable_keeps_its_problem() -> None:
    reading = parse(TEXTS["unusable"])
    assert isinstance(reading, Unusable)
    assert there_and_back(reading) == (reading,)
