"""The KPIs of a line, updated with each change; the plant's are the sum of its lines.

    machines      how many there are
    running       how many report RUNNING and are in contact
    …             what the plant file names (KPI-1): the mean of a number over the machines in contact, the sum of a
                  counter over all that ever reported it, or how many machines in contact hold a value
    alarms        how many are in a critical status, in contact or not (SAFE-4)
    availability  machine-time running over machine-time in contact since the start, 0 to 1, three decimals

Each machine has a *share* in its line's sums. A change subtracts the old part and adds the new one. So the cost of a
report depends only on what it changed, not on the size of the line. Sums are integers of thousandths, so they never
drift. Availability sums times and divides once, because in a mean of percentages an idle minute would weigh as much
as a busy shift.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from setpoint.contract.values import Quality, Record, Value, is_critical
from setpoint.core.plant import Kpi, Of

RUNNING = "RUNNING"


def kpi_fields(kpis: Iterable[Kpi]) -> frozenset[str]:
    """The fields that affect a line's KPIs."""
    return frozenset(("status", "quality", *(kpi.field for kpi in kpis)))


_LARGEST = 1e15
"""A larger reading comes from a broken sensor and would spoil every sum; NaN is excluded as well."""

_NUMBERS = (int, float)
_OUT_OF_CONTACT = (Quality.OFFLINE, Quality.NEVER_SEEN)


class Share:
    """The share of one machine. ``parts``: for each KPI the thousandths that it adds, None if there is no reading."""

    __slots__ = ("is_alarm", "is_reachable", "is_running", "parts")

    def __init__(self, kpis: int) -> None:
        self.is_running = self.is_reachable = self.is_alarm = False
        self.parts: list[int | None] = [None] * kpis


class LineKpis:
    """One line's sums, and its machine-times up to ``at_ms``. ``sums`` and ``known`` have a place for each KPI."""

    __slots__ = (
        "_by_field",
        "alarms",
        "at_ms",
        "known",
        "kpis",
        "machines",
        "reachable",
        "reachable_ms",
        "running",
        "running_ms",
        "sums",
    )

    def __init__(self, machines: int, now_ms: int, kpis: Sequence[Kpi]) -> None:
        self.machines = machines
        self.kpis = kpis
        self._by_field: dict[str, list[tuple[int, Kpi]]] = {}
        for place, kpi in enumerate(kpis):
            self._by_field.setdefault(kpi.field, []).append((place, kpi))
        self.running = self.reachable = self.alarms = 0
        self.sums = [0] * len(kpis)
        self.known = [0] * len(kpis)
        self.running_ms = self.reachable_ms = 0
        self.at_ms = now_ms

    def go_on_from(self, known: LineKpis, now_ms: int) -> None:
        """Continues with the times of the same line in the earlier plant."""
        known.advance(now_ms)
        self.running_ms, self.reachable_ms = known.running_ms, known.reachable_ms

    def advance(self, now_ms: int) -> None:
        """Advances the times to now. Call it before every change of a running state or a contact."""
        passed_ms = now_ms - self.at_ms
        self.running_ms += self.running * passed_ms
        self.reachable_ms += self.reachable * passed_ms
        self.at_ms = now_ms

    def update(self, share: Share, record: Record, fields: Iterable[str], now_ms: int) -> None:
        """Updates the machine's share and the sums from its record, in which ``fields`` have changed."""
        if "status" in fields or "quality" in fields:
            self._condition_changed(share, record, now_ms)
            fields = self._by_field
        for field in fields:
            for place, kpi in self._by_field.get(field, ()):
                self._add(share, place, _part(kpi, record.get(field), is_reachable=share.is_reachable))

    def _condition_changed(self, share: Share, record: Record, now_ms: int) -> None:
        status = record["status"]
        is_reachable = record["quality"] not in _OUT_OF_CONTACT
        is_running = is_reachable and status == RUNNING
        is_alarm = is_critical(status)
        if is_running != share.is_running or is_reachable != share.is_reachable:
            self.advance(now_ms)
        self.running += is_running - share.is_running
        self.reachable += is_reachable - share.is_reachable
        self.alarms += is_alarm - share.is_alarm
        share.is_running, share.is_reachable, share.is_alarm = is_running, is_reachable, is_alarm

    def _add(self, share: Share, place: int, part: int | None) -> None:
        before = share.parts[place]
        if part != before:
            self.sums[place] += (part or 0) - (before or 0)
            self.known[place] += (part is not None) - (before is not None)
            share.parts[place] = part


def _part(kpi: Kpi, value: Value, *, is_reachable: bool) -> int | None:
    if kpi.of is Of.SUM:
        return _thousandths(value)
    if not is_reachable:
        return None
    return _thousandths(value) if kpi.of is Of.MEAN else 1000 * (value == kpi.value)


def _thousandths(value: Value) -> int | None:
    if not isinstance(value, _NUMBERS) or value.__class__ is bool or not -_LARGEST < value < _LARGEST:
        return None
    return round(value * 1000)


def figures(lines: Iterable[LineKpis], kpis: Sequence[Kpi], now_ms: int) -> Record:
    """The KPIs of one line, or of several lines together."""
    machines = running = alarms = running_ms = reachable_ms = 0
    sums = [0] * len(kpis)
    known = [0] * len(kpis)
    for line in lines:
        line.advance(now_ms)
        machines += line.machines
        running += line.running
        alarms += line.alarms
        running_ms += line.running_ms
        reachable_ms += line.reachable_ms
        for place in range(len(kpis)):
            sums[place] += line.sums[place]
            known[place] += line.known[place]
    found: Record = {"machines": machines, "running": running}
    for place, kpi in enumerate(kpis):
        found[kpi.name] = _figure(kpi, sums[place], known[place])
    found["alarms"] = alarms
    found["availability"] = round(running_ms / reachable_ms, 3) if reachable_ms else None
    return found


def _figure(kpi: Kpi, thousandths: int, known: int) -> Value:
    if not known:
        return None
    return round(thousandths / known / 1000, kpi.decimals) if kpi.of is Of.MEAN else _whole(thousandths)


def _whole(thousandths: int) -> int | float:
    return thousandths // 1000 if thousandths % 1000 == 0 else thousandths / 1000
