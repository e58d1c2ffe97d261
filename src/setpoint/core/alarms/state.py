"""One alarm: `step` takes what happened and returns the next state and its changes (ALM-3 to ALM-6).

                     raised            acknowledged
    NORMAL ────────────────▸ UNACKNOWLEDGED ────────────────▸ ACKNOWLEDGED
      ▴                        │       ▴                          │
      │ acknowledged   cleared ▾       │ raised                   │ cleared
      └───────────────────── RETURNED ─┘               NORMAL ◂───┘

    each of them ◂──▸ SHELVED (until an instant), SUPPRESSED (by design), OUT_OF_SERVICE

A hidden alarm still follows its condition. When it comes back, it is unacknowledged if the condition holds, and normal
if it does not. If several reasons hide it, the shown one is out of service before shelved before suppressed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias, assert_never

import msgspec

from setpoint.contract.http.problems import ProblemCode
from setpoint.errors import RequestError

MAX_SHELVED_S = 24 * 3600.0
"""Shelving is bounded: nobody forgets an alarm for longer than a day."""


class ListedState(StrEnum):
    """The alarm states of ISA-18.2."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    """Back to normal, and nobody has acknowledged it."""
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out_of_service"


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who did something, when (Unix seconds), and why. ``until``: when a shelf ends."""

    by: str
    at: float
    note: str = ""
    until: float | None = None


class AlarmState(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """``since``: when the listed state began. ``raised_at``: when the condition last began."""

    is_active: bool = False
    is_acknowledged: bool = True
    is_suppressed: bool = False
    shelf: Mark | None = None
    out: Mark | None = None
    acknowledged: Mark | None = None
    since: float = 0.0
    raised_at: float | None = None

    @property
    def listed_state(self) -> ListedState:
        """The state in the list of alarms. If several reasons hide the alarm, it is the first of them in the order of
        ALM-5."""
        if self.out is not None:
            return ListedState.OUT_OF_SERVICE
        if self.shelf is not None:
            return ListedState.SHELVED
        if self.is_suppressed:
            return ListedState.SUPPRESSED
        if self.is_active:
            return ListedState.ACKNOWLEDGED if self.is_acknowledged else ListedState.UNACKNOWLEDGED
        return ListedState.NORMAL if self.is_acknowledged else ListedState.RETURNED

    @property
    def is_hidden(self) -> bool:
        """Whether it is shelved, suppressed or out of service (ALM-5)."""
        return self.out is not None or self.shelf is not None or self.is_suppressed


class AlarmEventKind(StrEnum):
    """What happened to an alarm, as the stream of events says it."""

    RAISED = "raised"
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"
    TAKEN_OUT = "taken_out"
    PUT_BACK = "put_back"


# What happens by itself


class Raised(msgspec.Struct, frozen=True, tag="raised"):
    """The condition holds."""


class Cleared(msgspec.Struct, frozen=True, tag="cleared"):
    """The condition no longer holds."""


class Suppressed(msgspec.Struct, frozen=True, tag="suppressed"):
    """By the plant's design, the alarm means nothing now."""


class Unsuppressed(msgspec.Struct, frozen=True, tag="unsuppressed"):
    pass


class TimePassed(msgspec.Struct, frozen=True, tag="time_passed"):
    """A shelf may be over."""


# What people do


class Acknowledge(msgspec.Struct, frozen=True, tag="acknowledge"):
    """A person has seen the alarm (ALM-4)."""

    by: str
    note: str = ""


class Shelve(msgspec.Struct, frozen=True, tag="shelve"):
    """A person hides the alarm until an instant, in Unix seconds."""

    by: str
    note: str
    until: float


class Unshelve(msgspec.Struct, frozen=True, tag="unshelve"):
    """A person ends the shelf before its time."""

    by: str


class TakeOut(msgspec.Struct, frozen=True, tag="take_out"):
    """Out of service: for maintenance, without an end of its own."""

    by: str
    note: str


class PutBack(msgspec.Struct, frozen=True, tag="put_back"):
    """In service again."""

    by: str


Act: TypeAlias = Acknowledge | Shelve | Unshelve | TakeOut | PutBack
Input: TypeAlias = Raised | Cleared | Suppressed | Unsuppressed | TimePassed | Act
"""What happens to an alarm: from its condition, from the clock, or from a person."""
Step: TypeAlias = tuple[AlarmState, tuple[AlarmEventKind, ...]]


def step(state: AlarmState, what: Input, ts: float) -> Step:
    """The next state and its changes. Raises `RequestError` for an act that is not possible; the state stays."""
    after, events = _step(state, what, ts)
    if after.listed_state is not state.listed_state:
        after = msgspec.structs.replace(after, since=ts)
    return after, events


def _step(state: AlarmState, what: Input, ts: float) -> Step:
    match what:
        case Raised():
            return _raised(state, ts)
        case Cleared():
            return _cleared(state)
        case Suppressed():
            return _suppressed(state)
        case Unsuppressed():
            return _unsuppressed(state)
        case TimePassed():
            until = None if state.shelf is None else state.shelf.until
            # The shelf ends later than anybody can ask for, so the clock was set back.
            if until is None or ts < until <= ts + MAX_SHELVED_S:
                return state, ()
            return _come_back(msgspec.structs.replace(state, shelf=None), AlarmEventKind.UNSHELVED)
        case Acknowledge() | Shelve() | Unshelve() | TakeOut() | PutBack():
            return _act(state, what, ts)
        case _:
            assert_never(what)


def _act(state: AlarmState, what: Act, ts: float) -> Step:
    match what:
        case Acknowledge():
            return _acknowledge(state, what, ts)
        case Shelve():
            return _shelve(state, what, ts)
        case Unshelve():
            if state.listed_state is not ListedState.SHELVED:
                raise _refused(f"it is not shelved, but {_words(state)}")
            return _come_back(msgspec.structs.replace(state, shelf=None), AlarmEventKind.UNSHELVED)
        case TakeOut(by, note):
            if state.out is not None:
                raise _refused(f"it is out of service already, by {state.out.by}")
            if not note:
                raise _refused("taking an alarm out of service needs a reason")
            return msgspec.structs.replace(state, out=Mark(by, ts, note), shelf=None), (
                AlarmEventKind.TAKEN_OUT,
            )
        case PutBack():
            if state.out is None:
                raise _refused(f"it is not out of service, but {_words(state)}")
            return _come_back(msgspec.structs.replace(state, out=None), AlarmEventKind.PUT_BACK)
        case _:
            assert_never(what)


def _raised(state: AlarmState, ts: float) -> Step:
    if state.is_active:
        return state, ()
    if state.is_hidden:
        return msgspec.structs.replace(state, is_active=True, raised_at=ts), ()
    after = msgspec.structs.replace(
        state, is_active=True, is_acknowledged=False, acknowledged=None, raised_at=ts
    )
    return after, (AlarmEventKind.RAISED,)


def _cleared(state: AlarmState) -> Step:
    if not state.is_active:
        return state, ()
    after = msgspec.structs.replace(state, is_active=False)
    return after, () if state.is_hidden else (AlarmEventKind.CLEARED,)


def _suppressed(state: AlarmState) -> Step:
    if state.is_suppressed:
        return state, ()
    after = msgspec.structs.replace(state, is_suppressed=True)
    return after, () if state.is_hidden else (AlarmEventKind.SUPPRESSED,)


def _unsuppressed(state: AlarmState) -> Step:
    if not state.is_suppressed:
        return state, ()
    after = msgspec.structs.replace(state, is_suppressed=False)
    return (after, ()) if after.is_hidden else _come_back(after, AlarmEventKind.UNSUPPRESSED)


def _acknowledge(state: AlarmState, what: Acknowledge, ts: float) -> Step:
    """Never clears the condition: a condition that holds stays an alarm (ALM-4)."""
    if state.is_hidden or state.is_acknowledged:
        raise _refused(f"there is nothing to acknowledge: it is {_words(state)}")
    mark = Mark(what.by, ts, what.note)
    return msgspec.structs.replace(state, is_acknowledged=True, acknowledged=mark), (
        AlarmEventKind.ACKNOWLEDGED,
    )


def _shelve(state: AlarmState, what: Shelve, ts: float) -> Step:
    if state.listed_state in (ListedState.SUPPRESSED, ListedState.OUT_OF_SERVICE):
        raise _refused(f"it cannot be shelved: it is {_words(state)}")
    if not what.note:
        raise _refused("shelving an alarm needs a reason")
    if not ts < what.until <= ts + MAX_SHELVED_S:
        raise _refused("an alarm is shelved until an instant that lies ahead, at most 24 h")
    return msgspec.structs.replace(state, shelf=Mark(what.by, ts, what.note, what.until)), (
        AlarmEventKind.SHELVED,
    )


def _come_back(state: AlarmState, event: AlarmEventKind) -> Step:
    """No longer hidden, unless for another reason: as an alarm that nobody has acknowledged, or as normal (ALM-5)."""
    if state.is_hidden:
        return state, (event,)
    after = msgspec.structs.replace(state, is_acknowledged=not state.is_active, acknowledged=None)
    return after, (event, AlarmEventKind.RAISED) if state.is_active else (event,)


def _words(state: AlarmState) -> str:
    return {
        ListedState.NORMAL: "normal",
        ListedState.ACKNOWLEDGED: f"acknowledged already, by {state.acknowledged.by}"
        if state.acknowledged
        else "acknowledged already",
        ListedState.SUPPRESSED: "suppressed by design",
        ListedState.OUT_OF_SERVICE: "out of service",
    }.get(state.listed_state, state.listed_state.value)


def _refused(why: str) -> RequestError:
    return RequestError(why, code=ProblemCode.ALARM_STATE)
