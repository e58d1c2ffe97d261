"""A report reads the finished part of a shift only once, but shows later entries of people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.history.archive import DAY0, points

from setpoint.contract.values import Value
from setpoint.core.history import HistoryQuery, Signal
from setpoint.core.plant.shifts import STATES
from setpoint.core.shifts import Shift, ShiftEntry, ShiftMachine, ShiftQuestion
from setpoint.history.reader import PointsRead, Reader
from setpoint.history.shift_sums import ShiftSums
from setpoint.history.shifts import OVER_AFTER_S, ShiftReports, shift_report
from setpoint.history.store import Store
from setpoint.history.writer import Writer

STATUS = Signal("m_1", "status", "01")


class _CountingReader(Reader):
    reads = 0
    read_from = 0.0
    """The last query, in seconds after `DAY0`."""

    def points(self, query: HistoryQuery) -> PointsRead:
        self.reads += 1
        self.read_from = query.since - DAY0
        return super().points(query)


def test_a_shift_that_is_over_is_read_once(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    writer = Writer(store, tmp_path / "tail")
    writer.begin((STATUS,), DAY0 * 1000, {})
    recorded = [(STATUS, 0.0, "RUNNING"), (STATUS, 100.0, "FAULT"), (STATUS, 400.0, "RUNNING")]
    writer.add(points(recorded, (STATUS,)), (DAY0 + 2_000) * 1000)
    reader = _CountingReader(store, writer)
    reports = ShiftReports(reader)
    shift = Shift("Early", "2025-11-28", DAY0, DAY0 + 1_000)
    entry = ShiftEntry("01", DAY0 + 100, DAY0 + 400, "anna", DAY0 + 900.0, "m_1", "motor")
    for entries, expected in (((), None), ((entry,), "motor")):
        question = ShiftQuestion(
            shift, shift.until, (ShiftMachine("m_1", "01"),), dict(STATES), (), 10, entries=entries
        )
        [stop] = reports.report(question, shift.until + OVER_AFTER_S).stops
        assert (stop.since - DAY0, stop.until - DAY0, stop.reason) == (100, 400, expected)
        assert reader.reads == 1


def _question(until: float, *machines: str) -> ShiftQuestion:
    shift = Shift("Early", "2025-11-28", DAY0, DAY0 + 1_000, ((DAY0 + 500, DAY0 + 530),))
    members = tuple(ShiftMachine(each, "01") for each in machines)
    return ShiftQuestion(shift, DAY0 + until, members, dict(STATES), (), 50.0, "parts")


def test_only_the_last_minutes_of_a_current_shift_are_read_again_and_the_report_is_the_same(
    tmp_path: Path,
) -> None:
    signals = tuple(
        Signal(machine, field, "01") for machine in ("m_1", "m_2") for field in ("status", "cause", "parts")
    )
    status, cause, parts, other = signals[0], signals[1], signals[2], signals[3]
    store = Store(str(tmp_path))
    writer = Writer(store, tmp_path / "tail")
    writer.begin(signals, DAY0 * 1000, {})
    recorded: list[tuple[Signal, float, Value]] = [
        (other, 0.0, "RUNNING"),
        (status, 0.0, "RUNNING"),
        (parts, 0.0, 10),
        (status, 100.0, "FAULT"),
        (cause, 100.0, "belt"),
        (cause, 120.0, "other"),
        (parts, 250.0, 20),
        (status, 300.0, "RUNNING"),
        (status, 310.0, "FAULT"),
        (status, 330.0, "DANCING"),
        (parts, 400.0, 5),
        (status, 420.0, "FAULT"),
        (parts, 700.0, 9),
    ]
    writer.add(points(recorded, signals), (DAY0 + 2_000) * 1000)
    reader = _CountingReader(store, writer)
    reports = ShiftReports(reader)
    for until in (90, 200, 230, 315, 316, 375, 480, 525, 700, 1_000):
        question = _question(until, "m_1", "m_2")
        found = reports.report(question, DAY0 + until)
        assert found == shift_report(reader, question), until
    [first, second, third] = found.stops
    assert [(each.since - DAY0, each.until - DAY0, each.cause) for each in (first, second, third)] == [
        (100, 300, "belt"),
        (420, 500, "other"),
        (530, 1_000, "other"),
    ]
    assert found.machines[0].micro_stops == 1
    assert found.machines[0].oee.total == 10 + 5 + 4
    reads = reader.reads
    one_machine = reports.report(_question(1_000, "m_1"), DAY0 + 1_000 + OVER_AFTER_S)
    assert (one_machine.machines, reader.reads) == (found.machines[:1], reads + 1)
    both = reports.report(_question(1_000, "m_1", "m_2"), DAY0 + 5_000)
    assert (both, reader.read_from) == (found, 940), "a report for fewer lines changes no other report"
    assert reports.report(_question(1_000, "m_1"), DAY0 + 5_000) == one_machine
    assert reader.reads == reads + 2


def _stopped_from(folder: Path, since: float) -> tuple[Store, Writer]:
    """Records 2,000 s of a machine that is down until 400 s."""
    store = Store(str(folder))
    writer = Writer(store, folder / "tail")
    writer.begin((STATUS,), DAY0 * 1000, {})
    recorded = [(STATUS, 0.0, "RUNNING"), (STATUS, since, "FAULT"), (STATUS, 400.0, "RUNNING")]
    writer.add(points(recorded, (STATUS,)), (DAY0 + 2_000) * 1000)
    writer.begin((STATUS,), (DAY0 + 2_000) * 1000, {})
    return store, writer


@pytest.mark.rule("SHIFT-10")
def test_the_sums_of_a_shift_that_is_over_outlive_a_restart(tmp_path: Path) -> None:
    store, writer = _stopped_from(tmp_path, 100.0)
    question, now = _question(1_000, "m_1"), DAY0 + 1_000 + OVER_AFTER_S
    first = ShiftReports(Reader(store, writer), ShiftSums(store)).report(question, now)
    reader = _CountingReader(store, writer)
    assert ShiftReports(reader, ShiftSums(store)).report(question, now) == first
    assert reader.reads == 0
    assert ShiftReports(reader, ShiftSums(store)).report(_question(900, "m_1"), now).until == DAY0 + 900
    assert reader.reads == 1


@pytest.mark.rule("SHIFT-10")
def test_a_server_that_restarts_in_a_shift_continues_from_the_stored_part(tmp_path: Path) -> None:
    store, writer = _stopped_from(tmp_path, 100.0)
    reader = _CountingReader(store, writer)
    for until, read_from in ((300, 0), (500, 240), (550, 440), (700, 440), (1_000, 640)):
        reports = ShiftReports(reader, ShiftSums(store), stored_every_s=100)
        found = reports.report(_question(until, "m_1"), DAY0 + until)
        assert found == shift_report(Reader(store, writer), _question(until, "m_1")), until
        assert reader.read_from == read_from
        assert len(store.paths_below("shifts")) == 1


def _clock_set_back(writer: Writer) -> None:
    writer.add(points([(STATUS, 600.0, "FAULT")], (STATUS,)), (DAY0 + 650) * 1000)


def _started_with_an_earlier_clock(writer: Writer) -> None:
    writer.begin((STATUS,), (DAY0 + 600) * 1000, {})
    writer.add(points([(STATUS, 600.0, "FAULT")], (STATUS,)), (DAY0 + 650) * 1000)


def _a_past_written(writer: Writer) -> None:
    writer.past(points([(STATUS, 600.0, "FAULT"), (STATUS, 700.0, "RUNNING")], (STATUS,)), (STATUS,))


@pytest.mark.rule("SHIFT-10", "HIST-5")
@pytest.mark.parametrize("write", [_clock_set_back, _started_with_an_earlier_clock, _a_past_written])
def test_sums_are_removed_before_points_of_their_time_are_written(
    tmp_path: Path, write: Callable[[Writer], None]
) -> None:
    store, writer = _stopped_from(tmp_path, 100.0)
    reader = Reader(store, writer)
    reports = ShiftReports(reader, ShiftSums(store))
    writer.rewrites = reports.forget
    question, now = _question(1_000, "m_1"), DAY0 + 1_000 + OVER_AFTER_S
    assert len(reports.report(question, now).stops) == 1
    write(writer)
    found = reports.report(question, now)
    assert len(found.stops) == 2
    assert found == shift_report(reader, question)


@pytest.mark.rule("SHIFT-10")
def test_a_damaged_file_of_sums_is_not_used(tmp_path: Path) -> None:
    store, writer = _stopped_from(tmp_path, 100.0)
    reader, now = Reader(store, writer), DAY0 + 1_000 + OVER_AFTER_S
    first = ShiftReports(reader, ShiftSums(store)).report(_question(1_000, "m_1"), now)
    [path] = store.paths_below("shifts")
    content = store.bytes_at(path)
    assert content is not None
    for damaged in (b"", content[: len(content) // 2], b"\0" * len(content)):
        store.put_bytes(path, damaged)
        assert ShiftReports(reader, ShiftSums(store)).report(_question(1_000, "m_1"), now) == first
        assert store.bytes_at(path) == content
