"""Plausible bugs of lease, fence, mirror and gateways. Some law must catch each of them.

``python -m tests.simulation.mutants --failover`` prints which law catches which bug.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import structs
from tests.simulation import lives
from tests.simulation.clock import WALL_AT_START
from tests.simulation.gateway import Gateway
from tests.simulation.lives import Life
from tests.simulation.mutant import Mutant
from tests.simulation.server import done
from tests.simulation.shared import Database

from setpoint.contract.live import Delta
from setpoint.core.commands import Dispatch
from setpoint.core.engine.engine import Engine
from setpoint.core.hub.mirror import Mirror
from setpoint.core.hub.mirror.feed import MirrorFeed
from setpoint.core.hub.mirror.feeds import MirrorFeeds
from setpoint.core.hub.mirror.state import FeedState
from setpoint.core.lease import Holding, State, Waiting, step
from setpoint.core.plant import Write

# Lease and fence


def _does_not_wait(state: State, event: Any, now_ms: int) -> State:
    after = step(state, event, now_ms)
    if isinstance(after, Waiting) and after.seen is not None:
        after = structs.replace(after, since_ms=now_ms - after.seen.lasts_ms)
    return after


def _never_doubts(state: State, event: Any, now_ms: int) -> State:
    after = step(state, event, now_ms)
    return structs.replace(after, until_ms=2**60) if isinstance(after, Holding) else after


def _commit_unproven(self: Database, _: int, changes: Sequence[Any], name: str) -> None:
    done(self.store.store(changes, name=name))


_restore = Engine.restore


def _restore_nothing(self: Any, **known: Any) -> Any:
    return _restore(self, **known | {"batches": ()})


def _restore_and_send(self: Any, **known: Any) -> Any:
    open_items = [item for batch in known["batches"] for item in batch.items if not item.outcome.is_final]
    writes = tuple(Write(item.tx_id, item.machine, item.field, item.asked) for item in open_items)
    return [*_restore(self, **known), *([Dispatch(writes, known["now_ms"] + 3_000)] if writes else ())]


# The mirror


def _take_at_once(self: MirrorFeed[Any], delta: Delta, data: bytes) -> list[bytes]:
    self._apply(delta, data)
    self._prove()
    return [data]


def _prove_unreached(self: MirrorFeed[Any]) -> None:
    if self.is_known:
        self._proven_ms = self._stamp_ms
        self._gap_since_ms = None


def _is_proven_for_good(self: MirrorFeed[Any]) -> bool:
    return self.is_known and self._proven_ms is not None


_headed = MirrorFeed.headed


def _headed_from_arrival(self: MirrorFeed[Any], head: int, _: int) -> None:
    _headed(self, head, self._now.ms + 2_000)


_merge = FeedState.merge


def _merge_without_outcomes(self: FeedState, delta: Delta, now_ms: int, **kwargs: Any) -> None:
    _merge(self, structs.replace(delta, tx=[]), now_ms, **kwargs)


def _merge_without_targets(self: FeedState, delta: Delta, now_ms: int, **kwargs: Any) -> None:
    _merge(self, structs.replace(delta, open={}), now_ms, **kwargs)


_frames = Mirror.frames


def _frames_of_anybody(self: Mirror[Any], frames: Any, now_ms: int) -> Any:
    return _frames(self, structs.replace(frames, token=self.token, epoch=self.epoch), now_ms)


_begin = Mirror.begin


def _begin_quietly(self: Mirror[Any], *args: Any) -> Any:
    _begin(self, *args)
    return []


def _wanted_always(self: MirrorFeeds[Any]) -> list[str]:
    return sorted(self._always)


# The gateway


def _own_wall_clock(self: Gateway) -> float:
    return WALL_AT_START + self.world.clock.now_ms / 1000 + self._wall_s


FAILOVER: Sequence[Mutant] = (
    Mutant("a standby does not wait until the lease ends", [(lives, "step", _does_not_wait)]),
    Mutant("an owner is always sure of its lease", [(lives, "step", _never_doubts)]),
    Mutant(
        "targets leave without the last check for a stop", [(Engine, "voided", lambda *_: None)], seed=7010
    ),
    Mutant("targets leave without the last check of the lease", [(Life, "may_send", lambda _: True)], seed=4),
    Mutant(
        "a transaction does not check the token",
        [(Database, "commit", _commit_unproven), (Life, "may_store", lambda _: True)],
    ),
    Mutant("a new owner forgets the targets that were under way", [(Engine, "restore", _restore_nothing)]),
    Mutant(
        "a new owner sends the targets that were under way again", [(Engine, "restore", _restore_and_send)]
    ),
    Mutant("a gateway applies deltas as they come", [(MirrorFeed, "take", _take_at_once)]),
    Mutant("a gateway does not ask for missing deltas", [(MirrorFeed, "wants", lambda _: False)]),
    Mutant("a gateway confirms a head that it has not reached", [(MirrorFeed, "_prove", _prove_unreached)]),
    Mutant(
        "a gateway confirms what it received long ago",
        [(MirrorFeed, "is_proven", property(_is_proven_for_good))],
    ),
    Mutant(
        "a head is valid from its arrival on, and for longer", [(MirrorFeed, "headed", _headed_from_arrival)]
    ),
    Mutant("a gateway forgets outcomes", [(FeedState, "merge", _merge_without_outcomes)]),
    Mutant("a gateway forgets targets under way", [(FeedState, "merge", _merge_without_targets)], seed=4),
    Mutant("a gateway takes frames of a former owner", [(Mirror, "frames", _frames_of_anybody)]),
    Mutant("nobody learns of a new owner", [(Mirror, "begin", _begin_quietly)]),
    Mutant(
        "the gateway does not follow the machines that people look at",
        [(MirrorFeeds, "wanted", _wanted_always)],
    ),
    Mutant(
        "a gateway takes back what another one has sent",
        [(MirrorFeed, "has_reached", lambda *_: True)],
        seed=24,
    ),
    Mutant("a gateway sends its own wall clock", [(Gateway, "ts", property(_own_wall_clock))], seed=5),
)
