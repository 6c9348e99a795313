from collections.abc import Iterator

import pytest
import requests

from tests.serve.samples import MemoryView, Site, serving


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("feeds")
    view = MemoryView()
    with serving(view, folder=folder) as base, requests.Session() as session:
        session.trust_env = False
        yield Site(base, view, folder, session)


@pytest.fixture
def site(running: Site) -> Site:
    """One server for a module's tests, with an empty view for each of them."""
    running.view.__init__()  # type: ignore[misc]
    running.session.cookies.clear()
    return running
