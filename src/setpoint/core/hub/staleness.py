"""How old the last contact may be: STALE after a while, OFFLINE after a longer one (SAFE-4).

Age counts from the arrival of a report on our clock, never from the machine's time stamp, which may be wrong.
Losing contact changes quality only: a machine that was stopped stays stopped, as last known. A machine that never
spoke stays NEVER_SEEN.

A report costs nothing here. Each machine has one deadline, when its last contact could be too old. If the machine has
reported since, it gets another.
"""

from __future__ import annotations

from setpoint.contract.values import Quality
from setpoint.core.deadlines import Deadlines
from setpoint.core.hub.state import MachineState


class Staleness:
    def __init__(self, *, stale_after_ms: int, offline_after_ms: int) -> None:
        self._stale_after_ms = stale_after_ms
        self._offline_after_ms = offline_after_ms
        self._deadlines: Deadlines[MachineState] = Deadlines()
        self._watched: set[str] = set()

    def watch(self, machine: MachineState) -> None:
        """From now on the machine's silence counts. Call it when the machine has reported."""
        if machine.key not in self._watched and machine.last_contact_ms is not None:
            self._watched.add(machine.key)
            self._deadlines.at(machine.last_contact_ms + self._stale_after_ms, machine)

    def overdue(self, now_ms: int) -> list[tuple[MachineState, Quality]]:
        """Machines whose quality should now be worse, with the quality that they should have."""
        found = []
        for machine in self._deadlines.due(now_ms):
            contact_ms = machine.last_contact_ms if machine.last_contact_ms is not None else now_ms
            age_ms = now_ms - contact_ms
            if age_ms >= self._offline_after_ms:
                self._watched.discard(machine.key)
                found.append((machine, Quality.OFFLINE))
            elif age_ms >= self._stale_after_ms:
                self._deadlines.at(contact_ms + self._offline_after_ms, machine)
                if machine.record["quality"] != Quality.OFFLINE:
                    found.append((machine, Quality.STALE))
            else:
                self._deadlines.at(contact_ms + self._stale_after_ms, machine)
        return found
