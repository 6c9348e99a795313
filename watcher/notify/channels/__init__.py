"""Which channel an endpoint's type means."""

from watcher.config.endpoint import EndpointConfig, HubConfig
from watcher.notify.channels.apprise import AppriseChannel
from watcher.notify.channels.channel import Channel
from watcher.notify.channels.discord import DiscordChannel
from watcher.notify.channels.mail import MailChannel
from watcher.notify.channels.slack import SlackChannel
from watcher.notify.channels.teams import TeamsChannel
from watcher.notify.channels.webhook import WebhookChannel
from watcher.notify.channels.websub import WebSubChannel


def channel_for(endpoint: EndpointConfig) -> Channel:
    """The endpoint's channel."""
    if isinstance(endpoint, HubConfig):
        return WebSubChannel(endpoint)
    match endpoint.type:
        case "slack":
            return SlackChannel(endpoint)
        case "webhook":
            return WebhookChannel(endpoint)
        case "discord":
            return DiscordChannel(endpoint)
        case "teams":
            return TeamsChannel(endpoint)
        case "email":
            return MailChannel(endpoint)
        case "apprise":
            return AppriseChannel(endpoint)
