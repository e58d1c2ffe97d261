"""The known state of one machine, and the part of it that has not been reported yet.

The condition consists of a state and any number of critical bits: the most serious one that holds is the ``status``,
and the causes of all of them are kept. On a new connection, a machine is reported only after each of its places has
sent a value. So no old value looks live, and no stop is overlooked.
"""

from __future__ import annotations

from typing import Protocol

from setpoint.contract.values import CRITICAL_OVERRIDES, Quality, Value
from setpoint.core.plant import Report, joined
from setpoint.sources.wording import words

WORST_FIRST = (Quality.BAD, Quality.OFFLINE, Quality.STALE, Quality.UNCERTAIN)
"""The qualities of places, worst first; a machine has the worst quality of its places."""
_MOST_REASONS = 3
_NONE = (Quality.GOOD, "")


class Place(Protocol):
    """One source of values: a node, a metric, a register. ``label`` names it for people."""

    @property
    def label(self) -> str: ...


class Alarm(Protocol):
    """Something that asserts a critical status while it holds."""

    @property
    def status(self) -> str: ...
    @property
    def cause(self) -> str: ...


class MachineImage:
    """``stamp`` is the machine's own time of the new values, Unix seconds; 0 if it gave none.

    ``reported_at`` is when it was last reported, monotonic seconds; 0 before the first time.
    """

    __slots__ = (
        "_cause",
        "_doubts",
        "_held",
        "_reason",
        "_states",
        "awaited",
        "is_dirty",
        "key",
        "reported_at",
        "server",
        "stamp",
        "values",
    )

    def __init__(self, key: str) -> None:
        self.key = key
        self.values: dict[str, Value] = {}
        self.stamp = 0.0
        self.reported_at = 0.0
        self.is_dirty = False
        self.awaited: set[Place] = set()
        """Readings without a value on this connection; nothing is reported while there are any."""
        self.server: tuple[Quality, str] = _NONE
        """The server's own state, which applies to each of its machines."""
        self._doubts: dict[Place, tuple[Quality, str]] = {}
        self._states: dict[int, tuple[str | None, str | None]] = {}
        """The nested states by depth; the innermost counts."""
        self._cause: str | None = None
        self._held: dict[Alarm, None] = {}
        self._reason: str | None = ""
        """None: it must be computed again."""

    @property
    def quality(self) -> Quality:
        """The worst quality of the machine's readings and of the server."""
        if not self._doubts and self.server is _NONE:
            return Quality.GOOD
        doubts = {quality for quality, _ in self._doubts.values()} | {self.server[0]}
        return next((each for each in WORST_FIRST if each in doubts), Quality.GOOD)

    @property
    def reason(self) -> str:
        """The reason for the quality: every reading that is that bad, and the server's own reason."""
        if self._reason is None:
            self._reason = self._found_reason()
        return self._reason

    def _found_reason(self) -> str:
        worst = self.quality
        if worst is Quality.GOOD:
            return ""
        reasons = [self.server[1]] if self.server[0] is worst else []
        reasons += [
            words("words-of-place", label=each.label, why=why)
            for each, (quality, why) in self._doubts.items()
            if quality is worst
        ]
        listed = joined(reasons[:_MOST_REASONS])
        more = len(reasons) - _MOST_REASONS
        return words("words-so-many-more-reasons", told=listed, more=more) if more > 0 else listed

    def judge(self, reading: Place, quality: Quality, reason: str) -> None:
        self._reason = None
        if quality is Quality.GOOD:
            self._doubts.pop(reading, None)
        else:
            self._doubts[reading] = (quality, reason)

    def report(self, at: float) -> Report | None:
        """The new values as a report; ``at`` counts if no place gave a time stamp.

        An empty report is a sign of life. None if a place has no value yet.
        """
        if self.awaited:
            return None
        if self.is_dirty:
            self.is_dirty = False
            self.values["status"], self.values["cause"] = self.condition()
        values, self.values = self.values, {}
        stamp = self.stamp or at
        self.stamp = 0.0
        if not self._doubts and self.server is _NONE:
            return Report(self.key, values, stamp)
        return Report(self.key, values, stamp, self.quality, self.reason)

    def condition(self) -> tuple[str | None, str | None]:
        """``status`` and ``cause``: the most serious status that holds, with the causes of all that hold."""
        state, state_cause = self._states[max(self._states)] if self._states else (None, None)
        by_status: dict[str, list[str]] = {}
        if state in CRITICAL_OVERRIDES:
            by_status[state] = [text for text in (self._cause or state_cause,) if text]
        for bit in self._held:
            by_status.setdefault(bit.status, []).extend([bit.cause] if bit.cause else [])
        held = [status for status in CRITICAL_OVERRIDES if status in by_status]
        if not held:
            return state, self._cause or state_cause
        causes = list(by_status[held[0]])
        for status in held[1:]:
            causes += by_status[status] or [status]
        if not causes and self._cause:
            causes = [self._cause]
        return held[0], "; ".join(causes) or None

    def set_server(self, quality: Quality, reason: str) -> None:
        self._reason = None
        self.server = _NONE if quality is Quality.GOOD else (quality, reason)

    def set_state(self, state: str | None, cause: str | None, depth: int = 0) -> None:
        """Sets the state at a depth; None if no state is active there."""
        if state is None and depth not in self._states:
            return
        if (state, cause) != self._states.get(depth):
            self._states[depth] = (state, cause)
            if state is None:
                del self._states[depth]
            self.is_dirty = True

    def set_cause(self, cause: str | None) -> None:
        if cause != self._cause:
            self._cause = cause
            self.is_dirty = True

    def set_bit(self, bit: Alarm, holds: bool) -> None:
        if holds != (bit in self._held):
            self.is_dirty = True
            if holds:
                self._held[bit] = None
            else:
                del self._held[bit]
