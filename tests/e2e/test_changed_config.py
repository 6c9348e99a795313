"""What a changed config brings in was there before: it is remembered, and announced to nobody."""

from collections.abc import Callable

import pytest

from tests.support.seeds import write_seed
from tests.support.site import Site


def widen(site: Site) -> None:
    site.config["watch"][0]["include"] = ["*.md", "*.note"]


def stop_excluding(site: Site) -> None:
    site.config["watch"][0]["exclude"] = []


def name_fields(site: Site) -> None:
    site.config["articles"] = {
        "fields": {"title": ["title", "headline"], "web_url": ["webUrl", "address"]}
    }


@pytest.mark.parametrize("change", [widen, stop_excluding, name_fields])
def test_what_a_changed_config_brings_in_is_a_baseline(
    site: Site, change: Callable[[Site], None]
) -> None:
    """Files that were there before the last scan announce nothing; a later one does."""
    site.config["watch"][0]["exclude"] = ["old-*"]
    write_seed(site.seeds, 1)
    write_seed(site.seeds, 2).rename(site.seeds / "old-2.md")
    write_seed(site.seeds, 3).rename(site.seeds / "a.note")
    (site.seeds / "odd.yaml").write_text(  # data without a title is no article
        "headline: Odd\naddress: https://example.org/odd\n", "utf-8"
    )
    site.write_config()
    site.command("scan", check=None)
    change(site)
    site.write_config()
    write_seed(site.seeds, 4)
    found = site.json("scan")
    assert found["changes"]["new"] == 2, "the one that the config brings in, and the later one"
    news = [change for change in site.json_lines("changes") if not change["baseline"]]
    assert [change["article"]["title"] for change in news] == ["Article 4"]
    write_seed(site.seeds, 5)
    assert site.json("scan")["changes"]["new"] == 1
    assert len([change for change in site.json_lines("changes") if not change["baseline"]]) == 2
