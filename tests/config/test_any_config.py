"""Any config at all: loaded, or refused with all that is wrong, in no time and little memory."""

import os
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.config.loading import MINIMAL, complaints, load
from tests.ingest.yaml_changes import change_yaml
from tests.support.hostile_input import HOSTILE_PIECES, MIB, within_memory, within_time
from watcher.config.schema import Config
from watcher.errors import ConfigError

EXAMPLES = int(os.environ.get("SEEDWATCH_PROPERTY_EXAMPLES", "0"))
FOLDER = Path(__file__).parents[2] / "config"
CONFIGS = [path.read_text("utf-8") for path in sorted(FOLDER.glob("*.yaml"))]


def load_or_refuse(folder: Path, text: str) -> Config | None:
    try:
        return load(folder, text, NAME="value")
    except ConfigError:
        return None


@settings(
    max_examples=EXAMPLES or 25,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 2**32), st.sampled_from(CONFIGS))
def test_a_changed_config_is_loaded_or_refused(tmp_path: Path, seed: int, text: str) -> None:
    changed = change_yaml(text, Random(seed)).encode(errors="ignore").decode()
    with within_time():
        load_or_refuse(tmp_path, changed)


@pytest.mark.parametrize("piece", HOSTILE_PIECES.values(), ids=HOSTILE_PIECES)
@pytest.mark.parametrize("start", ["", f"{MINIMAL}log: "])
def test_no_config_takes_a_second(tmp_path: Path, start: str, piece: str) -> None:
    """An ordinary one has some kilobytes; this is a hundred times as much."""
    with within_time():
        load_or_refuse(tmp_path, (start + piece)[:262_144])


@pytest.mark.parametrize("tag", ["!match", "!!set", "!!omap"])
def test_a_config_with_a_tag_is_no_mapping(tmp_path: Path, tag: str) -> None:
    (said,) = complaints(tmp_path, f"{tag} {{}}\n")
    assert said.endswith("the config must be a mapping of keys, such as watch:")


def test_a_config_of_more_than_16_mib_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at most 16,777,216 characters"):
        load(tmp_path, MINIMAL + "# " + "a" * 16 * MIB)


@pytest.mark.parametrize("name", ["brackets", "items", "pairs", "references"])
def test_no_config_takes_200_mib(tmp_path: Path, name: str) -> None:
    with within_memory():
        load_or_refuse(tmp_path, HOSTILE_PIECES[name])
