"""Three servers of one plant in simulated time: they share a database, its lease and the machines.

Each life is the shipped engine behind the shipped state machine of the lease; only what is around them is simulated:
processes that are frozen or killed between any two steps, a database that stalls or that one server cannot reach, and
people who send a batch again to another server. A transaction is its commit here, with the proof of the token: in
PostgreSQL, a taking waits for transactions that have proved the former token (tests/integration/test_one_writer.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from tests.simulation.clock import WALL_AT_START, Clock
from tests.simulation.people import small_plant
from tests.simulation.server import done
from tests.simulation.shared import Database, LawBrokenError, Machines

from setpoint.contract.http.batches import BatchAnswer, BatchRequest
from setpoint.contract.live import Outcome
from setpoint.core.audit.changes import Change
from setpoint.core.commands import Arrival, Dispatch, DispatchMore
from setpoint.core.engine import (
    Answered,
    Engine,
    Event,
    Find,
    Found,
    MoreDue,
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
)
from setpoint.core.lease import (
    Holding,
    Lost,
    NotAnswered,
    State,
    Waiting,
    ask,
    holds,
    next_ms,
    step,
)
from setpoint.core.plant import Answer, Person, Role, Write, WriteAnswer
from setpoint.errors import SetpointError, StorageError

SERVERS = 3
NETWORK_MS = (1, 40)
ASK_WITHIN_MS = 1_000
REPORT_EVERY_MS = 250
CHUNK = 2
REFUSED = frozenset({Outcome.BLOCKED, Outcome.CONFLICT, Outcome.REJECTED})
NEVER_SENT = REFUSED | {Outcome.CANCELLED}
ANNA = Person("anna", {"*": Role.OPERATOR})


@dataclass
class Rules:
    """What a mutant changes."""

    step: Callable[[State, Any, int], State] = step
    checks_at_dispatch: bool = True
    restores: bool = True


@dataclass
class Life:
    """One process, from its start as a standby to its end."""

    world: World
    name: str
    ahead_ms: int
    state: State = field(default_factory=Waiting)
    engine: Engine[Any] | None = None
    token: int = 0
    is_alive: bool = True
    is_frozen: bool = False
    is_cut_off: bool = False
    _held: list[Callable[[], None]] = field(default_factory=list)
    _calls: dict[int, Callable[[Any], None]] = field(default_factory=dict)
    _numbers: Any = field(default_factory=count)

    @property
    def now_ms(self) -> int:
        """This computer's own clock, which goes on while the process is frozen."""
        return self.world.clock.now_ms + self.ahead_ms

    @property
    def ts(self) -> float:
        return WALL_AT_START + self.world.clock.now_ms / 1000

    @property
    def owns(self) -> bool:
        return holds(self.state, self.now_ms)

    def do(self, act: Callable[[], None]) -> None:
        if self.is_frozen:
            self._held.append(act)
        elif self.is_alive:
            act()

    def later(self, delay_ms: int, act: Callable[[], None]) -> None:
        self.world.clock.after(delay_ms, lambda: self.do(act))

    def thaw(self) -> None:
        self.is_frozen = False
        held, self._held = self._held, []
        self.world.clock.random.shuffle(held)  # an event loop promises no order between sockets and timers
        for act in held:
            self.do(act)

    # The lease

    def ask(self) -> None:
        wanted = ask(self.state, self.now_ms)
        if wanted is None:
            return
        asked_ms = self.now_ms
        has_heard: list[Any] = []

        def hear(event: Any) -> None:
            if not has_heard:
                has_heard.append(event)
                self._step(event)

        self.later(ASK_WITHIN_MS, lambda: hear(NotAnswered()))
        self.reach(lambda: self.world.database.asked(wanted, asked_ms, self.name), hear)

    def reach(self, work: Callable[[], Any], hear: Callable[[Any], None]) -> None:
        """The database works when the request arrives; what comes back may be lost."""
        if self.is_cut_off:
            return
        clock, database = self.world.clock, self.world.database

        def arrive() -> None:
            if clock.now_ms < database.stalled_until_ms:
                clock.after(database.stalled_until_ms - clock.now_ms, arrive)
                return
            found = work()
            if not self.is_cut_off:
                self.later(clock.between(*NETWORK_MS), lambda: hear(found))

        clock.after(clock.between(*NETWORK_MS), arrive)

    def _step(self, event: Any) -> None:
        self.state = self.world.rules.step(self.state, event, self.now_ms)
        if isinstance(self.state, Holding) and self.engine is None:
            self._begin(self.state.token)
        if isinstance(self.state, Lost):
            self.world.end(self)
        elif (due_ms := next_ms(self.state)) is not None:
            self.later(due_ms - self.now_ms, self.ask)

    # The plant

    def _begin(self, token: int) -> None:
        self.token = token
        self.engine = Engine(self.world.plant, epoch=f"e{token}", now_ms=self.now_ms, ts=self.ts, chunk=CHUNK)
        store = self.world.database.store
        self._play(
            self.engine.restore(
                revs=done(store.revs()),
                batches=done(store.unsettled(0.0)) if self.world.rules.restores else (),
                held=(),
                set_points=done(store.set_points()),
                now_ms=self.now_ms,
                ts=self.ts,
            )
        )
        self._report()

    def _report(self) -> None:
        self._feed(Reported(self.world.machines.reports()))
        self.later(REPORT_EVERY_MS, self._report)

    def post(self, request: BatchRequest, told: Callable[[Any], None]) -> None:
        """A standby, and a process that is no more, refuse."""
        if self.engine is not None and self.is_alive:
            call = next(self._numbers)
            self._calls[call] = told
            self._feed(Submit(call, request, ANNA, Arrival(self.now_ms, self.ts)))

    def _feed(self, event: Event) -> None:
        if self.engine is not None:
            self._play(self.engine.handle(event, self.now_ms, self.ts))

    def _play(self, effects: Iterable[Any]) -> None:
        for effect in effects:
            match effect:
                case Dispatch(writes, limit_ms):  # in a task of its own
                    self.later(self.world.clock.between(0, 2), partial(self._hand_over, writes, limit_ms))
                case DispatchMore(tx_id):
                    self.later(0, partial(self._feed, MoreDue(tx_id)))
                case Reply(call, result):
                    if (told := self._calls.pop(call, None)) is not None:
                        told(result)
                case Store(changes, _):
                    self._store(changes)
                case Find(tx_id):
                    self._bounded(partial(self._found, tx_id), self._feed, NotFound(tx_id, _no_answer()))
                case Probe():
                    self._bounded(lambda: Probed(is_well=True), self._feed, Probed(is_well=False))
                case _:
                    pass
        if self.engine is not None and (due_ms := self.engine.next_due_ms()) is not None:
            self.later(max(1, due_ms - self.now_ms), lambda: self._wake(due_ms))

    def _wake(self, due_ms: int) -> None:
        if self.engine is not None and self.engine.next_due_ms() == due_ms:
            self._feed(TimePassed())

    def _bounded(
        self, work: Callable[[], Any], hear: Callable[[Any], None], failed: Any, *, is_undone: bool = False
    ) -> None:
        """A call to the database that is given up after a while. ``is_undone``: a transaction is rolled back then."""
        has_heard: list[Any] = []

        def once(found: Any) -> None:
            if not has_heard:
                has_heard.append(found)
                hear(found)

        self.later(2 * ASK_WITHIN_MS, lambda: once(failed))
        self.reach(lambda: failed if is_undone and has_heard else work(), once)

    def _store(self, changes: Sequence[Change]) -> None:
        if not self.owns and self.world.database.is_fenced:
            self.later(0, lambda: self._feed(NotStored(StorageError("this server has lost its hold"))))
            return
        self._bounded(lambda: self._commit(changes), self._feed, NotStored(_no_answer()), is_undone=True)

    def _commit(self, changes: Sequence[Change]) -> Event:
        try:
            self.world.database.commit(self.token, changes)
        except StorageError as error:
            return NotStored(error)
        return Stored()

    def _found(self, tx_id: str) -> Event:
        return Found(tx_id, done(self.world.database.store.batch(tx_id)))

    def _hand_over(self, writes: Sequence[Write], limit_ms: int) -> None:
        """As the player does it: the time limit and the lease are checked once more."""
        is_allowed = self.owns or not self.world.rules.checks_at_dispatch
        if self.now_ms >= limit_ms or not is_allowed:
            self._feed(
                Answered(
                    [WriteAnswer(w.tx_id, w.machine, w.field, Answer.NOT_SENT, "not sent") for w in writes]
                )
            )
            return
        for write in writes:
            self.world.sent(self, write)
            self.world.machines.write(write, lambda said: self.do(lambda: self._feed(Answered([said]))))


def _no_answer() -> StorageError:
    return StorageError("the database has not answered")


class World:
    def __init__(self, seed: int, rules: Rules | None = None) -> None:
        self.clock = Clock(seed)
        self.rules = rules or Rules()
        self.plant = small_plant(is_guarded=False)
        self.machines = Machines(self.clock, self.plant)
        self.database = Database()
        self.lives: list[Life] = []
        self.posted: list[BatchRequest] = []
        self.told: dict[str, BatchAnswer | SetpointError] = {}
        self._names = count(1)
        for _ in range(SERVERS):
            self.start()

    def start(self) -> None:
        life = Life(self, f"life {next(self._names)}", self.clock.between(0, 10**6))
        self.lives.append(life)
        life.later(self.clock.between(0, 300), life.ask)

    def end(self, life: Life) -> None:
        """The process ends, and its service manager starts another one."""
        life.is_alive = life.is_frozen = False
        if life in self.lives:
            self.lives.remove(life)
            self.clock.after(self.clock.between(100, 2_000), self.start)

    def sent(self, life: Life, write: Write) -> None:
        """LEASE-5, CMD-1: only the owner sends, once, and what is recorded."""
        if life.token != self.database.lease.token:
            raise LawBrokenError(f"{life.name} sends with token {life.token}: {self.database.lease}")
        name = (write.tx_id, write.machine, write.field)
        if any((each.tx_id, each.machine, each.field) == name for each in self.machines.writes):
            raise LawBrokenError(f"{name} is sent twice")
        if done(self.database.store.batch(write.tx_id)) is None:
            raise LawBrokenError(f"{name} is sent and not recorded")

    # What happens

    def turn(self) -> None:
        clock = self.clock
        while not self.lives:
            clock.run(100)
        life = clock.random.choice(self.lives)
        match clock.random.randrange(9):
            case 0:
                self._freeze(life, clock.between(50, 6_000))
            case 1:
                self._freeze_in_flight()
            case 2 if clock.chance(0.5):
                self.end(life)
            case 3:
                life.is_cut_off = True
                clock.after(clock.between(200, 4_000), lambda: setattr(life, "is_cut_off", False))
            case 4 if clock.chance(0.5):
                self.database.stalled_until_ms = clock.now_ms + clock.between(100, 4_000)
            case _:
                self._post(life)
        clock.run(clock.between(10, 1_200))

    def _freeze(self, life: Life, for_ms: int) -> None:
        life.is_frozen = True
        self.clock.after(for_ms, life.thaw)

    def _freeze_in_flight(self) -> None:
        """The owner stands still between a batch and its dispatch, about as long as a taking needs."""
        owner = next((life for life in self.lives if life.owns and not life.is_frozen), None)
        if owner is not None:
            self._post(owner)
            self.clock.run(self.clock.between(2, 90))
            self._freeze(owner, self.clock.between(1_900, 2_900))

    def _post(self, life: Life) -> None:
        """A new batch, or one that was sent before, to any server."""
        if self.posted and self.clock.chance(0.3):
            request = self.clock.random.choice(self.posted[-5:])
        else:
            number = len(self.posted) + 1
            chosen = self.clock.random.sample(sorted(self.plant.machines), 3)
            request = BatchRequest(
                f"00000000-0000-4000-8000-{number:012}",
                {machine: {"targetSpeed": 100.0 + number} for machine in chosen},
            )
            self.posted.append(request)
        life.do(lambda: life.post(request, partial(self.told.__setitem__, request.tx_id)))

    def quiet(self) -> None:
        """Everything goes on, and one more server begins; then the laws of the end hold.

        A commit whose answer came too late is refused, though it is stored. The next server settles it.
        """
        for life in self.lives:
            life.is_cut_off = False
            if life.is_frozen:
                life.thaw()
        self.clock.run(20_000)
        for life in [life for life in self.lives if life.engine is not None]:
            self.end(life)
        self.clock.run(15_000)
        if sum(life.owns for life in self.lives) != 1:
            raise LawBrokenError("nobody owns the plant, or two do")
        if self.database.tokens != sorted(set(self.database.tokens)):
            raise LawBrokenError("a token was given out twice")
        written = {(each.tx_id, each.machine, each.field) for each in self.machines.writes}
        revs: set[tuple[str, str, int | None]] = set()
        for request in self.posted:
            self._judge(request, written, revs)

    def _judge(
        self,
        request: BatchRequest,
        written: set[tuple[str, str, str]],
        revs: set[tuple[str, str, int | None]],
    ) -> None:
        batch = done(self.database.store.batch(request.tx_id))
        told = self.told.get(request.tx_id)
        if batch is None:
            if isinstance(told, BatchAnswer):
                raise LawBrokenError(f"{request.tx_id} was answered and is not recorded")
            return
        for item in batch.items:
            name = (request.tx_id, item.machine, item.field)
            if not item.outcome.is_final:
                raise LawBrokenError(f"{name} was recorded and never ends")
            if item.outcome in NEVER_SENT and name in written:
                raise LawBrokenError(f"{name} ended {item.outcome} and was sent")
            if item.outcome is Outcome.APPLIED and name not in written:
                raise LawBrokenError(f"{name} ended applied and was never sent")
            if item.outcome not in REFUSED:
                rev = (item.machine, item.field, item.rev)
                if rev in revs:
                    raise LawBrokenError(f"two accepted targets have one rev: {rev}")
                revs.add(rev)


def play(seed: int, rules: Rules | None = None, *, turns: int = 40, fenced: bool = True) -> World:
    """One schedule. Raises `LawBrokenError`."""
    world = World(seed, rules)
    world.database.is_fenced = fenced
    for _ in range(turns):
        world.turn()
    world.quiet()
    return world
