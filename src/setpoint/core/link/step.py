"""One client's connection, as one function: ``step(link, event, now_ms) -> (link, effects)``.

A socket is live while frames arrive: every frame counts, and silence is measured from the last frame, not by
a timer. So a throttled timer or a sleeping computer cannot make a live connection look dead, or a dead one live (HB-2,
LINK-3). A topic is live while its numbers are consecutive. A delta is delivered only if it is the next one of the same
epoch. An older one is ignored. A newer one shows a gap, and so does a ``ping`` that is ahead, so that silence is
verified (SEQ-2, SEQ-3). After a gap, the link subscribes again with its position, and the server sends the missed
deltas or a snapshot (SEQ-4). A new epoch shows that the server restarted, which makes every position void (SEQ-5).

The shell has sockets, timers, jitter and the token. The store knows what the frames mean.
"""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from setpoint.contract.live import (
    Ack,
    CloseCode,
    Delta,
    Down,
    ErrorFrame,
    Hello,
    Pause,
    Ping,
    Pong,
    Position,
    Resume,
    Snapshot,
    Unsubscribe,
    retry_after_ms,
)
from setpoint.contract.topics import DASHBOARD, topic_kind
from setpoint.core.link.backoff import wait_ms
from setpoint.core.link.events import (
    Closed,
    Connect,
    Deliver,
    Drop,
    DropTopic,
    Effect,
    Event,
    GapFound,
    PageHidden,
    PageShown,
    Received,
    Refetch,
    Refused,
    SendFrame,
    Start,
    Stop,
    Wake,
    WantTopic,
)
from setpoint.core.link.states import (
    BACKOFF_RESTARTS_AFTER_MS,
    CONNECT_WITHIN_MS,
    LEAST_STALE_AFTER_MS,
    MOST_STALE_AFTER_MS,
    PAUSE_AFTER_MS,
    STALE_FOR_MS,
    Connected,
    Connecting,
    Disconnected,
    Hidden,
    Link,
    Paused,
    Shown,
    Stale,
    Topic,
)
from setpoint.core.link.transition import Transition
from setpoint.errors import IllegalTransitionError, MisuseError


def step(link: Link, event: Event, now_ms: int) -> tuple[Link, tuple[Effect, ...]]:
    """The link and the effects after an event. Raises, and changes nothing, for an impossible event."""
    decision = _Decision(link, now_ms)
    if isinstance(event, Received | Closed) and not decision.is_current(event.socket):
        return link, ()
    decision.decide(event)
    if isinstance(event, Received):
        decision.check_if_due()
    elif not isinstance(event, WantTopic | DropTopic):
        decision.reschedule()
    return decision.finish(link, is_timer_spent=isinstance(event, Wake))


class _Decision(Transition):
    """Applies the rules to one event."""

    def decide(self, event: Event) -> None:
        match event:
            case Received(frame=frame):
                self.receive(frame)
            case Start():
                self.start()
            case Stop():
                self.stop()
            case Closed(code=code, reason=reason, jitter=jitter):
                self.lose(code, reason, jitter)
            case WantTopic(topic=topic):
                self.want(topic)
            case DropTopic(topic=topic):
                self.drop_topic(topic)
            case PageHidden():
                self.hide()
            case PageShown(jitter=jitter):
                self.show(jitter)
            case Wake(jitter=jitter):
                self.check_deadlines(jitter)
            case _:
                assert_never(event)

    # The socket

    def is_current(self, socket: int) -> bool:
        if not 1 <= socket <= self.link.sockets:
            raise IllegalTransitionError(
                f"expected a socket from 1 to {self.link.sockets}, but got {socket}: it was never asked for"
            )
        connection = self.link.connection
        return not isinstance(connection, Disconnected) and connection.socket == socket

    def start(self) -> None:
        if isinstance(self.link.connection, Disconnected):
            self.connect()

    def connect(self) -> None:
        socket = self.link.sockets + 1
        self.set(connection=Connecting(socket, self.now_ms), sockets=socket)
        self.effects.append(Connect(socket))

    def stop(self) -> None:
        self.drop()
        self.disconnect(Disconnected(self.now_ms))

    def drop(self) -> None:
        if not isinstance(self.link.connection, Disconnected):
            self.effects.append(Drop(self.link.connection.socket))

    def give_up(self, jitter: float) -> None:
        self.drop()
        self.lose(1006, "no sign of life", jitter)

    def lose(self, code: int, reason: str, jitter: float) -> None:
        """The socket is gone: wait before the next attempt, or for ever (LINK-2)."""
        self.leave_connected()
        if code in (CloseCode.NOT_SIGNED_IN, CloseCode.FORBIDDEN):
            retry_at_ms = None
        else:
            retry_after = retry_after_ms(reason)
            wait = retry_after if retry_after is not None else wait_ms(self.link.attempt, jitter)
            retry_at_ms = self.now_ms + wait
            self.set(attempt=self.link.attempt + 1)
        self.disconnect(Disconnected(self.now_ms, retry_at_ms, code, reason))

    def disconnect(self, disconnected: Disconnected) -> None:
        self.set(connection=disconnected)
        if isinstance(self.link.page, Paused):
            self.set(page=Hidden(self.link.page.since_ms))  # the next session is not paused yet
        self.doubt()

    def leave_connected(self) -> None:
        """The back-off restarts only after 30 s CONNECTED, counted to the last sign of life (LINK-2)."""
        connection = self.link.connection
        if not isinstance(connection, Connected):
            return
        if connection.heard_at_ms - connection.since_ms >= BACKOFF_RESTARTS_AFTER_MS:
            self.set(attempt=0)

    # Frames

    def receive(self, frame: Down) -> None:
        connection = self.link.connection
        assert not isinstance(connection, Disconnected)
        if isinstance(frame, Hello):
            self.greet(connection.socket, frame)
        elif connection.heard_at_ms is None:
            return  # before hello nothing counts, not even as a sign of life: the epoch is not known
        else:
            self.set(connection=replace(connection, heard_at_ms=self.now_ms))
            self.follow(frame)
        if isinstance(self.link.connection, Connected):
            return
        if self.is_acknowledged():
            self.set(connection=Connected(connection.socket, self.now_ms, self.now_ms))
        elif isinstance(self.link.connection, Stale):
            self.set(connection=Connecting(connection.socket, self.now_ms, self.now_ms))
        self.wake_by(self.now_ms + self.link.stale_after_ms)

    def follow(self, frame: Ack | Snapshot | Delta | Ping | ErrorFrame) -> None:
        match frame:
            case Delta():
                self.take_delta(frame)
            case Snapshot():
                self.take_snapshot(frame)
            case Ping():
                self.effects.append(SendFrame(Pong(frame.ts)))
                self.compare(frame.pos)
            case Ack(id=frame_id, topic=name):
                topic = self.link.topics.get(name)
                if topic and topic.pending_id == frame_id:
                    topic = replace(topic, pending_id=None, head=frame.seq)
                    if topic.is_caught_up:
                        topic = replace(topic, heard_at_ms=self.now_ms)
                    self.put(name, topic)
            case ErrorFrame():
                self.take_error(frame)
            case _:
                assert_never(frame)

    def greet(self, socket: int, hello: Hello) -> None:
        """The server's first frame. Subscribes to every topic, with its position if the epoch is still the same."""
        is_reconnect = self.link.epoch is not None
        self.effects.append(Deliver(hello))
        since_ms = self.now_ms
        if isinstance(self.link.connection, Connecting):
            since_ms = self.link.connection.since_ms
        self.leave_connected()
        self.set(
            connection=Connecting(socket, since_ms, self.now_ms),
            epoch=hello.epoch,
            stale_after_ms=min(
                max(hello.heartbeat.stale_after_ms, LEAST_STALE_AFTER_MS), MOST_STALE_AFTER_MS
            ),
        )
        if isinstance(self.link.page, Hidden):
            self.wake_by(self.link.page.since_ms + PAUSE_AFTER_MS)
        if is_reconnect:
            self.effects.append(Refetch())
        for name, topic in self.link.topics.items():
            is_void = topic.position is not None and topic.position.epoch != hello.epoch
            self.subscribe(name, replace(topic, position=None) if is_void else topic)

    def take_delta(self, delta: Delta) -> None:
        topic = self.link.topics.get(delta.topic)
        if topic is None:
            return  # unsubscribed while it was on its way
        have = topic.position
        if have is not None and delta.seq == have.seq + 1:
            self.effects.append(Deliver(delta))
            position = Position(have.epoch, delta.seq)
            self.put(delta.topic, replace(topic, position=position, heard_at_ms=self.now_ms))
        elif have is None or delta.seq > have.seq:
            self.find_gap(delta.topic, topic)

    def take_snapshot(self, snapshot: Snapshot) -> None:
        topic = self.link.topics.get(snapshot.topic)
        epoch = self.link.epoch
        assert epoch is not None
        if topic is None or (snapshot.epoch and snapshot.epoch != epoch):
            return  # a seq counts only within its epoch (SEQ-5); the specification's own snapshot names no epoch
        if topic.is_caught_up and topic.position and snapshot.seq < topic.position.seq:
            return  # older than a state that we know to be complete
        self.effects.append(Deliver(snapshot))
        position = Position(epoch, snapshot.seq)
        self.put(
            snapshot.topic,
            replace(topic, position=position, head=snapshot.seq, heard_at_ms=self.now_ms),
        )

    def compare(self, heads: dict[str, int]) -> None:
        """Silence is verified: the ping must name the positions that we have (SEQ-3)."""
        for name, head in heads.items():
            topic = self.link.topics.get(name)
            if topic is None or topic.pending_id is not None or self.is_paused(name):
                continue
            if topic.position is None or head > topic.position.seq:
                self.find_gap(name, topic)
            elif head == topic.position.seq:
                self.put(name, replace(topic, head=head, heard_at_ms=self.now_ms))

    def find_gap(self, name: str, topic: Topic) -> None:
        if topic.pending_id is not None or self.is_paused(name):
            return  # already asked; what was missed is on its way, or comes as a snapshot with resume
        self.set(gaps=self.link.gaps + 1)
        self.effects.append(GapFound(name))
        self.subscribe(name, topic)

    def take_error(self, error: ErrorFrame) -> None:
        for name, topic in self.link.topics.items():
            if error.id is not None and topic.pending_id == error.id:
                self.put(name, replace(topic, pending_id=None, refusal=error.code))
                self.effects.append(Refused(error.code, error.message, name))
                return
        self.effects.append(Refused(error.code, error.message))

    # Topics

    def want(self, name: str) -> None:
        if topic_kind(name) is None:
            raise MisuseError(
                f"expected a topic such as dashboard:global, line:01 or m:401, but got {name!r}",
                code="no_topic",
            )
        if name in self.link.topics:
            return
        if self.is_open():
            self.subscribe(name, Topic())
        else:
            self.put(name, Topic())

    def drop_topic(self, name: str) -> None:
        if name not in self.link.topics:
            return
        del self.own_topics()[name]
        if not self.is_open():
            return
        self.effects.append(SendFrame(Unsubscribe(self.take_id(), name)))
        connection = self.link.connection
        if (
            isinstance(connection, Connecting)
            and connection.heard_at_ms is not None
            and self.is_acknowledged()
        ):
            self.set(connection=Connected(connection.socket, self.now_ms, connection.heard_at_ms))

    def doubt(self) -> None:
        """Every topic may have moved on: nothing looks live until the server has sent the positions of its topics
        again."""
        for name, topic in self.link.topics.items():
            self.put(name, replace(topic, head=None, pending_id=None))

    # The page

    def hide(self) -> None:
        if not self.link.is_kiosk and isinstance(self.link.page, Shown):
            self.set(page=Hidden(self.now_ms))

    def show(self, jitter: float) -> None:
        """Visible again: one snapshot for each topic that was paused, and until it lands nothing looks live."""
        self.check_deadlines(jitter)
        if isinstance(self.link.page, Paused):
            self.effects.append(SendFrame(Resume()))
            self.doubt_paused()
        self.set(page=Shown())

    def pause(self, since_ms: int) -> None:
        self.effects.append(SendFrame(Pause()))
        self.set(page=Paused(since_ms))
        self.doubt_paused()

    def doubt_paused(self) -> None:
        for name, topic in self.link.topics.items():
            if name != DASHBOARD:
                self.put(name, replace(topic, head=None))

    def is_paused(self, name: str) -> bool:
        return isinstance(self.link.page, Paused) and name != DASHBOARD

    # Time

    def check_if_due(self) -> None:
        """Checks the deadlines after a frame, without any timer (LINK-3)."""
        if self.is_due():
            self.check_deadlines(jitter=0)
            self.reschedule()

    def check_deadlines(self, jitter: float) -> None:
        """Makes every change that is due by time alone. After a long sleep, the link passes through several states at
        once."""
        connection = self.link.connection
        if isinstance(connection, Disconnected):
            if connection.retry_at_ms is not None and self.now_ms >= connection.retry_at_ms:
                self.connect()
            return
        if connection.heard_at_ms is None:
            if self.now_ms >= connection.since_ms + CONNECT_WITHIN_MS:
                self.give_up(jitter)
            return
        silent_ms = self.now_ms - connection.heard_at_ms
        if silent_ms >= self.link.stale_after_ms + STALE_FOR_MS:
            self.give_up(jitter)
            return
        if silent_ms >= self.link.stale_after_ms and not isinstance(connection, Stale):
            self.leave_connected()
            self.set(connection=Stale(connection.socket, connection.heard_at_ms))
        page = self.link.page
        if isinstance(page, Hidden) and self.now_ms >= page.since_ms + PAUSE_AFTER_MS:
            self.pause(page.since_ms)
        for name, topic in self.link.topics.items():
            if not topic.is_stale:
                self.put(name, topic)
