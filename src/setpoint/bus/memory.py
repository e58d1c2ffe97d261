"""A bus within one process. `MemoryNet` is the network that its buses share."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from setpoint.bus.base import Answer, Take, no_answer
from setpoint.errors import BusError, NobodyThereError


class MemoryNet:
    """``is_cut``: no message gets through."""

    def __init__(self) -> None:
        self.is_cut = False
        self.takers: dict[str, list[tuple[MemoryBus, Take]]] = defaultdict(list)
        self.servers: dict[str, list[tuple[MemoryBus, Answer]]] = defaultdict(list)

    def takers_of(self, subject: str) -> list[Take]:
        return [
            take
            for pattern, taking in self.takers.items()
            if _matches(pattern, subject)
            for bus, take in taking
            if bus.is_connected
        ]


def _matches(pattern: str, subject: str) -> bool:
    return subject.startswith(pattern[:-1]) if pattern.endswith(".>") else pattern == subject


class MemoryBus:
    def __init__(self, net: MemoryNet) -> None:
        self._net = net
        self._is_started = False
        self._answering: set[asyncio.Future[bytes | None]] = set()
        self.dropped = 0

    @property
    def is_connected(self) -> bool:
        return self._is_started and not self._net.is_cut

    async def start(self) -> None:
        if self._net.is_cut:
            raise BusError("the network is cut")
        self._is_started = True

    async def stop(self) -> None:
        self._is_started = False
        for each in self._answering:
            each.cancel()

    def publish(self, subject: str, data: bytes) -> None:
        if not self.is_connected:
            self.dropped += 1
            return
        loop = asyncio.get_running_loop()
        for take in self._net.takers_of(subject):
            loop.call_soon(take, data)

    async def subscribe(self, subject: str, take: Take) -> None:
        self._net.takers[subject].append((self, take))

    async def serve(self, subject: str, answer: Answer) -> None:
        self._net.servers[subject].append((self, answer))

    async def request(self, subject: str, data: bytes, *, within_s: float) -> bytes:
        answers = [answer for bus, answer in self._net.servers.get(subject, ()) if bus.is_connected]
        if not self.is_connected or not answers:
            raise NobodyThereError(f"nobody serves {subject}")
        calls = {asyncio.ensure_future(answer(data)) for answer in answers}
        self._answering |= calls
        for each in calls:
            each.add_done_callback(self._answering.discard)
        until = asyncio.get_running_loop().time() + within_s
        while calls:
            left_s = until - asyncio.get_running_loop().time()
            done, calls = await asyncio.wait(calls, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                break
            for each in done:
                if not each.cancelled() and (found := each.result()) is not None and self.is_connected:
                    return found
        raise no_answer(subject, within_s)
