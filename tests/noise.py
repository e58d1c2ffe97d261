"""Damaged bytes, as from a broken machine, a bad cable or an attacker; the same for the same seed."""

from __future__ import annotations

import random


def spoilt(data: bytes, dice: random.Random, *, start: int = 0) -> bytes:
    """Some bits flipped, numbers made huge, parts cut out, repeated or put in; the bytes before ``start`` stay."""
    found = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        if len(found) <= start:
            break
        at = dice.randrange(start, len(found))
        match dice.randrange(5):
            case 0:
                found[at] ^= 1 << dice.randrange(8)
            case 1:
                found[at : at + 4] = dice.choice((b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", bytes(4)))
            case 2:
                del found[at : at + dice.randint(1, 8)]
            case 3:
                found[at:at] = dice.randbytes(dice.randint(1, 8))
            case _:
                found[at:at] = found[at : at + dice.randrange(1, 40)]
    return bytes(found)
