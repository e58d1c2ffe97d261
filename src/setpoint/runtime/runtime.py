"""Starts and stops the parts of a server, and answers the HTTP layer.

Every event goes to the engine, and the player carries out its effects. Reads go to storage or to the engine's live
records.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial

import msgspec
import structlog

from setpoint import clock
from setpoint.contract.http.batches import AgainRequest, BatchAnswer, BatchKind, BatchRequest, BatchSummary
from setpoint.contract.http.machines import Event, FieldRev
from setpoint.contract.http.pages import Page
from setpoint.contract.http.plant import CapabilityName
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.values import Record
from setpoint.core.alarms import AlarmChange, AlarmKey, Raise
from setpoint.core.alarms.state import Act
from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.audit.changes import Change
from setpoint.core.audit.queries import BatchQuery, EventMark, EventQuery, KeptFile, PastTarget, TargetQuery
from setpoint.core.commands import Arrival, BatchRecord
from setpoint.core.commands.withdrawal import account_of
from setpoint.core.engine import (
    Again,
    Answered,
    Cancel,
    Confirm,
    Engine,
    PlantChanged,
    Reported,
    Submit,
    Withdraw,
)
from setpoint.core.engine import Event as EngineEvent
from setpoint.core.history import HistoryQuery
from setpoint.core.limits import PersonLimits
from setpoint.core.plant import Person, Plant, PlantChange, Report, Write, WriteAnswer, plant_change
from setpoint.core.shifts import RecordShiftEntry, ShiftEntry, ShiftQuery, ShiftQuestion
from setpoint.errors import MisuseError, RequestError, StorageError
from setpoint.history.historian import Historian
from setpoint.message import sentence
from setpoint.persistence.base import Persistence
from setpoint.runtime.batch_turns import ROOM, BatchTurns
from setpoint.runtime.event_monitor import EventMonitor
from setpoint.runtime.player import Player
from setpoint.runtime.sources import MakeSource, Serving, Sources
from setpoint.server.http.metrics import Figures, Metrics
from setpoint.server.live import LiveServer, LiveSession
from setpoint.sources.base import Simulator, Source

TICK_S = 0.25
"""The finest cadence (TICK-1)."""
RESTORE_UNKNOWN_FOR_S = 600.0
"""After a restart, items that ended ``unknown`` within this time are watched for a late landing (CMD-6)."""
STORE_ON_STOP_S = 5.0
CHANGE_WITHIN_S = 10.0
"""How long a change of the plant waits for the database."""

log = structlog.get_logger("setpoint.runtime")


class Runtime:
    """One server's parts, joined.

    They are passed in before they run; `start` and `stop` may each be called once. ``prepare`` is called before
    anything is restored: the demo stores a past there. ``simulators``: by source name, machines in which faults can be
    caused on purpose; by default all sources that allow it. ``make`` makes the sources of another plant
    (`change_plant`); without it, the sources stay as they are.
    """

    def __init__(
        self,
        plant: Plant,
        *,
        engine: Engine[LiveSession],
        live: LiveServer,
        persistence: Persistence,
        sources: Mapping[str, Source],
        simulators: Mapping[str, Simulator] | None = None,
        make: MakeSource | None = None,
        historian: Historian | None = None,
        prepare: Callable[[Persistence, Historian], Awaitable[None]] | None = None,
        event_monitor: EventMonitor | None = None,
    ) -> None:
        self.role = "plant"
        self.historian = historian
        self.ticked: Callable[[], None] = lambda: None
        """Called after each tick of the stream."""
        self._prepare = prepare
        self.engine = engine
        self.live = live
        self.persistence = persistence
        self.sources = Sources(plant, sources, self, make)
        self._simulators = simulators or {}
        self._changing = asyncio.Lock()
        self._prepared: Sequence[Serving] = ()
        self._changes: set[asyncio.Future[None]] = set()
        self.metrics = Metrics(self._figures)
        self.event_monitor = event_monitor or EventMonitor(persistence)
        self.player = Player(
            engine,
            live=live,
            persistence=persistence,
            sources=self.sources,
            settled=self.metrics.settled,
            plant_taken=self._plant_taken,
            stored=self._stored,
        )
        self._turns = BatchTurns()
        self._ticker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Restores what an earlier run left open (CMD-1), then starts the sources."""
        await self.persistence.start()
        if self.historian is not None:
            await self.historian.start()
            if self._prepare is not None:
                await self._prepare(self.persistence, self.historian)
        ts = time.time()
        revs = await self.persistence.revs()
        set_points = await self.persistence.set_points()
        left = await self.persistence.unsettled(ts - RESTORE_UNKNOWN_FOR_S)
        held = await self.persistence.held()
        self.player.play(
            self.engine.restore(
                revs=revs,
                batches=left,
                held=held,
                set_points=set_points,
                now_ms=clock.now_ms(),
                ts=time.time(),
            )
        )
        if self.historian is not None:
            self.historian.record(self.engine.record(), self.plant, time.time())
        await self.event_monitor.start(left, ts)
        self._observe()
        self._ticker = asyncio.create_task(self._tick(), name="tick")
        await self.sources.start()

    async def stop(self) -> None:
        """Ends the sources, whose open writes become ``unknown``, and stores what waits."""
        await asyncio.gather(*self._changes, return_exceptions=True)
        await self.sources.stop()
        if self._ticker is not None:
            self._ticker.cancel()
        if left := await self.player.stop(within_s=STORE_ON_STOP_S):
            log.error("not_stored", entries=left)
        if self.historian is not None:
            self.historian.sample(clock.now_ms(), time.time())
            await self.historian.stop()
        await self.event_monitor.stop()
        await self.persistence.close()

    # The plant changes

    @property
    def plant(self) -> Plant:
        return self.engine.plant

    async def change_plant(self, plant: Plant, by: str, address: str = "") -> PlantChange:
        """Takes another plant (PLANT-1, PLANT-2), and returns the differences.

        One change at a time. Raises `PlantError` or `ConfigError` for invalid sources, `RequestError` while nothing can
        be stored; then nothing has changed. Raises `StorageError` if the database has not answered in time; then the
        plant changes later.
        """
        task = asyncio.ensure_future(self._change_plant(plant, by, address))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:  # the client may have left; a change that has begun is finished
            async with asyncio.timeout(CHANGE_WITHIN_S):
                return await asyncio.shield(task)
        except TimeoutError as error:
            raise StorageError(
                sentence(
                    "words-database-has-not-taken-record-new",
                    "the database has not taken the record of the new plant yet; the plant changes as soon as it does",
                )
            ) from error

    async def _change_plant(self, plant: Plant, by: str, address: str) -> PlantChange:
        async with self._changing:
            change = plant_change(self.plant, plant)
            self._prepared = self.sources.prepare(plant)
            await self.player.ask(lambda call: PlantChanged(call, plant, by, address))
            log.info("plant_changed", by=by, **msgspec.to_builtins(change))
            return change

    def _observe(self) -> None:
        self.event_monitor.watch(self.plant, self.machines)
        self.engine.observe(self.event_monitor)

    def _plant_taken(self, plant: Plant) -> None:
        self._observe()
        if self.historian is not None:
            self.historian.record(self.engine.record(), plant, time.time())
        for each in self.sources.take(plant, self._prepared):
            self._changes.add(each)
            each.add_done_callback(self._source_changed)

    def _source_changed(self, done: asyncio.Future[None]) -> None:
        self._changes.discard(done)
        if not done.cancelled() and (error := done.exception()) is not None:
            log.error("source_failed_to_start", exc_info=error)

    # From the machines (a `Sink`)

    def reported(self, reports: Sequence[Report], /) -> None:
        self.player.feed(Reported(reports))

    def answered(self, answers: Sequence[WriteAnswer], /) -> None:
        self.player.feed(Answered(answers))

    def voided(self, write: Write, /) -> str | None:
        return self.engine.voided(write)

    def _stored(self, changes: Sequence[Change]) -> None:
        self._turns.stored(changes)
        self.event_monitor.stored(changes)

    # From people

    async def submit(
        self, request: BatchRequest, person: Person, *, arrival: Arrival | None = None
    ) -> BatchAnswer:
        """Runs a batch until its answer, within 3 s (CMD-3). Raises `RequestError` if the whole batch is refused.

        ``arrival`` is the instant at which the request arrived, if that was before now (CMD-8). If the batch needs a
        second person, it waits for `confirm`, and a `RequestError` says so.
        """
        arrival = arrival or _now()
        targets = sum(map(len, request.updates.values()))
        async with self._turns.of(account_of(person.name), request.tx_id, targets, arrival):
            return await self._answer(partial(Submit, request=request, person=person, arrival=arrival))

    async def again(
        self,
        followed: str,
        kind: BatchKind,
        tx_id: str,
        body: AgainRequest,
        person: Person,
        *,
        arrival: Arrival | None = None,
    ) -> BatchAnswer:
        """Undoes or retries an earlier batch, as the new batch ``tx_id``. Raises `RequestError`."""
        arrival = arrival or _now()
        earlier = self.engine.batch(followed)
        targets = ROOM if earlier is None else len(earlier.items)
        async with self._turns.of(account_of(person.name), tx_id, targets, arrival):
            return await self._answer(
                partial(
                    Again,
                    followed=followed,
                    kind=kind,
                    tx_id=tx_id,
                    body=body,
                    person=person,
                    arrival=arrival,
                )
            )

    async def cancel(self, tx_id: str, person: Person) -> BatchAnswer:
        """Withdraws the targets of a batch that have not left; returns when that is recorded (CMD-7). Raises
        `RequestError`.
        """
        return await self._answer(partial(Cancel, tx_id=tx_id, person=person))

    async def _answer(self, make_event: Callable[..., EngineEvent]) -> BatchAnswer:
        answer = await self.player.ask(lambda call: make_event(call=call))
        if answer is None:
            raise MisuseError("a batch is answered with its results")
        return answer

    # The second person

    async def held(self, person: Person) -> list[PendingApproval]:
        """The batches that wait for a second person and that this person sent or may confirm."""
        return self.engine.held(person, clock.now_ms())

    async def confirm(
        self, tx_id: str, person: Person, asked_by: Person, *, arrival: Arrival | None = None
    ) -> BatchAnswer:
        """Runs a waiting batch, with the current rights of the person who sent it. Raises `RequestError`."""
        arrival = arrival or _now()
        async with self._turns.of(account_of(person.name), tx_id, ROOM, arrival):
            return await self._answer(
                partial(Confirm, tx_id=tx_id, person=person, asked_by=asked_by, arrival=arrival)
            )

    async def withdraw(self, tx_id: str, person: Person) -> None:
        """Ends a waiting batch without sending anything. Raises `RequestError`."""
        await self.player.ask(lambda call: Withdraw(call, tx_id, person))

    async def batch(self, tx_id: str) -> BatchRecord | None:
        """The batch as it is stored. It never has outcomes that a crash could still lose (CMD-1)."""
        return await self.persistence.batch(tx_id) or self.engine.batch(tx_id)

    async def batches(self, query: BatchQuery) -> Page[BatchSummary]:
        return await self.persistence.batches(query)

    async def events(self, query: EventQuery) -> Page[Event]:
        return await self.persistence.events(query)

    async def alarms(self) -> list[AlarmChange]:
        return self.event_monitor.alarms()

    async def alarm_raises(self) -> Sequence[Raise]:
        return self.event_monitor.raises()

    async def act_on_alarm(self, key: AlarmKey, what: Act) -> AlarmChange:
        return await self.event_monitor.act(key, what, time.time())

    async def acknowledge(self, mark: EventMark) -> None:
        await self.event_monitor.acknowledge(mark)

    async def targets(self, query: TargetQuery) -> list[PastTarget]:
        return await self.persistence.targets(query)

    async def history(
        self, query: HistoryQuery, form: str, units: dict[str, str], changes: bytes
    ) -> tuple[bytes, str]:
        if self.historian is None:
            raise RequestError("this server records no history", code=ProblemCode.NO_HISTORY)
        return await self.historian.ask(query, form, units, changes)

    async def shift_report(self, question: ShiftQuestion, form: str) -> tuple[bytes, str]:
        if self.historian is None:
            raise RequestError("this server records no history", code=ProblemCode.NO_HISTORY)
        return await self.historian.ask_shift(question, form)

    async def shift_entries(self, query: ShiftQuery) -> list[ShiftEntry]:
        return await self.persistence.shift_entries(query)

    async def record_shift_entry(self, entry: ShiftEntry) -> None:
        await self.persistence.store([RecordShiftEntry(entry)])

    @property
    def history_state(self) -> str:
        """A sentence for people that says whether history is recorded, or why not."""
        if self.historian is None:
            return "off"
        return f"not recorded: {reason}" if (reason := self.historian.reason) else "recorded"

    async def keep_file(self, file: KeptFile, account: str, limits: PersonLimits) -> None:
        await self.persistence.keep_file(file, account, time.time(), limits)

    async def file(self, sha256: str, account: str) -> KeptFile | None:
        return await self.persistence.file(sha256, account)

    @property
    def ts(self) -> float:
        return time.time()

    @property
    def machines(self) -> Mapping[str, Record]:
        return self.engine.machines

    async def changes(self, machines: Collection[str]) -> list[FieldRev]:
        names = [field.name for field in self.plant.writable]
        revs = (self.engine.rev(machine, name) for machine in machines for name in names)
        return [rev for rev in revs if rev.rev]

    async def ready(self) -> None:
        """Raises `StorageError` while batches cannot be recorded."""
        if self.engine.is_degraded:
            raise StorageError(
                sentence(
                    "words-outcomes-wait-be-stored-see-log",
                    "outcomes wait to be stored; see the log, and the disk",
                )
            )
        await self.persistence.check()

    # Faults on purpose, in simulated machines

    @property
    def is_simulated(self) -> bool:
        return bool(self._simulators) or any(isinstance(each, Simulator) for each in self.sources.all())

    def capabilities(self, machine: str) -> list[CapabilityName] | None:
        serving = self.sources.of(machine)
        if serving is None or serving.described is None:
            return None
        return serving.described.capability.names

    def simulate_status(self, machine: str, status: str | None) -> None:
        self._simulator(machine).inject(machine, status)

    def simulate_fault(self, machine: str, fault: str | None) -> None:
        self._simulator(machine).inject_fault(machine, fault)

    def _simulator(self, machine: str) -> Simulator:
        found = self.plant.machines.get(machine)
        serving = self.sources.of(machine)
        simulator = (found and self._simulators.get(found.source)) or (serving and serving.source)
        if not isinstance(simulator, Simulator):
            raise MisuseError(f"{machine} is not a simulated machine of this plant")
        return simulator

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
            self.ticked()
            await asyncio.sleep(0)  # with many machines each step takes long, so other work runs in between
            if self.historian is not None:
                self.historian.sample(clock.now_ms(), time.time())
                await asyncio.sleep(0)
            for _ in range(self.event_monitor.parts):
                self.event_monitor.sample(clock.now_ms(), time.time())
                await asyncio.sleep(0)

    def _figures(self) -> Figures:
        return Figures(
            time.time(),
            self.engine.sessions,
            self.engine.counters,
            self.engine.machines,
            self.live.counters.closed,
            is_storing=not self.engine.is_degraded,
            tasks=len(asyncio.all_tasks()),
        )


def _now() -> Arrival:
    return Arrival(clock.now_ms(), time.time())
