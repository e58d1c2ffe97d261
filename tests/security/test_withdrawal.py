"""The author of a batch, or an engineer of its machines, can withdraw it. Nobody else can stop it or learn about it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from tests.security.sign_in_server import PLANT, SignInServer, serving, until

from setpoint.core.audit.chain import Fact
from setpoint.core.audit.changes import Change
from setpoint.core.commands.effects import RecordBatch

pytestmark = pytest.mark.rule("CMD-7")

FOUR_EYES = replace(
    PLANT, fields=tuple(replace(each, needs_second_person=each.name == "mode") for each in PLANT.fields)
)
"""Modes need a second person, speeds do not."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SignInServer]:
    async with serving(tmp_path, plant=FOUR_EYES) as running:
        for name, role, *lines in (
            ("anna", "operator"),
            ("bert", "operator"),
            ("emil", "engineer"),
            ("ella", "engineer", "02"),
            ("otto", "operator", "02"),
            ("vera", "viewer"),
            ("root", "admin"),
        ):
            await running.add(name, role, *lines)
        machines = running.runtime.machines
        await until(lambda: all(record["quality"] == "GOOD" for record in machines.values()))
        yield running


@contextmanager
def slow_disk(server: SignInServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.Event]:
    """Stores batches only when the event is set."""
    free, store = asyncio.Event(), server.persistence.store

    async def store_when_free(
        changes: Sequence[Change], facts_too: Sequence[Fact] = (), *, name: str | None = None
    ) -> None:
        if any(isinstance(each, RecordBatch) for each in changes):
            await free.wait()
        await store(changes, facts_too, name=name)

    with monkeypatch.context() as patch:
        patch.setattr(server.persistence, "store", store_when_free)
        yield free


async def post_batch(browser: httpx.AsyncClient, tx_id: str, **fields: object) -> httpx.Response:
    updates = {"m_401": fields or {"targetSpeed": 151}}
    return await browser.post("/api/batches", json={"txId": tx_id, "updates": updates})


@pytest.mark.parametrize(
    ("name", "status"),
    [("anna", 200), ("emil", 200), ("root", 200), ("bert", 403), ("vera", 403), ("otto", 200), ("ella", 200)],
)
async def test_the_author_and_engineers_of_all_its_lines_may_withdraw_a_batch_that_has_not_left(
    server: SignInServer, monkeypatch: pytest.MonkeyPatch, name: str, status: int
) -> None:
    anna, other = await server.browser("anna"), await server.browser(name)
    tx_id = str(uuid.uuid4())
    with slow_disk(server, monkeypatch) as free:
        post = asyncio.create_task(post_batch(anna, tx_id))
        await until(lambda: server.runtime.engine.batch(tx_id) is not None)
        cancel = asyncio.create_task(other.post(f"/api/batches/{tx_id}/cancel"))
        await until(
            lambda: cancel.done() or len(server.runtime.player._calls) == 2
        )  # the batch and the withdrawal
        free.set()
        answer, posted = await cancel, await post
    assert answer.status_code == status, answer.text
    if name in ("anna", "emil", "root"):
        (result,) = answer.json()["results"]
        assert (result["outcome"], result["message"]) == ("cancelled", f"withdrawn by {name}")
        assert posted.json() == answer.json()
        assert (await other.post(f"/api/batches/{tx_id}/cancel")).json() == answer.json()
        assert server.runtime.machines["m_401"]["targetSpeed"] != 151
        outcomes = [each.payload for each in await server.persistence.audit() if each.kind == "outcomes"]
        assert any(f"withdrawn by {name}" in each for each in outcomes)
    else:
        await until(lambda: server.runtime.machines["m_401"]["targetSpeed"] == 151)
    if name in ("otto", "ella"):
        none = await other.post(f"/api/batches/{uuid.uuid4()}/cancel")
        assert answer.json() | {"txId": ""} == none.json() | {"txId": ""}, "like a batch that does not exist"


async def test_a_batch_that_comes_after_its_withdrawal_is_refused_and_both_are_in_the_audit(
    server: SignInServer,
) -> None:
    anna, bert = await server.browser("anna"), await server.browser("bert")
    program = await server.program(await server.token("anna"))
    tx_id = str(uuid.uuid4())
    early = await program.post(f"/api/batches/{tx_id}/cancel")
    assert (early.status_code, early.json()["results"]) == (200, [])
    for fields in ({"targetSpeed": 151}, {"mode": "IDLE"}):
        refused = await post_batch(anna, tx_id, **fields)
        assert refused.status_code == 409
        assert refused.json()["type"] == "/problems/withdrawn"
        assert "anna/mes" in refused.json()["detail"]
    withdrawals = [each for each in await server.persistence.audit() if each.kind == "withdrawal"]
    assert [(each.actor, tx_id in each.payload) for each in withdrawals] == [("anna/mes", True)]
    assert (await post_batch(bert, tx_id)).status_code == 200, "another person's withdrawal has no effect"


async def test_a_batch_that_waits_for_a_second_person_is_withdrawn_and_stays_so(server: SignInServer) -> None:
    anna, bert, vera = [await server.browser(name) for name in ("anna", "bert", "vera")]
    for name in ("anna", "emil"):
        tx_id = str(uuid.uuid4())
        assert (await post_batch(anna, tx_id, mode="IDLE")).json()["type"] == "/problems/needs-second-person"
        for other in (bert, vera):
            assert (await other.post(f"/api/batches/{tx_id}/cancel")).status_code == 403
        answer = await (await server.browser(name)).post(f"/api/batches/{tx_id}/cancel")
        (result,) = answer.json()["results"]
        assert (result["outcome"], result["message"]) == ("cancelled", f"withdrawn by {name}")
        assert (await bert.post(f"/api/held/{tx_id}")).status_code == 404
        assert (await post_batch(anna, tx_id, mode="IDLE")).json()["type"] == "/problems/withdrawn"


async def test_a_name_that_is_not_a_tx_id_is_refused(server: SignInServer) -> None:
    anna = await server.browser("anna")
    for name in ("1", "A" * 36, str(uuid.uuid4()).upper()):
        assert (await anna.post(f"/api/batches/{name}/cancel")).status_code == 422
