"""Figures by which a plant judges its alarms (ALM-7): how often they are raised, floods, chattering, standing ones."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable

import msgspec

from setpoint.core.alarms.book import AlarmChange, AlarmKey

RATE_S = 600.0
FLOOD = 10
"""More alarms than this in ten minutes are a flood: one person cannot answer them."""
CHATTER, CHATTER_S = 3, 60.0
"""An alarm that is raised that often within that many seconds chatters."""
STANDING_S = 24 * 3600.0
WORST = 10
MAX_RAISES = 50_000
"""The most raises of a day that are counted. In a plant with more of them, the figures cover only the newest."""


class Raise(msgspec.Struct, frozen=True):
    """An alarm was raised."""

    key: AlarmKey
    line: str
    at: float


class Worst(msgspec.Struct, frozen=True):
    """How often an alarm was raised within a day."""

    machine: str
    name: str
    raised: int


class Figures(msgspec.Struct, frozen=True, rename="camel"):
    """``raised``: within ten minutes. ``is_flood``: more than ten of them. ``standing``: active for over a day."""

    raised: int
    is_flood: bool
    worst: list[Worst]
    chattering: list[Worst]
    standing: int


def figures_of(raises: Iterable[Raise], listed: Iterable[AlarmChange], now: float) -> Figures:
    """Figures of the raises of the last day, and of the alarms that are listed."""
    day = [each for each in raises if now - STANDING_S < each.at <= now]
    recent = sum(each.at > now - RATE_S for each in day)
    counts = Counter(each.key for each in day)
    worst = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:WORST]
    chattering = _chattering(day)
    standing = sum(
        each.state.is_active and each.state.raised_at is not None and now - each.state.raised_at > STANDING_S
        for each in listed
    )
    return Figures(
        recent,
        recent > FLOOD,
        [Worst(key.machine, key.name, count) for key, count in worst],
        [
            Worst(key.machine, key.name, counts[key])
            for key in sorted(chattering, key=lambda key: -counts[key])
        ],
        standing,
    )


def _chattering(day: Iterable[Raise]) -> set[AlarmKey]:
    found: set[AlarmKey] = set()
    last: defaultdict[AlarmKey, deque[float]] = defaultdict(lambda: deque(maxlen=CHATTER))
    for each in sorted(day, key=lambda each: each.at):
        times = last[each.key]
        times.append(each.at)
        if len(times) == CHATTER and times[-1] - times[0] <= CHATTER_S:
            found.add(each.key)
    return found
