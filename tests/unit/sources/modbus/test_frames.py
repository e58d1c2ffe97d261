"""Bytes from the wire count as an answer only if they are one."""

from __future__ import annotations

import struct

import pytest
from pymodbus.pdu import DecodePDU

from setpoint.sources.modbus.link import _Framer

READ_HOLDING, READ_INPUT = 3, 4


def _frame(body: bytes) -> bytes:
    return struct.pack(">HHHB", 7, 0, len(body) + 1, 1) + body


@pytest.mark.parametrize("function", [READ_HOLDING, READ_INPUT])
def test_registers_and_a_half_are_no_answer(function: int) -> None:
    framer = _Framer(DecodePDU(False))
    half = _frame(bytes((function, 3, 0, 9, 9)))
    assert framer.handleFrame(half, 1, 7) == (len(half), None)
    whole = _frame(bytes((function, 4, 0, 9, 1, 0)))
    used, answer = framer.handleFrame(whole, 1, 7)
    assert answer is not None
    assert (used, answer.registers) == (len(whole), [9, 256])
