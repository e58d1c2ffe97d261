"""The one stream of events: stops, contact, alarms, targets and their outcomes, changes of the plant, sign-ins (EVT-1).

`factory` makes events of what was stored and of alarms, `contact` of machines that went offline, and `noted` is what is
stored of them, beside the commits and without delaying them.
"""

from setpoint.core.events.contact import Contact
from setpoint.core.events.factory import EventFactory, alarm_events
from setpoint.core.events.noted import Noted

__all__ = ["Contact", "EventFactory", "Noted", "alarm_events"]
