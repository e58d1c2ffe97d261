"""The interface that every bus implements. It stores nothing: a server that is absent does not get the message later.

The server that serves a subject answers its requests. If there is none, `NobodyThereError` says that it certainly did
not arrive. Any other `BusError` leaves open whether it arrived.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from setpoint.errors import BusError
from setpoint.message import sentence

MAX_MESSAGE_BYTES = 900_000
"""A NATS server accepts 1 MB by default."""

Take: TypeAlias = Callable[[bytes], None]
Answer: TypeAlias = Callable[[bytes], Awaitable[bytes | None]]
"""Takes a request. Its result is the answer; None if this server does not answer."""


def no_answer(subject: str, within_s: float) -> BusError:
    return BusError(
        sentence(
            "words-no-answer-on",
            "no answer on {subject} within {seconds} s",
            subject=subject,
            seconds=format(within_s, "g"),
        )
    )


class Bus(Protocol):
    """A bus. Begins with `start`, ends with `stop`. A subject is words separated by dots. ``>`` matches the rest."""

    @property
    def is_connected(self) -> bool: ...

    @property
    def dropped(self) -> int:
        """Messages that could not be sent, and messages that arrived faster than they were processed."""
        ...

    async def start(self) -> None:
        """Raises `BusError` if no server can be reached."""
        ...

    async def stop(self) -> None: ...

    def publish(self, subject: str, data: bytes) -> None:
        """Sends a message without waiting. If there is no connection, or too many messages wait, it is dropped."""
        ...

    async def subscribe(self, subject: str, take: Take) -> None:
        """``take`` gets each message of the subject, one after another."""
        ...

    async def serve(self, subject: str, answer: Answer) -> None:
        """``answer`` gets each request of the subject, several at a time."""
        ...

    async def request(self, subject: str, data: bytes, *, within_s: float) -> bytes:
        """The answer. Raises `NobodyThereError` if the request certainly did not arrive, another `BusError` if no
        answer came.
        """
        ...
