"""A report from the stored sums of a shift equals the report from the points, whatever happened since."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.examples import examples
from tests.unit.history.archive import DAY0, RecordedValue
from tests.unit.history.archive import points as points_of

from setpoint.core.history import Signal
from setpoint.core.plant.shifts import STATES, Reason, State
from setpoint.core.shifts import Shift, ShiftEntry, ShiftMachine, ShiftQuestion
from setpoint.history.reader import Reader
from setpoint.history.shift_sums import ShiftSums
from setpoint.history.shifts import ShiftReports, shift_report
from setpoint.history.store import Store
from setpoint.history.writer import Writer

MACHINES = (("m_1", "01"), ("m_2", "01"), ("m_3", "02"))
SIGNALS = tuple(
    Signal(key, field, line) for key, line in MACHINES for field in ("status", "cause", "parts", "scrap")
)
STATUSES = ("RUNNING", "SETUP", "IDLE", "FAULT", "HELD", "DANCING")
CALENDARS = ((0, 1_000, 2_000, 3_000), (0, 1_000, 1_500, 3_000), (0, 3_000))
BREAKS = ((), ((DAY0 + 400, DAY0 + 450),))
END_S, SAMPLED_S = 3_000, 3_500

_point = st.one_of(
    st.tuples(
        st.sampled_from([each for each in SIGNALS if each.field == "status"]),
        st.integers(0, END_S),
        st.sampled_from(STATUSES),
    ),
    st.tuples(
        st.sampled_from([each for each in SIGNALS if each.field in ("parts", "scrap")]),
        st.integers(0, END_S),
        st.integers(0, 50),
    ),
    st.tuples(
        st.sampled_from([each for each in SIGNALS if each.field == "cause"]),
        st.integers(0, END_S),
        st.sampled_from(["belt", "jam"]),
    ),
)
_history = st.lists(_point, max_size=25).map(lambda points: sorted(points, key=lambda each: each[1]))
_entry = st.tuples(
    st.sampled_from(MACHINES),
    st.integers(0, 2_000),
    st.integers(1, 900),
    st.sampled_from(["motor", "order", ""]),
)
_change = st.one_of(
    st.tuples(st.just("entry"), _entry),
    st.tuples(st.just("calendar"), st.sampled_from(CALENDARS)),
    st.tuples(st.just("breaks"), st.sampled_from(BREAKS)),
    st.tuples(st.just("micro_stop"), st.sampled_from([1.0, 60.0, 200.0])),
    st.tuples(st.just("dancing"), st.sampled_from([State.PRODUCTION, State.UNPLANNED_DOWN])),
    st.tuples(st.just("machines"), st.lists(st.sampled_from(MACHINES), min_size=1, unique=True)),
    st.tuples(st.just("good"), st.sampled_from([None, "scrap"])),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("past"), _history),
    st.tuples(st.just("ask"), st.integers(1, END_S)),
)


class _Plant:
    """What may change in the plant file, in the calendar, and by people's entries."""

    def __init__(self) -> None:
        self.calendar: tuple[int, ...] = CALENDARS[0]
        self.breaks: tuple[tuple[float, float], ...] = ()
        self.micro_stop = 60.0
        self.states = dict(STATES)
        self.machines: list[tuple[str, str]] = [*MACHINES]
        self.good: str | None = "scrap"
        self.entries: list[ShiftEntry] = []

    def change(self, kind: str, value: Any) -> None:
        match kind:
            case "entry":
                (machine, line), since, length, reason = value
                self.entries.append(
                    ShiftEntry(
                        line, DAY0 + since, DAY0 + since + length, "anna", len(self.entries), machine, reason
                    )
                )
            case "dancing":
                self.states["DANCING"] = value
            case _:
                setattr(self, kind, value)

    def questions(self, until: float) -> list[ShiftQuestion]:
        reasons = (Reason("motor", "Motor"), Reason("order", "No order", state=State.STANDBY))
        return [
            ShiftQuestion(
                Shift("Early", "2025-11-28", DAY0 + begins, DAY0 + ends, self.breaks),
                min(DAY0 + ends, until),
                tuple(ShiftMachine(key, line, 3.0) for key, line in self.machines),
                self.states,
                reasons,
                self.micro_stop,
                "parts",
                scrap=self.good,
                entries=tuple(self.entries),
            )
            for begins, ends in pairwise(self.calendar)
            if DAY0 + begins < until
        ]


@pytest.mark.rule("SHIFT-10")
@settings(max_examples=examples(40))
@example(
    recorded=[(SIGNALS[0], 0, "RUNNING")],
    changes=[("past", [(SIGNALS[0], 500, "FAULT"), (SIGNALS[0], 700, "HELD")])],
)
@given(recorded=_history, changes=st.lists(_change, max_size=8))
def test_a_report_from_stored_sums_is_the_one_from_the_points(
    tmp_path_factory: pytest.TempPathFactory, recorded: list[RecordedValue], changes: list[tuple[str, object]]
) -> None:
    store, writer = _recorded(tmp_path_factory.mktemp("history"), recorded)
    reader, plant = Reader(store, writer), _Plant()
    reports = _reports(store, reader, writer)
    for kind, value in [("ask", END_S), *changes, ("restart", None), ("ask", END_S)]:
        match kind, value:
            case "ask", int(until):
                for question in plant.questions(DAY0 + until):
                    found = reports.report(question, DAY0 + until + 61)
                    assert found == shift_report(reader, question)
            case "restart", _:
                reports = _reports(store, reader, writer)
            case "past", list(more):
                writer.past(points_of(more, SIGNALS), SIGNALS)
            case _:
                plant.change(kind, value)


def _recorded(folder: Path, points: list[RecordedValue]) -> tuple[Store, Writer]:
    store = Store(str(folder))
    writer = Writer(store, folder / "tail")
    writer.begin(SIGNALS, DAY0 * 1000, {})
    writer.add(points_of(points, SIGNALS), (DAY0 + SAMPLED_S) * 1000)
    writer.begin(SIGNALS, (DAY0 + SAMPLED_S) * 1000, {})
    return store, writer


def _reports(store: Store, reader: Reader, writer: Writer) -> ShiftReports:
    reports = ShiftReports(reader, ShiftSums(store), stored_every_s=200)
    writer.rewrites = reports.forget
    return reports
