"""The bus between the servers of a plant: it loses, delays, duplicates and reorders messages, and splits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from tests.simulation.clock import Clock

LATE_MS = (200, 4_000)


class End(Protocol):
    """A server or gateway on the bus."""

    name: str

    def do(self, act: Callable[[], None]) -> None:
        """Runs ``act`` now, or as soon as the process continues. Does nothing if the process has ended."""
        ...


class Bus:
    """Carries messages, and loses some.

    ``trouble``, from 0 to 1, says how often a message is lost, late or duplicated. ``parted`` names the servers that
    reach no other.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.trouble = 0.0
        self.is_down = False
        self.parted: set[str] = set()

    def joins(self, one: End, other: End) -> bool:
        return not (self.is_down or one.name in self.parted or other.name in self.parted)

    def carry(self, sender: End, receiver: End, arrive: Callable[[], None]) -> None:
        clock = self.clock
        if not self.joins(sender, receiver) or clock.chance(self.trouble / 2):
            return

        def deliver() -> None:
            if self.joins(sender, receiver):
                receiver.do(arrive)

        for _ in range(2 if clock.chance(self.trouble / 2) else 1):
            is_late = self.trouble and clock.chance(self.trouble)
            clock.after(clock.between(*LATE_MS) if is_late else clock.between(0, 3), deliver)

    def request(
        self,
        sender: End,
        servers: Iterable[End],
        serve: Callable[[Any, Callable[[Any], None]], None],
        on_answer: Callable[[Any], None],
        *,
        within_ms: int,
    ) -> None:
        """Sends a request to all servers. ``on_answer`` gets the first answer, or None if no answer comes in time."""
        answers: list[Any] = []

        def once(answer: Any) -> None:
            if not answers:
                answers.append(answer)
                on_answer(answer)

        def send(server: End) -> None:
            def reply(answer: Any) -> None:
                if answer is not None:
                    self.carry(server, sender, lambda: once(answer))

            self.carry(sender, server, lambda: serve(server, reply))

        for server in servers:
            send(server)
        self.clock.after(within_ms, lambda: sender.do(lambda: once(None)))
