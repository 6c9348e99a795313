"""The pages for readers: the newest articles by day, a search, an article, all topics.

It collects the data and the words; templates decide how it looks.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from watcher.model.article import Article
from watcher.model.health import Gravity
from watcher.model.kinds import ArticleState
from watcher.model.seed import Image
from watcher.model.story import StoryMember, outlet_of
from watcher.model.wording import count
from watcher.serve.access import Access
from watcher.serve.addresses import Addresses
from watcher.serve.feeds import FORMAT_NAMES, MEDIA_TYPES
from watcher.serve.pages import Pages
from watcher.serve.view import FeedView, View
from watcher.serve.wish import Wish, read_wish, remember
from watcher.serve.wording import day_of

ARTICLES_SHOWN, HEADLINES_SHOWN = 30, 60
TOPICS_SHOWN = 40
MOST_TOPICS = 2000
TOPIC_FEEDS_SHOWN = 100
_TINTS = 8
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(r"[0-9]{1,6}")
_IMG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)


class Home:
    """The pages that anybody may read. ``pictures``: show pictures to those who never chose."""

    def __init__(
        self,
        view: View,
        *,
        addresses: Addresses,
        pages: Pages,
        access: Access,
        clock: Callable[[], datetime],
        pictures: bool,
    ) -> None:
        self._view = view
        self._addresses = addresses
        self._pages = pages
        self._access = access
        self._clock = clock
        self._pictures = pictures

    def front(self, request: Request) -> Response:
        """The newest articles, of one topic or all; or those that a search finds."""
        wish = read_wish(request, pictures=self._pictures)
        limit = HEADLINES_SHOWN if wish.compact else ARTICLES_SHOWN
        if wish.words:
            found, older = self._search(wish, limit)
            days = [("", [_shown(article, wish) for article in found])] if found else []
        else:
            found, older = self._view.page(limit, wish.topic, wish.after)
            days = _by_day(found, wish, self._clock(), self._stories(found))
        context = {
            "days": days,
            "older": wish.link(after=older) if older else None,
            "trouble": self._trouble(),
            **self._topics(wish),
            **self._feeds(request, wish),
        }
        return self._page(request, "home.html", wish, context)

    def _search(self, wish: Wish, limit: int) -> tuple[Sequence[Article], str | None]:
        """One page of results, the best first, and where the next one begins."""
        start = int(wish.after) if wish.after and _NUMBER.fullmatch(wish.after) else 0
        found = self._view.search(wish.words or "", limit + 1, start, wish.topic)
        return found[:limit], str(start + limit) if len(found) > limit else None

    def article(self, request: Request) -> Response:
        """One article, at an address of its own that never changes."""
        name = request.path_params["id"]
        article = self._view.article(f"urn:uuid:{name}") if _UUID.fullmatch(name) else None
        if article is None:
            raise HTTPException(404)
        if article.state is ArticleState.REMOVED:
            raise HTTPException(410, "This article was taken back.")
        wish = read_wish(request, pictures=self._pictures)
        body = article.content.body or ""
        members = self._stories([article]).get(article.story or "", ())
        context = {
            "article": _shown(article, wish, members) | {"updated_at": article.updated_at},
            "body": body if wish.pictures else _IMG.sub("", body),
            "related": article.content.related[:10],
            "canonical": f"{self._access.base_url(request)}/articles/{name}",
            "cover": _picture(article.content.images),
        }
        return self._page(request, "article.html", wish, context)

    def _stories(self, articles: Sequence[Article]) -> Mapping[str, Sequence[StoryMember]]:
        stories = {article.story for article in articles if article.story}
        return self._view.stories(stories) if stories else {}

    def topics(self, request: Request) -> Response:
        """All topics, in alphabetical order."""
        wish = read_wish(request, pictures=self._pictures)
        ranked = sorted(self._view.topics(), key=lambda pair: -pair[1])[:MOST_TOPICS]
        listed = [_topic(name, articles, Wish()) for name, articles in ranked]
        listed.sort(key=lambda topic: str(topic["name"]).casefold())
        return self._page(request, "topics.html", wish, {"listed": listed})

    def _page(
        self, request: Request, template: str, wish: Wish, context: dict[str, Any]
    ) -> Response:
        context |= {"wish": wish, "operations": self._access.shows_operations}
        response = self._pages.page(request, template, context, pictures=wish.pictures)
        remember(request, response, path=urlsplit(self._access.base_url(request)).path or "/")
        return response

    def _trouble(self) -> str | None:
        """What needs an operator, in one line; None for readers, or while all is well."""
        if not self._access.shows_operations:
            return None
        grave = [c for c in self._view.health().attention if c.gravity is not Gravity.NOTE]
        if not grave:
            return None
        more = f", and {count(len(grave) - 1, 'more thing')}" if len(grave) > 1 else ""
        return grave[0].words[:1].upper() + grave[0].words[1:] + more

    def _topics(self, wish: Wish) -> dict[str, Any]:
        """Those with the most articles; the chosen one always comes first."""
        topics = self._view.topics()
        chosen = (wish.topic or "").casefold()
        ranked = sorted(topics, key=lambda pair: (pair[0].casefold() != chosen, -pair[1]))
        return {
            "topics": [_topic(name, articles, wish) for name, articles in ranked[:TOPICS_SHOWN]],
            "has_more_topics": len(topics) > TOPICS_SHOWN,
        }

    def _feeds(self, request: Request, wish: Wish) -> dict[str, Any]:
        """The general feeds, then those of one topic each; with a chosen topic, its own first."""
        base = self._access.base_url(request)
        chosen = (wish.topic or "").casefold()
        feeds = self._view.feeds()
        general = [feed for feed in feeds if feed.topic is None]
        topical = [feed for feed in feeds if feed.topic is not None]
        wanted = [feed for feed in topical if (feed.topic or "").casefold() == chosen]
        others = [feed for feed in topical if feed not in wanted][:TOPIC_FEEDS_SHOWN]

        def shown(listed: Sequence[FeedView]) -> list[dict[str, Any]]:
            return [_feed(feed, self._addresses, base) for feed in listed]

        return {
            "feeds": shown([*wanted, *general]),
            "topic_feeds": shown(others),
            "feeds_left_out": len(topical) - len(wanted) - len(others),
            "canonical": f"{base}/",
        }


def _by_day(
    articles: Sequence[Article],
    wish: Wish,
    now: datetime,
    stories: Mapping[str, Sequence[StoryMember]],
) -> list[tuple[str, list[dict[str, Any]]]]:
    """The days on which articles were first seen, each with its articles; stories in one place.

    A story stands where its newest article on the page does, with all its others below it.
    """
    days: dict[str, list[dict[str, Any]]] = {}
    seen = set[str]()
    for article in articles:
        story = article.story or ""
        if story not in seen:
            shown = _shown(article, wish, stories.get(story, ()))
            days.setdefault(day_of(article.first_seen_at, now), []).append(shown)
        if story in stories:
            seen.add(story)
    return list(days.items())


def _also(article: Article, members: Sequence[StoryMember]) -> list[dict[str, str]]:
    """The other articles of a story: an outlet's first by its name, those after it by title."""
    named, found = {outlet_of(article.content)}, []
    for member in members:
        if member.article != article.id:
            is_first = member.outlet and member.outlet not in named
            named.add(member.outlet)
            found.append(
                {
                    "name": member.provider if is_first else member.title,
                    "title": member.title,
                    "url": member.url or "",
                    "permalink": _permalink(member.article),
                }
            )
    return sorted(found, key=lambda other: other["name"] == other["title"])


def _permalink(article: str) -> str:
    return "articles/" + article.rpartition(":")[2]


def _topic(name: str, articles: int, wish: Wish) -> dict[str, Any]:
    return {
        "name": name,
        "articles": articles,
        "link": wish.link(topic=name),
        "chosen": name.casefold() == (wish.topic or "").casefold(),
    }


def _feed(feed: FeedView, addresses: Addresses, base: str) -> dict[str, Any]:
    return {
        "title": feed.title,
        "entries": feed.entries,
        "updated_at": feed.updated_at,
        "topic": feed.topic,
        "format": FORMAT_NAMES[feed.format],
        "media_type": MEDIA_TYPES[feed.format].partition(";")[0],
        "link": "feeds/" + quote(addresses.of(feed)),
        "address": addresses.absolute(feed, base),
    }


def _shown(article: Article, wish: Wish, members: Sequence[StoryMember] = ()) -> dict[str, Any]:
    content = article.content
    provider = content.provider
    name = provider and (provider.name or provider.domain)
    return {
        "title": content.title,
        "url": content.url,
        "permalink": _permalink(article.id),
        "summary": content.summary,
        "provider": name,
        "initial": next((c for c in name or content.title if c.isalnum()), "·").upper(),
        "tint": sum((name or content.title).encode("utf-8", "replace")) % _TINTS,
        "published_at": content.published_at,
        "known_at": article.first_seen_at,
        "picture": _picture(content.images) if wish.pictures and not wish.compact else None,
        "topics": [(topic, wish.link(topic=topic)) for topic in content.topics],
        "also": _also(article, members),
    }


def _picture(images: Sequence[Image]) -> Image | None:
    """The first picture that is served over https."""
    return next((i for i in images if i.url.lower().startswith("https://")), None)
