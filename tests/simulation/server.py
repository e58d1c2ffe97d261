"""One life of the server: the product's engine, with clocks, a disk and a network that fail.

The product's engine (`setpoint.core.engine`) decides everything. This module plays its effects in simulated time, as
the runtime does. The database outlives the server. A transaction takes time, and a crash may come before or after its
commit.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any, Protocol, TypeAlias, TypeVar, assert_never

from tests.simulation.archive import Archive
from tests.simulation.clock import WALL_AT_START, Clock
from tests.simulation.floor import Floor
from tests.simulation.laws import (
    DUE_WORK,
    HELD,
    HISTORY,
    UNSEEN_CHANGE,
    LawBrokenError,
    Observer,
    ServerJudge,
)
from tests.simulation.wall import Wall

from setpoint.contract.http.batches import AgainRequest, BatchAnswer, BatchKind, BatchRequest
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.live import Subscribe, encode
from setpoint.contract.values import Quality, Record, is_critical
from setpoint.core.audit.changes import Change
from setpoint.core.commands import Arrival, Dispatch, DispatchMore, RecordBatch, RecordEvents, story_of
from setpoint.core.engine import (
    Again,
    Answered,
    Cancel,
    Confirm,
    Engine,
    Event,
    Find,
    Found,
    Frames,
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
)
from setpoint.core.engine import Effect as EngineEffect
from setpoint.core.hub import Effect as HubEffect
from setpoint.core.hub import HubLimits, Send
from setpoint.core.plant import Person, Plant, Report, Role, is_same, plant_change
from setpoint.errors import InDoubtError, RequestError, SetpointError, StorageError
from setpoint.persistence.memory import MemoryPersistence

STORE_MS = (0, 60)
STALLED_MS = (500, 6_000)
CHUNK = 2
"""How many targets of a batch leave at a time. The number is small, so that batches leave in several parts."""
FIND_MS = (0, 20)
TICK_MS = 250

T = TypeVar("T")


class Listener(Protocol):
    """The owner of a session: a client's socket, or the observer."""

    name: str

    def __hash__(self) -> int: ...
    def down(self, data: bytes) -> None: ...
    def report_size(self) -> None: ...
    def cut(self) -> None: ...
    def close(self, code: int, reason: str) -> None: ...


class ObserverSession:
    """The observer's session. It has no delay and no limit, and it answers every ping."""

    name = "observer"

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def observe(self, observer: Observer) -> None:
        self._observer = observer

    def down(self, data: bytes) -> None:
        self._observer.receive(data)

    def report_size(self) -> None: ...
    def cut(self) -> None: ...
    def close(self, code: int, reason: str) -> None: ...


Answer: TypeAlias = Callable[[BatchAnswer | RequestError], None]


def _http_answer(result: BatchAnswer | SetpointError | None) -> BatchAnswer | RequestError:
    """Returns the result as the HTTP layer answers it. Any other error means that the storage failed."""
    if isinstance(result, BatchAnswer | RequestError):
        return result
    return RequestError(str(result), code=ProblemCode.STORAGE_FAILED)


def done(work: Coroutine[Any, Any, T]) -> T:
    """Returns the result of a coroutine that never waits, such as those of the memory store."""
    try:
        work.send(None)
    except StopIteration as finished:
        result: T = finished.value
        return result
    raise AssertionError("the memory store waited for something")


class Server:
    """One server process from its start until `crash`. ``wall`` is its computer's wall clock.

    The computer may be suspended, or the process stopped. Meanwhile nothing happens in it, but its monotonic clock runs
    on (`setpoint.clock`). Afterwards everything that came meanwhile arrives at once.
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
        observer_of: Callable[[str], Observer],
        is_observed: bool,
        wall: Wall,
        limits: HubLimits,
    ) -> None:
        self.clock = clock
        self.plant = plant
        self.floor = floor
        self.database = database
        self.judge = judge
        self._observer_of = observer_of
        self.observer = observer_of(epoch)
        self._observer_session = ObserverSession(self.observer) if is_observed else None
        self._leaving: set[str] = set()
        self._epoch = epoch
        self._plants = count(1)
        self.is_alive = True
        self.disk_fails = False
        self.disk_stalls = False
        self.wall = wall
        self.is_suspended = False
        self._suspended_ms = 0
        self._held: list[Callable[[], None]] = []
        self.sessions: dict[Listener, None] = {}
        self._calls: dict[int, Answer] = {}
        self._numbers = count()
        self._due_ms: int | None = None
        self.engine: Engine[Listener] = Engine(
            plant, epoch=epoch, now_ms=self.now_ms, limits=limits, chunk=CHUNK
        )
        self._archive = Archive(self.engine)
        revs = done(database.revs())
        judge.started(revs, clock.now_ms)
        left, held = done(database.unsettled(0.0)), done(database.held())
        set_points = done(database.set_points())
        under_way = {(item.machine, item.field) for batch in left for item in batch.items}
        self._stored_values = {
            (each.machine, each.field): each.value
            for each in set_points
            if (each.machine, each.field) not in under_way
        }
        self._play(
            self.engine.restore(
                revs=revs,
                batches=left,
                held=held,
                set_points=set_points,
                now_ms=self.now_ms,
                ts=self.ts,
            )
        )
        self._look()
        if self._observer_session is not None:
            self.opened(self._observer_session, Person("observer", {"*": Role.VIEWER}))
            self._observe(self._observer_session)
        floor.listen(
            lambda reports: self.do(lambda: self.reported(reports)),
            lambda answers: self.do(lambda: self._feed(Answered(answers))),
        )
        self._tick()

    def _observe(self, session: ObserverSession) -> None:
        """Subscribes the observer's session to every topic."""
        for number, topic in enumerate(self.engine.plant.topics()):
            self.received(session, encode(Subscribe(number, topic)))
            self.buffered(session, 0)

    @property
    def now_ms(self) -> int:
        """This computer's monotonic clock."""
        return self.clock.now_ms

    @property
    def ts(self) -> float:
        return WALL_AT_START + self.clock.now_ms / 1000 + self.wall.jump_s

    def crash(self) -> None:
        """Dies between two instructions. It loses what was not on the disk, and its sockets end without a close."""
        self.is_alive = self.is_suspended = False
        self._held.clear()
        self.judge.known(self.clock.now_ms)
        self.judge.crashed()
        self._calls.clear()
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
        self.observer.resumed(self._suspended_ms)
        held, self._held = self._held, []
        for act in held:
            act()

    def _later(self, delay_ms: int, act: Callable[[], None]) -> None:
        self.clock.after(delay_ms, partial(self.do, act))

    def do(self, act: Callable[[], None]) -> None:
        """Runs ``act`` now, or as soon as the computer goes on. Does nothing if this life is over."""
        if self.is_alive and not self.is_suspended:
            act()
        elif self.is_suspended:
            self._held.append(act)

    # From the machines

    def reported(self, reports: Sequence[Report]) -> None:
        """Takes reports of the plant's machines. It ignores late reports of a former source."""
        machines, leaving = self.engine.machines, self._leaving
        reports = [
            report for report in reports if report.machine in machines and report.machine not in leaving
        ]
        for report in reports:
            status = report.values.get("status") if report.values else None
            if is_critical(status) and status != machines[report.machine]["status"]:
                self.judge.stopped(report.machine, self.clock.now_ms)
        changed = [*self._changed_while_down(reports)] if self._stored_values else []
        revs = [self.engine.rev(*name).rev for name in changed]
        self._feed(Reported(reports))
        for name, rev in zip(changed, revs, strict=True):
            if self.engine.rev(*name).rev == rev:
                raise LawBrokenError(UNSEEN_CHANGE, f"{name} is not what it was, and its rev is still {rev}")

    def _changed_while_down(self, reports: Iterable[Report]) -> Iterator[tuple[str, str]]:
        """Returns the fields whose first report to this server differs from the value that an earlier server stored."""
        fields = self.engine.plant.fields_by_name
        for report in reports:
            if report.quality is not Quality.GOOD:
                continue
            for name, value in report.values.items():
                was = self._stored_values.pop((report.machine, name), None)
                is_open = name in self.engine.open_targets().get(report.machine, ())
                if was is not None and not is_open and not is_same(fields[name], was, value):
                    yield report.machine, name

    def _feed(self, event: Event) -> None:
        effects = self.engine.handle(event, self.now_ms, self.ts)
        if not effects:
            self._look()
            self._set_timer()
            return
        if not any(isinstance(effect, PlantTaken) for effect in effects):
            self._look()
        self._play(effects)

    # From people, by HTTP

    def post(self, request: BatchRequest, person: Person, answer: Answer) -> None:
        self.judge.arrived(request, BatchKind.COMMIT, self.clock.now_ms)

        def on_answer(result: BatchAnswer | RequestError) -> None:
            if isinstance(result, RequestError) and result.code == "needs-second-person":
                self._judge_held(request.tx_id)
            answer(result)

        call = self._call(on_answer)
        self._feed(Submit(call, request, person, Arrival(self.now_ms, self.ts)))

    def again(
        self, followed: str, kind: BatchKind, request: BatchRequest, person: Person, answer: Answer
    ) -> None:
        """Undoes an earlier batch, or retries what failed in it."""
        self.judge.arrived(request, kind, self.clock.now_ms)
        again = AgainRequest(base=request.base, not_after=request.not_after)
        call, arrival = self._call(answer), Arrival(self.now_ms, self.ts)
        self._feed(Again(call, followed, kind, request.tx_id, again, person, arrival))

    def cancel(self, tx_id: str, person: Person, answer: Answer) -> None:
        """Withdraws a batch (CMD-7)."""

        def on_withdrawn(result: BatchAnswer | RequestError) -> None:
            if isinstance(result, BatchAnswer):
                self.judge.withdrawn(tx_id, is_early=not result.results)
            answer(result)

        self._feed(Cancel(self._call(on_withdrawn), tx_id, person))

    def confirm(self, tx_id: str, person: Person, asked_by: Person, answer: Answer) -> None:
        """A second person confirms a batch that waits."""
        self.judge.confirmed(tx_id, self.clock.now_ms)
        arrival = Arrival(self.now_ms, self.ts)
        self._feed(Confirm(self._call(answer), tx_id, person, asked_by, arrival))

    def change_plant(self, plant: Plant) -> None:
        """Takes a new plant file."""
        call = self._call(lambda _: None)
        before = self.plant
        self._feed(PlantChanged(call, plant, "root"))
        if not self.engine.is_degraded:
            self.plant = plant
            if call in self._calls:
                self._leaving |= plant_change(before, plant).gone

    def _take_plant(self, effect: PlantTaken) -> None:
        """Starts a new observer for the new plant, and makes sources serve it."""
        self._leaving -= effect.change.gone
        self._archive = Archive(self.engine)
        epoch = f"{self._epoch}.{next(self._plants)}"
        self.observer = self._observer_of(epoch)
        if self._observer_session is not None:
            self._observer_session.observe(self.observer)
            self._look()
            self._observe(self._observer_session)
        self.floor.begin((*effect.change.added, *effect.change.moved))

    def _call(self, answer: Answer) -> int:
        call = next(self._numbers)
        self._calls[call] = answer
        return call

    def _judge_held(self, tx_id: str) -> None:
        """Checks that a batch that is said to wait is stored.

        This also holds if its ten minutes seem to be over, because the wall clock may have been set meanwhile.
        """
        waiting = {held.request.tx_id for held in done(self.database.held())}
        if tx_id not in waiting and done(self.database.batch(tx_id)) is None:
            raise LawBrokenError(HELD, f"{tx_id} is said to wait, and is not stored")

    def get(self, tx_id: str, answer: Answer) -> None:
        batch = done(self.database.batch(tx_id)) or self.engine.batch(tx_id)
        story = story_of(batch) if batch else None
        answer(story or RequestError("no such batch", code=ProblemCode.UNKNOWN_BATCH))

    # From sessions

    def opened(self, session: Listener, person: Person) -> None:
        self.sessions[session] = None
        self._send(self.engine.open(session, person, name=session.name, now_ms=self.now_ms, ts=self.ts))

    def received(self, session: Listener, data: bytes) -> None:
        if session in self.sessions:
            self._send(self.engine.received(session, data, self.now_ms, self.ts))

    def buffered(self, session: Listener, size: int) -> None:
        if session in self.sessions:
            self._send(self.engine.buffered(session, size, self.now_ms, self.ts))

    def lost(self, session: Listener) -> None:
        if self.sessions.pop(session, ...) is None:
            self.engine.close(session, self.now_ms)

    # Effects

    def _look(self) -> None:
        if self._observer_session is not None:
            self.observer.look(self.engine.machines, self.engine.open_targets())

    def _tick(self) -> None:
        now_ms, ts = self.now_ms, self.ts
        if self._observer_session is not None and self._observer_session in self.sessions:
            self.engine.touch(self._observer_session, now_ms)
        frames = self.engine.tick(now_ms, ts)
        if wrong := self._archive.sample(now_ms, ts):
            raise LawBrokenError(HISTORY, wrong[0])
        self._look()
        self._send(frames)
        self._later(TICK_MS, self._tick)

    def _send(self, effects: Iterable[HubEffect[Listener]]) -> None:
        grown: dict[Listener, None] = {}
        for effect in effects:
            if isinstance(effect, Send):
                data = effect.data
                for session in effect.sessions:
                    session.down(data)
                    grown[session] = None
            else:
                self.sessions.pop(effect.session, None)
                effect.session.close(effect.code, effect.reason)
        for session in grown:
            session.report_size()

    def _play(self, effects: Iterable[EngineEffect[Listener]]) -> None:
        for effect in effects:
            match effect:
                case Frames(frames):
                    self._send(frames)
                case Dispatch(writes):
                    engine = self.engine
                    self.judge.dispatched(
                        writes, self._served(), engine.rev, engine.open_targets(), self.clock.now_ms
                    )
                    self.floor.write(writes)
                case DispatchMore(tx_id):
                    self._later(0, partial(self._feed, MoreDue(tx_id)))
                case Reply(call, result):
                    if (answer := self._calls.pop(call, None)) is not None:
                        answer(_http_answer(result))
                case Store(changes, name):
                    self._store(changes, name)
                case Find(tx_id):
                    self._later(self.clock.between(*FIND_MS), partial(self._find, tx_id))
                case Probe():
                    self._later(self.clock.between(*STORE_MS), self._probe)
                case Settled():
                    pass
                case PlantTaken():
                    self._take_plant(effect)
                case _:
                    assert_never(effect)
        self._set_timer()

    def _served(self) -> Mapping[str, Record]:
        """Returns the machines of the plant file that the server read last."""
        machines = self.engine.machines
        return {key: machines[key] for key in machines if key not in self._leaving}

    def _set_timer(self) -> None:
        due_ms = self.engine.next_due_ms()
        if due_ms is not None and due_ms != self._due_ms:
            self._due_ms = due_ms
            self._later(due_ms - self.now_ms, partial(self._time_passed, due_ms))

    def _time_passed(self, due_ms: int) -> None:
        if self._due_ms == due_ms:
            self._due_ms = None
            self._feed(TimePassed())
            next_ms = self.engine.next_due_ms()
            if next_ms is not None and next_ms <= self.now_ms:
                raise LawBrokenError(
                    DUE_WORK, f"woken at {self.now_ms}, it wants to be woken at {next_ms} again"
                )

    # The disk

    def _store(self, changes: Sequence[Change], name: str) -> None:
        """Plans the commit at some instant within the time that a transaction takes."""
        for change in changes:
            if isinstance(change, RecordBatch):
                self.judge.accepted(change.batch, self.clock.now_ms)
            if isinstance(change, RecordBatch | RecordEvents):
                self.judge.raised(change.revs)
        commit_ms = self.clock.between(*(STALLED_MS if self.disk_stalls else STORE_MS))
        self._later(commit_ms, lambda: self._commit(changes, name))

    def _commit(self, changes: Sequence[Change], name: str) -> None:
        """Commits. Two of three commits that fail are in doubt: they were stored without an answer, or not at all."""
        if self.disk_fails and (kind := self.clock.now_ms % 3) < 2:
            if kind == 0:
                done(self.database.store(changes, name=name))
                self.judge.doubted(self.clock.now_ms)
            self._feed(NotStored(InDoubtError("the database has not answered")))
            return
        if self.disk_fails:
            self._feed(NotStored(StorageError("nothing was stored")))
            return
        done(self.database.store(changes, name=name))
        self._later(self.clock.between(*STORE_MS), lambda: self._feed(Stored()))

    def _find(self, tx_id: str) -> None:
        self._feed(Found(tx_id, done(self.database.batch(tx_id))))

    def _probe(self) -> None:
        if not self.disk_fails:
            self.judge.known(self.clock.now_ms)
        self._feed(Probed(not self.disk_fails, done(self.database.check())))
