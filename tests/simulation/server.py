"""One life of the server: the product's hub and commands, wired as the runtime wires them, without a loop.

The database outlives it. A transaction takes its time, and a crash may come before or after its commit; nothing behind
it is played before the commit, which is the promise of `setpoint.runtime.journal` (CMD-1).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from msgspec.structs import replace
from tests.simulation.clock import WALL_AT_START, Clock
from tests.simulation.floor import Floor
from tests.simulation.laws import LIMITS, Observer, ServerJudge
from tests.simulation.wall import Wall

from setpoint.core.commands import (
    AnswerReady,
    BatchAnswer,
    BatchKind,
    BatchRecord,
    BatchRequest,
    Commands,
    Dispatch,
    DispatchMore,
    Echo,
    RecordBatch,
    RecordEvents,
    RecordOutcomes,
    Refuse,
    Revise,
    retry_request,
    story_of,
    undo_request,
)
from setpoint.core.commands import Effect as CommandEffect
from setpoint.core.commands.request import answer_of
from setpoint.core.hub import Close, Hub, Send
from setpoint.core.hub import Effect as HubEffect
from setpoint.core.plant import Person, Plant, Report, Role, WriteAnswer, is_critical
from setpoint.core.protocol import Subscribe, encode
from setpoint.errors import RequestError
from setpoint.persistence.memory import MemoryPersistence

STORE_MS = (0, 60)
STALLED_MS = (500, 6_000)
CHUNK = 2
"""Targets of a batch that leave at a time: few, so that batches leave in several parts."""
TICK_MS = 250

T = TypeVar("T")


class Listener(Protocol):
    """Whoever has a session: a client's socket, or the observer's ear."""

    name: str

    def __hash__(self) -> int: ...
    def down(self, data: bytes) -> None: ...
    def tell_size(self) -> None: ...
    def cut(self) -> None: ...
    def close(self, code: int, reason: str) -> None: ...


class Ear:
    """The observer's session: no delay, no limit, and it answers every ping."""

    name = "observer"

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def down(self, data: bytes) -> None:
        self._observer.hear(data)

    def tell_size(self) -> None: ...
    def cut(self) -> None: ...
    def close(self, code: int, reason: str) -> None: ...


Reply = Callable[[BatchAnswer | RequestError], None]


def done(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits for nothing, as those of the memory store."""
    try:
        work.send(None)
    except StopIteration as finished:
        result: T = finished.value
        return result
    raise AssertionError("the memory store waited for something")


class Server:
    """Lives from its making until `crash`. ``wall`` is its computer's wall clock.

    Its computer may be suspended, or its process stopped: nothing happens on it then, and everything that came
    meanwhile comes at once. Its monotonic clock goes on the while (`setpoint.clock`).
    """

    def __init__(
        self,
        clock: Clock,
        plant: Plant,
        floor: Floor,
        database: MemoryPersistence,
        epoch: str,
        *,
        judge: ServerJudge,
        observer: Observer | None,
        wall: Wall,
    ) -> None:
        self.clock = clock
        self.plant = plant
        self.floor = floor
        self.database = database
        self.judge = judge
        self.observer = observer
        self.is_alive = True
        self.disk_fails = False
        self.disk_stalls = False
        self.wall = wall
        self.is_suspended = False
        self._suspended_ms = 0
        self._held: list[Callable[[], None]] = []
        self.sessions: dict[Listener, None] = {}
        self._journal: deque[CommandEffect] = deque()
        self._is_storing = False
        self._waiting: dict[str, list[Reply]] = {}
        self.hub: Hub[Listener] = Hub(plant, epoch=epoch, now_ms=self.now_ms, ts=self.ts, limits=LIMITS)
        revs = done(database.revs())
        judge.started(revs, clock.now_ms)
        self.commands = Commands(plant, self.hub.machines, revs=revs, chunk=CHUNK)
        untouched = {field.name: 0 for field in plant.writable}
        self.hub.revised(dict.fromkeys(plant.machines, untouched))
        self.hub.revised(self.commands.revs())
        left = done(database.unsettled(0.0))
        self._play(self.commands.restored(left, self.now_ms, self.ts))
        if observer is not None:
            self._look()
            self._observe(observer)
        floor.listen(
            lambda reports: self.do(lambda: self.reported(reports)),
            lambda answers: self.do(lambda: self.answered(answers)),
        )
        self._tick()

    def _observe(self, observer: Observer) -> None:
        """Somebody who hears everything at once, of every topic."""
        ear = Ear(observer)
        self.opened(ear, Person("observer", {"*": Role.VIEWER}))
        for number, topic in enumerate(self.plant.topics()):
            self.received(ear, encode(Subscribe(number, topic)))

    @property
    def now_ms(self) -> int:
        """This computer's monotonic clock."""
        return self.clock.now_ms

    @property
    def ts(self) -> float:
        return WALL_AT_START + self.clock.now_ms / 1000 + self.wall.jump_s

    def crash(self) -> None:
        """Dies between two instructions. What the disk had not taken is gone; sockets end without a word."""
        self.is_alive = self.is_suspended = False
        self._held.clear()
        self.judge.crashed()
        self._journal.clear()
        self._waiting.clear()
        self.floor.listen(None, None)
        for session in list(self.sessions):
            session.cut()
        self.sessions.clear()

    def suspend(self) -> None:
        self.is_suspended = True
        self._suspended_ms = self.clock.now_ms

    def resume(self) -> None:
        self.is_suspended = False
        self.judge.resumed(self._suspended_ms, self.clock.now_ms)
        if self.observer is not None:
            self.observer.resumed(self._suspended_ms)
        held, self._held = self._held, []
        for act in held:
            act()

    def _later(self, delay_ms: int, act: Callable[[], None]) -> None:
        self.clock.after(delay_ms, lambda: self.do(act))

    def do(self, act: Callable[[], None]) -> None:
        """Does it now, as soon as the computer goes on, or never where this life is over."""
        if self.is_suspended:
            self._held.append(act)
        elif self.is_alive:
            act()

    # From the machines

    def reported(self, reports: Sequence[Report]) -> None:
        now_ms, ts = self.now_ms, self.ts
        heard = self.hub.reported(reports, now_ms, ts)
        self._look()
        self._send(heard.effects)
        for change in heard.critical:
            if is_critical(change.before):
                self._play(self.commands.cleared(change.machine, str(change.before), ts))
            if is_critical(change.status):
                self.judge.stopped(change.machine, self.clock.now_ms)
                cause = None if change.cause is None else str(change.cause)
                effects = self.commands.asserted(change.machine, str(change.status), cause, now_ms, ts)
                self._play(effects)
        self._play(self.commands.reported(reports, now_ms, ts))

    def answered(self, answers: Sequence[WriteAnswer]) -> None:
        self._play(self.commands.answered(answers, self.now_ms, self.ts))

    # From people, by HTTP

    def post(
        self,
        request: BatchRequest,
        person: Person,
        reply: Reply,
        kind: BatchKind = BatchKind.COMMIT,
        follows: str | None = None,
    ) -> None:
        tx_id = request.tx_id
        try:
            stored = None if self.commands.knows(tx_id) else done(self.database.batch(tx_id))
            effects = self.commands.submit(
                request, person, self.now_ms, self.ts, stored=stored, kind=kind, follows=follows
            )
        except RequestError as error:
            reply(error)
            return
        self._waiting.setdefault(tx_id, []).append(reply)
        self.judge.based(request, kind)
        self._play(effects)

    def again(
        self, followed: str, kind: BatchKind, asked: BatchRequest, person: Person, reply: Reply
    ) -> None:
        """An earlier batch undone, or what failed in it once more (`setpoint.server.batches`)."""
        earlier, known = self._batch(followed), self._batch(asked.tx_id)
        if earlier is None:
            reply(RequestError("no such batch", status=404, code="unknown-batch"))
        elif known and (known.person, known.kind, known.follows) == (person.name, kind, followed):
            answer = answer_of(asked.tx_id, known.items)
            running = RequestError("still running", status=409, code="in-progress")
            reply(answer if answer.status == "done" else running)
        else:
            make = undo_request if kind is BatchKind.UNDO else retry_request
            try:
                request = replace(
                    make(earlier, asked.tx_id, self.commands.rev, seen=asked.base), not_after=asked.not_after
                )
            except RequestError as error:
                reply(error)
            else:
                self.post(request, person, reply, kind, followed)

    def _batch(self, tx_id: str) -> BatchRecord | None:
        return done(self.database.batch(tx_id)) or self.commands.batch(tx_id)

    def get(self, tx_id: str, reply: Reply) -> None:
        batch = self._batch(tx_id)
        story = story_of(batch) if batch else None
        reply(story or RequestError("no such batch", status=404, code="no-such-batch"))

    # From sessions

    def opened(self, session: Listener, person: Person) -> None:
        self.sessions[session] = None
        self._send(self.hub.open(session, person, name=session.name, now_ms=self.now_ms, ts=self.ts))

    def received(self, session: Listener, data: bytes) -> None:
        if session in self.sessions:
            self._send(self.hub.received(session, data, self.now_ms, self.ts))

    def buffered(self, session: Listener, size: int) -> None:
        if session in self.sessions:
            self._send(self.hub.buffered(session, size, self.now_ms, self.ts))

    def lost(self, session: Listener) -> None:
        if self.sessions.pop(session, ...) is None:
            self.hub.close(session, self.now_ms)

    # Effects

    def _look(self) -> None:
        if self.observer is not None:
            self.observer.look(self.hub.machines)

    def _tick(self) -> None:
        for session in self.sessions:
            if isinstance(session, Ear):
                self.hub.heard(session, self.now_ms)
        effects = self.hub.tick(self.now_ms, self.ts)
        self._look()
        self._send(effects)
        self.commands.note_time(self.now_ms, self.ts)
        self._play(self.commands.tick(self.now_ms, self.ts))
        self._later(TICK_MS, self._tick)

    def _send(self, effects: Iterable[HubEffect[Listener]]) -> None:
        grown: dict[Listener, None] = {}
        for effect in effects:
            match effect:
                case Send(sessions, data):
                    for session in sessions:
                        session.down(data)
                        grown[session] = None
                case Close(session, code, reason):
                    self.sessions.pop(session, None)
                    session.close(code, reason)
        for session in grown:
            session.tell_size()

    def _play(self, effects: Iterable[CommandEffect]) -> None:
        for effect in effects:
            match effect:
                case Dispatch(writes):
                    self.judge.dispatched(writes, self.hub.machines, self.clock.now_ms)
                    self.floor.write(writes)
                case DispatchMore(tx_id):
                    self._later(0, partial(self._dispatch_more, tx_id))
                case Refuse(tx_id, refusal):
                    for reply in self._waiting.pop(tx_id, []):
                        reply(refusal)
                case _:
                    if isinstance(effect, RecordBatch):
                        self.judge.accepted(effect.batch, self.clock.now_ms)
                    if isinstance(effect, RecordBatch | RecordEvents):
                        self.judge.raised(effect.revs)
                    self._journal.append(effect)
        self._store()

    def _dispatch_more(self, tx_id: str) -> None:
        self._play(self.commands.dispatch(tx_id, self.now_ms, self.ts))

    def _store(self) -> None:
        """Everything that waits is one transaction; its commit falls somewhere inside the time that it takes."""
        if self._is_storing or not self._journal or not self.is_alive:
            return
        part = list(self._journal)
        self._journal.clear()
        changes = [
            effect for effect in part if isinstance(effect, RecordBatch | RecordOutcomes | RecordEvents)
        ]
        if not changes:
            self._played(part)
            return
        self._is_storing = True
        commit_ms = self.clock.between(*(STALLED_MS if self.disk_stalls else STORE_MS))
        self._later(commit_ms, lambda: self._commit(part, changes))

    def _commit(
        self, part: list[CommandEffect], changes: Sequence[RecordBatch | RecordOutcomes | RecordEvents]
    ) -> None:
        if self.disk_fails:
            self._failed(part)
            return
        done(self.database.store(changes))
        self._later(self.clock.between(*STORE_MS), lambda: self._committed(part))

    def _committed(self, part: list[CommandEffect]) -> None:
        self._is_storing = False
        self._played(part)
        self._store()

    def _failed(self, part: list[CommandEffect]) -> None:
        left: list[CommandEffect] = []
        for effect in part:
            if isinstance(effect, RecordBatch):
                left += self.commands.not_recorded(effect.batch.tx_id)
                refusal = RequestError("nothing was stored", status=503, code="storage-failed")
                for reply in self._waiting.pop(effect.batch.tx_id, []):
                    reply(refusal)
            else:
                left.append(effect)
        self._journal.extendleft(reversed(left))
        self._later(1_000, self._retry)

    def _retry(self) -> None:
        self._is_storing = False
        self._store()

    def _played(self, part: Iterable[CommandEffect]) -> None:
        now_ms, ts = self.now_ms, self.ts
        for effect in part:
            match effect:
                case RecordBatch(batch):
                    self._play(self.commands.recorded(batch.tx_id, now_ms, ts))
                case Revise(revs):
                    self.hub.revised(revs)
                case Echo(outcomes):
                    self._send(self.hub.settled(outcomes, now_ms, ts))
                case AnswerReady(tx_id, answer, _, refusal):
                    for reply in self._waiting.pop(tx_id, []):
                        reply(refusal or answer)
