"""Decides whose turn it is when several accounts want more than can be done at once.

Each piece of work has a cost, and only so much may be under way together. The work that would be done first if all
accounts were served at once, each with the same share, comes first (weighted fair queueing). So a long line of one
account, or large work of several, delays another account's small request only by the work that is under way, and not by
everything that waits.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class _Waiting(NamedTuple, Generic[T]):
    done: float
    cost: int
    ticket: T


class Turns(Generic[T]):
    """``room``: the cost that may be under way at once; a single piece of work may cost more. ``each``: how many pieces
    of one account may be under way. A ticket stands for a piece of work that waits.
    """

    def __init__(self, room: int | None = None, *, each: int | None = None) -> None:
        self._room = room
        self._each = each
        self._lines: dict[str, deque[_Waiting[T]]] = {}
        self._done: dict[str, float] = {}
        """By account: when all that it asked for would be done, if all were served at once; on the scale of `_now`."""
        self._now = 0.0
        """How much each account would have had since the line formed."""
        self._running: Counter[str] = Counter()
        self._cost = 0

    def join(self, name: str, cost: int, ticket: T) -> None:
        """The ticket waits, at the end of its account's line."""
        done = self._done[name] = max(self._now, self._done.get(name, 0.0)) + cost
        self._lines.setdefault(name, deque()).append(_Waiting(done, cost, ticket))

    def leave(self, name: str, ticket: T) -> bool:
        """The ticket does not wait any more. False if it did not wait, because its turn has come: then call `end`."""
        before = self._lines.get(name, deque())
        line = deque(each for each in before if each.ticket is not ticket)
        self._set_line(name, line)
        return len(line) < len(before)

    def begin(self) -> T | None:
        """The ticket whose turn has come; its work is under way until `end`. None if all have to wait."""
        waiting = [name for name in self._lines if self._each is None or self._running[name] < self._each]
        if not waiting:
            return None
        name = min(waiting, key=lambda each: self._lines[each][0].done)
        line = self._lines[name]
        first = line[0]
        if self._room is not None and self._cost and self._cost + first.cost > self._room:
            return None
        line.popleft()
        self._set_line(name, line)
        self._running[name] += 1
        self._cost += first.cost
        return first.ticket

    def end(self, name: str, cost: int) -> None:
        """A piece of work that had begun is done."""
        self._now += cost / len(self._lines.keys() | self._running.keys())
        self._cost -= cost
        self._running[name] -= 1
        if not self._running[name]:
            del self._running[name]
        if not self._running and not self._lines:
            self._done.clear()  # the line is gone, and who had how much is forgotten
            self._now = 0.0

    def _set_line(self, name: str, line: deque[_Waiting[T]]) -> None:
        if line:
            self._lines[name] = line
        else:
            self._lines.pop(name, None)
