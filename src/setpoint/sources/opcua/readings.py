"""From the raw values of a machine's nodes to reports: scaled, named, judged.

Each monitored item is one `Reading`; all readings of a machine write into its `MachineImage`, which says what is new
since its last report. The condition is made of a state node and of any number of critical bits: the gravest that
holds is the ``status``, and the causes of all of them are kept. A reading that turns bad never changes the
condition: a stop stays a stop, as last known, and the quality tells (SAFE-4). On a new connection nothing is reported
of a machine before each of its nodes has spoken once, so that no old value poses as live and no stop is overlooked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from setpoint.core.plant import CRITICAL_STATUSES, Field, FieldType, Quality, Report, Value
from setpoint.sources.opcua.config import Bit, FieldNode, MachineNodes, StatusNodes
from setpoint.sources.opcua.notifications import Raw, unix_seconds
from setpoint.sources.opcua.quality import SEVERITY, WORST_FIRST, quality_of

Convert: TypeAlias = Callable[[Raw], Value]

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
"""ISA-TR88.00.02 ``StateCurrent`` → condition and its cause."""

_DIGITS = "{:.12g}"


class Reading:
    """One node of one machine. ``take`` puts a new raw value into the machine's image."""

    __slots__ = (
        "_apply",
        "batch",
        "deadband",
        "image",
        "is_condition",
        "is_optional",
        "label",
        "node",
        "quality",
        "sampling_ms",
    )

    def __init__(
        self,
        image: MachineImage,
        label: str,
        node: str,
        apply: Callable[[Raw], None],
        *,
        is_condition: bool = False,
        is_optional: bool = False,
        deadband: float = 0.0,
        sampling_ms: int | None = None,
    ) -> None:
        self.image = image
        self.label = label
        self.node = node
        self.is_condition = is_condition
        self.is_optional = is_optional
        self.deadband = deadband
        self.sampling_ms = sampling_ms
        self.quality = Quality.GOOD
        self.batch = 0
        self._apply = apply

    def take(self, raw: Raw, status_code: int, filetime: int) -> None:
        """A new value of the node, or the news that it has none."""
        image = self.image
        if status_code & SEVERITY == 0:
            if self.quality is not Quality.GOOD:
                self._judge(Quality.GOOD)
            if raw is not None or not self.is_condition:
                self._apply(raw)
        else:
            self._judge(quality_of(status_code))
            if self.quality is Quality.UNCERTAIN and raw is not None:
                self._apply(raw)
            elif self.quality is Quality.BAD and not self.is_condition:
                self._apply(None)
        image.filetime = max(image.filetime, filetime)
        if image.awaited:
            image.awaited.discard(self)

    def _judge(self, quality: Quality) -> None:
        self.quality = quality
        if not self.is_optional:
            self.image.judge(self, quality)


class MachineImage:
    """What is known of one machine, and what of it has not been reported yet."""

    __slots__ = (
        "_cause",
        "_doubts",
        "_held",
        "_state",
        "awaited",
        "filetime",
        "is_dirty",
        "key",
        "told_at",
        "values",
    )

    def __init__(self, key: str) -> None:
        self.key = key
        self.values: dict[str, Value] = {}
        self.filetime = 0
        self.told_at = 0.0
        self.is_dirty = False
        self.awaited: set[Reading] = set()
        """Readings that have not spoken on this connection yet; while there are any, nothing is reported."""
        self._doubts: dict[Reading, Quality] = {}
        self._state: tuple[str | None, str | None] = (None, None)
        self._cause: str | None = None
        self._held: dict[Bit, None] = {}

    @property
    def quality(self) -> Quality:
        """The worst of the machine's readings."""
        doubts = self._doubts.values()
        return next((each for each in WORST_FIRST if each in doubts), Quality.GOOD)

    def judge(self, reading: Reading, quality: Quality) -> None:
        if quality is Quality.GOOD:
            self._doubts.pop(reading, None)
        else:
            self._doubts[reading] = quality

    def report(self, at: float) -> Report | None:
        """What is new, as a report; ``at`` counts where no node gave a time stamp. An empty one is a sign of life.

        None where a node has not spoken yet.
        """
        if self.awaited:
            return None
        if self.is_dirty:
            self.is_dirty = False
            self.values["status"], self.values["cause"] = self.condition()
        values, self.values = self.values, {}
        stamp = unix_seconds(self.filetime) if self.filetime else at
        self.filetime = 0
        return Report(self.key, values, stamp, self.quality)

    def condition(self) -> tuple[str | None, str | None]:
        """``status`` and ``cause``: the gravest that holds, with the causes of all that hold."""
        state, state_cause = self._state
        by_status: dict[str, list[str]] = {}
        if state in CRITICAL_STATUSES:
            by_status[state] = [text for text in (self._cause or state_cause,) if text]
        for bit in self._held:
            by_status.setdefault(bit.status, []).extend([bit.cause] if bit.cause else [])
        held = [status for status in CRITICAL_STATUSES if status in by_status]
        if not held:
            return state, self._cause or state_cause
        causes = list(by_status[held[0]])
        for status in held[1:]:
            causes += by_status[status] or [status]
        if not causes and self._cause:
            causes = [self._cause]
        return held[0], "; ".join(causes) or None

    def set_state(self, state: str | None, cause: str | None) -> None:
        if (state, cause) != self._state:
            self._state = (state, cause)
            self.is_dirty = True

    def set_cause(self, cause: str | None) -> None:
        if cause != self._cause:
            self._cause = cause
            self.is_dirty = True

    def set_bit(self, bit: Bit, holds: bool) -> None:
        if holds != (bit in self._held):
            self.is_dirty = True
            if holds:
                self._held[bit] = None
            else:
                del self._held[bit]


def readings_of(nodes: MachineNodes, fields: Mapping[str, Field]) -> list[Reading]:
    """Every reading of one machine, all writing into one new image."""
    image = MachineImage(nodes.machine)
    readings = [_field_reading(image, each, fields[each.name]) for each in nodes.fields]
    return [*readings, *_condition_readings(image, nodes.status)]


def from_raw(node: FieldNode, field: Field) -> Convert:
    """How a raw value becomes the field's value. Numbers keep no digits that binary fractions invented."""
    if field.type is FieldType.NUMBER:
        scale, offset = node.scale, node.offset

        def number(raw: Raw) -> Value:
            if raw.__class__ is int or raw.__class__ is float:
                if scale == 1.0 and offset == 0.0:
                    return raw
                return _tidy(raw * scale + offset)
            return int(raw) if isinstance(raw, bool) else None

        return number
    names = {_key(raw): name for name, raw in node.choices.items()}
    return lambda raw: None if raw is None else names.get(_key(raw), str(raw))


def _tidy(value: float) -> float:
    tidied = float(_DIGITS.format(value))
    return int(tidied) if tidied.is_integer() else tidied


def _key(raw: Raw) -> str:
    """One spelling for raw values that controllers send as 1, 1.0, True or "1"."""
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(int(raw)) if isinstance(raw, bool) else str(raw)


def _field_reading(image: MachineImage, node: FieldNode, field: Field) -> Reading:
    convert, name = from_raw(node, field), node.name

    def apply(raw: Raw) -> None:
        image.values[name] = convert(raw)

    return Reading(
        image, name, node.node, apply,
        is_optional=node.is_optional, deadband=node.deadband, sampling_ms=node.sampling_ms,
    )  # fmt: skip


def _condition_readings(image: MachineImage, nodes: StatusNodes) -> Iterator[Reading]:
    def state(raw: Raw) -> None:
        if nodes.is_packml:
            image.set_state(*PACKML.get(_key(raw), ("UNDEFINED", f"PackML state {raw}")))
        else:
            image.set_state(nodes.names.get(_key(raw), str(raw)), None)

    def word(raw: Raw) -> None:
        if isinstance(raw, int):
            for bit in nodes.bits:
                image.set_bit(bit, bool(raw >> bit.number & 1))

    def flag(bit: Bit) -> Callable[[Raw], None]:
        return lambda raw: image.set_bit(bit, bool(raw))

    if nodes.node:
        yield Reading(image, "status", nodes.node, state, is_condition=True)
    if nodes.cause:
        yield Reading(
            image,
            "cause",
            nodes.cause,
            lambda raw: image.set_cause(str(raw) if raw else None),
            is_condition=True,
        )
    if nodes.word:
        yield Reading(image, "status word", nodes.word, word, is_condition=True)
    for bit in nodes.flags:
        yield Reading(image, bit.status, bit.node, flag(bit), is_condition=True)
