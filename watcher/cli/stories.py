"""``stories``: lists stories, and merges and splits them."""

from datetime import datetime
from pathlib import Path

import click

from watcher.cli import options
from watcher.cli.context import opened
from watcher.cli.explain import find_article
from watcher.cli.listing import of_endpoint, of_topic, of_words
from watcher.cli.output import cut, print_json, print_json_lines, print_table
from watcher.diff.story_id import story_id
from watcher.errors import UsageError
from watcher.model.public_json import story_object
from watcher.model.wording import count
from watcher.store.lists import Wanted


@click.group(
    invoke_without_command=True,
    epilog=options.examples("seedwatch stories --since 3d", "seedwatch stories merge 5d0c… 91af…"),
)
@options.since
@options.limit
@of_topic
@of_endpoint
@of_words
@options.refused("--state", "a story has none; articles --state removed lists what is out no more")
@options.as_json
@click.pass_context
def stories(
    context: click.Context,
    *,
    since: datetime | None,
    limit: int,
    topic: str | None,
    endpoint: str | None,
    words: str | None,
    as_json: bool,
) -> None:
    """List stories of several articles, those that grew last first."""
    if context.invoked_subcommand is not None:
        return
    with opened(context.obj) as (_, store):
        wanted = Wanted(limit=limit + 1, since=since, topic=topic, endpoint=endpoint, words=words)
        listed = cut(store.stories.newest(wanted), limit)
    if as_json:
        print_json_lines(story_object(story) for story in listed)
        return
    rows = [
        (
            story.members[-1].at,
            len(story.members),
            story.outlets,
            story.headline.title,
            ", ".join(dict.fromkeys(member.provider for member in story.members)),
            story.id,
        )
        for story in listed
    ]
    columns = ["last at", "articles", "outlets", "title", "told by", "id"]
    print_table(columns, rows, empty="no stories")


@stories.command(
    epilog=options.examples("seedwatch stories merge 5d0c1f6e91af77b0 91af77b05d0c1f6e")
)
@click.argument("story")
@click.argument("others", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def merge(config_file: Path | None, *, story: str, others: tuple[str, ...], as_json: bool) -> None:
    """Move all articles of OTHERS into STORY."""
    with opened(config_file) as (_, store):
        moved = store.stories.merge(story, others)
    _say_moved(moved, story, as_json=as_json)


@stories.command(epilog=options.examples("seedwatch stories split https://example.org/article"))
@click.argument("articles", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def split(config_file: Path | None, *, articles: tuple[str, ...], as_json: bool) -> None:
    """Move ARTICLES (ids, URLs or seeds' paths) out of their story, into one of their own."""
    with opened(config_file) as (_, store):
        found = [find_article(store, article) for article in articles]
        without = next((each for each in found if each.story is None), None)
        if without is not None:
            raise UsageError(f"{without.id} is in no story: it came before stories were found")
        story = story_id(f"{found[0].id} out of {found[0].story}")
        moved = store.stories.split([each.id for each in found], story)
    _say_moved(moved, story, as_json=as_json)


def _say_moved(moved: int, story: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"story": story, "moved": moved})
    else:
        click.echo(f"{count(moved, 'article')} moved into story {story}")
