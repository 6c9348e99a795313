"""A feed's keys in the config (DESIGN §6)."""

from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from watcher.config.matching import Match
from watcher.config.values import FeedPath, Section, Url, Word


class FeedFormat(StrEnum):
    ATOM = "atom"
    RSS = "rss"
    JSON = "json"


class FeedConfig(Section):
    """One feed file, or one per topic. ``path`` is absolute; ``{slug}`` in it is the topic's.

    A feed that is ``per: story`` is one file, whose entries are stories in place of articles.
    """

    name: Word
    title: str | None = Field(None, description="what feed readers show; the name by default")
    subtitle: str | None = None
    per: Literal["topic", "story"] | None = Field(
        None, description="topic: one feed for each topic; story: one entry for each story"
    )
    important_at: int | None = Field(
        None, ge=2, description="of per: story: an entry is updated when so many outlets have it"
    )
    path: FeedPath = Field(description="the file; format by suffix: .atom, .rss or .json")
    url: Url | None = Field(None, description="where readers fetch it: the feed's self link")
    limit: int = Field(100, ge=1, le=10_000, description="how many entries it holds")
    max_feeds: int = Field(
        1000, ge=1, description="files of per: topic; topics beyond get none, which status says"
    )
    match: Match = Field(
        Match.model_construct(), description="which articles it holds; all by default"
    )
    hub: Url | None = Field(
        None, description="a WebSub hub that the feed names and that is pinged when it changes"
    )
    archive: bool = Field(
        False, description="keep what no longer fits in archives that the feed links to; Atom only"
    )

    @field_validator("important_at")
    @classmethod
    def _has_stories(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is not None and "per" in info.data and info.data["per"] != "story":
            raise ValueError("is for a feed that is per: story")
        return value

    @field_validator("path", "url")
    @classmethod
    def _one_for_each_topic(
        cls, value: Path | str | None, info: ValidationInfo
    ) -> Path | str | None:
        if value is None or "per" not in info.data:
            return value
        has_slug, per_topic = "{slug}" in str(value), info.data["per"] == "topic"
        if per_topic and not has_slug:
            raise ValueError("needs {slug} in it, because the feed is per: topic")
        if has_slug and not per_topic:
            raise ValueError("has {slug} in it, so the feed needs per: topic")
        return value

    @field_validator("hub")
    @classmethod
    def _can_be_told(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and "url" in info.data and info.data["url"] is None:
            raise ValueError("needs the feed's url: it is what the hub is told")
        return value

    @field_validator("archive")
    @classmethod
    def _can_be_linked(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("per") == "story":
            raise ValueError("is for articles: a story grows, and an archive never changes")
        if value and "path" in info.data and info.data["path"].suffix != ".atom":
            raise ValueError("is for Atom: other formats cannot link to archives")
        if value and "url" in info.data and info.data["url"] is None:
            raise ValueError("needs the feed's url: feed and archives link to one another")
        return value

    @property
    def is_per_topic(self) -> bool:
        return self.per == "topic"

    @property
    def format(self) -> FeedFormat:
        return FeedFormat(self.path.suffix.removeprefix("."))
