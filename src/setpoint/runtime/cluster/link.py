"""The gateway's side: keeps its copy up to date, and asks the plant server."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from importlib.metadata import version
from typing import Any

import msgspec
import structlog

from setpoint import clock
from setpoint.bus.base import Bus, no_answer
from setpoint.contract.cluster import WIRE, Ask, Copy, Frames, Greeting, Heads, pack, unpack
from setpoint.core.hub import Effect
from setpoint.core.hub.mirror import Mirror
from setpoint.errors import BusError, NobodyThereError, ProtocolError
from setpoint.message import sentence
from setpoint.runtime.cluster.calls import (
    CALLS,
    Introduction,
    Reply,
    Request,
    Subjects,
    decode,
    error_of,
    introduction,
)
from setpoint.runtime.cluster.owner_clock import OwnerClock
from setpoint.server.live import LiveServer, LiveSession

SYNC_EVERY_S = 1.0
SYNC_WITHIN_S = 0.9
COPY_WITHIN_S = 2.0
ANSWER_WITHIN_S = 4.0
"""A batch is answered within 3 s (CMD-3)."""
EXPORT_WITHIN_S = 60.0
_SLOW = ("history", "shift_report", "reload")
_AT_ONCE = 32
_TRY_AGAIN_S = 0.5

log = structlog.get_logger("setpoint.cluster")


class WakingMirror(Mirror[LiveSession]):
    """Wakes the link when a client has requested an unknown feed."""

    wake: Callable[[], None] = staticmethod(lambda: None)

    def received(
        self, session: LiveSession, data: bytes | str, now_ms: int, ts: float
    ) -> list[Effect[LiveSession]]:
        effects = super().received(session, data, now_ms, ts)
        self.wake()
        return effects


class OwnerLink:
    """Begin with `introduced`; give the mirror that is made of it to `run`.

    ``complaint`` says why the plant server that answers cannot be followed; empty if it can, or if there is none.
    """

    def __init__(self, bus: Bus, *, cluster: str) -> None:
        self.name = secrets.token_urlsafe(6)
        self.complaint = ""
        self._bus = bus
        self._cluster = cluster
        self._database = ""
        self._subjects = Subjects(cluster, "")
        self._token = -1
        self._mirror: WakingMirror | None = None
        self._live: LiveServer | None = None
        self._began: Callable[[Introduction], None] = lambda _: None
        self.clock = OwnerClock()
        self._frames: list[bytes] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._copying = asyncio.Semaphore(_AT_ONCE)
        self._is_asking = False
        self._is_looking = False
        self.history = ""

    @property
    def is_connected(self) -> bool:
        return self._bus.is_connected

    @property
    def dropped(self) -> int:
        return self._bus.dropped

    @property
    def lag_ms(self) -> int | None:
        return None if self._mirror is None else self._mirror.lag_ms

    async def introduced(self, database: str) -> Introduction:
        """Waits for the plant server with this database, for as long as it takes. Raises `ConfigError`."""
        self._database, self._subjects = database, Subjects(self._cluster, database)
        last_message = ""
        while True:
            try:
                await self._bus.start()
                return await self._introduction(COPY_WITHIN_S)
            except (BusError, ProtocolError) as error:
                if error.message != last_message:
                    last_message = error.message
                    log.warning("no_plant_server", reason=last_message)
                await asyncio.sleep(_TRY_AGAIN_S)

    async def _introduction(self, within_s: float) -> Introduction:
        """Raises `ProtocolError` if what answers is of another version or plant (MIR-8)."""
        subject = introduction(self._cluster)
        data = await self._answer(subject, self._database.encode(), within_s)
        self._check(decode(data, Greeting))
        found: Introduction = decode(data, Introduction)
        if found.token >= self._token:
            self._token = found.token
            self.clock.answered(found.token, found.owner_ms, found.ts)
        return found

    async def _answer(self, subject: str, data: bytes, within_s: float) -> bytes:
        """An answer with the owner's clocks. Raises `BusError` if it is too late by this computer's own clock. Then the
        answer waited while this process stood still, so its clocks show an earlier time (MIR-7).
        """
        started_ms = clock.now_ms()
        answer = await self._bus.request(subject, data, within_s=within_s)
        if clock.now_ms() - started_ms > within_s * 1000:
            raise no_answer(subject, within_s)
        return answer

    def _check(self, greeting: Greeting) -> None:
        if greeting.wire != WIRE:
            raise ProtocolError(
                sentence(
                    "words-wire-of-another-version",
                    "the plant server has version {theirs} and this gateway {ours}, which do not understand each "
                    "other; give both the same version",
                    theirs=greeting.version or "< 0.2.0",
                    ours=version("setpoint"),
                )
            )
        if greeting.database != self._database:
            raise ProtocolError(
                sentence(
                    "words-another-plant-of-the-name",
                    "the plant server at NATS in the name {name} has another database than this gateway; give both the "
                    "same --database, and each plant a --cluster of its own",
                    name=self._cluster,
                )
            )

    async def run(
        self, mirror: WakingMirror, live: LiveServer, began: Callable[[Introduction], None]
    ) -> None:
        """Runs until cancelled. ``began`` is called with each further plant server or plant."""
        self._mirror, self._live, self._began = mirror, live, began
        mirror.wake = self._ask_soon
        for subject in (f"{self._subjects.lines}.>", self._subjects.urgent):
            await self._bus.subscribe(subject, self._take)
        try:
            while True:
                begun = asyncio.get_running_loop().time()
                try:
                    await self._sync(mirror)
                except Exception:  # a gateway that stops asking would never recover
                    log.exception("sync_failed")
                passed = asyncio.get_running_loop().time() - begun
                await asyncio.sleep(max(0.05, SYNC_EVERY_S - passed))
        finally:
            for task in self._tasks:
                task.cancel()
            await self._bus.stop()

    # Up to date

    async def _sync(self, mirror: WakingMirror) -> None:
        sync = mirror.sync(clock.now_ms())
        try:
            heads = unpack(await self._answer(self._subjects.sync, pack(sync), SYNC_WITHIN_S), Heads)
        except BusError:
            self._look_soon(mirror)  # the mirror knows how long nothing has arrived
        except ProtocolError as error:
            self._complain(error.message)
        else:
            mirror.heads(heads, clock.now_ms())
            if heads.token >= mirror.token:
                self.complaint = ""
                self.clock.answered(heads.token, heads.owner_ms, heads.ts)
                self.history = heads.history
            if mirror.wants_plant:
                self._look_soon(mirror)
        self._ask()

    def _complain(self, why: str) -> None:
        if why != self.complaint:
            log.error("not_understood", reason=why)
        self.complaint = why

    # Who owns the plant

    def _look_soon(self, mirror: WakingMirror) -> None:
        if not self._is_looking and self._bus.is_connected:
            self._is_looking = True
            self._spawn(self._look(mirror))

    async def _look(self, mirror: WakingMirror) -> None:
        """Asks who owns the plant now. A server of another version, or of another plant, answers that too."""
        try:
            self._begin(mirror, await self._introduction(SYNC_WITHIN_S))
        except BusError:
            pass  # it is asked again
        except ProtocolError as error:
            self._complain(error.message)
        finally:
            self._is_looking = False

    def _begin(self, mirror: WakingMirror, found: Introduction) -> None:
        if found.token < mirror.token or (found.token, found.epoch) == (mirror.token, mirror.epoch):
            return  # its server does not know yet that it was replaced, or nothing is new
        self.complaint = ""
        self._began(found)
        assert self._live is not None
        self._live.play(mirror.begin(found.plant, found.token, found.epoch, clock.now_ms(), self.clock.ts))
        log.info("another_plant_server", token=found.token, epoch=found.epoch, version=found.version)

    def _take(self, data: bytes) -> None:
        """Frames that arrived together go to the clients together."""
        self._frames.append(data)
        if len(self._frames) == 1:
            asyncio.get_running_loop().call_soon(self._play)

    def _play(self) -> None:
        taken, self._frames = self._frames, []
        assert self._mirror is not None
        assert self._live is not None
        effects: list[Effect[LiveSession]] = []
        for data in taken:
            try:
                effects += self._mirror.frames(unpack(data, Frames), clock.now_ms())
            except ProtocolError as error:
                self._complain(error.message)
        self._live.play(effects)

    # Copies

    def ticked(self) -> None:
        self._ask()

    def _ask_soon(self) -> None:
        if not self._is_asking:
            self._is_asking = True
            asyncio.get_running_loop().call_soon(self._ask)

    def _ask(self) -> None:
        self._is_asking = False
        if self._mirror is None or not self._bus.is_connected:
            return
        for ask in self._mirror.asks(clock.now_ms()):
            self._spawn(self._copy(self._mirror, ask))

    async def _copy(self, mirror: WakingMirror, ask: Ask) -> None:
        try:
            async with self._copying:
                data = await self._bus.request(self._subjects.copy, pack(ask), within_s=COPY_WITHIN_S)
            effects = mirror.copied(unpack(data, Copy), clock.now_ms(), self.clock.ts)
        except BusError:
            return  # it is requested again
        except ProtocolError as error:
            self._complain(error.message)
            return
        assert self._live is not None
        self._live.play(effects)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Calls

    async def call(self, name: str, *arguments: Any) -> Any:
        """A method of `Owner`. Raises what it raises, `NobodyThereError` if it certainly was not called, `BusError`
        if that is not known."""
        raw = msgspec.Raw(msgspec.msgpack.encode(arguments))
        request = Request(name, raw, self.clock.at_owner(clock.now_ms()))
        parts: list[bytes] = []
        while True:
            reply = await self._request(request, EXPORT_WITHIN_S if name in _SLOW else ANSWER_WITHIN_S)
            if reply.failure is not None:
                raise error_of(reply.failure)
            parts.append(reply.part)
            if not reply.rest:
                return CALLS[name].result.decode(b"".join(parts))
            request = Request(name, rest_of=reply.rest)

    async def _request(self, request: Request, within_s: float) -> Reply:
        assert self._mirror is not None
        subject = self._subjects.calls(self._mirror.token)
        try:
            data = await self._bus.request(subject, msgspec.msgpack.encode(request), within_s=within_s)
        except NobodyThereError as error:
            raise NobodyThereError(
                sentence(
                    "words-no-server-owns-plant",
                    "no server owns the plant at the moment, and nothing was sent; try again in a moment",
                )
            ) from error
        except BusError as error:
            raise BusError(
                sentence(
                    "words-plant-server-silent",
                    "the plant server has not answered within {seconds} s; ask again what became of it",
                    seconds=format(within_s, "g"),
                )
            ) from error
        found: Reply = decode(data, Reply)
        return found
