"""The promises of every source, as tests. A source passes if a class with its rig passes::

    from setpoint.testing.source_contract import SourceContract, SourceRig

    class TestMySource(SourceContract):
        @pytest.fixture
        async def rig(self, tmp_path):
            yield MyRig(...)

The tests check the promises in `setpoint.sources.base`: order, quality, time, writes, supervision, stopping. They use
real clocks and bounded waits. If a rig cannot do something, leave it out of ``can``. A source that does not stop fails
its test and is ended by force, so that the suite continues.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol, runtime_checkable

from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Answer, Write, WriteAnswer
from setpoint.sources.base import Source
from setpoint.sources.supervision import BETWEEN_STARTS_S, STOP_WITHIN_S, end_by_force
from setpoint.testing.patience import patient
from setpoint.testing.recorder import Recorder

__all__ = ["SourceContract", "SourceRig"]


class SourceRig(Protocol):
    """A source together with machines that the test controls.

    ``machines`` are at least two entity keys; ``field`` is one of their set-points; ``good`` and ``other`` are two
    different targets that the controller accepts, ``bad`` is one that it refuses. ``can`` names what the rig can do:
    ``freeze`` (the machines stop answering and come back), ``stop`` (a machine asserts EMERGENCY_STOP), ``leave`` (the
    machines go away, refuse every connection and come back; ``attempts`` counts the connections so far) and ``garble``
    (a machine sends data that nobody can read until it is repaired).
    """

    machines: Sequence[str]
    field: str
    good: Value
    other: Value
    bad: Value
    can: frozenset[str]

    def source(self) -> Source:
        """A new source for the machines, not started. Called any number of times, one source after the other."""

    async def freeze(self) -> None:
        """The machines answer nothing from now on, and stay connected."""

    async def thaw(self) -> None:
        """The machines answer again."""

    async def assert_stop(self, machine: str) -> None:
        """The machine raises an emergency stop."""

    async def clear_stop(self, machine: str) -> None:
        """The machine's stop is over."""


class SourceContract:
    """Inherit from this class and define a fixture ``rig``. Needs pytest-asyncio in auto mode."""

    async def test_it_starts_at_once_and_then_tells_every_machine(self, rig: SourceRig) -> None:
        recorder, source = Recorder(), rig.source()
        async with asyncio.timeout(patient(1)):
            await source.start(recorder)
        try:
            await recorder.until(
                lambda: set(rig.machines) <= recorder.state.keys(), why="every machine reports"
            )
        finally:
            await stopped(source)

    async def test_a_machine_that_is_well_is_good_and_keeps_saying_so(self, rig: SourceRig) -> None:
        async with running(rig) as (_, recorder):
            for _ in range(3):
                all_reported = partial(_all_reported, recorder, rig.machines, time.monotonic())
                await recorder.until(all_reported, within_s=2.0, why="a sign of life of every machine")
            await recorder.until(lambda: set(recorder.quality.values()) == {Quality.GOOD})

    async def test_every_report_names_a_machine_of_the_source_and_a_time(self, rig: SourceRig) -> None:
        async with running(rig) as (_, recorder):
            await recorder.until(lambda: len(recorder.reports) >= 2 * len(rig.machines))
            assert {report.machine for report in recorder.reports} <= set(rig.machines)
            assert all(report.at > 0 for report in recorder.reports)

    async def test_it_tells_only_what_is_new(self, rig: SourceRig) -> None:
        async with running(rig) as (_, recorder):
            begun = len(recorder.reports)
            await recorder.until(lambda: len(recorder.reports) >= begun + 4 * len(rig.machines))
            assert all(rig.field not in report.values for report in recorder.reports[begun:])

    async def test_a_write_is_answered_once_and_then_reported(self, rig: SourceRig) -> None:
        async with running(rig) as (source, recorder):
            machine = rig.machines[0]
            for tx_id, value in (("t0", rig.good), ("t1", rig.other)):
                await source.write([Write(tx_id, machine, rig.field, value)])
                await recorder.until(partial(_is_taken, recorder, tx_id), why="the controller takes it")
                await recorder.until(partial(_shows, recorder, machine, rig.field, value), why="its report")
            assert [each.tx_id for each in recorder.answers] == ["t0", "t1"]

    async def test_of_many_writes_each_has_its_own_answer(self, rig: SourceRig) -> None:
        first, second = rig.machines[:2]
        async with running(rig) as (source, recorder):
            before = recorder.state[second][rig.field]
            # On a busy computer an answer may come too late, or the machine may have no contact for a moment.
            for attempt in range(1, 6):
                await source.write(
                    [
                        Write(f"t{attempt}", first, rig.field, rig.good),
                        Write(f"t{attempt}", second, rig.field, rig.bad),
                        Write(f"t{attempt}", first, "noSuchField", 1),
                    ]
                )
                await recorder.until(partial(_has_answers, recorder, 3 * attempt))
                found = {(each.machine, each.field): each for each in recorder.answers[-3:]}
                answer = found[first, rig.field]
                if answer.answer is not Answer.UNKNOWN and "nothing was sent" not in (answer.message or ""):
                    break
            assert found[first, rig.field].answer is Answer.TAKEN, found
            assert found[second, rig.field].answer is Answer.REFUSED, found
            unknown = found[first, "noSuchField"].answer
            assert unknown is Answer.REFUSED, "a field that the machine does not have is refused"
            assert found[second, rig.field].message
            await recorder.until(lambda: recorder.state[first][rig.field] == rig.good)
            assert recorder.state[second][rig.field] == before

    async def test_a_frozen_controller_makes_a_write_unknown_and_it_may_land_later(
        self, rig: SourceRig
    ) -> None:
        if "freeze" not in rig.can:
            return
        machine = rig.machines[0]
        async with running(rig) as (source, recorder):
            value = rig.good if recorder.state[machine][rig.field] != rig.good else rig.other
            await rig.freeze()
            await source.write([Write("t", machine, rig.field, value)])
            await recorder.until(lambda: bool(recorder.answers), within_s=4.0)
            assert recorder.answers[0].answer is Answer.UNKNOWN
            assert recorder.state[machine][rig.field] != value
            await rig.thaw()
            await recorder.until(lambda: recorder.state[machine][rig.field] == value, within_s=5.0)
            assert len(recorder.answers) == 1

    async def test_a_silent_machine_is_not_called_good(self, rig: SourceRig) -> None:
        if "freeze" not in rig.can:
            return
        async with running(rig) as (_, recorder):
            await rig.freeze()
            begun = time.monotonic()
            await recorder.until(lambda: time.monotonic() - begun > 3.2, within_s=4)
            late = [
                report
                for report, arrived in zip(recorder.reports, recorder.arrived, strict=True)
                if arrived > begun + 2.0
            ]
            assert all(report.quality is not Quality.GOOD for report in late)
            await rig.thaw()
            await recorder.until(
                lambda: (
                    set(recorder.quality.values()) == {Quality.GOOD}
                    and _all_reported(recorder, rig.machines, begun + 3.2)
                ),
                within_s=5.0,
            )

    async def test_a_stop_is_told_and_its_clearing_too(self, rig: SourceRig) -> None:
        if "stop" not in rig.can:
            return
        machine = rig.machines[0]
        async with running(rig) as (_, recorder):
            await rig.assert_stop(machine)
            await recorder.until(lambda: recorder.state[machine]["status"] == "EMERGENCY_STOP", within_s=2.0)
            await rig.clear_stop(machine)
            await recorder.until(lambda: recorder.state[machine]["status"] != "EMERGENCY_STOP", within_s=2.0)

    async def test_after_stopping_nothing_is_told_any_more(self, rig: SourceRig) -> None:
        recorder = Recorder()
        source = rig.source()
        await source.start(recorder)
        await recorder.until(lambda: bool(recorder.reports))
        await stopped(source)
        before = len(recorder.reports)
        await asyncio.sleep(0.6)
        assert len(recorder.reports) == before

    async def test_stopping_answers_what_was_not_answered_yet(self, rig: SourceRig) -> None:
        recorder = Recorder()
        source = rig.source()
        await source.start(recorder)
        await recorder.until(lambda: set(rig.machines) <= recorder.state.keys())
        await source.write([Write("t", machine, rig.field, rig.good) for machine in rig.machines])
        await stopped(source)
        assert _once_each(recorder.answers, rig.machines)

    async def test_it_stops_in_time_though_its_machines_do_not_answer(self, rig: SourceRig) -> None:
        if "freeze" not in rig.can:
            return
        async with running(rig) as (source, recorder):
            await rig.freeze()
            try:
                await source.write([Write("t", machine, rig.field, rig.other) for machine in rig.machines])
                await stopped(source)
                assert _once_each(recorder.answers, rig.machines)
            finally:
                await rig.thaw()

    async def test_machines_that_go_away_are_doubted_with_a_reason_and_are_tried_again_with_patience(
        self, rig: SourceRig
    ) -> None:
        if "leave" not in rig.can:
            return
        assert isinstance(rig, LeavingRig)
        async with running(rig) as (_, recorder):
            await rig.leave()
            try:
                await recorder.until(lambda: Quality.GOOD not in recorder.quality.values(), within_s=4.0)
                last = {report.machine: report for report in recorder.reports}
                assert all(last[machine].reason for machine in rig.machines), "each says why it is in doubt"
                before, begun = rig.attempts, time.monotonic()
                await asyncio.sleep(_WATCHED_S)
                tried, watched_s = rig.attempts - before, time.monotonic() - begun
                assert tried <= watched_s / BETWEEN_STARTS_S + 1, "at most one attempt in two seconds"
            finally:
                await rig.come_back()
            await recorder.until(lambda: set(recorder.quality.values()) == {Quality.GOOD}, within_s=6.0)

    async def test_what_one_machine_garbles_does_not_take_its_neighbours(self, rig: SourceRig) -> None:
        if "garble" not in rig.can:
            return
        assert isinstance(rig, GarblingRig)
        first, *others = rig.machines
        async with running(rig) as (_, recorder):
            await rig.garble(first)
            try:
                begun = time.monotonic()
                await recorder.until(
                    lambda: (
                        time.monotonic() - begun > 1.5
                        and all(recorder.quality[other] is Quality.GOOD for other in others)
                        and _all_reported(recorder, others, begun + 0.5)
                    ),
                    within_s=8.0,
                    why="the neighbours are good and say so",
                )
            finally:
                await rig.mend(first)
            await recorder.until(lambda: set(recorder.quality.values()) == {Quality.GOOD}, within_s=8.0)


_WATCHED_S = 4.2


@runtime_checkable
class LeavingRig(Protocol):
    """A rig whose ``can`` has ``leave``."""

    @property
    def attempts(self) -> int:
        """Connections that the source has tried so far."""

    async def leave(self) -> None:
        """Nobody can connect to the machines from now on, and open connections end."""

    async def come_back(self) -> None:
        """The machines can be reached again."""


@runtime_checkable
class GarblingRig(Protocol):
    """A rig whose ``can`` has ``garble``."""

    async def garble(self, machine: str) -> None:
        """The machine sends data that cannot be read from now on."""

    async def mend(self, machine: str) -> None:
        """The machine sends readable data again."""


async def stopped(source: Source) -> None:
    """Stops a source in bounded time. If it does not stop, ends it by force and raises AssertionError."""
    before = asyncio.all_tasks()
    stopping = asyncio.create_task(source.stop(), name="stop")
    _, late = await asyncio.wait({stopping}, timeout=patient(STOP_WITHIN_S))
    if late:
        end_by_force({*late, *(before - {asyncio.current_task()})})
        raise AssertionError(f"stop() did not end within {STOP_WITHIN_S:g} s; it was ended by force")
    stopping.result()


@asynccontextmanager
async def running(rig: SourceRig) -> AsyncIterator[tuple[Source, Recorder]]:
    """A started source whose machines have all reported their set-point."""
    recorder, source = Recorder(), rig.source()
    await source.start(recorder)
    try:
        await recorder.until(
            lambda: all(rig.field in recorder.state.get(machine, {}) for machine in rig.machines)
        )
        yield source, recorder
    finally:
        await stopped(source)


def _all_reported(recorder: Recorder, machines: Sequence[str], since: float) -> bool:
    """Whether each machine has reported after ``since``, in monotonic seconds."""
    arrivals = zip(recorder.reports, recorder.arrived, strict=True)
    return {report.machine for report, arrived in arrivals if arrived > since} >= set(machines)


def _has_answers(recorder: Recorder, count: int) -> bool:
    return len(recorder.answers) >= count


def _is_taken(recorder: Recorder, tx_id: str) -> bool:
    return recorder.answer(tx_id) is Answer.TAKEN


def _shows(recorder: Recorder, machine: str, field: str, value: Value) -> bool:
    return recorder.state[machine][field] == value


def _once_each(answers: Sequence[WriteAnswer], machines: Sequence[str]) -> bool:
    return sorted(each.machine for each in answers) == sorted(machines)
