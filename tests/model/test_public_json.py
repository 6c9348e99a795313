"""The public article object is what its JSON Schema says."""

from dataclasses import replace
from datetime import UTC, datetime

import jsonschema

from watcher.model.article import Article, Change
from watcher.model.kinds import ChangeKind
from watcher.model.public_json import (
    article_object,
    article_schema,
    change_object,
    listed_article_object,
)
from watcher.model.seed import Author, Content, Image, Provider, SeedPath

AT = datetime(2026, 1, 2, tzinfo=UTC)
PLAIN = Content(title="T", url="https://example.org/")
FULL = Content(
    title="T",
    url="https://example.org/",
    summary="S",
    original_url="https://example.org/o",
    amp_url="https://example.org/a",
    category="news",
    type="article",
    published_at=AT,
    modified_at=AT,
    quality=38.0,
    heat=-1.5,
    is_published=False,
    provider=Provider(name="P", domain="example.org"),
    authors=(Author(name="A", url="https://example.org/a"), Author(name="B")),
    topics=("AI",),
    images=(Image(url="https://example.org/i.jpg", width=1, height=2, title="no"),),
    related=(PLAIN,),
    extra={"unknown": 1},
)


def article(content: Content) -> Article:
    path = SeedPath(root="/seeds", path="x.md")
    return Article(
        id="urn:uuid:2ad228af-43e2-58e0-bf5e-561f782cf846",
        content=content,
        first_seen_at=AT,
        updated_at=AT,
        paths=(path,),
    )


def test_the_object_fits_its_schema() -> None:
    validator = jsonschema.Draft202012Validator(article_schema())
    for content in (PLAIN, FULL):
        validator.validate(article_object(article(content)))
        validator.validate(listed_article_object(article(content)))


def test_absent_values_are_left_out() -> None:
    assert set(article_object(article(PLAIN))) == {
        "id",
        "title",
        "url",
        "updated_at",
        "first_seen_at",
    }


def test_the_full_object() -> None:
    value = article_object(replace(article(FULL), story="5d0c", reprint_of=article(PLAIN).id))
    assert set(value) == set(article_schema()["properties"]) - {
        "paths",
        "state",
        "held_because",
        "held_until",
    }
    assert (value["quality"], value["heat"], value["is_published"]) == (38, -1.5, False)
    assert value["images"] == [{"url": "https://example.org/i.jpg", "width": 1, "height": 2}]
    assert value["related"] == [{"title": "T", "url": "https://example.org/"}]


def test_a_change_never_shows_a_path() -> None:
    change = Change(sequence=17, kind=ChangeKind.NEW, at=AT, article=article(FULL))
    value = change_object(change)
    assert (value["kind"], value["sequence"], value["at"]) == ("new", 17, "2026-01-02T00:00:00Z")
    assert "/seeds" not in str(value)
