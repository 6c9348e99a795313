from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from watcher.config.matching import _FINDERS, _LIMITS, Match, first_mismatch
from watcher.model.seed import Content, Provider

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def article(**changed: Any) -> Content:
    values: dict[str, Any] = {
        "title": "Machine learning reads X-rays",
        "url": "https://www.example.org/articles/1",
        "summary": "A study shows what café owners & doctors share.",
        "body": "<p>Deep <b>networks</b>\n  find R&amp;D useful.</p>",
        "category": "news",
        "type": "article",
        "published_at": NOW - timedelta(days=3),
        "quality": 38.0,
        "heat": -1.0,
        "is_published": False,
        "provider": Provider(name="Example", domain="news.example.org"),
        "topics": ("AI in Healthcare", "AI"),
    }
    return Content(**(values | changed))


def mismatch(clauses: dict[str, Any], **changed: Any) -> str | None:
    return first_mismatch(Match.model_validate(clauses), article(**changed), NOW)


def test_an_empty_match_holds_for_everything() -> None:
    assert mismatch({}) is None
    assert first_mismatch(Match(), Content(title="T", url="https://example.org"), NOW) is None


@pytest.mark.parametrize(
    "clauses",
    [
        {"topics": ["AI"]},
        {"topics": ["sports", "ai IN healthcare"]},
        {"topics": "ai"},
        {"topics": " AI "},
        {"categories": ["NEWS"]},
        {"types": ["video", "Article"]},
        {"providers": ["news.example.org"]},
        {"providers": ["*.EXAMPLE.org"]},
        {"providers": ["*.example.net", "news.*"]},
        {"title": "^machine"},
        {"title": r"x-rays?$"},
        {"text": ["networks"]},
        {"text": ["deep networks"]},
        {"text": ["R&D"]},
        {"text": ["CAFÉ"]},
        {"text": ["cafe\N{COMBINING ACUTE ACCENT}"]},
        {"text": ["x-rays"]},
        {"text": ["net*"]},
        {"text": ["X-ra*"]},
        {"text_regex": r"networks?\s+find"},
        {"text_regex": r"\bcafé\b"},
        {"min_quality": 38},
        {"min_heat": -1},
        {"published": False},
        {"max_age": "3d"},
        {"not": {"topics": ["Sports"]}},
        {"not": {"topics": ["AI"], "min_quality": 50}},
        {"not": {"not": {"topics": ["AI"]}}},
        {"topics": ["AI"], "min_quality": 30, "text": ["study"]},
    ],
)
def test_what_matches(clauses: dict[str, Any]) -> None:
    assert mismatch(clauses) is None


@pytest.mark.parametrize(
    ("clauses", "said"),
    [
        ({"topics": ["Healthcare", "A"]}, "topics: none of Healthcare, A"),
        ({"categories": ["new"]}, "categories: none of new"),
        ({"types": ["video"]}, "types: none of video"),
        ({"providers": ["example.org"]}, "providers: none of example.org"),
        ({"providers": ["*.org.evil"]}, "providers: none of *.org.evil"),
        ({"title": "^learning"}, "title: does not match ^learning"),
        ({"text": ["net"]}, "text: none of net"),
        ({"text": ["etwork*"]}, "text: none of etwork*"),
        ({"text": ["*"]}, "text: none of *"),
        ({"text_regex": "^networks"}, "text_regex: does not match ^networks"),
        ({"text": ["amp"]}, "text: none of amp"),
        ({"text": ["networks deep"]}, "text: none of networks deep"),
        ({"min_quality": 38.5}, "min_quality: 38 is less than 38.5"),
        ({"min_heat": 0}, "min_heat: -1 is less than 0"),
        ({"published": True}, "published: it is not published"),
        ({"max_age": "2d"}, "max_age: published 2024-04-28, longer ago"),
        ({"not": {"topics": ["AI"]}}, "not: what it excludes holds (topics)"),
        (
            {"not": {"topics": ["AI"], "not": {"types": ["video"]}}},
            "not: what it excludes holds (topics, not)",
        ),
        ({"not": {"not": {"topics": ["Sports"]}}}, "not: what it excludes holds (not)"),
    ],
)
def test_what_does_not_match_says_which_clause_and_why(clauses: dict[str, Any], said: str) -> None:
    assert mismatch(clauses) == said


@pytest.mark.parametrize(
    ("word", "title", "matches"),
    [
        ("回収", "トヨタがリコール、10万台を回収へ", True),
        ("リコール", "トヨタがリコール、10万台を回収へ", True),
        ("召回", "丰田宣布召回十万辆汽车", True),
        ("ข่าว", "อ่านข่าววันนี้", True),
        ("AI", "新しいAIが登場", True),
        ("AI", "新しいMAILが登場", False),
        ("trump", "Trumpet lessons", False),
        ("recall*", "Recalled: 100,000 cars", True),
        ("recall*", "Unrecalled", False),
        ("отзыв*", "Отзывы автомобилей", True),
    ],
)
def test_words_are_found_in_any_script(word: str, title: str, matches: bool) -> None:
    found = mismatch({"text": [word]}, title=title, summary=None, body=None)
    assert (found is None) is matches


def test_the_first_clause_that_fails_is_said() -> None:
    assert mismatch({"min_quality": 90, "topics": ["Sports"]}) == "topics: none of Sports"


@pytest.mark.parametrize(
    ("clauses", "said"),
    [
        ({"topics": ["AI"]}, "topics: none of AI"),
        ({"categories": ["news"]}, "categories: none of news"),
        ({"types": ["article"]}, "types: none of article"),
        ({"min_quality": -5}, "min_quality: the article has none"),
        ({"min_heat": -5}, "min_heat: the article has none"),
        ({"published": True}, "published: it is not published"),
        ({"text": ["None"]}, "text: none of None"),
        ({"published": False}, None),
        ({"max_age": "1s"}, None),
        ({"providers": ["example.org"]}, None),
        ({"providers": ["www.example.org"]}, None),
    ],
)
def test_an_article_with_nothing_but_a_title_and_a_url(
    clauses: dict[str, Any], said: str | None
) -> None:
    bare = Content(title="Title", url="https://www.example.org/1")
    assert first_mismatch(Match.model_validate(clauses), bare, NOW) == said


def test_a_published_article() -> None:
    assert mismatch({"published": False}, is_published=True) == "published: it is published"
    assert mismatch({"published": True}, is_published=True) is None


def test_an_article_from_the_future_is_young() -> None:
    assert mismatch({"max_age": "1h"}, published_at=NOW + timedelta(days=9)) is None


def test_topics_are_compared_whatever_the_unicode_form_and_case() -> None:
    assert mismatch({"topics": ["CAFE\N{COMBINING ACUTE ACCENT}"]}, topics=("café",)) is None
    assert mismatch({"topics": ["STRASSE"]}, topics=("Straße",)) is None


def test_a_provider_without_a_domain_is_known_by_the_url() -> None:
    provider = Provider(name="Example")
    assert mismatch({"providers": ["example.org"]}, provider=provider) is None


@pytest.mark.parametrize(
    "clauses",
    [
        {"topic": ["AI"]},
        {"title": "("},
        {"topics": [""]},
        {"text": "  "},
        {"min_quality": "nan"},
        {"max_age": "5"},
        {"not": {}},
        {"not": {"not": {}}},
    ],
)
def test_a_match_that_cannot_be_meant_is_refused(clauses: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Match.model_validate(clauses)


def test_every_clause_is_checked() -> None:
    assert {*_FINDERS, *_LIMITS} == set(Match.model_fields)
