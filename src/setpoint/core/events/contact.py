"""Machines that went offline, and machines that are back (EVT-2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from setpoint.contract.http.machines import Event, EventKind
from setpoint.contract.values import Quality, Record, reason_message
from setpoint.core.plant import Plant

_AWAY = (Quality.OFFLINE, Quality.STALE, Quality.NEVER_SEEN)


class Contact:
    """``records`` are the hub's live records. A machine that was never seen is neither lost nor back."""

    def __init__(self, plant: Plant, records: Mapping[str, Record], offline: Collection[str] = ()) -> None:
        self._plant = plant
        self._records = records
        self.offline = {key for key in offline if key in plant.machines}

    def changed(self, key: str, ts: float) -> Event | None:
        """A machine's quality changed. Returns its events."""
        quality = self._records[key]["quality"]
        line = self._plant.machines[key].line
        if quality == Quality.OFFLINE and key not in self.offline:
            self.offline.add(key)
            record = self._records[key]
            reason = record.get("qualityReason")
            return Event(
                EventKind.OFFLINE,
                key,
                ts,
                line,
                message=str(reason) if reason else None,
                said=reason_message(record),
            )
        if quality not in _AWAY and key in self.offline:
            self.offline.discard(key)
            return Event(EventKind.ONLINE, key, ts, line)
        return None
