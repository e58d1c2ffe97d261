"""Turns the values of a machine's nodes into reports: picks, scales, names and checks them.

Each monitored item is one `Reading`; all readings of a machine write into its `MachineImage` (`image`). A reading that
becomes bad never changes the condition: a stop stays as last known, and only the quality changes (SAFE-4). If a value
of the condition cannot be read as the plant file says, the machine is BAD with the reason (SAFE-6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import isfinite
from typing import TypeAlias

from asyncua.ua.status_codes import StatusCodes

from setpoint.contract.values import Quality
from setpoint.core.plant import Field, FieldType, usable_text
from setpoint.sources.mapping.packml import PACKML
from setpoint.sources.mapping.values import UnreadableError, from_raw, is_nothing, state_of
from setpoint.sources.opcua.config import Bit, FieldNode, MachineNodes, StatusNodes
from setpoint.sources.opcua.image import MachineImage
from setpoint.sources.opcua.parts import WHOLE, Part, pick, scalar
from setpoint.sources.opcua.quality import CODE, SEVERITY, in_words, quality_of
from setpoint.sources.opcua.structures import Layout
from setpoint.sources.opcua.variants import Array, Held, Opaque, Structure, bit_of, describe
from setpoint.sources.wording import words

__all__ = ["PACKML", "MachineImage", "Reading", "from_raw", "readings_of"]

Apply: TypeAlias = Callable[[Held], None]
"""Puts a value into an image. Raises `UnreadableError`."""

_INACTIVE = frozenset(
    (StatusCodes.BadStateNotActive, StatusCodes.BadWaitingForInitialData, StatusCodes.BadNoData)
)
_GONE = frozenset((StatusCodes.BadNodeIdUnknown, StatusCodes.BadNodeIdInvalid))
_SCALARS = frozenset((int, float, bool, str, type(None)))


class Reading:
    """One node of one machine. ``take`` puts a new value into the machine's image.

    The connection sets what it learns: ``is_ranged`` (the server picks the element itself), ``layouts`` of structures,
    ``names`` of numbers (EnumStrings). Until ``poisoned_until``, in monotonic seconds, the node is left out, because
    its bytes could not be read at all.
    """

    __slots__ = (
        "_apply",
        "batch",
        "deadband",
        "image",
        "is_condition",
        "is_gone",
        "is_optional",
        "is_ranged",
        "label",
        "layouts",
        "may_be_inactive",
        "names",
        "node",
        "not_before",
        "older_until",
        "part",
        "poisoned_until",
        "quality",
        "reason",
        "sampling_ms",
    )

    def __init__(
        self,
        image: MachineImage,
        label: str,
        node: str,
        *,
        part: Part = WHOLE,
        is_condition: bool = False,
        is_optional: bool = False,
        deadband: float = 0.0,
        sampling_ms: int | None = None,
    ) -> None:
        self.image = image
        self.label = label
        self.node = node
        self.part = part
        self.is_condition = is_condition
        self.is_optional = is_optional
        self.deadband = deadband
        self.sampling_ms = sampling_ms
        self.quality = Quality.GOOD
        self.reason = ""
        self.batch = 0
        self.is_ranged = False
        self.may_be_inactive = False
        """A nested state: it has no value while the outer one is in another state."""
        self.poisoned_until = 0.0
        self.not_before = 0
        """Values older than this are ignored, because a newer one was read directly (100 ns since 1601)."""
        self.older_until = 0.0
        """From here on (monotonic seconds) an older time no longer means an older value: the clock was set back."""
        self.is_gone = False
        """The server says that the node no longer exists. It may come back as a new one."""
        self.layouts: Mapping[str, Layout] = {}
        self.names: Mapping[int, str] = {}
        self._apply: Apply = lambda _: None

    def put_by(self, apply: Apply) -> None:
        """Sets the function that puts a value into the image."""
        self._apply = apply

    def take(self, value: Held, status_code: int, filetime: int) -> None:
        """A new value of the node, or a bad status. Never raises, whatever a machine sends."""
        image = self.image
        if status_code & SEVERITY == 0:
            self._put(value)
        elif self.may_be_inactive and status_code & CODE in _INACTIVE:
            self._put(None)
        else:
            quality = quality_of(status_code)
            self.is_gone = status_code & CODE in _GONE
            self._judge(quality, in_words(status_code))
            if quality is Quality.UNCERTAIN and value is not None:
                self._put(value, quality, in_words(status_code))
            elif quality is Quality.BAD and not self.is_condition:
                self._apply(None)
        image.filetime = max(image.filetime, filetime)
        if image.awaited:
            image.awaited.discard(self)

    def _put(self, value: Held, quality: Quality = Quality.GOOD, reason: str = "") -> None:
        try:
            if value.__class__ not in _SCALARS or self.part is not WHOLE:
                value = pick(value, self.part, self.layouts, is_ranged=self.is_ranged)
            self._apply(value)
        except UnreadableError as error:
            self._judge(Quality.BAD, error.args[0])
            if not self.is_condition:
                self._apply(None)
        else:
            if self.quality is not quality:
                self._judge(quality, reason)

    def _judge(self, quality: Quality, reason: str) -> None:
        self.quality = quality
        self.reason = reason if quality is not Quality.GOOD else ""
        if not self.is_optional:
            self.image.judge(self, quality, self.reason)


def readings_of(nodes: MachineNodes, fields: Mapping[str, Field]) -> list[Reading]:
    """Every reading of one machine, all writing into one new image."""
    image = MachineImage(nodes.machine)
    readings = [_field_reading(image, each, fields[each.name]) for each in nodes.fields]
    return [*readings, *_condition_readings(image, nodes.status)]


def _field_reading(image: MachineImage, node: FieldNode, field: Field) -> Reading:
    # A dead band on a set-point would hide what the machine accepted, and the target would never settle.
    reading = Reading(
        image, node.name, node.node, part=node.part, is_optional=node.is_optional,
        deadband=0.0 if field.is_writable else node.deadband, sampling_ms=node.sampling_ms,
    )  # fmt: skip
    convert, name, values = from_raw(node, field), node.name, image
    is_number = field.type is FieldType.NUMBER
    is_named = field.type is not FieldType.NUMBER and not node.choices

    def apply(value: Held) -> None:
        if value.__class__ not in _SCALARS:
            value = scalar(value)
        if is_named and reading.names:
            values.values[name] = from_raw(node, field, reading.names)(value)  # type: ignore[arg-type]  # a scalar by now
        else:
            values.values[name] = convert(value)  # type: ignore[arg-type]  # a scalar by now
            if is_number and value.__class__ is str:
                raise UnreadableError(words("words-number-expected-node-text", value=repr(value[:40])))

    reading.put_by(apply)
    return reading


def _condition_readings(image: MachineImage, nodes: StatusNodes) -> Iterator[Reading]:
    def made(label: str, node: str, part: Part, applying: Callable[[Reading], Apply]) -> Reading:
        reading = Reading(image, label, node, part=part, is_condition=True)
        reading.put_by(applying(reading))
        return reading

    def state(reading: Reading, depth: int = 0) -> Apply:
        def apply(value: Held) -> None:
            raw = scalar(value)
            if depth and raw is None:
                image.set_state(None, None, depth)  # no state is active there
                return
            if is_nothing(raw):
                raise UnreadableError(words("words-node-no-value-state"))
            image.set_state(*state_of(raw, nodes, reading.names), depth)

        return apply

    def cause(_: Reading) -> Apply:
        def apply(value: Held) -> None:
            raw = scalar(value)
            image.set_cause(usable_text(str(raw)) if raw else None)

        return apply

    def word(_: Reading) -> Apply:
        return lambda value: _set_bits(image, nodes.bits, value)

    def flag(bit: Bit) -> Callable[[Reading], Apply]:
        return lambda _: lambda value: image.set_bit(bit, _truth(value))

    parts = nodes.parts
    if nodes.node:
        yield made("status", nodes.node, parts.get("status", WHOLE), state)
        for depth, node in enumerate(nodes.inner, start=1):
            inner = made(f"status {depth + 1}", node, WHOLE, partial(state, depth=depth))
            inner.may_be_inactive = True
            yield inner
    if nodes.cause:
        yield made("cause", nodes.cause, parts.get("cause", WHOLE), cause)
    if nodes.word:
        yield made("status word", nodes.word, parts.get("word", WHOLE), word)
    for bit in nodes.flags:
        yield made(bit.status, bit.node, bit.part, flag(bit))


def _set_bits(image: MachineImage, bits: tuple[Bit, ...], value: Held) -> None:
    """Sets all bits of a word or none of them: a word that can be read only in part is not read. Raises
    `UnreadableError`."""
    if not bits:
        scalar(value)
    found = [(bit, bit_of(value, bit.number)) for bit in bits]
    for _, holds in found:
        if isinstance(holds, str):
            raise UnreadableError(words("words-alarm-word-no-bits-2", why=holds))
    for bit, holds in found:
        image.set_bit(bit, bool(holds))


def _truth(value: Held) -> bool:
    if isinstance(value, bool | int):
        return bool(value)
    if isinstance(value, float) and isfinite(value):
        return value != 0
    if isinstance(value, Array | Structure | Opaque):
        scalar(value)
    raise UnreadableError(words("words-true-false-expected", what=describe(value)))
