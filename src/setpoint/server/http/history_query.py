"""Reads a query of the history: which signals, from when until when.

signals   m_401.speed, several with commas; m_401 is all that is recorded of it, line:01.speed a line's machines
instants  Unix seconds, or milliseconds as Grafana has them; ISO 8601; or before now: -8h, now-7d, now
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from math import isfinite

from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.topics import line_topic
from setpoint.core.history import MAX_WIDTH, HistoryQuery, Signal
from setpoint.core.history.query import MAX_SIGNALS, MAX_SPAN_S
from setpoint.core.history.recorder import RECORDED_SYSTEM_FIELDS
from setpoint.core.plant import FieldType, Plant
from setpoint.errors import RequestError
from setpoint.server.http.deps import entity

_BEFORE_NOW = re.compile(r"(?:now)?(?:-([0-9]{1,6}(?:\.[0-9]+)?)(s|min|m|h|d|w))?")
_SECONDS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 604_800.0}
_MS_FROM = 1e11
"""Larger numbers are milliseconds: as seconds they lie in the year 5138."""
_EPOCH_END = 4e9


def read_query(
    plant: Plant, signals: str, since: str, until: str, *, width: int | None, now: float
) -> HistoryQuery:
    """Raises `RequestError` for an invalid query; ``plant`` is the part that the person may see."""
    begins, ends = instant("from", since, now), instant("to", until, now)
    if not 0 < ends - begins <= MAX_SPAN_S:
        raise _bad(
            f"expected from to be before to, by at most ten years, but got {since[:40]!r} and {until[:40]!r}"
        )
    if width is not None and not 1 <= width <= MAX_WIDTH:
        raise _bad(f"width: expected 1 to {MAX_WIDTH} intervals, but got {width}")
    chosen = tuple(dict.fromkeys(_signals(plant, signals)))
    if len(chosen) > MAX_SIGNALS:
        raise _bad(f"at most {MAX_SIGNALS} signals are answered at once, {len(chosen)} were asked for")
    numbers = tuple(field.name for field in plant.fields if field.type is FieldType.NUMBER)
    return HistoryQuery(chosen, numbers, begins, ends, width)


def _signals(plant: Plant, text: str) -> Iterator[Signal]:
    named = [each.strip() for each in text.split(",") if each.strip()]
    if not named:
        raise _bad("signals is to name at least one, such as signals=m_401.speed,m_401.targetSpeed")
    recorded = [*RECORDED_SYSTEM_FIELDS]
    recorded += [field.name for field in plant.fields if field.history.is_recorded]
    for name in named[: MAX_SIGNALS + 1]:
        of, _, field = name.rpartition(".")
        machines = _machines(plant, of or name)
        if of and field not in recorded:
            raise RequestError(
                f"{field[:60]!r} is no field that is recorded; {', '.join(recorded[:40])} are",
                code=ProblemCode.UNKNOWN_SIGNAL,
                arguments={"name": field[:60]},
            )
        for machine in machines:
            line = plant.machines[machine].line
            yield from (Signal(machine, each, line) for each in ([field] if of else recorded))


def _machines(plant: Plant, name: str) -> list[str]:
    for line in plant.lines:
        if line_topic(line.id) == name:
            return [machine.key for machine in line.machines]
    key = entity(name) or ""
    if key not in plant.machines:
        raise RequestError(
            f"there is no machine {name[:200]!r} in this plant",
            code=ProblemCode.UNKNOWN_MACHINE,
            arguments={"name": name[:200]},
        )
    return [key]


def instant(name: str, text: str, now: float) -> float:
    """Unix seconds. Raises `RequestError`."""
    text = text.strip()
    if text and (found := _BEFORE_NOW.fullmatch(text)):
        return now - float(found[1] or 0) * _SECONDS[found[2] or "s"]
    try:
        number = float(text)
    except ValueError:
        number = _iso(text)
    seconds = number / 1000 if number > _MS_FROM else number
    if not isfinite(seconds) or not 0 <= seconds <= _EPOCH_END:
        raise _bad(
            f"{name}: expected Unix seconds, ISO 8601 (2026-11-28T06:00:00Z) or a time before now (-8h), "
            f"but got {text[:60]!r}"
        )
    return seconds


def _iso(text: str) -> float:
    try:
        found = datetime.fromisoformat(text.replace(" ", "+") if text[-6:-5] == " " else text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return float("nan")


def _bad(what: str) -> RequestError:
    return RequestError(what, code=ProblemCode.BAD_HISTORY_QUERY)
