"""What a root's config means for reading its seeds. Pure."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from watcher.config.permalink import PermalinkRule
from watcher.config.schema import ArticlesConfig, RootConfig
from watcher.ingest.keys import FieldKeys, field_keys
from watcher.ingest.like.tool import Tool
from watcher.ingest.like.tools import TOOLS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rules:
    """How the seeds of one root are read. ``root_name`` is the name of its folder."""

    keys: FieldKeys
    tool: Tool
    like: str | None = None
    site: str | None = None
    permalinks: tuple[PermalinkRule, ...] = ()
    zone: tzinfo = field(default=UTC)
    root_name: str = ""

    def local(self, moment: datetime) -> datetime:
        """A time in the zone whose date stands in URLs."""
        if self.tool.url_in_own_zone or (self.zone is UTC and not self.tool.url_in_root_zone):
            return moment
        return moment.astimezone(self.zone)


def rules_of(root: RootConfig, articles: ArticlesConfig) -> Rules:
    """The rules of a root, made once."""
    fields = tuple(articles.fields.items())
    place = (root.like, root.site, root.permalink or (), root.timezone, root.path.name)
    return _rules(place, fields, articles.max_topics)


@lru_cache(maxsize=64)
def _rules(
    place: tuple[str | None, str | None, tuple[PermalinkRule, ...], ZoneInfo, str],
    fields: tuple[tuple[str, tuple[str, ...]], ...],
    max_topics: int,
) -> Rules:
    like, site, permalinks, zone, root_name = place
    tool = TOOLS[like]
    url_keys = tool.url_keys if like else None
    return Rules(
        keys=field_keys(fields, max_topics, url_keys),
        tool=tool,
        like=like,
        site=site,
        permalinks=permalinks,
        zone=UTC if zone.key in ("UTC", "Etc/UTC") else zone,
        root_name=root_name,
    )
