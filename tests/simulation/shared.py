"""What the servers of a plant share in simulated time: a database with the lease, and machines that note each write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import msgspec
from tests.simulation.clock import WALL_AT_START, Clock
from tests.simulation.laws import WatchedDatabase
from tests.simulation.server import done

from setpoint.contract.values import Value
from setpoint.core.audit.changes import Change
from setpoint.core.lease import LASTS_MS, Answered, Ask, Entry, Renew, Take
from setpoint.core.plant import Answer, Plant, Report, Write, WriteAnswer
from setpoint.errors import StorageError

ANSWER_MS = (5, 1_500)


class Database:
    """The database that all lives share."""

    def __init__(self) -> None:
        self.store = WatchedDatabase(lambda _: None)
        self.lease = Entry(0, 0, 0)
        self.tokens: list[int] = []
        self.stalled_until_ms = 0

    def answer_lease(self, request: Ask, requested_ms: int, name: str) -> Answered:
        entry = self.lease
        match request:
            case Take(seen) if seen == entry:
                self.lease = Entry(entry.token + 1, 0, LASTS_MS, name)
                self.tokens.append(self.lease.token)
            case Renew(token) if token == entry.token:
                self.lease = msgspec.structs.replace(entry, beat=entry.beat + 1)
        return Answered(self.lease, requested_ms, done=self.lease is not entry)

    def commit(self, token: int, changes: Sequence[Change], name: str) -> None:
        if token != self.lease.token:
            raise StorageError("another server has taken over")
        done(self.store.store(changes, name=name))


class Machines:
    """They carry out each write some time later, and note each write that reaches them."""

    def __init__(self, clock: Clock, plant: Plant) -> None:
        self.clock = clock
        self.set_points: dict[str, dict[str, Value]] = {
            key: {"targetSpeed": 1000.0, "mode": "RUN"} for key in plant.machines
        }
        self.writes: list[Write] = []
        self._status = dict.fromkeys(plant.machines, "RUNNING")
        self._speed = dict.fromkeys(plant.machines, 1.0)

    def write(self, write: Write, answer: Callable[[WriteAnswer], None]) -> None:
        self.writes.append(write)
        self.clock.after(self.clock.between(*ANSWER_MS), partial(self._land, write, answer))

    def _land(self, write: Write, answer: Callable[[WriteAnswer], None]) -> None:
        self.set_points[write.machine][write.field] = write.value
        answer(WriteAnswer(write.tx_id, write.machine, write.field, Answer.TAKEN, ""))

    def set_status(self, machine: str, status: str) -> None:
        self._status[machine] = status

    def values(self, machine: str) -> dict[str, Value]:
        return {
            **self.set_points[machine],
            "status": self._status[machine],
            "cause": None,
            "speed": self._speed[machine],
        }

    def stopped(self) -> list[str]:
        return [key for key, status in self._status.items() if status != "RUNNING"]

    def run(self) -> None:
        """Makes one machine a little faster or slower."""
        self._speed[self.clock.random.choice(list(self._speed))] = float(self.clock.between(0, 99))

    def reports(self) -> list[Report]:
        ts = WALL_AT_START + self.clock.now_ms / 1000
        return [Report(key, self.values(key), ts) for key in self.set_points]
