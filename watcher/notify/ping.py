"""What a WebSub hub is told. Only words, so that who publishes loads nothing that sends.

https://www.w3.org/TR/websub/ leaves it to hub and publisher how; this is the form that public hubs
take: ``hub.mode=publish`` with the feed's URL.
"""

from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"


def ping_body(feed_url: str) -> bytes:
    """The body, of type :data:`FORM`, that says that the feed at this URL has changed."""
    return urlencode({"hub.mode": "publish", "hub.url": feed_url}).encode()
