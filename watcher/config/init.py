"""What ``seedwatch init`` writes: a commented config that works as it is."""

import json
from pathlib import Path

from watcher.config.json_schema import config_schema
from watcher.errors import UsageError

INITIAL_CONFIG = """\
# yaml-language-server: $schema=seedwatch.schema.json
# Seedwatch: works as it is. Every key, with its default: config/seedwatch.example.yaml
# Relative paths start at this file's folder. `seedwatch check` finds mistakes in it.

# What Seedwatch remembers; or postgresql://user@host/name
state: ../var/seedwatch.db

# The folders to watch: one article per file, YAML front matter between --- lines.
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

# Who is told of new articles. Uncomment one, put its secrets into the environment,
# and try it: `seedwatch test newsroom`
# endpoints:
#   - name: newsroom
#     type: slack
#     url: ${SLACK_WEBHOOK_URL}
#     match: {topics: [AI], min_quality: 30}
#   - name: archive
#     type: webhook
#     url: https://example.org/hooks/articles
#     secret: ${ARCHIVE_SECRET}             # whsec_…, made with: openssl rand -base64 32
#     on: [new, updated, removed]
#     schedule: every 15m
"""


def write_initial_config(folder: Path, *, var: str = "../var") -> list[Path]:
    """Write ``config/seedwatch.yaml`` below ``folder``, and make ``seeds``; what was made.

    Beside it goes its JSON Schema, which its first line names: so editors complete and check keys.

    ``var`` is where store and feeds go. Raises UsageError if that config is there already, or
    cannot be written.
    """
    file, seeds = folder / "config" / "seedwatch.yaml", folder / "seeds"
    schema = file.with_name("seedwatch.schema.json")
    made = [file, schema] if seeds.is_dir() else [file, schema, seeds]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as new:
            new.write(INITIAL_CONFIG.replace("../var/", f"{var}/"))
        schema.write_text(schema_text(), encoding="utf-8")
        seeds.mkdir(exist_ok=True)
    except FileExistsError as error:
        raise UsageError(f"{error.filename} is there already; nothing was changed") from None
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from None
    return made


def schema_text() -> str:
    """The JSON Schema of the config as it stands in a file."""
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
