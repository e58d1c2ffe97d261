"""The server reads the shifts of the last day ahead of any request."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from setpoint.core.plant import demo_plant
from setpoint.core.plant.demo import SHIFTS
from setpoint.core.shifts import ShiftQuestion
from setpoint.runtime.shifts_ahead import DAY_S, read_last


class _Historian:
    def __init__(self) -> None:
        self.questions: list[ShiftQuestion] = []

    async def ask_shift(self, question: ShiftQuestion, form: str) -> tuple[bytes, str]:
        self.questions.append(question)
        return b"{}", form


async def test_each_shift_of_the_last_day_is_read_of_the_whole_plant_up_to_now() -> None:
    plant, historian = replace(demo_plant(), timezone="UTC", shifts=SHIFTS), _Historian()
    now = datetime(2026, 11, 27, 12, 0, tzinfo=UTC).timestamp()
    await read_last(DAY_S, plant, historian, now)  # type: ignore[arg-type]  # all that it uses
    assert (historian.questions[0].shift.name, historian.questions[0].until) == ("Early", now)
    assert len({each.shift.since for each in historian.questions}) == len(historian.questions) >= 3
    assert {len(each.machines) for each in historian.questions} == {len(plant.machines)}


async def test_a_plant_without_shifts_asks_nothing() -> None:
    historian = _Historian()
    await read_last(DAY_S, demo_plant(), historian, 1e9)  # type: ignore[arg-type]  # as above
    assert historian.questions == []
