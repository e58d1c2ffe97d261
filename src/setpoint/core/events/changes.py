"""The stored changes of events that are not in the audit, of alarms, and of acknowledgements."""

from __future__ import annotations

import msgspec

from setpoint.contract.http.machines import Event
from setpoint.core.alarms import AlarmKey, AlarmState
from setpoint.core.audit.chain import Fact
from setpoint.core.audit.queries import EventMark


class EventChanges(msgspec.Struct, frozen=True):
    """Written in one transaction. ``alarms``: the states that changed. ``facts`` go into the audit."""

    events: tuple[Event, ...] = ()
    alarms: tuple[tuple[AlarmKey, AlarmState], ...] = ()
    marks: tuple[EventMark, ...] = ()
    facts: tuple[Fact, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.events or self.alarms or self.marks or self.facts)
