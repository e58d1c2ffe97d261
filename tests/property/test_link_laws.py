"""Laws of the link for every interleaving of lost, repeated and late frames, of lost sockets, restarts and sleep.

The model is a slow, obvious server. It keeps a list of everything that it ever sent in each epoch. The link talks to it
over a network that drops, repeats and reconnects at random. The oracle is a store that takes every delivered frame, and
fails if the frame is not the next one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.examples import examples

from setpoint.contract.live import (
    Ack,
    Delta,
    Down,
    Hello,
    Pause,
    Ping,
    Position,
    Resume,
    Snapshot,
    SnapshotData,
    Subscribe,
    Up,
    User,
)
from setpoint.core.link import (
    Closed,
    Connect,
    Connected,
    Deliver,
    Disconnected,
    Drop,
    Event,
    Link,
    PageHidden,
    PageShown,
    Received,
    Refetch,
    ScheduleAt,
    SendFrame,
    Start,
    Wake,
    WantTopic,
    step,
    wait_ms,
)
from setpoint.core.link.backoff import CAPS_MS, FIRST_CAP_MS

TOPIC = "line:01"
jitter = st.floats(0, 1, exclude_max=True)


@dataclass
class Server:
    """A server that counts. A topic's ``value`` is its seq, so that a client's state can be compared with the truth."""

    generation: int = 1
    seq: int = 0
    history_from: int = 0

    @property
    def epoch(self) -> str:
        return f"e{self.generation}"

    def hello(self) -> Hello:
        return Hello(self.epoch, "s", 0.0, User("anna", "operator"))

    def delta(self, seq: int) -> Delta:
        return Delta(TOPIC, seq, 0.0, machines={"m_401": {"value": seq, "epoch": self.epoch}})

    def snapshot(self) -> Snapshot:
        data = SnapshotData({"m_401": {"value": self.seq, "epoch": self.epoch}})
        return Snapshot(TOPIC, self.epoch, self.seq, 0.0, data)

    def answer(self, subscribe: Subscribe) -> list[Down]:
        """Returns the missed deltas if the server knows all of them, otherwise a snapshot (SEQ-4)."""
        ack = Ack(subscribe.id, TOPIC, self.seq)
        since = subscribe.since
        if since and since.epoch == self.epoch and self.history_from <= since.seq <= self.seq:
            return [ack, *(self.delta(seq) for seq in range(since.seq + 1, self.seq + 1))]
        return [ack, self.snapshot()]


@dataclass
class BelievingStore:
    """A store that takes every frame, and fails unless each delta is the next one of its epoch."""

    have: Position | None = None
    epoch: str = ""

    def take(self, frame: Hello | Snapshot | Delta) -> None:
        match frame:
            case Hello():
                self.epoch = frame.epoch
            case Snapshot():
                assert frame.epoch == self.epoch, "a snapshot of another epoch"
                self.have = Position(frame.epoch, frame.seq)
            case Delta():
                assert self.have is not None, "a delta before any snapshot"
                assert frame.machines["m_401"]["epoch"] == self.have.epoch == self.epoch, "epochs are mixed"
                assert frame.seq == self.have.seq + 1, "a delta that does not follow"
                self.have = Position(self.have.epoch, frame.seq)


@dataclass
class Wire:
    """One socket, with the frames that the server has sent and the network has not delivered yet."""

    socket: int
    frames: list[Down] = field(default_factory=list)
    is_subscribed: bool = False
    is_paused: bool = False


class LinkMeetsWorld(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now_ms = 0
        self.link = Link()
        self.server = Server()
        self.store = BelievingStore()
        self.wire: Wire | None = None
        self.late: list[Received] = []
        self.hellos = 0
        self.refetches = 0
        self.wake_at_ms: int | None = None

    @initialize()
    def begin(self) -> None:
        self.happen(WantTopic(TOPIC))
        self.happen(Start())

    def happen(self, event: Event) -> None:
        self.link, effects = step(self.link, event, self.now_ms)
        for effect in effects:
            match effect:
                case Connect(socket=socket):
                    assert self.wire is None, "a second socket while the first is open"
                    self.wire = Wire(socket, [self.server.hello()])
                case Drop():
                    self.forget_wire()
                case SendFrame(frame=frame):
                    self.receive(frame)
                case Deliver(frame=frame):
                    self.hellos += isinstance(frame, Hello)
                    self.store.take(frame)
                case Refetch():
                    self.refetches += 1
                case ScheduleAt(at_ms=at_ms):
                    self.wake_at_ms = at_ms
                case _:
                    pass

    def receive(self, frame: Up) -> None:
        assert self.wire is not None, "a frame without a socket"
        if isinstance(frame, Subscribe):
            self.wire.is_subscribed = True
            self.wire.frames += self.server.answer(frame)
        elif isinstance(frame, Pause):
            self.wire.is_paused = True
        elif isinstance(frame, Resume):
            self.wire.is_paused = False
            self.wire.frames.append(self.server.snapshot())

    def forget_wire(self) -> None:
        if self.wire:
            self.late += [Received(self.wire.socket, frame) for frame in self.wire.frames]
        self.wire = None

    def hand_over(self) -> None:
        assert self.wire
        self.happen(Received(self.wire.socket, self.wire.frames.pop(0)))

    @rule(count=st.integers(1, 4))
    def the_plant_changes(self, count: int) -> None:
        for _ in range(count):
            self.server.seq += 1
            if self.wire and self.wire.is_subscribed and not self.wire.is_paused:
                self.wire.frames.append(self.server.delta(self.server.seq))

    @rule()
    def the_server_pings(self) -> None:
        if self.wire:
            heads = {TOPIC: self.server.seq} if self.wire.is_subscribed and not self.wire.is_paused else {}
            self.wire.frames.append(Ping(0.0, heads))

    @rule(count=st.integers(1, 6))
    def frames_arrive(self, count: int) -> None:
        for _ in range(count):
            if self.wire and self.wire.frames:
                self.hand_over()

    @rule()
    def a_data_frame_is_lost(self) -> None:
        if self.wire and self.wire.frames and isinstance(self.wire.frames[0], Delta | Snapshot):
            self.wire.frames.pop(0)

    @rule()
    def a_frame_is_repeated(self) -> None:
        if self.wire and self.wire.frames and not isinstance(self.wire.frames[0], Hello):
            self.wire.frames.insert(0, self.wire.frames[0])

    @rule()
    def an_old_socket_still_speaks(self) -> None:
        if self.late:
            self.happen(self.late.pop())

    @rule(throw=jitter, reason=st.sampled_from(["", '{"retryAfterMs":700}']))
    def the_socket_is_lost(self, throw: float, reason: str) -> None:
        if self.wire:
            socket = self.wire.socket
            self.forget_wire()
            self.happen(Closed(socket, throw, reason=reason))

    @rule(throw=jitter)
    def the_server_restarts(self, throw: float) -> None:
        self.server = Server(self.server.generation + 1, seq=self.server.seq // 2)
        self.the_socket_is_lost(throw, "")

    @rule()
    def history_is_forgotten(self) -> None:
        self.server.history_from = self.server.seq

    @rule()
    def the_page_is_hidden(self) -> None:
        self.happen(PageHidden())

    @rule(throw=jitter)
    def the_page_is_shown(self, throw: float) -> None:
        self.happen(PageShown(throw))

    @rule(wait=st.sampled_from([1, 300, 1_000, 6_000, 30_000, 3_600_000]), throw=jitter)
    def time_passes(self, wait: int, throw: float) -> None:
        self.now_ms += wait
        if self.wake_at_ms is not None and self.now_ms >= self.wake_at_ms:
            self.happen(Wake(throw))

    @invariant()
    def the_store_has_what_the_link_says(self) -> None:
        topic = self.link.topics.get(TOPIC)
        if topic and topic.position:
            assert topic.position == self.store.have

    @invariant()
    def nothing_looks_live_without_a_connection(self) -> None:
        if isinstance(self.link.connection, Disconnected):
            assert all(topic.is_stale for topic in self.link.topics.values())

    @invariant()
    def every_connection_but_the_first_asks_for_outstanding_batches(self) -> None:
        assert self.refetches == max(self.hellos - 1, 0)

    def teardown(self) -> None:
        """Checks liveness: two calm minutes later, the client has the server's state and shows it as live."""
        self.happen(PageShown(0.5))
        for second in range(120):
            self.now_ms += 1_000
            if self.wake_at_ms is not None and self.now_ms >= self.wake_at_ms:
                self.happen(Wake(0.5))
            if second % 5 == 0:
                self.the_server_pings()
            while self.wire and self.wire.frames:
                self.hand_over()
        assert isinstance(self.link.connection, Connected)
        assert self.store.have == Position(self.server.epoch, self.server.seq)
        assert not self.link.topics[TOPIC].is_stale


TestLinkMeetsWorld = pytest.mark.rule("SEQ-2", "SEQ-3", "SEQ-4", "SEQ-5", "LINK-1", "LINK-3")(
    LinkMeetsWorld.TestCase
)
TestLinkMeetsWorld.settings = settings(max_examples=examples(150), stateful_step_count=40)


@pytest.mark.rule("LINK-2")
@given(attempt=st.integers(0, 50), throw=jitter)
def test_every_wait_lies_between_half_its_cap_and_its_cap(attempt: int, throw: float) -> None:
    wait = wait_ms(attempt, throw)
    if attempt == 0:
        assert 0 <= wait < FIRST_CAP_MS
    else:
        cap = CAPS_MS[min(attempt, len(CAPS_MS)) - 1]
        assert cap // 2 <= wait < cap
