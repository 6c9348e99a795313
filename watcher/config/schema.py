"""The config file's schema (DESIGN §6): keys, defaults, limits. Values arrive resolved.

Loading expands ``${NAME}``, ``*_file`` and ``*_credential`` before these types see a value, and
makes every path absolute; so a stage that reads them needs neither the environment nor a folder.
"""

from datetime import timedelta
from pathlib import Path
from socket import gethostname
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from watcher.config.endpoint import EndpointConfig, HubConfig, hub_name, hub_of
from watcher.config.feed import FeedConfig
from watcher.config.left_out import LIKE_AT_THE_TOP, names_left_out
from watcher.config.paths import passwords_in, redact_state
from watcher.config.values import (
    Duration,
    Listen,
    Name,
    NatsUrl,
    Network,
    Number,
    OneOrMany,
    OrOff,
    Permalink,
    PositiveDuration,
    Section,
    Url,
    Word,
    Words,
    Zone,
)
from watcher.config.wording import did_you_mean
from watcher.errors import UsageError

MIB = 1024 * 1024
T = TypeVar("T")

SHORTEST_SECRET = 6
"""What is shorter is no secret, and blotting it out would make every log line unreadable."""


INCLUDE = (
    "*.md", "*.markdown", "*.mdown", "*.mkd", "*.mdx", "*.txt", "*.yaml", "*.yml", "*.toml",
    "*.json", "*.jsonl", "*.ndjson", "*.html", "*.htm", "*.xhtml", "*.xml", "*.rss", "*.atom",
)  # fmt: skip
"""The names of seeds, where the config does not say others."""

Like = Literal["jekyll", "hugo", "eleventy", "hexo", "zola", "pelican", "astro", "obsidian"]


class RootConfig(Section):
    """One watched folder. ``path`` is absolute."""

    path: Path = Field(description="the folder; it need not be there yet")
    include: Words = Field(INCLUDE, description="patterns of seeds' names")
    exclude: Words = Field(
        (".*", "*~", "*.tmp", "*.swp"), description="patterns of names that are never seeds"
    )
    mode: Literal["auto", "native", "polling"] = Field(
        "auto", description="auto polls on network file systems"
    )
    settle: Duration = Field(
        timedelta(milliseconds=200), description="how long an open file must have been quiet"
    )
    max_size: int = Field(
        MIB, ge=1, description="bytes; a larger file goes into quarantine (8 MiB with like)"
    )
    like: Like | None = Field(
        None, description="the site generator whose rules the folder follows, such as jekyll"
    )
    site: Url | None = Field(
        None, description="where the articles are published: relative addresses start there"
    )
    permalink: Permalink | None = Field(
        None, description="addresses below site, like /:year/:month/:slug/"
    )
    timezone: Zone = Field(ZoneInfo("UTC"), description="of times that do not say theirs")
    name: Name | None = Field(
        None, description="the root's identity, where several nodes share the disk"
    )

    @property
    def largest_file(self) -> int:
        """``max_size``, or what a blog's longest posts need: they may hold their pictures."""
        is_given = "max_size" in self.model_fields_set or self.like is None
        return self.max_size if is_given else 8 * MIB

    @property
    def left_out(self) -> tuple[str, ...]:
        """Globs of names that are no articles, whatever ``include`` says of their suffix."""
        return names_left_out(self.include, like=self.like)

    @property
    def top_folders_left_out(self) -> frozenset[str]:
        """Folders directly in the root that hold no articles."""
        return LIKE_AT_THE_TOP if self.like else frozenset()


FieldName = Literal[
    "title", "summary", "web_url", "original_url", "amp_url", "cdn_amp_url", "published_at",
    "modified_at", "category", "type", "quality", "heat", "is_published", "provider", "authors",
    "topics", "images", "related", "featured_content",
]  # fmt: skip

FIELDS: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "summary": ("excerpt", "description", "summary"),
    "web_url": ("webUrl", "url", "link"),
    "original_url": ("originalUrl",),
    "amp_url": ("ampWebUrl",),
    "cdn_amp_url": ("cdnAmpWebUrl",),
    "published_at": ("publishedDateTime", "date"),
    "modified_at": ("modifiedDateTime", "lastmod", "updated", "modified"),
    "category": ("category",),
    "type": ("type",),
    "quality": ("quality",),
    "heat": ("heat",),
    "is_published": ("published",),
    "provider": ("provider",),
    "authors": ("authors", "author"),
    "topics": ("topics", "tags"),
    "images": ("images",),
    "related": ("related",),
    "featured_content": ("featuredContent",),
}
"""The front matter keys that may hold each field, in the order of preference."""

Significant = Literal["title", "summary", "body"]


class ArticlesConfig(Section):
    """What counts as news, and which front matter keys say what.

    ``fields`` maps a field to the keys that may hold it, first one present wins; a field that is
    not listed keeps its default keys.
    """

    significant: Annotated[tuple[Significant, ...], OneOrMany()] = Field(
        ("title", "summary", "body"), min_length=1, description="a change of these is an update"
    )
    removal_grace: Duration = Field(
        timedelta(seconds=60), description="how long a seed may be away before it is removed"
    )
    max_updates: int = Field(
        24, ge=0, description="updates told in an article's life; further ones are only recorded"
    )
    max_topics: int = Field(
        50, ge=1, le=1000, description="topics of an article; the rest is left out, with a warning"
    )
    fields: dict[FieldName, Words] = Field(
        default_factory=dict, description="the front matter keys that may hold a field, best first"
    )

    def keys_of(self, field: str) -> tuple[str, ...]:
        """The front matter keys that may hold ``field``, in the order of preference."""
        return self.fields.get(field, FIELDS[field])  # type: ignore[call-overload, no-any-return]


class HttpConfig(Section):
    """Where to serve. ``listen`` is ``host:port``, or ``off`` to serve nothing."""

    listen: Listen = Field("127.0.0.1:8765", description='host:port, or "off" to serve nothing')
    title: Word | None = Field(
        None, description="the site's name: on its page, and as the author of its feeds"
    )
    status: Literal["on", "off"] = Field("on", description='"off" serves feeds only')
    pictures: Literal["on", "off"] = Field(
        "off", description="\"on\" shows articles' pictures, from the outlets' own servers, at once"
    )
    public_url: Url | None = Field(
        None, description="how readers reach it, where that is through a proxy; a path may follow"
    )
    operations: Literal["auto", "on", "off"] = Field(
        "auto", description="operators' pages and data; auto: only where listen is loopback"
    )
    trusted_proxies: Annotated[tuple[Network, ...], OneOrMany()] = Field(
        (), description="networks whose X-Forwarded-For and -Proto are believed"
    )
    hub: Literal["on", "off"] = Field("off", description='"on": our own WebSub hub at /hub')


class StoriesConfig(Section):
    """How articles of several outlets about one event are found, and reprints of one text."""

    window: PositiveDuration = Field(
        timedelta(days=5), description="how far apart articles of one story may be"
    )
    half_life: PositiveDuration = Field(
        timedelta(days=3), description="after so long two articles are half as similar"
    )
    similarity: Number = Field(0.26, gt=0, le=1, description="from which on they are one story")
    max_articles: int = Field(
        100_000, ge=100, description="how many recent articles are kept in memory to compare with"
    )


class RetentionConfig(Section):
    """How long data is kept that is no longer needed; identity and feeds never depend on it."""

    attempts: Duration = timedelta(days=90)
    deliveries: Duration = Field(timedelta(days=365), description="their bodies")
    changes: Duration = Field(
        timedelta(days=1095), description="the log of changes, and who was told of them"
    )
    removed: Duration = Field(
        timedelta(days=365), description="what removed articles said; they stay known for ever"
    )


class EgressConfig(Section):
    """Where deliveries may go."""

    allow_private: bool = Field(True, description="also to private and loopback addresses")


class ClusterConfig(Section):
    """How nodes that share one PostgreSQL recognise each other, and divide the work."""

    node: Name | None = Field(
        None, description="this node's name, which it keeps for good; by default that of the host"
    )
    nats: Annotated[tuple[NatsUrl, ...], OneOrMany()] = Field(
        (), description="NATS servers with JetStream, which say who works on what"
    )
    user: SecretStr | None = Field(
        None, description="who we are there: NAME:PASSWORD, a token, or a file of credentials"
    )


class LogConfig(Section):
    """What is logged."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = Field(
        "text", description="of the daemon's log: key=value, or one JSON object a line"
    )


class Config(Section):
    """The whole config. ``state`` is an absolute path, or a PostgreSQL URL with its password."""

    state: str = Field(repr=False, description="the store: a path, or postgresql://user@host/name")
    watch: tuple[RootConfig, ...] = Field(min_length=1, description="the watched folders")
    rescan: PositiveDuration = Field(
        timedelta(minutes=5), description="how often all folders are walked, whatever events say"
    )
    articles: ArticlesConfig = ArticlesConfig.model_construct()
    feeds: tuple[FeedConfig, ...] = ()
    stories: Annotated[StoriesConfig | None, OrOff()] = Field(
        StoriesConfig.model_construct(), description='how stories are found; "off": not at all'
    )
    http: HttpConfig = HttpConfig.model_construct()
    cluster: ClusterConfig = ClusterConfig.model_construct()
    endpoints: tuple[EndpointConfig, ...] = ()
    alert_endpoint: str | None = Field(
        None, description="the endpoint that is told when another one is in trouble"
    )
    retention: RetentionConfig = RetentionConfig.model_construct()
    egress: EgressConfig = EgressConfig.model_construct()
    log: LogConfig = LogConfig.model_construct()

    @field_validator("stories")
    @classmethod
    def _are_in_no_feed(
        cls, value: StoriesConfig | None, info: ValidationInfo
    ) -> StoriesConfig | None:
        for feed in info.data.get("feeds", ()):
            if value is None and feed.per == "story":
                raise ValueError(f'cannot be off: the feed "{feed.name}" is per: story')
        return value

    @field_validator("egress")
    @classmethod
    def _can_be_kept(cls, value: EgressConfig, info: ValidationInfo) -> EgressConfig:
        if not value.allow_private and any(
            endpoint.type == "apprise" for endpoint in info.data.get("endpoints", ())
        ):
            raise ValueError("cannot forbid addresses to type apprise, which connects by itself")
        return value

    @property
    def node(self) -> str:
        """What this node is called where several share a store."""
        return self.cluster.node or gethostname()

    @property
    def is_shared(self) -> bool:
        """True if other nodes may use the store, too."""
        return not self.state.startswith("/")

    def root(self, path: str) -> RootConfig:
        """The root of this absolute path; raises UsageError with those there are."""
        return _named("root", path, {str(root.path): root for root in self.watch})

    def endpoint(self, name: str) -> EndpointConfig:
        """The endpoint or hub of this name; raises UsageError with those there are."""
        return _named("endpoint", name, {each.name: each for each in self.all_endpoints})

    @property
    def all_endpoints(self) -> tuple[EndpointConfig, ...]:
        """The endpoints, and the hubs that feeds name: everything that deliveries go to."""
        hubs: dict[str, HubConfig] = {}
        for feed in self.feeds:
            if feed.hub and feed.url:
                hubs.setdefault(hub_name(feed.hub), hub_of(feed.hub, feed.url))
        return (*self.endpoints, *hubs.values())

    def secrets(self) -> tuple[str, ...]:
        """Every secret value of this config, for the log's blotter; never for anything else."""
        found = [secret for endpoint in self.endpoints for secret in endpoint.secrets()]
        found += passwords_in(self.state)
        found += [self.cluster.user.get_secret_value()] if self.cluster.user else []
        return tuple(dict.fromkeys(s for s in found if len(s) >= SHORTEST_SECRET))

    def state_for_people(self) -> str:
        """``state`` without its password."""
        return redact_state(self.state)


def _named(kind: str, name: str, there: dict[str, T]) -> T:
    if name in there:
        return there[name]
    known = f"there are {', '.join(there)}" if there else f"the config has no {kind}"
    raise UsageError(f'no {kind} is called "{name}": {known}{did_you_mean(name, there)}')
