"""The acts on the plant: one schedule, drawn step by step from the seed.

A step is one act of a person, a machine, the network or chance, and some time that passes. Acts are drawn by weight.
The same seed gives the same acts. `World` holds everything that they act upon.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from typing import TypeAlias
from uuid import UUID

import msgspec
from tests.simulation.client import Client, Watch
from tests.simulation.clock import Clock
from tests.simulation.floor import Floor
from tests.simulation.laws import LIMITS, NoObserver, Observer, ServerJudge, StreamHistory, WatchedDatabase
from tests.simulation.network import Follows, Network
from tests.simulation.server import Server
from tests.simulation.wall import Wall

from setpoint.contract.http.batches import BatchKind, BatchStory, ItemResult
from setpoint.contract.live import Outcome
from setpoint.contract.topics import DASHBOARD
from setpoint.contract.values import CRITICAL_OVERRIDES, Value, is_critical
from setpoint.core.commands import BatchRecord
from setpoint.core.commands.again import RETRIED, UNDONE
from setpoint.core.hub import HubLimits
from setpoint.core.plant import STANDARD_FIELDS, Line, Machine, Person, Plant, Role

Acts: TypeAlias = Mapping[str, tuple[int, Callable[["World"], None]]]
"""The possible acts by name, with their weights in the draw."""

STEPS = 200
STEP_MS = (10, 900)
QUIET_MS = 45_000
"""Longer than every deadline: of locks, of outcomes, and the longest wait of the back-off."""
RECENT_BATCHES = 12
"""How many batches back a person may choose one to undo."""
JUMPS_S = (5, 300, 6 * 3_600)

NAMES = ("anna", "ben", "anna", "cleo")
"""One person has two windows (CONF-2)."""


def small_plant(*, is_guarded: bool) -> Plant:
    """Two lines of two machines: so few that people often work on the same machine.

    With ``is_guarded``, ``mode`` needs a second person.
    """
    lines = {"01": ("m_401", "m_402"), "02": ("m_411", "m_412")}
    return Plant(
        "Simulated plant",
        tuple(Line(line, tuple(Machine(key, line) for key in keys)) for line, keys in lines.items()),
        tuple(
            replace(field, needs_second_person=is_guarded and field.name == "mode")
            for field in STANDARD_FIELDS
        ),
    )


def other_plants(whole: Plant) -> list[Plant]:
    """Returns the whole plant, and variants without a machine, without a line, and with a machine of another source."""
    first, second = whole.lines
    moved_machine = replace(first.machines[0], source="other")
    return [
        whole,
        replace(whole, lines=(first, replace(second, machines=second.machines[1:]))),
        replace(whole, lines=(first,)),
        replace(whole, lines=(replace(first, machines=(moved_machine, *first.machines[1:])), second)),
    ]


@dataclass(frozen=True, slots=True)
class RequestedTarget:
    """One target that a person gave, and when."""

    at_ms: int
    client: Client
    tx_id: str
    machine: str
    field: str
    value: Value
    life: int


class World:
    """Everything that a schedule needs, made from one seed."""

    def __init__(
        self,
        seed: int,
        watch: Watch,
        *,
        acts: Acts,
        does_wall_jump: bool = True,
        has_not_after: bool = True,
        limits: HubLimits = LIMITS,
        is_judged: bool = True,
    ) -> None:
        self.acts = acts
        self._names = list(acts)
        self._weights = list(accumulate(weight for weight, _ in acts.values()))
        self.does_wall_jump = does_wall_jump
        self.clock = Clock(seed)
        self.plant = self.whole_plant = small_plant(is_guarded=seed % 5 == 2 and has_not_after)
        self.has_not_after = has_not_after
        self.floor = Floor(self.clock, self.plant)
        self.network = Network(self.clock, limits)
        self.requested: list[RequestedTarget] = []
        self.requested_ms: dict[str, int] = {}
        self.requested_values: dict[tuple[str, str, str], Value] = {}
        self.follows: dict[str, Follows] = {}
        self.wall = Wall()
        self.server_ts: dict[str, float] = {}
        self.judge = ServerJudge(
            self.requested_ms.__getitem__, self._note_made, self.server_ts.get, self.wall, self.plant
        )
        self.database = WatchedDatabase(lambda machine: self.judge.recorded_stop(machine, self.clock.now_ms))
        self.stream_history = StreamHistory(self.database.history)
        # An observer keeps every topic active. Some worlds have none, so that topics become inactive.
        self.is_observed = seed % 4 != 3
        self._observer = Observer if is_judged else NoObserver
        self.observers: dict[str, Observer] = {}
        self.lives = 0
        self.stalled: dict[Client, None] = {}
        self.start_server()
        keys = list(self.plant.machines)
        topics_of_clients = (
            [DASHBOARD, "line:01", "m:401"],
            [DASHBOARD, "line:01", "line:02"],
            ["m:401", "m:411"],
            ["line:02"],
        )
        self.clients = [
            Client(
                self.clock,
                self.network,
                self.plant,
                Person(name, {"*": Role.OPERATOR}),
                topics=topics,
                watch=watch,
                has_not_after=has_not_after,
            )
            for name, topics in zip(NAMES, topics_of_clients, strict=True)
        ]
        self.keys = keys

    # Servers come and go

    def start_server(self) -> None:
        self.lives += 1
        epoch = f"epoch-{self.lives}"
        self.network.server = Server(
            self.clock,
            self.plant,
            self.floor,
            self.database,
            epoch,
            judge=self.judge,
            observer_of=self._observer_of,
            is_observed=self.is_observed,
            wall=self.wall,
            limits=self.network.limits,
        )

    def _observer_of(self, epoch: str) -> Observer:
        observer = self.observers[epoch] = self._observer(
            epoch, self.stream_history, lambda: self.clock.now_ms
        )
        return observer

    def change_plant(self) -> None:
        """A person edits the plant file and reloads it. A server that starts later reads it too."""
        self.plant = self.clock.random.choice(other_plants(self.whole_plant))
        if self.network.server is not None:
            self.network.server.do(partial(self.network.server.change_plant, self.plant))

    def crash(self) -> None:
        if self.network.server is not None:
            self.network.server.crash()
            self.network.server = None
            self.clock.after(self.clock.between(100, 8_000), self.start_server)

    # One step

    def step(self) -> str:
        """Does one act, lets some time pass, and returns the act's name."""
        name = self.clock.random.choices(self._names, cum_weights=self._weights)[0]
        self.acts[name][1](self)
        self.clock.run(self.clock.between(*STEP_MS))
        return name

    def quiet(self) -> None:
        """Mends everything, and lets time pass while nobody does anything."""
        self.network.delay_ms = (1, 20)
        self.network.loss = self.network.repeats = self.network.late = 0.0
        self.network.is_down = False
        for key, machine in self.floor.machines.items():
            machine.is_slow = machine.refuses = False
            machine.resets_in_ms = None
            if machine.is_frozen:
                self.floor.thaw(key)
        for client in self.clients:
            if client.is_asleep:
                client.wake(clock_stood_still=False)
            client.show()
        for client in list(self.stalled):
            self.unstall(client)
        if self.network.server is not None:
            self.network.server.disk_fails = self.network.server.disk_stalls = False
            if self.network.server.is_suspended:
                self.network.server.resume()
        self.clock.run(QUIET_MS)

    # The acts

    def any_client(self) -> Client:
        return self.clock.random.choice(self.clients)

    def any_machine(self) -> str:
        return self.clock.random.choice(self.keys)

    def uuid(self) -> str:
        return str(UUID(int=self.clock.random.getrandbits(128), version=4))

    def commit(self) -> None:
        client = self.any_client()
        if client.is_asleep:
            return
        known = [key for key in client.store.machines() if client.knows(key)]
        if not known:
            return
        updates: dict[str, dict[str, Value]] = {}
        for key in self.clock.random.sample(known, min(len(known), self.clock.between(1, 3))):
            updates[key] = {"targetSpeed": float(self.clock.between(0, 8) * 100)}
            if self.clock.chance(0.3):
                updates[key]["mode"] = self.clock.random.choice(("RUN", "IDLE"))
        self._request(client, updates)

    def _request(
        self, client: Client, updates: dict[str, dict[str, Value]], follows: Follows | None = None
    ) -> None:
        tx_id = self.uuid()
        for key, fields in updates.items():
            for field, value in fields.items():
                self.requested_values[tx_id, key, field] = value
                self.requested.append(
                    RequestedTarget(self.clock.now_ms, client, tx_id, key, field, value, self.lives)
                )
        self.requested_ms[tx_id] = self.clock.now_ms
        if follows is not None:
            self.follows[tx_id] = follows
        if (server_ts := client.server_ts) is not None:
            self.server_ts[tx_id] = server_ts
        client.commit(tx_id, updates, follows)

    def _note_made(self, batch: BatchRecord) -> None:
        """Notes the targets that the server made for an undo or a retry, from the batch as it is by now.

        The person who asked for the undo asked for each of its targets, also for those that had not ended when the
        person looked. The server raises their revs, and these stay raised even if it could not store the batch.
        """
        for item in batch.items if batch.tx_id in self.follows else ():
            if (item.tx_id, item.machine, item.field) not in self.requested_values:
                client = next(each.client for each in self.requested if each.tx_id == item.tx_id)
                at_ms = self.requested_ms[item.tx_id]
                self.requested.append(
                    RequestedTarget(
                        at_ms, client, item.tx_id, item.machine, item.field, item.asked, self.lives
                    )
                )

    def undo(self) -> None:
        self._again(BatchKind.UNDO, UNDONE, lambda item: item.before)

    def retry(self) -> None:
        self._again(BatchKind.RETRY, RETRIED, lambda item: item.asked)

    def _again(
        self,
        kind: BatchKind,
        outcomes: Container[Outcome],
        target: Callable[[ItemResult], Value | msgspec.UnsetType],
    ) -> None:
        """A person opens a recent batch, their own or another's, and asks to undo or retry it."""
        client = self.any_client()
        if client.is_asleep or not self.requested_ms:
            return
        followed = self.clock.random.choice(list(self.requested_ms)[-RECENT_BATCHES:])

        def on_story(story: BatchStory) -> None:
            updates: dict[str, dict[str, Value]] = {}
            for item in story.results:
                value = target(item)
                if item.outcome in outcomes and value is not None and value is not msgspec.UNSET:
                    updates.setdefault(item.machine, {})[item.field] = value
            if updates and all(client.knows(key) for key in updates):
                self._request(client, updates, (followed, kind))

        client.read(followed, on_story)

    def withdraw(self) -> None:
        """A person withdraws a batch of their own, which may still be on its way."""
        if not self.has_not_after:
            return  # the server remembers early withdrawals by the wall clock, which must change nothing here
        client = self.any_client()
        own_batches = [
            each.tx_id
            for each in self.requested[-RECENT_BATCHES:]
            if each.client.person.name == client.person.name
        ]
        if own_batches and not client.is_asleep:
            self.network.cancel(self.clock.random.choice(own_batches), client.person, lambda _: None)

    def confirm(self) -> None:
        """A person confirms a colleague's batch, if the plant requires a second person."""
        server, client = self.network.server, self.any_client()
        if server is None or server.is_suspended or client.is_asleep:
            return
        waiting = [
            held
            for held in server.engine.held(client.person, server.now_ms)
            if held.person.name != client.person.name
        ]
        if waiting:
            held = self.clock.random.choice(waiting)
            self.network.confirm(held.request.tx_id, client.person, held.person, lambda _: None)

    def stop_machine(self) -> None:
        self.floor.set_status(self.any_machine(), self.clock.random.choice(CRITICAL_OVERRIDES))

    def short_stop(self) -> None:
        """Stops a machine for less than a tick (TICK-2)."""
        key = self.any_machine()
        self.floor.set_status(key, "EMERGENCY_STOP")
        self.clock.after(self.clock.between(1, 60), lambda: self.floor.set_status(key, "RUNNING"))

    def clear(self) -> None:
        stopped = [key for key, machine in self.floor.machines.items() if is_critical(machine.status)]
        if stopped:
            self.floor.set_status(self.clock.random.choice(stopped), "RUNNING")

    def freeze(self) -> None:
        self.floor.machines[self.any_machine()].is_frozen = True

    def thaw(self) -> None:
        frozen = [key for key, machine in self.floor.machines.items() if machine.is_frozen]
        if frozen:
            key = self.clock.random.choice(frozen)
            (self.floor.thaw if self.clock.chance(0.7) else self.floor.restart)(key)

    def misbehave(self) -> None:
        """Makes a machine slow, makes it refuse or undo writes, or makes it work again."""
        machine = self.floor.machines[self.any_machine()]
        machine.is_slow = self.clock.chance(0.3)
        machine.refuses = self.clock.chance(0.2)
        machine.resets_in_ms = self.clock.between(50, 3_000) if self.clock.chance(0.3) else None

    def by_hand(self) -> None:
        self.floor.turn_by_hand(self.any_machine(), "targetSpeed", float(self.clock.between(0, 8) * 100))

    def change_network(self) -> None:
        delay_ms = self.clock.random.choice(((1, 20), (1, 20), (100, 300), (1, 2_500)))
        self.network.delay_ms = delay_ms
        self.network.loss = self.clock.random.choice((0.0, 0.0, 0.1, 0.4))
        self.network.repeats = self.clock.random.choice((0.0, 0.0, 0.3))

    def cut(self) -> None:
        session = self.any_client().session
        if session is not None:
            session.cut()

    def outage(self) -> None:
        self.network.is_down = True

        def end() -> None:
            self.network.is_down = False

        self.clock.after(self.clock.between(200, 20_000), end)

    def stall(self) -> None:
        client = self.any_client()
        if client.session is not None:
            client.session.stall(is_stalled=True)
            self.stalled[client] = None

    def unstall(self, client: Client | None = None) -> None:
        stalled = client or next(iter(self.stalled), None)
        if stalled is not None:
            self.stalled.pop(stalled, None)
            if stalled.session is not None:
                stalled.session.stall(is_stalled=False)

    def sleep(self) -> None:
        client = self.any_client()
        if not client.is_asleep:
            client.sleep()
            stood_still = self.clock.chance(0.5)
            self.clock.after(
                self.clock.between(500, 40_000),
                lambda: client.wake(clock_stood_still=stood_still) if client.is_asleep else None,
            )

    def hide(self) -> None:
        client = self.any_client()
        if not client.is_asleep:
            client.hide()
            self.clock.after(
                self.clock.between(1_000, 30_000), lambda: client.show() if not client.is_asleep else None
            )

    def wall_clock(self) -> None:
        """Sets the server's wall clock forward or back, by seconds or by hours."""
        jump_s = self.clock.random.choice((-1, 1)) * self.clock.between(1, self.clock.random.choice(JUMPS_S))
        if self.network.server is not None and self.does_wall_jump:
            self.wall.set(self.clock.now_ms, float(jump_s))

    def suspend(self) -> None:
        """Suspends the server for a while, as if it waited for its disk. Afterwards all its timers are late."""
        server = self.network.server
        if server is None or server.is_suspended:
            return
        server.suspend()
        self.clock.after(
            self.clock.between(200, 12_000),
            lambda: server.resume() if server.is_suspended else None,
        )

    def disk(self) -> None:
        server = self.network.server
        if server is not None:
            server.disk_fails = True

            def mend() -> None:
                server.disk_fails = False

            self.clock.after(self.clock.between(500, 6_000), mend)

    def slow_disk(self) -> None:
        """Makes each transaction take seconds for a while."""
        server = self.network.server
        if server is not None:
            server.disk_stalls = True

            def mend() -> None:
                server.disk_stalls = False

            self.clock.after(self.clock.between(1_000, 6_000), mend)

    def late_reads(self) -> None:
        """Makes the server read some requests seconds after they came, for a while."""
        self.network.late = 0.5

        def end() -> None:
            self.network.late = 0.0

        self.clock.after(self.clock.between(1_000, 10_000), end)

    def idle(self) -> None:
        self.clock.run(self.clock.between(0, 4_000))


FIRST_ACTS: Acts = {
    "commit": (30, World.commit),
    "stop": (5, World.stop_machine),
    "short stop": (3, World.short_stop),
    "clear": (8, World.clear),
    "freeze": (3, World.freeze),
    "thaw": (5, World.thaw),
    "misbehave": (4, World.misbehave),
    "by hand": (5, World.by_hand),
    "change network": (5, World.change_network),
    "cut": (5, World.cut),
    "outage": (1, World.outage),
    "stall": (2, World.stall),
    "unstall": (3, World.unstall),
    "sleep": (2, World.sleep),
    "hide": (2, World.hide),
    "crash": (2, World.crash),
    "wall clock": (1, World.wall_clock),
    "disk": (1, World.disk),
    "idle": (6, World.idle),
}
"""The acts that existed when the first faults were found. The seeds of these faults play these acts."""

SECOND_ACTS: Acts = {
    **FIRST_ACTS,
    "undo": (4, World.undo),
    "retry": (2, World.retry),
    "suspend": (1, World.suspend),
}
"""The acts that existed when the next faults were found."""

ACTS: Acts = {
    **SECOND_ACTS,
    "slow disk": (1, World.slow_disk),
    "late reads": (1, World.late_reads),
    "withdraw": (2, World.withdraw),
    "confirm": (4, World.confirm),
}

PLANT_ACTS: Acts = {**ACTS, "change plant": (4, World.change_plant)}
"""The acts of worlds in which people edit the plant file."""
CHANGES_EVERY = 7
"""One world of this many plays `PLANT_ACTS`."""


def acts_of(seed: int) -> Acts:
    return PLANT_ACTS if seed % CHANGES_EVERY == CHANGES_EVERY - 1 else ACTS
