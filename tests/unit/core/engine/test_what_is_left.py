"""What the engine keeps of finished batches, stops and plants. The tests count objects, so they do not depend on
time.
"""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import replace

from tests.unit.core.engine.shell import SPEED, EngineShell
from tests.unit.core.engine.test_plant_change import change, without

from setpoint.core.commands.inflight import Batch, Item, SetPoint
from setpoint.core.commands.under_way import KEEP_MS, LATE_WITHIN_MS
from setpoint.core.hub.session import Session
from setpoint.core.hub.state import MachineState
from setpoint.core.hub.stream import Stream
from setpoint.core.hub.topic import Topic

KINDS = (Batch, Item, SetPoint, MachineState, Session, Stream, Topic)


def alive_after_collection() -> Counter[str]:
    gc.collect()
    return alive()


def alive() -> Counter[str]:
    return Counter(type(each).__name__ for each in gc.get_objects() if issubclass(type(each), KINDS))


def test_batches_that_are_over_leave_nothing_whatever_became_of_them() -> None:
    shell = EngineShell()
    before = alive_after_collection()
    for number in range(1, 61):
        shell.submit(number, {"m_401": {SPEED: 100 + number}, "m_402": {SPEED: 100 + number}})
        shell.report("m_401", **{SPEED: 100 + number})
        if number % 3 == 0:
            shell.report("m_402", status="FAULT")
            shell.report("m_402", status="RUNNING")
        shell.wait(6_000)
    shell.wait(KEEP_MS + LATE_WITHIN_MS)
    assert alive_after_collection() == before
    assert shell.engine.next_due_ms() is None


def test_batches_that_are_over_do_not_wait_for_the_garbage_collector() -> None:
    shell = EngineShell()
    before = alive_after_collection()
    gc.disable()
    try:
        for number in range(1, 31):
            shell.submit(number, {"m_401": {SPEED: 100 + number}, "m_402": {SPEED: 100 + number}})
            shell.report("m_401", **{SPEED: 100 + number})
            shell.wait(6_000)
        shell.wait(KEEP_MS + LATE_WITHIN_MS)
        assert alive() == before
    finally:
        gc.enable()


def test_plants_that_were_changed_leave_nothing() -> None:
    shell = EngineShell()
    whole = shell.engine.plant
    change(shell, without(whole, "m_401"), call=1_000)
    change(shell, whole, call=1_001)
    shell.wait(KEEP_MS + LATE_WITHIN_MS)
    before = alive_after_collection()
    for number in range(1, 31):
        shell.submit(number, {"m_401": {SPEED: 100 + number}, "m_402": {SPEED: 100 + number}})
        change(shell, without(whole, "m_401"), call=2_000 + number)
        change(shell, replace(whole, name=f"plant {number}"), call=3_000 + number)
        shell.report("m_401", status="RUNNING", targetSpeed=100, mode="RUN")
    shell.wait(KEEP_MS + LATE_WITHIN_MS)
    assert alive_after_collection() == before
