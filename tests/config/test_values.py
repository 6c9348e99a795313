import base64
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from watcher.config.values import (
    FeedPath,
    HeaderValues,
    Listen,
    Rate,
    Section,
    SigningSecrets,
    Url,
    Words,
    Zone,
    keys_of,
    split_listen,
)


def read(kind: Any, value: object) -> Any:
    return TypeAdapter(Annotated[kind, None]).validate_python(value)


def refused(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        read(kind, value)
    return str(caught.value.errors(include_input=False)[0]["msg"])


@pytest.mark.parametrize(
    ("text", "rate"),
    [("1/s", 1.0), ("30/m", 0.5), ("36/h", 0.01), ("2.5 / s", 2.5), ("5", 5.0), (5, 5.0)],
)
def test_rates(text: object, rate: float) -> None:
    assert read(Rate, text) == rate


@pytest.mark.parametrize(
    "text",
    ["0/s", "-1/s", "1/d", "1/", "/s", "", "fast", "nan/s", "inf/s", "1e9/s", 10**9, True, None],
)
def test_what_is_no_rate(text: object) -> None:
    assert "is not a rate: write it like 1/s, 30/m or 100/h" in refused(Rate, text)


def test_zones() -> None:
    assert str(read(Zone, "Europe/Berlin")) == "Europe/Berlin"


@pytest.mark.parametrize(
    "name", ["", "Nowhere", "../../etc/passwd", "/etc/localtime", "Europe", "a\0b"]
)
def test_what_is_no_zone(name: str) -> None:
    assert "is not a time zone: write a name like Europe/Berlin or UTC" in refused(Zone, name)


def test_a_misspelt_zone_gets_a_suggestion() -> None:
    assert 'did you mean "Europe/Berlin"?' in refused(Zone, "europe/berln")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "http://127.0.0.1:8765/a?b=c",
        "https://u:p@[::1]:8/x",
        "http://x/{slug}",
    ],
)
def test_urls(url: str) -> None:
    assert read(Url, url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "/path",
        "ftp://example.org",
        "https://",
        "https:///path",
        "http://a b/",
        "http://x:99999/",
        "http://x:y/",
        "http://[::1",
        "http://x/\n",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_absolute_web_url_is_not_repeated(url: str) -> None:
    said = "Value error, is not an absolute http or https URL, like https://example.org/path"
    assert refused(Url, url) == said


def whsec(length: int) -> str:
    return "whsec_" + base64.b64encode(bytes(length)).decode()


@pytest.mark.parametrize(
    "secret", [whsec(24), whsec(64), whsec(32).removeprefix("whsec_"), whsec(32).rstrip("=")]
)
def test_signing_secrets(secret: str) -> None:
    assert read(SigningSecrets, secret) == (SecretStr(secret),)
    assert read(SigningSecrets, [secret, whsec(30)]) == (SecretStr(secret), SecretStr(whsec(30)))


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        whsec(23),
        whsec(65),
        "whsec_hunter2!" * 3,
        "hunter2 is my password, keep",
        "WHSEC_" + "A" * 40,
        "whsec_" + "-_" * 20,
        "é" * 40,
    ],
)
def test_what_is_no_signing_secret_is_not_repeated(secret: str) -> None:
    said = refused(SigningSecrets, secret)
    assert said.startswith("Value error, is not a webhook secret: write whsec_ and the base64 of")
    assert len(secret) < 10 or secret not in said


def test_headers() -> None:
    headers = {"Authorization": "Bearer abc=", "X-Empty": "", "x-latin": "café"}
    assert {k: v.get_secret_value() for k, v in read(HeaderValues, headers).items()} == headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization: hunter2": "x"},
        {"": "hunter2"},
        {"X": "hunter2\r\nY: z"},
        {"X": " hunter2"},
        {"X": "hunter2 "},
        {"X": "hunter2€"},
    ],
)
def test_headers_that_cannot_be_sent_are_not_repeated(headers: dict[str, str]) -> None:
    said = refused(HeaderValues, headers)
    assert "HTTP does not allow" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("off", None),
        ("127.0.0.1:8765", ("127.0.0.1", 8765)),
        ("localhost:0", ("localhost", 0)),
        ("[::1]:65535", ("::1", 65535)),
        ("0.0.0.0:80", ("0.0.0.0", 80)),
    ],
)
def test_addresses_to_listen_on(text: str, address: tuple[str, int] | None) -> None:
    assert read(Listen, text) == text
    assert split_listen(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8765",
        ":8765",
        "localhost",
        "::1:80",
        "[]:80",
        "http://localhost:80",
        "a b:80",
        "[x]:80",
        "[::1:80",
        "Off",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert "is not an address to listen on: write host:port like" in refused(Listen, text)


@pytest.mark.parametrize(
    "text",
    [
        "localhost:",
        "localhost:65536",
        "localhost:-1",
        "localhost:http",
        "h:8\N{ARABIC-INDIC DIGIT ZERO}",
        "h:000000",
    ],
)
def test_what_is_no_port(text: str) -> None:
    assert "its port must be 0 to 65535" in refused(Listen, text)


@pytest.mark.parametrize("name", ["a.atom", "a.rss", "a.json", "topics/{slug}.atom"])
def test_feed_paths(name: str) -> None:
    assert read(FeedPath, f"/feeds/{name}") == Path("/feeds", name)


@pytest.mark.parametrize("name", ["a.xml", "a", ".atom", "a.ATOM", "a.atom.gz"])
def test_a_feed_needs_a_suffix_that_says_its_format(name: str) -> None:
    assert "its suffix says its format: .atom, .rss or .json" in refused(FeedPath, f"/feeds/{name}")


def test_a_feed_path_knows_one_placeholder() -> None:
    assert '"{topic}" is not known here: the only placeholder is {slug}' in refused(
        FeedPath, "/feeds/{slug}/{topic}.atom"
    )


def test_words_may_be_one_and_are_trimmed() -> None:
    assert read(Words, " AI ") == ("AI",)
    assert read(Words, ["AI", "b c"]) == ("AI", "b c")
    assert "must not be empty" in refused(Words, ["AI", " "])


class Sample(Section):
    a: int = 1
    b: str | None = None


def test_an_empty_key_is_absent() -> None:
    assert Sample.model_validate({"a": None, "b": None}) == Sample()


def test_an_empty_key_that_is_unknown_is_still_an_error() -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate({"c": None})


def test_keys_of_a_section_are_those_of_the_file() -> None:
    assert keys_of(Sample) == ("a", "b")
