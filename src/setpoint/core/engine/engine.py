"""The interface of the engine: events go in, effects come out. Every decision of the server is made in between.

    machines ── Reported, Answered ──▸ hub ──▸ commands ──▸ outbox ── Store ──▸ storage
    people ──── Submit, Again, … ────▸ people ─▸ commands ──┘  │
    storage ─── Stored, NotStored ──────────────────────────▸──┴─▸ hub (revs, outcomes), Reply, Dispatch

Reports go to the hub first, so that it has the value before anybody gets an outcome. The effects of commands are stored
before they are carried out; the outbox keeps that order (CMD-1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, assert_never

import msgspec

from setpoint.contract.http.machines import FieldRev
from setpoint.contract.live import By, ByKind, OpenTarget, TxOutcome
from setpoint.contract.values import Record, is_critical
from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.approval.effects import EndHeld, RecordHeld
from setpoint.core.audit.changes import Change, RecordFact
from setpoint.core.commands import (
    AnswerReady,
    BatchRecord,
    Commands,
    Dispatch,
    DispatchMore,
    Echo,
    RecordBatch,
    RecordEvents,
    RecordOutcomes,
    Refuse,
    Revise,
)
from setpoint.core.commands.dispatcher import CHUNK
from setpoint.core.commands.effects import LastReported, TakePlant
from setpoint.core.commands.fact import fact
from setpoint.core.engine.effects import Effect, Find, Frames, PlantTaken, Probe, Reply, Settled, Store
from setpoint.core.engine.events import (
    Again,
    Answered,
    Cancel,
    Confirm,
    Event,
    Found,
    MoreDue,
    NotFound,
    NotStored,
    PlantChanged,
    Probed,
    Reported,
    Stored,
    Submit,
    TimePassed,
    Withdraw,
)
from setpoint.core.engine.outbox import Entry, Outbox
from setpoint.core.engine.people import People, Step, no_storage
from setpoint.core.history import Recorder
from setpoint.core.hub import CriticalChange, Hub, HubCounters, HubLimits
from setpoint.core.hub.effects import Effect as HubEffect
from setpoint.core.hub.effects import Observer, S
from setpoint.core.hub.relay import Relay
from setpoint.core.plant import (
    Person,
    Plant,
    Report,
    Write,
    plant_change,
    usable_answers,
    usable_reports,
)
from setpoint.core.shifts.entries import RecordShiftEntry
from setpoint.errors import InDoubtError, StorageError


class Engine(Generic[S]):
    """``epoch`` names this life of the server (SEQ-5). ``now_ms`` is monotonic, ``ts`` Unix seconds, everywhere.

    ``chunk`` is how many targets of a batch leave at a time.
    """

    def __init__(
        self,
        plant: Plant,
        *,
        epoch: str,
        now_ms: int,
        limits: HubLimits = HubLimits(),  # noqa: B008  # frozen
        chunk: int = CHUNK,
    ) -> None:
        self._next_plant = plant
        """The plant that the commands use already; `plant` is the one that clients see."""
        self._epoch = epoch
        self._plants = 0
        self._leaving: frozenset[str] = frozenset()
        self._hub: Hub[S] = Hub(plant, epoch=epoch, now_ms=now_ms, limits=limits)
        self._commands = Commands(plant, self._hub.machines, chunk=chunk)
        self._outbox = Outbox(epoch)
        self._people = People(plant, self._commands, self._outbox)
        self._effects: list[Effect[S]] = []

    def restore(
        self,
        *,
        revs: Iterable[FieldRev],
        batches: Iterable[BatchRecord],
        held: Iterable[PendingApproval],
        set_points: Iterable[LastReported] = (),
        now_ms: int,
        ts: float,
    ) -> list[Effect[S]]:
        """Continues from what a former life of the server left (CMD-1). Called once, before any event."""
        self._people.approvals.take_up(held, now_ms, ts)
        steps = self._commands.restored(batches, now_ms, ts, revs=revs, set_points=set_points)
        # Announce fields that nobody changed yet with their rev: a client without a rev cannot name a base (CONF-1).
        untouched = {field.name: 0 for field in self.plant.writable}
        self._hub.revised(dict.fromkeys(self.plant.machines, untouched))
        self._hub.revised(self._commands.revs())
        self._effects = []
        self._take(steps)
        return self._finish(now_ms, ts)

    # What is known

    @property
    def plant(self) -> Plant:
        """The plant that clients see: a new one counts when all outcomes that follow from the change have been sent."""
        return self._hub.plant

    @property
    def machines(self) -> Mapping[str, Record]:
        """Every machine's record, live: read it, never write it."""
        return self._hub.machines

    @property
    def counters(self) -> HubCounters:
        """Counts of what the hub has sent and refused since the start."""
        return self._hub.counters

    @property
    def sessions(self) -> int:
        """How many sessions are open."""
        return self._hub.sessions

    @property
    def is_degraded(self) -> bool:
        """The last attempt to store something failed; no batch is taken."""
        return self._outbox.is_degraded

    @property
    def unstored(self) -> int:
        """The number of changes that wait to be stored or announced."""
        return len(self._outbox)

    def voided(self, write: Write) -> str | None:
        """Why a write must not leave, although it was dispatched: a stop came since then (SAFE-3)."""
        return self._commands.voided(write)

    def rev(self, machine: str, field: str) -> FieldRev:
        """The rev of a field, and who raised it last."""
        return self._commands.rev(machine, field)

    def open_targets(self) -> dict[str, dict[str, OpenTarget]]:
        """By machine and field, the newest target that is under way (OPEN-1)."""
        return self._hub.open_targets()

    def batch(self, tx_id: str) -> BatchRecord | None:
        """A batch that is under way or was a minute ago. If storage has it, that counts first (CMD-1)."""
        return self._commands.batch(tx_id)

    def held(self, person: Person, now_ms: int) -> list[PendingApproval]:
        """Batches that wait for a second person and that this person sent or may confirm."""
        return self._people.approvals.waiting(person, now_ms)

    def record(self) -> Recorder:
        """From now on a recorder gets every change; sample it four times a second (HIST-3).

        Another plant has another recorder: ask again with `PlantTaken`.
        """
        return self._hub.record()

    def observe(self, observer: Observer) -> None:
        """From now on an observer gets every change, until the plant changes. It decides nothing here (ALM-8)."""
        self._hub.observe(observer)

    def next_due_ms(self) -> int | None:
        """When `TimePassed` has something to do next; None while nothing is under way."""
        due_ms = self._commands.next_due_ms()
        for other_ms in (self._outbox.next_due_ms(), self._people.callers.next_due_ms()):
            if other_ms is not None and (due_ms is None or other_ms < due_ms):
                due_ms = other_ms
        return due_ms

    @property
    def relay(self) -> Relay[S]:
        """The part of the stream that gateways get."""
        return self._hub.relay

    # The sessions of /live

    @property
    def limits(self) -> HubLimits:
        """The limits of a session."""
        return self._hub.limits

    def open(self, session: S, person: Person, *, name: str, now_ms: int, ts: float) -> list[HubEffect[S]]:
        """Begins a session and says hello. ``name`` is the session's id on the wire."""
        return self._hub.open(session, person, name=name, now_ms=now_ms, ts=ts)

    def received(self, session: S, data: bytes | str, now_ms: int, ts: float) -> list[HubEffect[S]]:
        """Takes one frame from a client, right or wrong (FLOW-2)."""
        return self._hub.received(session, data, now_ms, ts)

    def touch(self, session: S, now_ms: int) -> list[HubEffect[S]]:
        """Takes any other sign of life from a client (HB-1)."""
        return self._hub.touch(session, now_ms)

    def buffered(self, session: S, size: int, now_ms: int, ts: float) -> list[HubEffect[S]]:
        """Takes how much a client has not read yet (FLOW-1)."""
        return self._hub.buffered(session, size, now_ms, ts)

    def awaiting_snapshot(self) -> Iterable[S]:
        """Sessions that wait for snapshots."""
        return self._hub.awaiting_snapshot()

    def close(self, session: S, now_ms: int) -> None:
        """Forgets a session after its connection has ended."""
        self._hub.close(session, now_ms)

    def tick(self, now_ms: int, ts: float) -> list[HubEffect[S]]:
        """Sends what is due on the stream (TICK-1, HB-1); call it every 250 ms."""
        self._commands.note_time(now_ms, ts)
        return self._hub.tick(now_ms, ts)

    # Everything else

    def handle(self, event: Event, now_ms: int, ts: float) -> list[Effect[S]]:
        """Takes an event, and returns its effects, to be carried out in this order."""
        self._effects = []
        match event:
            case Reported(reports):
                self._reported(usable_reports(reports, ts), now_ms, ts)
            case Answered(answers):
                self._take(self._commands.answered(usable_answers(answers), now_ms, ts))
            case Submit() | Again() | Cancel() | Confirm() | Withdraw():
                self._take(self._people.handle(event, now_ms, ts))
            case PlantChanged():
                self._change_plant(event, now_ms, ts)
            case Found() | NotFound():
                self._read(event, now_ms, ts)
            case Stored():
                self._announce(self._outbox.done(is_written=True), now_ms, ts)
            case NotStored(error):
                self._not_stored(error, now_ms)
            case Probed():
                self._probed(event, now_ms, ts)
            case TimePassed():
                self._take(self._commands.tick(now_ms, ts))
                self._take(self._people.overdue(now_ms))
            case MoreDue(tx_id):
                self._take(self._commands.dispatch(tx_id, now_ms, ts))
            case _:
                assert_never(event)
        return self._finish(now_ms, ts)

    def _read(self, event: Found | NotFound, now_ms: int, ts: float) -> None:
        lookups = self._people.lookups
        if isinstance(event, Found):
            ready = lookups.found(event.tx_id, event.batch, now_ms, ts)
        else:
            ready = lookups.failed(event.tx_id, event.error)
        for steps in ready:
            self._take(steps)

    # The plant changes (PLANT-1, PLANT-2)

    def _change_plant(self, event: PlantChanged, now_ms: int, ts: float) -> None:
        """The commands use the new plant at once. The hub follows when the outcomes of the change are sent."""
        if self._outbox.is_degraded:
            self._effects.append(Reply(event.call, no_storage("the server cannot store it at the moment")))
            return
        change = plant_change(self._next_plant, event.plant)
        self._next_plant = event.plant
        self._leaving |= change.gone
        self._take(self._people.change_plant(event.plant, change.gone, event.by, ts))
        self._take(self._commands.change_plant(event.plant, change.gone, now_ms, ts))
        about = {"event": "plant-changed", "person": event.by, "address": event.address}
        payload = {**about, **msgspec.to_builtins(change)}
        self._take(
            [RecordFact(fact(ts, "access", event.by, payload)), TakePlant(event.call, event.plant, change)]
        )

    def _take_plant(self, entry: TakePlant, now_ms: int, ts: float) -> None:
        self._plants += 1
        gone = entry.change.gone
        self._leaving -= gone
        epoch = f"{self._epoch}.{self._plants}"
        revs = self._commands.revs()
        self._send(
            self._hub.change_plant(entry.plant, epoch=epoch, gone=gone, revs=revs, now_ms=now_ms, ts=ts)
        )
        self._effects += [PlantTaken(entry.plant, entry.change), Reply(entry.call, None)]

    def _reported(self, reports: list[Report], now_ms: int, ts: float) -> None:
        if self._leaving:
            reports = [report for report in reports if report.machine not in self._leaving]
        result = self._hub.reported(reports, now_ms, ts)
        self._send(result.effects)
        for change in result.critical:
            self._stopped_or_cleared(change, now_ms, ts)
        self._take(self._commands.reported(reports, now_ms, ts))

    def _stopped_or_cleared(self, change: CriticalChange, now_ms: int, ts: float) -> None:
        if is_critical(change.before):
            self._take(self._commands.cleared(change.machine, str(change.before), ts))
        if is_critical(change.status):
            cause = None if change.cause is None else str(change.cause)
            self._take(self._commands.asserted(change.machine, str(change.status), cause, now_ms, ts))

    # Effects

    def _take(self, steps: Iterable[Step]) -> None:
        """Routes each step: stored first, behind what is stored, or now."""
        for step in steps:
            match step:
                case (
                    RecordBatch()
                    | RecordOutcomes()
                    | RecordEvents()
                    | RecordHeld()
                    | EndHeld()
                    | RecordFact()
                    | RecordShiftEntry()
                ):
                    self._outbox.put(step)
                case Revise() | Echo() | AnswerReady() | TakePlant():
                    self._outbox.put(step)
                case Dispatch() | DispatchMore() | Reply() | Find():
                    self._effects.append(step)
                case Refuse(tx_id, refusal):
                    self._effects += [Reply(call, refusal) for call in self._people.callers.take(tx_id)]
                case _:
                    assert_never(step)

    def _finish(self, now_ms: int, ts: float) -> list[Effect[S]]:
        """Begins the next transaction, if one is due. Entries that need no transaction are announced at once."""
        while entries := self._outbox.begin(now_ms):
            changes = _changes(entries)
            if changes:
                self._effects.append(Store(changes, self._outbox.name))
                break
            self._announce(self._outbox.done(is_written=False), now_ms, ts)
        if self._outbox.wants_probe(now_ms):
            self._effects.append(Probe())
        return self._effects

    def _announce(self, entries: Iterable[Entry], now_ms: int, ts: float) -> None:
        """Acts on stored facts, and announces what waited for them."""
        for entry in entries:
            match entry:
                case RecordBatch(batch):
                    self._take(self._people.stored(entry, now_ms))
                    self._open(batch, ts)
                    self._take(self._commands.recorded(batch.tx_id, now_ms, ts))
                case RecordHeld() | EndHeld():
                    self._take(self._people.stored(entry, now_ms))
                case RecordOutcomes() | RecordEvents() | RecordFact() | RecordShiftEntry():
                    pass
                case Revise(revs):
                    self._hub.revised(revs)
                case Echo(outcomes):
                    self._echo(outcomes, now_ms, ts)
                case AnswerReady(tx_id, answer, is_withdrawal, refusal):
                    for call in self._people.callers.take(tx_id, is_withdrawal=is_withdrawal):
                        self._effects.append(Reply(call, refusal or answer))
                case TakePlant():
                    self._take_plant(entry, now_ms, ts)
                case _:
                    assert_never(entry)

    def _open(self, batch: BatchRecord, ts: float) -> None:
        """Accepted targets are under way from here on, until their outcome is announced (OPEN-1)."""
        by = By(ByKind.OPERATOR, batch.person)
        for item in batch.items:
            if not item.outcome.is_final:
                self._hub.opened(item.machine, item.field, OpenTarget(item.tx_id, item.asked, by, ts))

    def _echo(self, outcomes: tuple[TxOutcome, ...], now_ms: int, ts: float) -> None:
        self._effects.append(Settled(outcomes))
        self._send(self._hub.settled(outcomes, now_ms, ts))

    def _send(self, frames: list[HubEffect[S]]) -> None:
        if frames:
            self._effects.append(Frames(frames))

    def _probed(self, event: Probed, now_ms: int, ts: float) -> None:
        """If a transaction was in doubt, it is known now whether it is stored.

        If it is not, storage counts as failing until the next attempt, a second later: a full disk answers a probe and
        stores nothing.
        """
        error, is_well = self._outbox.in_doubt, event.is_well
        if is_well and error is not None:
            if event.stored_last == self._outbox.name:
                self._announce(self._outbox.done(is_written=True), now_ms, ts)
            else:
                self._not_stored(StorageError(error.message), now_ms)
                is_well = False
        self._outbox.probed(now_ms, is_well=is_well)

    def _not_stored(self, error: StorageError, now_ms: int) -> None:
        """Batches are refused; everything else waits and is tried again, in its order."""
        if isinstance(error, InDoubtError):
            self._outbox.doubted(error, now_ms)
            return
        left: list[Entry] = []
        for entry in self._outbox.failed(now_ms):
            match entry:
                case RecordBatch(batch):
                    self._take(self._people.not_stored(entry, error, now_ms))
                    left += self._commands.not_recorded(batch.tx_id)
                case RecordHeld() | EndHeld():
                    self._take(self._people.not_stored(entry, error, now_ms))
                case _:
                    left.append(entry)
        self._outbox.put_back(left)


def _changes(entries: Iterable[Entry]) -> tuple[Change, ...]:
    changes: list[Change] = []
    for entry in entries:
        match entry:
            case Revise() | Echo() | AnswerReady() | TakePlant():
                pass
            case _:
                changes.append(entry)
    return tuple(changes)
