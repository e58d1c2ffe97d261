"""The write state of one target, from acceptance to its one final outcome.

    Queued ──handed over──▸ Sent ──taken──▸ Acknowledged ──▸ Done
       │                     │                   │
       │ stop, withdrawn,    │ silence           │ silence
       │ late, moved,        │                   │
       │ superseded, removed │                   │
       ▼                     ▼                   ▼
      Done                  Unconfirmed ──late report, late refusal, too late──▸ Done

Only what the machine *reports* settles a target, never the request itself:

- A report of the target settles it as ``applied``, before its answer or after. There is one exception: if the machine
  reported that value all along, a report from before the answer proves nothing. Then the answer decides: if it is
  ``taken`` and the machine still reports the target, the target is ``applied`` at once (TX-4), because a source that
  reports only changes will not report it again. If another write to the field was under way (``is_over``), that one
  may still take effect, so the next report or the deadline decides.
- A report of another value settles nothing by itself: it may have been on its way before the write. When the time is
up, the last report decides: if it is another value, the target is ``diverged``.
- Silence is ``unknown``, never ``failed``: the write may still land. `Unconfirmed` waits for that, for a while (CMD-3).

Only `step` changes a state. Whether a machine reports the target is decided by the field's tolerance (TOL-1).
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

import msgspec

from setpoint.contract.live import Outcome
from setpoint.contract.values import Value
from setpoint.core.plant import Answer
from setpoint.errors import IllegalTransitionError


class Queued(msgspec.Struct, frozen=True, gc=False):
    """Accepted, on its way to storage; nothing has left yet."""


class Sent(msgspec.Struct, frozen=True, gc=False):
    """Handed over, not answered. ``stop`` is the stop since then, if there was one."""

    is_over: bool = False
    stop: str | None = None


class Acknowledged(msgspec.Struct, frozen=True, gc=False):
    """The machine took it; its report is awaited. ``has_spoken``: it has reported the field since."""

    is_over: bool = False
    stop: str | None = None
    has_spoken: bool = False


class Unconfirmed(msgspec.Struct, frozen=True, gc=False):
    """Ended ``unknown``; a late report or refusal still settles it, once."""

    stop: str | None = None


class Done(msgspec.Struct, frozen=True, gc=False):
    """Its final outcome is known. ``stop`` is that of the state that ended."""

    stop: str | None = None


WriteState: TypeAlias = Queued | Sent | Acknowledged | Unconfirmed | Done


def stop_of(state: WriteState) -> str | None:
    """The stop since the write was handed over, if there was one."""
    return None if isinstance(state, Queued) else state.stop


class HandedOver(msgspec.Struct, frozen=True, gc=False):
    """The write leaves now. ``is_over``: it follows another write to the field that is still under way."""

    is_over: bool = False


class Answered(msgspec.Struct, frozen=True, gc=False):
    """The source answered; ``is_there``: the machine already reports the target."""

    answer: Answer
    is_there: bool


class Reported(msgspec.Struct, frozen=True, gc=False):
    """The machine reported the field: ``is_there`` says whether it has the target now, ``was_there`` whether it had it
    in the report before.
    """

    is_there: bool
    was_there: bool


class Due(msgspec.Struct, frozen=True, gc=False):
    """The time for answer and report, or for a late landing, is over."""

    is_there: bool


class Stopped(msgspec.Struct, frozen=True, gc=False):
    """A critical status was asserted at the machine."""

    status: str


class Barred(msgspec.Struct, frozen=True, gc=False):
    """Contact with the machine was lost before the write left (SAFE-4)."""


class Withdrawn(msgspec.Struct, frozen=True, gc=False):
    """Somebody took it back before it left (CMD-7)."""


class Expired(msgspec.Struct, frozen=True, gc=False):
    """Its time was over before it left (CMD-8)."""


class Moved(msgspec.Struct, frozen=True, gc=False):
    """The machine changed the field by itself before the write left (PRE-1)."""


class Superseded(msgspec.Struct, frozen=True, gc=False):
    """A newer write to the field leaves."""


class Removed(msgspec.Struct, frozen=True, gc=False):
    """The plant no longer has the machine or its field (PLANT-2)."""


WriteEvent: TypeAlias = (
    HandedOver
    | Answered
    | Reported
    | Due
    | Stopped
    | Barred
    | Withdrawn
    | Expired
    | Moved
    | Superseded
    | Removed
)

_DONE = Done()


def step(state: WriteState, event: WriteEvent) -> tuple[WriteState, Outcome | None]:
    """The state after ``event``, and the outcome to announce, if any.

    Raises `IllegalTransitionError` for a caller's mistake (handing over twice). Late or repeated answers and reports
    are ignored once they no longer count.
    """
    match state:
        case Queued():
            return _queued(event)
        case Sent():
            return _sent(state, event)
        case Acknowledged():
            return _acknowledged(state, event)
        case Unconfirmed():
            return _unconfirmed(state, event)
        case Done():
            if isinstance(event, HandedOver | Barred | Withdrawn | Expired | Moved):
                raise IllegalTransitionError("a target that is settled cannot be handed over")
            return state, None
        case _:
            assert_never(state)


def _queued(event: WriteEvent) -> tuple[WriteState, Outcome | None]:
    match event:
        case HandedOver():
            return Sent(event.is_over), None
        case Stopped():
            return Done(event.status), Outcome.CANCELLED
        case Barred():
            return _DONE, Outcome.BLOCKED
        case Withdrawn() | Expired() | Removed():
            return _DONE, Outcome.CANCELLED
        case Moved():
            return _DONE, Outcome.CONFLICT
        case Superseded():
            return _DONE, Outcome.SUPERSEDED
        case Answered() | Reported() | Due():
            raise IllegalTransitionError(f"{type(event).__name__} came for a target that never left")
        case _:
            assert_never(event)


def _sent(state: Sent, event: WriteEvent) -> tuple[WriteState, Outcome | None]:
    match event:
        case Answered():
            return _answered(state, event)
        case Reported():
            if event.is_there and not event.was_there:
                return Done(state.stop), Outcome.APPLIED
            return state, None
        case Due():
            return Unconfirmed(state.stop), Outcome.UNKNOWN
        case Stopped():
            return Sent(state.is_over, event.status), None
        case Superseded():
            return Done(state.stop), Outcome.SUPERSEDED
        case Removed():
            return Done(state.stop), Outcome.UNKNOWN
        case HandedOver() | Barred() | Withdrawn() | Expired() | Moved():
            raise IllegalTransitionError("a target is handed over once")
        case _:
            assert_never(event)


def _answered(state: Sent, event: Answered) -> tuple[WriteState, Outcome | None]:
    match event.answer:
        case Answer.TAKEN if event.is_there and not state.is_over:
            return Done(state.stop), Outcome.APPLIED
        case Answer.TAKEN:
            return Acknowledged(state.is_over, state.stop), Outcome.ACCEPTED
        case Answer.REFUSED:
            return Done(state.stop), Outcome.FAILED
        case Answer.UNKNOWN:
            return Unconfirmed(state.stop), Outcome.UNKNOWN
        case Answer.NOT_SENT:
            return Done(state.stop), Outcome.CANCELLED
        case _:
            assert_never(event.answer)


def _acknowledged(state: Acknowledged, event: WriteEvent) -> tuple[WriteState, Outcome | None]:
    match event:
        case Reported():
            if event.is_there:
                return Done(state.stop), Outcome.APPLIED
            return (
                state if state.has_spoken else Acknowledged(state.is_over, state.stop, has_spoken=True)
            ), None
        case Due():
            if event.is_there:
                return Done(state.stop), Outcome.APPLIED
            if state.has_spoken:
                return Done(state.stop), Outcome.DIVERGED
            return Unconfirmed(state.stop), Outcome.UNKNOWN
        case Stopped():
            return Acknowledged(state.is_over, event.status, state.has_spoken), None
        case Superseded():
            return Done(state.stop), Outcome.SUPERSEDED
        case Removed():
            return Done(state.stop), Outcome.UNKNOWN
        case Answered():
            return state, None
        case HandedOver() | Barred() | Withdrawn() | Expired() | Moved():
            raise IllegalTransitionError("a target is handed over once")
        case _:
            assert_never(event)


def _unconfirmed(state: Unconfirmed, event: WriteEvent) -> tuple[WriteState, Outcome | None]:
    match event:
        case Reported():
            return (Done(state.stop), Outcome.APPLIED) if event.is_there else (state, None)
        case Answered():
            settled = {Answer.REFUSED: Outcome.FAILED, Answer.NOT_SENT: Outcome.CANCELLED}.get(event.answer)
            return (Done(state.stop), settled) if settled else (state, None)
        case Due() | Superseded() | Removed():
            return Done(state.stop), None
        case Stopped():
            return Unconfirmed(event.status), None
        case HandedOver() | Barred() | Withdrawn() | Expired() | Moved():
            raise IllegalTransitionError("a target is handed over once")
        case _:
            assert_never(event)


ReportedValue: TypeAlias = Value | msgspec.UnsetType
"""The value that a machine reports for a field; UNSET until it has reported one."""
