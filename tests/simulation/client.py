"""A person's program: the product's link and store, with simulated sockets, timers and requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from tests.simulation.clock import Clock
from tests.simulation.network import Follows, Network, Outcome, Session

from setpoint.contract.http.batches import ANSWER_WITHIN_MS, BatchAnswer, BatchRequest, BatchStory
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.live import Hello, Ping, decode_down, encode
from setpoint.contract.values import Value
from setpoint.core import link, store
from setpoint.core.plant import Person, Plant
from setpoint.errors import RequestError

REQUEST_TIMEOUT_MS = 4_000
CONNECT_TIMEOUT_MS = 3_000
RETRY_MS = 500
PASSES_LATER = (ProblemCode.IN_PROGRESS, ProblemCode.STORAGE_FAILED, ProblemCode.TOO_MUCH_UNDER_WAY)

Watch = Callable[["Client", store.Event, list[str]], None]


class Client:
    """One window of one person. ``watch`` gets every event once the store has applied it."""

    def __init__(
        self,
        clock: Clock,
        network: Network,
        plant: Plant,
        person: Person,
        *,
        topics: list[str],
        watch: Watch,
        has_not_after: bool = True,
    ) -> None:
        self.clock = clock
        self.network = network
        self.person = person
        self.topics = topics
        self.window = str(topics)
        self.store = store.Store([field.name for field in plant.writable])
        self.link = link.Link()
        self.notices: list[store.Notice] = []
        self.commits: dict[str, int] = {}
        self.is_asleep = False
        self.session: Session | None = None
        self._watch = watch
        self._has_not_after = has_not_after
        self._server_time: tuple[float, int] | None = None
        self._held: list[Callable[[], None]] = []
        self._offset_ms = 0
        self._wake_at_ms: int | None = None
        self._expire_at_ms: int | None = None
        self._timers: set[tuple[Callable[[], None], int]] = set()
        """The timers that are set: what to run, and when."""
        for topic in topics:
            self._step_link(link.WantTopic(topic))
        self._step_link(link.Start())

    @property
    def now_ms(self) -> int:
        """This computer's monotonic clock, which may have stood still while the computer slept."""
        return self.clock.now_ms - self._offset_ms

    # What the person and the computer do

    def commit(
        self, tx_id: str, updates: dict[str, dict[str, Value]], follows: Follows | None = None
    ) -> None:
        """Sends a batch. With ``follows``, the server makes the targets itself, as an undo or a retry, and
        ``updates`` are the targets that the person expects.
        """
        self.feed(store.Commit(tx_id, updates, {}))
        self.commits[tx_id] = self.clock.now_ms
        body, revs = store.batch_body(self.store.pending.transactions[tx_id])
        self.feed(store.Inflight(tx_id))
        request = BatchRequest(tx_id, body, revs, not_after=self._not_after())
        self._post(request, follows, self.now_ms + store.LOCK_MS, RETRY_MS)

    @property
    def server_ts(self) -> float | None:
        """The server's time as it last sent it; None if this program sends no ``notAfter``."""
        return self._server_time[0] if self._server_time is not None and self._has_not_after else None

    def _not_after(self) -> float | None:
        """The time limit of CMD-8. Older programs send none."""
        if self._server_time is None or not self._has_not_after:
            return None
        ts, at_ms = self._server_time
        return ts + (self.now_ms - at_ms + ANSWER_WITHIN_MS) / 1000

    def read(self, tx_id: str, on_story: Callable[[BatchStory], None]) -> None:
        """Reads an earlier batch of any person."""
        self._once(
            lambda reply: self.network.get(tx_id, reply),
            lambda outcome: on_story(outcome) if isinstance(outcome, BatchStory) else None,
        )

    def knows(self, machine: str) -> bool:
        """Whether this person sees the machine's set-points, and not only its condition."""
        return "targetSpeed" in self.store.server.machines.get(machine, {})

    def sleep(self) -> None:
        """Closes the lid: nothing happens on this computer while the world goes on."""
        self.is_asleep = True
        self._asleep_since_ms = self.clock.now_ms

    def wake(self, *, clock_stood_still: bool) -> None:
        """Wakes the computer. What came meanwhile arrives at once.

        ``clock_stood_still`` says whether the monotonic clock stopped during the sleep. Only the shell can know that.
        """
        self.is_asleep = False
        if clock_stood_still:
            self._offset_ms += self.clock.now_ms - self._asleep_since_ms
        self.feed(store.Wake())
        held, self._held = self._held, []
        for act in held:
            act()
        self._set_timers()

    def hide(self) -> None:
        self._step_link(link.PageHidden())

    def show(self) -> None:
        self._step_link(link.PageShown(self.clock.random.random()))

    def _when_awake(self, act: Callable[[], None]) -> None:
        """Runs ``act`` now, or as soon as the computer wakes."""
        if self.is_asleep:
            self._held.append(act)
        else:
            act()

    # Requests

    def _post(self, request: BatchRequest, follows: Follows | None, give_up_ms: int, wait_ms: int) -> None:
        tx_id = request.tx_id

        def again() -> None:
            if self.now_ms + wait_ms >= give_up_ms:
                self.feed(store.Lost(tx_id))
            else:
                self.clock.after(
                    wait_ms,
                    lambda: self._when_awake(lambda: self._post(request, follows, give_up_ms, 2 * wait_ms)),
                )

        def on_outcome(outcome: Outcome) -> None:
            match outcome:
                case BatchAnswer():
                    self.feed(store.Answered(tx_id, _results(outcome)))
                case RequestError() if outcome.code in PASSES_LATER:
                    again()
                case RequestError():
                    self.feed(store.Refused(tx_id, outcome.message))
                case None:
                    again()

        self._once(lambda reply: self.network.post(request, self.person, reply, follows), on_outcome)

    def _ask_batch(self, tx_id: str) -> None:
        requested_ms = self.now_ms

        def on_outcome(outcome: Outcome) -> None:
            match outcome:
                case BatchAnswer():
                    self.feed(store.Answered(tx_id, _results(outcome)))
                case RequestError() if outcome.code == ProblemCode.UNKNOWN_BATCH:
                    self.feed(store.NotFound(tx_id, requested_ms))

        self._once(lambda reply: self.network.get(tx_id, reply), on_outcome)

    def _once(
        self, send: Callable[[Callable[[Outcome], None]], None], on_outcome: Callable[[Outcome], None]
    ) -> None:
        """Sends one request. ``on_outcome`` gets one result: the first answer, or None after the time-out."""
        is_over = False

        def reply(outcome: Outcome) -> None:
            nonlocal is_over
            if not is_over:
                is_over = True
                self._when_awake(lambda: on_outcome(outcome))

        send(reply)
        self.clock.after(REQUEST_TIMEOUT_MS, lambda: reply(None))

    # Link and store

    def feed(self, event: store.Event) -> None:
        changed: list[str] = []
        for effect in self.store.step(event, self.now_ms):
            match effect:
                case store.AskBatch(tx_id=tx_id):
                    self._ask_batch(tx_id)
                case store.Notify(notice=notice):
                    self.notices.append(notice)
                case store.Schedule(at_ms=at_ms):
                    self._expire_at_ms = at_ms
                    self._set_timer(at_ms, self._store_due)
                case store.Changed(machines=machines):
                    changed = machines
        self._watch(self, event, changed)

    def _step_link(self, event: link.Event) -> None:
        self.link, effects = link.step(self.link, event, self.now_ms)
        for effect in effects:
            match effect:
                case link.Deliver(frame=frame):
                    self.feed(frame)
                case link.SendFrame(frame=frame):
                    if self.session is not None:
                        self.session.up(encode(frame))
                case link.Connect(socket=socket):
                    self._connect(socket)
                case link.Drop():
                    if self.session is not None:
                        self.session.leave()
                        self.session = None
                case link.Refused(topic=str(topic)):
                    self.feed(store.Unsubscribed(topic))
                case link.ScheduleAt(at_ms=at_ms):
                    self._wake_at_ms = at_ms
                    self._set_timer(at_ms, self._link_due)
                case _:
                    pass

    def _connect(self, socket: int) -> None:
        server, network = self.network.server, self.network

        def on_close(code: int, reason: str) -> None:
            self._when_awake(
                lambda: self._step_link(link.Closed(socket, self.clock.random.random(), code, reason))
            )

        if server is None or network.is_down or network.clock.chance(network.loss):
            network.clock.after(CONNECT_TIMEOUT_MS, lambda: on_close(1006, ""))
            return

        def take(data: bytes) -> None:
            frame = decode_down(data)
            if isinstance(frame, Hello | Ping):
                self._server_time = (frame.ts, self.now_ms)
            self._step_link(link.Received(socket, frame))

        def receive(data: bytes) -> None:
            if self.is_asleep:
                self._held.append(lambda: take(data))
            else:
                take(data)

        name = f"{self.person.name}-{socket}"
        session = self.session = Session(network, server, name, receive=receive, end=on_close)

        def arrive() -> None:
            if server.is_alive and session.is_open:
                server.do(lambda: server.opened(session, self.person))
            else:
                session.cut()

        network.clock.after(network.delay(), arrive)

    # Timers

    def _set_timers(self) -> None:
        self._set_timer(self._wake_at_ms, self._link_due)
        self._set_timer(self._expire_at_ms, self._store_due)

    def _set_timer(self, at_ms: int | None, act: Callable[[], None]) -> None:
        if at_ms is None:
            return
        due_ms = self.clock.now_ms + max(0, at_ms - self.now_ms)
        if (act, due_ms) in self._timers:
            return
        self._timers.add((act, due_ms))

        def run_due() -> None:
            self._timers.discard((act, due_ms))
            act()

        self.clock.after(due_ms - self.clock.now_ms, run_due)

    def _link_due(self) -> None:
        if not self.is_asleep and self._wake_at_ms is not None and self.now_ms >= self._wake_at_ms:
            self._wake_at_ms = None
            self._step_link(link.Wake(self.clock.random.random()))

    def _store_due(self) -> None:
        if not self.is_asleep and self._expire_at_ms is not None and self.now_ms >= self._expire_at_ms:
            self._expire_at_ms = None
            self.feed(store.Expire())


def _results(answer: BatchAnswer) -> list[store.Result]:
    """Converts an HTTP answer to results for the store, through the wire's own types."""
    body: Any = msgspec.to_builtins(answer)
    return msgspec.convert(body["results"], list[store.Result])
