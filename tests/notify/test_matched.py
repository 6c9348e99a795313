"""A message says which of several wanted values an article has."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.notify.desk import Desk
from tests.notify.making import NOW, make_change, make_endpoint
from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Site
from watcher.notify.channels import channel_for
from watcher.notify.composing import Composer

PEOPLE: dict[str, dict[str, Any]] = {
    "slack": {}, "discord": {}, "teams": {},
    "apprise": {"url": "ntfy://127.0.0.1:9/topic"},
    "email": {"server": "127.0.0.1:25", "from": "a@example.org", "to": "b@example.org"},
}  # fmt: skip


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """Two articles: the first has the keyword in its title, the second in its body alone."""
    with Receiver() as receiver:
        desk = Desk(receiver)
        desk.owe(
            make_change(1, title="Insulin pens recalled", category="news"),
            make_change(2, title="In brief", body="<p>Two makers <b>recall</b> pumps.</p>"),
        )
        yield desk


def composed(desk: Desk, kind: str, match: dict[str, Any], **keys: Any) -> str:
    """One message of both articles, as text without the escapes of its channel."""
    endpoint = make_endpoint(kind, match=match, **keys)
    channel = channel_for(endpoint)
    (message,) = Composer(desk.outbox).compose(endpoint, channel, (1, 2), NOW, 10)
    text = json.dumps(json.loads(message.body), ensure_ascii=False)
    return text.replace("\\", "").replace("\u2068", "").replace("\u2069", "")


@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # Apprise's import
@pytest.mark.parametrize("layout", ["cards", "digest"])
@pytest.mark.parametrize("kind", PEOPLE)
def test_people_read_which_keyword_it_was(desk: Desk, kind: str, layout: str) -> None:
    keys = PEOPLE[kind] | {"layout": layout}
    told = composed(desk, kind, {"text": ["recall*", "withdrawn"]}, **keys)
    copies = 2 if kind == "email" else 1  # as text and as HTML
    assert told.count("matches: keyword recall*") == 2 * copies
    assert "withdrawn" not in told


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ({"topics": ["AI", "Sport"]}, "matches: topic AI"),
        ({"categories": ["news", "video"]}, "matches: category news"),
        ({"text_regex": r"insul\w+"}, "matches: text Insulin"),
        ({"text": ["pens", "insulin"]}, "matches: keyword pens, insulin"),
    ],
)
def test_what_the_message_does_not_show_is_said(
    desk: Desk, match: dict[str, Any], said: str
) -> None:
    assert said in composed(desk, "slack", match)


@pytest.mark.parametrize(
    "match",
    [{}, {"topics": ["AI"]}, {"providers": ["example.*"]}, {"title": "pens"}, {"min_quality": 1}],
)
def test_what_is_the_same_each_time_or_seen_anyway_is_not(
    desk: Desk, match: dict[str, Any]
) -> None:
    assert "matches:" not in composed(desk, "slack", match)


def test_a_program_gets_all_of_them(desk: Desk, tmp_path: Path) -> None:
    match = {"topics": ["AI"], "title": "p[eu]ns?|brief", "text": ["recall*", "pens"]}
    expected = [
        {"topics": ["AI"], "title": ["pens"], "text": ["recall*", "pens"]},
        {"topics": ["AI"], "title": ["brief"], "text": ["recall*"]},
    ]
    changes = json.loads(composed(desk, "webhook", match))["data"]["changes"]
    assert [change["matched"] for change in changes] == expected
    plain = json.loads(composed(desk, "webhook", {}))["data"]["changes"]
    assert plain == [{k: v for k, v in change.items() if k != "matched"} for change in changes]
    template = tmp_path / "template.json"
    template.write_text('{"all": {{ changes | map(attribute="matched") | list | tojson }}}')
    assert json.loads(composed(desk, "webhook", match, template=template)) == {"all": expected}


def test_explain_says_it_too(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.add_endpoint("desk", "http://127.0.0.1:9/", match={"text": ["recall*", "pens"]})
    path = write_seed(site.seeds, 1, title="Insulin pens")
    site.command("scan", "--announce-existing")
    (endpoint,) = site.json("explain", str(path))["endpoints"]
    assert endpoint["matched"] == {"text": ["pens"]}
    assert "owed (matches: keyword pens), due " in site.command("explain", str(path)).stdout
