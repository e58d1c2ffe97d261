"""Alarms by ISA-18.2 and IEC 62682, as state machines without I/O (ALM-1 to ALM-8).

`state` is one alarm: the condition, its acknowledgement, and how it may be hidden. `condition` turns a machine's values
into that condition, with dead band and delays. `book` has the alarms of the whole plant, and `figures` counts them.

Alarms only watch. Nothing here writes to a machine, blocks a target or resets a stop (ALM-8).
"""

from setpoint.core.alarms.book import AlarmBook, AlarmChange, AlarmKey
from setpoint.core.alarms.figures import Figures, Raise, figures_of
from setpoint.core.alarms.state import (
    MAX_SHELVED_S,
    Acknowledge,
    AlarmEventKind,
    AlarmState,
    Input,
    ListedState,
    PutBack,
    Shelve,
    TakeOut,
    Unshelve,
    step,
)

__all__ = [
    "MAX_SHELVED_S",
    "Acknowledge",
    "AlarmBook",
    "AlarmChange",
    "AlarmEventKind",
    "AlarmKey",
    "AlarmState",
    "Figures",
    "Input",
    "ListedState",
    "PutBack",
    "Raise",
    "Shelve",
    "TakeOut",
    "Unshelve",
    "figures_of",
    "step",
]
