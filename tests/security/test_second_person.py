"""The four-eyes rule: a field that needs a second person changes only when another person confirms it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from tests.security.sign_in_server import PLANT, Browser, SignInServer, serving, until

from setpoint.core.plant import Role
from setpoint.errors import StorageError

FOUR_EYES = replace(
    PLANT,
    fields=tuple(replace(each, needs_second_person=each.name == "targetSpeed") for each in PLANT.fields),
)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SignInServer]:
    async with serving(tmp_path, plant=FOUR_EYES) as running:
        for name, role, *lines in (
            ("anna", "operator"),
            ("bert", "operator", "01"),
            ("carl", "operator", "02"),
            ("vera", "viewer"),
        ):
            await running.add(name, role, *lines)
        machines = running.runtime.machines
        await until(lambda: all(record["quality"] == "GOOD" for record in machines.values()))
        yield running


async def post_batch(browser: httpx.AsyncClient, tx_id: str, value: int = 151) -> httpx.Response:
    return await browser.post(
        "/api/batches", json={"txId": tx_id, "updates": {"m_401": {"targetSpeed": value}}}
    )


async def waiting(browser: Browser) -> list[tuple[str, bool]]:
    return [(each["person"], each["isMine"]) for each in (await browser.get("/api/held")).json()]


async def test_nothing_leaves_before_somebody_else_has_confirmed(server: SignInServer) -> None:
    anna, bert = await server.browser("anna"), await server.browser("bert")
    tx_id = str(uuid.uuid4())
    for _ in range(2):
        answer = await post_batch(anna, tx_id)
        assert answer.status_code == 409
        assert answer.json()["type"] == "/problems/needs-second-person"
    assert (await anna.get(f"/api/batches/{tx_id}")).status_code == 404
    assert server.runtime.machines["m_401"]["targetSpeed"] != 151
    assert await waiting(anna) == [("anna", True)]
    assert await waiting(bert) == [("anna", False)]

    confirmed = await bert.post(f"/api/held/{tx_id}")
    assert confirmed.status_code == 200
    assert [each["outcome"] for each in confirmed.json()["results"]] != ["rejected"], confirmed.text
    await until(lambda: server.runtime.machines["m_401"]["targetSpeed"] == 151)
    story = (await anna.get(f"/api/batches/{tx_id}")).json()
    assert story["person"] == "anna"
    assert (await post_batch(anna, tx_id)).status_code == 200, "a repeated call gets the stored answer"
    assert await waiting(anna) == []
    entries = [each.payload for each in await server.persistence.audit() if each.kind == "second-person"]
    assert any('"askedBy":"anna"' in each and '"person":"bert"' in each for each in entries)


@pytest.mark.rule("CMD-9")
async def test_a_proposal_waits_for_somebody_else_whatever_it_changes(server: SignInServer) -> None:
    anna, bert, vera = [await server.browser(name) for name in ("anna", "bert", "vera")]
    proposal = {"txId": str(uuid.uuid4()), "updates": {"m_401": {"mode": "IDLE"}}, "propose": True}
    answer = await anna.post("/api/batches", json=proposal)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/needs-second-person")
    assert await waiting(bert) == [("anna", False)]
    assert (await anna.post(f"/api/held/{proposal['txId']}")).status_code == 403
    assert (await vera.post("/api/batches", json=proposal | {"txId": str(uuid.uuid4())})).status_code == 403
    assert (await bert.post(f"/api/held/{proposal['txId']}")).status_code == 200
    await until(lambda: server.runtime.machines["m_401"]["mode"] == "IDLE")


async def test_nobody_confirms_their_own_batch_neither_in_another_browser_nor_by_a_program(
    server: SignInServer,
) -> None:
    anna, again = await server.browser("anna"), await server.browser("anna")
    program = await server.program(await server.token("anna"))
    tx_id = str(uuid.uuid4())
    await post_batch(anna, tx_id)
    for each in (anna, again, program):
        assert (await each.post(f"/api/held/{tx_id}")).status_code == 403
    from_program = str(uuid.uuid4())
    await post_batch(program, from_program)
    assert (await anna.post(f"/api/held/{from_program}")).status_code == 403


@pytest.mark.parametrize("end", ["take back", "cancel", "refuse"])
async def test_the_author_sees_and_ends_a_held_batch_whose_machine_left_the_plant_file(
    tmp_path: Path, end: str
) -> None:
    tx_id = str(uuid.uuid4())
    async with serving(tmp_path, plant=FOUR_EYES) as before:
        for name in ("anna", "bert"):
            await before.add(name, "operator")
        assert (await post_batch(await before.browser("anna"), tx_id)).status_code == 409
    lines = tuple(
        replace(line, machines=tuple(each for each in line.machines if each.key != "m_401"))
        for line in FOUR_EYES.lines
    )
    async with serving(tmp_path, plant=replace(FOUR_EYES, lines=lines)) as after:
        anna, bert = await after.browser("anna"), await after.browser("bert")
        assert await waiting(anna) == [("anna", True)]
        assert await waiting(bert) == [], "nobody may change a machine that does not exist"
        assert (await bert.post(f"/api/held/{tx_id}")).status_code == 404
        assert (await anna.post(f"/api/held/{tx_id}")).status_code == 403
        if end == "refuse":
            assert (await bert.delete(f"/api/held/{tx_id}")).status_code == 404
            assert await waiting(anna) == [("anna", True)]
            return
        answer = await (
            anna.delete(f"/api/held/{tx_id}")
            if end == "take back"
            else anna.post(f"/api/batches/{tx_id}/cancel")
        )
        assert answer.status_code in (200, 204), answer.text
        assert await waiting(anna) == []


async def test_programs_of_others_do_not_confirm(server: SignInServer) -> None:
    anna = await server.browser("anna")
    program = await server.program(await server.token("bert"))
    tx_id = str(uuid.uuid4())
    await post_batch(anna, tx_id)
    assert (await program.post(f"/api/held/{tx_id}")).status_code == 403


@pytest.mark.parametrize("name", ["carl", "vera"])
async def test_without_the_right_to_change_a_machine_nobody_learns_that_something_waits(
    server: SignInServer, name: str
) -> None:
    anna, other = await server.browser("anna"), await server.browser(name)
    tx_id = str(uuid.uuid4())
    await post_batch(anna, tx_id)
    assert await waiting(other) == []
    assert (await other.post(f"/api/held/{tx_id}")).status_code == 404
    assert (await other.delete(f"/api/held/{tx_id}")).status_code == 404
    assert (await post_batch(other, str(uuid.uuid4()))).status_code == 403


async def test_a_confirmed_batch_of_a_person_without_rights_does_not_leave(server: SignInServer) -> None:
    anna, bert = await server.browser("anna"), await server.browser("bert")
    tx_id = str(uuid.uuid4())
    await post_batch(anna, tx_id)
    await server.accounts.set_grants("anna", {"*": Role.VIEWER})
    answer = await bert.post(f"/api/held/{tx_id}")
    assert [each["outcome"] for each in answer.json()["results"]] == ["rejected"]
    await server.accounts.set_grants("anna", {"*": Role.OPERATOR})
    tx_id = str(uuid.uuid4())
    await post_batch(anna, tx_id)
    await anna.delete("/api/session")
    assert (await bert.post(f"/api/held/{tx_id}")).status_code == 409
    assert server.runtime.machines["m_401"]["targetSpeed"] != 151


async def test_a_held_batch_can_be_refused_and_taken_back_and_confirmed_once(server: SignInServer) -> None:
    anna, bert = await server.browser("anna"), await server.browser("bert")
    for who in (anna, bert):
        tx_id = str(uuid.uuid4())
        await post_batch(anna, tx_id)
        assert (await who.delete(f"/api/held/{tx_id}")).status_code == 204
        assert (await bert.post(f"/api/held/{tx_id}")).status_code == 404
    tx_id = str(uuid.uuid4())
    await post_batch(anna, tx_id)
    answers = await asyncio.gather(*(bert.post(f"/api/held/{tx_id}") for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [200, 404, 404, 404]


async def test_a_confirmation_that_could_not_be_stored_is_reported_as_such_and_keeps_waiting(
    server: SignInServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, bert = await server.browser("anna"), await server.browser("bert")
    tx_id, never_kept = str(uuid.uuid4()), str(uuid.uuid4())
    await post_batch(anna, tx_id)

    async def fail(*_: object, **__: object) -> None:
        raise StorageError("the disk is full; free some space")

    with monkeypatch.context() as broken:
        broken.setattr(server.persistence, "store", fail)
        assert (await bert.post(f"/api/held/{tx_id}")).status_code == 503
        assert (await bert.delete(f"/api/held/{tx_id}")).status_code == 503
        assert (await post_batch(anna, never_kept)).status_code == 503
        assert await waiting(bert) == [("anna", False)]
    await until(lambda: not server.runtime.engine.is_degraded)
    assert (await bert.post(f"/api/held/{tx_id}")).status_code == 200
    assert (await bert.post(f"/api/held/{never_kept}")).status_code == 404


async def test_another_batch_cannot_slip_in_under_a_held_name(server: SignInServer) -> None:
    anna, bert = await server.browser("anna"), await server.browser("bert")
    tx_id = str(uuid.uuid4())
    await post_batch(anna, tx_id, 151)
    assert (await post_batch(anna, tx_id, 3000)).status_code == 422
    assert (await post_batch(bert, tx_id, 151)).status_code == 422


async def test_fields_that_need_no_second_person_leave_at_once(server: SignInServer) -> None:
    anna = await server.browser("anna")
    body = {"txId": str(uuid.uuid4()), "updates": {"m_401": {"mode": "IDLE"}}}
    assert (await anna.post("/api/batches", json=body)).status_code == 200
