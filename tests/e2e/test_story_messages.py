"""How people are told of stories: one item in a digest, who else has it in a message."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_story_rules import OTHERS, QUAKE, TEXT, Desk, write_told
from tests.support.receiver import Receiver


def told(receiver: Receiver) -> str:
    """The text of the last message."""
    return json.dumps(receiver.accepted[-1].json(), ensure_ascii=False)


def desk_of(folder: Path, receiver: Receiver, **more: Any) -> Desk:
    desk = Desk(folder, f"{folder}/seedwatch.db")
    desk.watch("root")
    with desk:
        desk.set_up({"name": "people", "type": "slack", "url": receiver.url, "rate": 1000} | more)
    return desk


def test_an_immediate_message_names_who_else_has_it(tmp_path: Path, receiver: Receiver) -> None:
    with desk_of(tmp_path, receiver) as desk:
        desk.tell(1, QUAKE, TEXT)
        desk.drain()
        assert "also at" not in told(receiver)
        desk.tell(2, *OTHERS[0])
        desk.drain()
        assert "also at Outlet 1" in told(receiver)


def test_with_stories_off_nobody_else_is_named(tmp_path: Path, receiver: Receiver) -> None:
    with desk_of(tmp_path, receiver, stories="off") as desk:
        desk.tell(1, QUAKE, TEXT)
        desk.tell(2, *OTHERS[0])
        desk.drain()
        assert "also at" not in told(receiver)


@pytest.mark.parametrize("group_by", ["topic", "provider", "story", "none"])
def test_a_digest_has_one_item_a_story(tmp_path: Path, receiver: Receiver, group_by: str) -> None:
    with desk_of(tmp_path, receiver, layout="digest", group_by=group_by) as desk:
        write_told(desk.root, 1, QUAKE, TEXT)
        for number, (title, excerpt) in enumerate(OTHERS, 2):
            write_told(desk.root, number, title, excerpt)
        desk.tell(6, "Zoo welcomes two young otters", "They were born in spring.")
        desk.drain()
    message = told(receiver)
    assert QUAKE in message  # of equal quality, the earliest
    assert "Zoo welcomes" in message
    assert not any(title in message for title, _ in OTHERS)
    for number in (2, 3, 4):
        assert f"Outlet {number}" in message
        assert f"https://outlet{number}.example/{number}" in message
    heading = {
        "topic": "AI", "provider": "Outlet 1", "story": "Told by 4 outlets", "none": "Articles"
    }  # fmt: skip
    assert heading[group_by] in message
    assert "5 new articles" in message
