"""E-mail through a real mail server: what arrives, how often, and what is said of failures."""

import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.support.mail_server import MailServer, mail_server
from tests.support.seeds import write_seed
from tests.support.site import Site

CERTIFICATE = Path(__file__).parents[1] / "notify" / "self_signed.pem"
LOGIN = ("news", "hush-a-password")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def write_to(site: Site, server: MailServer, **more: Any) -> None:
    """Let an endpoint send its mail there, from the first scan on."""
    endpoint = {
        "name": "Desk",
        "type": "email",
        "server": f"127.0.0.1:{server.port}",
        "from": "seedwatch@example.org",
        "to": "desk@example.org",
        "tls": "off",
        "retry": ["1s"],
    }
    site.config["endpoints"] = [endpoint | more]
    site.command("scan")


def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def outcomes(site: Site) -> list[str]:
    (delivery,) = site.json_lines("deliveries")
    return [attempt["outcome"] for attempt in delivery["attempts"]]


def test_an_article_is_a_message_of_text_and_html(site: Site) -> None:
    with mail_server() as server:
        write_to(site, server)
        title = "Rain <x & more\r\nBcc: victim@example.org"
        write_seed(site.seeds, 1, title=title)
        site.command("scan", "--drain")
    (message,) = server.received
    (delivery,) = site.json_lines("deliveries")
    assert delivery["state"] == "sent"
    assert message["From"] == "seedwatch@example.org"
    assert message["To"] == "desk@example.org"
    assert message["Bcc"] is None
    assert message["Subject"].startswith("Rain <x & more Bcc: victim@example.org")
    assert delivery["id"].removeprefix("urn:uuid:") in message["Message-ID"]
    assert message["List-Id"] == "<desk.example.org>"
    assert message["Date"].datetime.tzinfo is not None
    text, page = (part.get_content() for part in message.iter_parts())
    assert "https://example.org/articles/1" in text
    assert "The summary of article 1." in text
    assert '<a href="https://example.org/articles/1"' in page
    assert "&lt;x &amp; more" in page
    assert "CIPHERTEXT" not in message.as_string()


def test_a_digest_names_its_date_and_first_headline_and_stays_in_one_thread(site: Site) -> None:
    with mail_server() as server:
        write_to(site, server, layout="digest", max_items=100)
        for day in (0, 100):
            for number in range(day, day + 60):
                write_seed(site.seeds, number, topics=[f"Topic {number % 3}"])
            site.command("scan", "--drain")
    first, second = server.received
    assert " and 59 more" in first["Subject"]
    assert ": Article 0 and" in first["Subject"]
    assert first["Message-ID"] != second["Message-ID"]
    assert first["References"] == second["References"]
    text, page = (part.get_content() for part in first.iter_parts())
    assert len(page) < 100_000
    for number in range(60):
        assert f"https://example.org/articles/{number}" in text
        assert f'"https://example.org/articles/{number}"' in page


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # the server does not see that TLS is on
@pytest.mark.parametrize("mode", ["starttls", "on"])
def test_a_login_goes_over_tls_and_only_to_a_server_that_is_trusted(site: Site, mode: str) -> None:
    with mail_server(login=LOGIN, tls=tls(), wraps=mode == "on") as server:
        write_to(site, server, tls=mode, user=LOGIN[0], password="${MAIL_PASSWORD}")
        site.environ["MAIL_PASSWORD"] = LOGIN[1]
        write_seed(site.seeds, 1)
        site.command("scan", "--drain", check=None)
        assert not server.received
        assert outcomes(site) == ["not_sent"]
        site.environ["SSL_CERT_FILE"] = str(CERTIFICATE)
        site.command("enable", "Desk")
        site.command("drain")
    assert server.encrypted == [True]
    (delivery,) = site.json_lines("deliveries")
    assert "TLS" in delivery["attempts"][0]["error"]
    assert LOGIN[1].encode() not in site.all_bytes()


def test_a_login_that_is_refused_waits_and_says_so(site: Site) -> None:
    with mail_server(login=LOGIN, tls=tls()) as server:
        site.environ["SSL_CERT_FILE"] = str(CERTIFICATE)
        write_to(site, server, tls="starttls", user=LOGIN[0], password="hush-the-wrong-one")
        write_seed(site.seeds, 1)
        site.command("scan", "--drain", check=None)
    (delivery,) = site.json_lines("deliveries")
    assert delivery["state"] == "pending"
    assert "SMTP 535: logging in" in delivery["attempts"][0]["error"]


@pytest.mark.parametrize(
    ("answer", "state", "outcome"),
    [
        ("451 later", "sent", "failed"),
        ("421 too much", "sent", "failed"),
        ("554 no", "dead", "rejected"),
        ("552 too big", "dead", "rejected"),
    ],
)
def test_what_the_server_says_decides(site: Site, answer: str, state: str, outcome: str) -> None:
    with mail_server() as server:
        write_to(site, server)
        server.answers = [answer]
        write_seed(site.seeds, 1)
        site.command("scan", "--drain", check=None)
        assert outcomes(site) == [outcome]
        if state == "sent":
            site.command("enable", "Desk")  # which ends the wait after a failure
            site.command("drain")
    (delivery,) = site.json_lines("deliveries")
    assert delivery["state"] == state
    code, _, words = answer.partition(" ")
    assert delivery["attempts"][0]["error"] == f"SMTP {code}: {words}"


def test_a_message_whose_answer_was_lost_is_sent_again_under_the_same_id(site: Site) -> None:
    with mail_server() as server:
        write_to(site, server)
        server.drops = 1
        write_seed(site.seeds, 1)
        site.command("scan", "--drain", check=None)
        assert outcomes(site) == ["unknown"]
        site.command("enable", "Desk")
        site.command("drain")
    first, second = server.received
    assert first.as_bytes() == second.as_bytes()


def test_a_recipient_that_is_refused_costs_the_others_nothing(site: Site) -> None:
    with mail_server() as server:
        server.refused = {"gone@example.org": "550 no such user"}
        write_to(site, server, to=["gone@example.org", "desk@example.org"])
        write_seed(site.seeds, 1)
        site.command("scan", "--drain")
        assert server.recipients == [["desk@example.org"]]
        (delivery,) = site.json_lines("deliveries")
        assert delivery["state"] == "sent"
        assert "gone@example.org is refused: 550" in delivery["attempts"][0]["error"]
        server.refused["desk@example.org"] = "450 greylisted"
        write_seed(site.seeds, 2)
        site.command("scan", "--drain", check=None)
    assert len(server.received) == 1
    states = {each["state"] for each in site.json_lines("deliveries")}
    assert states == {"sent", "pending"}, "one may take it later"


def test_a_test_message_and_a_preview(site: Site) -> None:
    with mail_server() as server:
        write_to(site, server, schedule="0 9 * * *", layout="digest")
        assert "sent" in site.command("test", "Desk").stdout
        write_seed(site.seeds, 1)
        site.command("scan")
        assert "Article 1" in site.command("preview", "Desk").stdout
    (message,) = server.received
    assert message["Subject"] == "Seedwatch test"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"from": None}, "type email needs `from`"),
        ({"to": None}, "type email needs `to`"),
        ({"to": "a@b\nBcc: c@d"}, "is not an address"),
        ({"server": "smtp://x"}, "is not a mail server"),
        ({"url": "https://example.org/"}, "and no `url`"),
        ({"user": "a", "password": "b"}, "sent over TLS only"),
        ({"headers": {"a": "b"}}, "has no use for type email"),
        ({"type": "webhook", "url": "https://example.org/"}, "has no use for type webhook"),
    ],
)
def test_a_config_that_cannot_be_right_is_refused(
    site: Site, wrong: dict[str, Any], words: str
) -> None:
    endpoint = {
        "name": "Desk",
        "type": "email",
        "server": "mail.example.org",
        "from": "seedwatch@example.org",
        "to": "desk@example.org",
        "tls": "off",
    }
    site.config["endpoints"] = [endpoint | wrong]
    assert words in site.command("check", check=2).stderr


def test_a_private_server_is_refused_where_the_config_forbids_it(site: Site) -> None:
    with mail_server() as server:
        site.config["egress"] = {"allow_private": False}
        write_to(site, server)
        write_seed(site.seeds, 1)
        site.command("scan", "--drain", check=None)
    assert not server.received
    assert outcomes(site) == ["not_sent"]
