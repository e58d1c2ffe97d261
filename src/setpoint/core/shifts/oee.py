"""OEE from sums of times and counts, or why it is not known (OEE-1 to OEE-4).

A line's times and counts are the sums of those of its machines, and its OEE is calculated from them. It is never a mean
of the machines' percentages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from setpoint.contract.http.shifts import Factor, NotKnown, NotKnownCode, Oee
from setpoint.core.plant.shifts import State

BUSY = (State.PRODUCTION, State.SETUP, State.UNPLANNED_DOWN)
"""Planned busy time: all time that was not planned down, standby or unknown."""
AVAILABILITY = "production time / planned busy time"
PERFORMANCE = "ideal cycle x total parts / production time"
QUALITY = "good parts / total parts"
OEE = "availability x performance x quality"
_NAMED = 3


@dataclass(slots=True)
class Sums:
    """``ideal_s``, ``total`` and ``good`` are those of the machines that have them; the others are listed."""

    seconds: dict[State, float] = field(default_factory=lambda: dict.fromkeys(State, 0.0))
    ideal_s: float = 0.0
    total: float = 0.0
    good: float = 0.0
    without_cycle: list[str] = field(default_factory=list)
    without_total: list[str] = field(default_factory=list)
    without_good: list[str] = field(default_factory=list)

    def add(self, other: Sums) -> None:
        for state, seconds in other.seconds.items():
            self.seconds[state] += seconds
        self.ideal_s += other.ideal_s
        self.total += other.total
        self.good += other.good
        self.without_cycle += other.without_cycle
        self.without_total += other.without_total
        self.without_good += other.without_good


def sums_of(
    machine: str,
    seconds: Mapping[State, float],
    *,
    ideal_cycle_s: float | None,
    total: float | None,
    good: float | None,
) -> Sums:
    """The sums of one machine. If a machine was not planned to work and made nothing, its missing inputs do not count
    (OEE-4).
    """
    found = Sums()
    found.seconds.update(seconds)
    worked = sum(seconds.get(state, 0.0) for state in BUSY) > 0 or bool(total)
    if total is not None:
        found.total = total
        found.ideal_s = total * (ideal_cycle_s or 0.0)
        found.good = good or 0.0
    if worked:
        found.without_cycle = [machine] if ideal_cycle_s is None else []
        found.without_total = [machine] if total is None else []
        found.without_good = [machine] if good is None else []
    return found


def rolled_up(parts: Iterable[Sums]) -> Sums:
    found = Sums()
    for each in parts:
        found.add(each)
    return found


def oee_of(sums: Sums) -> Oee:
    busy = sum(sums.seconds[state] for state in BUSY)
    production = sums.seconds[State.PRODUCTION]
    availability = _share(production, busy, AVAILABILITY, None, _nothing_planned(sums))
    lacks_total = _missing("total-missing", sums.without_total)
    lacks_cycle = _missing("cycle-missing", sums.without_cycle)
    lacks_good = lacks_total or _missing("good-missing", sums.without_good)
    performance = _share(sums.ideal_s, production, PERFORMANCE, lacks_cycle or lacks_total, "no-production")
    quality = _share(sums.good, sums.total, QUALITY, lacks_good, "no-parts")
    return Oee(
        _product(availability, performance, quality),
        availability,
        performance,
        quality,
        busy,
        production,
        None if lacks_cycle or lacks_total else sums.ideal_s,
        None if lacks_total else sums.total,
        None if lacks_good else sums.good,
        {state.value: seconds for state, seconds in sums.seconds.items()},
    )


def _share(part: float, whole: float, formula: str, lacks: NotKnown | None, without: NotKnownCode) -> Factor:
    """``lacks`` says what is missing, ``without`` what a total of zero means."""
    if lacks is not None:
        return Factor(None, formula, lacks)
    return Factor(part / whole, formula) if whole > 0 else Factor(None, formula, NotKnown(without))


def _product(availability: Factor, performance: Factor, quality: Factor) -> Factor:
    """If there was time to work and no production in it, OEE is 0, even if other inputs are not known."""
    if availability.value == 0:
        return Factor(0.0, OEE)
    factors = (availability, performance, quality)
    missing = next((each for each in factors if each.value is None), None)
    if missing is not None:
        return Factor(None, OEE, missing.why)
    return Factor((availability.value or 0) * (performance.value or 0) * (quality.value or 0), OEE)


def _nothing_planned(sums: Sums) -> NotKnownCode:
    return "states-missing" if sums.seconds[State.UNKNOWN] > 0 else "not-planned"


def _missing(code: NotKnownCode, machines: list[str]) -> NotKnown | None:
    return NotKnown(code, machines[:_NAMED], len(machines[_NAMED:])) if machines else None
