"""The interface between sockets and the core: sessions in, frames out. The engine implements it, and so does a hub."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from setpoint.core.hub import Effect, HubLimits
from setpoint.core.hub.effects import S
from setpoint.core.plant import Person


class LiveCore(Protocol[S]):
    @property
    def limits(self) -> HubLimits: ...

    def open(
        self, session: S, person: Person, *, name: str, now_ms: int, ts: float
    ) -> Sequence[Effect[S]]: ...

    def received(self, session: S, data: bytes | str, now_ms: int, ts: float) -> Sequence[Effect[S]]: ...

    def touch(self, session: S, now_ms: int) -> Sequence[Effect[S]]: ...

    def buffered(self, session: S, size: int, now_ms: int, ts: float) -> Sequence[Effect[S]]: ...

    def awaiting_snapshot(self) -> Iterable[S]: ...

    def close(self, session: S, now_ms: int) -> None: ...

    def tick(self, now_ms: int, ts: float) -> Sequence[Effect[S]]: ...
