"""A field that needs a reason changes only if a person gives one."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.security.sign_in_server import PLANT, Browser, SignInServer, serving, until

PLANT_WITH_REASONS = replace(
    PLANT,
    fields=tuple(replace(each, needs_reason=each.name == "targetSpeed") for each in PLANT.fields),
)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SignInServer]:
    async with serving(tmp_path, plant=PLANT_WITH_REASONS) as running:
        await running.add("anna")
        machines = running.runtime.machines
        await until(lambda: all(record["quality"] == "GOOD" for record in machines.values()))
        yield running


async def post_batch(browser: Browser, updates: dict[str, Any], **more: str) -> list[dict[str, Any]]:
    batch = {"txId": str(uuid.uuid4()), "updates": updates} | more
    answer = await browser.post("/api/batches", json=batch)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


@pytest.mark.parametrize("fields", [{}, {"reason": ""}, {"reason": " \t\n"}])
async def test_without_a_reason_nothing_is_sent(server: SignInServer, fields: dict[str, str]) -> None:
    anna = await server.browser("anna")
    before = server.runtime.machines["m_401"]["targetSpeed"]
    [result] = await post_batch(anna, {"m_401": {"targetSpeed": 151}}, **fields)
    assert result["outcome"] == "rejected"
    assert "needs a reason" in result["message"]
    assert server.runtime.machines["m_401"]["targetSpeed"] == before


async def test_with_a_reason_the_target_is_applied_and_the_reason_is_kept(server: SignInServer) -> None:
    anna = await server.browser("anna")
    [result] = await post_batch(anna, {"m_401": {"targetSpeed": 151}}, reason="new tool")
    assert result["outcome"] != "rejected", result
    await until(lambda: server.runtime.machines["m_401"]["targetSpeed"] == 151)
    entries = [each.payload for each in await server.persistence.audit()]
    assert any("new tool" in each for each in entries)


async def test_only_fields_that_need_a_reason_are_refused_without_one(server: SignInServer) -> None:
    anna = await server.browser("anna")
    results = await post_batch(anna, {"m_401": {"mode": "IDLE"}, "m_402": {"targetSpeed": 151}})
    refused = {each["machine"]: each["outcome"] == "rejected" for each in results}
    assert refused == {"m_401": False, "m_402": True}
