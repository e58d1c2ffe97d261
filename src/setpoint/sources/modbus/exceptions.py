"""The exceptions of Modbus (application protocol 1.1b3, chapter 7), and invalid answers, explained so that people can
act on them."""

from __future__ import annotations

from struct import Struct

from setpoint.message import Sentence
from setpoint.sources.wording import words

_HEAD = Struct(">HHHB")
"""Transaction, protocol (always 0), length, unit."""
_KNOWN = frozenset((1, 2, 3, 4, 5, 6, 7, 8, 10, 11))
REFUSED = (1, 2, 3, 7)
"""Exceptions after which a write has certainly not happened. After any other it may still land."""
REFUSED_ADDRESS = (1, 2, 3)
"""Exceptions that concern only places. After any other exception, a device that gives no value at all counts as
absent."""
ABSENT = (10, 11)
"""Exceptions of a gateway that has no contact with the device."""


def in_words(number: int) -> Sentence:
    if number in _KNOWN:
        return words(f"words-exception-{number}")
    return words("words-exception-other", number=number)


def not_an_answer(question: bytes, came: bytes) -> Sentence:
    """Why the received bytes are not the answer to a request, by the headers of both."""
    if len(came) < _HEAD.size:
        return words("words-bytes-no-frame", count=len(came))
    sent, _, _, sent_unit = _HEAD.unpack_from(question)
    transaction, protocol, _, unit = _HEAD.unpack_from(came)
    if protocol:
        return words("words-another-protocol", came=protocol)
    if transaction != sent:
        return words("words-another-transaction", came=transaction, asked=sent)
    if unit != sent_unit:
        return words("words-another-unit", came=unit, asked=sent_unit)
    return words("words-frame-breaks-off", count=len(came))
