"""The client for programs: the live view of the plant, and the way to change set-points.

    async with Client("http://127.0.0.1:8000") as client:
        await client.subscribe("line:01")
        print(client.view["m_402"].record["speed"])
        batch = await client.commit({"m_402": {"targetSpeed": 150}}, reason="trial run")
        async for target in batch:
            print(target.machine, target.phase)

Two state machines of the core make the decisions: `link` for the connection, `store` for the server's values and the
pending targets. This shell has the socket, the timers, HTTP and the jitter. It reconnects and resumes by itself.

The client always subscribes to the plant's topic, because that carries every outcome and every critical status
(TOPIC-1). No queue grows without bound: changes are a set of keys, not a list of events, so a slow program finds the
latest values.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar, assert_never

from setpoint import clock
from setpoint.client.api import Answer, Api, check_values, identity_headers
from setpoint.client.batch import Batch
from setpoint.client.live import LiveSocket
from setpoint.client.past import Past
from setpoint.client.plant import SeenPlant
from setpoint.client.posting import NO_ANSWER, Follows, post
from setpoint.client.signal import ChangeSignal
from setpoint.client.view import View
from setpoint.contract.http.batches import ANSWER_WITHIN_MS, BatchRequest, BatchSource
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.topics import DASHBOARD
from setpoint.contract.values import Record, Value
from setpoint.core import store
from setpoint.core.link import (
    ConnectionState,
    Disconnected,
    DropTopic,
    GapFound,
    Link,
    Notify,
    NotifyTopic,
    Refused,
    WantTopic,
    state_of,
)
from setpoint.core.plant import Plant
from setpoint.errors import LinkError, MisuseError, RefusedError

T = TypeVar("T")

DEFAULT_URL = "http://127.0.0.1:8000"
"""Where `setpoint demo` and `setpoint serve` listen if nothing else is asked for."""


class Client(Past):
    """``url`` is the server's address, ``token`` a program's token. ``user`` and ``role`` work only with a demo.

    Entering the client fetches the plant, and raises `LinkError` if no server answers. Tests can pass ``now_ms`` and
    ``jitter``.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        token: str | None = None,
        user: str | None = None,
        role: str | None = None,
        now_ms: Callable[[], int] = clock.now_ms,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.url = url.rstrip("/")
        self.api = Api(self.url, identity_headers(token, user, role))
        self._now_ms = now_ms
        self._jitter = jitter
        self._signal = ChangeSignal()
        self._tasks = asyncio.TaskGroup()
        self._running: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._listeners: list[dict[str, None]] = []
        self._refusals: dict[str, MisuseError] = {}
        self._live = LiveSocket(
            f"ws{self.url.removeprefix('http')}/live",
            token=token,
            query={name: value for name, value in (("user", user), ("role", role)) if value},
            on_frame=self._feed,
            on_effect=self._on_effect,
            on_again=lambda: self._spawn(self._read_plant()),
            spawn=self._spawn,
            now_ms=now_ms,
            jitter=jitter,
        )
        self._seen_plant: SeenPlant | None = None
        self._read_revs: dict[str, Mapping[str, int]] = {}
        self._store = store.Store(())

    async def __aenter__(self) -> Client:
        try:
            self._seen_plant = await self.api.plant()
        except BaseException:
            await self.api.aclose()
            raise
        self._store = store.Store([field.name for field in self.plant.writable])
        await self._tasks.__aenter__()
        self._live.feed(WantTopic(DASHBOARD))
        self._live.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._live.stop()
        if self._timer:
            self._timer.cancel()
        for task in self._running:
            task.cancel()
        is_cancelled = kind is not None and issubclass(kind, asyncio.CancelledError)
        try:
            # An exception of the program is passed on unchanged. The task group only gets a cancellation, which may
            # be its own, because one of our tasks failed.
            await self._tasks.__aexit__(*((kind, error, trace) if is_cancelled else (None, None, None)))
        finally:
            await self.api.aclose()

    # Reading

    @property
    def plant(self) -> Plant:
        """The description of the plant, read on entering and again after every later `hello` (PLANT-1)."""
        return self._described.plant

    @property
    def read_only(self) -> frozenset[str]:
        """The lines on which this person may change nothing, as they were read last."""
        return self._described.read_only

    @property
    def _described(self) -> SeenPlant:
        if self._seen_plant is None:
            raise MisuseError("the client is not open: use it as `async with Client(url) as client`")
        return self._seen_plant

    @property
    def view(self) -> store.ViewState:
        """Every machine of the subscribed topics, with pending targets as overlays.

        Reading a machine here remembers its revs; a later `commit` sends them for it (PRE-1).
        """
        return View(self._store, self._read_revs)

    @property
    def server(self) -> store.ServerState:
        """The server's values without pending targets (``$server``). Reading them does not remember any rev."""
        return self._store.server

    @property
    def revs(self) -> Mapping[str, Mapping[str, int]]:
        """The rev of each writable field, by machine; `commit` accepts them as ``base`` (CONF-1)."""
        return self._store.server.revs

    @property
    def kpis(self) -> Mapping[str, Record]:
        """KPI records by topic."""
        return self._store.server.kpis

    @property
    def state(self) -> ConnectionState:
        """The state of the connection: connecting, connected, stale, disconnected or ended (LINK-1)."""
        return state_of(self.link.connection)

    @property
    def link(self) -> Link:
        """The state of the connection: each topic's position and age, gaps, attempts."""
        return self._live.link

    def is_stale(self, topic: str) -> bool:
        """Whether a topic's values may be out of date (SEQ-2, HB-3)."""
        known = self.link.topics.get(topic)
        return known is None or known.is_stale

    async def subscribe(self, *topics: str) -> None:
        """Waits until each topic has arrived and caught up.

        Raises `MisuseError` if the server does not know a topic, `LinkError` if it does not let this client in.
        """
        for topic in topics:
            self._refusals.pop(topic, None)
            self._live.feed(WantTopic(topic))
        await self._signal.until(lambda: self._is_answered(topics))
        for topic in topics:
            if topic in self._refusals:
                self._live.feed(DropTopic(topic))
                raise self._refusals[topic]

    async def unsubscribe(self, *topics: str) -> None:
        """Unsubscribes from topics, and forgets their data. The plant's own topic stays."""
        for topic in topics:
            if topic != DASHBOARD:
                self._live.feed(DropTopic(topic))
                self._feed(store.Unsubscribed(topic))

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Waits until ``is_so`` returns true. It is called whenever anything in this client has changed."""
        await self._signal.until(is_so)

    async def changes(self) -> AsyncIterator[str]:
        """Yields the key of each machine whose view has changed, without end.

        A machine that changed several times since the last step of the loop is yielded once.
        """
        changed: dict[str, None] = {}
        self._listeners.append(changed)
        try:
            while True:
                await self._signal.until(lambda: bool(changed))
                while changed:
                    machine = next(iter(changed))
                    del changed[machine]
                    yield machine
        finally:
            self._listeners.remove(changed)

    # Writing

    async def commit(
        self,
        updates: Mapping[str, Mapping[str, Value]],
        *,
        reason: str | None = None,
        is_atomic: bool = False,
        base: Mapping[str, Mapping[str, int]] | None = None,
        source: BatchSource | None = None,
        tx_id: str | None = None,
    ) -> Batch:
        """Sends targets. Returns when the server has answered, or when it cannot be reached (retries then go on).

        The program sends what it saw (PRE-1). The base of each field is the rev in ``base``; without it, the rev of
        when the program last read the machine in `view`; if it never read the machine, the current rev. If a person,
        a stop or the machine itself has changed the field since, it ends as a ``conflict``: read the view again and
        decide again.

        Raises `RefusedError` if the server refuses the whole batch, and `MisuseError` for ``nan`` and infinity. The
        `Batch` has the outcome of each target.
        """
        batch, answered = self.begin(
            updates, reason=reason, is_atomic=is_atomic, base=base, source=source, tx_id=tx_id
        )
        refusal = await answered
        if refusal:
            raise refusal
        return batch

    def begin(
        self,
        updates: Mapping[str, Mapping[str, Value]],
        *,
        reason: str | None = None,
        is_atomic: bool = False,
        base: Mapping[str, Mapping[str, int]] | None = None,
        source: BatchSource | None = None,
        tx_id: str | None = None,
        follows: Follows | None = None,
    ) -> tuple[Batch, asyncio.Task[RefusedError | None]]:
        """`commit` without waiting. Returns the batch, which can be followed at once, and the task of the answer.

        With ``follows``, the server undoes or retries that batch, and ``updates`` are the targets of that.
        """
        check_values(updates)
        tx_id = tx_id or str(uuid.uuid4())
        targets = {machine: dict(fields) for machine, fields in updates.items()}
        self._feed(store.Commit(tx_id, targets, self._base_of(targets, base or {})))
        transaction = self._store.pending.transactions[tx_id]
        body, revs = store.batch_body(transaction)
        request = BatchRequest(tx_id, body, revs, is_atomic, source, reason, self._not_after())
        self._feed(store.Inflight(tx_id))
        batch = Batch(transaction, self._store.pending, self._signal)
        return batch, self._spawn(self._post(request, follows))

    def _base_of(
        self, targets: Mapping[str, Mapping[str, Value]], given: Mapping[str, Mapping[str, int]]
    ) -> dict[str, dict[str, int]]:
        """The revs to send. A field that was never changed has no rev on the wire; its base is 0."""
        known = self._store.server
        bases: dict[str, dict[str, int]] = {}
        for machine, fields in targets.items():
            explicit = given.get(machine, {})
            seen = self._read_revs.get(machine, known.revs.get(machine, {}))
            is_known = not known.machines.get(machine, {}).keys().isdisjoint(fields)
            bases[machine] = {
                field: explicit.get(field, seen.get(field, 0))
                for field in fields
                if field in explicit or field in seen or is_known
            }
        return bases

    async def keep_file(self, content: bytes, source: BatchSource) -> None:
        """Stores a batch's workbook on the server, so that people can download it again with the outcomes."""
        await self.api.keep_file(content, source.sha256, source.filename)

    async def undo(self, tx_id: str) -> Answer:
        """A new batch that restores the earlier values. It skips fields that others changed since."""
        return await self.api.undo(tx_id, not_after=self._not_after())

    async def cancel(self, tx_id: str) -> Answer:
        """Withdraws the items of a batch that have not been handed to a machine. A second call changes nothing.

        The answer has the outcome of each item: ``cancelled``, on its way, or done. It has no items if the server
        has not received the batch; it will refuse it then. Raises `RefusedError` 403 for a batch of another person.
        """
        return await self.api.cancel(tx_id)

    # In the background

    def _not_after(self) -> float | None:
        """The ``notAfter`` of a commit made now, by the server's clock (CMD-8); None before the first ``hello``."""
        ts = self._live.server_ts(self._now_ms())
        return None if ts is None else round(ts + ANSWER_WITHIN_MS / 1000, 3)

    async def _post(self, request: BatchRequest, follows: Follows | None = None) -> RefusedError | None:
        event, refusal = await post(self.api, request, follows, self._now_ms, self._jitter)
        self._feed(event)
        return refusal

    async def _read_plant(self) -> None:
        """Reads the plant again, because it may have changed when the server sends another ``hello`` (PLANT-1)."""
        try:
            self._seen_plant = await self.api.plant()
        except (*NO_ANSWER, RefusedError):
            return  # it is read again after the next hello
        self._store.may_be_set([field.name for field in self.plant.writable])
        self._signal.notify()

    async def _ask(self, tx_id: str) -> None:
        asked_ms = self._now_ms()
        try:
            answer = await self.api.answer(tx_id)
        except NO_ANSWER:
            return  # it is asked again after the next hello
        except RefusedError as error:
            if error.code == ProblemCode.UNKNOWN_BATCH:
                self._feed(store.NotFound(tx_id, asked_ms))
            return
        self._feed(store.Answered(tx_id, answer.results))

    def _feed(self, event: store.Event) -> None:
        for effect in self._store.step(event, self._now_ms()):
            match effect:
                case store.Changed(machines=machines):
                    for changed in self._listeners:
                        changed.update(dict.fromkeys(machines))
                    self._signal.notify()
                case store.AskBatch(tx_id=tx_id):
                    self._spawn(self._ask(tx_id))
                case store.Schedule(at_ms=at_ms):
                    self._schedule(at_ms)
                case store.Notify():
                    pass  # a program reads notices from the view
                case _:
                    assert_never(effect)

    def _schedule(self, at_ms: int) -> None:
        if self._timer:
            self._timer.cancel()
        delay_s = max(at_ms - self._now_ms(), 0) / 1000
        self._timer = asyncio.get_running_loop().call_later(delay_s, lambda: self._feed(store.Expire()))

    def _on_effect(self, effect: Notify | NotifyTopic | GapFound | Refused) -> None:
        if isinstance(effect, Refused) and effect.topic:
            self._refusals[effect.topic] = MisuseError(effect.message, code=effect.code)
            self._feed(store.Unsubscribed(effect.topic))  # the topic's values are no longer valid (PLANT-1)
        self._signal.notify()

    def _is_answered(self, topics: Sequence[str]) -> bool:
        connection = self.link.connection
        if isinstance(connection, Disconnected) and connection.retry_at_ms is None:
            raise LinkError(
                f"{self.url} refuses this client ({connection.code}: {connection.reason}); check the token or the role",
                code="not_let_in",
            )
        known = self.link.topics
        return all(
            topic not in known or known[topic].is_caught_up or topic in self._refusals for topic in topics
        )

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = self._tasks.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task
