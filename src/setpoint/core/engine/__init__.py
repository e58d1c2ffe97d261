"""The server's decisions, joined: hub, commands, the second person, and the order in which things are stored and told.

`engine` is the one door: `events` go in, `effects` come out, and nothing is decided outside. `outbox` keeps the order,
`callers` who waits for which answer, `lookups` what is read from storage first. Whoever plays the engine owns clocks,
sockets, the database and the sources: the runtime, and the simulation.
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
