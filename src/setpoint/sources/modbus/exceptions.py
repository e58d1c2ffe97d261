"""The exceptions of Modbus (application protocol 1.1b3, chapter 7), in words that people can act on."""

from __future__ import annotations

_NAMES = {
    1: "illegal function: the device cannot do this kind of request",
    2: "illegal address: the device has no such register; check the plant file (addresses count from 0)",
    3: "illegal value: the device does not take this value",
    4: "the device failed while it did this",
    5: "the device has accepted this and is still at it",
    6: "the device is busy",
    7: "the device cannot do this",
    8: "the device found an error in its memory",
    10: "the gateway has no way to this unit",
    11: "the gateway has no answer from this unit",
}
REFUSED = (1, 2, 3, 7)
"""Exceptions after which a write has certainly not happened. After any other it may still land."""
REFUSED_ADDRESS = (1, 2, 3)
"""Exceptions that are about places alone. After another one, a device that gives no value at all is not there."""
ABSENT = (10, 11)
"""Exceptions of a gateway that has no contact with the device."""


def in_words(number: int) -> str:
    return f"{_NAMES.get(number, 'an exception')} (exception {number})"
