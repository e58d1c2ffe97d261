"""The last ten minutes of a machine, for a page that was opened just now.

Each machine has a ring of samples, at most one a second: the traced fields at the end of that second. A second without
a change has no sample, so a value holds until the next one. A sample without values means that contact was lost. The
trend is only for display: single precision, in memory only. The audit has the targets and their outcomes.

The rings of a whole plant stay within `MAX_BYTES`. If that is too little for a sample a second (from some 11,000
machines with one traced pair), samples are further apart; they still cover ten minutes.
"""

from __future__ import annotations

from array import array
from math import isfinite, nan

from setpoint.contract.http.machines import TrendView
from setpoint.contract.values import Quality, Record
from setpoint.core.plant import Field, FieldType, Plant

SPAN_MS = 600_000
"""How far back a trend goes."""
FINEST_MS = 1_000
"""Samples lie no closer."""
MAX_BYTES = 80_000_000
"""All samples of a plant; a tenth more is what the rings themselves take."""

_TICK_MS = 100
"""Instants are kept as tenths of a second since the hub began: 13 years of them in 32 bits."""
_NO_CONTACT = (Quality.STALE, Quality.OFFLINE, Quality.NEVER_SEEN)


def traced_fields(plant: Plant) -> tuple[str, ...]:
    """Set-points that are numbers and what follows them; where nothing does, the first measured number."""
    numbers = [field for field in plant.fields if field.type is FieldType.NUMBER]
    set_points = [field for field in numbers if field.is_writable]
    measured = {field.name: field for field in numbers if not field.is_writable}
    actuals: list[Field] = [
        measured[field.actual] for field in set_points if field.actual and field.actual in measured
    ]
    return tuple(
        dict.fromkeys(field.name for field in (*set_points, *(actuals or list(measured.values())[:1])))
    )


class TrendPlan:
    """What is traced, and how finely: the same for every machine of the plant."""

    __slots__ = ("every_ms", "fields", "from_ms", "samples")

    def __init__(self, plant: Plant, now_ms: int) -> None:
        self.from_ms = now_ms
        self.fields = traced_fields(plant)
        each = array("I").itemsize + len(self.fields) * array("f").itemsize
        affordable = MAX_BYTES // (each * max(1, len(plant.machines)))
        self.samples = max(2, min(SPAN_MS // FINEST_MS, affordable))
        self.every_ms = max(FINEST_MS, SPAN_MS // self.samples)


class Trend:
    """One machine's ring; it grows with its first samples and then stays as it is."""

    __slots__ = ("_at", "_columns", "_last", "_plan", "_until_ms")

    def __init__(self, plan: TrendPlan) -> None:
        self._plan = plan
        self._at = array("I")
        self._columns = [(field, array("f")) for field in plan.fields]
        self._last = -1
        self._until_ms = plan.from_ms

    @property
    def fields(self) -> tuple[str, ...]:
        return self._plan.fields

    def take(self, record: Record, now_ms: int) -> None:
        """A traced field of the machine's ``record``, or its quality, changed: the hot path of most reports."""
        at = self._at
        last = self._last
        if now_ms >= self._until_ms:
            self._until_ms = now_ms + self._plan.every_ms
            if len(at) < self._plan.samples:
                last = len(at)
                at.append(0)
                for _, column in self._columns:
                    column.append(nan)
            else:
                last = (last + 1) % len(at)
            self._last = last
        at[last] = (now_ms - self._plan.from_ms) // _TICK_MS
        quality = record["quality"]
        has_contact = quality is Quality.GOOD or quality not in _NO_CONTACT
        for field, column in self._columns:
            try:
                column[last] = record[field] if has_contact else nan  # type: ignore[assignment]  # tried below
            except (TypeError, OverflowError):
                column[last] = nan  # "no reading": no number, or one beyond any machine

    def view(self, machine: str, now_ms: int, ts: float) -> TrendView:
        """The samples of the last `SPAN_MS`, and the one that held when these began."""
        size, first = len(self._at), self._last + 1
        order = [*range(first, size), *range(min(first, size))]
        ages_ms = [now_ms - self._plan.from_ms - self._at[index] * _TICK_MS for index in order]
        held = max((place for place, age_ms in enumerate(ages_ms) if age_ms > SPAN_MS), default=0)
        return TrendView(
            machine,
            ts,
            SPAN_MS,
            self._plan.every_ms,
            [round(ts - age_ms / 1000, 1) for age_ms in ages_ms[held:]],
            {field: [_told(column[index]) for index in order[held:]] for field, column in self._columns},
        )


def _told(value: float) -> float | None:
    """A number as it was meant: single precision shows 0.1 as 0.10000000149."""
    return float(f"{value:.7g}") if isfinite(value) else None
