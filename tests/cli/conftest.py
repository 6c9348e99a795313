"""An installation for the command line's own tests, on SQLite: engines are e2e's matter.

Commands that run in the tests' own process set up its log: afterwards it is as it was.
"""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers, hook = root.level, root.handlers[:], sys.excepthook
    yield
    root.setLevel(level)
    root.handlers[:] = handlers
    sys.excepthook = hook
