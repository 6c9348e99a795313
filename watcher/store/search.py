"""The words of articles, to be searched: SQLite's FTS5 and PostgreSQL's text search, alike.

Both are given words that are split here, so that both find the same in any script: case-folded,
without diacritics; scripts that put no spaces between words (Chinese, Japanese, Korean, Thai, …)
are split into overlapping pairs of characters. The index is derived: it can be made anew from the
articles at any time.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple
from unicodedata import normalize

from sqlalchemy import Connection, select

from watcher.model.seed import Content
from watcher.store.schema import articles

_MOST_CHARACTERS = 4000
"""Of an article's text, beside its title: what is beyond is not found by."""
_MOST_WORDS = 1000
_LONGEST_WORD = 64
_LONGEST_QUERY = 500
"""In characters: FTS5 refuses hundreds of parts, and anybody may search the page."""
_PAGE = 1000

_UNSPACED = (
    "\u0e01-\u0e4e\u0e81-\u0edf\u1000-\u109d\u1780-\u17d3\u2e80-\u2fdf\u3005-\u3007\u3041-\u3096"
    "\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, Han, kana, Hangul."""
_MARKS = "\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0966-\u0dff"
"""Vowel signs and points of Hebrew, Arabic and the scripts of India: parts of words."""
_ASCII_WORDS = str.maketrans(
    {chr(n): chr(n).lower() if chr(n).isalnum() else " " for n in range(128)}
)
"""What is no letter or digit parts words. Translating ASCII takes a fifth of what a regex does."""
_TYPOGRAPHY = "\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u00a0"
"""Quotes, dashes, the ellipsis and the hard space: in most texts all that is not ASCII."""
_DIACRITICS = re.compile("[\u0300-\u036f]+")
_TAGS = re.compile("<[^<>]*>")
_QUERY_PARTS = re.compile(r'"([^"]*)"|(\S+)')

_TITLE_WEIGHT = 8.0

_CREATE = {
    "sqlite": (
        # Marks are parts of words, and nothing is left for the tokenizer to fold.
        """CREATE VIRTUAL TABLE IF NOT EXISTS article_search USING fts5(title, text,
        tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'")""",
    ),
    "postgresql": (
        """CREATE TABLE IF NOT EXISTS article_search (
        article_id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)""",
        "CREATE INDEX IF NOT EXISTS article_search_words ON article_search USING gin (words)",
    ),
}
_INSERT = {
    "sqlite": "INSERT INTO article_search (rowid, title, text) VALUES (?, ?, ?)",
    "postgresql": (
        "INSERT INTO article_search (article_id, words) VALUES (%s, CAST(%s AS tsvector) || "
        "CAST(%s AS tsvector))"
    ),
}
_DELETE = {
    "sqlite": "DELETE FROM article_search WHERE rowid = ?",
    "postgresql": "DELETE FROM article_search WHERE article_id = %s",
}
# Equally good ones: the newest first, as in every list.
_FIND = {
    "sqlite": f"""SELECT articles.id
        FROM article_search JOIN articles ON articles.id = article_search.rowid
        WHERE article_search MATCH ? {{conditions}}
        ORDER BY bm25(article_search, {_TITLE_WEIGHT}, 1.0), known_rank, shown_rank, articles.id
        LIMIT ? OFFSET ?""",  # noqa: S608  # a number of our own
    "postgresql": """SELECT articles.id
        FROM article_search JOIN articles ON articles.id = article_search.article_id
        WHERE words @@ CAST(%s AS tsquery) {conditions}
        ORDER BY ts_rank(words, CAST(%s AS tsquery)) DESC, known_rank, shown_rank, articles.id
        LIMIT %s OFFSET %s""",
}


class _Group(NamedTuple):
    """Words that must follow one another; of the last one maybe only the beginning."""

    words: tuple[str, ...]
    is_beginning: bool


def create_search(connection: Connection) -> None:
    """Make the index, empty, if there is none."""
    for statement in _CREATE[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def index_articles(connection: Connection, contents: Iterable[tuple[int, Content]]) -> None:
    """Let articles that are new, by their integer ids, be found by what they say."""
    engine = connection.dialect.name
    render = _as_vectors if engine == "postgresql" else _as_text
    rows = [(number, *render(_title(content), _text(content))) for number, content in contents]
    if rows:
        connection.exec_driver_sql(_INSERT[engine], rows)


def index_again(connection: Connection, contents: Sequence[tuple[int, Content]]) -> None:
    """The same, of articles that were indexed before."""
    if contents:
        statement = _DELETE[connection.dialect.name]
        connection.exec_driver_sql(statement, [(number,) for number, _ in contents])
        index_articles(connection, contents)


def rebuild_search(connection: Connection) -> None:
    """Make the index anew from all articles."""
    create_search(connection)
    connection.exec_driver_sql("DELETE FROM article_search")
    statement, after = select(articles.c.id, articles.c.content).order_by(articles.c.id), 0
    while page := connection.execute(statement.where(articles.c.id > after).limit(_PAGE)).all():
        index_articles(connection, [(row.id, row.content) for row in page])
        after = page[-1].id


def find_words(
    connection: Connection,
    query: str,
    *,
    limit: int,
    offset: int = 0,
    conditions: str = "",
    values: Sequence[Any] = (),
) -> list[int]:
    """The integer ids of articles that have all words of a query, the best first.

    ``"…"`` is a phrase, ``word*`` a beginning. ``conditions`` are SQL about ``articles``, with a
    ``?`` for each of ``values``. If no article has the words, they are taken as beginnings.
    """
    groups = _groups(query)
    if not groups:
        return []
    engine = connection.dialect.name
    conditions = conditions if engine == "sqlite" else conditions.replace("?", "%s")
    statement = _FIND[engine].format(conditions=conditions)
    found: list[int] = []
    for wanted in (groups, [group._replace(is_beginning=True) for group in groups]):
        match = _as_match(wanted) if engine == "sqlite" else _as_tsquery(wanted)
        ranked_by = () if engine == "sqlite" else (match,)
        parameters = (match, *values, *ranked_by, limit, offset)
        found = [row[0] for row in connection.exec_driver_sql(statement, parameters)]
        if found or offset:
            break
    return found


def words_of(text: str) -> Iterator[str]:
    """The words of a text as they are indexed. Each character of an unspaced run begins one."""
    for unspaced, word in _runs(text):
        if unspaced:
            yield from (unspaced[n : n + 2] for n in range(len(unspaced)))
        else:
            yield word[:_LONGEST_WORD]


def _runs(text: str) -> Iterator[tuple[str, str]]:
    for mark in _TYPOGRAPHY:
        text = text.replace(mark, " ")
    if text.isascii():
        return (("", word) for word in text.translate(_ASCII_WORDS).split())
    bare = _DIACRITICS.sub("", normalize("NFKD", text.casefold()))
    return iter(_pattern().findall(normalize("NFC", bare)))


@cache
def _pattern() -> re.Pattern[str]:
    """Runs of unspaced characters, and words. It takes 4 ms to compile, and ASCII needs none."""
    return re.compile(rf"([{_UNSPACED}]+)|((?:(?![{_UNSPACED}])(?:[^\W_]|[{_MARKS}]))+)")


def _title(content: Content) -> list[str]:
    return list(words_of(content.title))[:_MOST_WORDS]


def _text(content: Content) -> list[str]:
    provider = content.provider
    parts = (content.summary, *content.topics, provider and provider.name, content.category)
    text = " ".join(part for part in parts if part)
    if content.body:
        body = content.body[: 2 * _MOST_CHARACTERS]
        text += f" {html.unescape(_TAGS.sub(' ', body))}"
    return list(words_of(text[:_MOST_CHARACTERS]))[:_MOST_WORDS]


def _as_text(title: list[str], text: list[str]) -> tuple[str, str]:
    return " ".join(title), " ".join(text)


def _as_vectors(title: list[str], text: list[str]) -> tuple[str, str]:
    # Words are letters, digits and marks alone: nothing in them needs to be escaped.
    return (
        " ".join(f"'{word}':{number}A" for number, word in enumerate(title, 1)),
        " ".join(f"'{word}':{number}" for number, word in enumerate(text, 1)),
    )


def _groups(query: str) -> list[_Group]:
    """What must be found; an unspaced run is found by its pairs, a single character by itself."""
    groups = list[_Group]()
    for phrase, word in _QUERY_PARTS.findall(query[:_LONGEST_QUERY]):
        spaced = list[str]()
        made = list[_Group]()
        for unspaced, each in _runs(phrase or word):
            if unspaced:
                pairs = tuple(unspaced[n : n + 2] for n in range(max(1, len(unspaced) - 1)))
                made.append(_Group(pairs, is_beginning=len(unspaced) == 1))
            else:
                spaced.append(each[:_LONGEST_WORD])
        if spaced:
            made.append(_Group(tuple(spaced), is_beginning=word.endswith("*")))
        groups += made
    return groups


def _as_match(groups: Sequence[_Group]) -> str:
    return " ".join(f'"{" ".join(g.words)}"{"*" if g.is_beginning else ""}' for g in groups)


def _as_tsquery(groups: Sequence[_Group]) -> str:
    def phrase(group: _Group) -> str:
        *before, last = (f"'{word}'" for word in group.words)
        return " <-> ".join([*before, f"{last}:*" if group.is_beginning else last])

    return " & ".join(f"({phrase(group)})" for group in groups)
