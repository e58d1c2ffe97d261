"""When a message is tried again, as the Standard Webhooks specification suggests."""

from __future__ import annotations

DELAYS_S = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""The wait after each failed attempt. After the last one there is no other attempt."""
MAX_RETRY_AFTER_S = 86_400.0
"""The longest wait that a receiver may ask for."""
_SPREAD = 0.1
LONGEST_WAIT_S = max(*DELAYS_S, MAX_RETRY_AFTER_S) * (1 + _SPREAD)
"""No attempt is put off for longer. If one seems to be, the clock has been set back, and it is due."""


def next_attempt(attempts: int, now: float, *, jitter: float, retry_after_s: float = 0.0) -> float | None:
    """The instant of the next attempt after so many have failed; None if that was the last.

    ``jitter`` from 0 to 1 spreads messages that failed together over a tenth of the delay. ``retry_after_s`` is what
    the receiver asked for; it makes the delay longer and never shorter.
    """
    if attempts > len(DELAYS_S):
        return None
    delay_s = DELAYS_S[attempts - 1] * (1 + _SPREAD * jitter)
    return now + max(delay_s, min(retry_after_s, MAX_RETRY_AFTER_S))
