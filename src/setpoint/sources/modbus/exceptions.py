"""The exceptions of Modbus (application protocol 1.1b3, chapter 7), in words that people can act on."""

from __future__ import annotations

from setpoint.message import Sentence
from setpoint.sources.wording import words

_KNOWN = frozenset((1, 2, 3, 4, 5, 6, 7, 8, 10, 11))
REFUSED = (1, 2, 3, 7)
"""Exceptions after which a write has certainly not happened. After any other it may still land."""
REFUSED_ADDRESS = (1, 2, 3)
"""Exceptions that are about places alone. After another one, a device that gives no value at all is not there."""
ABSENT = (10, 11)
"""Exceptions of a gateway that has no contact with the device."""


def in_words(number: int) -> Sentence:
    if number in _KNOWN:
        return words(f"words-exception-{number}")
    return words("words-exception-other", number=number)
