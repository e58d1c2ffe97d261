"""Maps PackML states (ISA-TR88.00.02) to conditions. Servers send a state as a number or by its name."""

from __future__ import annotations

from collections.abc import Mapping

PACKML: Mapping[str, tuple[str, str | None]] = {
    "1": ("STOPPED", "Clearing"),
    "2": ("STOPPED", None),
    "3": ("RUNNING", "Starting"),
    "4": ("IDLE", None),
    "5": ("HELD", "Suspended: starved or blocked"),
    "6": ("RUNNING", None),
    "7": ("STOPPED", "Stopping"),
    "8": ("FAULT", "Aborting"),
    "9": ("FAULT", "Aborted"),
    "10": ("HELD", "Holding"),
    "11": ("HELD", "Held: stopped from within"),
    "12": ("HELD", "Unholding"),
    "13": ("HELD", "Suspending"),
    "14": ("HELD", "Unsuspending"),
    "15": ("IDLE", "Resetting"),
    "16": ("RUNNING", "Completing"),
    "17": ("IDLE", "Complete"),
}
"""``StateCurrent`` → condition and its cause."""

_NAMES = (
    "clearing", "stopped", "starting", "idle", "suspended", "execute", "stopping", "aborting", "aborted", "holding",
    "held", "unholding", "suspending", "unsuspending", "resetting", "completing", "complete",
)  # fmt: skip
_BY_NAME = {name: PACKML[str(number)] for number, name in enumerate(_NAMES, start=1)} | {
    "completed": PACKML["17"],
    "executing": PACKML["6"],
    # The names of the states above in the state machine of OPC 30050.
    "running": ("RUNNING", None),
    "cleared": ("STOPPED", None),
}


def condition_of(state: str) -> tuple[str, str | None]:
    """The condition and its cause; UNDEFINED for a state that the standard does not know."""
    return PACKML.get(state) or _BY_NAME.get(state.casefold()) or ("UNDEFINED", f"PackML state {state}")
