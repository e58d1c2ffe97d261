"""One simulated machine: set-points, drives that ramp, heat, parts, and the reasons why it stops.

It behaves like a real machine with a PackML controller, in the words of the contract:

- A *drive* (``targetSpeed`` → ``speed``) ramps from the actual towards the set-point; the measured value is noisy.
- ``mode`` RUN follows the set-points; IDLE and MAINTENANCE bring every drive to zero and show IDLE and SETUP.
- A *hold* (no material, output blocked, changeover) stops the drives for a while and keeps the set-points: HELD or
  SETUP, with its cause. Then the machine goes on by itself.
- A *critical* status stops the drives at once **and sets the set-points to zero**. When the last one clears, the
  machine is STOPPED: a reset never restarts it (PLCopen SF_EmergencyStop). Somebody has to give a new set-point.
- After a spontaneous fault, a simulated operator at the panel restores the earlier set-points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from setpoint.contract.values import CRITICAL_OVERRIDES, Value
from setpoint.core.plant import Field, FieldType

_AMBIENT_C = 22.0
_HEAT_C = 58.0
_WARMS_IN_S = 40.0
_RAMPS_IN_S = 8.0
_BRAKES_IN_S = 1.5
_NOISE = 0.004
_SCRAP, _SCRAP_COLD = 0.015, 0.12
"""Shares of the parts that are made."""
_REST = 0.5
"""A drive slower than this, in the field's unit, is at rest and shows no noise."""

_HOLDS = (
    ("HELD", "no material"),
    ("HELD", "output blocked"),
    ("SETUP", "changeover"),
    ("SETUP", "tool change"),
)
_FAULTS = ("motor overload", "guard sensor lost", "drive over-temperature", "servo following error")


@dataclass(frozen=True, slots=True)
class Drive:
    """A writable set-point, the measured field that follows it, and the range of both."""

    target: str
    actual: str | None
    lowest: float
    highest: float
    decimals: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The meaning of each field of the plant for simulated machines; all machines share one layout."""

    drives: tuple[Drive, ...]
    others: Mapping[str, tuple[Value, ...]]
    """Writable fields without a drive, each with its possible start values."""
    wandering: tuple[tuple[str, float, float, int], ...]
    """Measured numbers without a known meaning: name, lowest, highest, decimals."""
    temp_decimals: int | None
    has_parts: bool
    has_scrap: bool
    has_mode: bool

    @classmethod
    def of(cls, fields: Sequence[Field]) -> Layout:
        by_name = {each.name: each for each in fields}
        drives = tuple(
            Drive(
                each.name,
                each.actual,
                each.minimum or 0.0,
                each.maximum if each.maximum is not None else (each.minimum or 0.0) + 3000.0,
                by_name[each.actual].decimals if each.actual is not None else 0,
            )
            for each in fields
            if each.is_writable and each.type is FieldType.NUMBER
        )
        followed = {drive.actual for drive in drives} | {"temp", "parts", "scrap"}
        temp = by_name.get("temp")
        mode = by_name.get("mode")
        return cls(
            drives=drives,
            others={
                each.name: each.options or ("",)
                for each in fields
                if each.is_writable and each.type is not FieldType.NUMBER
            },
            wandering=tuple(
                (each.name, each.minimum or 0.0, each.maximum or 100.0, each.decimals)
                for each in fields
                if not each.is_writable and each.type is FieldType.NUMBER and each.name not in followed
            ),
            temp_decimals=None if temp is None or temp.is_writable else temp.decimals,
            has_parts=(parts := by_name.get("parts")) is not None and not parts.is_writable,
            has_scrap=(scrap := by_name.get("scrap")) is not None and not scrap.is_writable,
            has_mode=mode is not None and mode.is_writable and "RUN" in mode.options,
        )


class SimulatedMachine:
    """Advances in simulated time and returns the changes. It has no clock; the caller passes the instants."""

    __slots__ = (
        "_actuals",
        "_critical",
        "_hold",
        "_is_reset",
        "_layout",
        "_next_fault_ms",
        "_next_hold_ms",
        "_panel",
        "_parts",
        "_random",
        "_reported",
        "_scrap",
        "_temp",
        "_wandering",
        "fault_every_ms",
        "hold_every_ms",
        "key",
        "setpoints",
    )

    def __init__(
        self,
        key: str,
        layout: Layout,
        random: Random,
        *,
        now_ms: int,
        fault_every_ms: float | None = None,
        hold_every_ms: float | None = None,
    ) -> None:
        self.key = key
        self.fault_every_ms = fault_every_ms
        self.hold_every_ms = hold_every_ms
        self._layout = layout
        self._random = random
        self.setpoints: dict[str, Value] = {name: options[0] for name, options in layout.others.items()}
        if layout.has_mode:
            self.setpoints["mode"] = "RUN"
        self._actuals: list[float] = []
        for drive in layout.drives:
            span = drive.highest - drive.lowest
            step = 10 if span >= 100 else 1
            set_point = drive.lowest + step * round(random.uniform(0.2, 0.8) * span / step)
            self.setpoints[drive.target] = set_point
            self._actuals.append(set_point)
        self._temp = _AMBIENT_C + _HEAT_C * self._load()
        self._parts = float(random.randrange(5000))
        self._scrap = 0.02 * self._parts
        self._wandering = [random.uniform(low, high) for _, low, high, _ in layout.wandering]
        self._critical: dict[str, str] = {}
        self._hold: tuple[str, str, int] | None = None
        self._panel: tuple[int, bool, dict[str, Value]] | None = None
        self._is_reset = True
        self._next_hold_ms = self._after(now_ms, hold_every_ms)
        self._next_fault_ms = self._after(now_ms, fault_every_ms)
        self._reported: dict[str, Value] = {}

    # Inputs

    def accept(self, field: str, value: Value) -> None:
        """The controller accepts a set-point; the next report has it."""
        self.setpoints[field] = value
        self._is_reset = True
        self._panel = None

    def begin_with(self, set_points: Mapping[str, Value]) -> None:
        """Gives the machine these set-points, with its drives running at them, before it reports anything."""
        self.setpoints.update(set_points)
        for index, drive in enumerate(self._layout.drives):
            set_point = self.setpoints[drive.target]
            self._actuals[index] = (
                set_point if isinstance(set_point, int | float) and self._follows() else 0.0
            )

    def assert_status(self, status: str, cause: str) -> None:
        """A critical status begins to hold: drives stop, set-points fall to zero."""
        self._critical[status] = cause
        self._panel = None
        self._is_reset = False
        self._hold = None
        for drive in self._layout.drives:
            self.setpoints[drive.target] = max(0.0, drive.lowest)

    def clear(self) -> None:
        """Ends every critical status. Nothing restarts by itself."""
        self._critical.clear()
        self._panel = None

    @property
    def critical_status(self) -> str | None:
        """The most serious critical status that holds."""
        return next((status for status in CRITICAL_OVERRIDES if status in self._critical), None)

    def step(self, now_ms: int, elapsed_ms: int) -> None:
        """Lets ``elapsed_ms`` pass."""
        if now_ms >= self._next_hold_ms or now_ms >= self._next_fault_ms:
            self._stop_by_itself(now_ms)
        if self._hold is not None and now_ms >= self._hold[2]:
            self._hold = None
        if self._panel is not None and now_ms >= self._panel[0]:
            self._at_the_panel(now_ms)
        seconds = elapsed_ms / 1000.0
        follows = self._follows()
        for index, drive in enumerate(self._layout.drives):
            actual = self._actuals[index]
            set_point = self.setpoints[drive.target] if follows else 0.0
            goal = set_point if isinstance(set_point, int | float) else 0.0
            if actual != goal:
                reach = (drive.highest - drive.lowest) * seconds
                reach /= _BRAKES_IN_S if self._critical else _RAMPS_IN_S
                self._actuals[index] = (
                    min(actual + reach, goal) if actual < goal else max(actual - reach, goal)
                )
        load = self._load()
        self._temp += (_AMBIENT_C + _HEAT_C * load - self._temp) * min(1.0, seconds / _WARMS_IN_S)
        made = load * seconds * 0.8
        self._parts += made
        # A machine that is not warm yet, or that changes its speed, makes more that cannot be used.
        is_cold = self._temp < _AMBIENT_C + 0.8 * _HEAT_C * load
        self._scrap += made * (_SCRAP_COLD if is_cold else _SCRAP)

    def changes(self) -> dict[str, Value]:
        """The fields whose values changed since the last report; ``status`` comes with its ``cause``."""
        reported, random, changed = self._reported, self._random.random, {}
        layout = self._layout
        for index, drive in enumerate(layout.drives):
            if reported.get(drive.target) != (set_point := self.setpoints[drive.target]):
                reported[drive.target] = changed[drive.target] = set_point
            if drive.actual is not None:
                shown = self._actuals[index]
                if shown > _REST:
                    shown += shown * _NOISE * (random() + random() - 1.0)
                shown = round(shown, drive.decimals) if drive.decimals else int(shown + 0.5)
                if reported.get(drive.actual) != shown:
                    reported[drive.actual] = changed[drive.actual] = shown
        self._measure(changed)
        for name in layout.others:
            if reported.get(name) != self.setpoints[name]:
                reported[name] = changed[name] = self.setpoints[name]
        status, cause = self._condition()
        if reported.get("status") != status or reported.get("cause") != cause:
            reported["status"] = changed["status"] = status
            reported["cause"] = changed["cause"] = cause
        return changed

    def _measure(self, changed: dict[str, Value]) -> None:
        reported, random, layout = self._reported, self._random.random, self._layout
        if layout.temp_decimals is not None:
            temp = round(self._temp + 0.1 * (random() - 0.5), layout.temp_decimals)
            if reported.get("temp") != temp:
                reported["temp"] = changed["temp"] = temp
        if layout.has_parts and reported.get("parts") != (parts := int(self._parts)):
            reported["parts"] = changed["parts"] = parts
        if layout.has_scrap and reported.get("scrap") != (scrap := int(self._scrap)):
            reported["scrap"] = changed["scrap"] = scrap
        for index, (name, low, high, decimals) in enumerate(layout.wandering):
            moved = self._wandering[index] + (high - low) * 0.01 * (random() - 0.5)
            self._wandering[index] = moved = min(max(moved, low), high)
            if reported.get(name) != (shown := round(moved, decimals)):
                reported[name] = changed[name] = shown

    def forget_reported(self) -> None:
        """Makes the next `changes` return every field, as after a lost connection."""
        self._reported.clear()

    # Stops and holds

    def _condition(self) -> tuple[str, str | None]:
        if self._critical:
            statuses = [status for status in CRITICAL_OVERRIDES if status in self._critical]
            return statuses[0], "; ".join(self._critical[status] for status in statuses)
        if not self._is_reset:
            return "STOPPED", "not restarted since the last stop"
        if self._layout.has_mode and self.setpoints["mode"] != "RUN":
            return (
                ("SETUP", "maintenance mode") if self.setpoints["mode"] == "MAINTENANCE" else ("IDLE", None)
            )
        if self._hold is not None:
            return self._hold[0], self._hold[1]
        is_driven = any(self.setpoints[drive.target] for drive in self._layout.drives)
        return ("RUNNING" if is_driven or not self._layout.drives else "IDLE"), None

    def _follows(self) -> bool:
        return (
            not self._critical
            and self._is_reset
            and self._hold is None
            and (not self._layout.has_mode or self.setpoints["mode"] == "RUN")
        )

    def _load(self) -> float:
        if not self._actuals:
            return 0.5
        return self._actuals[0] / (self._layout.drives[0].highest or 1.0)

    def _after(self, now_ms: int, every_ms: float | None) -> int | float:
        if every_ms is None:
            return float("inf")
        return now_ms + int(self._random.expovariate(1.0 / every_ms)) + 1

    def _stop_by_itself(self, now_ms: int) -> None:
        random = self._random
        runs = self._condition()[0] == "RUNNING"
        if now_ms >= self._next_fault_ms:
            self._next_fault_ms = self._after(now_ms, self.fault_every_ms)
            if runs:
                before = dict(self.setpoints)
                self.assert_status("FAULT", random.choice(_FAULTS))
                self._panel = (now_ms + random.randrange(15_000, 60_000), True, before)
        if now_ms >= self._next_hold_ms:
            self._next_hold_ms = self._after(now_ms, self.hold_every_ms)
            if runs and not self._critical:
                status, cause = random.choice(_HOLDS)
                self._hold = (status, cause, now_ms + random.randrange(8_000, 40_000))

    def _at_the_panel(self, now_ms: int) -> None:
        """The simulated operator resets a fault, and a while later restores the earlier set-points."""
        assert self._panel is not None
        _, has_to_reset, before = self._panel
        if has_to_reset:
            self._critical.clear()
            self._panel = (now_ms + self._random.randrange(4_000, 12_000), False, before)
        else:
            self.setpoints.update(before)
            self._is_reset = True
            self._panel = None
