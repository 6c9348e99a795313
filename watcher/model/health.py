"""How all is: checks, how grave each that fails is, and what to do about it. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Gravity(StrEnum):
    """What a failed check means; the gravest first."""

    DOWN = "down"
    """The daemon does not do its work: not ready."""
    TROUBLE = "trouble"
    """Somebody must act, or something stays undone."""
    NOTE = "note"
    """Worth knowing; it clears up without help, or may be intended."""


READINESS = ("store", "observer", "rescan", "roots", "feeds")
"""The checks that decide if a daemon is ready, in the order in which they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at; ``words`` are a sentence without its full stop.

    ``subject`` is the name of the root or endpoint that the check is about. ``action`` says what to
    do about a check that failed.
    """

    name: str
    ok: bool
    words: str
    gravity: Gravity = Gravity.DOWN
    subject: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """All checks that were made."""

    checks: tuple[Check, ...]

    @property
    def is_ready(self) -> bool:
        """True if no check failed that keeps the daemon from its work."""
        return all(check.ok or check.gravity is not Gravity.DOWN for check in self.checks)

    @property
    def is_healthy(self) -> bool:
        """True if nothing waits for a person."""
        return all(check.ok or check.gravity is Gravity.NOTE for check in self.checks)

    @property
    def attention(self) -> tuple[Check, ...]:
        """The checks that failed, the gravest first."""
        order = list(Gravity)
        failed = [check for check in self.checks if not check.ok]
        return tuple(sorted(failed, key=lambda check: order.index(check.gravity)))

    def readiness(self) -> tuple[Check, ...]:
        """One check for each name in :data:`READINESS` that was looked at."""
        named = [[c for c in self.checks if c.name == name] for name in READINESS]
        return tuple(map(_combine, filter(None, named)))


def _combine(checks: list[Check]) -> Check:
    """Several checks of one name as one: it holds while none of them keeps the daemon from work."""
    down = [check for check in checks if not check.ok and check.gravity is Gravity.DOWN]
    failed = sorted((c for c in checks if not c.ok), key=lambda c: c not in down)
    return Check(
        name=checks[0].name,
        ok=not down,
        words="; ".join(check.words for check in failed or checks),
        action=down[0].action if down else "",
    )
