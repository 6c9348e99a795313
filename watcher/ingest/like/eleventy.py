"""Eleventy: the path is the URL, unless the post's ``permalink`` says another one.

https://www.11ty.dev/docs/permalinks/. A date in front matter is UTC, one in a file's name local.
"""

from watcher.ingest.like.tool import OUTPUT, PAGE_FOLDERS, Tool
from watcher.ingest.slugs import kept

ELEVENTY = Tool(
    source=("src", "content", "site", "source"),
    left_out=OUTPUT | {"_includes", "_data", "_11ty"},
    page_marks={
        "permalink": frozenset({"false"}),
        "eleventyexcludefromcollections": frozenset({"true"}),
    },
    segment=kept,
    keeps_file_date=True,
    folds_same_folder=True,
    no_topics=frozenset({"all", "nav", "post", "posts"}),
    dates_are_utc=True,
    page_folders=PAGE_FOLDERS,
)
