"""A field that needs a reason changes only if a person gives one."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.security.served import PLANT, Browser, Served, serving, until

EXPLAINED = replace(
    PLANT,
    fields=tuple(replace(each, needs_reason=each.name == "targetSpeed") for each in PLANT.fields),
)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, plant=EXPLAINED) as running:
        await running.add("anna")
        machines = running.runtime.machines
        await until(lambda: all(record["quality"] == "GOOD" for record in machines.values()))
        yield running


async def ask(browser: Browser, updates: dict[str, Any], **more: str) -> list[dict[str, Any]]:
    batch = {"txId": str(uuid.uuid4()), "updates": updates} | more
    answer = await browser.post("/api/batches", json=batch)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


@pytest.mark.parametrize("fields", [{}, {"reason": ""}, {"reason": " \t\n"}])
async def test_without_a_reason_nothing_is_sent(served: Served, fields: dict[str, str]) -> None:
    anna = await served.browser("anna")
    before = served.runtime.machines["m_401"]["targetSpeed"]
    [result] = await ask(anna, {"m_401": {"targetSpeed": 151}}, **fields)
    assert result["outcome"] == "rejected"
    assert "needs a reason" in result["message"]
    assert served.runtime.machines["m_401"]["targetSpeed"] == before


async def test_with_a_reason_it_is_applied_and_the_reason_is_kept(served: Served) -> None:
    anna = await served.browser("anna")
    [result] = await ask(anna, {"m_401": {"targetSpeed": 151}}, reason="new tool")
    assert result["outcome"] != "rejected", result
    await until(lambda: served.runtime.machines["m_401"]["targetSpeed"] == 151)
    entries = [each.payload for each in await served.persistence.audit()]
    assert any("new tool" in each for each in entries)


async def test_only_the_fields_that_need_one_are_held_to_it(served: Served) -> None:
    anna = await served.browser("anna")
    results = await ask(anna, {"m_401": {"mode": "IDLE"}, "m_402": {"targetSpeed": 151}})
    refused = {each["machine"]: each["outcome"] == "rejected" for each in results}
    assert refused == {"m_401": False, "m_402": True}
