"""The simulator's settings in a plant file. Every key has a default that makes a good demo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from setpoint.sources.settings import SettingsReader


@dataclass(frozen=True)
class SimulatorSettings:
    """How the simulated plant behaves. The same seed and the same events give the same plant, to the last digit.

    With ``stops`` False, no machine stops by itself. ``fault_every_s`` is the mean time between spontaneous faults of
    the whole plant; ``hold_every_s`` is the mean time between holds (no material, changeover) of one machine.
    """

    seed: int = 1
    interval_ms: int = 250
    stops: bool = True
    fault_every_s: float = 300.0
    hold_every_s: float = 900.0

    @classmethod
    def read(cls, settings: Mapping[str, object], *, where: str) -> SimulatorSettings:
        """From ``[sources.NAME]`` of a plant file. Raises `PlantError` with every mistake."""
        reader = SettingsReader(where)
        reader.known(settings, ("seed", "interval_ms", "stops", "fault_every_s", "hold_every_s"))
        read = cls(
            seed=reader.whole(settings, "seed", cls.seed, lowest=0),
            interval_ms=reader.whole(settings, "interval_ms", cls.interval_ms, lowest=20),
            stops=reader.flag(settings, "stops", default=cls.stops),
            fault_every_s=reader.whole(settings, "fault_every_s", 300, lowest=1),
            hold_every_s=reader.whole(settings, "hold_every_s", 900, lowest=1),
        )
        reader.check()
        return read
