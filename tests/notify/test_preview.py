"""What a message will look like is read from the very body that will be sent."""

import json

import pytest

from tests.notify.making import NOW, make_change, make_endpoint
from tests.notify.test_matched import PEOPLE
from watcher.notify.channels import channel_for
from watcher.notify.channels.slack import SlackChannel
from watcher.notify.channels.text import shorten_words
from watcher.notify.flood import Layout

TITLE = "Pens [recalled] (all) *at once* \\o/ <!here> & @everyone"
OTHER = "Otters & pups"


@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # Apprise's import
@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("kind", PEOPLE)
def test_every_channel_reads_its_own_messages(kind: str, layout: Layout) -> None:
    channel = channel_for(make_endpoint(kind, **PEOPLE[kind]))
    changes = [
        make_change(1, title=TITLE, summary="Two makers (both Swiss) call them back."),
        make_change(2, title=OTHER, topics=("Animals",)),
    ]
    text = channel.as_text(channel.compose(changes, layout=layout, now=NOW).body)
    shown = text.replace("\N{WORD JOINER}", "")
    for words in (TITLE, OTHER, "Two makers (both Swiss) call them back.", "Animals", "Example"):
        assert words in shown
    if layout is Layout.DIGEST:
        assert "\nAI (1)\n" in f"\n{shown}"
    assert "{" not in shown


def test_a_program_s_message_is_its_json() -> None:
    channel = channel_for(make_endpoint())
    body = channel.compose([make_change(1)], layout=Layout.CARDS, now=NOW).body
    assert json.loads(channel.as_text(body)) == json.loads(body)


def test_a_template_s_message_without_blocks_is_its_text() -> None:
    assert SlackChannel(make_endpoint("slack")).as_text(b'{"text": "Hello"}') == "Hello"


def test_a_summary_is_cut_after_a_word() -> None:
    assert shorten_words("one two three", 13) == "one two three"
    assert shorten_words("one two three", 12) == "one two…"
    assert shorten_words("一二三四五六七八九十", 5) == "一二三四…"
    assert shorten_words("a bbbbbbbbbbbbbbbbbbb", 10) == "a bbbbbbb…"
