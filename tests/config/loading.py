"""Loads configs from text, in a folder of their own."""

import base64
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from watcher.config.load import load_config
from watcher.config.schema import Config
from watcher.errors import ConfigError

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
"""For hypothesis on a machine that others keep busy."""

MINIMAL = "state: s.db\nwatch: [{path: seeds}]\n"
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def load(folder: Path, text: str, **environ: str) -> Config:
    file = folder / "seedwatch.yaml"
    file.write_text(text, encoding="utf-8")
    return load_config(file, environ=environ)


def complaints(folder: Path, text: str, **environ: str) -> list[str]:
    """What is said of a config that must not load: ``line:column: error: message`` each."""
    with pytest.raises(ConfigError) as caught:
        load(folder, text, **environ)
    prefix = f"{folder / 'seedwatch.yaml'}:"
    assert all(line.startswith(prefix) for line in caught.value.lines())
    return [line.removeprefix(prefix) for line in caught.value.lines()]


def endpoint(**keys: str) -> str:
    """A minimal config with one endpoint; ``keys`` are added to it, or replace its own."""
    lines = {"name": "hook", "type": "webhook", "url": "https://example.org/hook"} | keys
    written = "".join(f"    {key}: {value}\n" for key, value in lines.items() if value)
    return f"{MINIMAL}endpoints:\n  -\n{written}"
