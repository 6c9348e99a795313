"""URLs: which are taken, and when two are the same. What is shown is what the seed says."""

import re
from unicodedata import normalize
from urllib.parse import quote

from watcher.ingest.values import BadValue

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


def canonical_url(url: str) -> str:
    """The form of a valid URL under which it is compared, and never shown.

    Lower-case scheme and ASCII host, no default port, no fragment, no tracking parameters; the
    scheme and the other parameters stay as they are. Raises ValueError if ``url`` is not valid.
    """
    if _CANONICAL_URL.fullmatch(url):
        return url
    form = _URL.fullmatch(url)
    if form is None:
        raise ValueError("not a valid http(s) URL")
    scheme = form["scheme"].lower()
    user = f"{form['user']}@" if form["user"] else ""
    port = int(form["port"] or 0)
    authority = user + _ascii_host(form["host"])
    if port and port != _DEFAULT_PORTS[scheme]:
        authority += f":{port}"
    query = _telling_query(form["query"] or "")
    return f"{scheme}://{authority}{form['path'] or '/'}{query}"


def _telling_query(query: str) -> str:
    """The query, ``?`` included, without what only says how a reader came here."""
    if not query:
        return ""
    kept = [part for part in query.split("&") if part and not _is_tracking(part)]
    return "?" + "&".join(kept) if kept else ""


def _is_tracking(part: str) -> bool:
    name = part.partition("=")[0].lower()
    return name.startswith("utm_") or name in _TRACKING


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
