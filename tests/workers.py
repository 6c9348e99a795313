"""Which tests go to one worker: those of a module whose set-up is too dear to be had twice.

xdist's own ``xdist_group`` does nothing under pytest 9.2: it writes an attribute that is gone.
"""

from xdist.scheduler import LoadScopeScheduling

DEAR_MODULES = {
    "tests/e2e/test_page.py",
    "tests/e2e/test_readers.py",
    "tests/e2e/test_validation.py",
}


class DearModulesTogether(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Sends each test to the next free worker, but a dear module's tests all to one."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return module if module in DEAR_MODULES else nodeid
