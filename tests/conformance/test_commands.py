"""The vectors of commands, for one server whose storage answers when the vector says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from tests.conformance.vectors import vectors
from tests.simulation.server import done

from setpoint.contract.http.batches import AgainRequest, BatchAnswer, BatchKind, BatchRequest
from setpoint.contract.values import Quality, Value
from setpoint.core.commands import Arrival, Dispatch, DispatchMore
from setpoint.core.engine import (
    Again,
    Answered,
    Cancel,
    Confirm,
    Effect,
    Engine,
    Event,
    Find,
    Found,
    MoreDue,
    NotStored,
    PlantChanged,
    PlantTaken,
    Probe,
    Probed,
    Reply,
    Reported,
    Settled,
    Store,
    Stored,
    Submit,
    TimePassed,
    Withdraw,
)
from setpoint.core.plant import (
    STANDARD_FIELDS,
    Answer,
    Line,
    Machine,
    Person,
    Plant,
    Report,
    Role,
    WriteAnswer,
)
from setpoint.errors import RequestError, StorageError
from setpoint.persistence.memory import MemoryPersistence

TS0 = 1_000.0
"""The server's time at 0, in Unix seconds."""
CHUNK = 500
KINDS = {
    "RecordBatch": "batch",
    "RecordOutcomes": "outcomes",
    "RecordEvents": "events",
    "RecordHeld": "held",
    "EndHeld": "held-ended",
    "RecordFact": "fact",
}


class Server:
    """The server. Before the first step, every machine has reported that it runs, with a target speed of 100 in mode
    RUN.

    ``start`` names lines with machines, people with roles, fields that need a second person, and how many targets leave
    at a time. A changed plant also has ``ranges`` of fields.
    """

    def __init__(self, start: dict[str, Any]) -> None:
        self.plant = _plant(start)
        self.people = {
            name: Person(name, {line: Role[role.upper()] for line, role in grants.items()})
            for name, grants in start["people"].items()
        }
        self.chunk = start.get("chunk", CHUNK)
        self.disk = MemoryPersistence()
        self.now_ms = 0
        self.calls = 0
        self.waiting: Store | None = None
        self.begin()
        values: dict[str, Value] = {"status": "RUNNING", "targetSpeed": 100, "mode": "RUN"}
        self.feed(Reported([Report(key, values, TS0, Quality.GOOD) for key in self.plant.machines]))
        self.store()

    @property
    def ts(self) -> float:
        return TS0 + self.now_ms / 1000

    def begin(self) -> list[Any]:
        """Starts the server with what its storage holds."""
        self.waiting = None
        self.engine: Engine[str] = Engine(self.plant, epoch="e", now_ms=self.now_ms, chunk=self.chunk)
        return self.play(
            self.engine.restore(
                revs=done(self.disk.revs()),
                batches=done(self.disk.unsettled(0.0)),
                held=done(self.disk.held()),
                set_points=done(self.disk.set_points()),
                now_ms=self.now_ms,
                ts=self.ts,
            )
        )

    def step(self, event: dict[str, Any], now_ms: int) -> list[Any]:
        """Lets time pass until the event, and plays it. Returns the effects of both."""
        effects = []
        while (due_ms := self.engine.next_due_ms()) is not None and due_ms <= now_ms:
            self.now_ms = max(due_ms, self.now_ms)
            effects += self.feed(TimePassed())
        self.now_ms = now_ms
        return effects + self.take(event)

    def take(self, event: dict[str, Any]) -> list[Any]:
        match event:
            case {"type": "time"}:
                return []
            case {"type": "look", "machine": machine}:
                record = self.engine.machines[machine]
                return [
                    {"type": "values", **{field.name: record[field.name] for field in self.plant.writable}}
                ]
            case {"type": "plant"}:
                self.calls += 1
                return self.feed(PlantChanged(self.calls, _plant(event), "root"))
            case {"type": "restart"}:
                return self.begin()
            case {"type": "stored"}:
                return self.store()
            case {"type": "notStored"}:
                self.waiting = None
                return self.feed(NotStored(StorageError("the disk is full")))
            case {"type": "probed"}:
                return self.feed(Probed(is_well=True, stored_last=done(self.disk.check())))
            case {"type": "more", "batch": batch}:
                return self.feed(MoreDue(batch))
            case {"type": "report", "machine": machine, "values": values}:
                quality = Quality(event.get("quality", "GOOD"))
                return self.feed(Reported([Report(machine, values, self.ts, quality)]))
            case {"type": "answer", "txId": tx_id, "machine": machine, "field": field, "answer": answer}:
                return self.feed(Answered([WriteAnswer(tx_id, machine, field, Answer(answer))]))
            case {"person": name}:
                self.calls += 1
                return self.feed(self.request_event(event, self.people[name]))
        raise AssertionError(f"no such event: {event}")

    def request_event(self, event: dict[str, Any], person: Person) -> Event:
        arrival = Arrival(self.now_ms, self.ts)
        match event:
            case {"type": "commit", "body": body}:
                return Submit(self.calls, msgspec.convert(body, BatchRequest), person, arrival)
            case {"type": "undo" | "retry" as kind, "batch": batch, "body": body}:
                request = msgspec.convert(body, AgainRequest)
                assert request.tx_id
                return Again(self.calls, batch, BatchKind(kind), request.tx_id, request, person, arrival)
            case {"type": "cancel", "batch": batch}:
                return Cancel(self.calls, batch, person)
            case {"type": "confirm", "batch": batch, "asker": asker}:
                return Confirm(self.calls, batch, person, self.people[asker], arrival)
            case {"type": "refuse", "batch": batch}:
                return Withdraw(self.calls, batch, person)
        raise AssertionError(f"no such event: {event}")

    def feed(self, event: Event) -> list[Any]:
        return self.play(self.engine.handle(event, self.now_ms, self.ts))

    def store(self) -> list[Any]:
        assert self.waiting is not None, "nothing waits to be stored"
        changes, name = self.waiting.changes, self.waiting.name
        done(self.disk.store(changes, name=name))
        self.waiting = None
        return self.feed(Stored())

    def play(self, effects: Iterable[Effect[str]]) -> list[Any]:
        results: list[Any] = []
        for effect in effects:
            match effect:
                case PlantTaken(plant):
                    self.plant = plant
                case Find(tx_id):
                    results += self.feed(Found(tx_id, done(self.disk.batch(tx_id))))
                case Store(changes):
                    self.waiting = effect
                    results.append(
                        {"type": "store", "what": [KINDS[type(each).__name__] for each in changes]}
                    )
                case Dispatch(writes, limit_ms):
                    results.append({"type": "dispatch", "writes": _writes(writes), "untilMs": limit_ms})
                case Probe():
                    results.append({"type": "probe"})
                case DispatchMore(tx_id):
                    results.append({"type": "more", "batch": tx_id})
                case Reply(call, result):
                    results.append({"type": "reply", "call": call, **_result(result)})
                case Settled(outcomes):
                    results.append({"type": "settled", "outcomes": [_outcome(each) for each in outcomes]})
                case _:
                    pass  # the suites `link` and `store` cover frames
        return results

    @property
    def state(self) -> dict[str, Any]:
        """Returns the targets that are under way, and the revs above 0."""
        found = self.engine.open_targets()
        return {
            "open": {
                key: {name: each.tx_id for name, each in fields.items()} for key, fields in found.items()
            },
            "revs": {
                key: revs
                for key in self.plant.machines
                if (
                    revs := {
                        field.name: rev
                        for field in self.plant.writable
                        if (rev := self.engine.rev(key, field.name).rev)
                    }
                )
            },
        }


def _plant(start: dict[str, Any]) -> Plant:
    guarded, ranges = start.get("secondPerson", []), start.get("ranges", {})
    fields = []
    for each in STANDARD_FIELDS:
        low, high = ranges.get(each.name, (each.minimum, each.maximum))
        fields.append(replace(each, needs_second_person=each.name in guarded, minimum=low, maximum=high))
    lines = (Line(line, tuple(Machine(key, line) for key in keys)) for line, keys in start["lines"].items())
    return Plant("Small", tuple(lines), tuple(fields))


def _writes(writes: Iterable[Any]) -> list[Any]:
    return [
        {"txId": each.tx_id, "machine": each.machine, "field": each.field, "value": each.value}
        for each in writes
    ]


def _result(result: Any) -> dict[str, Any]:
    match result:
        case RequestError():
            return {"refused": result.code}
        case BatchAnswer():
            results = [_item(each) for each in result.results]
            return {"status": result.status, "results": results}
        case None:
            return {}
    raise AssertionError(f"no such answer: {result}")


def _item(item: Any) -> dict[str, Any]:
    answer = {"machine": item.machine, "field": item.field, "outcome": str(item.outcome), "value": item.value}
    return answer if item.rev is None else {**answer, "rev": item.rev}


def _outcome(outcome: Any) -> dict[str, Any]:
    answer = {
        "txId": outcome.tx_id,
        "machine": outcome.machine,
        "field": outcome.field,
        "outcome": str(outcome.outcome),
    }
    return answer if outcome.rev is None else {**answer, "rev": outcome.rev}


@pytest.mark.rule(
    *(f"CMD-{number}" for number in range(1, 10)),
    "CONF-1",
    "LEASE-6",
    "OPEN-1",
    "PLANT-2",
    "PRE-5",
    "SAFE-3",
    "SAFE-4",
)
@pytest.mark.parametrize("vector", vectors("commands"))
def test_commands_vector(vector: dict[str, Any]) -> None:
    server = Server(vector["start"])
    for number, each in enumerate(vector["steps"]):
        effects = server.step(each["event"], each["atMs"])
        assert msgspec.to_builtins(effects) == each["effects"], f"step {number}"
        assert server.state == each["state"], f"step {number}"
