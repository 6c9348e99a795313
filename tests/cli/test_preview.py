"""``preview`` shows the very bytes that are sent later, and sends nothing."""

from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Site


def owe(site: Site, count: int) -> None:
    site.command("scan")
    for number in range(count):
        write_seed(site.seeds, number)
    site.command("scan")


def test_the_body_is_the_one_that_is_sent(site: Site) -> None:
    with Receiver() as receiver:
        site.add_endpoint("hook", receiver.url, kind="slack")
        owe(site, 3)
        body = site.command("preview", "hook", "--json").stdout
        assert site.command("preview", "hook", "--json").stdout == body
        assert receiver.requests == []
        site.command("drain")
        (message,) = receiver.accepted
        assert message.body.decode() == body.rstrip("\n")


def test_a_person_sees_when_and_which_articles(site: Site) -> None:
    site.add_endpoint(
        "desk",
        "http://127.0.0.1:9/",
        kind="slack",
        schedule="0 9 * * *",
        timezone="Asia/Tokyo",
        flood_limit=1,
    )
    owe(site, 2)
    said = site.command("preview", "desk").stdout
    assert said.startswith("desk: 1 message from ")
    assert "09:00:00 (Asia/Tokyo) on" in said
    assert "1 of 1: 2 articles" in said
    for line in ("  2 new articles", "  AI (2)", "  • Article 0 · Example · "):
        assert f"\n{line}" in said


def test_a_template_that_slack_would_not_take_is_shown_as_it_is(site: Site) -> None:
    template = site.folder / "template.json.j2"
    template.write_text('{"blocks": [1]}')
    site.add_endpoint("desk", "http://127.0.0.1:9/", kind="slack", template=str(template))
    owe(site, 1)
    assert '{"blocks":[1]}' in site.command("preview", "desk").stdout


def test_nothing_waits(site: Site) -> None:
    site.add_endpoint("hook", "http://127.0.0.1:9/")
    assert site.command("preview", "hook").stdout == (
        "hook will be sent nothing: nothing waits for it\n"
    )
    site.command("disable", "hook")
    assert "it is disabled (" in site.command("preview", "hook").stdout
    assert site.command("preview", "hook", "--json").stdout == ""
