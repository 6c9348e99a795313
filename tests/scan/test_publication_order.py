"""A first scan takes seeds in the order of publication, whatever their files are called."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.seeds import write_seed
from tests.support.site import Site

MORE_THAN_A_BATCH = 1300


def test_articles_are_known_in_the_order_of_publication(tmp_path: Path) -> None:
    site, first = Site(tmp_path), datetime(2024, 1, 1, tzinfo=UTC)
    for number in range(MORE_THAN_A_BATCH):
        at = (first + timedelta(hours=number)).isoformat()
        name = f"{MORE_THAN_A_BATCH - number:05}.md"
        write_seed(site.seeds, number, name=name, publishedDateTime=at)
    site.command("scan")
    log = sorted(site.json_lines("changes", "--limit", "2000"), key=lambda each: each["sequence"])
    titles = [change["article"]["title"] for change in log]
    assert titles == [f"Article {number}" for number in range(MORE_THAN_A_BATCH)]


def test_what_one_file_holds_stays_together_and_all_is_taken(tmp_path: Path) -> None:
    site = Site(tmp_path)
    lines = [
        json.dumps(
            {
                "title": f"Line {number}",
                "url": f"https://example.org/lines/{number}",
                "date": f"20{10 + number % 20}-01-01T00:00:00Z",
            }
        )
        for number in range(MORE_THAN_A_BATCH)
    ]
    (site.seeds / "lines.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    for number in range(MORE_THAN_A_BATCH):
        write_seed(site.seeds, number)
    site.command("scan")
    known = len(site.json_lines("articles", "--limit", "9999"))
    assert known == 2 * MORE_THAN_A_BATCH
    assert site.json("scan")["changes"] == {"new": 0, "updated": 0, "removed": 0}
