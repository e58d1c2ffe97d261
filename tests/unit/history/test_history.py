"""Reading what was recorded: from memory, from files, after a crash, over midnight, and in intervals."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
import pytest
from tests.unit.history.archive import DAY0, OTHER, SIGNALS, SPEED, STATUS, Archive, points

from setpoint.core.history import NOT_RECORDED
from setpoint.errors import RequestError
from setpoint.history import reader, writer
from setpoint.history.layout import HOURS, POINTS, Name
from setpoint.history.store import Opened


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path).begin()


@pytest.mark.rule("HIST-1")
def test_points_come_back_from_memory_and_from_files_alike(archive: Archive) -> None:
    archive.add(
        5, (SPEED, 1, 10.5), (STATUS, 1, "RUNNING"), (OTHER, 2, 7), (SPEED, 4, None), (SPEED, 5, 2**60 + 1)
    )
    expected = [(1, 10.5, "GOOD"), (4, None, "GOOD"), (5, 2**60 + 1, "GOOD")]
    assert archive.points(SPEED, 0, 10) == expected
    archive.writer.compact()
    archive.writer.flush()
    archive.writer.compact()
    assert archive.writer.points_in_memory == 0
    assert archive.points(SPEED, 0, 10) == expected
    for until in (20, 30):  # what was recent then is now only in the files
        archive.add(until)
        archive.writer.flush()
        archive.writer.compact()
    assert archive.writer.snapshot().recent_ms > DAY0 * 1000
    assert archive.points(SPEED, 0, 10) == expected
    assert archive.points(STATUS, 0, 10)[0] == (1, "RUNNING", "GOOD")
    assert archive.points(OTHER, 0, 10)[0] == (2, 7, "GOOD")


@pytest.mark.rule("HIST-1")
def test_the_answer_has_the_value_that_held_when_the_time_began(archive: Archive) -> None:
    archive.add(9, (SPEED, 1, 1.0), (SPEED, 3, 3.0), (SPEED, 8, 8.0))
    assert archive.points(SPEED, 5, 9) == [(3, 3.0, "GOOD"), (8, 8.0, "GOOD")]


@pytest.mark.rule("HIST-7")
def test_intervals_have_the_lowest_the_highest_and_the_mean_by_time(archive: Archive) -> None:
    archive.add(40, (SPEED, 0, 10.0), (SPEED, 5, 20.0), (SPEED, 20, 0.0), (SPEED, 30, 5.0, "OFFLINE"))
    series = archive.series(SPEED, 0, 40, 4)
    assert [series.low.tolist(), series.high.tolist()] == [  # type: ignore[union-attr]  # intervals have both
        pytest.approx([10, 20, 0, np.nan], nan_ok=True),
        pytest.approx([20, 20, 0, np.nan], nan_ok=True),
    ]
    assert series.mean is not None
    assert series.mean.tolist() == pytest.approx([15, 20, 0, np.nan], nan_ok=True)


@pytest.mark.rule("HIST-5")
def test_after_a_kill_what_was_flushed_is_there_and_ends_where_it_was_last_alive(archive: Archive) -> None:
    archive.add(5, (SPEED, 1, 1.0), (STATUS, 1, "RUNNING"))
    archive.writer.flush()
    archive.add(7)
    archive.writer.flush()
    archive.add(8, (SPEED, 8, 8.0))  # never flushed
    archive.open()
    assert archive.points(SPEED, 0, 100) == [(1, 1.0, "GOOD"), (7, None, NOT_RECORDED)]
    assert archive.points(STATUS, 0, 100) == [(1, "RUNNING", "GOOD"), (7, None, NOT_RECORDED)]
    archive.begin(60).add(61, (SPEED, 60, 6.0))
    assert archive.points(SPEED, 0, 61) == [(1, 1.0, "GOOD"), (7, None, NOT_RECORDED), (60, 6.0, "GOOD")]
    mean = archive.series(SPEED, 0, 120, 2).mean
    assert mean is not None
    assert mean.tolist() == [1.0, 6.0]


@pytest.mark.parametrize("fails_at", range(1, 12))
def test_a_crash_anywhere_while_files_are_written_loses_and_doubles_nothing(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    archive.add(5, (SPEED, 1, 1.0), (OTHER, 2, 2.0))
    archive.writer.flush()
    archive.writer.compact()
    archive.add(9, (SPEED, 6, 6.0), (STATUS, 7, "FAULT"))
    archive.writer.flush()
    steps = iter(range(1, 100))

    def crash_at(step: int) -> None:
        if step == fails_at:
            raise SystemExit  # like a kill: nothing runs after it

    for owner, name in ((archive.store, "put"), (archive.store, "remove"), (archive.writer._tail, "commit")):
        real = getattr(owner, name)

        def crashing(*args: object, real: object = real, **kwargs: object) -> object:
            crash_at(next(steps))
            result = real(*args, **kwargs)  # type: ignore[operator]  # a method
            crash_at(next(steps))
            return result

        monkeypatch.setattr(owner, name, crashing)
    with contextlib.suppress(SystemExit):
        archive.writer.compact()
    archive.open()
    assert archive.points(SPEED, 0, 20) == [(1, 1.0, "GOOD"), (6, 6.0, "GOOD"), (9, None, NOT_RECORDED)]
    assert archive.points(OTHER, 0, 20) == [(2, 2.0, "GOOD"), (9, None, NOT_RECORDED)]
    assert archive.points(STATUS, 0, 20) == [(7, "FAULT", "GOOD"), (9, None, NOT_RECORDED)]


def test_small_files_become_large_ones_and_days_that_are_over_one_file(archive: Archive) -> None:
    for minute in range(20):
        at = 86_400 - 600 + minute * 60
        archive.add(at + 60, (SPEED, at, float(minute)))
        archive.writer.flush()
        archive.writer.compact()
    folders = archive.writer.stored()
    assert {folder.period: len(files) for folder, files in folders.items() if folder.kind == POINTS} == {
        "2025-11-28": 1,
        "2025-11-29": 3,
    }
    assert [folder.period for folder in folders if folder.kind == HOURS] == ["2025-11"]
    assert [value for _, value, _ in archive.points(SPEED, 0, 90_000)][:20] == [
        float(each) for each in range(20)
    ]


def test_the_last_minutes_are_answered_without_reading_a_file(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.add(5, (SPEED, 1, 1.0), (STATUS, 1, "RUNNING"))
    archive.writer.flush()
    archive.writer.compact()
    archive.add(9, (SPEED, 6, 6.0))
    archive.writer.flush()
    archive.writer.compact()
    archive.add(12, (SPEED, 11, 11.0))
    opened: list[Name] = []
    real = archive.store.open

    def noting(name: Name) -> Opened:
        opened.append(name)
        return real(name)

    monkeypatch.setattr(archive.store, "open", noting)
    assert archive.points(SPEED, 7, 20) == [(6, 6.0, "GOOD"), (11, 11.0, "GOOD")]
    assert archive.points(STATUS, 7, 20) == [(1, "RUNNING", "GOOD")]
    assert archive.points(OTHER, 7, 20) == []
    assert not opened
    assert archive.points(SPEED, 2, 20) == [(1, 1.0, "GOOD"), (6, 6.0, "GOOD"), (11, 11.0, "GOOD")]
    assert opened


def test_a_file_that_is_large_enough_is_not_merged_again(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "LARGE_ROWS", 8)
    for minute in range(20):
        archive.add(minute * 60 + 60, (SPEED, minute * 60, float(minute)))
        archive.writer.flush()
        archive.writer.compact()
    (files,) = (files for folder, files in archive.writer.stored().items() if folder.kind == POINTS)
    assert [(each.level, archive.store.read(each).num_rows) for each in files] == [
        (9, 8),
        (9, 8),
        *[(0, 1)] * 4,
    ]
    archive.add(86_400 + 60, (SPEED, 86_400, 20.0))
    archive.writer.flush()
    archive.writer.compact()
    (files,) = (
        files
        for folder, files in archive.writer.stored().items()
        if folder.kind == POINTS and folder.period == "2025-11-28"
    )
    assert [(each.level, archive.store.read(each).num_rows) for each in files] == [(9, 8), (9, 8), (9, 4)]
    assert [value for _, value, _ in archive.points(SPEED, 0, 90_000)] == [float(each) for each in range(21)]


@pytest.mark.rule("HIST-7")
def test_every_resolution_has_the_same_mean(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads finished days, the present day, and what is still in memory."""
    for hour in range(60):
        at = hour * 3_600
        archive.add(at + 3_600, (SPEED, at, float(hour)), (SPEED, at + 1_800, float(hour + 1)))
        archive.writer.flush()
        if hour < 58:
            archive.writer.compact()
    days, step = (0, 60 * 3_600), 2 * 3_600
    results = {}
    for resolution, minute_ms, hour_ms in (
        ("hours", 60_000, 3_600_000),
        ("minutes", 60_000, 10**12),
        ("points", 10**12, 10**12),
    ):
        monkeypatch.setattr(reader, "MINUTE_MS", minute_ms)
        monkeypatch.setattr(reader, "HOUR_MS", hour_ms)
        found = archive.found(*days, days[1] // step, SPEED)
        assert found.resolution == resolution
        series = found.series[0]
        assert series.low is not None
        assert series.mean is not None
        results[resolution] = [series.low.tolist(), series.mean.tolist()]
    expected = [hour + 1.0 for hour in range(0, 60, 2)]
    for low, mean in results.values():
        assert mean == pytest.approx(expected)
        assert low == pytest.approx([float(hour) for hour in range(0, 60, 2)])


def test_states_are_returned_as_intervals_and_what_is_only_the_last_known_as_none(archive: Archive) -> None:
    archive.add(
        11,
        (STATUS, 1, "RUNNING"),
        (STATUS, 3, "RUNNING"),
        (STATUS, 4, "FAULT"),
        (STATUS, 6, "FAULT", "OFFLINE"),
        (STATUS, 8, "RUNNING"),
        (STATUS, 9, "RUNNING", "BAD"),
        (STATUS, 10, "RUNNING", "UNCERTAIN"),
    )
    states = archive.found(0, 100, 10, SPEED).states
    assert [
        (each.since - DAY0, round(each.until - DAY0, 3), each.status, each.quality) for each in states
    ] == [
        (1, 4, "RUNNING", "GOOD"),
        (4, 6, "FAULT", "GOOD"),
        (6, 8, None, "OFFLINE"),
        (8, 9, "RUNNING", "GOOD"),
        (9, 10, None, "BAD"),
        (10, 11.001, "RUNNING", "UNCERTAIN"),
    ]


def test_points_older_than_they_are_kept_are_removed_and_their_roll_ups_stay(tmp_path: Path) -> None:
    archive = Archive(tmp_path).begin(keep_days={"speed": 1})
    for day in range(4):
        at = day * 86_400
        archive.add(at + 5, (SPEED, at, 1.0), (STATUS, at, "RUNNING"), (OTHER, at, 2.0))
        archive.writer.flush()
        archive.writer.compact()
    assert archive.writer.keep("2025-12-01") == 4
    assert archive.points(SPEED, 0, 86_400) == []
    assert archive.points(STATUS, 0, 5) == [(0, "RUNNING", "GOOD")]
    assert [value for _, value, _ in archive.points(SPEED, 2 * 86_400, 3 * 86_400)][:1] == [1.0]
    mean = archive.series(SPEED, 0, 86_400, 24).mean
    assert mean is not None
    assert mean[0] == 1.0
    assert archive.writer.keep("2025-12-01") == 0


def test_an_administrators_limit_is_for_the_fields_without_one_in_the_plant_file(
    tmp_path: Path,
) -> None:
    archive = Archive(tmp_path).begin(keep_days={"speed": 1_000})
    archive.writer.default_days = 30
    for day in (0, 1, 40):
        at = day * 86_400
        archive.add(at + 5, (SPEED, at, 1.0), (STATUS, at, "RUNNING"))
        archive.writer.flush()
        archive.writer.compact()
    assert archive.writer.keep("2026-01-07") == 2
    assert [value for _, value, _ in archive.points(SPEED, 0, 86_400)] == [1.0]
    assert archive.points(STATUS, 0, 86_400) == []
    assert {value for _, value, _ in archive.points(STATUS, 40 * 86_400, 41 * 86_400)} == {"RUNNING"}
    assert archive.writer.keep("2026-01-07") == 0


def test_a_question_that_reads_too_much_is_refused(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    archive.add(5, *((SPEED, at / 100, float(at)) for at in range(100)))
    monkeypatch.setattr(reader, "MAX_POINTS", 50)
    with pytest.raises(RequestError, match="100 points, of at most 50"):
        archive.found(0, 10, None, SPEED)
    archive.writer.flush()
    archive.writer.end()
    monkeypatch.setattr(reader, "MAX_ROWS", 50)
    with pytest.raises(RequestError, match="more than 50 points"):
        archive.found(0, 10, 5, SPEED)


@pytest.mark.rule("HIST-5")
def test_a_clock_that_was_set_back_leaves_both_times(archive: Archive) -> None:
    archive.add(100, (SPEED, 50, 1.0))
    archive.add(60, (SPEED, 100, None, NOT_RECORDED), (SPEED, 60, 2.0))
    archive.add(70, (SPEED, 70, 3.0))
    archive.writer.flush()
    archive.writer.compact()
    expected = [(50, 1.0, "GOOD"), (60, 2.0, "GOOD"), (70, 3.0, "GOOD"), (100, None, NOT_RECORDED)]
    assert archive.points(SPEED, 0, 200) == expected


def test_a_simulated_past_is_stored_by_day(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    recorded = [(SPEED, day * 86_400.0, float(day)) for day in range(3)]
    archive.writer.past(points(recorded), SIGNALS)
    archive.begin(3 * 86_400).add(3 * 86_400 + 5, (SPEED, 3 * 86_400, 3.0))
    assert [value for _, value, _ in archive.points(SPEED, 0, 4 * 86_400) if value is not None] == [
        0,
        1,
        2,
        3,
    ]


def test_other_tools_read_the_files_as_they_lie(archive: Archive) -> None:
    archive.add(5, (SPEED, 1, 10.5), (STATUS, 2, "RUNNING"))
    archive.writer.flush()
    archive.writer.compact()
    table = ds.dataset(archive.folder / "points", partitioning="hive").to_table()
    assert set(table.column_names) == {"time", "machine", "field", "number", "text", "quality", "day", "line"}
    assert table.to_pylist()[0] | {"time": None} == {
        "time": None,
        "machine": "m_1",
        "field": "speed",
        "number": 10.5,
        "text": None,
        "quality": "GOOD",
        "day": "2025-11-28",
        "line": 1,
    }


@pytest.mark.rule("HIST-1")
def test_texts_that_never_come_again_do_not_stay_in_memory(archive: Archive) -> None:
    rounds, each = 6, 1_000
    archive.add(0, (OTHER, 0, "kept"))
    for part in range(rounds):
        recorded = [(STATUS, part * each + number, f"part {part} of {number}") for number in range(each)]
        archive.add((part + 1) * each, *recorded)
        archive.writer.flush()
        archive.writer.compact()
        in_memory = archive.points(STATUS, part * each, (part + 1) * each)
        assert [value for _, value, _ in in_memory[-each:]] == [text for _, _, text in recorded]
    run = archive.writer.snapshot().run
    assert run is not None
    assert len(run.words.texts) < 4 * each, "three rounds are in memory at the most"
    found = archive.points(STATUS, 0, rounds * each)
    assert [value for _, value, _ in found] == [
        f"part {part} of {number}" for part in range(rounds) for number in range(each)
    ]
    assert archive.points(OTHER, 5, rounds * each)[0][1] == "kept"
