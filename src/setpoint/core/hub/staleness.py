"""How old the last contact may be: STALE after a while, OFFLINE after a longer one (SAFE-4).

Age counts from the arrival of a report on our clock, never from the machine's time stamp, which may be wrong.
Losing contact changes quality only: a machine that was stopped stays stopped, as last known. A machine that never
spoke stays NEVER_SEEN.

A report costs nothing here. Each machine has one entry in a heap, due when its last contact could be too old. If the
machine has reported since, the entry is put back.
"""

from __future__ import annotations

from heapq import heappop, heappush

from setpoint.contract.values import Quality
from setpoint.core.hub.state import MachineState


class Staleness:
    def __init__(self, *, stale_after_ms: int, offline_after_ms: int) -> None:
        self._stale_after_ms = stale_after_ms
        self._offline_after_ms = offline_after_ms
        self._due: list[tuple[int, str, MachineState]] = []
        self._watched: set[str] = set()

    def watch(self, machine: MachineState) -> None:
        """From now on the machine's silence counts; called when it was heard."""
        if machine.key not in self._watched and machine.heard_ms is not None:
            self._watched.add(machine.key)
            heappush(self._due, (machine.heard_ms + self._stale_after_ms, machine.key, machine))

    def overdue(self, now_ms: int) -> list[tuple[MachineState, Quality]]:
        """Machines whose quality should now be worse than it is, and what it should be."""
        found = []
        while self._due and self._due[0][0] <= now_ms:
            _, key, machine = heappop(self._due)
            heard_ms = machine.heard_ms if machine.heard_ms is not None else now_ms
            age_ms = now_ms - heard_ms
            if age_ms >= self._offline_after_ms:
                self._watched.discard(key)
                found.append((machine, Quality.OFFLINE))
            elif age_ms >= self._stale_after_ms:
                heappush(self._due, (heard_ms + self._offline_after_ms, key, machine))
                if machine.record["quality"] != Quality.OFFLINE:
                    found.append((machine, Quality.STALE))
            else:
                heappush(self._due, (heard_ms + self._stale_after_ms, key, machine))
        return found
