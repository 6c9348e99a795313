"""Publication: what is in each feed, rendered, onto disk where the bytes differ, told to hubs.

Derived wholly from the store, so doing it again repairs whatever a crash left undone.
"""

from watcher.publication.edition import PublishedFeed
from watcher.publication.hubs import Hubs
from watcher.publication.publication import Publication

__all__ = ["Hubs", "Publication", "PublishedFeed"]
