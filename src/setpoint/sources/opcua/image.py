"""A machine's image with the server's own time stamps, which are worked out only when a report is made."""

from __future__ import annotations

from setpoint.core.plant import Report
from setpoint.sources.mapping.image import MachineImage as _MachineImage
from setpoint.sources.opcua.notifications import unix_seconds


class MachineImage(_MachineImage):
    """``filetime`` is the latest source time stamp of the new values, 100 ns since 1601; 0 if there is none."""

    __slots__ = ("filetime",)

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.filetime = 0

    def report(self, at: float) -> Report | None:
        if self.filetime and not self.awaited:
            self.stamp = unix_seconds(self.filetime)
            self.filetime = 0
        return super().report(at)
