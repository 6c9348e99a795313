"""``scan`` on real files, as a user would see it."""

import json

from tests.support.receiver import Receiver
from tests.support.seeds import REAL_SEEDS, write_seed
from tests.support.site import Site

SECRET = "whsec_" + "c2VlZHdhdGNoLXRlc3RzLXNlY3JldC0zMi1ieXRlcyE="


def test_the_five_seeds_are_a_baseline(site: Site) -> None:
    site.add_real_seeds()
    result = site.json("scan")
    assert result.pop("elapsed_seconds") < 30
    assert result == {
        "files": {"seen": 5, "unchanged": 0, "read": 5, "parsed": 5, "quarantined": 0},
        "changes": {"new": 5, "updated": 0, "removed": 0},
        "baseline": True,
        "feeds_written": 1,
        "owed": 0,
    }
    assert len(site.entries()) == 5


def test_a_second_scan_reads_and_writes_nothing(site: Site) -> None:
    site.add_real_seeds()
    site.command("scan")
    before = site.feed.stat()
    result = site.json("scan")
    assert result["files"] == {
        "seen": 5,
        "unchanged": 5,
        "read": 0,
        "parsed": 0,
        "quarantined": 0,
    }
    assert (result["baseline"], result["feeds_written"], result["owed"]) == (False, 0, 0)
    after = site.feed.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_announce_existing_tells_each_article_once_to_each_endpoint(
    site: Site, receiver: Receiver
) -> None:
    site.add_real_seeds()
    with Receiver() as slack:
        site.add_endpoint("slack", slack.url, kind="slack")
        site.add_endpoint("hook", receiver.url, secret=SECRET)
        assert site.json("scan", "--announce-existing", "--drain")["owed"] == 10
        site.command("scan", "--announce-existing", "--drain")
        titles = [
            change["article"]["title"]
            for message in receiver.accepted
            for change in message.json()["data"]["changes"]
        ]
        assert len(titles) == len(set(titles)) == 5
        assert len(slack.accepted) == 1
        told = json.dumps(slack.accepted[0].json()["blocks"], ensure_ascii=False)
    assert all(json.dumps(title, ensure_ascii=False)[1:-1] in told for title in titles)


def test_without_announcing_a_baseline_tells_nobody(site: Site, receiver: Receiver) -> None:
    site.add_real_seeds()
    site.add_endpoint("hook", receiver.url)
    assert site.json("scan", "--drain")["owed"] == 0
    write_seed(site.seeds, 6)
    assert site.json("scan", "--drain")["owed"] == 1
    (message,) = receiver.accepted
    (change,) = message.json()["data"]["changes"]
    assert change["article"]["title"] == "Article 6"


def test_first_run_announce_turns_the_baseline_around_for_one_endpoint(
    site: Site, receiver: Receiver
) -> None:
    site.add_real_seeds()
    site.add_endpoint("eager", receiver.url, first_run="announce")
    site.add_endpoint("silent", receiver.url)
    assert site.json("scan")["owed"] == 5


def test_text_is_repaired_and_ciphertext_stays_out_of_everything(
    site: Site, receiver: Receiver
) -> None:
    site.add_real_seeds()
    site.add_endpoint("hook", receiver.url, first_run="announce")
    site.config["log"] = {"level": "debug"}
    result = site.command("scan", "--drain")
    assert "someone\u2019s race" in site.feed.read_text("utf-8")
    everything = site.all_bytes() + (result.stdout + result.stderr).encode()
    everything += b"".join(message.body for message in receiver.accepted)
    for command in ("articles", "changes", "deliveries", "status", "quarantine"):
        everything += site.command(command, "--json").stdout.encode()
    assert b"radiographic" in everything
    for seed in REAL_SEEDS.iterdir():
        secured = seed.read_text("utf-8").split('secured: "')[1]
        assert secured[:40].encode() not in everything


def test_a_deleted_seed_is_removed_after_the_grace(site: Site) -> None:
    site.config["articles"] = {"removal_grace": "0s"}
    site.add_real_seeds()
    site.command("scan")
    min(site.seeds.iterdir()).unlink()
    assert site.json("scan")["changes"] == {"new": 0, "updated": 0, "removed": 1}
    assert len(site.entries()) == 4


def test_within_the_grace_nothing_is_removed(site: Site) -> None:
    site.add_real_seeds()
    site.command("scan")
    min(site.seeds.iterdir()).unlink()
    assert site.json("scan")["changes"]["removed"] == 0
    assert len(site.entries()) == 5


def test_most_seeds_vanishing_at_once_is_the_disk_until_the_operator_says_so(site: Site) -> None:
    site.config["articles"] = {"removal_grace": "0s"}
    for number in range(20):
        write_seed(site.seeds, number)
    site.command("scan")
    for number in range(15):
        (site.seeds / f"article-{number}.md").unlink()
    assert site.json("scan")["changes"]["removed"] == 0
    status = site.json("status", check=1)
    assert status["roots"][0]["state"] == "suspicious"
    assert "--accept-removals" in status["attention"][0]
    assert site.json("scan", "--accept-removals")["changes"]["removed"] == 15
    assert site.json("status")["healthy"]


def test_a_missing_root_removes_nothing_and_heals(site: Site) -> None:
    site.config["articles"] = {"removal_grace": "0s"}
    site.add_real_seeds()
    site.command("scan")
    away = site.seeds.rename(site.folder / "away")
    assert site.json("scan")["changes"]["removed"] == 0
    assert site.json("status", check=1)["roots"][0]["state"] == "missing"
    away.rename(site.seeds)
    assert site.json("scan")["changes"] == {"new": 0, "updated": 0, "removed": 0}
    assert site.json("status")["healthy"]
