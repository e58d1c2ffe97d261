"""Three tiers: `$server` is what the socket delivered, `$pending` has the pending targets, `$view` is what people see.

    server_slice    `$server`: topics, positions, records, revs, overview           (TIER-1, SEQ-7, OVER-3)
    outcomes        what an outcome means to a target, in which words               (CMD, CONF)
    pending_targets `$pending`: the transactions, locks and notices, and how each is changed
    pending_slice   the rules by which they change                                  (LOCK, TX, CONF, SAFE)
    selectors       `$view`: both merged, machine by machine                        (TIER-2, TIER-4)
    types           events, effects, records

There is one entry point, `Store.step`. It accepts frames from the link, actions of people, and answers over HTTP, and
returns effects for the shell. Only frames write `$server`. `Schedule` sets deadlines, and every event checks them. A
step costs in proportion to what it changed: the maps are kept, the records in them are frozen and replaced, and a view
is computed when it is read (TIER-3).

The board's twin is ``frontend/src/store/machine``; both replay ``conformance/vectors/store``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import assert_never

import msgspec

from setpoint.contract.live import Delta, Hello, Snapshot
from setpoint.core.store.pending_slice import PendingSlice
from setpoint.core.store.selectors import (
    PendingState,
    ViewState,
    batch_body,
    get_condition,
    get_open_target,
    get_render_state,
    tally,
)
from setpoint.core.store.server_slice import ServerSlice, ServerState
from setpoint.core.store.types import (
    LOCK_MS,
    NOTICE_MS,
    PENDING_PHASES,
    Answered,
    AskBatch,
    Cancel,
    Changed,
    Commit,
    Effect,
    Event,
    Expire,
    Inflight,
    Lock,
    Lost,
    MachineState,
    MachineView,
    NotFound,
    Notice,
    NoticeKind,
    Notify,
    Overlay,
    Phase,
    Recent,
    Refused,
    Result,
    Schedule,
    Status,
    Target,
    Transaction,
    Transition,
    Unsubscribed,
    Wake,
)

__all__ = [
    "LOCK_MS",
    "NOTICE_MS",
    "PENDING_PHASES",
    "Answered",
    "AskBatch",
    "Cancel",
    "Changed",
    "Commit",
    "Effect",
    "Event",
    "Expire",
    "Inflight",
    "Lock",
    "Lost",
    "MachineState",
    "MachineView",
    "NotFound",
    "Notice",
    "NoticeKind",
    "Notify",
    "Overlay",
    "PendingSlice",
    "PendingState",
    "Phase",
    "Recent",
    "Refused",
    "Result",
    "Schedule",
    "ServerSlice",
    "ServerState",
    "Status",
    "Store",
    "Target",
    "Transaction",
    "Unsubscribed",
    "ViewState",
    "Wake",
    "batch_body",
    "get_condition",
    "get_open_target",
    "get_render_state",
    "tally",
]


class Store:
    """One client's picture of the plant. ``writable``: the names of the fields that can have targets (LOCK-1)."""

    __slots__ = ("_views", "pending", "server")

    def __init__(self, writable: Collection[str]) -> None:
        self.server = ServerSlice()
        self.pending = PendingSlice(self.server, frozenset(writable))
        self._views: dict[str, MachineView | None] = {}

    def step(self, event: Event, now_ms: int) -> list[Effect]:
        """Applies ``event`` at the monotonic instant ``now_ms``, and returns its effects.

        Raises `IllegalTransitionError`, and changes nothing, for a `Commit` of a known txId, of nothing, or of a
        field that cannot be set, and for an `Inflight` or `Cancel` of what is not waiting to be sent. Nothing from
        the network is refused: whatever does not fit is ignored.
        """
        self.pending.check(event, now_ms)
        transition = Transition(now_ms)
        self.pending.expire(transition)
        self._take(event, transition)
        for machine in transition.machines:
            self._views.pop(machine, None)
        effects = transition.effects()
        at_ms = self.pending.next_deadline()
        if at_ms is not None:
            effects.append(Schedule(at_ms))
        return effects

    def may_be_set(self, writable: Collection[str]) -> None:
        """The plant was read again: from now on these fields can have targets (LOCK-1, PLANT-1)."""
        self.pending.may_be_set(frozenset(writable))

    def _take(self, event: Event, transition: Transition) -> None:
        match event:
            case Delta() | Snapshot() | Hello() | Unsubscribed():
                self._take_frame(event, transition)
            case Commit():
                self.pending.commit(event, transition)
            case Inflight(tx_id=tx_id):
                self.pending.inflight(tx_id, transition)
            case Cancel(tx_id=tx_id):
                self.pending.cancel(tx_id, transition)
            case Answered() | Refused() | Lost() | NotFound():
                self._take_answer(event, transition)
            case Wake():
                self.pending.wake(transition)
            case Expire():
                pass  # the deadlines were checked on entry
            case _:
                assert_never(event)

    def _take_frame(self, event: Delta | Snapshot | Hello | Unsubscribed, transition: Transition) -> None:
        """`$server` first: outcomes are judged against the values of the same frame (TX-3)."""
        match event:
            case Delta():
                if self.server.apply_delta(event, transition):
                    self.pending.take_outcomes(event.tx, transition)
                    self.pending.void_critical(transition)
            case Snapshot():
                if self.server.apply_snapshot(event, transition):
                    self.pending.take_outcomes(event.tx, transition)
                    self.pending.void_critical(transition)
            case Hello():
                self.server.greet(event)
                self.pending.ask_again(transition)
            case Unsubscribed(topic=topic):
                self.server.unsubscribe(topic, transition)

    def _take_answer(self, event: Answered | Refused | Lost | NotFound, transition: Transition) -> None:
        match event:
            case Answered(tx_id=tx_id, results=results):
                self.pending.answered(tx_id, results, transition)
            case Refused(tx_id=tx_id, message=message):
                self.pending.refused(tx_id, message, transition)
            case Lost(tx_id=tx_id):
                self.pending.lost(tx_id, transition)
            case NotFound(tx_id=tx_id, asked_ms=asked_ms):
                self.pending.not_found(tx_id, asked_ms, transition)

    def machines(self) -> Iterator[str]:
        """Every machine that can be viewed: known to the server, or with a target."""
        yield from self.server.machines
        yield from (machine for machine in self.pending.locks if machine not in self.server.machines)

    def view(self, machine: str) -> MachineView | None:
        """One machine as a person sees it; the same object until something in it changes."""
        if machine in self._views:
            return self._views[machine]
        view = get_render_state(self.server, self.pending, machine)
        self._views[machine] = view
        return view

    def state(self) -> dict[str, object]:
        """The whole state as plain data: what the conformance vectors compare."""
        server, pending = self.server, self.pending
        plain = msgspec.to_builtins
        found: object = plain(
            {
                "server": {
                    "epoch": server.epoch,
                    "topics": {
                        name: {
                            "position": topic.position,
                            "ts": topic.ts,
                            "machines": sorted(topic.machines),
                            "kpis": sorted(topic.kpis),
                        }
                        for name, topic in server.topics.items()
                    },
                    "machines": server.machines,
                    "kpis": server.kpis,
                    "revs": server.revs,
                    **({"open": server.open} if server.open else {}),
                    **({"overview": server.overview} if server.overview else {}),
                    "recent": {machine: list(outcomes) for machine, outcomes in server.recent.items()},
                },
                "pending": {
                    "transactions": pending.transactions,
                    "locks": {
                        machine: {field: lock.tx_id for field, lock in locks.items()}
                        for machine, locks in pending.locks.items()
                    },
                    "notices": pending.notices,
                },
                "view": {machine: self.view(machine) for machine in self.machines()},
            }
        )
        assert isinstance(found, dict)
        return found
