"""``permalink`` in its three forms: a text, a mapping from section, a list with conditions."""

from pathlib import Path

import pytest

from tests.config.loading import complaints, load
from watcher.config.permalink import PermalinkRule, parse_permalink, write_permalink


def root_with(permalink: str) -> str:
    return f"state: s.db\nwatch:\n  - path: seeds\n    permalink: {permalink}\n"


@pytest.mark.parametrize(
    ("written", "rules"),
    [
        ("/:year/:slug/", [PermalinkRule(template="/:year/:slug/")]),
        (
            "{posts: /:year/, notes: '/n/{slug}/'}",
            [
                PermalinkRule(section="posts", template="/:year/"),
                PermalinkRule(section="notes", template="/n/{slug}/"),
            ],
        ),
        (
            "[{when: {lang: de}, is: '/de/:slug/'}, '/:slug/']",
            [
                PermalinkRule(when=(("lang", "de"),), template="/de/:slug/"),
                PermalinkRule(template="/:slug/"),
            ],
        ),
        ("[{when: {lang: no, old: true}, is: x}]",
         [PermalinkRule(when=(("lang", "no"), ("old", "true")), template="x")]),
    ],
)  # fmt: skip
def test_each_form_becomes_rules_in_their_order(
    tmp_path: Path, written: str, rules: list[PermalinkRule]
) -> None:
    found = load(tmp_path, root_with(written)).watch[0].permalink
    assert found == tuple(rules)
    assert parse_permalink(write_permalink(found)) == found


@pytest.mark.parametrize(
    "written",
    ["''", "{}", "[]", "{posts: [a]}", "[{is: x}]", "[{when: {}, is: x}]", "[{when: {a: b}}]",
     "[{when: {a: [b]}, is: x}]", "[{when: {a: b}, is: ''}]", "[{when: {a: b}, is: x, z: y}]",
     "[[x]]"],
)  # fmt: skip
def test_what_is_none_of_them_is_refused_with_the_forms(tmp_path: Path, written: str) -> None:
    (said,) = complaints(tmp_path, root_with(written))
    assert "`permalink`" in said
    assert "write a text like /:year/:month/:slug/" in said
