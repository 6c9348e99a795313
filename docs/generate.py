"""Writes the reference from the code: what the code says once is not said here again."""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import click

from watcher.cli import program
from watcher.cli.check_report import CODES
from watcher.config.json_schema import config_schema
from watcher.model.public_json import article_schema

CONFIG = """
state: s.db
watch: [{path: seeds}]
http: {listen: "127.0.0.1:0"}
feeds: [{name: all, title: All, path: all.atom}]
endpoints: [{name: hook, type: webhook, url: "http://127.0.0.1:9/", enabled: false}]
"""
START_SECONDS = 60


def write_reference(folder: Path) -> None:
    """Write every generated page into ``folder``, where its bytes differ."""
    pages = {
        "commands.md": "\n".join(commands_page()),
        "config.md": "\n".join(config_page(config_schema())),
        "article.md": "\n".join(article_page(article_schema())),
        "problems.md": "\n".join(problems_page()),
        "metrics.md": "\n".join(metrics_page(read_metrics())),
    }
    for name, text in pages.items():
        file = folder / name
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")


def commands_page() -> Iterator[str]:
    yield "# Commands\n"
    yield "`seedwatch [--config FILE] COMMAND`\n"
    yield f"{program.help}\n"
    yield (
        "The config is `--config`, else `$SEEDWATCH_CONFIG`, else `./config/seedwatch.yaml`, else "
        "`/etc/seedwatch/seedwatch.yaml`. Exit codes: 0 fine, 1 something failed, 2 bad usage or "
        "config, 3 the store or its lock is unavailable.\n"
    )
    context = click.Context(program, info_name="seedwatch")
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        assert command is not None
        if not command.hidden:
            yield from _command(command, click.Context(command, info_name=name, parent=context))


def _command(command: click.Command, context: click.Context, level: int = 2) -> Iterator[str]:
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f"{'#' * level} {context.info_name}\n"
    yield f"`{context.command_path} {pieces}`\n"
    yield f"{_as_paragraphs(command.help or '')}\n"
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and record[0] != "-h, --help":
            yield f"`{record[0]}`\n: {record[1]}\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            part = command.get_command(context, name)
            assert part is not None
            below = click.Context(part, info_name=name, parent=context)
            yield from _command(part, below, level + 1)
    if command.epilog:
        yield "```sh"
        lines = command.epilog.replace("\b", "").strip().splitlines()
        yield from (line.strip() for line in lines if line.strip().startswith("seedwatch"))
        yield "```\n"


def _as_paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.replace("\b", "").split("\n\n"))


def config_page(schema: dict[str, Any]) -> Iterator[str]:
    yield "# The config file\n"
    yield (
        "YAML (JSON is YAML, too). Unknown keys are errors. Relative paths start from the config "
        "file; durations are written `200ms`, `15m`, `3d`. `seedwatch schema config` prints the "
        "same as JSON Schema, for editors.\n"
    )
    yield "## The top level\n"
    yield from _keys(schema)
    titles = {
        "RootConfig": "watch",
        "ArticlesConfig": "articles",
        "FeedConfig": "feeds",
        "HttpConfig": "http",
        "EndpointConfig": "endpoints",
    }
    for name, part in schema["$defs"].items():
        if part.get("properties"):
            yield f"## {titles.get(name, name.removesuffix('Config').lower())}\n"
            if part.get("description"):
                yield f"{_plain(part['description'])}\n"
            yield from _keys(part)


def _keys(part: dict[str, Any]) -> Iterator[str]:
    for name, key in part["properties"].items():
        says = _plain(key.get("description", ""))
        facts = [f"`{name}`", *_kind(key)]
        yield ", ".join(facts)
        yield f": {says or 'See below.'}\n"


def _kind(key: dict[str, Any]) -> list[str]:
    found = []
    choices = [str(each) for one in [key, *key.get("anyOf", [])] for each in one.get("enum", [])]
    if choices:
        found.append("one of " + ", ".join(f"`{choice}`" for choice in choices))
    if key.get("default") not in (None, [], {}):
        found.append(f"default `{_yaml(key['default'])}`")
    return found


def _yaml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_yaml(each) for each in value) + "]"
    return str(value)


def article_page(schema: dict[str, Any]) -> Iterator[str]:
    yield "# The article object\n"
    yield (
        "The same everywhere: in a webhook's changes, in `--json`, in a JSON Feed's `_seedwatch`. "
        "What an article does not have is left out. `seedwatch schema article` prints its JSON "
        "Schema.\n"
    )
    yield from _fields(schema["properties"], "")


def _fields(properties: dict[str, Any], before: str) -> Iterator[str]:
    for name, field in properties.items():
        kind = field.get("format") or field.get("type", "")
        says = f"{_plain(field['description'])} " if field.get("description") else ""
        yield f"`{before}{name}`\n: {says}({kind})\n"
        inner = field.get("properties") or field.get("items", {}).get("properties")
        if inner:
            is_list = "[]" if field.get("type") == "array" else ""
            yield from _fields(inner, f"{before}{name}{is_list}.")


def problems_page() -> Iterator[str]:
    yield "# Problem codes\n"
    yield "What `seedwatch check` finds, by the code behind each message.\n"
    for code, says in CODES.items():
        yield f"`{code}`\n: {says}\n"


def metrics_page(text: str) -> Iterator[str]:
    yield "# Metrics\n"
    yield "What `/metrics` serves, for Prometheus.\n"
    kinds = dict(re.findall(r"^# TYPE (seedwatch_\S+) (\S+)", text, re.MULTILINE))
    for name, says in re.findall(r"^# HELP (seedwatch_\S+) (.*)", text, re.MULTILINE):
        if not name.endswith("_created"):
            yield f"`{name}` ({kinds[name]})\n: {says}\n"


def read_metrics() -> str:
    """What a daemon over an empty folder serves at ``/metrics``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "seeds").mkdir()
        (folder / "seedwatch.yaml").write_text(CONFIG, "utf-8")
        log = folder / "log"
        with log.open("wb") as out:
            words = ["-m", "watcher.cli", "--config", str(folder / "seedwatch.yaml"), "run"]
            daemon = subprocess.Popen([sys.executable, *words], stdout=out, stderr=out)
        try:
            with urlopen(f"{_address(log)}/metrics", timeout=10) as answer:
                return str(answer.read().decode("utf-8"))
        finally:
            daemon.terminate()
            daemon.wait(30)


def _address(log: Path) -> str:
    ends_at = time.monotonic() + START_SECONDS
    while time.monotonic() < ends_at:
        found = re.search(r"127\.0\.0\.1:[1-9]\d*", log.read_text("utf-8"))
        if found:
            return f"http://{found[0]}"
        time.sleep(0.05)
    raise TimeoutError(log.read_text("utf-8"))


def _plain(text: str) -> str:
    return " ".join(text.split())
