"""The server under test, one connection to it, and the possible results of a check."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import httpx
import websockets

from setpoint.contract.http.plant import PlantView
from setpoint.contract.live import (
    SUBPROTOCOL,
    Down,
    Ping,
    Pong,
    Position,
    Snapshot,
    Subscribe,
    decode_down,
    encode,
)
from setpoint.errors import ProtocolError
from setpoint.message import sentence

ANSWER_WITHIN_S = 5.0
PING_WITHIN_S = 7.0
"""A ping comes every 5 s (HB-1)."""


class Verdict(StrEnum):
    HOLDS = "holds"
    BROKEN = "does not hold"
    UNSEEN = "could not be seen"


@dataclass(frozen=True, slots=True)
class Finding:
    rule: str
    what: str
    verdict: Verdict
    why: str = ""


class BrokenError(Exception):
    """The rule does not hold; the text says what was expected and what came."""


class UnseenError(Exception):
    """The rule could not be checked; the text says why."""


@dataclass
class Subject:
    """The server under test. ``plant`` is its own description."""

    url: str
    headers: Mapping[str, str]
    query: str
    plant: PlantView
    http: httpx.AsyncClient
    received: list[Down] = field(default_factory=list)

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[Socket]:
        live = f"ws{self.url.removeprefix('http')}/live{self.query}"
        try:
            async with websockets.connect(
                live,
                subprotocols=[websockets.Subprotocol(SUBPROTOCOL)],
                additional_headers=dict(self.headers),
            ) as opened:
                yield Socket(opened)
        except (OSError, websockets.InvalidHandshake) as error:
            raise BrokenError(
                sentence("words-does-not-open", "{live} does not open: {why}", live=live, why=error)
            ) from error

    @property
    def target(self) -> tuple[str, str]:
        """A machine and a field that this person may change. Raises `UnseenError`."""
        fields = [each.name for each in self.plant.fields if each.is_writable]
        machines = [machine.key for line in self.plant.lines if line.may_change for machine in line.machines]
        if not fields or not machines:
            raise UnseenError(
                sentence(
                    "words-there-no-field-person-may-change", "there is no field that this person may change"
                )
            )
        return machines[0], fields[0]


class Socket:
    """One connection that remembers the frames it received."""

    def __init__(self, opened: websockets.ClientConnection) -> None:
        self.opened = opened
        self._id = 0

    async def receive(self, within_s: float = ANSWER_WITHIN_S) -> Down:
        """The next frame. Raises `BrokenError` if none comes, or one that the contract does not know."""
        try:
            async with asyncio.timeout(within_s):
                text = await self.opened.recv()
            frame = decode_down(text)
            if isinstance(frame, Ping):
                await self.opened.send(encode(Pong(frame.ts)).decode())
            return frame
        except TimeoutError:
            raise BrokenError(
                sentence(
                    "words-frame-was-expected-within-s-none",
                    "expected a frame within {withins} s, but got none",
                    withins=format(within_s, "g"),
                )
            ) from None
        except websockets.ConnectionClosed as error:
            raise BrokenError(
                sentence(
                    "words-frame-was-expected-connection-closed",
                    "expected a frame, but the connection closed ({why})",
                    why=error,
                )
            ) from error
        except ProtocolError as error:
            raise BrokenError(error.args[0]) from error

    async def until(
        self, is_it: Callable[[Down], bool], what: str, within_s: float = ANSWER_WITHIN_S
    ) -> Down:
        deadline = time.monotonic() + within_s
        while (left := deadline - time.monotonic()) > 0:
            try:
                frame = await self.receive(left)
            except BrokenError as error:
                raise BrokenError(
                    sentence("words-was-expected", "expected {what}: {why}", what=what, why=error)
                ) from error
            if is_it(frame):
                return frame
        raise BrokenError(
            sentence(
                "words-was-expected-within-s",
                "expected {what} within {withins} s",
                what=what,
                withins=format(within_s, "g"),
            )
        )

    async def subscribe(self, topic: str, since: Position | None = None) -> int:
        self._id += 1
        await self.opened.send(encode(Subscribe(self._id, topic, since)).decode())
        return self._id

    async def snapshot(self, topic: str) -> Snapshot:
        await self.subscribe(topic)
        found = await self.until(
            lambda frame: isinstance(frame, Snapshot) and frame.topic == topic, f"a snapshot of {topic}"
        )
        assert isinstance(found, Snapshot)
        return found

    async def closed(self, within_s: float = ANSWER_WITHIN_S) -> int:
        """The close code of the server. Raises `BrokenError` if it does not close."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    await self.opened.recv()
        except websockets.ConnectionClosed as error:
            return error.rcvd.code if error.rcvd else 1006
        except TimeoutError:
            raise BrokenError(sentence("words-connection-stays-open", "the connection stays open")) from None


Look: TypeAlias = Callable[[Subject], Awaitable[None]]
Looks: TypeAlias = list[tuple[str, str, Look]]
"""The rule's number, what can be seen of it from outside as a sentence, and the check."""


def rule(looks: Looks, number: str, what: str) -> Callable[[Look], Look]:
    """Adds a check to ``looks``."""

    def kept(look: Look) -> Look:
        looks.append((number, what, look))
        return look

    return kept


def expect(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise BrokenError(otherwise)
