"""The HTTP application on a free port under a real uvicorn, with real commands and a store in memory."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import cast

import httpx
import uvicorn
from tests.unit.core.commands.shell import Shell

from setpoint.contract.http.batches import AgainRequest, BatchAnswer, BatchKind, BatchRequest, BatchSummary
from setpoint.contract.http.machines import Event, FieldRev
from setpoint.contract.http.pages import Page
from setpoint.contract.http.plant import CapabilityName
from setpoint.contract.values import Record
from setpoint.core.alarms import AlarmBook, AlarmChange, AlarmKey, Raise
from setpoint.core.alarms.state import Act
from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.audit.queries import BatchQuery, EventMark, EventQuery, KeptFile, PastTarget, TargetQuery
from setpoint.core.commands import Arrival, BatchRecord, RecordBatch, RecordEvents, RecordOutcomes
from setpoint.core.commands.again import make_request
from setpoint.core.commands.narrow import narrowed
from setpoint.core.commands.request import answer_of, unknown_batch
from setpoint.core.events import EventChanges
from setpoint.core.history import HistoryQuery
from setpoint.core.hub import Hub, HubCounters
from setpoint.core.limits import PersonLimits
from setpoint.core.plant import Person, Plant, Role
from setpoint.core.shifts import RecordShiftEntry, ShiftEntry, ShiftQuery, ShiftQuestion
from setpoint.errors import MisuseError, StorageError
from setpoint.history.historian import Historian
from setpoint.persistence.memory import MemoryPersistence
from setpoint.server.http.app import create_app
from setpoint.server.http.board_files import BoardFile
from setpoint.server.http.metrics import Figures, Metrics
from setpoint.server.http.services import Services
from setpoint.server.identity.authenticator import Authenticator, DemoAuth
from setpoint.testing.patience import patient

SPEED = "targetSpeed"


class People(DemoAuth):
    """The demo's people, and three people with rights of their own. ``nobody`` is not signed in."""

    _KNOWN: Mapping[str, Person] = {
        "carl": Person("carl", {"01": Role.OPERATOR, "02": Role.VIEWER}),
        "vera": Person("vera", {"01": Role.VIEWER}),
    }

    async def identify(  # type: ignore[override]  # it needs less of a request
        self,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        cookies: Mapping[str, str],
        peer: str | None,
    ) -> Person | None:  # the demo knows everybody, but here one name is unknown
        person = await super().identify(headers, query, cookies, peer)
        return None if person.name == "nobody" else self._KNOWN.get(person.name, person)


class FakeServices:
    """`Services` with machines that answer when the test says so (`Shell`), and a store that forgets nothing."""

    is_simulated = True
    role = "plant"

    def __init__(self) -> None:
        self.shell = Shell().ready()
        self.store = MemoryPersistence()
        self.hub: Hub[str] = Hub(self.shell.plant, epoch="e", now_ms=0)
        self.metrics = Metrics(self.figures)
        self.book = AlarmBook(self.shell.plant, self.shell.machines, {})
        self.raises: list[Raise] = []
        self.simulated: list[tuple[str, str, str | None]] = []
        self.failure: Exception | None = None

    @property
    def plant(self) -> Plant:
        return self.shell.plant

    @property
    def ts(self) -> float:
        return time.time()

    @property
    def machines(self) -> Mapping[str, Record]:
        return self.shell.machines

    def figures(self) -> Figures:
        return Figures(5.0, 2, HubCounters(deliveries=7), self.shell.machines, {4429: 1})

    def capabilities(self, machine: str) -> list[CapabilityName] | None:
        return None

    async def changes(self, machines: Collection[str]) -> list[FieldRev]:
        names = [field.name for field in self.plant.writable]
        revs = [self.shell.commands.rev(machine, name) for machine in machines for name in names]
        return [rev for rev in revs if rev.rev]

    history_state = "recorded"
    historian: Historian | None = None

    async def history(
        self, query: HistoryQuery, form: str, units: dict[str, str], changes: bytes
    ) -> tuple[bytes, str]:
        assert self.historian is not None
        return await self.historian.ask(query, form, units, changes)

    async def shift_report(self, question: ShiftQuestion, form: str) -> tuple[bytes, str]:
        assert self.historian is not None
        return await self.historian.ask_shift(question, form)

    async def shift_entries(self, query: ShiftQuery) -> list[ShiftEntry]:
        return await self.store.shift_entries(query)

    async def record_shift_entry(self, entry: ShiftEntry) -> None:
        if self.failure is not None:
            raise self.failure
        await self.store.store([RecordShiftEntry(entry)])

    async def targets(self, query: TargetQuery) -> list[PastTarget]:
        return await self.store.targets(query)

    async def submit(
        self,
        request: BatchRequest,
        person: Person,
        *,
        arrival: Arrival | None = None,
    ) -> BatchAnswer:
        """Submits a batch as the runtime does. Machines apply and report everything at once, unless they are frozen."""
        return await self._submit(request, person, BatchKind.COMMIT, None)

    async def again(
        self,
        followed: str,
        kind: BatchKind,
        tx_id: str,
        body: AgainRequest,
        person: Person,
        *,
        arrival: Arrival | None = None,
    ) -> BatchAnswer:
        followed_batch, repeated = await self.batch(followed), await self.batch(tx_id)
        earlier = None if followed_batch is None else narrowed(followed_batch, person)
        if earlier is None:
            raise unknown_batch(followed)
        if repeated is not None and (repeated.kind, repeated.follows) == (kind, followed):
            return answer_of(tx_id, repeated.items)
        request = make_request(kind, earlier, tx_id, self.shell.commands.rev, body)
        return await self._submit(request, person, kind, followed)

    async def _submit(
        self, request: BatchRequest, person: Person, kind: BatchKind, follows: str | None
    ) -> BatchAnswer:
        if self.failure is not None:
            raise self.failure
        shell, commands = self.shell, self.shell.commands
        effects = commands.submit(request, person, shell.now_ms, shell.ts, kind=kind, follows=follows)
        shell.play(effects)
        for write in shell.writes:
            if write.machine not in self._frozen():
                shell.report(write.machine, **{write.field: write.value})
        shell.writes.clear()
        if request.tx_id not in shell.answers:
            shell.wait(3_000)
        await self._store()
        return shell.answers[request.tx_id]

    async def cancel(self, tx_id: str, person: Person) -> BatchAnswer:
        shell = self.shell
        stored = None if shell.commands.knows(tx_id) else await self.store.batch(tx_id)
        shell.play(shell.commands.cancel(tx_id, person, shell.now_ms, shell.ts, stored=stored))
        await self._store()
        return shell.withdrawals[tx_id]

    async def held(self, person: Person) -> list[PendingApproval]:
        """Returns nothing, because no field of this plant needs a second person."""
        return []

    def _frozen(self) -> set[str]:
        return {machine for machine, what, value in self.simulated if (what, value) == ("fault", "freeze")}

    async def _store(self) -> None:
        for batch in self.shell.batches.values():
            if await self.store.batch(batch.tx_id) is None:
                await self.store.store([RecordBatch(batch)])
            await self.store.store([RecordOutcomes(batch.items)])
        if self.shell.events:
            await self.store.store([RecordEvents(tuple(self.shell.events))])
            self.shell.events.clear()

    async def batch(self, tx_id: str) -> BatchRecord | None:
        return self.shell.commands.batch(tx_id) or await self.store.batch(tx_id)

    async def batches(self, query: BatchQuery) -> Page[BatchSummary]:
        return await self.store.batches(query)

    async def events(self, query: EventQuery) -> Page[Event]:
        await self._store()
        return await self.store.events(query)

    async def alarms(self) -> list[AlarmChange]:
        return list(self.book.listed())

    async def alarm_raises(self) -> Sequence[Raise]:
        return self.raises

    async def act_on_alarm(self, key: AlarmKey, what: Act) -> AlarmChange:
        return self.book.take(key, what, time.time())

    async def acknowledge(self, mark: EventMark) -> None:
        await self.store.store_events(EventChanges(marks=(mark,)))

    async def keep_file(self, file: KeptFile, account: str, limits: PersonLimits) -> None:
        await self.store.keep_file(file, account, 5.0, limits)

    async def file(self, sha256: str, account: str) -> KeptFile | None:
        return await self.store.file(sha256, account)

    def simulate_status(self, machine: str, status: str | None) -> None:
        if status == "RUNNING":
            raise MisuseError("the simulator asserts EMERGENCY_STOP", code="unknown_status")
        self.simulated.append((machine, "status", status))

    def simulate_fault(self, machine: str, fault: str | None) -> None:
        self.simulated.append((machine, "fault", fault))

    async def ready(self) -> None:
        if isinstance(self.failure, StorageError):
            raise self.failure


BOARD = {
    "index.html": BoardFile(b"<!doctype html>", "text/html", '"page"', is_hashed=False),
    "favicon.svg": BoardFile(b"<svg/>", "image/svg+xml", '"icon"', is_hashed=False),
    "assets/index-abc.js": BoardFile(
        b"plain",
        "text/javascript",
        '"js"',
        is_hashed=True,
        encoded={"br": b"BR", "gzip": b"GZ"},
    ),
}


@asynccontextmanager
async def serving(services: FakeServices, auth: Authenticator | None = None) -> AsyncIterator[str]:
    """Serves until the block ends. Yields the URL."""
    app = create_app(cast("Services", services), auth=auth or People(), metrics=services.metrics, board=BOARD)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
        running = asyncio.create_task(server.serve(sockets=[listening]))  # connections wait until it serves
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


def client(url: str, user: str = "anna", role: str = "") -> httpx.AsyncClient:
    headers = {"X-Demo-User": user} | ({"X-Demo-Role": role} if role else {})
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=patient(10))
