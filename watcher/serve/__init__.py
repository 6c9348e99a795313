"""Serve: feeds and a status page over HTTP.

In: a view of what there is, the feed files on disk. Out: answers to GET and HEAD, and nothing
else. It may not: change anything, show a secret or a path of the host, let one client wait for
another. Starlette, uvicorn and Jinja live here.
"""

from typing import TYPE_CHECKING

from watcher.on_demand import on_demand

if TYPE_CHECKING:
    from watcher.serve.addresses import Addresses, feeds_folder
    from watcher.serve.app import make_app
    from watcher.serve.meters import Meters
    from watcher.serve.metrics import make_registry
    from watcher.serve.server import Server, listen
    from watcher.serve.view import Check, Counts, FeedView, Health, View
    from watcher.serve.wording import RootNames, count, relative

__all__ = [
    "Addresses",
    "Check",
    "Counts",
    "FeedView",
    "Health",
    "Meters",
    "RootNames",
    "Server",
    "View",
    "count",
    "feeds_folder",
    "listen",
    "make_app",
    "make_registry",
    "relative",
]

__getattr__ = on_demand(
    __name__,
    addresses="Addresses feeds_folder",
    app="make_app",
    meters="Meters",
    metrics="make_registry",
    server="Server listen",
    view="Check Counts FeedView Health View",
    wording="RootNames count relative",
)
