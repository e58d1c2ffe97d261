"""Busy people do not slow down others: the server serves readers, writers and batches in turns, account by account.

No test measures time. Each counts what the server did for others before it served the last person.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from tests.databases import migrated_sqlite
from tests.integration.live_support import running_live
from tests.security.sign_in_server import PATIENT_S, PLANT, SignInServer, serving, until

from setpoint import clock
from setpoint.contract.http.batches import BatchRequest
from setpoint.contract.live import Outcome
from setpoint.core.audit.chain import Fact
from setpoint.core.audit.changes import Change
from setpoint.core.audit.queries import KeptFile
from setpoint.core.commands import Arrival, RecordBatch
from setpoint.core.plant import WHOLE_PLANT, Person, Role
from setpoint.errors import RequestError
from setpoint.persistence.memory import MemoryPersistence
from setpoint.persistence.sql import SqlPersistence
from setpoint.runtime import batch_turns
from setpoint.runtime.runtime import Runtime
from setpoint.server.edge.edge import EdgeSettings
from setpoint.server.edge.gate import GateLimits
from setpoint.server.http.limits import BODIES_OF_FILES, Limits
from setpoint.server.identity.seen import Seen
from setpoint.testing.patience import patient

TARGETS_A_TURN = 20
"""The targets of one turn in these tests. There are few, so that the tests are quick."""
GREEDY, CARL = (Person(name, {WHOLE_PLANT: Role.OPERATOR}) for name in ("greedy", "carl"))


class GatedStorage(MemoryPersistence):
    """A storage that waits for ``may_store``, and notes whose targets it stored, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.may_store = asyncio.Event()
        self.was_called = asyncio.Event()
        self.order: list[str] = []

    async def store(
        self, changes: Sequence[Change], facts_too: Sequence[Fact] = (), *, name: str | None = None
    ) -> None:
        if any(isinstance(change, RecordBatch) for change in changes):
            self.was_called.set()
            await self.may_store.wait()
        await super().store(changes, facts_too, name=name)
        for change in changes:
            if isinstance(change, RecordBatch):
                self.order += [change.batch.person] * len(change.batch.items)


@asynccontextmanager
async def running(persistence: MemoryPersistence) -> AsyncIterator[Runtime]:
    async with running_live(plant=PLANT, ticks=False) as front:
        runtime = Runtime(PLANT, engine=front.engine, live=front.live, persistence=persistence, sources={})
        await runtime.start()
        try:
            yield runtime
        finally:
            await runtime.stop()


def batch(count: int) -> BatchRequest:
    """Makes targets for machines that do not exist. The server refuses and stores them."""
    return BatchRequest(str(uuid.uuid4()), {f"x_{number}": {"targetSpeed": 1} for number in range(count)})


def arrival_in_a_minute() -> Arrival:
    """Sets the arrival time, so that the batch is not too late on a slow computer."""
    return Arrival(clock.now_ms() + 60_000, time.time() + 60)


async def test_a_batch_is_stored_before_what_others_sent_at_once_and_is_still_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch_turns, "ROOM", TARGETS_A_TURN)
    persistence = GatedStorage()
    async with running(persistence) as runtime:
        others = [
            asyncio.create_task(runtime.submit(batch(TARGETS_A_TURN), GREEDY, arrival=arrival_in_a_minute()))
            for _ in range(20)
        ]
        async with asyncio.timeout(patient(10)):
            await persistence.was_called.wait()
            own = asyncio.create_task(runtime.submit(batch(1), CARL, arrival=arrival_in_a_minute()))
            await asyncio.sleep(0)
            persistence.may_store.set()
            answers = [await each for each in (own, *others)]
    assert all(result.outcome is Outcome.REJECTED for answer in answers for result in answer.results)
    assert persistence.order.index("carl") <= 2 * TARGETS_A_TURN, (
        "the batch is stored in its turn, although 400 targets came before"
    )
    assert persistence.order.count("greedy") == 20 * TARGETS_A_TURN, "in the end everybody gets everything"


async def test_many_small_batches_are_still_stored_together() -> None:
    persistence = GatedStorage()
    async with running(persistence) as runtime:
        first = asyncio.create_task(runtime.submit(batch(1), GREEDY, arrival=arrival_in_a_minute()))
        async with asyncio.timeout(patient(10)):
            await persistence.was_called.wait()
            more = [
                asyncio.create_task(runtime.submit(batch(1), GREEDY, arrival=arrival_in_a_minute()))
                for _ in range(50)
            ]
            await until(lambda: runtime.engine.unstored >= 50)
            persistence.may_store.set()
            for each in (first, *more):
                await each


async def test_a_batch_that_gets_no_turn_is_refused_as_too_late_and_frees_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch_turns, "ROOM", TARGETS_A_TURN)
    persistence = GatedStorage()
    async with running(persistence) as runtime:
        first = asyncio.create_task(
            runtime.submit(batch(TARGETS_A_TURN), GREEDY, arrival=arrival_in_a_minute())
        )
        async with asyncio.timeout(patient(10)):
            await persistence.was_called.wait()
            long_ago = Arrival(clock.now_ms() - 60_000, time.time() - 60)
            with pytest.raises(RequestError) as refused:
                await runtime.submit(batch(TARGETS_A_TURN), CARL, arrival=long_ago)
            assert refused.value.code == "too-late"
            persistence.may_store.set()
            await first
            await runtime.submit(batch(TARGETS_A_TURN), CARL, arrival=arrival_in_a_minute())


async def test_the_record_of_batches_comes_before_the_files_that_wait_to_be_stored(tmp_path: Path) -> None:
    persistence = SqlPersistence(await migrated_sqlite(tmp_path / "setpoint.sqlite"), timeout_s=PATIENT_S)
    await persistence.start()
    order: list[str] = []

    async def note_order(what: str, work: Awaitable[None]) -> None:
        await work
        order.append(what)

    def file(number: int) -> KeptFile:
        content = str(number).encode()
        return KeptFile(hashlib.sha256(content).hexdigest(), "a.xlsx", content)

    try:
        async with persistence.database.writing("keeping the workbook"):
            waiting = [
                asyncio.create_task(note_order("file", persistence.keep_file(file(number), "greedy", 0.0)))
                for number in range(20)
            ]
            for _ in range(20):
                await asyncio.sleep(0)  # they request the connection
            waiting.append(asyncio.create_task(note_order("record", persistence.store((), name="e1/1"))))
            for _ in range(20):
                await asyncio.sleep(0)
        await asyncio.gather(*waiting)
    finally:
        await persistence.close()
    assert order.index("record") <= 1, "only the request that was already next comes before the record"


async def order_of(turn: Callable[[str], AbstractAsyncContextManager[None]], *accounts: str) -> list[str]:
    """Returns the order of turns if these requests come in this order while the first are still under way."""
    order: list[str] = []
    everybody_is_here = asyncio.Event()

    async def act(account: str) -> None:
        async with turn(account):
            order.append(account)
            await everybody_is_here.wait()

    tasks = [asyncio.create_task(act(account)) for account in accounts]
    for _ in range(10):
        await asyncio.sleep(0)  # the queue has each of them, in this order
    everybody_is_here.set()
    await asyncio.gather(*tasks)
    return order


@pytest.mark.parametrize("kind", ["reading", "exporting", "acting", "keeping"])
async def test_readers_and_writers_pass_the_queue_of_another_account(kind: str) -> None:
    limits = Limits()
    turns: dict[str, Callable[[str], AbstractAsyncContextManager[None]]] = {
        "reading": limits.reading,
        "exporting": limits.exporting,
        "acting": limits.acting,
        "keeping": lambda account: limits.keeping(account, 1_000),
    }
    order = await order_of(turns[kind], *["greedy"] * 10, "carl")
    assert order.index("carl") <= 2, order


async def test_six_people_who_read_at_full_pace_are_each_passed_once() -> None:
    greedy = [f"greedy {number % 6}" for number in range(60)]
    order = await order_of(Limits().reading, *greedy, "carl")
    assert order.index("carl") <= 2 + 6, order


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SignInServer]:
    no_hurry = EdgeSettings(gate=GateLimits(body_within_s=600))
    async with serving(tmp_path, edge=no_hurry) as running:
        await running.add("otto", "operator")
        await running.add("carl", "operator")
        yield running


async def test_the_workbooks_of_one_account_arrive_a_few_at_a_time_and_nobody_else_waits(
    server: SignInServer,
) -> None:
    """Each workbook needs up to 20 MB in memory until it is stored."""
    token = await server.token("otto", "operator")
    content = b"x" * 100
    name = hashlib.sha256(content).hexdigest()
    head = (
        f"PUT /api/files/{name}?filename=a.xlsx HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\n"
        f"authorization: Bearer {token}\r\ncontent-length: {len(content)}\r\nexpect: 100-continue\r\n\r\n"
    ).encode()
    slow = [await server.raw(head) for _ in range(BODIES_OF_FILES + 1)]
    reads = [asyncio.create_task(reader.readline()) for reader, _ in slow]
    await until(lambda: sum(each.done() for each in reads) == BODIES_OF_FILES)
    carl = await server.browser("carl")
    answer = await carl.put(f"/api/files/{name}?filename=a.xlsx", content=content)
    assert answer.status_code == 204
    (last,) = (each for each in reads if not each.done())
    for task, (_, writer) in zip(reads, slow, strict=True):
        if task is not last:
            writer.write(content)
    async with asyncio.timeout(patient(10)):
        assert b"100" in await last, "the server now reads its body"


async def test_twenty_right_passwords_of_one_account_at_once_all_sign_in(server: SignInServer) -> None:
    browsers = [await server.browser() for _ in range(20)]
    answers = await asyncio.gather(*(browser.sign_in("carl") for browser in browsers))
    assert [answer.status_code for answer in answers] == [200] * 20


async def test_twenty_five_people_behind_one_address_sign_in_at_once(server: SignInServer) -> None:
    for number in range(25):
        await server.add(f"person{number}", "operator")
    browsers = [await server.browser() for _ in range(25)]
    answers = await asyncio.gather(
        *(browser.sign_in(f"person{number}") for number, browser in enumerate(browsers))
    )
    assert [answer.status_code for answer in answers] == [200] * 25


async def test_wrong_passwords_that_come_together_are_slowed_down_all_the_same(server: SignInServer) -> None:
    server.clocks.stop()
    browsers = [await server.browser() for _ in range(20)]
    answers = await asyncio.gather(*(browser.sign_in("carl", "wrong") for browser in browsers))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [401] * 5 + [429] * 15, (
        "four tries are free, and one more before the answer names a wait"
    )


async def test_nobody_waits_for_the_note_that_they_were_seen() -> None:
    seen, stored, notes = Seen(), asyncio.Event(), 0

    async def note() -> None:
        nonlocal notes
        await stored.wait()
        notes += 1

    for _ in range(3):
        await seen.note("token", note())
    stored.set()
    await until(lambda: notes > 0)
    assert notes == 1, "one note at a time for each"
