"""A story as a feed entry: what its headline says, and where else it is told. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from html import escape

from watcher.model.article import Article
from watcher.model.seed import Content
from watcher.model.story import Story, StoryMember


def story_entry(
    story: Story, headline: Article, *, first: Article, updated_at: datetime
) -> Article:
    """The headline's article as the entry of the whole story, which came with the ``first`` one."""
    content, others = headline.content, elsewhere(story)
    words = content.body or (f"<p>{escape(content.summary)}</p>" if content.summary else "")
    return replace(
        headline,
        id=f"urn:seedwatch:story:{story.id}",
        content=replace(
            content,
            published_at=first.content.published_at,
            body=words + _list(others) if others else content.body,
            related=tuple(
                Content(title=f"{each.provider}: {each.title}", url=each.url)
                for each in others
                if each.url
            ),
        ),
        first_seen_at=first.first_seen_at,
        updated_at=updated_at,
    )


def elsewhere(story: Story) -> Sequence[StoryMember]:
    """The other outlets that have a story, each by its first article, in the order of time."""
    headline = story.headline
    found = {headline.outlet or headline.article: headline}
    for member in story.members:
        found.setdefault(member.outlet or member.article, member)
    return list(found.values())[1:]


def _list(members: Sequence[StoryMember]) -> str:
    lines = "".join(f"<li>{_line(member)}</li>" for member in members)
    return f"<p>Also at:</p><ul>{lines}</ul>"


def _line(member: StoryMember) -> str:
    outlet = escape(member.provider or "another outlet")
    if member.url:
        outlet = f'<a href="{escape(member.url)}">{outlet}</a>'
    return f"{outlet}: {escape(member.title)}"
