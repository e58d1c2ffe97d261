"""A source whose machines do exactly what a test tells them."""

from __future__ import annotations

from collections.abc import Sequence

from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Answer, Report, Write, WriteAnswer
from setpoint.sources.base import Sink


class FakeMachine:
    """A `Source` of one or more machines. It does nothing unless the test asks for it.

    ``answers`` is its immediate answer to each write; with None it stays silent until the test calls `answer`. With
    ``echoes``, an accepted write is reported as the machine's set-point right after, as by a machine that obeys.

    >>> machine = FakeMachine("m_402")
    >>> machine.report(speed=142)         # before `start`, a report is kept until then
    """

    def __init__(
        self, *machines: str, answers: Answer | None = Answer.TAKEN, echoes: bool = True, at: float = 0.0
    ) -> None:
        self.machines = machines or ("m_401",)
        self.answers = answers
        self.echoes = echoes
        self.at = at
        self.writes: list[Write] = []
        self.unanswered: list[Write] = []
        self._sink: Sink | None = None
        self._early: list[Report] = []

    async def start(self, sink: Sink) -> None:
        """Begins to report to ``sink``, starting with all earlier reports."""
        self._sink = sink
        if self._early:
            early, self._early = self._early, []
            sink.reported(early)

    async def write(self, writes: Sequence[Write]) -> None:
        """Keeps the writes, and answers them if ``answers`` says how."""
        self.writes.extend(writes)
        self.unanswered.extend(writes)
        if self.answers is not None:
            for write in writes:
                self.answer(write, self.answers)

    async def stop(self) -> None:
        """Answers every open write with unknown, and reports nothing from now on."""
        for write in tuple(self.unanswered):
            self.answer(write, Answer.UNKNOWN, "the source stopped")
        self._sink = None

    def report(
        self, machine: str | None = None, /, *, quality: Quality = Quality.GOOD, **values: Value
    ) -> None:
        """The machine (by default the first) reports these values. Without values, it reports that it is alive."""
        self._deliver(Report(machine or self.machines[0], values, self.at, quality))

    def _deliver(self, report: Report) -> None:
        if self._sink is None:
            self._early.append(report)
        else:
            self._sink.reported([report])

    def answer(self, write: Write, answer: Answer = Answer.TAKEN, message: str = "") -> None:
        """The controller gives this answer to a write that it has not answered yet."""
        self.unanswered.remove(write)
        if self._sink is not None:
            self._sink.answered([WriteAnswer(write.tx_id, write.machine, write.field, answer, message)])
        if answer is Answer.TAKEN and self.echoes:
            self._deliver(Report(write.machine, {write.field: write.value}, self.at))
