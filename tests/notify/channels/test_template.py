"""Templates word a message, and never cost one."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from tests.notify.making import NOW, make_change, make_changes, make_endpoint
from tests.notify.slack_check import EVIL, all_of
from watcher.model.article import Change
from watcher.model.kinds import ChangeKind
from watcher.notify.channels import channel_for
from watcher.notify.flood import Layout, layout_of
from watcher.notify.test_message import dry_run

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_template(text: str | bytes) -> Path:
        path = tmp_path / "message.json.j2"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write_template


def compose(path: Path, changes: list[Change], kind: str = "slack") -> Any:
    endpoint = make_endpoint(kind, template=path)
    layout = layout_of(endpoint, len(changes))
    composed = channel_for(endpoint).compose(changes, layout=layout, now=NOW)
    assert composed.members == tuple(change.sequence for change in changes)
    return json.loads(composed.body)


def warnings(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [r.__dict__["fields"] for r in caplog.records if r.levelno == logging.WARNING]


LISTING = """\ufeff{
  "text": {{ heading | tojson }},
  "name": {{ endpoint | tojson }},
  "new": [{% for change in changes | kind("new") -%}
    {{ ("<" ~ change.article.url ~ "|" ~ (change.article.title | slack) ~ ">") | tojson }}
    {{- "," if not loop.last }}
  {%- endfor %}],
  "all": {{ changes | tojson }}
}"""


def test_a_template_gets_changes_endpoint_and_helpers(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    changes = [
        make_change(1, title='"}<!channel> & \u2028'),
        make_change(2, kind=ChangeKind.REMOVED),
        make_change(3),
    ]
    found = compose(write(LISTING), changes)
    assert found["text"] == "2 new, 1 removed articles"
    assert found["name"] == "here"
    assert found["new"] == [
        '<https://example.org/articles/1|"}&lt;!channel&gt; &amp; \u2028>',
        "<https://example.org/articles/3|Article 3>",
    ]
    assert [change["kind"] for change in found["all"]] == ["new", "removed", "new"]
    assert warnings(caplog) == []


def test_a_webhook_may_have_any_json(write: Write) -> None:
    path = write("{{ changes | map(attribute='article.title') | list | tojson }}")
    assert compose(path, make_changes(2), "webhook") == ["Article 1", "Article 2"]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("{\n{% for %}", 2, "Expected"),
        ("{\n\n{{ changes[0].article.tite | tojson }}}", 3, "has no attribute 'tite'"),
        ("{\n{{ nothing }}", 2, "'nothing' is undefined"),
        ("{{ 1 // 0 }}", 1, "ZeroDivisionError"),
        ("\n{{ ''.__class__.__mro__ }}", 2, "SecurityError"),
        ("{{ changes.append(1) }}", 1, "SecurityError"),
        ("{% include 'other' %}", None, "TemplateNotFound"),
        ("{{ 'x' * 1000000000 }}", 1, "SecurityError"),
        ("{{ 9 ** 99999999 }}", 1, "SecurityError"),
        ("{{ '%1000000000d' % 1 }}", 1, "SecurityError"),
        ("{{ range(1000000000) }}", 1, "OverflowError"),
        ("{% for i in range(99999) %}{{ heading }}{% endfor %}", None, "more than 1,048,576"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", 1, "RecursionError"),
        ("not json", None, "is not JSON: Expecting value: line 1"),
        ('{"a": NaN}', None, "NaN is no JSON"),
        ("[" * 100_000, None, "is not JSON"),
        ("[1]", None, "no object"),
        ("", None, "is not JSON"),
        (b"{\xff}", None, "it is not UTF-8 text, from byte 1 on"),
    ],
)
def test_whatever_is_wrong_the_built_in_layout_is_used_and_it_is_said(
    text: str | bytes, line: int | None, why: str, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(text)
    assert compose(path, make_changes(1))["text"] == "Article 1"
    [told] = warnings(caplog)
    assert (told["endpoint"], told["file"], told.get("line")) == ("here", path, line)
    assert why in str(told["why"])


def test_a_template_that_is_gone_costs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert compose(tmp_path / "none", make_changes(1))["text"] == "Article 1"
    [told] = warnings(caplog)
    assert str(told["why"]) == "No such file or directory"


MANY = "range(99999)"


@pytest.mark.parametrize(
    "text",
    [
        f"\n{{% for i in {MANY} %}}{{% for j in {MANY} %}}{{% endfor %}}{{% endfor %}}",
        f"\n{{% for i in {MANY} if {MANY} | sum < 0 %}}{{% endfor %}}",
        "{% macro m(n) %}{{ m(n - 1) ~ m(n - 1) if n }}{% endmacro %}{{ m(60) }}",
    ],
)
def test_a_template_that_takes_too_long_is_given_up(
    text: str, write: Write, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.notify.channels.template.SECONDS", 0.1)
    assert compose(write(text), make_changes(1))["text"] == "Article 1"
    [told] = warnings(caplog)
    assert str(told["why"]) == "it takes longer than 0.1 s of the processor's time"
    assert told["line"] in {1, 2}


def test_loops_are_what_they_are_without_a_limit(write: Write) -> None:
    text = """[{% for i in range(3) -%}
      [{{ loop.index }}, {{ loop.length }}, {{ loop.last | tojson }}]
      {{- "," if not loop.last }}{% else %}{% endfor %}]"""
    found = compose(write(text), make_changes(1), "webhook")
    assert found == [[1, 3, False], [2, 3, False], [3, 3, True]]


def test_a_digest_is_worded_by_the_template_too(write: Write) -> None:
    found = compose(write('{"text": {{ changes | length }}}'), make_changes(26))
    assert found["text"] == 26


def test_it_is_read_when_the_endpoint_is_set_up(write: Write) -> None:
    path = write('{"text": "first"}')
    channel = channel_for(make_endpoint("slack", template=path))
    write('{"text": "second"}')
    assert (
        json.loads(channel.compose(make_changes(1), layout=Layout.CARDS, now=NOW).body)["text"]
        == "first"
    )
    assert compose(path, make_changes(1))["text"] == "second"


@pytest.mark.parametrize("kind", ["slack", "webhook"])
def test_a_dry_run_shows_what_it_makes_of_a_sample(kind: str, write: Write) -> None:
    path = write('{"t": {{ changes[0].article | tojson }}}')
    request = dry_run(make_endpoint(kind, template=path), now=NOW, delivery="msg_1")
    article = json.loads(request.body)["t"]
    assert article["title"] == "This is a test of the endpoint here. No article has changed."
    assert {"summary", "images", "topics", "provider", "related", "quality"} <= article.keys()


EXAMPLE = Path(__file__).parents[3] / "config" / "slack.template.example.json.j2"


def test_the_example_makes_valid_messages_of_hostile_and_of_bare_articles(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bare: dict[str, Any] = {
        "summary": None,
        "provider": None,
        "topics": (),
        "images": (),
        "published_at": None,
    }
    long: dict[str, Any] = {
        "title": "x<" * 5000,
        "summary": "y&" * 5000,
        "topics": ("z" * 500,) * 20,
    }
    evil: dict[str, Any] = {
        "title": EVIL,
        "summary": EVIL,
        "topics": (EVIL,),
        "url": "https://e.org/?a|b&c=<!here>",
    }
    two = compose(EXAMPLE, [make_change(1, **bare), make_change(2, **evil)])
    found = two["blocks"] + compose(EXAMPLE, [make_change(3, **long)])["blocks"]
    assert warnings(caplog) == []
    for block in Block.parse_all(found):
        assert block is not None
        block.validate_json()
    shown = [node["text"] for node in all_of(found, "text") if isinstance(node, dict)]
    marked = [text for text in shown if text.startswith("<")]
    assert len(marked) == 3
    assert max(map(len, marked)) <= 3000
    for text in marked:
        assert text.count("<") == text.count(">") == 1, "a link, and nothing else"
    assert marked[1].startswith("<https://e.org/?a%7Cb&amp;c=&lt;!here&gt;|")
    assert found[1]["elements"][0]["text"] == "No summary"
