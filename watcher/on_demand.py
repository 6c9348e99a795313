"""Lets a stage load a module only when somebody imports a name from it (PEP 562).

A stage's ``__init__`` is its face: importing one light name from it must not load all that the
stage can do, or ``seedwatch status`` would wait for the libraries that render feeds and send
messages. This is the one way in which Seedwatch puts off imports of its own. It puts off nothing
to a later moment of a run: ``from watcher.notify import Deliverer`` loads it there and then. A
library is imported inside a function only where most installations never need it.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any


def on_demand(face: str, **modules: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of the package ``face``: ``modules`` names what each module gives."""
    homes = {name: module for module, names in modules.items() for name in names.split()}

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {face!r} has no attribute {name!r}")
        value = getattr(import_module(f"{face}.{homes[name]}"), name)
        setattr(sys.modules[face], name, value)
        return value

    return find
