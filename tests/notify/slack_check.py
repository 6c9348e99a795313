"""Composing for Slack, and holding what comes out against Slack's limits."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from tests.notify.making import NOW, make_endpoint
from watcher.model.article import Change
from watcher.model.seed import Image, Provider
from watcher.notify.channels.channel import Composed
from watcher.notify.channels.slack import SlackChannel
from watcher.notify.flood import layout_of

EVIL = "<!channel> *bold* & <https://evil|click> @here :bomb: <@U123>"


def channel(**keys: Any) -> SlackChannel:
    return SlackChannel(make_endpoint("slack", **keys))


def compose(changes: list[Change], *, due: int | None = None, **keys: Any) -> Composed:
    """One message with the first of ``changes``; ``due`` says how many are due in all."""
    layout = layout_of(make_endpoint("slack", **keys), due or len(changes))
    return channel(**keys).compose(changes, layout=layout, now=NOW)


def payload(composed: Composed | bytes) -> dict[str, Any]:
    body = composed.body if isinstance(composed, Composed) else composed
    found = json.loads(body)
    assert isinstance(found, dict)
    return found


def texts(node: Any) -> Iterator[str]:
    """Every text that is shown, in order."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "text" and isinstance(value, str):
                yield value
            elif key not in ("alt_text", "accessory"):
                yield from texts(value)
    elif isinstance(node, list):
        for item in node:
            yield from texts(item)


def all_of(node: Any, key: str) -> list[Any]:
    if isinstance(node, dict):
        own = [node[key]] if key in node else []
        return own + [found for value in node.values() for found in all_of(value, key)]
    if isinstance(node, list):
        return [found for item in node for found in all_of(item, key)]
    return []


def check(message: dict[str, Any]) -> None:
    """Slack's limits, by its own SDK and by what the SDK does not check."""
    assert message["unfurl_links"] is message["unfurl_media"] is False
    assert message["mrkdwn"] is False
    assert message["text"].strip()
    assert len(message["text"]) < 40_000
    blocks = message["blocks"]
    assert 1 <= len(blocks) <= 50
    parsed = Block.parse_all(blocks)
    assert [block.to_dict() for block in parsed] == blocks, "the SDK knows every key"
    for kind in all_of(message, "type"):
        assert kind not in ("mrkdwn", "emoji", "user", "usergroup", "broadcast", "channel")
    for text in texts(blocks):
        assert 0 < len(text) <= 3000
        assert text.strip()
    for url in all_of(blocks, "url") + all_of(blocks, "image_url"):
        assert url.startswith(("http://", "https://"))
        assert len(url) <= 3000
    for text in all_of(blocks, "alt_text"):
        assert 0 < len(text) <= 2000
    for block in blocks:
        if block["type"] == "header":
            assert len(block["text"]["text"]) <= 150


def shown(composed: Composed) -> str:
    return "".join(texts(payload(composed)["blocks"]))


any_text = st.text(max_size=60) | st.sampled_from(
    [EVIL, "z" * 3000, "w " * 1501, "v" * 7001, "\x00\u202e"]
)
some_text = any_text.filter(lambda value: value.strip())
any_url = st.sampled_from(
    ["https://example.org/a", "https://e.org/" + "p" * 3500, "http://x.y/?q=<&>"]
)
any_image = st.builds(
    Image, url=any_url | st.just("javascript:alert(1)"), title=st.none() | any_text, width=st.none()
)
any_provider = st.builds(Provider, name=st.none() | any_text, domain=st.none() | any_text)
any_content = st.fixed_dictionaries(
    {
        "title": some_text,
        "url": any_url,
        "summary": st.none() | any_text | st.just("s" * 50_000),
        "provider": st.none()
        | st.builds(Provider, name=st.none() | any_text, domain=st.none() | any_text),
        "topics": st.lists(any_text, max_size=4).map(tuple),
        "images": st.lists(any_image, max_size=2).map(tuple),
        "published_at": st.none() | st.just(datetime(2024, 1, 2, tzinfo=UTC)),
    }
)
