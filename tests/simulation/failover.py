"""Several servers of one plant in simulated time.

The servers share a database, its lease and the machines. Gateways receive the owner's frames over a bus and send them
on. People connect to gateways, and move from one gateway to another.

    lives        one server, from a standby to an owner and after
    owner_side   what an owner sends to gateways
    gateway      one gateway, with its clients' sockets
    bus          the connection between servers and gateways
    shared       the database and the machines
    routes       the laws
    witness      the observers that receive everything that an owner sends

``python -m tests.simulation --failover 0..99`` plays them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import count
from uuid import UUID

from tests.simulation import laws
from tests.simulation.bus import Bus
from tests.simulation.client import Client
from tests.simulation.clock import WALL_AT_START, Clock
from tests.simulation.gateway import Gateway
from tests.simulation.laws import LawBrokenError, Observer, ServerJudge
from tests.simulation.lives import Life
from tests.simulation.network import Network
from tests.simulation.people import small_plant
from tests.simulation.routes import (
    FENCED,
    IN_TIME,
    LIMITS,
    OWNER,
    STOPPED,
    TOKENS,
    RouteJudge,
)
from tests.simulation.schedule import Run
from tests.simulation.server import done
from tests.simulation.shared import Database, Machines
from tests.simulation.wall import Wall

from setpoint.contract.http.batches import ANSWER_WITHIN_MS, BatchAnswer, BatchRequest
from setpoint.contract.http.machines import EventKind
from setpoint.contract.live import Outcome
from setpoint.contract.topics import DASHBOARD
from setpoint.contract.values import CRITICAL_OVERRIDES, Value
from setpoint.core import store
from setpoint.core.audit.changes import Change
from setpoint.core.commands import RecordEvents
from setpoint.core.plant import Person, Role, Write
from setpoint.errors import SetpointError

SERVERS = 3
GATEWAYS = 2
TURNS = 40
REFUSED = frozenset({Outcome.BLOCKED, Outcome.CONFLICT, Outcome.REJECTED})
NEVER_SENT = REFUSED | {Outcome.CANCELLED}
ANNA = Person("anna", {"*": Role.OPERATOR})
GUEST = Person("guest", {"01": Role.OPERATOR})
WINDOWS: Sequence[tuple[Person, list[str]]] = (
    (ANNA, [DASHBOARD, "line:01", "m:401"]),
    (Person("ben", {"*": Role.OPERATOR}), ["m:401", "m:411", "line:02"]),
    (GUEST, [DASHBOARD, "line:01"]),
)
PASSED_MS = 2_700
"""How old the owner's time may be for a gateway's clients. An owner's first answer may take two seconds on the bus, and
then there is the socket. A time that is too early refuses more targets, but lets none leave late.
"""


class World:
    guests = (GUEST,)
    """People who see only a part of the plant."""

    def __init__(self, seed: int) -> None:
        self.clock = Clock(seed)
        self.plant = small_plant(is_guarded=False)
        self.machines = Machines(self.clock, self.plant)
        self.database = Database()
        self.bus = Bus(self.clock)
        self.observers: dict[str, Observer] = {}
        self.lives: list[Life] = []
        self.posted: list[BatchRequest] = []
        self.answers: dict[str, BatchAnswer | SetpointError] = {}
        self.requested_ms: dict[str, int] = {}
        self._requested_values: dict[tuple[str, str, str], Value] = {}
        self._is_direct: set[str] = set()
        self._stops_ms: dict[str, int] = {}
        """When the last recorded stop of each machine was reported."""
        self._begun: set[str] = set()
        self._names = count(1)
        for _ in range(SERVERS):
            self.start()
        self.gateways = [Gateway(self, f"gateway {next(self._names)}") for _ in range(GATEWAYS)]
        judge = ServerJudge(
            self.requested_ms.__getitem__, lambda _: None, lambda _: None, Wall(), self.plant
        )  # has no stops: `sent` judges them
        self.judges: dict[Client, RouteJudge] = {}
        self.clients: list[Client] = []
        for number, (person, topics) in enumerate(WINDOWS):
            network = Network(self.clock, LIMITS)
            network.server = self.gateways[number % GATEWAYS]  # type: ignore[assignment]  # a gateway answers as a server does
            client = Client(self.clock, network, self.plant, person, topics=topics, watch=self._watch)
            self.clients.append(client)
            self.judges[client] = RouteJudge(
                self.observers,
                lambda tx_id, machine, name: self._requested_values[tx_id, machine, name],
                self.requested_ms.__getitem__,
                judge,
            )

    def _watch(self, client: Client, event: store.Event, changed: list[str]) -> None:
        if (judge := self.judges.get(client)) is not None:
            judge.judge_event(client.now_ms, self.clock.now_ms, client.store, event, changed)
            if isinstance(event, store.Refused) and "too late" in event.message:
                self._judge_late(event.tx_id)

    def _judge_late(self, tx_id: str) -> None:
        passed_ms = self.clock.now_ms - self.requested_ms[tx_id]
        if passed_ms < ANSWER_WITHIN_MS - PASSED_MS:
            raise LawBrokenError(IN_TIME, f"{tx_id} was refused as too late after {passed_ms} ms")

    # Servers come and go

    def start(self) -> None:
        life = Life(self, f"life {next(self._names)}")
        self.lives.append(life)
        life.later(self.clock.between(0, 300), life.ask)

    def end(self, life: Life) -> None:
        """The process ends, and its service manager starts another one."""
        life.is_alive = life.is_frozen = False
        if life in self.lives:
            self.lives.remove(life)
            self.clock.after(self.clock.between(100, 2_000), self.start)

    def owners(self) -> list[Life]:
        """The servers that serve gateways: the owner, and one that does not know yet that it has been replaced."""
        owners = [life for life in self.lives if life.engine is not None]
        self.clock.random.shuffle(owners)
        return owners

    def owner_of(self, token: int) -> Life | None:
        return next((life for life in self.lives if life.token == token), None)

    def end_gateway(self, gateway: Gateway) -> None:
        """Ends a gateway. Its clients connect to another one."""
        gateway.kill()
        number = self.gateways.index(gateway)
        self.gateways[number] = Gateway(self, f"gateway {next(self._names)}")
        for client in self.clients:
            if client.network.server is gateway:  # type: ignore[comparison-overlap]  # a gateway answers as a server does
                client.network.server = self.clock.random.choice(self.gateways)  # type: ignore[assignment]  # a gateway answers as a server does

    # Laws that are checked at once

    def commit(self, life: Life, changes: Sequence[Change], name: str) -> None:
        """Commits a transaction of a life, and checks LEASE-4."""
        self.database.commit(life.token, changes, name)
        if life.token != self.database.lease.token:
            raise LawBrokenError(FENCED, f"{life.name} stores with token {life.token}: {self.database.lease}")
        for change in changes:
            for event in change.events if isinstance(change, RecordEvents) else ():
                if event.kind is EventKind.ASSERTED:
                    reported_ms = round((event.at - WALL_AT_START) * 1000)
                    self._stops_ms[event.machine] = max(reported_ms, self._stops_ms.get(event.machine, -1))

    def sent(self, life: Life, write: Write) -> None:
        """Checks LEASE-5, CMD-1, CMD-8 and SAFE-3: only the owner sends, once, in time, and only what is recorded."""
        if life.token != self.database.lease.token:
            raise LawBrokenError(OWNER, f"{life.name} sends with token {life.token}: {self.database.lease}")
        name = (write.tx_id, write.machine, write.field)
        if any((each.tx_id, each.machine, each.field) == name for each in self.machines.writes):
            raise LawBrokenError(laws.ONCE, f"{name} is sent twice")
        if done(self.database.store.batch(write.tx_id)) is None:
            raise LawBrokenError(laws.RECORDED, f"{name} is sent and not recorded")
        requested_ms = self.requested_ms[write.tx_id]
        stop_ms = max(self._stops_ms.get(write.machine, -1), life.stops_ms.get(write.machine, -1))
        if requested_ms < stop_ms and not self._has_no_base(write):
            raise LawBrokenError(
                STOPPED, f"{name} was requested at {requested_ms}, the stop was reported at {stop_ms}"
            )
        if write.tx_id not in self._begun and write.tx_id not in self._is_direct:
            self._begun.add(write.tx_id)
            if self.clock.now_ms >= requested_ms + ANSWER_WITHIN_MS:
                raise LawBrokenError(laws.LATE, f"{name} was requested at {requested_ms}")

    def _has_no_base(self, write: Write) -> bool:
        """Says whether a program sent the target without a base. Such a program may repeat it after a stop."""
        return write.tx_id in self._is_direct

    # The acts

    def turn(self) -> str:
        clock = self.clock
        while not self.lives:
            clock.run(100)
        name = clock.random.choice(_ACTS)
        getattr(self, name)(clock.random.choice(self.lives))
        for _ in range(3):
            self.machines.run()
            clock.run(clock.between(5, 400))
        for client, judge in self.judges.items():
            judge.judge_news(client.store)
        return name

    def freeze_server(self, life: Life, for_ms: int | None = None) -> None:
        if not life.is_frozen:
            life.is_frozen = True
            self.clock.after(for_ms or self.clock.between(50, 6_000), life.thaw)

    def freeze_in_flight(self, _: Life) -> None:
        """Freezes the owner between a batch and its dispatch, for about as long as a takeover needs."""
        owner = next((life for life in self.lives if life.owns and not life.is_frozen), None)
        if owner is not None:
            self.post(owner)
            self.clock.run(self.clock.between(2, 90))
            self.freeze_server(owner, self.clock.between(1_900, 2_900))

    def kill_server(self, life: Life) -> None:
        self.end(life)

    def cut_off(self, life: Life) -> None:
        """Cuts a server off from the database."""
        life.is_cut_off = True
        self.clock.after(self.clock.between(200, 4_000), lambda: setattr(life, "is_cut_off", False))

    def stall_database(self, _: Life) -> None:
        self.database.stalled_until_ms = self.clock.now_ms + self.clock.between(100, 4_000)

    def trouble(self, _: Life) -> None:
        self.bus.trouble = self.clock.random.choice((0.0, 0.0, 0.2, 0.6))

    def part(self, life: Life) -> None:
        """Cuts one server or gateway off from the others, or stops the whole bus."""
        end = self.clock.random.choice((life, *self.gateways, None))
        for_ms = self.clock.between(200, 9_000)
        if end is None:
            self.bus.is_down = True
            self.clock.after(for_ms, lambda: setattr(self.bus, "is_down", False))
        else:
            self.bus.parted.add(end.name)
            self.clock.after(for_ms, lambda: self.bus.parted.discard(end.name))

    def freeze_gateway(self, _: Life) -> None:
        gateway = self.clock.random.choice(self.gateways)
        if not gateway.is_frozen:
            gateway.freeze(self.clock.between(50, 6_000))

    def kill_gateway(self, _: Life) -> None:
        self.end_gateway(self.clock.random.choice(self.gateways))

    def move_client(self, _: Life) -> None:
        """A client moves to another gateway and keeps its state."""
        client = self.clock.random.choice(self.clients)
        client.network.server = self.clock.random.choice(self.gateways)  # type: ignore[assignment]  # a gateway answers as a server does
        if client.session is not None:
            client.session.cut()

    def change_network(self, _: Life) -> None:
        """Changes the network between a client and its gateway."""
        network = self.clock.random.choice(self.clients).network
        network.delay_ms = self.clock.random.choice(((1, 20), (1, 20), (50, 300)))
        network.loss = self.clock.random.choice((0.0, 0.0, 0.2))
        network.repeats = self.clock.random.choice((0.0, 0.3))

    def stop_machine(self, _: Life) -> None:
        machine = self.clock.random.choice(list(self.plant.machines))
        self.machines.set_status(machine, self.clock.random.choice(CRITICAL_OVERRIDES))
        self._report()
        if self.clock.chance(0.7):
            self.clock.after(self.clock.between(20, 3_000), partial(self._clear, machine))

    def clear(self, _: Life) -> None:
        for machine in self.machines.stopped():
            self._clear(machine)

    def _clear(self, machine: str) -> None:
        self.machines.set_status(machine, "RUNNING")
        self._report()

    def _report(self) -> None:
        """Makes the machines report at once, as they do after a stop."""
        for life in self.lives:
            life.later(self.clock.between(0, 10), life.read)

    def give_targets(self, _: Life) -> None:
        """A person at a gateway gives targets."""
        client = self.clock.random.choice(self.clients)
        known = [key for key in client.store.machines() if client.knows(key)]
        if not known:
            return
        value = float(self.clock.between(0, 8) * 100)
        chosen = self.clock.random.sample(known, min(len(known), self.clock.between(1, 3)))
        updates: dict[str, dict[str, Value]] = {key: {"targetSpeed": value} for key in chosen}
        tx_id = str(UUID(int=self.clock.random.getrandbits(128), version=4))
        self._note_request(BatchRequest(tx_id, updates))
        client.commit(tx_id, updates)

    def _note_request(self, request: BatchRequest) -> None:
        if request not in self.posted:
            self.posted.append(request)
        self.requested_ms[request.tx_id] = self.clock.now_ms
        for machine, fields in request.updates.items():
            for name, value in fields.items():
                self._requested_values[request.tx_id, machine, name] = value

    def post(self, life: Life) -> None:
        """Sends a new batch, or an earlier one again, to any server."""
        earlier = [each for each in self.posted[-9:] if each.tx_id in self._is_direct]
        if earlier and self.clock.chance(0.3):
            request = self.clock.random.choice(earlier)
        else:
            number = len(self.posted) + 1
            chosen = self.clock.random.sample(sorted(self.plant.machines), 3)
            request = BatchRequest(
                f"00000000-0000-4000-8000-{number:012}",
                {machine: {"targetSpeed": 100.0 + number} for machine in chosen},
            )
            self._is_direct.add(request.tx_id)
            self._note_request(request)
        reply = partial(self.answers.__setitem__, request.tx_id)
        life.do(lambda: life.submit(request, ANNA, life.now_ms, reply))

    # The end

    def quiet(self) -> None:
        """Mends everything, starts one more server, and checks the laws of the end.

        The server refuses a batch if the answer to its commit came too late, although it is stored. The next server
        settles it.
        """
        self.bus.trouble = 0.0
        self.bus.is_down = False
        self.bus.parted.clear()
        self.clear(self.lives[0]) if self.lives else None
        for client in self.clients:
            client.network.delay_ms, client.network.loss, client.network.repeats = (1, 20), 0.0, 0.0
        for life in self.lives:
            life.is_cut_off = False
            if life.is_frozen:
                life.thaw()
        for gateway in self.gateways:
            if gateway.is_frozen:
                gateway.thaw()
        self.clock.run(20_000)
        for life in [life for life in self.lives if life.engine is not None]:
            self.end(life)
        self.clock.run(25_000)
        judge_end(self)


_ACTS = (
    *("freeze_server", "freeze_in_flight", "kill_server", "cut_off", "stall_database"),
    *("trouble", "part", "freeze_gateway", "kill_gateway", "move_client", "move_client", "change_network"),
    *("stop_machine", "stop_machine", "clear"),
    *("post", "post", *5 * ("give_targets",)),
)


def judge_end(world: World) -> None:
    owners = [life for life in world.lives if life.owns]
    if len(owners) != 1:
        raise LawBrokenError(TOKENS, f"the plant is owned by {[life.name for life in owners]}")
    if world.database.tokens != sorted(set(world.database.tokens)):
        raise LawBrokenError(TOKENS, "a token was given out twice")
    written = {(each.tx_id, each.machine, each.field) for each in world.machines.writes}
    revs: set[tuple[str, str, int | None]] = set()
    for request in world.posted:
        _judge_batch(world, request, written, revs)
    for gateway in world.gateways:
        if not gateway.vouches():
            raise LawBrokenError(laws.QUIET, f"{gateway.name} does not vouch for what its clients look at")
    for client, judge in world.judges.items():
        _judge_quiet(world, client, owners[0])
        judge.judge_news(client.store)
        judge.judge_quiet_picture(client.store)


def _judge_batch(
    world: World,
    request: BatchRequest,
    written: set[tuple[str, str, str]],
    revs: set[tuple[str, str, int | None]],
) -> None:
    batch = done(world.database.store.batch(request.tx_id))
    answer = world.answers.get(request.tx_id)
    if batch is None:
        if isinstance(answer, BatchAnswer):
            raise LawBrokenError(laws.RECORDED, f"{request.tx_id} was answered and is not recorded")
        return
    for item in batch.items:
        name = (request.tx_id, item.machine, item.field)
        if not item.outcome.is_final:
            raise LawBrokenError(laws.ENDS, f"{name} was recorded and never ends")
        if item.outcome in NEVER_SENT and name in written:
            raise LawBrokenError(laws.AUDIT, f"{name} ended {item.outcome} and was sent")
        history = world.database.store.history[name]
        if item.outcome is Outcome.APPLIED and name not in written and Outcome.UNKNOWN not in history:
            raise LawBrokenError(laws.AUDIT, f"{name} ended applied and was never sent")
        if item.outcome not in REFUSED:
            rev = (item.machine, item.field, item.rev)
            if rev in revs:
                raise LawBrokenError(laws.REVS, f"two accepted targets have one rev: {rev}")
            revs.add(rev)


def _judge_quiet(world: World, client: Client, owner: Life) -> None:
    name = client.person.name
    if client.store.pending.locks:
        raise LawBrokenError(laws.QUIET, f"{name} still has {client.store.pending.locks}")
    if type(client.link.connection).__name__ != "Connected":
        raise LawBrokenError(laws.QUIET, f"{name} is {client.link.connection}")
    if client.store.server.open:
        raise LawBrokenError(laws.QUIET, f"{name} has {client.store.server.open} under way")
    assert owner.engine is not None
    for key in client.store.machines():
        truth = world.machines.values(key)
        view = client.store.view(key)
        for field, value in (view.record if view else {}).items():
            if field in truth and value != truth[field]:
                raise LawBrokenError(laws.QUIET, f"{name} sees {key}.{field} {value}, it is {truth[field]}")
        for field, rev in client.store.server.revs.get(key, {}).items():
            if client.knows(key) and rev != (now := owner.engine.rev(key, field).rev):
                raise LawBrokenError(laws.QUIET, f"{name} has rev {rev} of {key}.{field}, it is {now}")
    overview = {key: laws.condition_of(owner.engine.machines[key]) for key in client.store.server.overview}
    if client.store.server.overview != overview:
        raise LawBrokenError(laws.QUIET, f"{name} has the overview {client.store.server.overview}")


def play(seed: int) -> Run:
    """Plays one schedule and judges it."""
    result = Run(seed)
    try:
        world = World(seed)
        for _ in range(TURNS):
            result.acts.append(world.turn())
        world.quiet()
        result.takeovers = len(world.database.tokens)
        result.outcomes.update(history[-1].value for history in world.database.store.history.values())
    except Exception as error:
        result.broken = error
    return result
