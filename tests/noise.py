"""Damages bytes like a broken machine, a bad cable or an attacker. The same seed gives the same damage."""

from __future__ import annotations

import random


def damaged(data: bytes, rng: random.Random, *, start: int = 0) -> bytes:
    """Flips bits, makes numbers huge, and removes, repeats or inserts parts. The bytes before ``start`` stay."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        if len(found) <= start:
            break
        at = rng.randrange(start, len(found))
        match rng.randrange(5):
            case 0:
                found[at] ^= 1 << rng.randrange(8)
            case 1:
                found[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", bytes(4)))
            case 2:
                del found[at : at + rng.randint(1, 8)]
            case 3:
                found[at:at] = rng.randbytes(rng.randint(1, 8))
            case _:
                found[at:at] = found[at : at + rng.randrange(1, 40)]
    return bytes(found)
