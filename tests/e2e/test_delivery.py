"""Deliveries of the real daemon to a receiver that misbehaves."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from slack_sdk.models.blocks import Block
from standardwebhooks.webhooks import Webhook

from tests.support.receiver import Receiver, answer, hang
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until

SECRET = "whsec_" + "c2VlZHdhdGNoLXRlc3RzLXNlY3JldC0zMi1ieXRlcyE="
HOSTILE = "<!channel> *bold* & <https://evil|click>"
TEMPLATE = Path(__file__).parents[2] / "config" / "slack.template.example.json.j2"
QUICK = ["100ms", "200ms"]


def test_a_kill_between_commit_and_first_send_loses_nothing_and_changes_no_id(
    site: Site, receiver: Receiver
) -> None:
    site.add_endpoint("hook", receiver.url, retry=QUICK)
    receiver.default = hang()
    with site.running() as first:
        write_seed(site.seeds, 6)
        (delivery,) = wait_until(lambda: site.json_lines("deliveries"), "the frozen delivery")
        first.kill()
    receiver.default = answer(200)
    if not site.config["state"].startswith("/"):
        release_lease(site)  # on a shared database, the dead worker's lease would last 35 s
    with site.running():
        receiver.wait_for(1, timeout=30)
    assert [message.id for message in receiver.accepted] == [delivery["id"]]


def release_lease(site: Site) -> None:
    import psycopg  # noqa: PLC0415  # only on this engine

    with psycopg.connect(site.config["state"]) as connection:
        connection.execute("UPDATE endpoints SET lease_owner = NULL, lease_expires_at = NULL")


def test_a_receiver_that_fails_twice_gets_the_same_message_three_times(
    site: Site, receiver: Receiver
) -> None:
    site.add_endpoint("hook", receiver.url, retry=QUICK, secret=SECRET)
    receiver.script(answer(500), answer(500), answer(200))
    with site.running():
        write_seed(site.seeds, 6)
        receiver.wait_for(1)
        wait_until(
            lambda: [d for d in site.json_lines("deliveries") if d["state"] == "sent"],
            "the delivery to be recorded",
        )
    assert len({(message.id, message.body) for message in receiver.requests}) == 1
    (delivery,) = site.json_lines("deliveries")
    assert delivery["id"] == receiver.accepted[0].id
    assert [(a["number"], a["status"], a["outcome"]) for a in delivery["attempts"]] == [
        (1, 500, "failed"),
        (2, 500, "failed"),
        (3, 200, "sent"),
    ]


def test_retry_after_is_honoured(site: Site, receiver: Receiver) -> None:
    site.add_endpoint("hook", receiver.url, retry=QUICK)
    receiver.script(answer(429, b"", {"retry-after": "2"}))
    with site.running():
        write_seed(site.seeds, 6)
        receiver.wait_for(1)
    first, second = receiver.requests
    assert second.at - first.at >= 2.0


def test_the_signature_is_one_that_standard_webhooks_accepts(
    site: Site, receiver: Receiver
) -> None:
    site.add_endpoint("hook", receiver.url, secret=SECRET, first_run="announce")
    write_seed(site.seeds, 6)
    site.command("scan", "--drain")
    (message,) = receiver.accepted
    body = Webhook(SECRET).verify(message.body, dict(message.headers))
    assert body["type"] == "articles.changed"
    assert body["data"]["changes"][0]["article"]["title"] == "Article 6"


def test_slack_shows_a_hostile_title_as_it_is(site: Site, receiver: Receiver) -> None:
    site.add_endpoint("slack", receiver.url, kind="slack", first_run="announce")
    write_seed(site.seeds, 6, title=HOSTILE)
    site.command("scan", "--drain")
    (message,) = receiver.accepted
    payload = message.json()
    for block in Block.parse_all(payload["blocks"]):
        assert block is not None
        block.validate_json()
    texts = [item for item in walk(payload["blocks"]) if HOSTILE in str(item.get("text", ""))]
    assert texts
    assert all(item["type"] in ("plain_text", "text", "link") for item in texts)
    mrkdwn = json.dumps([item for item in walk(payload["blocks"]) if item.get("type") == "mrkdwn"])
    assert "<!channel>" not in mrkdwn + payload["text"]


def walk(value: object) -> Iterator[dict[str, Any]]:
    """Every mapping in a JSON value whose ``text`` is itself text, and all others."""
    if isinstance(value, dict):
        if not isinstance(value.get("text"), dict):
            yield value
        for item in value.values():
            yield from walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item)


def test_a_test_message_shows_the_real_answer(site: Site, receiver: Receiver) -> None:
    site.add_endpoint("hook", receiver.url, secret=SECRET)
    assert site.json("test", "hook")["status"] == 200
    assert "test" in receiver.accepted[0].body.decode().lower()
    receiver.script(answer(404, b"no such hook"))
    result = site.json("test", "hook", check=1)
    assert (result["status"], result["answer"]) == (404, "no such hook")
    assert site.json_lines("deliveries") == []


def test_a_dry_run_sends_nothing_and_shows_no_secret(site: Site, receiver: Receiver) -> None:
    site.environ = {"HOOK_URL": receiver.url + "/token-in-the-path", "HOOK_SECRET": SECRET}
    site.add_endpoint("hook", "${HOOK_URL}", secret="${HOOK_SECRET}")
    output = site.command("test", "hook", "--dry-run").stdout
    assert "POST" in output
    assert "token-in-the-path" not in output
    assert SECRET not in output
    site.config["endpoints"][0] |= {"type": "slack", "template": str(TEMPLATE), "secret": []}
    message = json.loads(site.json("test", "hook", "--dry-run")["body"])
    assert message["text"] == "1 new article"
    assert "This is a test of the endpoint hook" in message["blocks"][0]["text"]["text"]
    assert message["blocks"][1]["elements"][0]["text"].startswith("Example — A topic, Another")
    assert receiver.requests == []


def test_a_dead_letter_is_listed_and_can_be_sent_again(site: Site, receiver: Receiver) -> None:
    site.add_endpoint("hook", receiver.url, first_run="announce")
    receiver.script(answer(400))
    write_seed(site.seeds, 6)
    site.command("scan", "--drain", check=1)
    (delivery,) = site.json_lines("deliveries", "--state", "dead")
    assert site.json("status", check=1)["dead"] == 1
    site.command("retry", delivery["id"])
    site.command("drain")
    assert [message.id for message in receiver.accepted] == [delivery["id"]]


def test_drain_until_empty_waits_for_retries(site: Site, receiver: Receiver) -> None:
    site.add_endpoint("hook", receiver.url, first_run="announce", retry=QUICK)
    receiver.script(answer(503), answer(503))
    write_seed(site.seeds, 6)
    site.command("scan")
    assert site.json("drain", "--until-empty") == {"sent": 1, "waiting": 0, "held": 0, "dead": 0}


def test_an_endpoint_that_is_gone_is_disabled_and_keeps_its_backlog(
    site: Site, receiver: Receiver
) -> None:
    site.add_endpoint("hook", receiver.url, first_run="announce")
    receiver.script(answer(410))
    write_seed(site.seeds, 6)
    site.command("scan", "--drain")
    status = site.json("status", check=1)
    assert status["endpoints"][0]["state"] == "disabled"
    assert status["backlog"] == 1
    site.command("enable", "hook")
    assert site.json("drain")["sent"] == 1


def test_an_alert_outlives_a_crash_and_many_deaths_are_no_flood_of_them(
    tmp_path: Path, receiver: Receiver
) -> None:
    site = Site(tmp_path / "site")
    site.add_endpoint("hook", receiver.url, max_items=1)
    receiver.default = answer(400)
    with Receiver(hang()) as operator:
        site.add_endpoint("ops", operator.url, kind="slack", on=["removed"])
        site.config["alert_endpoint"] = "ops"
        with site.running() as running:
            for number in range(12):
                write_seed(site.seeds, number)
            wait_until(
                lambda: len(site.json_lines("deliveries", "--state", "dead")) == 12, "deaths"
            )
            running.kill()
        operator.default = answer()
        with site.running():
            operator.wait_for(1)
        first, *more = site.json_lines("deliveries", "--endpoint", "ops")
        assert more == [], "the others wait for a minute, and are then one message"
        assert [attempt["outcome"] for attempt in first["attempts"]] == ["unknown", "sent"]
        assert "is dead after attempt 1: HTTP 400" in operator.accepted[0].json()["text"]


def test_a_daemon_sends_at_once_what_the_operator_frees(site: Site, receiver: Receiver) -> None:
    """It learns of it from the store: long before it would look by itself, each half a minute."""
    site.add_endpoint("hook", receiver.url)
    receiver.script(answer(400), answer(410))
    with site.running() as running:
        write_seed(site.seeds, 6)
        running.wait_for_log("needs attention")
        site.command("retry", "--endpoint", "hook", "--since", "1h")
        running.wait_for_log("needs attention", 2)
        assert len(receiver.requests) == 2
        site.command("enable", "hook")
        receiver.wait_for(1, timeout=5)
        assert len({message.id for message in receiver.requests}) == 1
