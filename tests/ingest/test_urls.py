# ruff: noqa: RUF001 - typography is what these tests are about
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from watcher.ingest.urls import (
    MAX_URL_BYTES,
    addresses_of,
    canonical_url,
    id_form,
    loose_form,
    url_value,
)
from watcher.ingest.values import BadValue
from watcher.model.seed import Content

_ALL_TRACKING_NAMES = (  # written out here: one that is dropped from the program must be missed
    "dclid fbclid gad_source gbraid gclid gclsrc igsh igshid mc_cid mc_eid mkt_tok msclkid "
    "oly_anon_id oly_enc_id srsltid ttclid twclid vero_id wbraid wickedid yclid ysclid _ga _gl "
    "_hsenc _hsmi _openstat af cmp CMP cmpid icid ito mbid ncid ocid smid sr_share taid xtor "
    "guccounter guce_referrer guce_referrer_sig ref_src ref_url _bhlid __twitter_impression "
    "mtm_source ns_mchannel pk_campaign"
)


def is_taken(value: object) -> bool:
    try:
        return url_value(value) is not None
    except BadValue:
        return False


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a?b=c&d=e%20f#g",
        "http://example.org",
        "HTTPS://EXAMPLE.ORG/A",
        "http://localhost:8080/x",
        "http://127.0.0.1/",
        "http://[::1]:8080/x",
        "https://user:password@example.org/",
        "https://bücher.example/ü?ö=ä",
        "https://under_score.example.org/",
        "https://example.org:/x",
        "https://example.org?x=[1]",
        "https://cdn.example.org/c/s/example.org/a.html?url=https%3A%2F%2Fx%2Fy&z=(1),2;3!'*",
    ],
)
def test_a_url_is_taken_as_it_is(url: str) -> None:
    assert url_value(f" {url}\n") == url


@pytest.mark.parametrize(
    "value",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org/",
        "mailto:a@example.org",
        "/relative",
        "//example.org/x",
        "example.org/x",
        "https:/example.org",
        "https:example.org",
        "https://",
        "https:///path",
        "https://?x",
        "https://#x",
        "https://:80/",
        "https://.",
        "https://user@/",
        "https://a b/",
        "https://exa\u3000mple/",
        "https://a@b@c/",
        "https://example.org\\@evil.example/",
        "https:\\\\example.org",
        "https://example.org:99999/",
        "https://example.org:1x/",
        "https://[::1/",
        "https://[1]/",
        "https://exam\nple.org/",
        "https://example.org/\x00",
        "https://example.org/\ud800",
        "https://a\u2100b.org/",  # a/cb.org to IDNA
        "https://a\uff0fb.org/",
        "https://<b>.org/",
        f"https://example.org/{'x' * MAX_URL_BYTES}",
        f"https://example.org/{'ü' * (MAX_URL_BYTES // 2)}",
        42,
        True,
        ["https://example.org/"],
        b"https://example.org/",
    ],
)
def test_what_is_no_absolute_web_url_is_not_taken(value: object) -> None:
    with pytest.raises(BadValue, match=r"^is .*: (write|use)"):
        url_value(value)


@pytest.mark.parametrize("value", ["", " \n"])
def test_an_empty_url_is_absent(value: str) -> None:
    assert url_value(value) is None


def test_a_url_of_the_greatest_length_is_taken() -> None:
    assert is_taken("https://example.org/" + "x" * (MAX_URL_BYTES - 20))


def test_spaces_and_brackets_are_percent_encoded() -> None:
    assert url_value('https://example.org/a b?"<>{}|^`\\\u3000z') == (
        "https://example.org/a%20b?%22%3C%3E%7B%7D%7C%5E%60%5C%E3%80%80z"
    )


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://Example.ORG", "https://example.org/"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:80/a", "http://example.org/a"),
        ("http://example.org:443/a", "http://example.org:443/a"),
        ("https://example.org:08443/a", "https://example.org:8443/a"),
        ("https://example.org:/a", "https://example.org/a"),
        ("https://example.org/A/b/?X=Y#frag", "https://example.org/A/b/?X=Y"),
        ("https://example.org/a/", "https://example.org/a/"),
        ("https://example.org?", "https://example.org/"),
        ("https://example.org/a?b=2&a=1&b=1", "https://example.org/a?b=2&a=1&b=1"),
        ("https://example.org/a?utm_source=x", "https://example.org/a"),
        ("https://example.org/a?UTM_X=x&b=1&fbclid=y&gclid&c", "https://example.org/a?b=1&c"),
        ("https://example.org/a?igshid=1&mc_cid=2&mc_eid=3&_hsenc=4", "https://example.org/a"),
        ("https://example.org/a?dclid=&msclkid=&yclid=&gclsrc=", "https://example.org/a"),
        ("https://example.org/a?wbraid=1&gbraid=2&_hsmi=3", "https://example.org/a"),
        ("https://example.org/a?utm=1&myutm_x=2", "https://example.org/a?utm=1&myutm_x=2"),
        ("https://example.org/a?amp", "https://example.org/a?amp"),
        ("https://User:Pw@Example.org/", "https://User:Pw@example.org/"),
        ("https://[FE80::1]:443/", "https://[fe80::1]/"),
        ("https://Bücher.example/ü", "https://xn--bcher-kva.example/ü"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://faß.de/", "https://xn--fa-hia.de/"),
        ("https://ＥＸＡＭＰＬＥ．ｏｒｇ/", "https://example.org/"),
        ("https://例え。テスト/", "https://xn--r8jz45g.xn--zckzah/"),
    ],
)
def test_ids_are_made_from_the_form_that_0_1_compared(url: str, canonical: str) -> None:
    assert url_value(url) == url
    assert id_form(url) == canonical


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://Example.ORG", "https://example.org/"),
        ("http://example.org:80/a", "https://example.org/a"),
        ("http://example.org:443/a", "https://example.org/a"),
        ("https://example.org:8443/A/b/?X=Y#frag", "https://example.org:8443/A/b/?X=Y"),
        ("https://example.org/%7euser/%c3%bc%2f", "https://example.org/~user/%C3%BC%2F"),
        ("https://example.org/a?at_medium=RSS&at_campaign=K&id=1", "https://example.org/a?id=1"),
        ("https://example.org/a?CMP=x&cmpid=y&ncid=z&smid=a&af=b", "https://example.org/a"),
        ("https://example.org/a?UTM_X=x&fbclid=y&gclid", "https://example.org/a"),
        ("https://example.org/a?cat=1&after=2&ref=3", "https://example.org/a?cat=1&after=2&ref=3"),
    ],
)
def test_the_canonical_form_is_what_is_compared(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    ("url", "loose"),
    [
        ("https://www.example.org/a/", "https://example.org/a"),
        ("https://m.example.org//a///b", "https://example.org/a/b"),
        ("https://www.m.example.org/a?ref=x&b=1", "https://example.org/a?b=1"),
        ("https://example.org/a?REF=x", "https://example.org/a"),
        ("https://www.org/a", "https://www.org/a"),
        ("https://m.co/a", "https://m.co/a"),
        ("https://wwwx.example.org/a?href=1", "https://wwwx.example.org/a?href=1"),
    ],
)
def test_the_loose_form_lacks_what_makes_no_other_page(url: str, loose: str) -> None:
    assert loose_form(url) == loose


def test_a_url_without_a_path_is_no_articles_address() -> None:
    found = addresses_of(
        Content(title="x", url="https://example.org/a", original_url="https://example.org/")
    )
    assert found.urls == ("https://example.org/a",)
    assert found.id_url == "https://example.org/a"
    assert addresses_of(Content(title="x", url="http://example.org")).id_url is None


def test_an_amp_address_is_one_apart_unless_there_is_no_other() -> None:
    content = Content(
        title="x", url="http://www.example.org/a", amp_url="https://amp.example.org/a?utm_x=1"
    )
    found = addresses_of(content)
    assert found.urls == ("https://www.example.org/a",)
    assert found.loose_urls == ("https://example.org/a",)
    assert found.amp_urls == ("https://amp.example.org/a",)
    assert found.id_url == "http://www.example.org/a"


def test_amp_addresses_stand_for_the_page_where_there_are_no_others() -> None:
    content = Content(title="x", amp_url="http://amp.example.org/a", cdn_amp_url="https://c.org/b")
    found = addresses_of(content)
    assert found.urls == ("https://amp.example.org/a", "https://c.org/b")
    assert (found.amp_urls, found.id_url) == ((), "http://amp.example.org/a")


@pytest.mark.parametrize("name", ["UTM_x", "at_x", *_ALL_TRACKING_NAMES.split()])
def test_each_tracking_parameter_makes_no_other_page(name: str) -> None:
    assert canonical_url(f"https://example.org/a?{name}=1&id=2") == "https://example.org/a?id=2"


def test_only_a_valid_url_has_a_canonical_form() -> None:
    with pytest.raises(ValueError, match="not a valid"):
        canonical_url("example.org")


HOSTS = st.text("aB1.-ü℡İßẞ。．Ⅷ\u200dñ[]:@%", min_size=1, max_size=12)
TAILS = st.text("/?&=#;:@%ab utm_source=fbclid=ü\\", max_size=30)
URLS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["http://", "HTTPS://", "https://u:p@"]),
    HOSTS,
    st.sampled_from(["", ":80", ":443", ":0", ":65535"]),
    TAILS,
)
MOST_ARE_NO_URLS = settings(
    deadline=None, max_examples=500, suppress_health_check=[HealthCheck.filter_too_much]
)


@MOST_ARE_NO_URLS
@given(st.one_of(URLS, st.text().map("https://{}".format)))
@example("https://a?&&")
@example("https://a?utm_x&")
def test_every_valid_url_has_one_settled_canonical_form(text: str) -> None:
    assume(is_taken(text))
    url = url_value(text)
    assert url is not None
    assert url_value(url) == url
    canonical = canonical_url(url)
    assert canonical_url(canonical) == canonical
    assert canonical.partition("://")[2].partition("/")[0].isascii() or "@" in canonical
    assert canonical.startswith("https://")
    assert loose_form(loose_form(canonical)) == loose_form(canonical)
    assert id_form(id_form(url)) == id_form(url)
    canonical.encode()


@MOST_ARE_NO_URLS
@given(st.one_of(URLS, st.from_regex(r"https?://[a-z0-9.-]{1,9}/[!-~]{0,9}", fullmatch=True)))
def test_what_is_canonical_already_is_found_so_the_long_way(text: str) -> None:
    """With a fragment, which goes, there is no short one."""
    assume(is_taken(text) and "#" not in text)
    url = url_value(text)
    assert url is not None
    assert canonical_url(url) == canonical_url(f"{url}#fragment")
