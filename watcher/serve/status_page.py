"""What the page at ``/`` shows: for readers the newest articles, for operators what is the matter.

It gathers and words; how it looks is the template's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from watcher.model.article import Article
from watcher.model.health import Check, Gravity
from watcher.model.kinds import EndpointState, RootState
from watcher.model.known import KnownFile
from watcher.model.seed import Image
from watcher.model.standing import OFF_IN_CONFIG, EndpointStatus, RootStatus
from watcher.serve.access import Access
from watcher.serve.addresses import Addresses
from watcher.serve.feeds import FORMAT_NAMES, MEDIA_TYPES
from watcher.serve.pages import Pages
from watcher.serve.view import FeedView, View
from watcher.serve.wording import count, cut, printable_path

ARTICLES_SHOWN = 20
MORE_ARTICLES_SHOWN = 200
NOTICES_SHOWN = 6
TOPICS_SHOWN = 14
MORE_TOPICS_SHOWN = 300
TOPIC_FEEDS_SHOWN = 100
QUARANTINE_SHOWN = 50
_TARGETS = {"endpoints": "endpoints", "roots": "folders", "quarantine": "quarantine"}
"""The part of the page that says more about a check; of others, that is the list of checks."""
_TINTS = 8
_LONGEST_TOPIC = 500
_MOODS = ("bad", "worried", "good", "idle")
"""How an endpoint may be, in the order in which they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a reader wants to see: one topic or all, with pictures or without, more or few."""

    topic: str | None
    pictures: bool
    more: bool = False

    def link(self, *, topic: str | None, pictures: bool, more: bool = False) -> str:
        chosen = {
            "topic": topic or "",
            "pictures": "1" if pictures else "",
            "more": "1" if more else "",
        }
        query = urlencode({name: value for name, value in chosen.items() if value})
        return f"?{query}" if query else "./"

    @property
    def articles(self) -> int:
        """How many articles to show."""
        return MORE_ARTICLES_SHOWN if self.more else ARTICLES_SHOWN


class StatusPage:
    """The page at ``/``: for readers the newest articles, for operators what is the matter."""

    def __init__(
        self,
        view: View,
        *,
        addresses: Addresses,
        pages: Pages,
        access: Access,
        clock: Callable[[], datetime],
    ) -> None:
        self._view = view
        self._addresses = addresses
        self._pages = pages
        self._access = access
        self._clock = clock

    def get(self, request: Request) -> Response:
        topic = request.query_params.get("topic", "")[:_LONGEST_TOPIC].strip()
        asked = {name: request.query_params.get(name) == "1" for name in ("pictures", "more")}
        wish = Wish(topic=topic or None, pictures=asked["pictures"], more=asked["more"])
        context = self._articles(wish) | self._feeds(request, wish)
        if self._access.shows_operations:
            context |= self._operations()
        context["operations"] = self._access.shows_operations
        return self._pages.page(request, "status.html", context, pictures=wish.pictures)

    def _articles(self, wish: Wish) -> dict[str, Any]:
        found = self._view.articles(wish.articles + 1, wish.topic)
        return {
            "wish": wish,
            "articles": [_article(a, wish) for a in found[: wish.articles]],
            "has_more": len(found) > wish.articles,
            "counts": self._view.counts(),
            **_topics(self._view.topics(), wish),
        }

    def _feeds(self, request: Request, wish: Wish) -> dict[str, Any]:
        base = self._access.base_url(request)
        return _feeds(self._view.feeds(), self._addresses, base, wish)

    def _operations(self) -> dict[str, Any]:
        view, now = self._view, self._clock()
        health = view.health()
        notices = [_notice(check) for check in health.attention]
        endpoints = [_endpoint(endpoint, now) for endpoint in view.endpoints()]
        return {
            "notices": notices[:NOTICES_SHOWN],
            "more_notices": notices[NOTICES_SHOWN:],
            "checks": health.readiness(),
            "roots": [_root(root) for root in view.roots()],
            "endpoints": sorted(endpoints, key=lambda shown: _MOODS.index(shown["mood"])),
            "quarantine": [_bad_file(file) for file in view.quarantine(QUARANTINE_SHOWN)],
        }


def _notice(check: Check) -> dict[str, Any]:
    words = check.words if check.gravity is not Gravity.DOWN else f"{check.name}: {check.words}"
    return {
        "text": words[:1].upper() + words[1:],
        "action": check.action,
        "grave": check.gravity is not Gravity.NOTE,
        "target": _TARGETS.get(check.name, "health"),
    }


def _topics(topics: Sequence[tuple[str, int]], wish: Wish) -> dict[str, Any]:
    """Those with the most articles, in two portions; the chosen one is always in the first."""
    chosen = (wish.topic or "").casefold()
    ranked = sorted(topics, key=lambda pair: (pair[0].casefold() != chosen, -pair[1]))
    links = [
        {
            "name": name,
            "articles": articles,
            "link": wish.link(topic=name, pictures=wish.pictures),
            "chosen": name.casefold() == chosen,
        }
        for name, articles in ranked[: TOPICS_SHOWN + MORE_TOPICS_SHOWN]
    ]
    return {
        "topics": links[:TOPICS_SHOWN],
        "more_topics": sorted(links[TOPICS_SHOWN:], key=lambda link: str(link["name"]).casefold()),
        "topics_left_out": len(topics) - len(links),
    }


def _feeds(
    feeds: Sequence[FeedView], addresses: Addresses, base: str, wish: Wish
) -> dict[str, Any]:
    """The feeds for all, then those of one topic; of a chosen topic, its own first."""
    chosen = (wish.topic or "").casefold()
    general = [feed for feed in feeds if feed.topic is None]
    topical = [feed for feed in feeds if feed.topic is not None]
    wanted = [feed for feed in topical if (feed.topic or "").casefold() == chosen]
    others = [feed for feed in topical if feed not in wanted][:TOPIC_FEEDS_SHOWN]

    def shown(listed: Sequence[FeedView]) -> list[dict[str, Any]]:
        return [_feed(feed, addresses, base) for feed in listed]

    return {
        "feeds": shown([*wanted, *general]),
        "topic_feeds": shown(others),
        "feeds_left_out": len(topical) - len(wanted) - len(others),
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


def _article(article: Article, wish: Wish) -> dict[str, Any]:
    content = article.content
    provider = content.provider
    name = provider and (provider.name or provider.domain)
    return {
        "title": content.title,
        "url": content.url,
        "summary": content.summary,
        "provider": name,
        "initial": next((c for c in name or content.title if c.isalnum()), "·").upper(),
        "tint": sum((name or content.title).encode("utf-8", "replace")) % _TINTS,
        "published_at": content.published_at,
        "known_at": article.first_seen_at,
        "picture": _picture(content.images) if wish.pictures else None,
        "topics": [(t, wish.link(topic=t, pictures=wish.pictures)) for t in content.topics],
    }


def _picture(images: Sequence[Image]) -> Image | None:
    """The first one that can be had without weakening the page: over https."""
    return next((i for i in images if i.url.lower().startswith("https://")), None)


def _endpoint(endpoint: EndpointStatus, now: datetime) -> dict[str, Any]:
    mood, state = _endpoint_state(endpoint, now)
    error = endpoint.last_error
    return {
        "name": endpoint.name,
        "mood": mood,
        "state": state,
        "backlog": endpoint.owed + endpoint.pending,
        "held": endpoint.held,
        "dead": endpoint.dead,
        "last_success_at": endpoint.last_success_at,
        "next_attempt_at": endpoint.next_attempt_at or endpoint.oldest_due_at,
        "last_error": error
        if error and mood in {"worried", "bad"} and error not in state
        else None,
    }


def _endpoint_state(endpoint: EndpointStatus, now: datetime) -> tuple[str, str]:
    """How an endpoint is: good, idle, worried or bad; and that in words."""
    if endpoint.state is EndpointState.DISABLED:
        if endpoint.disabled_reason == OFF_IN_CONFIG:
            return "idle", "Off in the config"
        return "bad", f"Disabled: {cut(endpoint.disabled_reason or 'no reason is known', 200)}"
    if endpoint.consecutive_failures:
        return "worried", f"Failing, {count(endpoint.consecutive_failures, 'time')} in a row"
    if endpoint.dead:
        return "bad", "Has dead letters"
    if endpoint.held:
        return "worried", "Holds what may have arrived"
    due = endpoint.next_attempt_at or endpoint.oldest_due_at
    if endpoint.owed + endpoint.pending and due and due > now:
        return "good", "Waits for its time"
    return "good", "Delivering" if endpoint.owed + endpoint.pending else "Up to date"


def _root(root: RootStatus) -> dict[str, Any]:
    moods = {RootState.OK: "good", RootState.DEGRADED: "worried"}
    return {
        "name": root.path,
        "mood": moods.get(root.state, "bad"),
        "state": {RootState.OK: "Watched"}.get(root.state, root.state.value.capitalize()),
        "detail": root.detail,
        "last_scan_at": root.last_scan_at,
        "present": root.present,
        "missing": root.missing,
        "quarantined": root.quarantined,
    }


def _bad_file(file: KnownFile) -> dict[str, Any]:
    problem = file.problem
    parts = (problem and problem.line, problem and problem.column)
    return {
        "path": f"{file.at.root}/{printable_path(file.at.path)}",
        "place": "".join(f":{part}" for part in parts if part is not None),
        "message": cut(problem.message, 400) if problem else "unknown",
        "reason": problem.reason.value.replace("_", " ") if problem and problem.reason else "",
    }
