"""The systemd unit of Seedwatch, with reasons as comments.

``systemd/seedwatch.service`` is this very text for /opt/seedwatch.
"""

import re
from pathlib import Path

STATE_FOLDER = Path("/var/lib/seedwatch")
"""The folder that StateDirectory= makes: the only one that the service may write to."""

UNIT = r"""
# Seedwatch as a system service. Copy to /etc/systemd/system/, see systemd/README.md.

[Unit]
Description=Seedwatch: tells what is really new in folders of articles
# Endpoints may be remote; they are retried anyway, so this is only for quiet logs.
Wants=network-online.target
After=network-online.target
# A crash loop ends in failed, where somebody sees it: after 5 minutes if it cannot even start,
# which is longer than a database takes to start beside it, and after 95 if a loop hangs each time.
# Then: systemctl reset-failed seedwatch && systemctl start seedwatch
StartLimitIntervalSec=2h
StartLimitBurst=30

[Service]
# Ready when the roots are watched; systemd waits for that before starting what depends on us.
Type=notify
# Only the daemon itself speaks for the service.
NotifyAccess=main
ExecStart={command} --config {config} run
# A bad config is refused, and the old one stays in use.
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=10s
# A config error will not mend itself by restarting.
RestartPreventExitStatus=2
# A store of an older version is migrated and every folder watched before it is ready.
TimeoutStartSec=15min
# Fed while each loop gets on, by a file, a batch, a feed or an attempt: a slow disk is no reason
# for a restart, a loop that hangs is. The log then says which one, and where.
WatchdogSec=3min
# Sends under way may take their 30 s, a batch its 20 s; what is cut off is sent again, under the
# same id.
TimeoutStopSec=75s

# A fault in it must not cost the host: a daemon with 100,000 articles needs about a tenth of that.
# What is killed for its memory starts again, and quarantines the seed that it was reading.
MemoryMax=1G
# Its threads and its helpers for a first scan are fewer than 100.
TasksMax=256

# A user of its own that exists only while the service runs.
DynamicUser=yes
# /var/lib/seedwatch: the store and the feeds.
StateDirectory=seedwatch
# A web server may serve the feeds from there; the store keeps its own, narrower mode.
StateDirectoryMode=0755
# New files: feeds are for everybody to read.
UMask=0022
# Secrets, readable by this service alone: use url_credential: and secret_credential: in the config.
#LoadCredential=slack-url:/etc/seedwatch/slack-url

# Hardening; each line takes away something that Seedwatch never needs.
# The whole system is read-only, but for the state directory.
ProtectSystem=strict
# Seeds may live in a home directory: readable, never writable.
ProtectHome=read-only
# Its own /tmp: it shares no files with others there.
PrivateTmp=yes
# No disks, no consoles; only /dev/null and its like.
PrivateDevices=yes
# Settings of the kernel are not ours to change.
ProtectKernelTunables=yes
# Nor are its modules.
ProtectKernelModules=yes
# Nor is its log ours to read.
ProtectKernelLogs=yes
# Nor are the limits of other services.
ProtectControlGroups=yes
# The clock is read, never set.
ProtectClock=yes
# So is the name of the host.
ProtectHostname=yes
# Other users' processes are nobody's business.
ProtectProc=invisible
# Of /proc, processes are enough. Metrics and locks read our own.
ProcSubset=pid
# Nothing it starts could gain rights; it starts nothing.
NoNewPrivileges=yes
# Reading seeds needs no capability; binding a port above 1024 neither.
CapabilityBoundingSet=
AmbientCapabilities=
# It makes no file that runs as somebody else.
RestrictSUIDSGID=yes
# It makes no containers.
RestrictNamespaces=yes
# It must not starve others of the processor.
RestrictRealtime=yes
# It runs as this one kind of Linux only.
LockPersonality=yes
# Nothing of it stays in shared memory.
RemoveIPC=yes
# Nobody else's keys.
KeyringMode=private
# HTTP, name look-ups, sd_notify. No raw sockets, no Bluetooth.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
# No 32-bit calls on a 64-bit system.
SystemCallArchitectures=native
# What services usually call, without what needs rights or changes limits.
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
# What is forbidden fails in words instead of a crash.
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
""".lstrip("\n")


def render_unit(*, command: str, config: Path) -> str:
    """The unit for a program, of one or more words, and a config, at absolute paths."""
    return UNIT.replace("{command}", command).replace("{config}", escape(str(config)))


def escape(word: str) -> str:
    """Quote a word for ExecStart= (systemd.service(5)) if necessary."""
    text = word.replace("\\", "\\\\").replace("%", "%%").replace("$", "$$").replace('"', '\\"')
    return f'"{text}"' if re.search(r"""[\s'";]""", text) else text


def installed_command(interpreter: Path, script: Path | None) -> str:
    """The command that starts this program, in absolute paths: its script or its interpreter."""
    if script is not None:
        return escape(str(script))
    return f"{escape(str(interpreter))} -m watcher.cli"
