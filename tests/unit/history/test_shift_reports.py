"""A shift that is over is read from the history once; what people say of it later still shows."""

from __future__ import annotations

from pathlib import Path

from tests.unit.history.archive import DAY0, points

from setpoint.core.history import HistoryQuery, Signal
from setpoint.core.plant.shifts import STATES
from setpoint.core.shifts import Shift, ShiftEntry, ShiftMachine, ShiftQuestion
from setpoint.history.reader import PointsRead, Reader
from setpoint.history.shifts import OVER_AFTER_S, ShiftReports
from setpoint.history.store import Store
from setpoint.history.writer import Writer

STATUS = Signal("m_1", "status", "01")


class _CountingReader(Reader):
    reads = 0

    def points(self, query: HistoryQuery) -> PointsRead:
        self.reads += 1
        return super().points(query)


def test_a_shift_that_is_over_is_read_once_and_one_that_lasts_each_time(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    writer = Writer(store, tmp_path / "tail")
    writer.begin((STATUS,), DAY0 * 1000, {})
    told = [(STATUS, 0.0, "RUNNING"), (STATUS, 100.0, "FAULT"), (STATUS, 400.0, "RUNNING")]
    writer.add(points(told, (STATUS,)), (DAY0 + 2_000) * 1000)
    reader = _CountingReader(store, writer)
    reports = ShiftReports(reader)
    shift = Shift("Early", "2025-11-28", DAY0, DAY0 + 1_000)
    said = ShiftEntry("01", DAY0 + 100, DAY0 + 400, "anna", DAY0 + 900.0, "m_1", "motor")
    for entries, expected in (((), None), ((said,), "motor")):
        question = ShiftQuestion(
            shift, shift.until, (ShiftMachine("m_1", "01"),), dict(STATES), (), 10, entries=entries
        )
        [stop] = reports.report(question, shift.until + OVER_AFTER_S).stops
        assert (stop.since - DAY0, stop.until - DAY0, stop.reason) == (100, 400, expected)
        assert reader.reads == 1
    for reads in (2, 3):
        reports.report(question, shift.until - 1)
        assert reader.reads == reads
