"""Answers each write exactly once: with its answer, after three seconds, or at the end of the source."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from setpoint.core.plant import Answer, Write, WriteAnswer
from setpoint.message import Sentence
from setpoint.sources.wording import words

ANSWER_WITHIN_S = 3.0

_Key: TypeAlias = tuple[str, str, str]


def may_land(why: str) -> Sentence:
    """A message that the result of a write is not known, with the reason. The write may still land."""
    return words("words-may-still-land", why=why)


def no_answer() -> Sentence:
    """A message that the controller did not answer within `ANSWER_WITHIN_S`."""
    return words("words-no-answer-within", seconds=f"{ANSWER_WITHIN_S:g}")


def nothing_sent(why: str) -> Sentence:
    """A message that the write certainly did not leave, and why."""
    return words("words-nothing-sent", why=why)


def not_connected(why: str) -> Sentence:
    """A message that the write did not leave, because there is no connection, with the reason."""
    return words("words-nothing-sent-no-connection", why=why)


def closed(address: str) -> Sentence:
    """A message that nothing was sent, because the peer ended the connection."""
    return nothing_sent(words("words-closed-connection", address=address))


class OpenWrites:
    """The writes that have no answer yet. ``on_answers`` is the sink's."""

    def __init__(self, on_answers: Callable[[Sequence[WriteAnswer]], None]) -> None:
        self._on_answers = on_answers
        self._open: dict[_Key, Write] = {}

    def __len__(self) -> int:
        return len(self._open)

    def begin(self, writes: Sequence[Write]) -> None:
        """Takes the writes: those without an answer in three seconds are answered ``unknown``."""
        self._open.update((_key(each), each) for each in writes)
        keys = [_key(each) for each in writes]
        asyncio.get_running_loop().call_later(ANSWER_WITHIN_S, self._expire, keys)

    def answer(self, writes: Iterable[Write], answer: Answer, message: str = "") -> None:
        """Answers the writes that are still open; the others have been answered."""
        found = [
            WriteAnswer(each.tx_id, each.machine, each.field, answer, message)
            for each in writes
            if self._open.pop(_key(each), None) is not None
        ]
        if found:
            self._on_answers(found)

    def is_open(self, write: Write) -> bool:
        return _key(write) in self._open

    def end(self) -> None:
        """The source stops."""
        left = tuple(self._open.values())
        self.answer(left, Answer.UNKNOWN, may_land(words("words-stopped-before-answer")))

    def _expire(self, keys: Sequence[_Key]) -> None:
        late = [self._open[key] for key in keys if key in self._open]
        self.answer(late, Answer.UNKNOWN, may_land(no_answer()))


def _key(write: Write) -> _Key:
    return write.tx_id, write.machine, write.field
