"""The time limit of a batch (CMD-8). After its sender has given up, no machine may act on a target.

A limit is an instant on the monotonic clock. ``notAfter`` is an instant on the server's wall clock, which the client
knows from the last ``ping``, so it is converted when the batch arrives. After that, setting the wall clock has no
effect.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from setpoint.contract.http.batches import ANSWER_WITHIN_MS
from setpoint.contract.http.problems import ProblemCode
from setpoint.errors import RequestError

TOLD_FOR_MS = 30_000
"""How long clients may use the earlier setting after the wall clock was set; longer than the time between pings."""
JUMP_MS = 250
"""If the wall clock moved less than this against the monotonic one, it was not set."""
GIVEN_UP_FOR_MS = 600_000
MAX_GIVEN_UP = 10_000
"""The number of batches that are remembered, over all accounts. The oldest is forgotten first."""
PLAUSIBLE_MS = 60_000
"""A ``notAfter`` further in the past belongs to another setting of the clock, or was given up long ago."""


class Arrival(NamedTuple):
    """When a request arrived: monotonic milliseconds, and Unix seconds."""

    now_ms: int
    ts: float


class ServerTime:
    """The recent settings of the server's wall clock, so that setting the clock makes no batch late or early."""

    def __init__(self) -> None:
        self._offset_ms: float | None = None
        self._earlier: deque[tuple[int, float]] = deque()
        """Until when an earlier setting counts, and that setting: the wall clock minus the monotonic one."""

    def note(self, now_ms: int, ts: float) -> None:
        """Compares both clocks; call it at least every second."""
        while self._earlier and self._earlier[0][0] <= now_ms:
            self._earlier.popleft()
        offset_ms = ts * 1000 - now_ms
        if self._offset_ms is None or abs(offset_ms - self._offset_ms) > JUMP_MS:
            if self._offset_ms is not None:
                self._earlier.append((now_ms + TOLD_FOR_MS, self._offset_ms))
            self._offset_ms = offset_ms

    def limit_ms(self, arrival: Arrival, not_after: float | None) -> int:
        """The limit of a batch: ``not_after``, but at most the answer's deadline after its arrival.

        If several settings of the clock are possible, the one that leaves the least time counts. If none is possible,
        because ``not_after`` is long past by one setting and far in the future by the others, the batch is too late.
        """
        latest_ms = arrival.now_ms + ANSWER_WITHIN_MS
        if not_after is None:
            return latest_ms
        self.note(arrival.now_ms, arrival.ts)
        offsets = (arrival.ts * 1000 - arrival.now_ms, *(offset for _, offset in self._earlier))
        limits = [round(not_after * 1000 - offset) for offset in offsets]
        earliest_ms = arrival.now_ms - PLAUSIBLE_MS
        plausible = [each for each in limits if earliest_ms <= each <= latest_ms + JUMP_MS]
        return min(latest_ms, *(plausible or limits))


class GivenUp:
    """Batches that were answered ``too-late``. The answer stays the same, even if the clock is set or the batch comes
    again: a request may be delivered twice. Forgotten after ten minutes, and by a restart.
    """

    def __init__(self) -> None:
        self._until_ms: dict[tuple[str, str], int] = {}
        """By account and txId; the oldest first."""

    def note(self, account: str, tx_id: str, now_ms: int) -> None:
        while self._until_ms:
            oldest = next(iter(self._until_ms))
            if self._until_ms[oldest] > now_ms and len(self._until_ms) < MAX_GIVEN_UP:
                break
            del self._until_ms[oldest]
        self._until_ms[account, tx_id] = now_ms + GIVEN_UP_FOR_MS

    def has(self, account: str, tx_id: str, now_ms: int) -> bool:
        return self._until_ms.get((account, tx_id), now_ms) > now_ms


def too_late(not_after: float | None, ts: float, *, is_again: bool = False) -> RequestError:
    """Returns the refusal of a batch after its time limit. The server has sent nothing of it, and never will."""
    if is_again:
        why = "it came again, and was too late before"
    elif not_after is None:
        why = f"it could not leave within {ANSWER_WITHIN_MS // 1000} s of its arrival"
    else:
        why = f"it was to leave before {not_after:.3f}, and it is {ts:.3f} by the server's clock"
    return RequestError(
        f"the batch is too late and nothing was sent: {why}; look at the machines again, and send a new batch",
        code=ProblemCode.TOO_LATE,
    )
