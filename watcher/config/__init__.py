"""Config: a YAML file in, one frozen :class:`Config` out, or every problem at once.

In: the file, the environment, secret files, systemd credentials. Out: types that any stage may
read. It may not: open the store, touch a root, reach the network.
"""

from typing import TYPE_CHECKING

from watcher.on_demand import on_demand

if TYPE_CHECKING:
    from watcher.config.default_file import find_config
    from watcher.config.endpoint import EndpointConfig
    from watcher.config.hub import HubConfig, hub_name
    from watcher.config.init import write_initial_config, write_new
    from watcher.config.json_schema import config_schema
    from watcher.config.load import load_config, validate
    from watcher.config.matching import Match, depends_on_time, first_mismatch
    from watcher.config.outline import Outline, outline_of
    from watcher.config.resolved import Resolved, resolve
    from watcher.config.schema import (
        ArticlesConfig,
        Config,
        EgressConfig,
        FeedConfig,
        FeedFormat,
        HttpConfig,
        LogConfig,
        RetentionConfig,
        RootConfig,
    )
    from watcher.config.timing import QuietHours, Schedule, ScheduleKind
    from watcher.config.wording import did_you_mean

__all__ = [
    "ArticlesConfig",
    "Config",
    "EgressConfig",
    "EndpointConfig",
    "FeedConfig",
    "FeedFormat",
    "HttpConfig",
    "HubConfig",
    "LogConfig",
    "Match",
    "Outline",
    "QuietHours",
    "Resolved",
    "RetentionConfig",
    "RootConfig",
    "Schedule",
    "ScheduleKind",
    "config_schema",
    "depends_on_time",
    "did_you_mean",
    "find_config",
    "first_mismatch",
    "hub_name",
    "load_config",
    "outline_of",
    "resolve",
    "validate",
    "write_initial_config",
    "write_new",
]

__getattr__ = on_demand(
    __name__,
    default_file="find_config",
    endpoint="EndpointConfig",
    hub="HubConfig hub_name",
    init="write_initial_config write_new",
    json_schema="config_schema",
    load="load_config validate",
    matching="Match depends_on_time first_mismatch",
    outline="Outline outline_of",
    resolved="Resolved resolve",
    schema="ArticlesConfig Config EgressConfig FeedConfig FeedFormat HttpConfig LogConfig "
    "RetentionConfig RootConfig",
    wording="did_you_mean",
    timing="QuietHours Schedule ScheduleKind",
)
