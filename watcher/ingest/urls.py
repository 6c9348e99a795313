"""URLs: which are taken, and when two are the same. What is shown is what the seed says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import quote

from watcher.ingest.values import BadValue
from watcher.model.seed import Content

# More than any article needs, and little enough for browsers, Slack and a database's index.
MAX_URL_BYTES = 2_048

# RFC 3986 appendix B for http and https with a host. No backslash in front of the path: servers
# and browsers differ over which host that names.
_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?:(?P<user>[^/?#@\\]*)@)?"
    r"(?P<host>\[[0-9A-F:.]+\]|[^][/?#@:\\]+)"
    r"(?::(?P<port>[0-9]{0,5}))?"
    r"(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?:#.*)?",
    re.IGNORECASE,
)
# What nearly all URLs are: nothing to look at twice.
PLAIN_URL = re.compile(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?:[/?#][!#-;=?-\[\]_a-z~]*)?"
)
# Which of them are canonical already: no upper case in front of the path, no port, no query.
_CANONICAL_URL = re.compile(r"https?://[a-z0-9.-]+/[^?#]*")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_TO_BE_ENCODED = re.compile(r"[\s<>\"\\^`{|}]")
_NOT_IN_HOST = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\]\[/?#@:\\<>\"^`{|}%]")
_IDEOGRAPHIC_DOTS = str.maketrans("\u3002\uff61", "..")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LARGEST_PORT = 65_535

_TRACKING_NAMES = (
    "dclid fbclid gad_source gbraid gclid gclsrc igsh igshid mc_cid mc_eid mkt_tok msclkid "
    "oly_anon_id oly_enc_id srsltid ttclid twclid vero_id wbraid wickedid yclid ysclid "
    "_ga _gl _hsenc _hsmi _openstat"
)
_TRACKING = frozenset(_TRACKING_NAMES.split())
# Those that Seedwatch 0.1 did not know: ids are still made from URLs that hold them.
_LATER_TRACKING_NAMES = (
    "af cmp cmpid icid ito mbid ncid ocid smid sr_share taid xtor guccounter guce_referrer "
    "guce_referrer_sig ref_src ref_url _bhlid __twitter_impression"
)
_TRACKING_NOW = _TRACKING | frozenset(_LATER_TRACKING_NAMES.split())
_TRACKING_PREFIXES = ("utm_", "at_", "mtm_", "ns_", "pk_")

_ESCAPED = re.compile("%([0-9A-Fa-f]{2})")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAME_HOST = re.compile(r"(?:www\.|m\.)+(?=[^.]+\.[^.])")  # of what stays, two labels at least
_SLASHES = re.compile("/{2,}")


def url_value(value: object) -> str | None:
    """An absolute http(s) URL as the seed says it, spaces and the like percent-encoded.

    None for an empty one; raises BadValue for anything else.
    """
    if not isinstance(value, str):
        raise BadValue("is not a URL: write it as text, like https://example.org/page")
    url = value.strip()
    if not url:
        return None
    if len(url) > MAX_URL_BYTES:
        raise _too_long()
    if PLAIN_URL.fullmatch(url):
        return url
    if not _is_web_url(url):
        raise BadValue("is not an absolute http(s) URL: write it like https://example.org/page")
    url = _TO_BE_ENCODED.sub(lambda found: quote(found[0]), url)
    if len(url.encode()) > MAX_URL_BYTES:
        raise _too_long()
    return url


def _too_long() -> BadValue:
    return BadValue(f"is longer than {MAX_URL_BYTES:,} bytes: use a shorter URL")


def _is_web_url(url: str) -> bool:
    form = None if _FORBIDDEN.search(url) else _URL.fullmatch(url)
    if form is None or int(form["port"] or 0) > _LARGEST_PORT:
        return False
    host = form["host"]
    if host[0] == "[":
        return ":" in host
    host = _folded(host)
    return bool(host.strip(".")) and not _NOT_IN_HOST.search(host)


class _Parts(NamedTuple):
    """A URL in pieces: scheme and host in lower case, the host with its user and port."""

    scheme: str
    authority: str
    path: str
    query: str


def _parts(url: str) -> _Parts:
    form = _URL.fullmatch(url)
    if form is None:
        raise ValueError("not a valid http(s) URL")
    scheme = form["scheme"].lower()
    user = f"{form['user']}@" if form["user"] else ""
    port = int(form["port"] or 0)
    authority = user + _ascii_host(form["host"])
    if port and port != _DEFAULT_PORTS[scheme]:
        authority += f":{port}"
    return _Parts(scheme, authority, form["path"] or "/", form["query"] or "")


def id_form(url: str) -> str:
    """The form of a valid URL that an article's id is made from; never changed.

    It is what Seedwatch 0.1 compared URLs by: lower-case scheme and ASCII host, no default port,
    no fragment, none of the tracking parameters known then. Raises ValueError if it is not valid.
    """
    if _CANONICAL_URL.fullmatch(url):
        return url
    parts = _parts(url)
    kept = [part for part in parts.query.split("&") if part and not _is_tracking(part)]
    return f"{parts.scheme}://{parts.authority}{parts.path}{_query(kept)}"


def canonical_url(url: str) -> str:
    """The form of a valid URL by which it is compared, and never shown.

    As :func:`id_form`, but http and https are one page (written ``https``), unreserved characters
    are unescaped and others escaped, ``.`` and ``..`` are gone from the path, and more tracking
    parameters are known.
    """
    if _CANONICAL_URL.fullmatch(url) and url.isascii() and "%" not in url and "/." not in url:
        return url if url.startswith("https") else f"https{url[4:]}"
    parts = _parts(url)
    kept = [p for p in parts.query.split("&") if p and not _is_tracking_now(p)]
    authority = parts.authority.removesuffix(":80").removesuffix(":443")
    path = _without_dots(_unescaped(parts.path))
    return f"https://{authority}{_escaped(path)}{_escaped(_unescaped(_query(kept)))}"


def loose_form(canonical: str) -> str:
    """A canonical URL without what makes no other page if the text is the same.

    That is ``www.`` and ``m.``, doubled and trailing slashes, and the parameter ``ref``.
    """
    page, _, query = canonical.partition("?")
    host, slash, path = page.removeprefix("https://").partition("/")
    if "@" not in host:
        host = _SAME_HOST.sub("", host)
    path = _SLASHES.sub("/", slash + path).rstrip("/")
    kept = [p for p in query.split("&") if p and p.partition("=")[0].lower() != "ref"]
    return f"https://{host}{path}{_query(kept)}"


def _query(parts: Sequence[str]) -> str:
    return "?" + "&".join(parts) if parts else ""


def _is_tracking(part: str) -> bool:
    name = part.partition("=")[0].lower()
    return name.startswith("utm_") or name in _TRACKING


def _is_tracking_now(part: str) -> bool:
    name = part.partition("=")[0].lower()
    return name.startswith(_TRACKING_PREFIXES) or name in _TRACKING_NOW


def _unescaped(url: str) -> str:
    """The URL with unreserved characters as such, other escapes in upper case (RFC 3986 §6.2.2)."""

    def shown(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character in _UNRESERVED else found[0].upper()

    return _ESCAPED.sub(shown, url) if "%" in url else url


def _escaped(text: str) -> str:
    """``text`` with the bytes of UTF-8 for what is not ASCII, as a browser sends it."""
    return text if text.isascii() else _NOT_ASCII.sub(_as_bytes, normalize("NFC", text))


def _as_bytes(found: re.Match[str]) -> str:
    return quote(found[0], safe="")


def _without_dots(path: str) -> str:
    """A path without its ``.`` and ``..`` (RFC 3986 §5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    *folders, last = path.split("/")
    for part in folders:
        if part == "..":
            kept = kept[:-1] or [""]
        elif part != ".":
            kept.append(part)
    if last == "..":
        kept = kept[:-1] or [""]
    return "/".join([*kept, "" if last in (".", "..") else last])


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """What an article may be known by; see :class:`watcher.model.seed.Seed`."""

    urls: tuple[str, ...]
    loose_urls: tuple[str, ...]
    amp_urls: tuple[str, ...]
    id_url: str | None


def addresses_of(content: Content) -> Addresses:
    """An article's addresses. Without any, ``id_url`` is None.

    A URL without a path names a site, and no article. Where there are only AMP addresses, they
    stand for the page.
    """
    own = _pages(content.original_url, content.url)
    amp = _pages(content.amp_url, content.cdn_amp_url)
    if not own:
        own, amp = amp, []
    urls = tuple(dict.fromkeys(map(canonical_url, own)))
    amps = tuple(u for u in dict.fromkeys(map(canonical_url, amp)) if u not in urls)
    return Addresses(
        urls=urls,
        loose_urls=tuple(dict.fromkeys(map(loose_form, urls))),
        amp_urls=amps,
        id_url=id_form(own[0]) if own else None,
    )


def _pages(*urls: str | None) -> list[str]:
    return [url for url in dict.fromkeys(urls) if url and _has_path(url)]


def _has_path(url: str) -> bool:
    slash = url.find("/", len("https://"))
    if slash != -1 and url[slash + 1 : slash + 2] not in ("", "/", "?", "#"):
        return True
    parts = _parts(url)
    query = (part for part in parts.query.split("&") if part)
    return parts.path.strip("/") != "" or not all(map(_is_tracking_now, query))


def _ascii_host(host: str) -> str:
    """A host as DNS is asked for it. As IDNA 2008, and unlike the standard library, ß stays."""
    if host.isascii():
        return host.lower()
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode()
        for label in _folded(host).split(".")
    )


def _folded(host: str) -> str:
    if host.isascii():
        return host
    return normalize("NFKC", host.translate(_IDEOGRAPHIC_DOTS)).lower()
