"""Checks the numbers of a subscription's messages, as the standard defines them and as servers really send them.

By the standard (Part 4, 5.13.1.1) each message with data has the next number, and a keep-alive has the number of the
next message. Real servers also count keep-alives, send the last number in them, or none at all. So if a number is ahead
right after a keep-alive, that is only a suspicion (`may_be_a_habit`): the server is asked for the skipped message, and
if it does not have it, it never sent it. If a number is ahead without a keep-alive before it, a message was lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field

_LARGEST = 0xFFFF_FFFF
_MOST_SUSPECTS = 10


@dataclass(slots=True)
class MessageNumbers:
    """``suspects`` are skipped numbers. ``counts_keep_alives``: this server's keep-alives use up numbers."""

    suspects: list[int] = field(default_factory=list)
    counts_keep_alives: bool = False
    may_be_a_habit: bool = False
    _next: int | None = None
    _was_keep_alive: bool = False

    def take(self, number: int, *, has_data: bool) -> None:
        wanted, after_keep_alive = self._next, self._was_keep_alive
        self._was_keep_alive = not has_data
        if wanted is None:
            self._next = self._after(number) if has_data else number or None
            return
        ahead = (number - wanted) % _LARGEST
        if 0 < ahead < _LARGEST // 2:
            is_one_step = ahead == 1 and after_keep_alive
            if not (self.counts_keep_alives and is_one_step):
                self.may_be_a_habit = is_one_step
                self.suspects += [self._plus(wanted, each) for each in range(min(ahead, _MOST_SUSPECTS))]
        elif ahead and not has_data:
            return  # a keep-alive with the last number, or with none
        self._next = self._after(number) if has_data else number

    @staticmethod
    def _after(number: int) -> int:
        return number % _LARGEST + 1

    @staticmethod
    def _plus(number: int, steps: int) -> int:
        return (number - 1 + steps) % _LARGEST + 1
