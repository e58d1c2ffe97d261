"""A shell for the commands, without an event loop. It plays every effect at once, and logs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from setpoint.contract.http.batches import BatchAnswer, BatchRequest, ItemResult
from setpoint.contract.http.machines import Event, FieldRev
from setpoint.contract.live import Outcome, TxOutcome
from setpoint.contract.values import CRITICAL_OVERRIDES, Record, Value
from setpoint.core.commands import (
    AnswerReady,
    Arrival,
    BatchRecord,
    Commands,
    Dispatch,
    DispatchMore,
    Echo,
    Effect,
    ItemRecord,
    LastReported,
    RecordBatch,
    RecordEvents,
    RecordOutcomes,
    Refuse,
    Revise,
)
from setpoint.core.plant import Answer, Person, Plant, Report, Role, Write, WriteAnswer, demo_plant
from setpoint.errors import RequestError

ANNA = Person("anna", {"*": Role.OPERATOR})
BERT = Person("bert", {"*": Role.OPERATOR})
ON_LINE_01 = Person("carl", {"01": Role.OPERATOR, "02": Role.VIEWER})


def tx(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


class Shell:
    """Plays the effects of the commands. ``log`` names them in order. While ``is_storing`` is false, nothing is stored.

    While ``is_busy`` is true, the next parts of large batches wait in ``more``. ``set_ahead_s`` is how far the wall
    clock was set ahead.
    """

    def __init__(self, plant: Plant | None = None, *, commands: Commands | None = None) -> None:
        self.plant = plant or demo_plant()
        self.machines: dict[str, Record] = {
            key: {"status": "RUNNING", "since": 1.0, "cause": None, "quality": "GOOD", "seen": None}
            for key in self.plant.machines
        }
        self.commands = commands or Commands(self.plant, self.machines)
        self.now_ms = 0
        self.is_storing = True
        self.set_ahead_s = 0.0
        self.is_busy = False
        self.more: list[str] = []
        self.waiting: list[Effect] = []
        self.log: list[str] = []
        self.writes: list[Write] = []
        self.echoes: list[TxOutcome] = []
        self.answers: dict[str, BatchAnswer] = {}
        self.refusals: dict[str, RequestError] = {}
        self.withdrawals: dict[str, BatchAnswer] = {}
        self.batches: dict[str, BatchRecord] = {}
        self.events: list[Event] = []
        self.revs: dict[str, dict[str, int]] = {}
        self.raised: dict[tuple[str, str], FieldRev] = {}
        self.set_points: dict[tuple[str, str], LastReported] = {}
        self._own_words: set[str] = set()
        """The answers of the machines."""

    @property
    def ts(self) -> float:
        return 1_704_230_000.0 + self.set_ahead_s + self.now_ms / 1000

    def ready(self, **values: Value) -> Shell:
        """Makes every machine report its set-points, by default 100 and RUN."""
        for key in self.plant.machines:
            reported: dict[str, Value] = {"targetSpeed": 100, "mode": "RUN", **values}
            self.report(key, **reported)
        return self

    def submit(
        self,
        number: int,
        updates: Mapping[str, Mapping[str, Value]],
        person: Person = ANNA,
        *,
        base: Mapping[str, Mapping[str, int]] | None = None,
        atomic: bool = False,
        reason: str | None = None,
        not_after: float | None = None,
        arrival: Arrival | None = None,
    ) -> None:
        request = BatchRequest(
            tx(number),
            {machine: dict(fields) for machine, fields in updates.items()},
            {machine: dict(fields) for machine, fields in (base or {}).items()},
            atomic,
            reason=reason,
            not_after=not_after,
        )
        stored = None if self.commands.knows(tx(number)) else self.batches.get(tx(number))
        self.play(self.commands.submit(request, person, self.now_ms, self.ts, stored=stored, arrival=arrival))

    def cancel(self, number: int, person: Person = ANNA) -> None:
        stored = None if self.commands.knows(tx(number)) else self.batches.get(tx(number))
        self.play(self.commands.cancel(tx(number), person, self.now_ms, self.ts, stored=stored))

    def answer(
        self, number: int, machine: str, field: str, answer: Answer = Answer.TAKEN, message: str = ""
    ) -> None:
        self._own_words.add(message)
        answers = [WriteAnswer(tx(number), machine, field, answer, message)]
        self.play(self.commands.answered(answers, self.now_ms, self.ts))

    def report(self, machine: str, **values: Value) -> None:
        self.machines[machine].update(values)
        self.play(self.commands.reported([Report(machine, values, self.ts)], self.now_ms, self.ts))

    def stop(self, machine: str, status: str = "EMERGENCY_STOP", cause: str | None = "door 3") -> None:
        self.machines[machine].update(status=status, since=self.ts, cause=cause)
        self.play(self.commands.asserted(machine, status, cause, self.now_ms, self.ts))

    def clear(self, machine: str) -> None:
        status = str(self.machines[machine]["status"])
        self.machines[machine].update(status="IDLE", since=self.ts, cause=None)
        self.play(self.commands.cleared(machine, status, self.ts))

    def wait(self, duration_ms: int) -> None:
        """Lets time pass, in the steps that the commands request."""
        end = self.now_ms + duration_ms
        while (due := self.commands.next_due_ms()) is not None and due <= end:
            self.now_ms = max(due, self.now_ms)
            self.play(self.commands.tick(self.now_ms, self.ts))
        self.now_ms = end

    def play(self, effects: Iterable[Effect]) -> None:
        stored = []
        for effect in effects:
            match effect:
                case Dispatch(writes):
                    self.log.append("dispatch")
                    self.writes.extend(writes)
                case DispatchMore(tx_id) if self.is_busy:
                    self.more.append(tx_id)
                case DispatchMore(tx_id):
                    self.log.append("more")
                    self.play(self.commands.dispatch(tx_id, self.now_ms, self.ts))
                case Refuse(tx_id, refusal):
                    self.log.append("refuse")
                    self.refusals[tx_id] = refusal
                case _:
                    stored.append(effect)
        self.waiting.extend(stored)
        if self.is_storing:
            self.store()

    def store(self) -> None:
        """Stores everything that waits, and plays the effects behind it."""
        while self.waiting:
            match self.waiting.pop(0):
                case RecordBatch(batch, raised):
                    self.log.append("record")
                    self.batches[batch.tx_id] = batch
                    self.raised.update({(each.machine, each.field): each for each in raised})
                    self.play(self.commands.recorded(batch.tx_id, self.now_ms, self.ts))
                case RecordOutcomes(items):
                    self.log.append("outcomes")
                    for item in items:
                        self._settle(item)
                        if item.reported is not msgspec.UNSET:
                            last = LastReported(item.machine, item.field, item.reported)
                            self.set_points[item.machine, item.field] = last
                case RecordEvents(events, raised, set_points):
                    self.events.extend(events)
                    self._have_codes(events)
                    self.raised.update({(each.machine, each.field): each for each in raised})
                    self.set_points.update({(each.machine, each.field): each for each in set_points})
                case Revise(revs):
                    for machine, fields in revs.items():
                        self.revs.setdefault(machine, {}).update(fields)
                case Echo(outcomes):
                    self.log.append("echo")
                    self.echoes.extend(outcomes)
                    self._have_codes(outcomes)
                case AnswerReady(tx_id, _, _, RequestError() as refusal):
                    self.log.append("refuse")
                    self.refusals[tx_id] = refusal
                case AnswerReady(tx_id, answer, is_withdrawal):
                    self.log.append("withdrawal" if is_withdrawal else "answer")
                    (self.withdrawals if is_withdrawal else self.answers)[tx_id] = answer
                    self._have_codes(answer.results)

    def _have_codes(self, items: Iterable[Event | TxOutcome | ItemResult]) -> None:
        """Checks that every reason has a code (SAY-1), except a machine's own words."""
        for each in items:
            if each.message is not None and each.said is None and each.message not in self._own_words:
                assert each.message.startswith(("the machine reports ", *CRITICAL_OVERRIDES)), each.message

    def _settle(self, item: ItemRecord) -> None:
        """Replaces the item with the same name, as storage does."""
        batch = self.batches[item.tx_id]
        name = (item.machine, item.field)
        items = tuple(item if (each.machine, each.field) == name else each for each in batch.items)
        self.batches[item.tx_id] = replace(batch, items=items)

    def outcomes(self, number: int, machine: str = "m_401", field: str = "targetSpeed") -> list[Outcome]:
        """Returns every outcome of an item that the stream carried, in order."""
        return [
            echo.outcome
            for echo in self.echoes
            if (echo.tx_id, echo.machine, echo.field) == (tx(number), machine, field)
        ]

    def written(self) -> list[tuple[str, str, Value]]:
        return [(write.machine, write.field, write.value) for write in self.writes]
