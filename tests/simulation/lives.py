"""One of several servers in simulated time: first a standby, then the owner, at last replaced.

Each life runs the product's engine behind the product's state machine of the lease. Only the surroundings are
simulated: processes that freeze or die between any two steps, and a database that stalls or that one server cannot
reach. A transaction here is a single step that checks the token and commits. In PostgreSQL, a takeover waits for
transactions that have checked the former token (tests/integration/test_one_writer.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.simulation.clock import WALL_AT_START
from tests.simulation.owner_side import OwnerSide
from tests.simulation.routes import LIMITS
from tests.simulation.server import TICK_MS, Listener, done
from tests.simulation.witness import Witnesses

from setpoint.contract.http.batches import BatchRequest
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.values import is_critical
from setpoint.core.audit.changes import Change
from setpoint.core.commands import Arrival, Dispatch, DispatchMore, story_of
from setpoint.core.engine import (
    Answered,
    Engine,
    Event,
    Find,
    Found,
    Frames,
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
from setpoint.core.hub import Effect as HubEffect
from setpoint.core.hub import Send
from setpoint.core.lease import Holding, Lost, NotAnswered, State, Waiting, ask, holds, next_ms, step
from setpoint.core.plant import Answer, Person, Write, WriteAnswer
from setpoint.errors import InDoubtError, RequestError, StorageError

if TYPE_CHECKING:
    from tests.simulation.failover import World

NETWORK_MS = (1, 40)
ASK_WITHIN_MS = 1_000
REPORT_EVERY_MS = 250
CHUNK = 2


class Life:
    """One process, from its start as a standby to its end."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.ahead_ms = world.clock.between(0, 10**6)
        self.state: State = Waiting()
        self.engine: Engine[Listener] | None = None
        self.side: OwnerSide | None = None
        self.token = 0
        self.is_alive = True
        self.is_frozen = False
        self.is_cut_off = False
        self.stops_ms: dict[str, int] = {}
        """When each machine last reported a stop to this server."""
        self._witnesses: Witnesses | None = None
        self._held: list[Callable[[], None]] = []
        self._calls: dict[int, Callable[[Any], None]] = {}
        self._numbers = count()

    @property
    def now_ms(self) -> int:
        """This computer's own clock, which runs on while the process is frozen."""
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
        request = ask(self.state, self.now_ms)
        if request is None:
            return
        requested_ms = self.now_ms
        answers: list[Any] = []

        def on_answer(event: Any) -> None:
            if not answers:
                answers.append(event)
                self._step(event)

        self.later(ASK_WITHIN_MS, lambda: on_answer(NotAnswered()))
        self.reach(lambda: self.world.database.answer_lease(request, requested_ms, self.name), on_answer)

    def reach(self, work: Callable[[], Any], on_answer: Callable[[Any], None]) -> None:
        """Runs ``work`` when the request arrives at the database. The answer may get lost."""
        if self.is_cut_off:
            return
        clock, database = self.world.clock, self.world.database

        def arrive() -> None:
            if clock.now_ms < database.stalled_until_ms:
                clock.after(database.stalled_until_ms - clock.now_ms, arrive)
                return
            result = work()
            if not self.is_cut_off:
                self.later(clock.between(*NETWORK_MS), lambda: on_answer(result))

        clock.after(clock.between(*NETWORK_MS), arrive)

    def _step(self, event: Any) -> None:
        self.state = step(self.state, event, self.now_ms)
        if isinstance(self.state, Holding) and self.engine is None:
            self._begin(self.state.token)
        if isinstance(self.state, Lost):
            self.world.end(self)
        elif (due_ms := next_ms(self.state)) is not None:
            self.later(due_ms - self.now_ms, self.ask)

    # The plant

    def _begin(self, token: int) -> None:
        self.token = token
        epoch = f"e{token}"
        engine = self.engine = Engine(
            self.world.plant, epoch=epoch, now_ms=self.now_ms, limits=LIMITS, chunk=CHUNK
        )
        store = self.world.database.store
        self._play(
            engine.restore(
                revs=done(store.revs()),
                batches=done(store.unsettled(0.0)),
                held=(),
                set_points=done(store.set_points()),
                now_ms=self.now_ms,
                ts=self.ts,
            )
        )
        self.side = OwnerSide(self)
        self._witnesses = Witnesses(self.world, engine, epoch)
        self._witnesses.look()
        for session, person in self._witnesses.sessions():
            self._send(engine.open(session, person, name=session.name, now_ms=self.now_ms, ts=self.ts))
            for frame in self._witnesses.subscriptions(person):
                self._send(engine.received(session, frame, self.now_ms, self.ts))
                self._send(engine.buffered(session, 0, self.now_ms, self.ts))
        self._report()
        self._tick()

    def _report(self) -> None:
        self.read()
        self.later(REPORT_EVERY_MS, self._report)

    def read(self) -> None:
        """Reads the machines' reports."""
        if self.engine is None:
            return
        reports = self.world.machines.reports()
        for report in reports:
            status = report.values["status"]
            if is_critical(status) and self.engine.machines[report.machine]["status"] != status:
                self.stops_ms[report.machine] = self.world.clock.now_ms
        self._feed(Reported(reports))

    def _tick(self) -> None:
        engine, now_ms, ts = self.engine, self.now_ms, self.ts
        assert engine is not None
        assert self.side is not None
        assert self._witnesses is not None
        for session, _ in self._witnesses.sessions():
            engine.touch(session, now_ms)
        frames = engine.tick(now_ms, ts)
        self._witnesses.look()
        self._send(frames)
        self.side.flush(by_line=True)
        self.side.forget_unwanted()
        self.later(TICK_MS, self._tick)

    def submit(
        self, request: BatchRequest, person: Person, arrived_ms: int, reply: Callable[[Any], None]
    ) -> None:
        """Takes a batch, unless this process is a standby or has ended."""
        if self.engine is not None and self.is_alive:
            call = next(self._numbers)
            self._calls[call] = reply
            arrival = Arrival(arrived_ms, self.ts - (self.now_ms - arrived_ms) / 1000)
            self._feed(Submit(call, request, person, arrival))

    def get(self, tx_id: str, reply: Callable[[Any], None]) -> None:
        batch = self.engine.batch(tx_id) if self.engine is not None else None
        reply(story_of(batch) if batch else RequestError("no such batch", code=ProblemCode.UNKNOWN_BATCH))

    # Gateways

    def serve(self, data: bytes | None, reply: Callable[[object], None]) -> None:
        if self.side is not None:
            self.side.serve(data, reply)

    def copy(self, data: bytes, reply: Callable[[object], None]) -> None:
        if self.side is not None:
            self.side.copy(data, reply)

    def publish(self, data: bytes) -> None:
        for gateway in self.world.gateways:
            self.world.bus.carry(self, gateway, partial(gateway.frames, data))

    # Effects

    def _feed(self, event: Event) -> None:
        if self.engine is not None:
            effects = self.engine.handle(event, self.now_ms, self.ts)
            if self._witnesses is not None:
                self._witnesses.look()
            self._play(effects)

    def _send(self, effects: Iterable[HubEffect[Listener]]) -> None:
        for effect in effects:
            assert isinstance(effect, Send), "the owner ended a session of its own"
            for session in effect.sessions:
                session.down(effect.data)

    def _play(self, effects: Iterable[Any]) -> None:
        for effect in effects:
            match effect:
                case Frames(frames):
                    self._send(frames)
                case Dispatch(writes, limit_ms):  # in a task of its own
                    self.later(self.world.clock.between(0, 2), partial(self._hand_over, writes, limit_ms))
                case DispatchMore(tx_id):
                    self.later(0, partial(self._feed, MoreDue(tx_id)))
                case Reply(call, result):
                    if (reply := self._calls.pop(call, None)) is not None:
                        reply(result)
                case Store(changes, name):
                    self._store(changes, name)
                case Find(tx_id):
                    self._bounded(partial(self._found, tx_id), self._feed, NotFound(tx_id, _no_answer()))
                case Probe():
                    self._bounded(self._probed, self._feed, Probed(is_well=False))
                case _:
                    pass
        if self.side is not None:
            self.side.flush()
        if self.engine is not None and (due_ms := self.engine.next_due_ms()) is not None:
            self.later(max(1, due_ms - self.now_ms), lambda: self._wake(due_ms))

    def _wake(self, due_ms: int) -> None:
        if self.engine is not None and self.engine.next_due_ms() == due_ms:
            self._feed(TimePassed())

    def _bounded(
        self,
        work: Callable[[], Any],
        on_answer: Callable[[Any], None],
        failed: Any,
        *,
        is_undone: bool = False,
    ) -> None:
        """Calls the database, with a time limit. With ``is_undone``, the time limit rolls the transaction back."""
        answers: list[Any] = []

        def once(result: Any) -> None:
            if not answers:
                answers.append(result)
                on_answer(result)

        self.later(2 * ASK_WITHIN_MS, lambda: once(failed))
        self.reach(lambda: failed if is_undone and answers else work(), once)

    def _probed(self) -> Event:
        """Reads what was stored last. A server that has been replaced cannot conclude anything from it."""
        database = self.world.database
        if self.token != database.lease.token:
            return Probed(is_well=False)
        return Probed(is_well=True, stored_last=done(database.store.check()))

    def _store(self, changes: Sequence[Change], name: str) -> None:
        if not self.may_store():
            self.later(0, lambda: self._feed(NotStored(StorageError("this server has lost its hold"))))
            return
        in_doubt = NotStored(InDoubtError("the database has not answered"))
        self._bounded(lambda: self._commit(changes, name), self._feed, in_doubt, is_undone=True)

    def _commit(self, changes: Sequence[Change], name: str) -> Event:
        try:
            self.world.commit(self, changes, name)
        except StorageError as error:
            return NotStored(error)
        return Stored()

    def _found(self, tx_id: str) -> Event:
        return Found(tx_id, done(self.world.database.store.batch(tx_id)))

    def _hand_over(self, writes: Sequence[Write], limit_ms: int) -> None:
        """Checks the time limit, the lease and stops once more, as the product's player does, and sends the writes."""
        if self.now_ms >= limit_ms or not self.may_send():
            self._feed(
                Answered(
                    [WriteAnswer(w.tx_id, w.machine, w.field, Answer.NOT_SENT, "not sent") for w in writes]
                )
            )
            return
        assert self.engine is not None
        for write in writes:
            if (voided := self.engine.voided(write)) is not None:
                not_sent = WriteAnswer(write.tx_id, write.machine, write.field, Answer.NOT_SENT, voided)
                self._feed(Answered([not_sent]))
                continue
            self.world.sent(self, write)
            self.world.machines.write(write, lambda answer: self.do(lambda: self._feed(Answered([answer]))))

    def may_send(self) -> bool:
        return self.owns

    def may_store(self) -> bool:
        return self.owns


def _no_answer() -> StorageError:
    return StorageError("the database has not answered")
