"""Plausible bugs of the engine's wiring. It stores, plays, announces or asks in a wrong order, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tests.simulation.mutant import Mutant, Patch, before, nothing

from setpoint.core.approval.approvals import Approvals
from setpoint.core.approval.effects import RecordHeld
from setpoint.core.commands import AnswerReady, DispatchMore, Echo, RecordBatch, Revise
from setpoint.core.commands.commands import Commands
from setpoint.core.engine.engine import Engine
from setpoint.core.engine.lookups import Lookups
from setpoint.core.engine.outbox import Outbox
from setpoint.core.engine.people import People

_NOW: list[Any] = [0, 0.0]
"""The instant of the event that the engine handles."""


def _note(self: Any, event: Any, now_ms: int, ts: float) -> None:
    _NOW[:] = [now_ms, ts]


_take = Engine._take
_announce = Engine._announce


def _at_once(kind: type) -> list[Patch]:
    """Plays these effects as they come, instead of after the facts before them are stored."""

    def take(self: Any, steps: Iterable[Any]) -> None:
        steps = list(steps)
        at_once: list[Any] = [step for step in steps if isinstance(step, kind)]
        _announce(self, at_once, *_NOW)
        _take(self, [step for step in steps if not isinstance(step, kind)])

    return [before(Engine, "handle", _note), (Engine, "_take", take)]


def _begun_before_stored() -> list[Patch]:
    """A batch leaves as soon as it is accepted. Only its answer waits until it is stored."""

    def take(self: Any, steps: Iterable[Any]) -> None:
        for step in list(steps):
            _take(self, [step])
            if isinstance(step, RecordBatch):
                _take(self, self._commands.recorded(step.batch.tx_id, *_NOW))

    def announce(self: Any, entries: Iterable[Any], now_ms: int, ts: float) -> None:
        _announce(self, [entry for entry in entries if not isinstance(entry, RecordBatch)], now_ms, ts)

    return [before(Engine, "handle", _note), (Engine, "_take", take), (Engine, "_announce", announce)]


def _without(*kinds: type) -> Patch:
    """Drops these effects."""

    def take(self: Any, steps: Iterable[Any]) -> None:
        _take(self, [step for step in steps if not isinstance(step, kinds)])

    return Engine, "_take", take


_begin = Outbox.begin


def _begin_backwards(self: Any, now_ms: int) -> Sequence[Any]:
    entries = list(_begin(self, now_ms))
    if entries:
        self._in_flight = entries[::-1]
    return self._in_flight or ()


def _forget_failed(self: Any, error: Any, now_ms: int) -> None:
    self._outbox.failed(now_ms)


def _announce_failed(self: Any, error: Any, now_ms: int) -> None:
    _announce(self, self._outbox.failed(now_ms), *_NOW)


_found = Lookups.found


def _found_nothing(self: Any, tx_id: str, batch: Any, now_ms: int, ts: float) -> Any:
    return _found(self, tx_id, None, now_ms, ts)


_restored = Commands.restored


def _restored_without_revs(self: Any, batches: Any, now_ms: int, ts: float, **_: Any) -> Any:
    return _restored(self, batches, now_ms, ts)


def _hold_and_answer(self: Any, request: Any, now_ms: int, ts: float) -> Any:
    """The author gets the answer that the batch waits, but nothing is stored."""
    steps = _hold(self, request, now_ms, ts)
    for step in steps:
        if isinstance(step, RecordHeld):
            return self.stored(step, now_ms)
    return steps


_hold = People._hold


_submit = Commands.submit


def _submit_as_confirmed(self: Any, *args: Any, **kwargs: Any) -> Any:
    return _submit(self, *args, **(kwargs | {"is_confirmed": True}))


WIRING: Sequence[Mutant] = (
    Mutant("an outcome is sent before it is stored", _at_once(Echo)),
    Mutant("a rev is sent before it is stored", _at_once(Revise), seed=12),
    Mutant("an answer is given before it is stored", _at_once(AnswerReady), seed=8),
    Mutant("a batch leaves before it is stored", _begun_before_stored()),
    Mutant("the outbox is played backwards", [(Outbox, "begin", _begin_backwards)]),
    Mutant("facts that could not be stored are forgotten", [(Engine, "_not_stored", _forget_failed)], seed=9),
    Mutant(
        "facts that could not be stored are treated as stored",
        [before(Engine, "handle", _note), (Engine, "_not_stored", _announce_failed)],
    ),
    Mutant("the commands do not learn of stops", [(Engine, "_stopped_or_cleared", nothing)], seed=5),
    Mutant("storage is not asked about a txId", [(Lookups, "found", _found_nothing)]),
    Mutant("the second part of a batch is forgotten", [_without(DispatchMore)]),
    Mutant("a restart forgets the revs", [(Commands, "restored", _restored_without_revs)]),
    Mutant("a batch is said to wait before it is stored", [(People, "_hold", _hold_and_answer)], seed=2),
    Mutant(
        "a batch that waits is not stored",
        [_without(RecordHeld), (People, "_hold", _hold_and_answer)],
        seed=2,
    ),
    Mutant(
        "nobody else has to confirm",
        [(Approvals, "is_needed", lambda *_: False), (Commands, "submit", _submit_as_confirmed)],
        seed=2,
    ),
)
"""The laws catch these like the others. The mutants of approval need a plant that requires two people."""
