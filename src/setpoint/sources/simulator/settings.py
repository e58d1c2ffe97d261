"""What a plant file may say of its simulator; every key has a default that makes a good demo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from setpoint.errors import Mistake, PlantError


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """How the simulated plant behaves. The same seed and the same events give the same plant, to the last digit.

    ``stops`` False makes a calm plant: nothing stops that nobody stopped. ``fault_every_s`` is the mean time
    between spontaneous faults of the whole plant, ``hold_every_s`` that between holds (no material, changeover) of
    one machine.
    """

    seed: int = 1
    interval_ms: int = 250
    stops: bool = True
    fault_every_s: float = 300.0
    hold_every_s: float = 900.0

    @classmethod
    def read(cls, settings: Mapping[str, object], *, where: str) -> SimulatorSettings:
        """From ``[sources.NAME]`` of a plant file. Raises `PlantError` with every mistake."""
        mistakes: list[Mistake] = []
        known = {"seed": 0, "interval_ms": 20, "fault_every_s": 1, "hold_every_s": 1}
        for key, value in settings.items():
            if key == "stops":
                if not isinstance(value, bool):
                    mistakes.append(Mistake(f"{where}.stops", f"is {value!r}.", "Give true or false."))
            elif key not in known:
                remedy = f"Known are stops, {', '.join(known)}."
                mistakes.append(Mistake(f"{where}.{key}", "is not a key that the simulator knows.", remedy))
            elif isinstance(value, bool) or not isinstance(value, int) or value < known[key]:
                remedy = f"Give a whole number of at least {known[key]}."
                mistakes.append(Mistake(f"{where}.{key}", f"is {value!r}.", remedy))
        if mistakes:
            raise PlantError(tuple(mistakes))
        return cls(**settings)  # type: ignore[arg-type]  # each key and its type was looked at above
