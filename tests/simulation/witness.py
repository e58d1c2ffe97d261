"""The observers that receive everything that one owner sends, one for each view that its clients have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.simulation.laws import StreamHistory
from tests.simulation.routes import Witness
from tests.simulation.server import Listener, ObserverSession

from setpoint.contract.live import Delta, Subscribe, decode_down, encode
from setpoint.contract.topics import DASHBOARD
from setpoint.core.engine import Engine
from setpoint.core.hub.views import epoch_of
from setpoint.core.plant import Person, Role

if TYPE_CHECKING:
    from tests.simulation.failover import World

EVERYTHING = Person("observer", {"*": Role.VIEWER})


class _WitnessSession(ObserverSession):
    def __init__(self, witness: Witness) -> None:
        super().__init__(witness)
        self._witness = witness

    def down(self, data: bytes) -> None:
        super().down(data)
        if b'"tx":[' in data and isinstance(delta := decode_down(data), Delta):
            self._witness.note_outcomes(delta.topic, delta.seq, delta.tx)


class Witnesses:
    def __init__(self, world: World, engine: Engine[Listener], epoch: str) -> None:
        self._engine = engine
        self._plant = world.plant
        self._sessions: list[tuple[_WitnessSession, Witness, Person]] = []
        for person in (EVERYTHING, *world.guests):
            lines = None if person.sees_whole_plant else self._lines(person)
            name = epoch_of(epoch, lines)
            if name not in world.observers:
                history = StreamHistory(world.database.store.history)
                witness = Witness(name, history, lambda: world.clock.now_ms)
                world.observers[name] = witness
                self._sessions.append((_WitnessSession(witness), witness, person))

    def _lines(self, person: Person) -> frozenset[str]:
        return frozenset(line.id for line in self._plant.lines if person.may_see(line.id))

    def sessions(self) -> Iterator[tuple[_WitnessSession, Person]]:
        for session, _, person in self._sessions:
            yield session, person

    def subscriptions(self, person: Person) -> list[bytes]:
        lines = [line for line in self._plant.lines if person.may_see(line.id)]
        machines = [machine.id for line in lines for machine in line.machines]
        topics = [DASHBOARD, *(line.topic for line in lines), *machines]
        return [encode(Subscribe(number, topic)) for number, topic in enumerate(topics)]

    def look(self) -> None:
        """Notes changes of the owner's records."""
        records, opened = self._engine.machines, self._engine.open_targets()
        for _, witness, person in self._sessions:
            if person.sees_whole_plant:
                witness.look(records, opened)
            else:
                visible = {
                    machine.key
                    for line in self._plant.lines
                    if person.may_see(line.id)
                    for machine in line.machines
                }
                witness.look(
                    {key: records[key] for key in records if key in visible},
                    {key: opened[key] for key in opened if key in visible},
                )
