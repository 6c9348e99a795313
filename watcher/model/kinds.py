"""Kinds and states of stored things. Pure, and quick to import."""

from enum import StrEnum


class FileState(StrEnum):
    """``missing``: gone from disk, still within the grace. ``gone``: removed with its article."""

    PRESENT = "present"
    MISSING = "missing"
    GONE = "gone"


class ArticleState(StrEnum):
    """``held``: a draft, which is no article yet; no row of an article has this state."""

    LIVE = "live"
    REMOVED = "removed"
    HELD = "held"


class ChangeKind(StrEnum):
    NEW = "new"
    UPDATED = "updated"
    REMOVED = "removed"


class Verdict(StrEnum):
    """What one reading means, and why it is or is not news."""

    NEW = "new"
    UPDATED = "updated"
    REMOVED = "removed"
    SEEN_REVISION = "seen_revision"
    OVER_MAX_UPDATES = "over_max_updates"
    REFRESHED = "refreshed"
    UNCHANGED = "unchanged"
    ANOTHER_PATH = "another_path"
    RETURNED = "returned"
    QUARANTINED = "quarantined"
    HELD = "held"
    LEFT_OUT = "left_out"
    MISSING = "missing"
    UNKNOWN_PATH = "unknown_path"


class DeliveryState(StrEnum):
    """``held``: waits for the operator (``on_unknown: hold``). ``dead``: a dead letter.

    ``replaced``: another delivery says instead what it was to say.
    """

    PENDING = "pending"
    SENT = "sent"
    HELD = "held"
    DEAD = "dead"
    REPLACED = "replaced"


class EndpointState(StrEnum):
    ENABLED = "enabled"
    DISABLED = "disabled"


class RootState(StrEnum):
    """``suspicious``: most known seeds vanished at once; nothing is removed until resolved."""

    OK = "ok"
    MISSING = "missing"
    SUSPICIOUS = "suspicious"
    DEGRADED = "degraded"
