"""Which sink an endpoint's type means."""

from watcher.config.endpoint import EndpointConfig, HubConfig
from watcher.notify.channels.apprise import AppriseSink
from watcher.notify.channels.channel import Sink
from watcher.notify.channels.discord import DiscordSink
from watcher.notify.channels.slack import SlackSink
from watcher.notify.channels.teams import TeamsSink
from watcher.notify.channels.webhook import WebhookSink
from watcher.notify.channels.websub import HubSink


def sink_for(endpoint: EndpointConfig, *, feed_url: str | None) -> Sink:
    """The endpoint's sink; ``feed_url`` is where a digest sends its readers."""
    if isinstance(endpoint, HubConfig):
        return HubSink(endpoint)
    match endpoint.type:
        case "slack":
            return SlackSink(endpoint, feed_url=feed_url)
        case "webhook":
            return WebhookSink(endpoint)
        case "discord":
            return DiscordSink(endpoint, feed_url=feed_url)
        case "teams":
            return TeamsSink(endpoint, feed_url=feed_url)
        case "apprise":
            return AppriseSink(endpoint, feed_url=feed_url)
