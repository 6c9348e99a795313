"""An installation for the command line's own tests, on SQLite: engines are e2e's matter."""

from pathlib import Path

import pytest

from tests.support.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)
