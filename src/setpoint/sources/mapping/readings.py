"""Puts the values of a machine's places into its image: scaled, named, checked.

A reading that becomes bad never changes the condition: a stop stays as last known, and only the quality changes
(SAFE-4). A value of the condition that cannot be read as the plant file says makes the machine BAD, with the reason
(SAFE-6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Generic, TypeVar

from setpoint.contract.values import Quality
from setpoint.core.plant import Field, FieldType, usable_text
from setpoint.sources.mapping.image import MachineImage
from setpoint.sources.mapping.settings import Bit, ConditionPlaces, FieldPlace, MachinePlaces
from setpoint.sources.mapping.values import Convert, Raw, UnreadableError, from_raw, is_nothing, state_of
from setpoint.sources.wording import words

P = TypeVar("P")
_UNSAID = object()


class Reading(Generic[P]):
    """One place of one machine. ``take`` puts a new value into the machine's image."""

    __slots__ = (
        "_apply",
        "_last",
        "image",
        "is_condition",
        "is_optional",
        "label",
        "place",
        "quality",
        "reason",
    )

    def __init__(
        self,
        image: MachineImage,
        label: str,
        place: P,
        apply: Callable[[Raw], None],
        *,
        is_condition: bool = False,
        is_optional: bool = False,
    ) -> None:
        self.image = image
        self.label = label
        self.place = place
        self.is_condition = is_condition
        self.is_optional = is_optional
        self.quality = Quality.GOOD
        self.reason = ""
        self._apply = apply
        self._last: object = _UNSAID

    def take(self, raw: Raw, quality: Quality = Quality.GOOD, reason: str = "") -> None:
        """A new value. Never raises for what a machine may send."""
        image = self.image
        if image.awaited:
            image.awaited.discard(self)
        if raw == self._last and raw.__class__ is self._last.__class__ and quality is self.quality:
            return  # nothing is new
        if quality is Quality.GOOD or (quality is Quality.UNCERTAIN and raw is not None):
            try:
                self._apply(raw)
            except UnreadableError as error:
                quality, reason = Quality.BAD, error.args[0]
            else:
                self._last = raw
        if quality is Quality.BAD or quality is Quality.OFFLINE:
            self._last = _UNSAID
            if not self.is_condition and quality is Quality.BAD:
                self._apply(None)
        if quality is not self.quality or reason != self.reason:
            self.quality, self.reason = quality, reason
            if not self.is_optional:
                image.judge(self, quality, reason)

    def forget(self) -> None:
        """Makes the next value count as new, whatever it is."""
        self._last = _UNSAID


def readings_of(places: MachinePlaces[P], fields: Mapping[str, Field]) -> list[Reading[P]]:
    """Every reading of one machine, all writing into one new image."""
    image = MachineImage(places.machine)
    readings = [_field_reading(image, each, fields[each.name]) for each in places.fields]
    return [*readings, *_condition_readings(image, places.condition)]


def _field_reading(image: MachineImage, place: FieldPlace[P], field: Field) -> Reading[P]:
    convert, name = from_raw(place, field), place.name
    is_number = field.type is FieldType.NUMBER

    def apply(raw: Raw) -> None:
        value = convert(raw)
        # Before the check, because an unreadable value must not leave the old one in place.
        image.values[name] = value
        if is_number and value is None and isinstance(raw, str):
            raise UnreadableError(words("words-number-expected-came", value=repr(raw[:40])))

    return Reading(image, name, place.place, apply, is_optional=place.is_optional)


def _condition_readings(image: MachineImage, places: ConditionPlaces[P]) -> Iterator[Reading[P]]:
    def state(raw: Raw) -> None:
        if is_nothing(raw):
            raise UnreadableError(words("words-state-not-known"))
        image.set_state(*state_of(raw, places, {}))

    def cause(raw: Raw) -> None:
        image.set_cause(usable_text(str(raw)) if raw else None)

    def word(raw: Raw) -> None:
        if raw is not None and isinstance(raw, float) and raw.is_integer():
            raw = int(raw)
        if not isinstance(raw, int):
            raise UnreadableError(words("words-alarm-word-no-bits", value=repr(raw)))
        for bit in places.bits:
            image.set_bit(bit, bool(raw >> bit.number & 1))

    def flag(bit: Bit[P]) -> Callable[[Raw], None]:
        return lambda raw: image.set_bit(bit, _truth(raw))

    for label, place, apply in (
        ("status", places.state, state),
        ("cause", places.cause, cause),
        ("status word", places.word, word),
    ):
        if place is not None:
            yield Reading(image, label, place, apply, is_condition=True)
    for bit in places.flags:
        if bit.place is not None:
            yield Reading(image, bit.status, bit.place, flag(bit), is_condition=True)


def _truth(raw: Raw) -> bool:
    if isinstance(raw, bool | int) or (isinstance(raw, float) and isfinite(raw)):
        return bool(raw)
    raise UnreadableError(words("words-true-false-expected-came", value=repr(raw)))


__all__ = ["Convert", "Reading", "readings_of"]
