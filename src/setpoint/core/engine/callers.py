"""The callers that wait for an answer, by txId, and the time limit for answering a withdrawal."""

from __future__ import annotations

from setpoint.contract.http.batches import ANSWER_WITHIN_MS
from setpoint.core.deadlines import Deadlines


class Callers:
    """Calls are numbers of the shell; several may wait for one txId."""

    def __init__(self) -> None:
        self._answers: dict[str, list[int]] = {}
        self._withdrawals: dict[str, list[int]] = {}
        self._deadlines: Deadlines[tuple[str, int]] = Deadlines()

    def wait(self, tx_id: str, call: int) -> None:
        """Waits for the answer to a batch; the batch has deadlines of its own (CMD-3)."""
        self._answers.setdefault(tx_id, []).append(call)

    def wait_for_withdrawal(self, tx_id: str, call: int, now_ms: int) -> None:
        self._withdrawals.setdefault(tx_id, []).append(call)
        self._deadlines.at(now_ms + ANSWER_WITHIN_MS, (tx_id, call))

    def take(self, tx_id: str, *, is_withdrawal: bool = False) -> list[int]:
        """Removes and returns the calls that wait for this txId."""
        return (self._withdrawals if is_withdrawal else self._answers).pop(tx_id, [])

    def take_overdue(self, now_ms: int) -> list[int]:
        """Removes and returns the calls whose withdrawal could not be stored in time."""
        overdue: list[int] = []
        for tx_id, call in self._deadlines.due(now_ms):
            waiting = self._withdrawals.get(tx_id, [])
            if call in waiting:
                waiting.remove(call)
                overdue.append(call)
                if not waiting:
                    del self._withdrawals[tx_id]
        return overdue

    def next_due_ms(self) -> int | None:
        return self._deadlines.next_ms()
