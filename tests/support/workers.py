"""Which tests go to one worker: those of a module whose set-up is too dear to be had twice.

And which go first: what takes longest must not be what all wait for at the end.

xdist's own ``xdist_group`` does nothing under pytest 9.2: it writes an attribute that is gone.
"""

from xdist.scheduler import LoadScopeScheduling

DEAR_MODULES = {
    "tests/e2e/test_page.py",
    "tests/e2e/test_readers.py",
    "tests/e2e/test_validation.py",
}

LONG_MODULES = {
    f"tests/e2e/test_{name}.py" for name in ("soak", "replay", "properties", "crash", "first_scan")
}


def rank(nodeid: str) -> int:
    """When a test's turn is: the longest first, then the dear modules, then the others."""
    module = nodeid.partition("::")[0]
    return 0 if module in LONG_MODULES else 1 if module in DEAR_MODULES else 2


class DearModulesTogether(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Sends each test to the next free worker, but a dear module's tests all to one."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return module if module in DEAR_MODULES else nodeid
