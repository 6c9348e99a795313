# ruff: noqa: E501, RUF001 - unusual characters are the point
"""Seeds that are laid out like some before them: what they say is what the ordinary way says."""

import os
from collections.abc import Iterable
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest.laid_out_check import disagreement, read_by_layout
from tests.ingest.seeds_as_read import FRONT, parse_once
from tests.ingest.yaml_changes import SCALARS, change_yaml, make_yaml
from tests.support.hostile_input import within_time
from tests.support.hostile_seeds import HOSTILE
from tests.support.replay import require_replay
from tests.support.seeds import REAL_SEEDS, seed_text
from watcher.config.schema import FIELDS, ArticlesConfig
from watcher.ingest import laid_out
from watcher.ingest.keys import field_keys
from watcher.ingest.laid_out import layouts_of
from watcher.ingest.leaf_json import TEXTS as TEXTS_JSON
from watcher.model.seed import Content, Seed
from watcher.store.content_json import EncodedContent

EXAMPLES = int(os.environ.get("SEEDWATCH_PROPERTY_EXAMPLES", "0"))
REAL = [path.read_text("utf-8") for path in sorted(REAL_SEEDS.iterdir())]
TEXTS = (
    '"a  b"', '" a"', '"a "', '"A &amp; B"', '"<b>a</b>"', '"a < b"', '"someoneâ€™s"', '"e\u0301"',
    '"100 % %s %(a)s"', '"“a” – b…"', '"日本語"', '"a\u3000b"', '"\u2028"', '"\u206a"', '"<3>"',
    '"https://example.org/a"', '"HTTPS://Example.org:443?utm_source=a&b#c"', '"https://a.org/ü b"',
    "https://example.org/a", "https://example.org/a#b", '"https://a.org/%s"', '"http://"', "http://x",
    "'https://example.org/a'", '"https://a.org/' + "x" * 2048 + '"', '"Example.ORG"', "'a, b'", "38 ",
    '"38"', "1e400", "9007199254740993", '"yes"', "0", "-1", "640.5", '"2022-10-20"', "2022-10-20",
    '"Thu, 20 Oct 2022 20:36:00 +0200"', "2022-10-20T20:36:00.5Z", "0001-01-01T00:00:00Z", "a:b",
    '"' + "a" * 300 + '"', "a" * 300, "a#b", "a #b", "~", "null ", '"a" ', '"\\"', '"\\\\"', '"a\\tb"',
    '"<iframe src=\\"https://a.org\\"></iframe>"', '"<p>a</p>"', "a\n    b", "a\n  b", "a\n   - b",
    '"a\n    b"', "'a\n    b'", "\x01", "a\x01", "\x02", '"\x01"', '"\x00"', "[]", "{}", "[a, b]", "|",
)  # fmt: skip
KEYS = sorted({key for keys in FIELDS.values() for key in keys} | {"other", "secured", "Secured"})


ARTICLES = ArticlesConfig()


def front(key: str, scalar: str) -> str:
    """A title, a URL and one more line, or another one of those."""
    lines = {"title": "A title", "webUrl": "https://example.org/1"} | {key: scalar}
    return "".join(f"{key}: {value}\n" for key, value in lines.items())


def seeds_with(key: str, scalar: str) -> list[str]:
    """Seeds that say something under a key: of their own, of a part, in an item, of a related one."""
    item = "- " + front(key, scalar).replace("\n", "\n  ").rstrip(" ")
    parts = (
        f"provider:\n  name: A\n  {key}: {scalar}\nimages:\n- {key}: {scalar}\n  url: {scalar}\n"
    )
    return [
        f"---\n{front(key, scalar)}---\n",
        f"---\n{FRONT}related:\n{item}---\n\nA *body*.\n",
        f"---\n{FRONT}{parts}{key}:\n- {scalar}\n- a\n---\n",
    ]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("key", KEYS)
def test_every_scalar_means_the_same_by_layout(key: str, order: int) -> None:
    """Whichever is the first with which a layout is seen: all have the same ones."""
    layouts_of.cache_clear()
    for scalar in (*SCALARS, *TEXTS)[::order]:
        for text in seeds_with(key, scalar):
            assert disagreement(text) is None


@settings(
    max_examples=EXAMPLES or 60, derandomize=not EXAMPLES, deadline=None, database=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
@given(st.integers(0, 2**32), st.sampled_from(REAL))
def test_a_changed_seed_means_the_same_by_layout(seed: int, base: str) -> None:
    random = Random(seed)
    for _ in range(5):
        assert disagreement(change_yaml(base, random)) is None


@settings(max_examples=EXAMPLES or 60, derandomize=not EXAMPLES, deadline=None, database=None)
@given(st.integers(0, 2**32))
def test_a_made_up_seed_means_the_same_by_layout(seed: int) -> None:
    random = Random(seed)
    for _ in range(5):
        assert disagreement(f"---\n{FRONT}{make_yaml(random)}---\n") is None


@pytest.mark.parametrize("text", [hostile.text for hostile in HOSTILE.values()], ids=HOSTILE)
def test_a_hostile_seed_means_the_same_by_layout(text: str) -> None:
    assert disagreement(text) is None


def test_real_seeds_are_read_by_layout() -> None:
    for text in REAL:
        assert disagreement(text) is None
        assert read_by_layout(text) is not None


def test_hardly_a_seed_of_the_real_history_is_declined() -> None:
    texts = sorted({write.text for write in list(require_replay().writes)[::10]})
    assert not [found for found in map(disagreement, texts) if found]
    assert sum(read_by_layout(text) is None for text in texts) < len(texts) / 50


def contents_of(texts: Iterable[str]) -> list[Content]:
    layouts_of.cache_clear()
    seeds = [parse_once(text) for text in texts]
    assert all(isinstance(seed, Seed) for seed in seeds)
    return [seed.content for seed in seeds if isinstance(seed, Seed)]


def test_a_layout_is_known_from_the_second_seed_on() -> None:
    """There is nothing to gain for one that never comes again."""
    contents = contents_of(seed_text(number) for number in range(3))
    assert [isinstance(content, EncodedContent) for content in contents] == [False, True, True]


def test_related_records_have_layouts_of_their_own() -> None:
    related = [{"title": f"Related {n}", "webUrl": f"https://a.org/{n}"} for n in range(30)]
    many = contents_of(seed_text(related=related[:many]) for many in (1, 2, 3, 7, 30))
    assert [isinstance(content, EncodedContent) for content in many] == [False, False, *[True] * 3]
    assert [item.url for item in many[-1].related] == [item["webUrl"] for item in related]


def related_record(**changed: Any) -> dict[str, Any]:
    return {"title": "A", "webUrl": "https://a.org/", "topics": ["A", "B"]} | changed


@pytest.mark.parametrize(
    "text",
    [
        seed_text(related=[related_record() for _ in range(200)]),
        seed_text(body="|" * 30_000),
        seed_text(body="<!-- nothing -->"),
        seed_text(topics=["", " "]),
        seed_text(related=[related_record(topics=[""])]),
        seed_text(topics=[None, "A"]),
        seed_text(related=[related_record(related=[related_record(topics=["C"])])]),
        seed_text(other={"a": ["b", {"c": None, "d": []}], "e": "2022-10-20"}, more=[[1, 2], 0.5]),
        "".join(
            f"{line}\n" for line in ["---", *FRONT.split("\n"), "related:", "  - title: a", " - b"]
        ),
        f"---\n{FRONT}related: []\nrelated:\n- {FRONT}---\n",
        f"---\n{FRONT}related:\n\n\n- title: a\n\n  webUrl: https://a.org/\n\n\n---\n",
        f"---\nrelated:\n- title: a\n  webUrl: https://a.org/\n{FRONT}---\n",
        f'---\n{FRONT}excerpt: "a\nrelated:\n  - b"\n---\n',
        f'---\n{FRONT}excerpt: "a\nrelated:\n  - title: "b"\n---\n',
        f"---\n{FRONT}images:\n- url: https://a.org/\n  title: a\n  b\n---\n",
    ],
    ids=lambda text: text[-60:],
)
def test_what_is_unusual_in_all_means_the_same_by_layout(text: str) -> None:
    assert disagreement(text) is None


def test_layouts_are_forgotten_when_they_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laid_out, "_MOST", 10)
    for times in (1, 2, 3):
        contents_of(f"---\n{FRONT}key{n}: a\n---\n" for n in range(25) for _ in range(times))
        assert layouts_of(field_keys(ARTICLES)).size() <= 20


def test_long_layouts_and_scalars_are_not_kept() -> None:
    long = "".join(f"{'a' * 80}{n}: b\n" for n in range(60))
    assert read_by_layout(f"---\n{FRONT}{long}---\n") is None
    text = seed_text(excerpt="A &amp; B " * 20)
    assert read_by_layout(text) is not None
    assert max(map(len, TEXTS_JSON)) <= 40


@pytest.mark.parametrize(
    "line",
    [
        'a: "' + '\\"' * 40_000,
        "a: '" + "''" * 40_000,
        "a: " + ": a" * 30_000,
        "a: " + '"a": ' * 19_000,
        "a: " + '"\\": ' * 16_000,
        "- a " * 24_000,
        "- a -" * 19_000 + ":",
        "a: a\n" + "  b\n" * 24_000,
        "a: " + "a:a#" * 24_000 + ":",
        "related:\n" + "- a: b\n" * 300,
        "related:\n- " + "a\n- " * 300,
    ],
    ids=lambda line: line[:10],
)
def test_no_layout_takes_quadratic_time(line: str) -> None:
    with within_time():
        read_by_layout(f"---\n{FRONT}{line}\n---\n")


def test_secured_is_in_no_layout() -> None:
    text = seed_text(
        secured="CIPHERTEXT",
        related=[{"title": "A", "webUrl": "https://a.org/", "SECURED": "CIPHERTEXT"}],
        other={"a": [{"secured": "CIPHERTEXT"}]},
    )
    content = read_by_layout(text)
    assert isinstance(content, EncodedContent)
    assert b"CIPHERTEXT" not in content.encoded
    assert b"secured" not in content.encoded.lower()


def test_other_keys_have_other_plans() -> None:
    other = ArticlesConfig.model_validate({"fields": {"title": ["name"], "related": ["more"]}})
    text = f"---\nname: A name\n{FRONT}more:\n- name: B name\n  webUrl: https://a.org/\n---\n"
    assert disagreement(text) is None
    assert disagreement(text, other) is None
    content = read_by_layout(text, other)
    assert content is not None
    assert (content.title, content.related[0].title) == ("A name", "B name")
