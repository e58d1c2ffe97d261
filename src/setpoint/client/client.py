"""A program's place in the plant: the live view, and the way to change it.

    async with Client("http://127.0.0.1:8000") as client:
        await client.subscribe("line:01")
        print(client.view["m_402"].record["speed"])
        batch = await client.commit({"m_402": {"targetSpeed": 150}}, reason="trial run")
        async for target in batch:
            print(target.machine, target.phase)

Two state machines of the core decide: `link` keeps the connection, `store` what the server said and what was asked.
This shell has the socket, the timers, HTTP and the jitter. It reconnects and resumes by itself.

The plant's topic is always subscribed: it is cheap, and it carries every outcome and every critical status (TOPIC-1).
Nothing here queues without bound: changes are a set of keys, not a list of events, and a program that does not look
for a while finds the latest.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from itertools import count
from types import TracebackType
from typing import Any, TypeAlias, TypeVar, assert_never

from setpoint import clock
from setpoint.client.api import Answer, Api, identity_headers
from setpoint.client.batch import Batch
from setpoint.client.live import LiveSocket
from setpoint.client.plant import SeenPlant
from setpoint.client.signal import ChangeSignal
from setpoint.contract.http.batches import BatchKind, BatchRequest, BatchSource, BatchStory
from setpoint.contract.topics import DASHBOARD
from setpoint.contract.values import Record, Value
from setpoint.core import store
from setpoint.core.commands import ANSWER_WITHIN_MS
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
    wait_ms,
)
from setpoint.core.plant import Plant
from setpoint.errors import LinkError, MisuseError, RefusedError

T = TypeVar("T")
Follows: TypeAlias = tuple[str, BatchKind]
"""An earlier batch by its txId, and whether it is undone or tried again."""

DEFAULT_URL = "http://127.0.0.1:8000"


class Client:
    """``url`` is the server's; ``token`` a program's; ``user`` and ``role`` are for a demo, which believes them.

    Entering asks for the plant, and raises `LinkError` where nobody answers. ``now_ms`` and ``jitter`` can be given
    for tests.
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
        self._bell = ChangeSignal()
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
            on_effect=self._hear,
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
            # What the program itself raised goes on as it is; the group is only told of a cancellation, which may
            # be its own, because one of our tasks failed.
            await self._tasks.__aexit__(*((kind, error, trace) if is_cancelled else (None, None, None)))
        finally:
            await self.api.aclose()

    # What is seen

    @property
    def plant(self) -> Plant:
        """The description of the plant, as it was read last: on entering, and after every `hello` since (PLANT-1)."""
        return self._described.plant

    @property
    def read_only(self) -> frozenset[str]:
        """The lines on which we may look and change nothing, as they were read last."""
        return self._described.read_only

    @property
    def _described(self) -> SeenPlant:
        if self._seen_plant is None:
            raise MisuseError("the client is not open: use it as `async with Client(url) as client`")
        return self._seen_plant

    @property
    def view(self) -> Mapping[str, store.MachineView]:
        """Every machine that the subscribed topics tell of, with what we asked laid over it.

        Reading a machine here notes its revs: they are what a later `commit` sends for it (PRE-1).
        """
        return _View(self._store, self._read_revs)

    @property
    def server(self) -> store.ServerState:
        """What the server said, without what we asked (``$server``). Reading it notes nothing."""
        return self._store.server

    @property
    def revs(self) -> Mapping[str, Mapping[str, int]]:
        """The counter of each writable field, by machine; what `commit` takes as ``base`` (CONF-1)."""
        return self._store.server.revs

    @property
    def kpis(self) -> Mapping[str, Record]:
        """Records of figures by topic."""
        return self._store.server.kpis

    @property
    def state(self) -> ConnectionState:
        return state_of(self.link.connection)

    @property
    def link(self) -> Link:
        """All that is known of the connection: its state, each topic's position and age, gaps, attempts."""
        return self._live.link

    def is_stale(self, topic: str) -> bool:
        """Whether a topic's values must not be taken for live (SEQ-2, HB-3)."""
        known = self.link.topics.get(topic)
        return known is None or known.is_stale

    async def subscribe(self, *topics: str) -> None:
        """Waits until each topic is there and caught up.

        Raises `MisuseError` where the server knows no such topic, `LinkError` where it does not let us in.
        """
        for topic in topics:
            self._refusals.pop(topic, None)
            self._live.feed(WantTopic(topic))
        await self._bell.until(lambda: self._is_answered(topics))
        for topic in topics:
            if topic in self._refusals:
                self._live.feed(DropTopic(topic))
                raise self._refusals[topic]

    async def unsubscribe(self, *topics: str) -> None:
        for topic in topics:
            if topic != DASHBOARD:
                self._live.feed(DropTopic(topic))
                self._feed(store.Unsubscribed(topic))

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Waits until something that is read from this client is so; looked at whenever anything changed."""
        await self._bell.until(is_so)

    async def changes(self) -> AsyncIterator[str]:
        """The key of each machine that looks different now, for as long as one listens.

        A machine that changed several times since one last looked comes once.
        """
        changed: dict[str, None] = {}
        self._listeners.append(changed)
        try:
            while True:
                await self._bell.until(lambda: bool(changed))
                while changed:
                    machine = next(iter(changed))
                    del changed[machine]
                    yield machine
        finally:
            self._listeners.remove(changed)

    # What is asked

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
        """Asks for targets; returns when the server has answered, or cannot be asked (then it goes on by itself).

        What was seen is what is sent (PRE-1): each field goes upon the rev in ``base``, else upon the rev that it had
        when the program last read its machine in `view`, else, of a machine that was never read, upon the rev of now.
        A field that somebody, a stop or the machine itself has changed since ends as a ``conflict``; read the view
        again, and decide again.

        Raises `RefusedError` where the server refuses the batch as a whole. What becomes of single targets is told
        by the `Batch`.
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
        """`commit` without waiting: the batch, to be followed at once, and the task that has it answered.

        With ``follows`` it is the server's own undo or second try of that batch, of which ``updates`` are the targets.
        """
        tx_id = tx_id or str(uuid.uuid4())
        asked = {machine: dict(fields) for machine, fields in updates.items()}
        self._feed(store.Commit(tx_id, asked, self._base_of(asked, base or {})))
        transaction = self._store.pending.transactions[tx_id]
        body, revs = store.batch_body(transaction)
        request = BatchRequest(tx_id, body, revs, is_atomic, source, reason, self._not_after())
        self._feed(store.Inflight(tx_id))
        batch = Batch(transaction, self._store.pending, self._bell)
        return batch, self._spawn(self._post(request, follows))

    def _base_of(
        self, asked: Mapping[str, Mapping[str, Value]], given: Mapping[str, Mapping[str, int]]
    ) -> dict[str, dict[str, int]]:
        """The revs to send. A field that was never changed has none on the wire: it stands at 0."""
        known = self._store.server
        bases: dict[str, dict[str, int]] = {}
        for machine, fields in asked.items():
            explicit = given.get(machine, {})
            seen = self._read_revs.get(machine, known.revs.get(machine, {}))
            is_heard = not known.machines.get(machine, {}).keys().isdisjoint(fields)
            bases[machine] = {
                field: explicit.get(field, seen.get(field, 0))
                for field in fields
                if field in explicit or field in seen or is_heard
            }
        return bases

    async def audit(self, **filters: str | int) -> bytes:
        """The audit as JSON, newest first; filters as in ``GET /api/batches``."""
        return await self.api.batches(**filters)

    async def batch(self, tx_id: str) -> BatchStory:
        """One batch whole, with who, when, why and every outcome."""
        return await self.api.batch(tx_id)

    async def keep_file(self, content: bytes, source: BatchSource) -> None:
        """Gives the server a batch's workbook to keep, so that it can be had again with what became of its rows."""
        await self.api.keep_file(content, source.sha256, source.filename)

    async def undo(self, tx_id: str) -> Answer:
        """A new batch with the values before; skips what others changed since."""
        return await self.api.undo(tx_id, not_after=self._not_after())

    async def cancel(self, tx_id: str) -> Answer:
        """Withdraws what of a batch has not been handed to a machine; twice is once.

        The answer tells what became of each item: ``cancelled``, or on its way, or done; nothing, where the server
        has not had the batch and refuses it from now on. Raises `RefusedError` 403 for somebody else's.
        """
        return await self.api.cancel(tx_id)

    # How it goes on by itself

    def _not_after(self) -> float | None:
        """Until when what is asked now may leave, by the server's clock (CMD-8); None while it has told no instant."""
        ts = self._live.server_ts(self._now_ms())
        return None if ts is None else round(ts + ANSWER_WITHIN_MS / 1000, 3)

    async def _post(self, request: BatchRequest, follows: Follows | None = None) -> RefusedError | None:
        """The same txId may be sent again (CMD-2), by a connection's back-off (LINK-2), within the lock's 10 s."""
        give_up_ms = self._now_ms() + store.LOCK_MS
        for attempt in count():
            try:
                if follows is None:
                    answer = await self.api.post_batch(request)
                else:
                    answer = await self.api.again(*follows, request)
            except RefusedError as error:
                if not _may_pass_later(error):
                    self._feed(store.Refused(request.tx_id, error.message))
                    return error
            except LinkError:
                pass
            else:
                self._feed(store.Answered(request.tx_id, answer.results))
                return None
            wait = wait_ms(attempt, self._jitter())
            if self._now_ms() + wait >= give_up_ms:
                self._feed(store.Lost(request.tx_id))
                break
            await asyncio.sleep(wait / 1000)
        return None

    async def _read_plant(self) -> None:
        """The server greeted us again: its plant may be another (PLANT-1)."""
        try:
            self._seen_plant = await self.api.plant()
        except (LinkError, RefusedError):
            return  # read again after the next hello
        self._store.may_be_set([field.name for field in self.plant.writable])
        self._bell.ring()

    async def _ask(self, tx_id: str) -> None:
        try:
            answer = await self.api.answer(tx_id)
        except LinkError:
            return  # asked again after the next hello
        except RefusedError as error:
            if error.status == 404:
                self._feed(store.NotFound(tx_id))
            return
        self._feed(store.Answered(tx_id, answer.results))

    def _feed(self, event: store.Event) -> None:
        for effect in self._store.step(event, self._now_ms()):
            match effect:
                case store.Changed(machines=machines):
                    for changed in self._listeners:
                        changed.update(dict.fromkeys(machines))
                    self._bell.ring()
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

    def _hear(self, effect: Notify | NotifyTopic | GapFound | Refused) -> None:
        if isinstance(effect, Refused) and effect.topic:
            self._refusals[effect.topic] = MisuseError(effect.message, code=effect.code)
            self._feed(store.Unsubscribed(effect.topic))  # what it told is there no more (PLANT-1)
        self._bell.ring()

    def _is_answered(self, topics: Sequence[str]) -> bool:
        connection = self.link.connection
        if isinstance(connection, Disconnected) and connection.retry_at_ms is None:
            raise LinkError(
                f"{self.url} does not let us in ({connection.code}: {connection.reason}); check the token or the role",
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


class _View(Mapping[str, store.MachineView]):
    """The store's machines as a mapping; a view is made when it is looked at (TIER-3)."""

    def __init__(self, machines: store.Store, read_revs: dict[str, Mapping[str, int]]) -> None:
        self._store = machines
        self._read_revs = read_revs

    def __getitem__(self, machine: str) -> store.MachineView:
        found = self._store.view(machine)
        if found is None:
            raise KeyError(machine)
        self._read_revs[machine] = self._store.server.revs.get(machine, {})
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._store.machines()))

    def __len__(self) -> int:
        return sum(1 for _ in self._store.machines())


def _may_pass_later(error: RefusedError) -> bool:
    """In progress elsewhere, or the server is in trouble: the same request may still be answered."""
    return error.code == "in-progress" or error.status >= 500 or error.status == 429
