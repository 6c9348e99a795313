"""The contract of every channel: it pings nobody, stays within its limits, and loses nothing."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.notify.making import NOW, make_change, make_changes, make_endpoint
from tests.notify.slack_check import all_of
from tests.notify.slack_check import check as check_slack
from watcher.model.article import Change
from watcher.model.kinds import ChangeKind
from watcher.model.seed import Image, Provider
from watcher.notify.channels import channel_for
from watcher.notify.channels.channel import Channel, Composed, NoticeKind
from watcher.notify.flood import Layout, layout_of
from watcher.notify.outcome import Failure

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # Apprise's import

MENTIONS = "@everyone @here <@123> <@&456> <!channel> <!here|x> <#789> <at>all</at> @room"
MARKUP = (
    "*b* _i_ ~s~ `c` ||s|| [t](https://evil.example) <https://evil|t> {{DATE(1,2)}} # h\n- l\n> q"
)
HOSTILE = f"{MENTIONS} {MARKUP} \U0001f600 \u202e \\ \" ' &amp;"

URLS = {
    "slack": "https://hooks.example/T/B/X",
    "webhook": "https://example.org/hook",
    "discord": "https://discord.example/api/webhooks/1/token",
    "teams": "https://flows.example/workflows/1?sig=x",
    "apprise": "tgram://123456789:abcdefghijklmnopqrstuvwxyz/12345/",
}
CHATS = [kind for kind in URLS if kind != "webhook"]


def make_channel(kind: str, **keys: Any) -> Channel:
    return channel_for(make_endpoint(kind, **{"url": URLS[kind]} | keys))


def compose(kind: str, changes: list[Change], **keys: Any) -> Composed:
    """One message of the first of ``changes``."""
    channel = make_channel(kind, **keys)
    layout = layout_of(make_endpoint(kind, **{"url": URLS[kind]} | keys), len(changes))
    return channel.compose(iter(changes), layout=layout, now=NOW)


# ---------------------------------------------------------------- limits, as each place states them


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def check_discord(message: dict[str, Any]) -> None:
    assert message["allowed_mentions"] == {"parse": []}
    assert len(message.get("content", "")) <= 2000
    embeds = message["embeds"]
    assert 1 <= len(embeds) <= 10
    total = 0
    for embed in embeds:
        footer = embed.get("footer", {}).get("text", "")
        title, description = embed.get("title", ""), embed.get("description", "")
        assert title.strip() or description.strip()
        assert utf16(title) <= 256
        assert utf16(description) <= 4096
        assert utf16(footer) <= 2048
        total += utf16(title) + utf16(description) + utf16(footer)
    assert total <= 6000
    for url in all_of(embeds, "url"):
        assert url.startswith(("http://", "https://"))
        assert len(url) <= 2048


def check_teams(message: dict[str, Any]) -> None:
    encoded = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    assert len(encoded.encode()) <= 28 * 1024
    assert len(encoded.encode("utf-16-le")) <= 28 * 1024
    [attachment] = message["attachments"]
    card = attachment["content"]
    assert message["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert "entities" not in card["msteams"], "nobody is mentioned"
    assert {element["type"] for element in card["body"]} <= {"RichTextBlock", "Image"}
    assert all_of(card, "inlines"), "no Markdown: text is in runs alone"
    for text in all_of(card["body"], "text"):
        assert text.strip()
        assert "{{" not in text


def check_apprise(message: dict[str, Any]) -> None:
    """As the service of the URL has it: Telegram takes 4,096 characters, and knows no title."""
    assert set(message) == {"title", "body"}
    assert message["title"] == ""
    assert 0 < len(message["body"].encode()) <= 4096


def check_webhook(message: dict[str, Any]) -> None:
    assert message["type"] == "articles.changed"


CHECKS: dict[str, Callable[[dict[str, Any]], None]] = {
    "slack": check_slack,
    "webhook": check_webhook,
    "discord": check_discord,
    "teams": check_teams,
    "apprise": check_apprise,
}


# ---------------------------------------------------------------- what people see


def shown(kind: str, message: Any) -> str:
    """Everything that is shown of a message, without escapes and what is not seen."""
    texts = "\n".join(strings(message))
    if kind == "discord":
        texts = texts.replace("\\\\", "\0").replace("\\", "").replace("\0", "\\")
    return "".join(texts.replace("\N{WORD JOINER}", "").split()).replace("……", "")


SHOWN = ("text", "title", "description", "summary", "message", "body", "content")


def strings(node: Any) -> Iterable[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for item in node:
            yield from strings(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if not isinstance(value, str) or key in SHOWN:
                yield from strings(value)


def squeezed(text: str) -> str:
    return "".join(text.split())


def hostile(number: int, **changed: Any) -> Change:
    fields: dict[str, Any] = {
        "title": HOSTILE,
        "summary": HOSTILE,
        "topics": (HOSTILE, "AI"),
        "provider": Provider(name=HOSTILE, domain="example.org"),
        "images": (
            Image(url="javascript:alert(1)"),
            Image(url="https://e.org/1.jpg", title=HOSTILE),
        ),
    }
    return make_change(number, **fields | changed)


OVERSIZED: dict[str, dict[str, Any]] = {
    "a long title": {"title": "word " * 2500},
    "a title without a space": {"title": "x" * 12_000},
    "a long summary": {"summary": "word " * 20_000},
    "wide characters": {"title": "\U0001f600" * 4000, "summary": "字" * 30_000},
    "nothing but markup": {"title": "*" * 5000, "summary": "[](<@>)`" * 5000},
    "quotes and braces": {"title": '"{{' * 2000, "summary": '\\"{{' * 9000},
    "a long URL": {"url": "https://example.org/" + "p" * 5000},
    "a URL of quotes": {"url": "https://example.org/" + '"' * 900},
    "many topics": {"topics": tuple(f"topic {n} @everyone" for n in range(500))},
    "a blank title": {"title": " ", "summary": " "},
    "a bare article": {
        "summary": None,
        "topics": (),
        "provider": None,
        "images": (),
        "published_at": None,
    },
    "a lone surrogate": {"title": "a\ud800b", "summary": "\udfff" * 10},
    "the first of all dates": {"published_at": datetime(1, 1, 1, tzinfo=UTC)},
}


@pytest.mark.parametrize("kind", URLS)
@pytest.mark.parametrize("what", OVERSIZED)
@pytest.mark.parametrize("change_kind", list(ChangeKind))
def test_limits_hold_and_what_is_cut_is_said(kind: str, what: str, change_kind: ChangeKind) -> None:
    change = make_change(1, kind=change_kind, **OVERSIZED[what])
    composed = compose(kind, [change])
    message = json.loads(composed.body)
    CHECKS[kind](message)
    assert composed.members == (1,)
    told = shown(kind, message)
    content = change.article.content
    for text in (content.title, content.summary or ""):
        whole = squeezed(text.encode("utf-8", "replace").decode()) in told
        assert whole or "…cuthere:" in told


@pytest.mark.parametrize("kind", URLS)
@pytest.mark.parametrize("what", OVERSIZED)
def test_limits_hold_for_many(kind: str, what: str) -> None:
    left = [make_change(n, **OVERSIZED[what]) for n in range(1, 13)]
    told: list[int] = []
    while left:
        composed = compose(kind, left)
        CHECKS[kind](json.loads(composed.body))
        assert composed.members
        told += composed.members
        left = left[len(composed.members) :]
    assert told == list(range(1, 13)), "each once, in order"


@pytest.mark.parametrize("kind", CHATS)
@pytest.mark.parametrize("what", OVERSIZED)
def test_a_flood_is_digests_within_the_limits_that_name_every_article(kind: str, what: str) -> None:
    left = [make_change(n, **OVERSIZED[what]) for n in range(1, 401)]
    channel, told = make_channel(kind), list[int]()
    while left:
        composed = channel.compose(iter(left), layout=Layout.DIGEST, now=NOW)
        message = json.loads(composed.body)
        CHECKS[kind](message)
        count = len(composed.members)
        assert f"{count} new" in composed.body.decode()
        told += composed.members
        left = left[count:]
    assert told == list(range(1, 401)), "each once, in order"


@pytest.mark.parametrize("kind", CHATS)
def test_every_article_of_a_flood_is_named(kind: str) -> None:
    left, text = [make_change(n, title=f"Title no {n}.") for n in range(1, 301)], ""
    while left:
        composed = make_channel(kind).compose(iter(left), layout=Layout.DIGEST, now=NOW)
        text += composed.body.decode().replace("\\\\", "")
        left = left[len(composed.members) :]
    assert [n for n in range(1, 301) if f"Title no {n}." not in text] == []


def test_a_webhook_has_no_digest() -> None:
    assert len(compose("webhook", make_changes(400)).members) == 100


@pytest.mark.parametrize("kind", CHATS)
@pytest.mark.parametrize("count", [1, 3, 60])
def test_nobody_is_pinged_and_nothing_is_lost(kind: str, count: int) -> None:
    composed = compose(kind, [hostile(n) for n in range(1, count + 1)])
    message = json.loads(composed.body)
    CHECKS[kind](message)
    assert squeezed(MENTIONS)[:60] in shown(kind, message), "they are shown as they are"
    if kind == "discord":
        for text in all_of(message, "title") + all_of(message, "description"):
            assert_escaped(text)
    if kind == "apprise":
        for mention in MENTIONS.split():
            assert mention not in message["body"]
    urls = all_of(message, "url") + all_of(message, "image_url")
    assert not [url for url in urls if "evil" in url or "javascript" in url]


def assert_escaped(text: str) -> None:
    """Every mark that means something has an odd number of backslashes before it."""
    for mark in ("<@", "<!", "<#", "@everyone", "*b*", "_i_", "~s~", "`c`", "||s||", "[t]"):
        for at in range(len(text)):
            if text.startswith(mark, at):
                before = text[:at]
                assert (len(before) - len(before.rstrip("\\"))) % 2 == 1, text[at - 5 : at + 10]


@pytest.mark.parametrize("kind", URLS)
@pytest.mark.parametrize("count", [1, 4, 60])
def test_the_same_changes_make_the_same_bytes(kind: str, count: int) -> None:
    changes = [hostile(n) for n in range(1, count + 1)]
    assert compose(kind, changes) == compose(kind, changes)


@pytest.mark.parametrize("kind", URLS)
@pytest.mark.parametrize("notice", list(NoticeKind))
def test_a_notice_is_marked_and_within_the_limits(kind: str, notice: NoticeKind) -> None:
    for text in (HOSTILE, "z" * 50_000):
        message = json.loads(make_channel(kind).compose_notice(notice, text, now=NOW))
        if kind != "webhook":
            CHECKS[kind](message)
        assert any(
            mark in json.dumps(message) for mark in (f"Seedwatch {notice}", f"seedwatch.{notice}")
        )


@pytest.mark.parametrize("kind", URLS)
def test_only_so_much_is_read_as_is_needed(kind: str) -> None:
    read: list[int] = []

    def changes() -> Iterable[Change]:
        for change in make_changes(20, summary="s " * 2000):
            read.append(change.sequence)
            yield change

    composed = make_channel(kind, max_items=5).compose(changes(), layout=Layout.CARDS, now=NOW)
    assert len(composed.members) <= 5
    assert len(read) <= len(composed.members) + 1


@pytest.mark.parametrize("kind", URLS)
def test_no_secret_is_in_the_repr(kind: str) -> None:
    channel = make_channel(kind)
    assert "token" not in repr(vars(channel))
    assert "abcdefghijklm" not in repr(vars(channel))
    verdict = channel.judge(Failure(sent=True, error="x", elapsed=0), now=NOW)
    assert verdict.outcome == "unknown"


@pytest.mark.parametrize("kind", CHATS)
def test_text_from_right_to_left_stays_within_its_place(kind: str) -> None:
    override = "invoice\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe"
    changes = [
        make_change(number, title=override, topics=(override,), images=(), kind=ChangeKind.UPDATED)
        for number in (1, 2)
    ]
    for body in (compose(kind, changes).body, compose(kind, changes, flood_limit=1).body):
        text = json.dumps(json.loads(body), ensure_ascii=False).replace("\\\\", "").replace("*", "")
        assert override in text
        assert text.count(override) == text.count(f"\N{FIRST STRONG ISOLATE}{override}"), body
        closed = f"{override}\N{POP DIRECTIONAL ISOLATE}"
        assert text.count(override) == text.count(closed)
