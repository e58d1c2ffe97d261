"""Joins all decisions of the server: hub, commands, approval, and the order in which facts are stored and sent.

`engine` is the interface: `events` go in, `effects` come out, and nothing is decided outside. `outbox` keeps the order,
`callers` knows who waits for which answer, and `lookups` what must be read from storage first. The runtime and the
simulation carry out the effects; they own clocks, sockets, the database and the sources.
"""

from setpoint.core.engine.effects import Effect, Find, Frames, PlantTaken, Probe, Reply, Settled, Store
from setpoint.core.engine.engine import Engine
from setpoint.core.engine.events import (
    Again,
    Answered,
    Cancel,
    Confirm,
    Event,
    Found,
    MoreDue,
    NotFound,
    NotStored,
    PlantChanged,
    Probed,
    Reported,
    Stored,
    Submit,
    TimePassed,
    Withdraw,
)

__all__ = [
    "Again",
    "Answered",
    "Cancel",
    "Confirm",
    "Effect",
    "Engine",
    "Event",
    "Find",
    "Found",
    "Frames",
    "MoreDue",
    "NotFound",
    "NotStored",
    "PlantChanged",
    "PlantTaken",
    "Probe",
    "Probed",
    "Reply",
    "Reported",
    "Settled",
    "Store",
    "Stored",
    "Submit",
    "TimePassed",
    "Withdraw",
]
