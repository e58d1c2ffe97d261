"""All feeds of a gateway, and who may see which. Those of lines and of the whole plant are always followed, because
they hold every machine's record; the others while somebody listens."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic

from setpoint.contract.cluster import feed_key
from setpoint.contract.topics import DASHBOARD, TopicKind, entity_key, topic_kind
from setpoint.contract.values import Record
from setpoint.core.hub.effects import HubCounters, HubLimits, S
from setpoint.core.hub.mirror.feed import MirrorFeed, Now
from setpoint.core.hub.views import epoch_of
from setpoint.core.plant import Person, Plant


@dataclass(frozen=True, slots=True)
class Seen:
    """The part of the plant that people with the same rights may see. ``key_lines`` is None for the whole plant."""

    lines: frozenset[str]
    key_lines: frozenset[str] | None
    epoch: str


class MirrorFeeds(Generic[S]):
    """The `Feeds` of a gateway, in one epoch of the owner's. It is its own `ViewsOf`."""

    def __init__(
        self, plant: Plant, *, epoch: str, now: Now, limits: HubLimits, counters: HubCounters
    ) -> None:
        self.plant = plant
        self.epoch = epoch
        self._now = now
        self._limits = limits
        self._counters = counters
        self._feeds: dict[str, MirrorFeed[S]] = {}
        self._idle: dict[str, int] = {}
        self._always = {DASHBOARD, *(line.topic for line in plant.lines)}
        for name in sorted(self._always):
            self._feed(name, None)
        self._lines = frozenset(line.id for line in plant.lines)

    @property
    def views(self) -> MirrorFeeds[S]:
        return self

    def of(self, person: Person) -> Seen:
        if person.sees_whole_plant:
            return Seen(self._lines, None, epoch_of(self.epoch, None))
        lines = frozenset(line for line in self._lines if person.may_see(line))
        return Seen(lines, lines, epoch_of(self.epoch, lines))

    # Topics

    def find(self, name: str, view: Seen) -> MirrorFeed[S] | None:
        match topic_kind(name):
            case TopicKind.PLANT:
                return self._feed(name, view.key_lines)
            case TopicKind.LINE:
                return self._feed(name, None) if name.removeprefix("line:") in view.lines else None
            case TopicKind.MACHINE:
                machine = self.plant.machines.get(entity_key(name))
                return self._feed(name, None) if machine and machine.line in view.lines else None
            case None:
                return None

    def _feed(self, name: str, lines: frozenset[str] | None) -> MirrorFeed[S]:
        key = feed_key(name, lines)
        found = self._feeds.get(key)
        if found is None:
            kind = topic_kind(name)
            assert kind is not None
            found = self._feeds[key] = MirrorFeed(key, name, kind, self._now, self._limits)
            self._idle[key] = self._now.ms
        return found

    def overlaps(self, topic: MirrorFeed[S], names: Collection[str]) -> bool:
        if topic.kind is TopicKind.PLANT:
            return len(names) > (topic.name in names)
        if DASHBOARD in names:
            return True
        if topic.kind is TopicKind.LINE:
            line = self.plant.lines_by_id[topic.name.removeprefix("line:")]
            return any(machine.id in names for machine in line.machines)
        return self._line_of(topic) in names

    def _line_of(self, topic: MirrorFeed[S]) -> str:
        return self.plant.lines_by_id[self.plant.machines[entity_key(topic.name)].line].topic

    def describe(self, view: Seen) -> str:
        lines = [line.id for line in self.plant.lines if line.id in view.lines]
        if not lines:
            return "this person may see no line"
        return f"lines are {lines[0]} to {lines[-1]}" if len(lines) > 1 else f"the line is {lines[0]}"

    # Listening

    def listen(self, topic: MirrorFeed[S], _: Seen, now_ms: int) -> None:  # noqa: ARG002  # the interface's
        self._idle.pop(topic.key, None)

    def leave(self, topic: MirrorFeed[S], now_ms: int) -> None:
        self._idle.setdefault(topic.key, now_ms)

    def forget_idle(self) -> None:
        """Stops following feeds without subscribers after a while."""
        for key, since_ms in list(self._idle.items()):
            if self._now.ms - since_ms >= self._limits.warm_ms:
                del self._idle[key]
                if key not in self._always:
                    del self._feeds[key]

    def snapshot(self, topic: MirrorFeed[S], epoch: str, now_ms: int, ts: float) -> bytes:  # noqa: ARG002  # the interface's
        self._counters.snapshots += 1
        return topic.snapshot(epoch)

    # For the bus

    def wanted(self) -> list[str]:
        return list(self._feeds)

    def get(self, key: str) -> MirrorFeed[S] | None:
        return self._feeds.get(key)

    def __iter__(self) -> Iterator[MirrorFeed[S]]:
        yield from self._feeds.values()

    # For readers

    @property
    def lag_ms(self) -> int | None:
        lags = [self._feeds[line.topic].lag_ms for line in self.plant.lines]
        known = [each for each in lags if each is not None]
        return max(known) if known and len(known) == len(lags) else None

    def revs_of(self, line: str) -> Mapping[str, Mapping[str, int]]:
        return self._feeds[f"line:{line}"].state.revs

    def records_of(self, line: str) -> Mapping[str, Record]:
        return self._feeds[f"line:{line}"].state.machines
