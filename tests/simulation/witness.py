"""Those who hear everything that one owner says, one for each view that its clients have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.simulation.laws import Told
from tests.simulation.routes import Witness
from tests.simulation.server import Ear, Listener

from setpoint.contract.live import Delta, Subscribe, decode_down, encode
from setpoint.contract.topics import DASHBOARD
from setpoint.core.engine import Engine
from setpoint.core.hub.views import epoch_of
from setpoint.core.plant import Person, Role

if TYPE_CHECKING:
    from tests.simulation.failover import World

EVERYTHING = Person("observer", {"*": Role.VIEWER})


class _Ear(Ear):
    def __init__(self, witness: Witness) -> None:
        super().__init__(witness)
        self._witness = witness

    def down(self, data: bytes) -> None:
        super().down(data)
        if b'"tx":[' in data and isinstance(delta := decode_down(data), Delta):
            self._witness.hear_outcomes(delta.topic, delta.seq, delta.tx)


class Witnesses:
    def __init__(self, world: World, engine: Engine[Listener], epoch: str) -> None:
        self._engine = engine
        self._plant = world.plant
        self._ears: list[tuple[_Ear, Witness, Person]] = []
        for person in (EVERYTHING, *world.guests):
            lines = None if person.sees_whole_plant else self._lines(person)
            name = epoch_of(epoch, lines)
            if name not in world.observers:
                told = Told(world.database.store.history)
                witness = Witness(name, told, lambda: world.clock.now_ms)
                world.observers[name] = witness
                self._ears.append((_Ear(witness), witness, person))

    def _lines(self, person: Person) -> frozenset[str]:
        return frozenset(line.id for line in self._plant.lines if person.may_see(line.id))

    def ears(self) -> Iterator[tuple[_Ear, Person]]:
        for ear, _, person in self._ears:
            yield ear, person

    def subscriptions(self, person: Person) -> list[bytes]:
        lines = [line for line in self._plant.lines if person.may_see(line.id)]
        machines = [machine.id for line in lines for machine in line.machines]
        topics = [DASHBOARD, *(line.topic for line in lines), *machines]
        return [encode(Subscribe(number, topic)) for number, topic in enumerate(topics)]

    def look(self) -> None:
        """The owner's records may have changed."""
        records, opened = self._engine.machines, self._engine.open_targets()
        for _, witness, person in self._ears:
            if person.sees_whole_plant:
                witness.look(records, opened)
            else:
                seen = {
                    machine.key
                    for line in self._plant.lines
                    if person.may_see(line.id)
                    for machine in line.machines
                }
                witness.look(
                    {key: records[key] for key in records if key in seen},
                    {key: opened[key] for key in opened if key in seen},
                )
