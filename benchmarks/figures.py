"""Figures of several rounds, and the table that they are printed as."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

_SCALES = {"s": (1.0, "s"), "ms": (1000.0, "ms"), "µs": (1_000_000.0, "µs")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured of one thing, round by round. Times are in seconds, memory in MiB."""

    name: str
    unit: str  # s, ms or µs: how seconds are shown; anything else is shown as it is
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)


def print_table(rows: Sequence[Figures], *, beside: str | None = None) -> None:
    """Minimum, median and maximum; and each median over that of the row named ``beside``.

    Only rows of its unit are compared with it.
    """
    base = next((row for row in rows if row.name == beside), None)
    print(f"| what | rounds | min | median | max |{' ratio |' if base else ''}")
    print(f"|---|---:|---:|---:|---:|{'---:|' if base else ''}")
    for row in rows:
        three = (min(row.values), row.median, max(row.values))
        shown = " | ".join(_show(value, row.unit) for value in three)
        alike = base is not None and row.unit == base.unit
        ratio = f"{row.median / base.median:.2f}" if base and alike else ""
        compared = f" {ratio} |" if base else ""
        print(f"| {row.name} | {len(row.values)} | {shown} |{compared}", flush=True)


def _show(value: float, unit: str) -> str:
    scale, name = _SCALES.get(unit, (1.0, unit))
    return f"{value * scale:,.3g} {name}"
