# ruff: noqa: RUF001 - typography is what these tests are about
import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.real_seeds import REAL
from tests.ingest.seeds_as_read import FRONT, NOW, SIGNATURE, good, parse, raw_seed
from tests.support.replay import require_replay
from tests.support.seeds import REAL_SEEDS
from watcher.config.schema import ArticlesConfig, RootConfig
from watcher.ingest.keys import INGEST_VERSION
from watcher.ingest.parse import Parsed, parse_seed
from watcher.ingest.read import read_seed
from watcher.ingest.rules import rules_of
from watcher.model.seed import Held, NotArticle, RawSeed, Seed, SeedPath, Unusable
from watcher.store.columns import decode_content, encode_content

RULES = rules_of(RootConfig(path=REAL_SEEDS), ArticlesConfig())


def check(seed: Parsed) -> None:
    """What holds for whatever comes out."""
    if isinstance(seed, NotArticle):
        assert seed.why
        return
    if isinstance(seed, Unusable):
        assert seed.problem.reason is not None
        assert seed.problem.line is not None
        json.dumps(seed.problem.message).encode()
        return
    text = encode_content(seed.content)
    assert decode_content(text) == seed.content
    assert "\x00" not in text
    text.encode()
    assert seed.content.title
    assert seed.content.url.startswith(("http", "HTTP")) or not seed.content.url
    assert isinstance(seed, Held) or seed.id_url
    for warning in seed.warnings:
        assert warning.line is not None
        assert warning.reason is None
        warning.message.encode()


# ---------------------------------------------------------------- the five real seeds


def real_seed(number: int) -> Seed:
    (path,) = REAL_SEEDS.glob(f"00{number}_*.txt")
    at = SeedPath(root=str(REAL_SEEDS), path=path.name)
    raw = read_seed(at, max_size=2**20, now_ns=0)
    assert isinstance(raw, RawSeed)
    seed = parse_seed(raw, rules=RULES, now=NOW)
    assert isinstance(seed, Seed), seed
    assert (seed.at, seed.digest, seed.signature) == (at, raw.digest, raw.signature)
    return seed


@pytest.mark.parametrize("number", REAL)
def test_a_real_seed_says_exactly_this(number: int) -> None:
    seed = real_seed(number)
    assert (seed.content, (*seed.urls, *seed.amp_urls)) == REAL[number]
    assert seed.warnings == ()
    check(seed)


@pytest.mark.parametrize("number", REAL)
def test_nothing_of_secured_is_left_of_a_real_seed(number: int) -> None:
    (path,) = REAL_SEEDS.glob(f"00{number}_*.txt")
    secured = yaml.safe_load(path.read_text("utf-8").split("\n---")[0])["secured"]
    left = repr(real_seed(number))
    assert "secured" not in left.lower()
    assert not any(secured[place : place + 12] in left for place in range(len(secured) - 12))


def test_mojibake_in_a_real_seed_is_repaired() -> None:
    summary = real_seed(0).content.summary
    assert summary is not None
    assert "someone’s race" in summary


# ---------------------------------------------------------------- what is passed on


def test_what_was_read_is_passed_on() -> None:
    for text in (f"---\n{FRONT}---\n", "---\n"):
        seed = parse(text)
        assert (seed.signature, seed.trusted, seed.digest) == (SIGNATURE, True, b"digest")
        assert seed.at == raw_seed("").at


def test_the_same_bytes_give_the_same_seed() -> None:
    text = f"---\n{FRONT}a: !!set {{z, y, x, w}}\ntopics: !!set {{d, c, b, a}}\n---\nbody\n"
    assert parse(text) == parse(text)


@pytest.mark.parametrize("name", ["a.yaml", "A.YML", "folder.md/a.yml"])
def test_a_name_says_that_a_file_is_yaml(name: str) -> None:
    assert good(FRONT, name=name).content.title == "A title"
    assert good(FRONT, name="yaml").content.body is None, "metadata without fences"


def test_a_json_file_named_yaml_is_a_seed() -> None:
    text = json.dumps({"title": "é 😀", "url": "https://e.org/1"}, ensure_ascii=False)
    assert good(text, name="a.yaml").content.title == "é 😀"


def test_there_is_a_version_to_be_raised() -> None:
    assert INGEST_VERSION >= 1


# ---------------------------------------------------------------- anything at all


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200), st.sampled_from(["a.md", "a.yaml"]))
def test_no_bytes_raise(data: bytes, name: str) -> None:
    check(parse(data, name=name))
    check(parse(b"---\n" + FRONT.encode() + data + b"\n---\n", name=name))


WORDS = (
    "--- \n \n\n : - , [ ] { } ? | > & * ! # % @ ` ' \" \t ~ = << \\ a b é â€™ \ufeff \x07 \x85 "
    "\u2028 title: webUrl: images: related: topics: provider: quality: date: published: url: "
    "secured: https://e.org/ 1 0x_ 1:30 1e400 .inf .nan 2022-10-20 2022-02-30 yes null &a *a !!int "
    "!!binary !!set !!omap !!str !x <b> &amp; --- ..."
)
PIECES = WORDS.split(" ")
YAMLISH = st.lists(st.sampled_from([*PIECES, " ", "\n", "\n  ", "\n- ", "\n---\n"])).map("".join)


@settings(deadline=None, max_examples=300)
@given(YAMLISH, st.sampled_from(["a.md", "a.yaml"]))
def test_no_text_like_yaml_raises(text: str, name: str) -> None:
    check(parse(text, name=name))
    check(parse(f"---\n{FRONT}{text}\n---\n{text}", name=name))


SECRET = "CIPHER-do-not-tell"
SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(max_size=9),
    st.dates(), st.datetimes(), st.sets(st.text(max_size=3), max_size=3),
    st.sampled_from(["https://e.org/x?utm_source=y", "/x", "<b>x</b>", "a &amp; b", "2022-10-20"]),
)  # fmt: skip
FIELDS = (
    "title excerpt webUrl url link originalUrl ampWebUrl date category type quality heat published "
    "provider name domain topics tags images width isCached related featuredContent author"
)
KEYS = st.sampled_from(FIELDS.split())


def mappings(inside: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[Any, Any]]:
    secured = st.sampled_from(["secured", "SECURED"])
    return st.builds(
        lambda known, other, key: known | other | {key: SECRET},
        st.dictionaries(KEYS, inside, max_size=6),
        st.dictionaries(
            st.one_of(st.text(max_size=5), st.integers(), st.none()), inside, max_size=2
        ),
        secured,
    )


RECORDS = mappings(
    st.recursive(
        SCALARS,
        lambda inside: st.one_of(st.lists(inside, max_size=3), mappings(inside)),
        max_leaves=8,
    )
)


@settings(deadline=None, max_examples=200)
@given(RECORDS, st.text(max_size=30))
def test_no_record_raises_or_lets_secured_through(record: dict[Any, Any], body: str) -> None:
    record = {"title": "T", "webUrl": "https://e.org/"} | record
    text = f"---\n{yaml.safe_dump(record, allow_unicode=True)}---\n{body}"
    seed = parse(text.encode("utf-8", "ignore"))
    check(seed)
    assert SECRET not in repr(seed)


# ---------------------------------------------------------------- real history


def test_every_seed_of_the_real_history_is_understood() -> None:
    history = list(require_replay().writes)
    assert len(history) == 2437
    for write in history:
        seed = good(write.text, name=write.path)
        assert seed.warnings == ()
        assert seed.content.featured_content is None  # a video player each
        assert seed.content.extra == {}
        assert "secured" not in repr(seed)
        check(seed)


# ---------------------------------------------------------------- what may still be written


@pytest.mark.parametrize(
    ("name", "text", "is_open_ended"),
    [
        ("a.md", f"---\n{FRONT}---\n", False),
        ("a.yaml", f"---\n{FRONT}---\n", False),
        ("a.yaml", f"---\n{FRONT}", True),
        ("a.yml", FRONT, True),
        ("a.yml", FRONT.rstrip(), True),
    ],
)
def test_a_seed_without_a_closing_mark_may_still_be_written(
    name: str, text: str, is_open_ended: bool
) -> None:
    assert good(text, name=name).is_open_ended is is_open_ended
