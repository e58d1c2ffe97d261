"""The plant server's side: sends frames to gateways and answers their calls.

A `Tap` is one of the hub's sessions of a feed, so the hub sends as usual. The frames of a tick leave together, one
message for each line; frames of the urgent lane leave at once, on their own subject.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from importlib.metadata import version

import msgspec
import structlog

from setpoint import clock
from setpoint.bus.base import Bus
from setpoint.contract.cluster import WIRE, Ask, Frames, Greeting, Heads, Sync, of_key, pack, unpack
from setpoint.contract.http.batches import AgainRequest, BatchAnswer, BatchKind, BatchRequest
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.topics import entity_key
from setpoint.core.alarms import AlarmChange, AlarmKey, Raise
from setpoint.core.alarms.state import Act
from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.audit.chain import Fact
from setpoint.core.audit.queries import EventMark
from setpoint.core.commands import Arrival, BatchRecord
from setpoint.core.history import HistoryQuery
from setpoint.core.plant import Line, Person, PlantChange
from setpoint.core.shifts import ShiftQuestion
from setpoint.errors import BusError, ConfigError, ProtocolError, RequestError, SetpointError, StorageError
from setpoint.runtime.cluster.calls import (
    PART_BYTES,
    Introduction,
    Reply,
    Request,
    Subjects,
    call_of,
    decode,
    failure_of,
    introduction,
)
from setpoint.runtime.runtime import Runtime
from setpoint.server.live.log_limiter import LogRateLimiter

FOLLOW_FOR_MS = 15_000
"""How long to follow a feed that no gateway has requested again."""
DOUBT_ANSWERS_AFTER_MS = 300
"""The delay of an answer from a server that may have been replaced. The first answer counts, and the owner's comes
earlier.
"""
TOO_OLD_MS = 5_000
MAX_RESTS = 64
_MAX_FRAMES_BYTES = 512 * 1024
_TRY_AGAIN_S = 1.0

log = structlog.get_logger("setpoint.cluster")
Reload = Callable[[str, str], Awaitable[PlantChange]]


class Tap:
    """A `LiveSession` without a connection: its frames go to the bus."""

    session = ""
    person: Person | None = None
    address: str | None = None
    window_bits = 0
    is_open = False
    peer = "gateways"
    is_waiting = False
    buffered_bytes = 0

    def __init__(self, key: str, queue: Callable[[str, bytes], None]) -> None:
        self.key = key
        self.wanted_ms = 0
        self._queue = queue

    def write(self, data: bytes, /) -> None:
        self._queue(self.key, data[_head_bytes(data) :])

    def write_all(self, frames: list[bytes], /) -> None:
        for frame in frames:
            self.write(frame)

    def end(self, code: int, reason: str, /) -> None:
        """There is no connection to end."""


def _head_bytes(frame: bytes) -> int:
    """How long the head of a server's WebSocket frame is (RFC 6455, 5.2)."""
    return {126: 4, 127: 10}.get(frame[1], 2)


class OwnerCalls:
    """The `Owner` interface of a runtime."""

    def __init__(self, runtime: Runtime, reload: Reload) -> None:
        self._runtime = runtime
        self._reload = reload

    async def submit(self, request: BatchRequest, person: Person, arrival: Arrival) -> BatchAnswer:
        return await self._runtime.submit(request, person, arrival=_here(arrival))

    async def again(  # noqa: PLR0917  # arguments travel in their order
        self,
        followed: str,
        kind: BatchKind,
        tx_id: str,
        body: AgainRequest,
        person: Person,
        arrival: Arrival,
    ) -> BatchAnswer:
        return await self._runtime.again(followed, kind, tx_id, body, person, arrival=_here(arrival))

    async def cancel(self, tx_id: str, person: Person) -> BatchAnswer:
        return await self._runtime.cancel(tx_id, person)

    async def confirm(self, tx_id: str, person: Person, asked_by: Person, arrival: Arrival) -> BatchAnswer:
        return await self._runtime.confirm(tx_id, person, asked_by, arrival=_here(arrival))

    async def withdraw(self, tx_id: str, person: Person) -> None:
        await self._runtime.withdraw(tx_id, person)

    async def held(self, person: Person) -> list[PendingApproval]:
        return await self._runtime.held(person)

    async def batch(self, tx_id: str) -> BatchRecord | None:
        return await self._runtime.batch(tx_id)

    async def alarms(self) -> list[AlarmChange]:
        return await self._runtime.alarms()

    async def alarm_raises(self) -> list[Raise]:
        return list(await self._runtime.alarm_raises())

    async def act_on_alarm(self, key: AlarmKey, what: Act) -> AlarmChange:
        return await self._runtime.act_on_alarm(key, what)

    async def acknowledge(self, mark: EventMark) -> None:
        await self._runtime.acknowledge(mark)

    async def history(
        self, query: HistoryQuery, form: str, units: dict[str, str], changes: bytes
    ) -> tuple[bytes, str]:
        return await self._runtime.history(query, form, units, changes)

    async def shift_report(self, question: ShiftQuestion, form: str) -> tuple[bytes, str]:
        return await self._runtime.shift_report(question, form)

    async def signed(self, facts: list[Fact]) -> None:
        self._runtime.event_monitor.stored((), facts)

    async def reload(self, by: str, address: str) -> PlantChange:
        return await self._reload(by, address)


class PlantRelay:
    """``token`` is that of the lease, None if another server has it; ``is_held`` says whether that is certain.

    ``identify`` names the database, by which gateways distinguish this plant from others.
    """

    def __init__(
        self,
        bus: Bus,
        runtime: Runtime,
        *,
        cluster: str,
        token: Callable[[], int | None],
        is_held: Callable[[], bool],
        identify: Callable[[], Awaitable[str]],
        reload: Reload,
    ) -> None:
        self._bus = bus
        self._runtime = runtime
        self._hub = runtime.engine.relay
        self._cluster = cluster
        self._identify = identify
        self._database = ""
        self._subjects = Subjects(cluster, "")
        self._strange = LogRateLimiter(a_minute=6)
        self._token = token
        self._is_held = is_held
        self._owner = OwnerCalls(runtime, reload)
        self._taps: dict[str, Tap] = {}
        self._frames: list[tuple[str, bytes]] = []
        self._is_flushing = False
        self._rests: OrderedDict[str, bytes] = OrderedDict()
        self.lag_ms: int | None = None

    @property
    def is_connected(self) -> bool:
        return self._bus.is_connected

    @property
    def dropped(self) -> int:
        return self._bus.dropped

    async def run(self) -> None:
        """Runs until cancelled. While NATS cannot be reached, the plant keeps running."""
        await self._begin()
        self._runtime.ticked = self._ticked
        try:
            while True:
                await asyncio.sleep(FOLLOW_FOR_MS / 3_000)
                self._forget_unwanted()
        finally:
            self._runtime.ticked = lambda: None
            await self._bus.stop()

    async def _begin(self) -> None:
        await self._connect()
        self._subjects = subjects = Subjects(self._cluster, self._database)
        for subject, answer in ((subjects.sync, self._sync), (subjects.copy, self._copy)):
            await self._bus.serve(subject, partial(self._answer, answer))
        await self._bus.serve(introduction(self._cluster), self._greet)
        if (token := self._token()) is not None:
            await self._bus.serve(subjects.calls(token), self._call)
        log.info("gateways_served", token=token)

    async def _connect(self) -> None:
        """Tries for as long as it takes. Wrong credentials must not end a server that machines need."""
        last_message = ""
        while True:
            try:
                self._database = await self._identify()
                await self._bus.start()
            except (BusError, ConfigError, StorageError) as error:
                if error.message != last_message:
                    last_message = error.message
                    log.error("no_gateways", reason=last_message)
                await asyncio.sleep(_TRY_AGAIN_S)
            else:
                return

    # Frames out

    def _queue(self, key: str, data: bytes) -> None:
        self._frames.append((key, data))
        if not self._is_flushing:
            self._is_flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _ticked(self) -> None:
        """Sends the frames of the tick, those of a line and its machines together."""
        queued, self._frames = self._frames, []
        by_line: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
        for key, data in queued:
            by_line[self._line_of(key)].append((key, data))
        for line, frames in by_line.items():
            self._publish(f"{self._subjects.lines}.{line}", frames)

    def _line_of(self, key: str) -> str:
        name, _ = of_key(key)
        kind, _, rest = name.partition(":")
        if kind == "m":
            machine = self._runtime.plant.machines.get(entity_key(name))
            return machine.line if machine else "none"
        return rest if kind == "line" else "plant"

    def _flush(self) -> None:
        self._is_flushing = False
        queued, self._frames = self._frames, []
        self._publish(self._subjects.urgent, queued)

    def _publish(self, subject: str, frames: list[tuple[str, bytes]]) -> None:
        token = self._token()
        if token is None:
            return
        part: list[tuple[str, bytes]] = []
        size = 0
        for each in frames:
            if size + len(each[1]) > _MAX_FRAMES_BYTES and part:
                self._bus.publish(subject, pack(Frames(token, self._hub.epoch, part)))
                part, size = [], 0
            part.append(each)
            size += len(each[1])
        if part:
            self._bus.publish(subject, pack(Frames(token, self._hub.epoch, part)))

    # Calls of gateways

    async def _answer(self, answer: Callable[[bytes], bytes | None], data: bytes) -> bytes | None:
        if not self._is_held():
            await asyncio.sleep(DOUBT_ANSWERS_AFTER_MS / 1000)
        try:
            return answer(data)
        except ProtocolError as error:
            if (left_out := self._strange.turn(clock.now_ms())) is not None:
                log.warning("not_understood", reason=error.message, left_out=left_out)
            return None

    async def _greet(self, data: bytes) -> bytes | None:
        """Answers a gateway's introduction. A gateway of another plant learns why it is not served, after a delay in
        which its own plant server can answer."""
        if data != self._database.encode():
            await asyncio.sleep(DOUBT_ANSWERS_AFTER_MS / 1000)
            greeting = Greeting(WIRE, version("setpoint"), self._database)
            return None if self._token() is None else msgspec.msgpack.encode(greeting)
        return await self._answer(self._introduce, data)

    def _sync(self, data: bytes) -> bytes | None:
        token = self._token()
        if token is None:
            return None
        sync = unpack(data, Sync)
        heads = {key: head for key in sync.want if (head := self._follow(key)) is not None}
        history, ts = self._runtime.history_state, time.time()
        return pack(Heads(token, self._hub.epoch, sync.stamp_ms, clock.now_ms(), heads, history, ts))

    def _follow(self, key: str) -> int | None:
        tap = self._taps.get(key)
        if tap is None:
            tap = Tap(key, self._queue)
        head = self._hub.follow(key, tap, clock.now_ms())
        if head is not None:
            self._taps[key] = tap
            tap.wanted_ms = clock.now_ms()
        return head

    def _forget_unwanted(self) -> None:
        now_ms = clock.now_ms()
        for key, tap in list(self._taps.items()):
            if now_ms - tap.wanted_ms >= FOLLOW_FOR_MS:
                del self._taps[key]
                self._hub.leave(key, tap, now_ms)

    def _copy(self, data: bytes) -> bytes | None:
        token = self._token()
        ask = unpack(data, Ask)
        if token is None or self._follow(ask.key) is None:
            return None
        copy = self._hub.copy(ask, token, clock.now_ms(), time.time())
        return None if copy is None else pack(copy)

    def _introduce(self, _: bytes) -> bytes | None:
        token = self._token()
        if token is None:
            return None
        plant = self._runtime.plant
        capabilities = {
            key: found for key in plant.machines if (found := self._runtime.capabilities(key)) is not None
        }
        shown = replace(plant, lines=tuple(map(_without_settings, plant.lines)), sources=())
        return msgspec.msgpack.encode(
            Introduction(
                WIRE,
                version("setpoint"),
                self._database,
                token=token,
                epoch=self._hub.epoch,
                plant=shown,
                tells=capabilities,
                owner_ms=clock.now_ms(),
                ts=time.time(),
            )
        )

    async def _call(self, data: bytes) -> bytes | None:
        request: Request = decode(data, Request)
        if request.rest_of:
            rest = self._rests.pop(request.rest_of, None)
            return None if rest is None else msgspec.msgpack.encode(self._part(rest))
        try:
            late_ms = clock.now_ms() - request.sent_ms
            if late_ms > TOO_OLD_MS:
                raise RequestError(
                    f"nothing was done: this was on its way for {late_ms / 1000:.1f} s",
                    code=ProblemCode.TOO_LATE,
                )
            result = await call_of(self._owner, request)
        except SetpointError as error:
            if isinstance(error, ProtocolError):
                log.warning("call_not_understood", error=error.message)
            return msgspec.msgpack.encode(Reply(failure=failure_of(error)))
        return msgspec.msgpack.encode(self._part(msgspec.msgpack.encode(result)))

    def _part(self, data: bytes) -> Reply:
        if len(data) <= PART_BYTES:
            return Reply(data)
        rest = secrets.token_urlsafe(9)
        self._rests[rest] = data[PART_BYTES:]
        while len(self._rests) > MAX_RESTS:
            self._rests.popitem(last=False)
        return Reply(data[:PART_BYTES], rest)


def _without_settings(line: Line) -> Line:
    """The line without the addresses of its machines, which only the sources need."""
    return replace(line, machines=tuple(replace(each, settings={}) for each in line.machines))


def _here(arrival: Arrival) -> Arrival:
    """Adds this computer's calendar time of that instant."""
    return Arrival(arrival.now_ms, time.time() - (clock.now_ms() - arrival.now_ms) / 1000)
