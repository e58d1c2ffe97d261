"""A hub, gateways that mirror it, and an unreliable bus between them, in simulated time.

The bus drops, delays, duplicates and reorders messages, and splits. A seed decides.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
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


class Site:
    """One gateway with its clients."""

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


class Net:
    """The bus. ``trouble``, from 0 to 1, says how often a message is lost, late or duplicated."""

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
        self.net = Net(seed)
        self.limits = limits
        self._sent: list[tuple[str, bytes]] = []
        self._epoch = "e1"
        self._limited: list[Listener] = []
        """Clients that see only some lines. Their plant topic has its own numbers."""
        self.heads: list[tuple[int, dict[str, int]]] = []
        """The past instants and numbers of every feed."""
        self.sites = [
            Site(f"g{number}", plant, self._epoch, limits, self.shell.now_ms) for number in range(gateways)
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

    def _synced(self, site: Site, data: bytes) -> None:
        sync = unpack(data, Sync)
        heads = {key: head for key in sync.want if (head := self._follow(key)) is not None}
        answer = pack(Heads(TOKEN, self._epoch, sync.stamp_ms, self.now_ms, heads))
        self.net.carry(self.now_ms, lambda: site.mirror.heads(unpack(answer, Heads), self.now_ms))

    def _copy_requested(self, site: Site, data: bytes) -> None:
        ask = unpack(data, Ask)
        self._follow(ask.key)
        copy = self.shell.hub.relay.copy(ask, TOKEN, self.now_ms, self.shell.ts)
        if copy is not None:
            answer = pack(copy)
            self.net.carry(
                self.now_ms,
                lambda: site.play(site.mirror.copied(unpack(answer, Copy), self.now_ms, self.shell.ts)),
            )

    def flush(self) -> None:
        if self._sent:
            data = pack(Frames(TOKEN, self._epoch, list(self._sent)))
            self._sent.clear()
            for site in self.sites:
                self.net.carry(
                    self.now_ms,
                    lambda site=site: site.play(site.mirror.frames(unpack(data, Frames), self.now_ms)),  # type: ignore[misc]  # mypy knows no type of a lambda with defaults
                )
        self.heads.append((self.now_ms, {key: self._head(key) for key in self._taps()}))
        self._deliver()

    def _taps(self) -> list[str]:
        return [name.removeprefix("tap ") for name in self.shell.listeners if name.startswith("tap ")]

    def _head(self, key: str) -> int:
        found = self.shell.hub.relay._find(key)
        return found[0].seq if found else 0

    # The gateways' side

    def _deliver(self) -> None:
        self.net.deliver(self.now_ms)
        for site in self.sites:
            for ask in site.mirror.asks(self.now_ms):
                data = pack(ask)
                self.net.carry(self.now_ms, lambda site=site, data=data: self._copy_requested(site, data))  # type: ignore[misc]  # mypy knows no type of a lambda with defaults
        self.net.deliver(self.now_ms)

    def run(self, ms: int) -> None:
        for _ in range(0, ms, 250):
            self.shell.run(250, alive=False)
            self.flush()
            for site in self.sites:
                if self.now_ms % 1_000 == 0:
                    data = pack(site.mirror.sync(self.now_ms))
                    self.net.carry(self.now_ms, lambda site=site, data=data: self._synced(site, data))  # type: ignore[misc]  # mypy knows no type of a lambda with defaults
                self._tick(site)
            self._deliver()

    def _tick(self, site: Site) -> None:
        site.play(site.mirror.tick(self.now_ms, self.shell.ts))
        for session, listener in site.listeners.items():
            if listener.frames and listener.frames[-1]["type"] == "ping":
                self.check_ping(listener, listener.frames[-1])
                ts = listener.frames[-1]["ts"]
                self.send(site, session, type="pong", ts=ts)
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

    def open(self, site: Site, session: str, person: Person = ANNA) -> Listener:
        site.listeners[session] = Listener()
        if not person.sees_whole_plant:
            self._limited.append(site.listeners[session])
        effects = site.mirror.open(session, person, name=session, now_ms=self.now_ms, ts=self.shell.ts)
        site.play(effects)
        return site.listeners[session]

    def close(self, site: Site, session: str) -> Listener:
        site.mirror.close(session, self.now_ms)
        return site.listeners.pop(session)

    def send(self, site: Site, session: str, **frame: Any) -> None:
        data = json.dumps(frame).encode()
        site.play(site.mirror.received(session, data, self.now_ms, self.shell.ts))

    def subscribe(
        self, site: Site, session: str, *topics: str, since: dict[str, tuple[str, int]] | None = None
    ) -> None:
        for topic in topics:
            known = (since or {}).get(topic)
            position = {"since": {"epoch": known[0], "seq": known[1]}} if known else {}
            self.send(site, session, type="subscribe", id=1, topic=topic, **position)
        self._deliver()
