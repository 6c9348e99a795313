"""A second opinion on what a history of seeds means, from DESIGN §4.2-4.4 and nothing else.

It must not import the program's package: it is what the program is compared with. It knows
writes only, no removals, and takes every seed to be usable.
"""

import html
import re
import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import ftfy
import yaml

URL_KEYS = (("originalUrl",), ("webUrl", "url", "link"), ("ampWebUrl",), ("cdnAmpWebUrl",))
LINK_KEYS = ("webUrl", "url", "link", "originalUrl")
SUMMARY_KEYS = ("excerpt", "description", "summary")
FRONT_MATTER = re.compile(r"\ufeff?---\r?\n(.*?)^---[ \t]*(?:\r?\n(.*))?", re.DOTALL | re.MULTILINE)
TRACKING = re.compile(r"utm_\w*|fbclid|gclid", re.IGNORECASE)


class Meaning(StrEnum):
    """What one write of one path means; the first two are news."""

    NEW = "new"
    UPDATED = "updated"
    FLIPPED_BACK = "flipped back"
    ANOTHER_PATH = "another path"
    ECHO = "edit of a path that does not speak"
    REFRESHED = "refreshed"
    SECURED_ONLY = "secured only"
    REWRITTEN = "rewritten"
    UNTOUCHED = "untouched"


NEWS = (Meaning.NEW, Meaning.UPDATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One seed as this module understands it. ``shown`` is what a feed reader takes in of it."""

    urls: tuple[str, ...]
    fingerprint: tuple[str, str, str]
    front: dict[str, Any]
    body: str

    @property
    def shown(self) -> list[Any]:
        """Title, summary, body, link, author, time and picture of the entry (DESIGN §4.9)."""
        provider, images = self.front.get("provider") or {}, self.front.get("images") or [{}]
        return [
            plain(self.front["title"]),
            plain(_first(self.front, SUMMARY_KEYS) or ""),
            self.body,
            _first(self.front, LINK_KEYS),
            provider.get("name"),
            provider.get("domain"),
            self.front.get("publishedDateTime"),
            [images[0].get(key) for key in ("url", "width", "height", "title")],
        ]


@dataclass(slots=True, kw_only=True)
class Article:
    """What the history has said of an article so far. The first of ``paths`` speaks for it."""

    id: str
    page: Page
    paths: list[str]
    seen: set[tuple[str, str, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The meaning of one write. ``first_path`` is the path that first carried the article.

    ``reshown`` says that a feed reader sees another entry than before, or a new one.
    """

    path: str
    meaning: Meaning
    article: str
    first_path: str
    reshown: bool

    @property
    def news(self) -> tuple[str, str] | None:
        """Kind and article id as the program should announce them, if it should."""
        return (self.meaning.value, self.article) if self.meaning in NEWS else None


class Oracle:
    """Takes a history step by step, each as the texts of the paths that it wrote."""

    def __init__(self) -> None:
        self.articles: dict[str, Article] = {}
        self._texts: dict[str, str] = {}
        self._article_of_path: dict[str, Article] = {}
        self._article_of_url: dict[str, Article] = {}

    def step(self, texts: Mapping[str, str]) -> list[Finding]:
        """What one step's writes mean, in the byte order of their paths."""
        return [self._take(path, texts[path]) for path in sorted(texts, key=str.encode)]

    def _take(self, path: str, text: str) -> Finding:
        page, before = read_page(text), self._texts.get(path)
        self._texts[path] = text
        article = self._article_of_path.get(path) or self._article_of_urls(page)
        shown = article.page.shown if article else None
        if article is None:
            article, meaning = self._create(path, page), Meaning.NEW
        elif path not in self._article_of_path:
            article.paths.append(path)
            meaning = Meaning.ANOTHER_PATH
        else:
            meaning = self._follow(article, path, page, before)
        self._remember(article, path, page)
        return Finding(
            path=path,
            meaning=meaning,
            article=article.id,
            first_path=article.paths[0],
            reshown=article.page.shown != shown,
        )

    def _article_of_urls(self, page: Page) -> Article | None:
        known = (self._article_of_url.get(url) for url in page.urls)
        return next((article for article in known if article), None)

    def _create(self, path: str, page: Page) -> Article:
        name = uuid.uuid5(uuid.NAMESPACE_URL, page.urls[0]).urn
        article = Article(id=name, page=page, paths=[path], seen={page.fingerprint})
        self.articles[name] = article
        return article

    def _follow(self, article: Article, path: str, page: Page, before: str | None) -> Meaning:
        noise = _noise(before, self._texts[path])
        if noise:
            return noise
        if path != article.paths[0]:
            return Meaning.ECHO
        old, article.page = article.page, page
        if page.fingerprint == old.fingerprint:
            return Meaning.REFRESHED
        known = page.fingerprint in article.seen
        article.seen.add(page.fingerprint)
        return Meaning.FLIPPED_BACK if known else Meaning.UPDATED

    def _remember(self, article: Article, path: str, page: Page) -> None:
        self._article_of_path[path] = article
        for url in page.urls:
            self._article_of_url.setdefault(url, article)


def judge(steps: Iterable[Mapping[str, str]]) -> list[list[Finding]]:
    """What each step of a history means."""
    oracle = Oracle()
    return [oracle.step(texts) for texts in steps]


def totals(findings: Iterable[Iterable[Finding]]) -> Counter[Meaning]:
    """How many writes had which meaning."""
    return Counter(finding.meaning for step in findings for finding in step)


@lru_cache(maxsize=4096)
def read_page(text: str) -> Page:
    """A seed's text as a page; ValueError if it is none."""
    match = FRONT_MATTER.fullmatch(text)
    if match is None:
        raise ValueError(f"no front matter: {text[:40]!r}")
    front = yaml.load(match[1], Loader=yaml.CSafeLoader)
    body = (match[2] or "").strip()
    found = (_first(front, keys) for keys in URL_KEYS)
    urls = tuple(dict.fromkeys(canonical_url(url) for url in found if url))
    significant = (front["title"], _first(front, SUMMARY_KEYS) or "", body)
    title, summary, text = (plain(part).casefold() for part in significant)
    return Page(urls=urls, fingerprint=(title, summary, text), front=front, body=body)


def plain(text: str) -> str:
    """Text without mojibake, entities, tags and control characters; one space between words."""
    bare = re.sub(r"<[^>]+>", " ", html.unescape(ftfy.fix_text(text)))
    kept = (c for c in bare if c.isspace() or unicodedata.category(c) != "Cc")
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def canonical_url(url: str) -> str:
    """A URL as it is compared: no tracking, no fragment, no default port, small scheme and host."""
    parts = urlsplit(url.strip())
    port = {"http": ":80", "https": ":443"}[parts.scheme]
    query = [pair for pair in parts.query.split("&") if not TRACKING.fullmatch(pair.split("=")[0])]
    return parts._replace(
        netloc=parts.netloc.lower().removesuffix(port), query="&".join(query), fragment=""
    ).geturl()


def _first(front: Mapping[str, Any], keys: Iterable[str]) -> Any:
    return next((front[key] for key in keys if front.get(key)), None)


def _noise(before: str | None, text: str) -> Meaning | None:
    if before is None:
        return None
    if before == text:
        return Meaning.UNTOUCHED
    old, new = read_page(before), read_page(text)
    if (old.front, old.body) == (new.front, new.body):
        return Meaning.REWRITTEN
    secured = {"secured": None}
    if (old.front | secured, old.body) == (new.front | secured, new.body):
        return Meaning.SECURED_ONLY
    return None
