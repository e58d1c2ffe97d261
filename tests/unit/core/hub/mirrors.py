"""A hub, gateways that mirror it, and an unreliable bus between them, in simulated time.

A seed decides when the bus drops, delays, duplicates or reorders messages. A test can cut it (``is_parted``).
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from tests.unit.core.hub.shell import ANNA, HubShell, Listener

from setpoint.contract.cluster import Ask, Copy, Frames, Heads, Sync, pack, unpack
from setpoint.core.hub import Close, Effect, HubLimits, Send
from setpoint.core.hub.mirror import Mirror
from setpoint.core.hub.mirror.feed import FRESH_MS
from setpoint.core.plant import Person, Plant

TOKEN = 1


class Tap(Listener):
    """A listener that passes the messages of one feed to the bus."""

    def __init__(self, key: str, out: list[tuple[str, bytes]]) -> None:
        super().__init__()
        self._key, self._out = key, out

    def receive(self, data: bytes) -> None:
        self._out.append((self._key, data))


class GatewayShell:
    """Plays the effects of one gateway, for its clients."""

    def __init__(self, name: str, plant: Plant, epoch: str, limits: HubLimits, now_ms: int) -> None:
        self.mirror: Mirror[str] = Mirror(
            plant, name=name, token=TOKEN, epoch=epoch, now_ms=now_ms, limits=limits
        )
        self.listeners: dict[str, Listener] = {}

    def play(self, effects: Iterable[Effect[str]]) -> None:
        for effect in effects:
            match effect:
                case Send(sessions, data):
                    for session in sessions:
                        self.listeners[session].receive(data)
                case Close(session, code, reason):
                    self.listeners[session].closed = (code, reason)


class UnreliableBus:
    """Carries messages. ``trouble``, from 0 to 1, says how often a message is lost, late or duplicated."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.trouble = 0.0
        self.is_parted = False
        self._under_way: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = 0

    def carry(self, now_ms: int, arrive: Callable[[], None]) -> None:
        if self.is_parted or self._random.random() < self.trouble / 2:
            return
        for _ in range(2 if self._random.random() < self.trouble / 2 else 1):
            delay_ms = self._random.choice((250, 500, 3_000)) if self._random.random() < self.trouble else 0
            self._numbers += 1
            self._under_way.append((now_ms + delay_ms, self._numbers, arrive))

    def deliver(self, now_ms: int) -> None:
        while due := [each for each in self._under_way if each[0] <= now_ms]:
            if self.trouble:
                self._random.shuffle(due)
            for each in due:
                self._under_way.remove(each)
                if not self.is_parted:
                    each[2]()


class Cluster:
    """The hub with its gateways. Call `flush` after every change of the hub, and `run` to let time pass."""

    def __init__(self, plant: Plant, *, limits: HubLimits, seed: int = 0, gateways: int = 2) -> None:
        self.shell = HubShell(plant, limits=limits)
        self.bus = UnreliableBus(seed)
        self.limits = limits
        self._sent: list[tuple[str, bytes]] = []
        self._epoch = "e1"
        self._limited: list[Listener] = []
        """Clients that see only some lines. Their plant topic has its own numbers."""
        self.heads: list[tuple[int, dict[str, int]]] = []
        """Past instants, with the number of every feed at each."""
        self.gateways = [
            GatewayShell(f"g{number}", plant, self._epoch, limits, self.shell.now_ms)
            for number in range(gateways)
        ]

    @property
    def now_ms(self) -> int:
        return self.shell.now_ms

    # The owner's side

    def _follow(self, key: str) -> int | None:
        tap = f"tap {key}"
        if tap not in self.shell.listeners:
            self.shell.listeners[tap] = Tap(key, self._sent)
        return self.shell.hub.relay.follow(key, tap, self.now_ms)

    def _synced(self, gateway: GatewayShell, data: bytes) -> None:
        sync = unpack(data, Sync)
        heads = {key: head for key in sync.want if (head := self._follow(key)) is not None}
        answer = pack(Heads(TOKEN, self._epoch, sync.stamp_ms, self.now_ms, heads))
        self.bus.carry(self.now_ms, lambda: gateway.mirror.heads(unpack(answer, Heads), self.now_ms))

    def _copy_requested(self, gateway: GatewayShell, data: bytes) -> None:
        ask = unpack(data, Ask)
        self._follow(ask.key)
        copy = self.shell.hub.relay.copy(ask, TOKEN, self.now_ms, self.shell.ts)
        if copy is not None:
            answer = pack(copy)
            self.bus.carry(
                self.now_ms,
                lambda: gateway.play(gateway.mirror.copied(unpack(answer, Copy), self.now_ms, self.shell.ts)),
            )

    def flush(self) -> None:
        if self._sent:
            data = pack(Frames(TOKEN, self._epoch, list(self._sent)))
            self._sent.clear()
            for gateway in self.gateways:
                self.bus.carry(self.now_ms, partial(self._frames_arrived, gateway, data))
        self.heads.append((self.now_ms, {key: self._head(key) for key in self._taps()}))
        self._deliver()

    def _taps(self) -> list[str]:
        return [name.removeprefix("tap ") for name in self.shell.listeners if name.startswith("tap ")]

    def _head(self, key: str) -> int:
        found = self.shell.hub.relay._find(key)
        return found[0].seq if found else 0

    # The gateways' side

    def _frames_arrived(self, gateway: GatewayShell, data: bytes) -> None:
        gateway.play(gateway.mirror.frames(unpack(data, Frames), self.now_ms))

    def _deliver(self) -> None:
        self.bus.deliver(self.now_ms)
        for gateway in self.gateways:
            for ask in gateway.mirror.asks(self.now_ms):
                data = pack(ask)
                self.bus.carry(self.now_ms, partial(self._copy_requested, gateway, data))
        self.bus.deliver(self.now_ms)

    def run(self, ms: int) -> None:
        for _ in range(0, ms, 250):
            self.shell.run(250, alive=False)
            self.flush()
            for gateway in self.gateways:
                if self.now_ms % 1_000 == 0:
                    data = pack(gateway.mirror.sync(self.now_ms))
                    self.bus.carry(self.now_ms, partial(self._synced, gateway, data))
                self._tick(gateway)
            self._deliver()

    def _tick(self, gateway: GatewayShell) -> None:
        gateway.play(gateway.mirror.tick(self.now_ms, self.shell.ts))
        for session, listener in gateway.listeners.items():
            if listener.frames and listener.frames[-1]["type"] == "ping":
                self.check_ping(listener, listener.frames[-1])
                ts = listener.frames[-1]["ts"]
                self.send(gateway, session, type="pong", ts=ts)
                listener.frames.append({"type": "answered"})

    def check_ping(self, listener: Listener, ping: Any) -> None:
        """Checks that a ping's positions include everything that the owner had sent before this instant.

        The owner may answer first and send more within the same instant, so that instant itself does not count.
        """
        since = [heads for at_ms, heads in self.heads if at_ms < self.now_ms - FRESH_MS]
        for topic, head in ping["pos"].items():
            assert listener.positions[topic][1] == head, "the client has everything that the ping names"
            if since and topic in since[-1] and listener not in self._limited:
                assert head >= since[-1][topic], f"{topic} is shown as live but is not"

    # Clients

    def open(self, gateway: GatewayShell, session: str, person: Person = ANNA) -> Listener:
        gateway.listeners[session] = Listener()
        if not person.sees_whole_plant:
            self._limited.append(gateway.listeners[session])
        effects = gateway.mirror.open(session, person, name=session, now_ms=self.now_ms, ts=self.shell.ts)
        gateway.play(effects)
        return gateway.listeners[session]

    def close(self, gateway: GatewayShell, session: str) -> Listener:
        gateway.mirror.close(session, self.now_ms)
        return gateway.listeners.pop(session)

    def send(self, gateway: GatewayShell, session: str, **frame: Any) -> None:
        data = json.dumps(frame).encode()
        gateway.play(gateway.mirror.received(session, data, self.now_ms, self.shell.ts))

    def subscribe(
        self,
        gateway: GatewayShell,
        session: str,
        *topics: str,
        since: dict[str, tuple[str, int]] | None = None,
    ) -> None:
        for topic in topics:
            known = (since or {}).get(topic)
            position = {"since": {"epoch": known[0], "seq": known[1]}} if known else {}
            self.send(gateway, session, type="subscribe", id=1, topic=topic, **position)
        self._deliver()
