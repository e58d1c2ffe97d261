"""The sessions of clients, and the limits that keep one from harming itself or the others.

A subscription is *live* while the topic's deltas go to the session. It is *paused* while the session is paused
(LINK-3), has too much in its buffer (FLOW-1), or has been given as many snapshots at once as it may. A paused
subscription knows the number at which it was paused. When it may go on, it gets one fresh snapshot, unless nothing was
sent meanwhile. So a slow client costs one comparison, and never a queue.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic

from setpoint.contract.live import (
    Ack,
    Auth,
    CloseCode,
    ErrorFrame,
    Heartbeat,
    Hello,
    Pause,
    Pong,
    Position,
    Resume,
    Subscribe,
    Unsubscribe,
    User,
    decode_up,
    encode,
)
from setpoint.core.hub.effects import Close, Effect, HubCounters, HubLimits, S, Send
from setpoint.core.hub.feed import Feed
from setpoint.core.hub.feeds import Feeds
from setpoint.core.hub.heartbeat import STALLED_MS, Heartbeats
from setpoint.core.hub.session import Session, WaitingSubscription
from setpoint.core.limits import Rate, TokenBucket
from setpoint.core.plant import Person
from setpoint.errors import ProtocolError


class Sessions(Generic[S]):
    def __init__(self, stream: Feeds[S], limits: HubLimits, counters: HubCounters, now_ms: int) -> None:
        self._stream = stream
        self._limits = limits
        self._counters = counters
        self._heartbeat = Heartbeat(
            limits.ping_every_ms,
            limits.pong_within_ms,
            limits.ping_every_ms + STALLED_MS,
        )
        self._frame_rate = Rate(limits.bucket_frames, limits.bucket_refill_per_s)
        self._sessions: dict[S, Session[S]] = {}
        self._heartbeats: Heartbeats[S] = Heartbeats(limits, now_ms)
        self._over: dict[S, Session[S]] = {}
        self._awaiting_snapshot: dict[S, Session[S]] = {}
        self._given: list[Session[S]] = []
        self._waiting: dict[Feed[S], dict[S, Session[S]]] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, handle: S, person: Person, *, name: str, now_ms: int, ts: float) -> list[Effect[S]]:
        session = Session(
            handle, name, person, self._stream.views.of(person), TokenBucket(self._frame_rate, now_ms), now_ms
        )
        self._sessions[handle] = session
        self._heartbeats.add(session)
        return [self._hello(session, ts)]

    def begin_again(self, stream: Feeds[S], ts: float) -> list[Effect[S]]:
        """The plant was changed (PLANT-1): each session gets a new ``hello`` and subscribes again."""
        self._stream = stream
        self._awaiting_snapshot.clear()
        self._waiting.clear()
        effects: list[Effect[S]] = []
        for session in self._sessions.values():
            session.view = stream.views.of(session.person)
            session.topics.clear()
            session.paused_topics.clear()
            session.left = frozenset()
            session.waiting.clear()
            session.frames.fill(self._frame_rate)  # it may ask for as much as when it came (FLOW-2)
            effects.append(self._hello(session, ts))
        return effects

    def _hello(self, session: Session[S], ts: float) -> Send[S]:
        user = User(session.person.name, session.person.role.word)
        hello = Hello(session.view.epoch, session.name, ts, user, self._heartbeat)
        return Send((session.handle,), encode(hello))

    def close(self, handle: S, now_ms: int) -> None:
        """Forgets a session, if it is known."""
        session = self._sessions.pop(handle, None)
        if session is None:
            return
        self._heartbeats.remove(session)
        self._over.pop(handle, None)
        self._awaiting_snapshot.pop(handle, None)
        for topic in list(session.topics.values()):
            self._drop(session, topic, now_ms)
        for name in list(session.waiting):
            self._stop_waiting(session, name, now_ms)

    # From the client

    def received(self, handle: S, data: bytes | str, now_ms: int, ts: float) -> list[Effect[S]]:
        session = self._sessions.get(handle)
        if session is None:
            return []
        session.touched_ms = now_ms
        if not self._take_token(session, now_ms):
            return self._refuse_flood(session, now_ms)
        try:
            frame = decode_up(data)
        except ProtocolError as error:
            refusal = ErrorFrame(error.code, error.message, error.frame_id)
            return self._refuse(session, refusal, error.close_code, now_ms)
        match frame:
            case Pong():
                return []
            case Subscribe():
                return self._subscribe(session, frame, now_ms, ts)
            case Unsubscribe():
                return self._unsubscribe(session, frame, now_ms)
            case Pause():
                return self._pause(session, now_ms)
            case Resume():
                session.is_paused = False
                return self._catch_up(session, now_ms, ts)
            case Auth():
                refusal = ErrorFrame(
                    "signed_in", "expected auth as the first frame only; this session is signed in"
                )
                return self._refuse(session, refusal, None, now_ms)

    def touch(self, handle: S, now_ms: int) -> list[Effect[S]]:
        """Any other sign of life, such as a pong of the WebSocket itself (HB-1); it counts as a frame (FLOW-2)."""
        session = self._sessions.get(handle)
        if session is None:
            return []
        session.touched_ms = now_ms
        return [] if self._take_token(session, now_ms) else self._refuse_flood(session, now_ms)

    def _refuse_flood(self, session: Session[S], now_ms: int) -> list[Effect[S]]:
        burst, rate = self._limits.bucket_frames, self._limits.bucket_refill_per_s
        message = f"expected at most {burst} frames at once and {rate} a second; come back and send fewer"
        return self._refuse(session, ErrorFrame("too_many_frames", message), CloseCode.PROTOCOL_ERROR, now_ms)

    def _subscribe(
        self,
        session: Session[S],
        frame: Subscribe,
        now_ms: int,
        ts: float,
        *,
        requested_ms: int | None = None,
    ) -> list[Effect[S]]:
        """``requested_ms``: when the client asked for it, unless that is now."""
        topic = self._stream.find(frame.topic, session.view)
        if topic is None:
            shown = frame.topic if len(frame.topic) <= 40 else frame.topic[:40] + "…"
            message = f"no topic {shown!r}; {self._stream.describe(session.view)}"
            return self._refuse(session, ErrorFrame("unknown_topic", message, frame.id), None, now_ms)
        is_new = frame.topic not in session.topics and frame.topic not in session.waiting
        if is_new and len(session.topics) + len(session.waiting) >= self._limits.max_subscriptions:
            message = (
                f"at most {self._limits.max_subscriptions} subscriptions a connection; unsubscribe first"
            )
            refusal = ErrorFrame("too_many_subscriptions", message, frame.id)
            return self._refuse(session, refusal, CloseCode.PROTOCOL_ERROR, now_ms)
        requested_ms = now_ms if requested_ms is None else requested_ms
        if not topic.is_known or not self._has_reached(session, topic, frame.since, requested_ms):
            session.waiting[frame.topic] = WaitingSubscription(topic, frame, requested_ms)
            self._waiting.setdefault(topic, {})[session.handle] = session
            self._stream.listen(topic, session.view, now_ms)
            return []
        if frame.since is not None and not is_new:
            self._counters.gaps += 1
        session.topics[frame.topic] = topic
        effects: list[Effect[S]] = [Send((session.handle,), encode(Ack(frame.id, frame.topic)))]
        if not session.may_receive(topic) or self._is_satisfied(session):
            self._pause_topic(session, topic, None, now_ms)
            if session.may_receive(topic):
                self._awaiting_snapshot[session.handle] = session
            return effects
        missed = self._missed(session, topic, frame.since)
        self._stream.listen(topic, session.view, now_ms)
        if missed is None:
            self._send_snapshot(session, topic, effects, now_ms, ts)
        else:
            self._counters.resumed += 1
            effects[0] = Send((session.handle,), encode(Ack(frame.id, frame.topic, topic.seq)))
            effects += (Send((session.handle,), data) for data in missed)
            self._count(session, sum(map(len, missed)))
        session.paused_topics.pop(topic, None)
        topic.subscribers[session.handle] = None
        return effects

    def _has_reached(
        self, session: Session[S], topic: Feed[S], since: Position | None, requested_ms: int
    ) -> bool:
        """Whether the feed is at least as far as this position, so that no client goes back (MIR-4)."""
        if since is None or since.epoch != session.view.epoch or topic.name in session.topics:
            return True
        return topic.has_reached(since.seq, requested_ms)

    def _missed(self, session: Session[S], topic: Feed[S], since: Position | None) -> list[bytes] | None:
        """Returns the deltas after ``since``, or None if a snapshot is due (SEQ-4).

        Old deltas carry old values. Another topic of the session may have the same machines, or may have had them
        before it was unsubscribed. If it sent newer values, old deltas would take these back for one cadence (TICK-1).
        A snapshot has the present values.
        """
        if since is None or since.epoch != session.view.epoch or not topic.is_active:
            return None
        missed = topic.missed(since.seq)
        carried = (session.topics, session.left)
        return None if missed and any(self._stream.overlaps(topic, names) for names in carried) else missed

    def _unsubscribe(self, session: Session[S], frame: Unsubscribe, now_ms: int) -> list[Effect[S]]:
        if frame.topic in session.waiting:
            self._stop_waiting(session, frame.topic, now_ms)
            return []
        topic = session.topics.get(frame.topic)
        if topic is None:
            refusal = ErrorFrame(
                "not_subscribed", f"expected a topic of this session, but got {frame.topic!r}", frame.id
            )
            return self._refuse(session, refusal, None, now_ms)
        self._drop(session, topic, now_ms)
        session.left |= {topic.name}
        return []

    def _drop(self, session: Session[S], topic: Feed[S], now_ms: int) -> None:
        del session.topics[topic.name]
        session.paused_topics.pop(topic, None)
        self._stop_deltas(session, topic, now_ms)

    # Feeds that become known, or known again, at a gateway

    def known(self, topic: Feed[S], now_ms: int, ts: float) -> list[Effect[S]]:
        """More of a feed is known now. Answers the subscriptions for which that is enough."""
        effects: list[Effect[S]] = []
        for session in self._waiting.pop(topic, {}).values():
            _, frame, requested_ms = session.waiting.pop(topic.name)
            effects += self._subscribe(session, frame, now_ms, ts, requested_ms=requested_ms)
        return effects

    def all_known(self, now_ms: int, ts: float) -> list[Effect[S]]:
        """Answers the subscriptions to feeds of which enough is known now."""
        effects: list[Effect[S]] = []
        for topic in [topic for topic in self._waiting if topic.is_known]:
            effects += self.known(topic, now_ms, ts)
        return effects

    def replaced(self, topic: Feed[S], now_ms: int, ts: float) -> list[Effect[S]]:
        """The state of a feed was replaced, and no deltas lead there: its subscribers get snapshots."""
        effects: list[Effect[S]] = []
        for handle in list(topic.subscribers):
            session = self._sessions[handle]
            self._pause_topic(session, topic, None, now_ms)
            self._awaiting_snapshot[handle] = session
            effects += self._catch_up(session, now_ms, ts)
        return effects

    def _stop_waiting(self, session: Session[S], name: str, now_ms: int) -> None:
        topic = session.waiting.pop(name).feed
        sessions = self._waiting[topic]
        del sessions[session.handle]
        if not sessions:
            del self._waiting[topic]
            if not topic.subscribers:
                self._stream.leave(topic, now_ms)

    def _pause(self, session: Session[S], now_ms: int) -> list[Effect[S]]:
        session.is_paused = True
        for topic in session.live_topics():
            if not session.may_receive(topic):
                self._pause_topic(session, topic, None, now_ms)
        return []

    # Paused subscriptions

    def _pause_topic(self, session: Session[S], topic: Feed[S], seq: int | None, now_ms: int) -> None:
        session.paused_topics[topic] = seq
        self._stop_deltas(session, topic, now_ms)

    def _stop_deltas(self, session: Session[S], topic: Feed[S], now_ms: int) -> None:
        topic.subscribers.pop(session.handle, None)
        if topic.is_active and not topic.subscribers:
            self._stream.leave(topic, now_ms)

    def _catch_up(self, session: Session[S], now_ms: int, ts: float) -> list[Effect[S]]:
        """Resumes paused subscriptions, as many as one tick may carry; the rest follow with the next."""
        effects: list[Effect[S]] = []
        for topic, seq in list(session.paused_topics.items()):
            if not session.may_receive(topic):
                continue
            if self._is_satisfied(session):
                # It goes to the end of the queue, so that the others come first.
                self._awaiting_snapshot.pop(session.handle, None)
                self._awaiting_snapshot[session.handle] = session
                return effects
            if topic.is_active and seq == topic.seq:
                self._stream.listen(topic, session.view, now_ms)
            else:
                self._counters.dropped += 0 if seq is None else max(0, topic.seq - seq)
                self._stream.listen(topic, session.view, now_ms)
                self._send_snapshot(session, topic, effects, now_ms, ts)
            del session.paused_topics[topic]
            topic.subscribers[session.handle] = None
        self._awaiting_snapshot.pop(session.handle, None)
        return effects

    def _send_snapshot(
        self, session: Session[S], topic: Feed[S], effects: list[Effect[S]], now_ms: int, ts: float
    ) -> None:
        data = self._stream.snapshot(topic, session.view.epoch, now_ms, ts)
        self._count(session, len(data))
        effects.append(Send((session.handle,), data))

    def _count(self, session: Session[S], size: int) -> None:
        if not session.given_bytes:
            self._given.append(session)
        session.given_bytes += size

    def _is_satisfied(self, session: Session[S]) -> bool:
        """Whether the session has been given half a buffer of snapshots. It gets no more until it has taken them or a
        tick has passed."""
        return session.given_bytes >= self._limits.max_buffer_bytes // 2

    def buffered(self, handle: S, size: int, now_ms: int, ts: float) -> list[Effect[S]]:
        session = self._sessions.get(handle)
        if session is None:
            return []
        if size > self._limits.max_buffer_bytes:
            if session.over_since_ms is None:
                session.over_since_ms = now_ms
                self._over[handle] = session
            for topic in session.live_topics():
                self._pause_topic(session, topic, topic.seq, now_ms)
        elif size <= self._limits.drained_bytes:
            if session.over_since_ms is not None:
                session.over_since_ms = None
                del self._over[handle]
            session.given_bytes = 0
            return self._catch_up(session, now_ms, ts)
        return []

    def awaiting_snapshot(self) -> Iterable[S]:
        """The sessions that wait for snapshots and would take them; the one that has waited longest comes first."""
        return self._awaiting_snapshot

    # Time

    def enforce_limits(self, now_ms: int, ts: float) -> list[Effect[S]]:
        """Ends sessions that do not answer or do not read, and sends pending snapshots. Call once a tick."""
        effects: list[Effect[S]] = []
        for session in self._given:
            session.given_bytes = 0
        self._given.clear()
        for session in self._heartbeats.silent(now_ms):
            reason = f"no pong within {self._limits.pong_within_ms} ms"
            effects += self._end(session.handle, CloseCode.NO_PONG, reason, now_ms)
        if self._over:
            effects += self._end_too_slow(now_ms)
        if self._awaiting_snapshot:
            for session in list(self._awaiting_snapshot.values()):
                effects += self._catch_up(session, now_ms, ts)
        return effects

    def _end_too_slow(self, now_ms: int) -> list[Effect[S]]:
        effects: list[Effect[S]] = []
        for session in [each for each in self._over.values() if self._is_too_slow(each, now_ms)]:
            reason = (
                f"more than {self._limits.max_buffer_bytes} bytes unread for {self._limits.max_over_ms} ms"
            )
            effects += self._end(session.handle, CloseCode.TOO_SLOW, reason, now_ms)
        return effects

    def _is_too_slow(self, session: Session[S], now_ms: int) -> bool:
        return (
            session.over_since_ms is not None and now_ms - session.over_since_ms >= self._limits.max_over_ms
        )

    def ping(self, tick: int, now_ms: int, ts: float) -> list[Effect[S]]:
        """Pings the sessions that are due (HB-1)."""
        return self._heartbeats.ping(tick, now_ms, ts)

    # Ends

    def _take_token(self, session: Session[S], now_ms: int) -> bool:
        return session.frames.wait_ms(self._frame_rate, now_ms) == 0

    def _refuse(
        self, session: Session[S], refusal: ErrorFrame, close_code: int | None, now_ms: int
    ) -> list[Effect[S]]:
        self._counters.refused_frames += 1
        effects: list[Effect[S]] = [Send((session.handle,), encode(refusal))]
        if close_code is not None:
            effects += self._end(session.handle, close_code, refusal.code, now_ms)
        return effects

    def _end(self, handle: S, code: int, reason: str, now_ms: int) -> list[Effect[S]]:
        self.close(handle, now_ms)
        return [Close(handle, code, reason)]
