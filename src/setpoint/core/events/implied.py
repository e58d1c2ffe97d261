"""Events that follow from the audit although they are no entries of it: targets and what became of them, what people
did with alarms, sign-ins, and changes of the plant. `setpoint audit verify` holds the stored ones against these.

A stored event that does not follow from the audit was changed or added by somebody. One that is missing shows
nothing: these events are kept for a time of their own, and those of the last second before a crash are not stored.
"""

from __future__ import annotations

from typing import Final

import msgspec

from setpoint.contract.http.machines import Event, EventKind
from setpoint.core.alarms import AlarmEventKind, AlarmKey, AlarmState
from setpoint.core.alarms.state import Mark
from setpoint.core.audit.chain import AuditEntry
from setpoint.core.audit.replay import OfTargets
from setpoint.core.commands.records import BatchRecord
from setpoint.core.events.factory import events_of_batch, events_of_fact, events_of_outcome

OF_TARGETS: Final = frozenset(
    (EventKind.ASKED, EventKind.APPLIED, EventKind.UNKNOWN, EventKind.CONFLICT, EventKind.NOT_APPLIED)
)
OF_PEOPLE: Final = frozenset((EventKind.SIGN_IN, EventKind.PLANT_CHANGE))
_ONLY_BY_PEOPLE: Final = frozenset(
    (
        AlarmEventKind.ACKNOWLEDGED.value,
        AlarmEventKind.SHELVED.value,
        AlarmEventKind.TAKEN_OUT.value,
        AlarmEventKind.PUT_BACK.value,
    )
)

_APART_S: Final = 86_400.0
"""An entry has one instant; the events of its items may be up to this much earlier."""

_pack = msgspec.msgpack.Encoder(order="sorted").encode


class _Act(msgspec.Struct, gc=False):
    machine: str
    alarm: str
    act: tuple[str, ...]
    note: str = ""
    until: float | None = None


_act = msgspec.json.Decoder(_Act)


class Implied:
    """`take` every entry in order, then ask about each stored event. It keeps a short hash of each event.

    ``since``: no stored event is older. ``kept_since``: entries of an earlier instant may have been removed.
    """

    def __init__(self, since: float, kept_since: float = 0.0) -> None:
        self._since = since - _APART_S
        self._kept_since = kept_since
        self._events: set[int] = set()
        self._people: dict[str, str] = {}
        self._acts: set[int] = set()

    def take(self, entry: AuditEntry, decoded: OfTargets) -> None:
        """``decoded``: what `Replay.take` has decoded of the entry."""
        match decoded:
            case BatchRecord():
                self._people[decoded.tx_id] = decoded.person
                if decoded.at >= self._since:
                    self._events.update(map(_hash, events_of_batch(decoded)))
            case list() if entry.at >= self._since:
                for item in decoded:
                    self._events.update(map(_hash, events_of_outcome(item, None)))
            case None:
                self._take_rest(entry)
            case _:
                pass

    def _take_rest(self, entry: AuditEntry) -> None:
        match entry.kind:
            case "access" if entry.at >= self._since:
                self._events.update(_hash_of_person(event) for event in events_of_fact(entry))
            case "alarm":
                act = _act.decode(entry.payload)
                mark = Mark(entry.actor, entry.at, act.note, act.until)
                self._acts.add(_of_mark(act.machine, act.alarm, mark))
                self._acts.update(_of_act(act.machine, act.alarm, kind, mark) for kind in act.act)
            case _:
                pass

    def has(self, event: Event) -> bool:
        """Whether the event follows from the audit, as far as one of its kind can."""
        if event.at < self._kept_since:
            return True
        if event.kind in OF_TARGETS:
            person = self._people.get(event.tx_id or "", event.person)
            is_by = event.person == person or (event.person is None and event.kind is not EventKind.ASKED)
            return is_by and _hash(event) in self._events
        if event.kind in OF_PEOPLE:
            return _hash_of_person(event) in self._events
        if event.kind is EventKind.ALARM:
            return self._has_act(event)
        return event.person is None

    def _has_act(self, event: Event) -> bool:
        if event.person is None:
            return event.change not in _ONLY_BY_PEOPLE
        mark = Mark(event.person, event.at, event.message or "")
        return _of_act(event.machine, event.alarm or "", event.change or "", mark) in self._acts

    def has_marks(self, key: AlarmKey, state: AlarmState) -> bool:
        """Whether the audit has all that people did with an alarm to bring it into this state."""
        marks = [mark for mark in (state.acknowledged, state.shelf, state.out) if mark is not None]
        if state.is_active and state.is_acknowledged and not state.is_hidden and state.acknowledged is None:
            return False
        return all(
            mark.at < self._kept_since or _of_mark(key.machine, key.name, mark) in self._acts
            for mark in marks
        )


def _hash(event: Event) -> int:
    """Hashes everything but the person, because an event of an old outcome may have none."""
    content = (
        event.kind, event.machine, event.at, event.line, event.field, event.tx_id, event.before, event.value,
        event.rev, event.message, event.outcome, event.said,
    )  # fmt: skip
    return hash(_pack(content))


def _hash_of_person(event: Event) -> int:
    return hash(_pack((event.kind, event.machine, event.at, event.person, event.message)))


def _of_act(machine: str, alarm: str, kind: str, mark: Mark) -> int:
    return hash(_pack((machine, alarm, kind, mark.by, mark.at, mark.note)))


def _of_mark(machine: str, alarm: str, mark: Mark) -> int:
    return hash(_pack((machine, alarm, mark)))
