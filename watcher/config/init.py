"""What ``seedwatch init`` writes: a commented config that works as it is."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from watcher.config.json_schema import config_schema
from watcher.errors import UsageError

INITIAL_CONFIG = """\
# yaml-language-server: $schema=seedwatch.schema.json
# Seedwatch: works as it is. Every key, with its default: config/seedwatch.example.yaml
# Relative paths start at this file's folder. `seedwatch check` finds mistakes in it.

# What Seedwatch remembers; or postgresql://user@host/name
state: ../var/seedwatch.db

# The folders to watch: Markdown with front matter, HTML, JSON, a whole blog with like: and site:
watch:
  - path: ../seeds

# The feeds to publish; the suffix is the format: .atom, .rss or .json
feeds:
  - name: all
    title: All articles
    path: ../var/feeds/all.atom
    url: http://127.0.0.1:8765/feeds/all.atom

# The feeds and a status page, for this machine only; "off" serves nothing.
http:
  listen: 127.0.0.1:8765

# Where new articles are sent. Uncomment one, set the variables that it names where the daemon
# runs, and try it: `seedwatch test newsroom`
# endpoints:
#   - name: newsroom
#     type: slack
#     url: ${SLACK_WEBHOOK_URL}
#   - name: archive
#     type: webhook
#     url: https://example.org/hooks/articles
#     secret: ${ARCHIVE_SECRET}             # made with: echo "whsec_$(openssl rand -base64 32)"
#     on: [new, updated, removed]
#     schedule: every 15m
"""


FIRST_SEED = """\
---
title: Hello, feed
url: https://example.org/hello
topics: [Seedwatch]
---
This is a seed: an article in a file. Change this text and save it: that is an update. Change the
topics: nobody is told. Write another file beside it: that is news.
"""

_WATCHED = "  - path: ../seeds\n"
_SHIPPED = ("seedwatch.example.yaml", "slack.template.example.json.j2", "monitoring")
"""What ``init --full`` copies beside the config."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InitialRoot:
    """A folder that is there already, to be watched from the first config on."""

    path: str
    like: str
    site: str | None = None
    permalink: str | dict[str, str] | None = None
    timezone: str | None = None

    def as_yaml(self) -> str:
        """The item of ``watch:``. JSON is YAML, and quotes what must be quoted."""
        values = {
            "path": self.path, "like": self.like, "site": self.site, "permalink": self.permalink,
            "timezone": self.timezone,
        }  # fmt: skip
        lines = [
            f"{key}: {json.dumps(value, ensure_ascii=False)}"
            for key, value in values.items()
            if value is not None
        ]
        if self.site is None:
            lines.append("#site: https://blog.example.org/   # where it is published")
        return "  - " + "\n    ".join(lines) + "\n"


def write_initial_config(
    folder: Path, *, var: str = "../var", root: InitialRoot | None = None, full: bool = False
) -> list[Path]:
    """Write ``config/seedwatch.yaml`` below ``folder``. Returns the paths that were made.

    Beside it goes its JSON Schema, which its first line names: so editors complete and check keys.
    Unless a ``root`` is given, ``seeds`` is made, with a first seed in it. ``full`` adds the config
    with every key, a template and the rules and dashboard for monitoring. ``var`` is where store
    and feeds go. Raises UsageError if that config is there already, or cannot be written.
    """
    file, seeds = folder / "config" / "seedwatch.yaml", folder / "seeds"
    schema = file.with_name("seedwatch.schema.json")
    made = [file, schema]
    text = INITIAL_CONFIG.replace("../var/", f"{var}/")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as new:
            new.write(text.replace(_WATCHED, root.as_yaml()) if root else text)
        schema.write_text(schema_text(), encoding="utf-8")
        if root is None:
            made += _make_seeds(seeds)
        if full:
            made += _copy_shipped(file.parent)
    except FileExistsError as error:
        raise UsageError(f"{error.filename} is there already; nothing was changed") from None
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from None
    return made


def _make_seeds(seeds: Path) -> list[Path]:
    if seeds.is_dir():
        return []
    seeds.mkdir()
    first = seeds / "hello.md"
    first.write_text(FIRST_SEED, encoding="utf-8")
    return [seeds, first]


def _copy_shipped(folder: Path) -> list[Path]:
    made = []
    for name in _SHIPPED:
        source, target = shipped_files() / name, folder / name
        if not target.exists():
            made.append(target)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    return made


def shipped_files() -> Path:
    """The folder of example files: in the installed package, or the project's own ``config``."""
    package = Path(__file__).parent.parent
    installed = package / "shipped"
    return installed if installed.is_dir() else package.parent / "config"


def schema_text() -> str:
    """The JSON Schema of the config file, as text."""
    return json.dumps(config_schema(), indent=2, ensure_ascii=False) + "\n"


def write_new(file: Path, text: str) -> None:
    """Write a file that is not there yet. Raises UsageError if it is, or cannot be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError as error:
        raise UsageError(f"{error.filename} is there already; nothing was changed") from None
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from None
