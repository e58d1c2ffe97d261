"""The one place that knows every room, and plays the effects.

The life of a value and the life of a command cross here. A source pushes what machines say (`Runtime.reported`): the
hub takes it first, so that the truth is there before anybody is told an outcome; then the commands see whether it
settles something. People's batches come in through `Runtime.submit`; what the commands ask for is handed to sources at
once or goes through the journal, stored first.

Nothing is decided here. Where this file has an ``if``, it asks which room an effect is for.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import assert_never

import structlog

from setpoint import clock
from setpoint.core.commands import (
    ANSWER_WITHIN_MS,
    AnswerReady,
    Arrival,
    BatchAnswer,
    BatchKind,
    BatchRecord,
    BatchRequest,
    Commands,
    Dispatch,
    DispatchMore,
    Echo,
    Effect,
    Event,
    FieldRev,
    RecordBatch,
    RecordEvents,
    RecordOutcomes,
    Refuse,
    Revise,
)
from setpoint.core.commands.history import BatchQuery, BatchSummary, EventQuery, KeptFile, Page
from setpoint.core.commands.ledger import Fact, fact
from setpoint.core.commands.second import Held, SecondPerson
from setpoint.core.commands.withdrawal import withdrawn_answer
from setpoint.core.hub import CriticalChange, Hub, TrendView
from setpoint.core.limits import PersonLimits
from setpoint.core.plant import (
    Answer,
    Person,
    Plant,
    Report,
    Write,
    WriteAnswer,
    is_critical,
    usable_answers,
    usable_reports,
)
from setpoint.core.protocol import Record
from setpoint.errors import MisuseError, RequestError, StorageError
from setpoint.persistence.base import Persistence
from setpoint.runtime.journal import JOURNALLED, Journal
from setpoint.server.live import LiveConnection, LiveServer
from setpoint.server.metrics import Figures, Metrics
from setpoint.sources.base import Simulator, Source
from setpoint.sources.supervision import stop_within

TICK_S = 0.25
"""The finest cadence (TICK-1)."""
RESTORE_UNKNOWN_FOR_S = 600.0
"""How far back items that ended ``unknown`` are watched for a late landing after a restart (CMD-6)."""
STORE_ON_STOP_S = 5.0

log = structlog.get_logger("setpoint.runtime")


class Runtime:
    """One server's rooms, joined. Made with rooms that are not running; `start` and `stop` run them, once.

    ``simulators`` by source name: where trouble can be made on purpose; the sources that are such, if not given.
    """

    def __init__(
        self,
        plant: Plant,
        *,
        hub: Hub[LiveConnection],
        live: LiveServer,
        persistence: Persistence,
        sources: Mapping[str, Source],
        simulators: Mapping[str, Simulator] | None = None,
    ) -> None:
        self.plant = plant
        self.hub = hub
        self.live = live
        self.persistence = persistence
        self.sources = sources
        self._simulators = simulators or {
            name: source for name, source in sources.items() if isinstance(source, Simulator)
        }
        self.metrics = Metrics(self._figures)
        self._commands = Commands(plant, hub.machines)
        self._second = SecondPerson(plant)
        self._journal = Journal(persistence, play=self._play_stored, refuse=self._refused)
        self._answers: dict[str, asyncio.Future[BatchAnswer]] = {}
        self._withdrawals: dict[str, asyncio.Future[BatchAnswer]] = {}
        self._writes: set[asyncio.Task[None]] = set()
        self._due: asyncio.TimerHandle | None = None
        self._ticker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Takes up what a former run left (CMD-1), then lets the machines speak."""
        await self.persistence.start()
        self._commands = Commands(self.plant, self.hub.machines, revs=await self.persistence.revs())
        # A field that nobody changed yet is told as such: who sees no rev cannot say which one they saw (CONF-1).
        untouched = {field.name: 0 for field in self.plant.writable}
        self.hub.revised(dict.fromkeys(self.plant.machines, untouched))
        self.hub.revised(self._commands.revs())
        left = await self.persistence.unsettled(time.time() - RESTORE_UNKNOWN_FOR_S)
        self._second.take_up(await self.persistence.held(time.time()))
        self._journal.start()
        self._play(self._commands.restored(left, _now_ms(), time.time()))
        self._ticker = asyncio.create_task(self._tick(), name="tick")
        for name, source in self.sources.items():
            await source.start(self)
            log.info("source_started", source=name)

    async def stop(self) -> None:
        """Ends the sources, whose open writes become ``unknown``, and stores what waits."""
        await asyncio.gather(*(self._stop_source(name) for name in self.sources))
        for task in (*self._writes, *filter(None, (self._ticker,))):
            task.cancel()
        if self._due is not None:
            self._due.cancel()
        if left := await self._journal.stop(within_s=STORE_ON_STOP_S):
            log.error("not_stored", effects=left)
        await self.persistence.close()

    async def _stop_source(self, name: str) -> None:
        """In bounded time: a source that does not stop is abandoned, and its end is forced when the loop closes."""
        task = asyncio.create_task(self.sources[name].stop(), name=f"stop {name}")
        left = await stop_within([task], name, is_asked=True)
        if not left and (error := task.exception()) is not None:
            log.error("source_failed_to_stop", source=name, exc_info=error)

    # From the machines (a `Sink`)

    def reported(self, reports: Sequence[Report], /) -> None:
        now_ms, ts = _now_ms(), time.time()
        reports = usable_reports(reports, ts)
        heard = self.hub.reported(reports, now_ms, ts)
        self.live.play(heard.effects)
        for change in heard.critical:
            self._play(self._stopped_or_cleared(change, now_ms, ts))
        self._play(self._commands.reported(reports, now_ms, ts))

    def answered(self, answers: Sequence[WriteAnswer], /) -> None:
        self._play(self._commands.answered(usable_answers(answers), _now_ms(), time.time()))

    def _stopped_or_cleared(self, change: CriticalChange, now_ms: int, ts: float) -> Iterable[Effect]:
        if is_critical(change.before):
            yield from self._commands.cleared(change.machine, str(change.before), ts)
        if is_critical(change.status):
            cause = None if change.cause is None else str(change.cause)
            yield from self._commands.asserted(change.machine, str(change.status), cause, now_ms, ts)

    # From people

    async def submit(
        self,
        request: BatchRequest,
        person: Person,
        *,
        kind: BatchKind = BatchKind.COMMIT,
        follows: str | None = None,
        is_confirmed: bool = False,
        arrival: Arrival | None = None,
    ) -> BatchAnswer:
        """A batch, up to its answer within 3 s (CMD-3). Raises `RequestError` for what is refused whole.

        ``arrival``: when the request came in, where that was before now (CMD-8).
        Where the plant asks for a second person, the batch waits for `confirm` and 409 says so.
        """
        if self._journal.is_ailing:
            raise _no_storage("the server cannot store it at the moment")
        arrival = arrival or _now()
        tx_id = request.tx_id
        is_known = self._commands.knows(tx_id)
        stored = None if is_known else await self.persistence.batch(tx_id)
        if not (is_confirmed or is_known or stored) and self._second.is_needed(request):
            self._commands.refuse_early(request, person, arrival, _now())
            raise await self._hold(self._commands.with_base(request), person, kind, follows)
        effects = self._commands.submit(
            request,
            person,
            _now_ms(),
            time.time(),
            stored=stored,
            kind=kind,
            follows=follows,
            is_confirmed=is_confirmed,
            arrival=arrival,
        )
        answer = self._answers.setdefault(tx_id, asyncio.get_running_loop().create_future())
        self._play(effects)
        return await asyncio.shield(answer)

    async def cancel(self, tx_id: str, person: Person) -> BatchAnswer:
        """Withdraws what of a batch has not left, up to the record of it (CMD-7). Raises `RequestError`."""
        stored = None if self._commands.knows(tx_id) else await self.persistence.batch(tx_id)
        ts = time.time()
        held = self._second.to_withdraw(tx_id, person, ts)
        effects = self._commands.cancel(tx_id, person, _now_ms(), ts, stored=stored)
        if held is not None:
            await self.withdraw(tx_id, person)
            return withdrawn_answer(held.request, person)
        waiting = self._withdrawals.setdefault(tx_id, asyncio.get_running_loop().create_future())
        self._play(effects)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_MS / 1000):
                answer = await asyncio.shield(waiting)
        except TimeoutError:
            raise _not_stored("it was withdrawn, but that is not stored yet; ask again") from None
        if not answer.results:
            payload = {"event": "withdrawn", "txId": tx_id, "person": person.name}
            await self.persistence.store((), (fact(ts, "withdrawal", person.name, payload),))
        return answer

    # The second person

    def held(self, person: Person) -> list[Held]:
        """Batches that wait for a second person, as far as this one has to do with them."""
        return self._second.waiting(person, time.time())

    async def _hold(
        self, request: BatchRequest, person: Person, kind: BatchKind, follows: str | None
    ) -> RequestError:
        """Lets the batch wait, stored before who asked is told so; the answer for them."""
        ts = time.time()
        is_new = not self._second.is_held(request.tx_id, ts)
        held = self._second.hold(request, person, ts, kind=kind, follows=follows)
        if is_new:
            try:
                await self.persistence.hold(held, _told_second("held", held, person))
            except StorageError:
                self._second.drop(held)
                raise
        return self._second.refusal(held)

    async def confirm(
        self, tx_id: str, person: Person, asked_by: Person, *, arrival: Arrival | None = None
    ) -> BatchAnswer:
        """Begins a held batch, with the rights that whoever asked for it has now. Raises `RequestError`.

        It stops waiting in the transaction that records it as a batch: whatever crashes before, it still waits.
        """
        arrival = arrival or _now()
        held = self._second.confirm(tx_id, person, time.time())
        try:
            await self.persistence.store((), (_told_second("confirmed", held, person),))
            return await self.submit(
                held.request,
                asked_by,
                kind=held.kind,
                follows=held.follows,
                is_confirmed=True,
                arrival=arrival,
            )
        except StorageError:
            self._second.take_up([held])
            raise
        except RequestError as error:
            if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
                self._second.take_up([held])
            else:
                await self.persistence.release(tx_id, _told_second("refused", held, person))
            raise

    async def withdraw(self, tx_id: str, person: Person) -> None:
        """Ends a held batch without sending anything. Raises `RequestError`."""
        held = self._second.withdraw(tx_id, person, time.time())
        try:
            await self.persistence.release(tx_id, _told_second("withdrawn", held, person))
        except StorageError:
            self._second.take_up([held])
            raise

    async def batch(self, tx_id: str) -> BatchRecord | None:
        """As it is recorded: an outcome that a crash could still take is not told (CMD-1)."""
        return await self.persistence.batch(tx_id) or self._commands.batch(tx_id)

    async def batches(self, query: BatchQuery) -> Page[BatchSummary]:
        return await self.persistence.batches(query)

    async def events(self, query: EventQuery) -> Page[Event]:
        return await self.persistence.events(query)

    async def keep_file(self, file: KeptFile, account: str, limits: PersonLimits) -> None:
        await self.persistence.keep_file(file, account, time.time(), limits)

    async def file(self, sha256: str, account: str) -> KeptFile | None:
        return await self.persistence.file(sha256, account)

    @property
    def machines(self) -> Mapping[str, Record]:
        return self.hub.machines

    def rev(self, machine: str, field: str) -> FieldRev:
        return self._commands.rev(machine, field)

    def trend(self, machine: str) -> TrendView:
        return self.hub.trend(machine, _now_ms(), time.time())

    async def ready(self) -> None:
        """Raises `StorageError` while batches could not be recorded."""
        if self._journal.is_ailing:
            raise StorageError("outcomes wait to be stored; see the log, and the disk")
        await self.persistence.check()

    # Trouble on purpose, in simulated machines

    @property
    def is_simulated(self) -> bool:
        return bool(self._simulators)

    def simulate_status(self, machine: str, status: str | None) -> None:
        self._simulator(machine).inject(machine, status)

    def simulate_fault(self, machine: str, fault: str | None) -> None:
        self._simulator(machine).inject_fault(machine, fault)

    def _simulator(self, machine: str) -> Simulator:
        found = self.plant.machines.get(machine)
        simulator = self._simulators.get(found.source) if found else None
        if simulator is None:
            raise MisuseError(f"{machine} is no simulated machine of this plant")
        return simulator

    # Effects

    def _play(self, effects: Iterable[Effect]) -> None:
        journalled = []
        for effect in effects:
            if isinstance(effect, JOURNALLED):
                journalled.append(effect)
            else:
                self._play_now(effect)
        if journalled:
            self._journal.put(journalled)
        self._set_timer()

    def _play_now(self, effect: Effect) -> None:
        match effect:
            case Dispatch(writes, limit_ms):
                self._hand_over(writes, limit_ms)
            case DispatchMore(tx_id):
                asyncio.get_running_loop().call_soon(self._dispatch_more, tx_id)
            case Refuse(tx_id, refusal):
                if (waiting := self._answers.pop(tx_id, None)) is not None and not waiting.done():
                    waiting.set_exception(refusal)
            case _:
                raise AssertionError(f"{type(effect).__name__} belongs into the journal")

    def _play_stored(self, effect: Effect) -> None:
        now_ms, ts = _now_ms(), time.time()
        match effect:
            case RecordBatch(batch):
                self._play(self._commands.recorded(batch.tx_id, now_ms, ts))
            case RecordOutcomes() | RecordEvents():
                pass
            case Revise(revs):
                self.hub.revised(revs)
            case Echo(outcomes):
                self.metrics.settled(outcomes)
                self.live.play(self.hub.settled(outcomes, now_ms, ts))
            case AnswerReady(tx_id, answer, is_withdrawal, refusal):
                asked = self._withdrawals if is_withdrawal else self._answers
                if (waiting := asked.pop(tx_id, None)) is not None and not waiting.done():
                    if refusal is not None:
                        waiting.set_exception(refusal)
                    else:
                        waiting.set_result(answer)
            case Dispatch() | DispatchMore() | Refuse():
                raise AssertionError(f"{type(effect).__name__} is played at once")
            case _:
                assert_never(effect)

    def _dispatch_more(self, tx_id: str) -> None:
        self._play(self._commands.dispatch(tx_id, _now_ms(), time.time()))

    def _refused(self, effect: RecordBatch, error: StorageError) -> list[Effect]:
        tx_id = effect.batch.tx_id
        for asked in (self._answers, self._withdrawals):
            if (waiting := asked.pop(tx_id, None)) is not None and not waiting.done():
                waiting.set_exception(_no_storage(error.message))
        return self._commands.not_recorded(tx_id)

    def _hand_over(self, writes: Sequence[Write], limit_ms: int) -> None:
        by_source: dict[str, list[Write]] = defaultdict(list)
        for write in writes:
            by_source[self.plant.machines[write.machine].source].append(write)
        for name, part in by_source.items():
            task = asyncio.create_task(self._write(name, part, limit_ms), name=f"write to {name}")
            self._writes.add(task)
            task.add_done_callback(self._writes.discard)

    async def _write(self, name: str, writes: Sequence[Write], limit_ms: int) -> None:
        """A source raises nothing, says its interface; a faulty one must not leave items without an answer.

        The process may have been stopped since the writes were decided: nothing leaves after its limit (CMD-8).
        """
        if _now_ms() >= limit_ms:
            late = "too late: the server stood still before it could send this"
            self.answered(
                [WriteAnswer(each.tx_id, each.machine, each.field, Answer.REFUSED, late) for each in writes]
            )
            return
        try:
            await self.sources[name].write(writes)
        except Exception:
            log.exception("source_failed_to_write", source=name, writes=len(writes))
            message = "the source failed while writing; it may have reached the machine"
            self.answered(
                [
                    WriteAnswer(each.tx_id, each.machine, each.field, Answer.UNKNOWN, message)
                    for each in writes
                ]
            )

    # Time

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + TICK_S, loop.time())
            await asyncio.sleep(due - loop.time())
            late_s = loop.time() - due
            self.metrics.ticked(late_s)
            self.live.tick(late_s)
            self._commands.note_time(_now_ms(), time.time())

    def _set_timer(self) -> None:
        """The commands say when time alone changes something (answers after 3 s, outcomes after 5 s)."""
        due_ms = self._commands.next_due_ms()
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if due_ms is not None:
            delay_s = max(0, due_ms - _now_ms()) / 1000
            self._due = asyncio.get_running_loop().call_later(delay_s, self._time_passed)

    def _time_passed(self) -> None:
        self._due = None
        self._play(self._commands.tick(_now_ms(), time.time()))

    def _figures(self) -> Figures:
        return Figures(
            time.time(),
            self.hub.sessions,
            self.hub.counters,
            self.hub.machines,
            self.live.counters.closed,
            is_storing=not self._journal.is_ailing,
            tasks=len(asyncio.all_tasks()),
        )


def _told_second(what: str, held: Held, person: Person) -> Fact:
    """What the audit tells of a batch that waits: what ``person`` did with it."""
    payload = {
        "event": what,
        "txId": held.request.tx_id,
        "person": person.name,
        "askedBy": held.person.name,
        "updates": held.request.updates,
        "reason": held.request.reason,
    }
    return fact(time.time(), "second-person", person.name, payload)


def _now_ms() -> int:
    return clock.now_ms()


def _now() -> Arrival:
    return Arrival(clock.now_ms(), time.time())


def _no_storage(why: str) -> RequestError:
    return _not_stored(f"nothing was changed: {why}; try again, or ask whoever runs the server")


def _not_stored(message: str) -> RequestError:
    return RequestError(message, status=503, code="storage-failed")
