"""A shift's report against an independent calculation from raw points of random days, second by second.

Some of the days have a change of the clock. The model knows nothing about arrays, sums or runs.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.history.archive import DAY0 as _DAY0
from tests.unit.history.archive import points as points_of

from setpoint.clock import offset_at
from setpoint.contract.values import Value
from setpoint.core.history import Signal
from setpoint.core.plant.shifts import STATES, PatternShift, ShiftSettings, State
from setpoint.core.shifts import Calendar, ShiftMachine, ShiftQuestion
from setpoint.history.reader import Reader
from setpoint.history.shifts import ShiftReports, shift_report
from setpoint.history.store import Store
from setpoint.history.writer import Writer

BERLIN = ZoneInfo("Europe/Berlin")
STATUSES = ("RUNNING", "SETUP", "IDLE", "FAULT", "HELD", "MAINTENANCE_LOCK", "DANCING")
SIGNALS = tuple(Signal("m_1", field, "01") for field in ("status", "cause", "parts", "scrap"))
CYCLE_S, MICRO_S = 7.0, 120
ALL = frozenset(range(7))

_day = st.sampled_from([(2026, 3, 28), (2026, 10, 24), (2026, 6, 10), (2026, 3, 29), (2026, 10, 25)])
_history = st.lists(
    st.tuples(
        st.integers(1, 6_000),
        st.one_of(
            st.tuples(
                st.just("status"), st.sampled_from(STATUSES), st.sampled_from(["GOOD", "OFFLINE", "BAD"])
            ),
            st.tuples(
                st.just("parts"), st.integers(0, 500), st.sampled_from(["GOOD", "GOOD", "STALE", "BAD"])
            ),
            st.tuples(st.just("scrap"), st.integers(0, 40), st.just("GOOD")),
        ),
    ),
    max_size=60,
)


@pytest.mark.rule("SHIFT-1", "SHIFT-3", "SHIFT-5", "SHIFT-7", "OEE-1", "OEE-2")
@settings(max_examples=25)
@given(day=_day, recorded=_history, rest=st.booleans())
def test_a_report_equals_a_calculation_second_by_second(
    tmp_path_factory: pytest.TempPathFactory,
    day: tuple[int, int, int],
    recorded: list[tuple[int, tuple[str, Value, str]]],
    *,
    rest: bool,
) -> None:
    began = datetime(*day, 21, 0, tzinfo=BERLIN).timestamp()
    pattern = PatternShift("Night", ALL, 22 * 60, 6 * 60, ((120, 135),) if rest else ())
    calendar = Calendar(ShiftSettings((pattern,)), partial(offset_at, BERLIN))
    shift = calendar.between(began + 3_600, began + 3_601)[0]
    assert _wall(shift.since) == (22, 0)
    assert _wall(shift.until) == (6, 0)
    rows = _rows(began, recorded)
    question = ShiftQuestion(
        shift,
        shift.until,
        (ShiftMachine("m_1", "01", CYCLE_S),),
        dict(STATES),
        (),
        MICRO_S,
        "parts",
        None,
        "scrap",
    )
    reader = _recorded(tmp_path_factory.mktemp("history"), rows, began, shift.until + 60)
    report = shift_report(reader, question)
    reports = ShiftReports(reader)
    for share in (0.3, 0.31, 0.8, 1.0):
        until = shift.since + share * (shift.until - shift.since)
        in_parts = reports.report(msgspec.structs.replace(question, until=until), until)
    assert in_parts.machines == report.machines
    assert in_parts.stops == report.stops
    oee, machine = report.plant, report.machines[0]
    seconds, stops = _walk(rows, shift.since, shift.until, rest=rest)
    assert {state: found for state, found in oee.seconds.items() if found} == seconds
    micro = [length for length in stops if length < MICRO_S]
    assert (machine.micro_stops, machine.stops) == (len(micro), len(stops) - len(micro))
    total, scrap = (
        _count(rows, "parts", shift.since, shift.until),
        _count(rows, "scrap", shift.since, shift.until),
    )
    busy = sum(seconds.get(state, 0) for state in ("production", "setup", "unplanned-down"))
    production = seconds.get("production", 0)
    assert oee.availability.value == (pytest.approx(production / busy) if busy else None)
    if busy and production and total is not None:
        assert oee.performance.value == pytest.approx(CYCLE_S * total / production)
        is_known = bool(total) and scrap is not None
        good = max(total - (scrap or 0), 0)
        assert oee.quality.value == (pytest.approx(good / total) if is_known else None)
        if is_known:
            expected = production / busy * CYCLE_S * total / production * good / total
            assert oee.oee.value == pytest.approx(expected)


def _wall(ts: float) -> tuple[int, int]:
    at = datetime.fromtimestamp(ts, UTC).astimezone(BERLIN)
    return at.hour, at.minute


Row = tuple[int, str, Value, str]


def _rows(began: float, recorded: list[tuple[int, tuple[str, Value, str]]]) -> list[Row]:
    rows: list[Row] = []
    at = began
    for gap, (field, value, quality) in recorded:
        at += gap
        rows.append((int(at), field, value, quality))
    return rows


def _recorded(folder: Path, rows: list[Row], began: float, until: float) -> Reader:
    store = Store(str(folder))
    writer = Writer(store, folder / "tail")
    writer.begin(SIGNALS, round(began * 1000), {})
    by_field = {signal.field: signal for signal in SIGNALS}
    inside = [
        (by_field[field], at - _DAY0, value, quality) for at, field, value, quality in rows if at < until
    ]
    writer.add(points_of(inside, SIGNALS), round(until * 1000))
    return Reader(store, writer)


def _walk(rows: list[Row], since: float, until: float, *, rest: bool) -> tuple[dict[str, float], list[int]]:
    """Returns the state of every second, and the length of each period of unplanned downtime."""
    statuses = [row for row in rows if row[1] == "status"]
    times = [row[0] for row in statuses]
    seconds: dict[str, float] = {}
    stops: list[int] = []
    was_down = False
    for at in range(int(since), int(until)):
        place = bisect_right(times, at) - 1
        state = State.UNKNOWN
        if place >= 0 and statuses[place][3] == "GOOD":
            state = STATES.get(str(statuses[place][2]), State.UNKNOWN)
        if rest and state not in (State.PRODUCTION, State.UNKNOWN) and _is_break(at, since):
            state = State.PLANNED_DOWN
        seconds[state.value] = seconds.get(state.value, 0) + 1
        is_down = state is State.UNPLANNED_DOWN
        if is_down and was_down:
            stops[-1] += 1
        elif is_down:
            stops.append(1)
        was_down = is_down
    return seconds, stops


def _is_break(at: float, since: float) -> bool:
    """Says whether the shift has its break: from its first 02:00 to its first 02:15, or an hour later if these times
    do not exist.
    """
    start = datetime.fromtimestamp(since, UTC).astimezone(BERLIN).date() + timedelta(days=1)
    begins = datetime(start.year, start.month, start.day, 2, 0, tzinfo=BERLIN).timestamp()
    ends = datetime(start.year, start.month, start.day, 2, 15, tzinfo=BERLIN).timestamp()
    return begins <= at < ends


def _count(rows: list[Row], field: str, since: float, until: float) -> float | None:
    counted, last, is_known = 0.0, None, False
    readings = [row for row in rows if row[1] == field and row[0] < until]
    before = [row for row in readings if row[0] < since]
    for _, _, value, quality in [*before[-1:], *(row for row in readings if row[0] >= since)]:
        if quality != "GOOD" or not isinstance(value, int):
            last = None
            continue
        is_known = True
        if last is not None:
            counted += value - last if value >= last else value
        last = value
    return counted if is_known else None
