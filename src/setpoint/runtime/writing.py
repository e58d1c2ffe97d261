"""Hands writes to the sources of their machines, after a last check whether they may still leave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import structlog

from setpoint import clock
from setpoint.core.plant import Answer, Write, WriteAnswer
from setpoint.message import sentence
from setpoint.persistence.base import Persistence
from setpoint.runtime.sources import Serving, Sources

log = structlog.get_logger("setpoint.player")

_TOO_LATE = sentence(
    "words-too-late-stood-still", "too late: the server was suspended before it could send this"
)
_NOT_OWNER = sentence(
    "words-not-sent-no-owner", "nothing was sent: this server does not own the plant any more"
)
_STARTING = sentence("words-not-sent-starting", "nothing was sent: its source is being started again")
_FAILED = sentence("words-source-failed", "the source failed while writing; it may have reached the machine")


class Writing:
    """``voided`` says why a write must no longer leave. ``answered`` gets the answers for writes that no source
    takes.
    """

    def __init__(
        self,
        sources: Sources,
        persistence: Persistence,
        *,
        voided: Callable[[Write], str | None],
        answered: Callable[[Sequence[WriteAnswer]], None],
    ) -> None:
        self._sources = sources
        self._persistence = persistence
        self._voided = voided
        self._answered = answered

    def by_source(self, writes: Sequence[Write]) -> Mapping[Serving | None, list[Write]]:
        """The writes of each source, in their order; under None those of machines that no source serves."""
        by_source: dict[Serving | None, list[Write]] = defaultdict(list)
        for write in writes:
            by_source[self._sources.of(write.machine)].append(write)
        return by_source

    async def write(self, serving: Serving | None, writes: Sequence[Write], limit_ms: int) -> None:
        """Hands writes to a source. If a faulty source raises, its items are still answered.

        A machine may have stopped since the decision, and the process may have been suspended. So the stop, the time
        limit and the lease are checked again (SAFE-3, CMD-8, LEASE-5).
        """
        if clock.now_ms() >= limit_ms:
            self._answer(writes, Answer.NOT_SENT, _TOO_LATE)
            return
        if not self._persistence.is_owner:
            self._answer(writes, Answer.NOT_SENT, _NOT_OWNER)
            return
        if serving is None or not serving.is_started:
            self._answer(writes, Answer.NOT_SENT, _STARTING)
            return
        leaving = []
        for write in writes:
            if (voided := self._voided(write)) is None:
                leaving.append(write)
            else:
                self._answer([write], Answer.NOT_SENT, voided)
        if not leaving:
            return
        try:
            await serving.source.write(leaving)
        except Exception:
            log.exception("source_failed_to_write", source=serving.name, writes=len(writes))
            self._answer(leaving, Answer.UNKNOWN, _FAILED)

    def _answer(self, writes: Sequence[Write], answer: Answer, message: str) -> None:
        self._answered(
            [WriteAnswer(each.tx_id, each.machine, each.field, answer, message) for each in writes]
        )
