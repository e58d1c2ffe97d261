"""The historian's process, without the process: frames in, frames out."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from threading import Thread

import pytest
from tests.unit.history.archive import DAY0, SIGNALS, SPEED, Archive, points

from setpoint.core.history import NOT_RECORDED, HistoryQuery, Signal
from setpoint.core.plant.shifts import STATES
from setpoint.core.shifts import Shift, ShiftMachine, ShiftQuestion
from setpoint.history import reader, worker
from setpoint.history.messages import (
    Answer,
    Ask,
    AskShift,
    Begin,
    Down,
    Failure,
    Figures,
    Keep,
    Lost,
    Past,
    Record,
    Up,
    frame,
    length,
    read_up,
)
from setpoint.history.store import write_durably
from setpoint.history.worker import Worker


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FLUSH_EVERY_S", "TRY_AGAIN_AFTER_S", "REPORT_EVERY_S"):
        monkeypatch.setattr(worker, name, 0.0)


def run(folder: Path, *frames: Down, free: list[int] | None = None, reserve: int = 1_000) -> list[Up]:
    """Returns a historian's answers to these frames. ``free`` is the free disk space at each check. Afterwards there is
    always enough.
    """
    looks = iter(free or ())
    out = io.BytesIO()
    worker = Worker(str(folder), folder / "tail", reserve, out, disk=lambda _: next(looks, 10 * reserve))
    worker.run(io.BytesIO(b"".join(map(frame, frames))))
    out.seek(0)
    answers = []
    while prefix := out.read(4):
        answers.append(read_up(out.read(length(prefix))))
    return answers


def record(at: float, *values: float) -> Record:
    return Record(DAY0 + at, points([(SPEED, at, value) for value in values]))


BEGIN = Begin(DAY0, SIGNALS)


def test_the_last_samples_are_kept_when_the_server_is_gone(tmp_path: Path) -> None:
    run(tmp_path, BEGIN, record(1, 10.0), record(2, 20.0))
    assert Archive(tmp_path).points(SPEED, 0, 9) == [
        (1, 10.0, "GOOD"),
        (2, 20.0, "GOOD"),
        (2, None, NOT_RECORDED),
    ]


@pytest.mark.rule("HIST-5")
def test_a_disk_that_is_almost_full_stops_history_and_room_lets_it_go_on_after_a_gap(tmp_path: Path) -> None:
    answers = run(
        tmp_path,
        BEGIN,
        record(1, 10.0),
        record(2, 20.0),
        record(3, 30.0),
        Begin(DAY0 + 4, SIGNALS),
        record(5, 50.0),
        free=[9_000, 9_000, 9_000, 500, 500, 9_000],
    )
    reasons = [each.reason for each in answers if isinstance(each, Figures)]
    assert any("500 bytes free, and 1,000 are kept for what people change" in each for each in reasons)
    assert reasons[-1] == ""
    assert any(isinstance(each, Lost) for each in answers)
    assert max(each.dropped for each in answers if isinstance(each, Figures)) == 2
    assert Archive(tmp_path).points(SPEED, 0, 9)[:3] == [
        (1, 10.0, "GOOD"),
        (1, None, NOT_RECORDED),
        (5, 50.0, "GOOD"),
    ]


def test_a_disk_that_refuses_to_write_is_reported_and_history_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = iter([False, False, True])

    def write(path: Path, content: object) -> None:
        if next(fails, False):
            raise OSError(28, "No space left on device")
        write_durably(path, content)

    monkeypatch.setattr("setpoint.history.tail.write_durably", write)
    answers = run(
        tmp_path,
        BEGIN,
        record(1, 10.0),
        record(2, 20.0),
        record(3, 30.0),
        Begin(DAY0 + 4, SIGNALS),
        record(5, 50.0),
    )
    assert any("No space left on device" in each.reason for each in answers if isinstance(each, Figures))
    assert [value for _, value, _ in Archive(tmp_path).points(SPEED, 0, 9)] == [10.0, None, 50.0, None]


def test_an_administrators_limit_removes_old_points_with_the_next_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setpoint.history.writer.COMPACT_AFTER_MS", 0)
    run(tmp_path, Begin(DAY0 - 40 * 86_400, SIGNALS), record(1 - 40 * 86_400, 10.0))
    run(tmp_path, BEGIN, Keep(30), record(1, 10.0), record(2, 20.0))
    assert Archive(tmp_path).points(SPEED, -41 * 86_400, -39 * 86_400) == []
    assert [value for _, value, _ in Archive(tmp_path).points(SPEED, 0, 9)] == [10.0, 20.0, None]


def test_a_question_is_answered_and_one_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MAX_POINTS", 2)
    query = HistoryQuery((SPEED,), ("speed",), DAY0, DAY0 + 10, None)
    answers = run(
        tmp_path,
        BEGIN,
        record(1, 10.0),
        Ask(1, query),
    )
    answer = next(each for each in answers if isinstance(each, Answer))
    assert answer.number == 1
    assert b'"signal":"m_1.speed"' in answer.body
    answers = run(tmp_path, Begin(DAY0 + 3, SIGNALS), record(4, 1.0, 2.0, 3.0), Ask(2, query))
    failure = next(each for each in answers if isinstance(each, Failure))
    assert (failure.number, failure.is_too_large) == (2, True)


STATUS = Signal("m_1", "status", "01")


@pytest.mark.rule("SHIFT-10", "HIST-5")
def test_a_report_that_was_read_is_read_again_after_points_of_its_time_were_written(tmp_path: Path) -> None:
    shift = Shift("Early", "2025-11-28", DAY0, DAY0 + 1_000)
    question = ShiftQuestion(
        shift, shift.until, (ShiftMachine("m_1", "01"),), dict(STATES), (), 10.0, "parts"
    )
    down, up = os.pipe(), os.pipe()
    with (
        open(down[0], "rb") as source,
        open(up[1], "wb", buffering=0) as sink,
        open(down[1], "wb", buffering=0) as commands,
        open(up[0], "rb") as answers,
    ):
        worker = Worker(str(tmp_path), tmp_path / "tail", 1_000, sink, disk=lambda _: 10_000)
        thread = Thread(target=worker.run, args=(source,))
        thread.start()

        def stops(number: int) -> int:
            commands.write(frame(AskShift(number, question)))
            while True:
                answer = read_up(answers.read(length(answers.read(4))))
                assert not isinstance(answer, Failure), answer
                if isinstance(answer, Answer):
                    return len(json.loads(answer.body)["stops"])

        commands.write(frame(Begin(DAY0, (STATUS,))))
        stopped = [(STATUS, 0.0, "RUNNING"), (STATUS, 100.0, "FAULT"), (STATUS, 400.0, "RUNNING")]
        commands.write(frame(Record(DAY0 + 2_000, points(stopped, (STATUS,)))))
        found = [stops(1)]
        commands.write(frame(Begin(DAY0 + 2_000, (STATUS,))))
        past = [(STATUS, 600.0, "FAULT"), (STATUS, 700.0, "RUNNING")]
        commands.write(frame(Past((STATUS,), points(past, (STATUS,)))))
        found.append(stops(2))
        commands.close()
        thread.join()
    assert found == [1, 2]
