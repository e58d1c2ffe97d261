"""The shifts of the last day are read before anybody asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from setpoint.core.plant import demo_plant
from setpoint.core.plant.demo import SHIFTS
from setpoint.core.shifts import ShiftQuestion
from setpoint.runtime.shifts_ahead import read_last_day


class _Historian:
    def __init__(self) -> None:
        self.asked: list[ShiftQuestion] = []

    async def ask_shift(self, question: ShiftQuestion, form: str) -> tuple[bytes, str]:
        self.asked.append(question)
        return b"{}", form


async def test_each_shift_of_the_last_day_is_read_of_the_whole_plant_up_to_now() -> None:
    plant, historian = replace(demo_plant(), timezone="UTC", shifts=SHIFTS), _Historian()
    now = datetime(2026, 11, 27, 12, 0, tzinfo=UTC).timestamp()
    await read_last_day(plant, historian, now)  # type: ignore[arg-type]  # all that is needed of one
    assert [each.shift.name for each in historian.asked][-1] == "Early"
    assert [each.until for each in historian.asked][-1] == now
    assert len({each.shift.since for each in historian.asked}) == len(historian.asked) >= 3
    assert {len(each.machines) for each in historian.asked} == {len(plant.machines)}


async def test_a_plant_without_shifts_asks_nothing() -> None:
    historian = _Historian()
    await read_last_day(demo_plant(), historian, 1e9)  # type: ignore[arg-type]  # as above
    assert historian.asked == []
