"""Mutes: a topic, a provider, a story or an endpoint, until a time. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from watcher.config.matching import Match, first_mismatch
from watcher.errors import UsageError
from watcher.model.article import Article
from watcher.model.delivery import Mute, Owed, Withheld

KINDS = ("topic", "provider", "story", "endpoint")


def require_what(what: str) -> str:
    """``what`` without spaces around its parts. Raises UsageError unless it can be muted."""
    kind, _, value = (part.strip() for part in what.partition(":"))
    if kind not in KINDS or not value:
        raise UsageError(
            f"{what!r} cannot be muted: write topic:TOPIC, provider:DOMAIN, story:ID or "
            "endpoint:NAME"
        )
    return f"{kind}:{value}"


def is_muted_by(what: str, article: Article, endpoint: str, now: datetime) -> bool:
    """True if ``what`` is about this article, or about this endpoint."""
    kind, _, value = what.partition(":")
    match kind:
        case "endpoint":
            return value == endpoint
        case "topic":
            return first_mismatch(Match(topics=(value,)), article.content, now) is None
        case "provider":
            provider = article.content.provider
            name = (provider and provider.name) or ""
            by_domain = first_mismatch(Match(providers=(value,)), article.content, now) is None
            return by_domain or name.casefold() == value.casefold()
        case _:
            story = (article.story or "").removeprefix("urn:uuid:")
            return bool(story) and story == value.removeprefix("urn:uuid:")


def split_muted(
    owed: Iterable[Owed],
    articles: Mapping[int, Article],
    mutes: Sequence[Mute],
    *,
    now: datetime,
) -> tuple[list[Owed], list[Withheld]]:
    """Part owed changes into those still owed and those muted. ``articles`` are by sequence."""
    kept, muted = list[Owed](), list[Withheld]()
    active = [mute for mute in mutes if now < mute.until]
    for item in owed:
        article = articles[item.sequence]
        by = (m for m in active if is_muted_by(m.what, article, item.endpoint, now))
        mute = next(by, None)
        if mute is None:
            kept.append(item)
        else:
            muted.append(
                Withheld(endpoint=item.endpoint, sequence=item.sequence, reason=mute.reason)
            )
    return kept, muted
