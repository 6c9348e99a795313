"""Lists on a terminal: one can read them, and copy from them what the next command needs."""

import re

from tests.support.site import Site
from tests.support.terminal import on_terminal

ESCAPING = """---
title: "evil \\e]0;x\\a \\e[31mred 漢字"
webUrl: https://example.org/x
---
"""


def test_titles_get_the_room_of_a_narrow_terminal_and_cannot_escape_it(site: Site) -> None:
    (site.seeds / "x.md").write_text(ESCAPING, "utf-8")
    site.command("scan")
    (article,) = site.json_lines("articles")
    shown = on_terminal(site, "articles", NO_COLOR="1")
    heading, line = shown.splitlines()[:2]
    assert not re.search(r"\x1b(?!\[[01]m)|\x07", shown)  # bold, for the headings, is no colour
    assert "url" not in heading
    assert re.fullmatch(r"\S+ \S+Z  live   evil .*red 漢字 +[0-9a-f]{8} *", line)
    short = line.split()[-1]
    assert site.json("explain", short)["article"] == article
    assert "https://example.org/x" in on_terminal(site, "articles", columns=200)


def test_an_id_that_retry_takes_is_never_cut(site: Site) -> None:
    site.add_endpoint("hook", "http://127.0.0.1:9/", first_run="announce")
    site.add_real_seeds()
    site.command("scan", "--drain", check=None)
    (delivery,) = site.json_lines("deliveries")
    shown = re.sub(r"\x1b\[[01]m", "", on_terminal(site, "deliveries", NO_COLOR="1"))
    heading, _, rows = re.sub(r" +\n", "\n", shown).partition("  id\n")
    column = len(heading.splitlines()[-1]) + 2
    assert "".join(line[column:].strip() for line in rows.splitlines()) == delivery["id"]
