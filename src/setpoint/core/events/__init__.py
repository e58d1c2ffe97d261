"""The one stream of events: stops, contact, alarms, targets and their outcomes, changes of the plant, sign-ins (EVT-1).

`factory` makes events of what was stored and of alarms, `contact` of machines that went offline. `changes` holds what
is stored of them in one transaction, apart from the commits, so that it does not delay them.
"""

from setpoint.core.events.changes import EventChanges
from setpoint.core.events.contact import Contact
from setpoint.core.events.factory import EventFactory, alarm_events

__all__ = ["Contact", "EventChanges", "EventFactory", "alarm_events"]
