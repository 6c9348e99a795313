"""What a ``like`` says of a root: the rules of one tool, as data. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from watcher.ingest.post import Post
from watcher.ingest.slugs import plain_slug

Part = Callable[[Post], str | None]
"""Gives what a placeholder stands for in a post's permalink; None if the post has no such thing."""

OUTPUT = frozenset(
    {
        "_site", "docs", "public", "dist", "output", "node_modules", "themes", "vendor",
        "_includes", "_layouts", "_data", "templates",
    }
)  # fmt: skip
"""Folders of built sites, themes and data: copies of articles, or none."""

PAGES = frozenset(
    {
        "404", "about", "about-me", "archive", "archives", "categories", "contact", "index",
        "links", "friends", "search", "tags", "privacy", "imprint", "impressum", "now", "uses",
        "projects", "resume", "cv",
    }
)  # fmt: skip
"""Names of pages that a site has beside its posts."""

PAGE_FOLDERS = frozenset({"page", "pages", "spec"})
"""Folders of such pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """The rules of one tool. Names of keys are folded: lower case, without ``-`` and ``_``.

    ``source``: folders in front of a post's path that are not in its URL. ``posts``: a post lies
    in one of these. ``permalink`` is what it has where neither config nor post say more, and
    ``styles`` are the tool's names for some. ``url_keys`` hold a whole address or a permalink.
    ``waits``: keys whose time must have come. ``ends``: keys whose time must not have.
    Without a date, a file of ``page_folders`` or of no folder at all is a page.
    """

    source: tuple[str, ...] = ()
    left_out: frozenset[str] = OUTPUT
    left_out_inside: frozenset[str] = frozenset()
    posts: frozenset[str] = frozenset()
    dated: frozenset[str] = frozenset()  # where a post's name begins with its date, or it is none
    drafts: frozenset[str] = frozenset()
    pages: frozenset[str] = PAGES
    page_marks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    permalink: str = "/:path/"
    styles: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)
    segment: Callable[[str], str] = plain_slug
    slug: Callable[[str], str] = plain_slug
    url_keys: tuple[str, ...] = ("permalink",)
    keeps_file_date: bool = False
    has_languages: bool = False  # a.de.md is at /de/a/
    default_language: str | None = None  # which has no folder of its own
    folds_same_folder: bool = False  # a/a.md is at /a/
    unpublished: Mapping[str, frozenset[str]] = field(default_factory=dict)
    waits: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    tags_by_spaces: bool = False
    category_is_topic: bool = False
    no_topics: frozenset[str] = frozenset()
    dates_are_utc: bool = False
    can_hold: bool = True  # by more than draft and status
    url_in_own_zone: bool = False
    url_in_root_zone: bool = False
    needs_front_matter: bool = True
    needs_date: bool = False
    page_folders: frozenset[str] | None = None
