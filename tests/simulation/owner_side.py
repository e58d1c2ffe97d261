"""What an owner sends to gateways in simulated time, as `setpoint.runtime.cluster.relay` does: frames, and
answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from setpoint.contract.cluster import Ask, Copy, Frames, Heads, Sync, of_key, pack, unpack
from setpoint.contract.topics import entity_key
from setpoint.core.plant import Plant
from setpoint.runtime.cluster.relay import DOUBT_ANSWERS_AFTER_MS, FOLLOW_FOR_MS

if TYPE_CHECKING:
    from tests.simulation.lives import Life


class Introduction(NamedTuple):
    token: int
    epoch: str
    plant: Plant
    owner_ms: int
    ts: float


class Tap:
    """A session of a feed that passes its frames to the bus."""

    def __init__(self, key: str, frames: list[tuple[str, bytes]], now_ms: int) -> None:
        self.name = f"tap {key}"
        self.key = key
        self.wanted_ms = now_ms
        self._frames = frames

    def down(self, data: bytes) -> None:
        self._frames.append((self.key, data))

    def report_size(self) -> None: ...
    def cut(self) -> None: ...
    def close(self, code: int, reason: str) -> None: ...


class OwnerSide:
    def __init__(self, life: Life) -> None:
        assert life.engine is not None
        self._life = life
        self._hub = life.engine.relay
        self._plant = life.engine.plant
        self._taps: dict[str, Tap] = {}
        self._frames: list[tuple[str, bytes]] = []

    def flush(self, *, by_line: bool = False) -> None:
        """Sends the frames to every gateway. At a tick it joins the frames of a line."""
        waiting = list(self._frames)
        self._frames.clear()
        messages: dict[str, list[tuple[str, bytes]]] = {}
        for key, data in waiting:
            messages.setdefault(self._line_of(key) if by_line else "", []).append((key, data))
        for frames in messages.values():
            self._life.publish(pack(Frames(self._life.token, self._hub.epoch, frames)))

    def _line_of(self, key: str) -> str:
        name, _ = of_key(key)
        kind, _, rest = name.partition(":")
        return self._plant.machines[entity_key(name)].line if kind == "m" else rest

    def serve(self, data: bytes | None, reply: Callable[[object], None]) -> None:
        """Answers a gateway's request. An owner that may have been replaced answers late, so that the true owner comes
        first.
        """
        if self._life.owns:
            reply(self._answer(data))
        else:
            self._life.later(DOUBT_ANSWERS_AFTER_MS, lambda: reply(self._answer(data)))

    def _answer(self, data: bytes | None) -> object:
        life = self._life
        if data is None:
            return Introduction(life.token, self._hub.epoch, self._plant, life.now_ms, life.ts)
        sync = unpack(data, Sync)
        heads = {key: head for key in sync.want if (head := self.follow(key)) is not None}
        return pack(
            Heads(life.token, self._hub.epoch, sync.stamp_ms, life.now_ms, heads, history="", ts=life.ts)
        )

    def follow(self, key: str) -> int | None:
        life = self._life
        tap = self._taps.get(key) or Tap(key, self._frames, life.now_ms)
        head = self._hub.follow(key, tap, life.now_ms)
        if head is not None:
            self._taps[key] = tap
            tap.wanted_ms = life.now_ms
        return head

    def copy(self, data: bytes, reply: Callable[[object], None]) -> None:
        life, request = self._life, unpack(data, Ask)
        if self.follow(request.key) is not None:
            copy: Copy | None = self._hub.copy(request, life.token, life.now_ms, life.ts)
            reply(None if copy is None else pack(copy))

    def forget_unwanted(self) -> None:
        for key, tap in list(self._taps.items()):
            if self._life.now_ms - tap.wanted_ms >= FOLLOW_FOR_MS:
                del self._taps[key]
                self._hub.leave(key, tap, self._life.now_ms)
