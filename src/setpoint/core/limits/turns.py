"""Decides whose turn it is when several accounts want more than can be done at once.

Each piece of work has a cost, and only so much may be under way together. The account that has had least since the line
formed comes first. So a long line of one account delays another account's single request by what is under way, and not
by the line (start-time fair queueing).
"""

from __future__ import annotations

from collections import Counter, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """``room``: the cost that may be under way at once; a single piece of work may cost more. ``each``: how many pieces
    of one account may be under way. A ticket stands for a piece of work that waits.
    """

    def __init__(self, room: int | None = None, *, each: int | None = None) -> None:
        self._room = room
        self._each = each
        self._lines: dict[str, deque[tuple[int, T]]] = {}
        self._had: dict[str, int] = {}
        """By account: where the work that began ends on a scale of cost, ahead of ``_now``."""
        self._now = 0
        self._running: Counter[str] = Counter()
        self._cost = 0

    def join(self, name: str, cost: int, ticket: T) -> None:
        """The ticket waits, at the end of its account's line."""
        self._lines.setdefault(name, deque()).append((cost, ticket))

    def leave(self, name: str, ticket: T) -> bool:
        """The ticket does not wait any more. False if it did not wait, because its turn has come: then call `end`."""
        before = self._lines.get(name, deque())
        line = deque(each for each in before if each[1] is not ticket)
        self._set_line(name, line)
        return len(line) < len(before)

    def begin(self) -> T | None:
        """The ticket whose turn has come; its work is under way until `end`. None if all have to wait."""
        waiting = [name for name in self._lines if self._each is None or self._running[name] < self._each]
        if not waiting:
            return None
        name = min(waiting, key=lambda each: max(self._now, self._had.get(each, 0)))
        line = self._lines[name]
        cost, ticket = line[0]
        if self._room is not None and self._cost and self._cost + cost > self._room:
            return None
        line.popleft()
        self._set_line(name, line)
        self._now = max(self._now, self._had.get(name, 0))
        self._had[name] = self._now + cost
        self._running[name] += 1
        self._cost += cost
        return ticket

    def end(self, name: str, cost: int) -> None:
        """A piece of work that had begun is done."""
        self._cost -= cost
        self._running[name] -= 1
        if not self._running[name]:
            del self._running[name]
        if not self._running and not self._lines:
            self._had.clear()  # the line is gone, and who had how much is forgotten
            self._now = 0

    def _set_line(self, name: str, line: deque[tuple[int, T]]) -> None:
        if line:
            self._lines[name] = line
        else:
            self._lines.pop(name, None)
