"""The hub's interface: reports, revs, outcomes and sessions go in, effects come out.

Nothing here waits, reads a clock or uses a socket: the same calls at the same instants give the same effects. A command
never writes this state: only what a machine reports does (CMD-5).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Generic

from setpoint.contract.live import OpenTarget, TxOutcome
from setpoint.contract.values import Record
from setpoint.core.history import Recorder
from setpoint.core.hub.effects import Effect, HubCounters, HubLimits, Observer, ReportResult, S
from setpoint.core.hub.relay import Relay
from setpoint.core.hub.sessions import Sessions
from setpoint.core.hub.staleness import Staleness
from setpoint.core.hub.stream import TICK_MS, Stream
from setpoint.core.plant import Person, Plant, Report


class Hub(Generic[S]):
    """``epoch`` names this life of the server (SEQ-5); ``S`` is whatever the shell calls a session.

    ``now_ms`` is monotonic, ``ts`` Unix seconds. Call `tick` at least every 250 ms; instants never go back.
    """

    def __init__(
        self,
        plant: Plant,
        *,
        epoch: str,
        now_ms: int,
        limits: HubLimits = HubLimits(),  # noqa: B008  # frozen
    ) -> None:
        self.plant = plant
        self.epoch = epoch
        self.limits = limits
        self.counters = HubCounters()
        self._stream: Stream[S] = Stream(
            plant, epoch=epoch, now_ms=now_ms, limits=limits, counters=self.counters
        )
        self._sessions: Sessions[S] = Sessions(self._stream, limits, self.counters, now_ms)
        self._staleness = self._new_staleness()
        self._grid_from_ms: int | None = None
        self._records = {key: state.record for key, state in self._stream.states.items()}
        self.machines: Mapping[str, Record] = MappingProxyType(self._records)
        """Every machine's record, live: read it, never write it."""

    def _new_staleness(self) -> Staleness:
        limits = self.limits
        return Staleness(stale_after_ms=limits.stale_after_ms, offline_after_ms=limits.offline_after_ms)

    # From the machines

    def reported(self, reports: Sequence[Report], now_ms: int, ts: float) -> ReportResult[S]:
        """Takes the machines' reports. Critical changes leave at once (TICK-2) and are returned for the commands."""
        effects, critical, spoke = self._stream.report(reports, now_ms, ts)
        for state in spoke:
            self._staleness.watch(state)
        return ReportResult(effects, critical)

    def record(self) -> Recorder:
        """From now on a recorder gets every change; the shell samples it (HIST-3)."""
        self._stream.recorder = Recorder(self.plant, self.machines)
        return self._stream.recorder

    def observe(self, observer: Observer) -> None:
        """From now on the observer gets every change, until the plant changes."""
        self._stream.observer = observer

    # From the commands

    def revised(self, revs: Mapping[str, Mapping[str, int]]) -> None:
        """Takes the new counters of writable fields, by machine; they leave with the next delta."""
        self._stream.revise(revs)

    def opened(self, machine: str, field: str, target: OpenTarget) -> None:
        """A target is under way (OPEN-1). Its outcome ends it."""
        self._stream.opened(machine, field, target)

    def open_targets(self) -> dict[str, dict[str, OpenTarget]]:
        """By machine and field, the newest target that is under way."""
        return {key: state.open_targets() for key, state in self._stream.states.items() if state.open}

    def settled(self, outcomes: Sequence[TxOutcome], now_ms: int, ts: float) -> list[Effect[S]]:
        """Sends outcomes at once on all topics of their machines, with the values that are reported (TX-3)."""
        return self._stream.settle(outcomes, now_ms, ts)

    # From other servers

    @property
    def relay(self) -> Relay[S]:
        """The part of the stream that gateways get."""
        return Relay(lambda: self._stream)

    # From the operator of the server

    def change_plant(
        self,
        plant: Plant,
        *,
        epoch: str,
        gone: Collection[str],
        revs: Mapping[str, Mapping[str, int]],
        now_ms: int,
        ts: float,
    ) -> list[Effect[S]]:
        """Another plant (PLANT-1): the values of its machines stay, except of those that are ``gone``.

        Topics count from the beginning, in a new epoch, and every session gets a new ``hello``. ``revs`` are those of
        fields that were not sent before.
        """
        self.plant, self.epoch = plant, epoch
        former = self._stream
        self._stream = Stream(plant, epoch=epoch, now_ms=now_ms, limits=self.limits, counters=self.counters)
        self._stream.take_over(former, gone, revs, now_ms)
        self._staleness = self._new_staleness()
        for state in self._stream.states.values():
            self._staleness.watch(state)
        self._records.clear()
        self._records.update((key, state.record) for key, state in self._stream.states.items())
        return self._sessions.begin_again(self._stream, ts)

    # Time

    def tick(self, now_ms: int, ts: float) -> list[Effect[S]]:
        """Ages contacts, sends what is due (TICK-1), pings (HB-1), ends sessions that are too slow or silent."""
        for state, quality in self._staleness.overdue(now_ms):
            self._stream.degrade_quality(state, quality, now_ms, ts)
        # A snapshot before the deltas that follow it; deltas before the ping that names their numbers (SEQ-3).
        tick = self._tick_number(now_ms)
        effects = self._sessions.enforce_limits(now_ms, ts)
        effects += self._stream.tick(tick, now_ms, ts)
        effects += self._sessions.ping(tick, now_ms, ts)
        return effects

    def _tick_number(self, now_ms: int) -> int:
        """The number of this tick on the common grid, which lies half a tick before the first tick.

        So a tick that comes early or late by up to half a tick still gets the right number.
        """
        if self._grid_from_ms is None:
            self._grid_from_ms = now_ms - TICK_MS // 2
        return (now_ms - self._grid_from_ms) // TICK_MS

    # From the clients

    def open(self, session: S, person: Person, *, name: str, now_ms: int, ts: float) -> list[Effect[S]]:
        """Begins a session and says hello. ``name`` is the session's id on the wire."""
        return self._sessions.open(session, person, name=name, now_ms=now_ms, ts=ts)

    def received(self, session: S, data: bytes | str, now_ms: int, ts: float) -> list[Effect[S]]:
        """Takes one frame from a client, right or wrong (FLOW-2)."""
        return self._sessions.received(session, data, now_ms, ts)

    def touch(self, session: S, now_ms: int) -> list[Effect[S]]:
        """Takes any other sign of life from a client (HB-1); it counts as a frame (FLOW-2)."""
        return self._sessions.touch(session, now_ms)

    def buffered(self, session: S, size: int, now_ms: int, ts: float) -> list[Effect[S]]:
        """Takes how much a client has not read yet, when it passes a limit upwards or downwards (FLOW-1).

        For a client that waits for snapshots, call it also when it has read everything, so that it need not wait for
        the next tick.
        """
        return self._sessions.buffered(session, size, now_ms, ts)

    def awaiting_snapshot(self) -> Iterable[S]:
        """Sessions that wait for snapshots, because they have already been given as many at once as they may."""
        return self._sessions.awaiting_snapshot()

    def close(self, session: S, now_ms: int) -> None:
        """Forgets a session after its connection has ended."""
        self._sessions.close(session, now_ms)

    @property
    def sessions(self) -> int:
        """How many sessions are open."""
        return len(self._sessions)
