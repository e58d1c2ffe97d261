"""Laws of a plant with several servers: what its owner sends, and what people see through gateways.

The laws of one server's clients also hold at gateways, except one: two topics of a machine take different routes, so
they may stand at different instants for a while.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import structs
from tests.simulation import laws
from tests.simulation.laws import ClientJudge, LawBrokenError, Observer

from setpoint.contract.live import Delta, Hello, Ping, Snapshot, TxOutcome
from setpoint.contract.values import Record
from setpoint.core import store
from setpoint.core.hub.mirror.feed import FRESH_MS

if TYPE_CHECKING:
    from tests.simulation.gateway import Gateway

OWNER = "only one owner sends at a time"
FENCED = "a server that has been replaced stores nothing"
TOKENS = "a token is issued once, and somebody owns the plant"
STOPPED = "no target leaves that was requested before a stop"
LIVE = "a gateway shows nothing as live that was not confirmed"
FORWARD = "nobody goes back to an earlier state of a topic"
OUTCOMES = "a snapshot has the outcomes of the last minute"
IN_TIME = "a request that came in time is not refused as too late"

LAWS = (*laws.LAWS, OWNER, FENCED, TOKENS, STOPPED, LIVE, FORWARD, OUTCOMES, IN_TIME)

LIMITS = structs.replace(laws.LIMITS, max_buffer_bytes=40_000, drained_bytes=4_000, history_deltas=6)
OUTCOMES_FOR_MS = 50_000
"""Some seconds less than the minute for which outcomes are kept, because a gateway counts from their arrival."""


class Witness(Observer):
    """The perfect client of one owner. It also notes when each topic sent which outcomes."""

    sent_outcomes: dict[str, list[tuple[int, int, TxOutcome]]]

    def note_outcomes(self, topic: str, seq: int, outcomes: Iterable[TxOutcome]) -> None:
        log = self.__dict__.setdefault("sent_outcomes", defaultdict(list))
        log[topic] += ((self._now_ms(), seq, each) for each in outcomes)


class RouteJudge(ClientJudge):
    """Judges a client that moves between gateways."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._furthest: dict[str, int] = {}
        """Each topic's furthest position in the present epoch."""

    def _judge_order(self, topic: str, machines: Mapping[str, Record]) -> None:
        """Checks nothing: values come in order only on one route. `FORWARD` holds for each topic instead."""

    def judge_event(
        self,
        now_ms: int,
        true_ms: int,
        client_store: store.Store,
        event: store.Event,
        changed: Iterable[str],
    ) -> None:
        match event:
            case Hello(epoch=epoch) if epoch != self._epoch:
                self._furthest.clear()
            case Snapshot():
                self._judge_snapshot(event, true_ms)
            case Delta():
                self._furthest[event.topic] = event.seq
            case _:
                pass
        super().judge_event(now_ms, true_ms, client_store, event, changed)

    def _judge_snapshot(self, event: Snapshot, true_ms: int) -> None:
        seq = self._furthest.get(event.topic, -1)
        if event.seq < seq:
            raise LawBrokenError(FORWARD, f"{event.topic} was at {seq}, then at {event.seq}")
        self._furthest[event.topic] = event.seq
        observer = self._observers.get(event.epoch)
        if not isinstance(observer, Witness):
            return
        for at_ms, sent_seq, outcome in getattr(observer, "sent_outcomes", {}).get(event.topic, ()):
            if at_ms > true_ms - OUTCOMES_FOR_MS and sent_seq <= event.seq and outcome not in event.tx:
                raise LawBrokenError(OUTCOMES, f"{event.topic} at {event.seq} has no {outcome}")


def judge_ping(gateway: Gateway, epoch: str, ping: Ping) -> None:
    """Checks that every position in a ping was confirmed within `FRESH_MS` and was the newest then."""
    if not ping.pos:
        return
    since_ms = gateway.world.clock.now_ms - FRESH_MS
    if gateway.last_message_ms < since_ms:
        raise LawBrokenError(LIVE, f"{gateway.name} names {ping.pos} and received nothing for {FRESH_MS} ms")
    observer = gateway.world.observers[epoch]
    for topic, seq in ping.pos.items():
        following = observer.at.get((topic, seq + 1))
        if following is not None and following.at_ms < since_ms:
            raise LawBrokenError(
                LIVE, f"{gateway.name} names {topic} at {seq}; {seq + 1} was sent at {following.at_ms}"
            )
