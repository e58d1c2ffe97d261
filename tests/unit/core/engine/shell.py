"""An engine without an event loop. Storage answers when the test says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec
from tests.simulation.server import done
from tests.unit.core.commands.shell import ANNA, tx

from setpoint.contract.http.batches import AgainRequest, BatchAnswer, BatchKind, BatchRequest
from setpoint.contract.values import Quality, Value
from setpoint.core.audit.changes import Change
from setpoint.core.commands import Arrival, Dispatch
from setpoint.core.engine import (
    Again,
    Answered,
    Cancel,
    Confirm,
    Engine,
    Event,
    Find,
    Found,
    NotFound,
    NotStored,
    Probe,
    Probed,
    Reply,
    Reported,
    Store,
    Stored,
    Submit,
    TimePassed,
    Withdraw,
)
from setpoint.core.engine import Effect as EngineEffect
from setpoint.core.plant import Answer, Person, Plant, Report, Write, WriteAnswer, demo_plant
from setpoint.errors import InDoubtError, SetpointError, StorageError
from setpoint.persistence.memory import MemoryPersistence

SPEED = "targetSpeed"
FULL = StorageError("the disk is full; make room")


def guarded_plant() -> Plant:
    """A plant whose ``mode`` needs a second person."""
    plant = demo_plant()
    fields = tuple(replace(each, needs_second_person=each.name == "mode") for each in plant.fields)
    return replace(plant, fields=fields)


class EngineShell:
    """Plays the engine's effects, without I/O.

    ``replies`` has the answer to each call by its number. While ``is_storing`` is false, nothing is stored; while
    ``fails`` is true, storing fails. ``set_ahead_s`` is how far the wall clock was set ahead.
    """

    def __init__(self, plant: Plant | None = None) -> None:
        self.engine: Engine[str] = Engine(plant or demo_plant(), epoch="e", now_ms=0)
        self.disk = MemoryPersistence()
        self.now_ms = 0
        self.set_ahead_s = 0
        self.is_storing = True
        self.fails = False
        self.waiting: list[Store] = []
        self.stored: list[Sequence[Change]] = []
        self.probes = 0
        self.replies: dict[int, BatchAnswer | SetpointError | None] = {}
        self.writes: list[Write] = []
        self.play(self.engine.restore(revs=(), batches=(), held=(), now_ms=0, ts=self.ts))
        values: dict[str, Value] = {"status": "RUNNING", SPEED: 100, "mode": "RUN"}
        reports = [Report(key, values, 0.0, Quality.GOOD) for key in self.engine.machines]
        self.feed(Reported(reports))
        self.stored.clear()

    @property
    def ts(self) -> float:
        return 1_000.0 + self.now_ms / 1000 + self.set_ahead_s

    def feed(self, event: Event) -> None:
        self.play(self.engine.handle(event, self.now_ms, self.ts))

    def play(self, effects: Sequence[EngineEffect[str]]) -> None:
        for effect in effects:
            match effect:
                case Store():
                    self.waiting.append(effect)
                    assert len(self.waiting) == 1, "one transaction at a time"
                    if self.is_storing:
                        self.store()
                case Find(tx_id):
                    self.feed(
                        NotFound(tx_id, FULL) if self.fails else Found(tx_id, done(self.disk.batch(tx_id)))
                    )
                case Probe():
                    self.probes += 1
                    if self.fails:
                        self.feed(Probed(is_well=False))
                    else:
                        self.feed(Probed(is_well=True, stored_last=done(self.disk.check())))
                case Reply(call, result):
                    assert call not in self.replies, "a call is answered once"
                    self.replies[call] = result
                case Dispatch(writes):
                    self.writes += writes
                case _:
                    pass

    def store(self) -> None:
        """Stores what waits, or makes it fail."""
        while self.waiting:
            changes, name = msgspec.structs.astuple(self.waiting.pop())
            if self.fails:
                self.feed(NotStored(FULL))
                return
            done(self.disk.store(changes, name=name))
            self.stored.append(changes)
            self.feed(Stored())

    def store_unanswered(self, *, is_stored: bool) -> None:
        """Loses the answer to a commit, so that nobody knows whether it was stored."""
        changes, name = msgspec.structs.astuple(self.waiting.pop())
        if is_stored:
            done(self.disk.store(changes, name=name))
        self.feed(NotStored(InDoubtError("the database has not answered")))

    def wait(self, for_ms: int) -> None:
        """Lets time pass, in the steps that the engine requests."""
        end = self.now_ms + for_ms
        while (due := self.engine.next_due_ms()) is not None and due <= end:
            self.now_ms = max(due, self.now_ms)
            self.feed(TimePassed())
        self.now_ms = end

    # Requests of people

    def submit(
        self,
        call: int,
        updates: Mapping[str, Mapping[str, Value]],
        person: Person = ANNA,
        *,
        number: int | None = None,
    ) -> None:
        """Submits batch ``number``, by default the number of the call."""
        request = BatchRequest(tx(number or call), {key: dict(each) for key, each in updates.items()})
        self.feed(Submit(call, request, person, self._now()))

    def again(
        self, call: int, followed: int, kind: BatchKind, *, number: int | None = None, person: Person = ANNA
    ) -> None:
        request = AgainRequest()
        self.feed(Again(call, tx(followed), kind, tx(number or call), request, person, self._now()))

    def cancel(self, call: int, number: int, person: Person = ANNA) -> None:
        self.feed(Cancel(call, tx(number), person))

    def confirm(self, call: int, number: int, person: Person) -> None:
        self.feed(Confirm(call, tx(number), person, ANNA, self._now()))

    def withdraw(self, call: int, number: int, person: Person = ANNA) -> None:
        self.feed(Withdraw(call, tx(number), person))

    def _now(self) -> Arrival:
        return Arrival(self.now_ms, self.ts)

    # Reports of machines

    def answer(self, number: int, machine: str, answer: Answer = Answer.TAKEN) -> None:
        self.feed(Answered([WriteAnswer(tx(number), machine, SPEED, answer)]))

    def report(self, machine: str, **values: Value) -> None:
        self.feed(Reported([Report(machine, values, self.ts)]))
