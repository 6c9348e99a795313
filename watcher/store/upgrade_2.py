"""From schema version 1 (Seedwatch 0.1) to 2 (0.2): in plain SQL, and with rules of its own.

It adds columns and tables, and brings what 0.1 knew articles by under the rules of identity of 0.2:
an address of either scheme is one page, AMP addresses and loose forms only hint at an article. The
rules are copied from ``ingest.urls`` as they were at the release, for those may change later.
"""

import json
import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, inspect, text

from watcher.store.search import rebuild_search

_PAGE = 1000
_BYTES = {"sqlite": "BLOB", "postgresql": "BYTEA"}
_INTEGER = {"sqlite": "INTEGER", "postgresql": "BIGINT"}


def upgrade(connection: Connection) -> None:
    """Bring a store of version 1 to version 2, within the migration's transaction."""
    # Notes of a shortcut for scans that found nothing: nothing reads them any more.
    connection.execute(text("DELETE FROM meta WHERE key IN ('rest', 'known parts')"))
    _add_columns(connection)
    _add_tables(connection)
    _add_stories(connection)
    _add_subscribers(connection)
    _add_nodes(connection)
    _adopt_addresses(connection)
    rebuild_search(connection)  # derived from the articles: by the present rules


def _add_columns(connection: Connection) -> None:
    engine = connection.dialect.name
    bare = "TEXT" if engine == "sqlite" else 'TEXT COLLATE "C"'
    for column in (
        "shared_url TEXT", "held TEXT", f"held_id {bare}", "held_content TEXT",
        "held_since BIGINT", "due_at BIGINT",
    ):  # fmt: skip
        add_column(connection, "files", column)
    for name, column in (("files_due", "due_at"), ("files_held", "held_since")):
        connection.execute(
            text(
                f"CREATE INDEX IF NOT EXISTS {name} ON files ({column}) WHERE {column} IS NOT NULL"
            )
        )
    add_column(connection, "files", "is_member BOOLEAN NOT NULL DEFAULT FALSE")
    connection.execute(
        text("CREATE INDEX IF NOT EXISTS files_of_many ON files (root_id) WHERE is_member")
    )
    add_column(connection, "owed", "late_at BIGINT")
    connection.execute(
        text(
            "CREATE INDEX IF NOT EXISTS files_sharing_an_address ON files (id) "
            "WHERE shared_url IS NOT NULL"
        )
    )


def _add_tables(connection: Connection) -> None:
    engine = connection.dialect.name
    without_rowid = " WITHOUT ROWID" if engine == "sqlite" else ""
    connection.execute(
        text(
            f"CREATE TABLE IF NOT EXISTS similar_urls (key {_BYTES[engine]} NOT NULL, "
            f"article_id {_INTEGER[engine]} NOT NULL REFERENCES articles (id), "
            f"url TEXT NOT NULL, PRIMARY KEY (key, article_id)){without_rowid}"
        )
    )
    connection.execute(
        text("CREATE INDEX IF NOT EXISTS similar_urls_by_article ON similar_urls (article_id)")
    )
    connection.execute(
        text(
            "CREATE TABLE IF NOT EXISTS mutes (what TEXT NOT NULL PRIMARY KEY, "
            "since BIGINT NOT NULL, until BIGINT NOT NULL)"
        )
    )


def _add_stories(connection: Connection) -> None:
    """Which story each article is in, and what was withheld; articles of 0.1 are in none."""
    engine = connection.dialect.name
    number = _INTEGER[engine]
    bare, rows = ("TEXT", " WITHOUT ROWID") if engine == "sqlite" else ('TEXT COLLATE "C"', "")
    for statement in (
        f"""CREATE TABLE IF NOT EXISTS story_places (
        article_id {number} NOT NULL REFERENCES articles (id),
        story {bare} NOT NULL, outlet {bare} NOT NULL, at BIGINT NOT NULL,
        started_at BIGINT NOT NULL, norm BIGINT NOT NULL, reprint_of {bare}, reason TEXT,
        PRIMARY KEY (article_id))""",
        "CREATE INDEX IF NOT EXISTS story_places_by_story ON story_places (story)",
        "CREATE INDEX IF NOT EXISTS story_places_by_time ON story_places (at)",
        f"""CREATE TABLE IF NOT EXISTS withheld (
        sequence {number} NOT NULL REFERENCES changes (sequence),
        endpoint_id {number} NOT NULL REFERENCES endpoints (id), reason TEXT NOT NULL,
        PRIMARY KEY (sequence, endpoint_id)){rows}""",
    ):
        connection.execute(text(statement))


def _add_subscribers(connection: Connection) -> None:
    bare = "TEXT" if connection.dialect.name == "sqlite" else 'TEXT COLLATE "C"'
    connection.execute(
        text(
            f"CREATE TABLE IF NOT EXISTS subscribers (topic {bare} NOT NULL, "
            f"callback {bare} NOT NULL, secret TEXT, since BIGINT NOT NULL, "
            "expires_at BIGINT NOT NULL, sent TEXT, next_attempt_at BIGINT, "
            "failures INTEGER NOT NULL, last_error TEXT, PRIMARY KEY (topic, callback))"
        )
    )


def _add_nodes(connection: Connection) -> None:
    connection.execute(
        text(
            "CREATE TABLE IF NOT EXISTS partitions (partition INTEGER NOT NULL, "
            "epoch BIGINT NOT NULL, PRIMARY KEY (partition))"
        )
    )
    connection.execute(
        text(
            "CREATE TABLE IF NOT EXISTS nodes (id TEXT NOT NULL, name TEXT NOT NULL, "
            "host TEXT NOT NULL, pid BIGINT NOT NULL, version TEXT NOT NULL, "
            "config TEXT NOT NULL, roots TEXT NOT NULL, endpoints TEXT NOT NULL, "
            "partitions TEXT NOT NULL, started_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, "
            "PRIMARY KEY (id))"
        )
    )


def add_column(connection: Connection, table: str, column: str) -> None:
    """Add a column, given as in ``CREATE TABLE``, unless the table has it."""
    name = column.split(maxsplit=1)[0]
    if name not in {each["name"] for each in inspect(connection).get_columns(table)}:
        connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {column}"))


# ---------------------------------------------------------------- addresses


def _adopt_addresses(connection: Connection) -> None:
    """Write each alias as 0.2 looks for it. Old ones stay: what they name, they go on naming."""
    for page in _pages(connection):
        amp = _amp_addresses(connection, sorted({row.article_id for row in page}))
        for row in page:
            new = canonical_url(row.url)
            if new in amp.get(row.article_id, ()):
                connection.execute(_DELETE_ALIAS, {"key": row.key})
                _hint(connection, new, row.article_id)
                continue
            if new != row.url:
                values = {"key": _key(new), "url": new, "article": row.article_id}
                connection.execute(_INSERT_ALIAS, values)
            loose = loose_form(new)
            if loose != new:
                _hint(connection, f"~{loose}", row.article_id)


_INSERT_ALIAS = text(
    "INSERT INTO aliases (key, url, article_id) VALUES (:key, :url, :article) "
    "ON CONFLICT DO NOTHING"
)
_DELETE_ALIAS = text("DELETE FROM aliases WHERE key = :key")
_INSERT_HINT = text(
    "INSERT INTO similar_urls (key, article_id, url) VALUES (:key, :article, :url) "
    "ON CONFLICT DO NOTHING"
)


def _hint(connection: Connection, url: str, article: int) -> None:
    connection.execute(_INSERT_HINT, {"key": _key(url), "article": article, "url": url})


def _pages(connection: Connection) -> Iterator[Sequence[Any]]:
    """All aliases by key, page by page."""
    after = b""
    statement = text(
        f"SELECT key, url, article_id FROM aliases WHERE key > :after ORDER BY key LIMIT {_PAGE}"  # noqa: S608  # a number of our own
    )
    while page := connection.execute(statement, {"after": after}).all():
        yield page
        after = bytes(page[-1].key)


def _amp_addresses(connection: Connection, articles: Sequence[int]) -> dict[int, set[str]]:
    """The AMP addresses of articles that are not their own addresses too."""
    found = {}
    marks = ", ".join(f":n{n}" for n in range(len(articles)))
    rows = connection.execute(
        text(f"SELECT id, content FROM articles WHERE id IN ({marks})"),  # noqa: S608
        {f"n{n}": article for n, article in enumerate(articles)},
    )
    for row in rows:
        content = json.loads(row.content)
        amp = {content.get(name) for name in ("amp_url", "cdn_amp_url")} - {None}
        own = {content.get(name) for name in ("url", "original_url")} - {None}
        if amp:
            found[row.id] = set(map(canonical_url, amp)) - set(map(canonical_url, own))
    return found


def _key(url: str) -> bytes:
    return blake2b(url.encode("utf-8", "surrogatepass"), digest_size=16).digest()


_URL = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?:#.*)?",
    re.IGNORECASE,
)
_TRACKING_NAMES = (
    "dclid fbclid gad_source gbraid gclid gclsrc igsh igshid mc_cid mc_eid mkt_tok msclkid "
    "oly_anon_id oly_enc_id srsltid ttclid twclid vero_id wbraid wickedid yclid ysclid "
    "_ga _gl _hsenc _hsmi _openstat "
    "af cmp cmpid icid ito mbid ncid ocid smid sr_share taid xtor guccounter guce_referrer "
    "guce_referrer_sig ref_src ref_url _bhlid __twitter_impression"
)
_TRACKING = frozenset(_TRACKING_NAMES.split())
_PREFIXES = ("utm_", "at_", "mtm_", "ns_", "pk_")
_ESCAPED = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAME_HOST = re.compile(r"(?:www\.|m\.)+(?=[^.]+\.[^.])")


def canonical_url(url: str) -> str:
    """An address of 0.1, whose host is canonical already, in the form of 0.2."""
    form = _URL.fullmatch(url)
    if form is None:
        return url
    kept = [p for p in (form["query"] or "").split("&") if p and not _is_tracking(p)]
    query = "?" + "&".join(kept) if kept else ""
    authority = form["authority"].removesuffix(":80").removesuffix(":443")
    return _ESCAPED.sub(_unescape, f"https://{authority}{form['path'] or '/'}{query}")


def loose_form(canonical: str) -> str:
    """A canonical address without what makes no other page if the text is the same."""
    form = _URL.fullmatch(canonical)
    if form is None:
        return canonical
    host = form["authority"] if "@" in form["authority"] else _SAME_HOST.sub("", form["authority"])
    path = re.sub("/{2,}", "/", form["path"] or "/").rstrip("/")
    parts = (form["query"] or "").split("&")
    kept = [p for p in parts if p and p.partition("=")[0].lower() != "ref"]
    return f"https://{host}{path}{'?' + '&'.join(kept) if kept else ''}"


def _is_tracking(part: str) -> bool:
    name = part.partition("=")[0].lower()
    return name.startswith(_PREFIXES) or name in _TRACKING


def _unescape(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character in _UNRESERVED else found[0].upper()
