"""Every format, made of the five seeds, of the replay's last state, and of hostile seeds.

The W3C feed validator is not on the package index. Its checks are here, one by one, by their
names there where it has one; what it only advises, such as no two entries with the same
``updated``, is not.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
from lxml import etree, html

from tests.feed.samples import ATOM, MEDIA, assert_valid_atom, links
from tests.ingest.real_seeds import REAL
from tests.support.hostile_seeds import HOSTILE
from tests.support.json_feed_schema import JSON_FEED_SCHEMA
from tests.support.oracle import Oracle
from tests.support.replay import require_replay
from tests.support.seeds import write_seed
from tests.support.served import FORMATS, ServedSite
from watcher.model.public_json import article_schema

CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
WITHOUT_LINK = ("Article 31",)  # of the hostile ones
MARKUP = re.compile(r"</?(?:a|b|br|div|em|i|img|p|script|span|strong)\b[^<>]*>|&#?\w+;")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
RFC_822 = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d \+0000"
)
MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
SAFE_ELEMENTS = re.compile(
    r"a|abbr|b|blockquote|br|code|dd|del|div|dl|dt|em|h[1-6]|hr|i|img|ins|kbd|li|ol|p|pre|q|s|span"
    r"|strong|sub|sup|table|tbody|td|th|thead|tr|u|ul"
)


class Produced:
    """A site of one of the sources after a scan, and its feeds as they are on disk."""

    def __init__(self, folder: Path, source: str) -> None:
        self.site = ServedSite(folder)
        self.titles = sorted(_WRITE[source](self.site))
        assert self.site.json("scan")["feeds_written"] == len(FORMATS)
        self.data = {form: self.site.feed_file(form).read_bytes() for form in FORMATS}
        self.atom: Any = etree.fromstring(self.data["atom"])
        self.rss: Any = etree.fromstring(self.data["rss"])
        self.json: Any = json.loads(self.data["json"], parse_constant=_refuse)
        self.entries: list[Any] = self.atom.findall(f"{ATOM}entry")
        self.items: list[Any] = self.rss.findall("channel/item")


def _write_real(site: ServedSite) -> list[str]:
    site.add_real_seeds()
    return [content.title for content, _ in REAL.values()]


def _write_replay(site: ServedSite) -> list[str]:
    (step,) = require_replay().steps(every=len(require_replay().commits))
    step.write(site.seeds, backdated=True)
    oracle = Oracle()
    oracle.step(step.texts)
    return [" ".join(article.page.front["title"].split()) for article in oracle.articles.values()]


def _write_hostile(site: ServedSite) -> list[str]:
    for name, seed in HOSTILE.items():
        (site.seeds / f"{name}.md").write_text(seed.text, "utf-8")
    return [seed.title for seed in HOSTILE.values() if seed.title is not None]


_WRITE = {"the five seeds": _write_real, "the replay": _write_replay, "hostile": _write_hostile}


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


@pytest.fixture(scope="module")
def produce(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Produced]:
    """Makes a source's feeds, once."""
    return cache(lambda source: Produced(tmp_path_factory.mktemp("feeds") / "site", source))


@pytest.fixture(params=_WRITE)
def made(request: pytest.FixtureRequest, produce: Callable[[str], Produced]) -> Produced:
    return produce(request.param)


@pytest.fixture
def hostile(produce: Callable[[str], Produced]) -> Produced:
    return produce("hostile")


def is_absolute(url: str | None) -> bool:
    """An http(s) URL with a host, in characters that RFC 3986 and RFC 3987 allow."""
    parts = urlsplit(url or "")
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.netloc)
        and not re.search(r'[\s<>"\\^`{|}\x00-\x1f\x7f]', url or "")
    )


def html_of(made: Produced) -> Iterator[str]:
    """Every piece of HTML in every format."""
    yield from (e.text or "" for e in made.atom.iter(f"{ATOM}content"))
    yield from (e.text or "" for e in made.rss.iter(f"{CONTENT}encoded", "description"))
    yield from (item["content_html"] for item in made.json["items"] if "content_html" in item)


class TestEveryFormat:
    def test_has_every_article_and_each_once(self, made: Produced) -> None:
        shown = [
            sorted(entry.findtext(f"{ATOM}title") for entry in made.entries),
            sorted(item.findtext("title") for item in made.items),
            sorted(item["title"] for item in made.json["items"]),
        ]
        assert shown[0] == shown[1] == shown[2]
        assert shown[0] == made.titles

    def test_tells_the_same_ids_in_the_same_order(self, made: Produced) -> None:
        ids = [entry.findtext(f"{ATOM}id") for entry in made.entries]
        assert ids == [item.findtext("guid") for item in made.items]
        assert ids == [item["id"] for item in made.json["items"]]

    @pytest.mark.parametrize("form", FORMATS)
    def test_is_utf_8_without_what_xml_forbids(self, made: Produced, form: str) -> None:
        text = made.data[form].decode("utf-8", "strict")
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff]", text)

    @pytest.mark.parametrize("form", ["atom", "rss"])
    def test_declares_its_encoding(self, made: Produced, form: str) -> None:
        assert made.data[form].startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n")

    @pytest.mark.parametrize("form", ["atom", "rss"])
    def test_uses_every_namespace_it_declares_and_has_no_doctype(
        self, made: Produced, form: str
    ) -> None:
        assert b"<!" not in made.data[form]
        known = {"http://www.w3.org/2005/Atom", "http://search.yahoo.com/mrss/"}
        known |= {"http://purl.org/rss/1.0/modules/content/", "http://purl.org/dc/elements/1.1/"}
        known |= {"http://purl.org/syndication/history/1.0"}
        root = made.atom if form == "atom" else made.rss
        assert set(root.nsmap.values()) <= known

    @pytest.mark.parametrize("form", ["atom", "rss"])
    def test_not_blank(self, made: Produced, form: str) -> None:
        for element in (made.atom if form == "atom" else made.rss).iter():
            bare = {"link", "category", "thumbnail", "enclosure", "complete"}
            text = "".join(element.itertext())
            assert text.strip() or etree.QName(element).localname in bare, element.tag
            assert len(element) or text == text.strip(), "unexpected white space"

    def test_contains_html_in_no_title(self, made: Produced) -> None:
        for title in (item["title"] for item in made.json["items"]):
            if title not in {seed.title for seed in HOSTILE.values()}:
                assert not MARKUP.search(title)

    def test_security_risk_in_no_html(self, made: Produced) -> None:
        for text in html_of(made):
            for element in html.fragment_fromstring(text, create_parent="div").iter():
                assert SAFE_ELEMENTS.fullmatch(str(element.tag)), element.tag
                names = {str(name) for name in element.attrib}
                assert not any(name.startswith("on") or name == "style" for name in names)

    def test_contains_rel_ref_in_no_html(self, made: Produced) -> None:
        for text in html_of(made):
            for _, _, url, _ in html.fragment_fromstring(text, create_parent="div").iterlinks():
                assert is_absolute(url) or url.startswith("mailto:"), url

    def test_is_the_same_bytes_when_rendered_again(self, made: Produced) -> None:
        for form in FORMATS:
            made.site.feed_file(form).unlink()
        made.site.command("feeds")
        again = {form: made.site.feed_file(form).read_bytes() for form in FORMATS}
        assert again == made.data


class TestAtom:
    def test_is_valid_by_rfc_4287(self, made: Produced) -> None:
        assert_valid_atom(made.data["atom"])

    def test_duplicate_entries_there_are_none(self, made: Produced) -> None:
        ids = [entry.findtext(f"{ATOM}id") for entry in made.entries]
        assert len(set(ids)) == len(ids)

    def test_invalid_full_link_no_id_is(self, made: Produced) -> None:
        for element in made.atom.iter(f"{ATOM}id"):
            assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", element.text)

    def test_duplicate_atom_link_no_alternate_is(self, made: Produced) -> None:
        for entry in made.entries:
            alternates = links(entry, "alternate")
            assert len(alternates) == (entry.findtext(f"{ATOM}title") not in WITHOUT_LINK)
            assert all(is_absolute(alternate["href"]) for alternate in alternates)

    def test_missing_author_no_entry_is(self, made: Produced) -> None:
        assert made.atom.findtext(f"{ATOM}author/{ATOM}name")
        for author in made.atom.iter(f"{ATOM}author"):
            assert author.findtext(f"{ATOM}name")
            uri = author.findtext(f"{ATOM}uri")
            assert uri is None or is_absolute(uri), uri

    def test_invalid_full_link_no_url_is(self, made: Produced) -> None:
        for link in made.atom.iter(f"{ATOM}link"):
            assert is_absolute(link.get("href")), link.get("href")
        for thumbnail in made.atom.iter(f"{MEDIA}thumbnail"):
            assert is_absolute(thumbnail.get("url"))

    def test_invalid_rfc_3339_date_none_is(self, made: Produced) -> None:
        for date in made.atom.iter(f"{ATOM}updated", f"{ATOM}published"):
            assert RFC_3339.fullmatch(date.text), date.text

    def test_future_updated_there_is_none_and_the_feed_has_the_latest(self, made: Produced) -> None:
        times = [datetime.fromisoformat(e.findtext(f"{ATOM}updated")) for e in made.entries]
        assert datetime.fromisoformat(made.atom.findtext(f"{ATOM}updated")) == max(times)
        assert max(times) <= datetime.now(UTC) + timedelta(seconds=1)

    def test_contains_undeclared_html_no_text_is(self, made: Produced) -> None:
        for element in made.atom.iter(f"{ATOM}title", f"{ATOM}summary", f"{ATOM}subtitle"):
            assert element.get("type", "text") == "text"
        assert {e.get("type") for e in made.atom.iter(f"{ATOM}content")} <= {"html"}

    def test_missing_self_link_it_is_not_and_self_matches_location(self, made: Produced) -> None:
        expected = {"href": made.site.url("atom"), "type": "application/atom+xml"}
        assert links(made.atom, "self") == [expected]

    def test_invalid_mime_type_no_type_is(self, made: Produced) -> None:
        for link in made.atom.iter(f"{ATOM}link"):
            assert MEDIA_TYPE.fullmatch(link.get("type", "a/b"))

    def test_attr_not_blank_enclosures_have_type_and_length(self, made: Produced) -> None:
        for entry in made.entries:
            for enclosure in links(entry, "enclosure"):
                assert MEDIA_TYPE.fullmatch(enclosure["type"])
                assert enclosure["length"].isdecimal()

    def test_missing_term_no_category_is_and_schemes_are_absolute(self, made: Produced) -> None:
        for category in made.atom.iter(f"{ATOM}category"):
            assert category.get("term").strip()
            assert category.get("label").strip()
            assert category.get("scheme").startswith("urn:seedwatch:")

    def test_missing_summary_no_entry_without_content_is(self, made: Produced) -> None:
        # RFC 4287 §4.1.1.1: an entry with neither is allowed if it has an alternate.
        for entry in made.entries:
            has_text = any(entry.find(f"{ATOM}{n}") is not None for n in ("summary", "content"))
            assert has_text or links(entry, "alternate")

    def test_undefined_element_there_is_none(self, made: Produced) -> None:
        names = {etree.QName(child).localname for entry in made.entries for child in entry}
        known = {"id", "title", "updated", "published", "author", "content", "link", "summary"}
        assert names <= known | {"category", "thumbnail"}


class TestRss:
    def test_invalid_rss_version_it_is_not(self, made: Produced) -> None:
        assert (made.rss.tag, made.rss.get("version"), len(made.rss)) == ("rss", "2.0", 1)

    def test_missing_channel_element_none_is(self, made: Produced) -> None:
        channel = made.rss.find("channel")
        assert channel.findtext("title") == "All articles"
        assert is_absolute(channel.findtext("link"))
        assert channel.findtext("description")

    def test_duplicate_element_there_is_none(self, made: Produced) -> None:
        for element in [made.rss.find("channel"), *made.items]:
            names = [child.tag for child in element if child.tag not in {"item", "category"}]
            assert len(set(names)) == len(names), names

    def test_undefined_element_there_is_none(self, made: Produced) -> None:
        known = {"title", "link", "description", "guid", "category", "enclosure", "pubDate"}
        known |= {f"{CONTENT}encoded", CREATOR, f"{MEDIA}thumbnail", f"{ATOM}updated"}
        assert {child.tag for item in made.items for child in item} <= known

    def test_missing_title_and_link_no_item_is(self, made: Produced) -> None:
        for item in made.items:
            assert item.findtext("title")
            has_link = item.findtext("title") not in WITHOUT_LINK
            assert is_absolute(item.findtext("link")) if has_link else item.find("link") is None

    def test_invalid_permalink_no_guid_is(self, made: Produced) -> None:
        guids = [item.find("guid") for item in made.items]
        assert {guid.get("isPermaLink") for guid in guids} <= {"false"}
        assert len({guid.text for guid in guids}) == len(guids)

    def test_invalid_rfc_2822_date_none_is(self, made: Produced) -> None:
        assert made.rss.findtext("channel/lastBuildDate")
        for date in made.rss.iter("pubDate", "lastBuildDate"):
            assert RFC_822.fullmatch(date.text), date.text
            assert parsedate_to_datetime(date.text).strftime("%a") == date.text[:3]

    def test_invalid_contact_there_is_none(self, made: Produced) -> None:
        # author needs an e-mail address, which nobody gave us: dc:creator does not
        assert not list(made.rss.iter("author", "managingEditor", "webMaster"))
        assert all(creator.text for creator in made.rss.iter(CREATOR))

    def test_missing_atom_self_link_it_is_not(self, made: Produced) -> None:
        (link,) = made.rss.findall(f"channel/{ATOM}link")
        expected = {"href": made.site.url("rss"), "rel": "self", "type": "application/rss+xml"}
        assert dict(link.attrib) == expected

    def test_missing_attribute_no_enclosures_is(self, made: Produced) -> None:
        for item in made.items:
            enclosures = item.findall("enclosure")
            assert len(enclosures) <= 1
            for enclosure in enclosures:
                assert is_absolute(enclosure.get("url"))
                assert enclosure.get("length").isdecimal()
                assert MEDIA_TYPE.fullmatch(enclosure.get("type"))

    def test_not_html_no_description_is_raw_markup(self, made: Produced) -> None:
        for description in made.rss.iter("description"):
            assert len(description) == 0


class TestJson:
    def test_is_valid_by_json_feed_1_1(self, made: Produced) -> None:
        jsonschema.validate(made.json, JSON_FEED_SCHEMA)

    def test_ids_are_unique(self, made: Produced) -> None:
        ids = [item["id"] for item in made.json["items"]]
        assert len(set(ids)) == len(ids)

    def test_it_says_where_it_is(self, made: Produced) -> None:
        assert made.json["feed_url"] == made.site.url("json")
        assert made.json["home_page_url"] == f"{made.site.base}/"

    def test_urls_are_absolute(self, made: Produced) -> None:
        for item in made.json["items"]:
            urls = [item[name] for name in ("url", "external_url", "image") if name in item]
            urls += [author["url"] for author in item.get("authors", ()) if "url" in author]
            assert all(map(is_absolute, urls)), urls

    def test_dates_are_rfc_3339(self, made: Produced) -> None:
        for item in made.json["items"]:
            for name in ("date_published", "date_modified"):
                assert RFC_3339.fullmatch(item.get(name, "2000-01-01T00:00:00Z"))

    def test_the_article_object_keeps_its_published_schema(self, made: Produced) -> None:
        published = jsonschema.Draft202012Validator(article_schema())
        for item in made.json["items"]:
            published.validate(item["_seedwatch"])


class TestHostile:
    def item(self, hostile: Produced, name: str) -> Any:
        title = HOSTILE[name].title
        (found,) = [item for item in hostile.json["items"] if item["title"] == title]
        return found

    def test_nothing_of_a_script_is_left(self, hostile: Produced) -> None:
        assert self.item(hostile, "script")["summary"] == "Said loudly"
        for data in hostile.data.values():
            for mark in (b"alert(1)", b"alert(2)", b"alert(3)", b"alert(4)", b"onclick"):
                assert mark not in data
        for text in html_of(hostile):  # a link that Markdown would not make stays what was written
            assert not re.search(r"<[^>]*javascript:", text)

    @pytest.mark.parametrize("secret", [b"CIPHERTEXT", b"secured"])
    def test_no_ciphertext_is_in_any(self, hostile: Produced, secret: bytes) -> None:
        assert all(secret not in data for data in hostile.data.values())

    @pytest.mark.parametrize(
        ("title", "at"),
        [
            ("Article 22", "1969-07-20T20:17:40Z"),
            ("Article 24", "2024-03-01T07:30:00.123456Z"),
            ("Article 25", None),
        ],
    )
    def test_dates_are_kept(self, hostile: Produced, title: str, at: str | None) -> None:
        (item,) = [item for item in hostile.json["items"] if item["title"] == title]
        assert item.get("date_published") == at

    def test_a_date_in_the_future_is_shown_as_that_of_first_sight(self, hostile: Produced) -> None:
        (item,) = [item for item in hostile.json["items"] if item["title"] == "Article 23"]
        assert item["date_published"] == item["_seedwatch"]["first_seen_at"]
        assert item["_seedwatch"]["published_at"] == "2099-12-31T23:59:59Z"

    def test_only_the_first_of_many_images_is_shown(self, hostile: Produced) -> None:
        (item,) = [item for item in hostile.json["items"] if item["title"] == "Article 18"]
        assert item["image"] == "https://example.org/1.png"
        assert item["content_html"].count("<img") == 1
        assert len(item["_seedwatch"]["images"]) == 50

    @pytest.mark.parametrize("title", ["Article 16", "Article 17", "Article 19", "Article 20"])
    def test_without_an_image_that_can_be_had_there_is_none(
        self, hostile: Produced, title: str
    ) -> None:
        (item,) = [item for item in hostile.json["items"] if item["title"] == title]
        assert "image" not in item
        assert b"data:image" not in hostile.data["json"]

    @pytest.mark.parametrize("name", ["right to left", "emoji", "10,000 wide characters"])
    def test_every_letter_is_kept(self, hostile: Produced, name: str) -> None:
        assert self.item(hostile, name)["title"] == HOSTILE[name].title

    def test_what_cannot_be_used_is_in_quarantine_and_costs_nothing_else(
        self, hostile: Produced
    ) -> None:
        bad = {Path(line["path"]).stem for line in hostile.site.json_lines("quarantine")}
        assert bad == {name for name, seed in HOSTILE.items() if seed.title is None}

    def test_a_domain_that_is_none_makes_no_url(self, tmp_path: Path) -> None:
        site = ServedSite(tmp_path / "site")
        write_seed(site.seeds, 1, provider={"name": "A", "domain": "a b<c>"})
        site.command("scan")
        (item,) = json.loads(site.feed_file("json").read_bytes())["items"]
        assert all(is_absolute(author["url"]) for author in item["authors"] if "url" in author)
