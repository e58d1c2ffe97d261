"""Gives batches over HTTP or with the Python client, and waits for their outcomes, however busy the machine is."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from typing import Any

import httpx

from setpoint.client import Batch, Client
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.live.down import FINAL_OUTCOMES
from setpoint.errors import RefusedError
from setpoint.testing.patience import patient


def give(url: str, updates: Mapping[str, Mapping[str, Any]], *, person: str = "anna") -> dict[str, str]:
    """Gives these targets as a person of the demo. Returns each machine's outcome once all have one.

    If a batch could not leave in time, the server did not send it (CMD-8), and this gives it again. If an answer came
    before the outcomes, this reads the batch until it has them.
    """
    tx_id, give_up = str(uuid.uuid4()), time.monotonic() + patient(30)
    while True:
        body = {"txId": tx_id, "updates": updates}
        headers = {"X-Demo-User": person}
        answer = httpx.post(f"{url}/api/batches", json=body, headers=headers, timeout=patient(20))
        if answer.status_code == 409 and answer.json()["type"] == "/problems/too-late":
            tx_id = str(uuid.uuid4())
        else:
            outcomes = {
                each["machine"]: each["outcome"] for each in answer.raise_for_status().json()["results"]
            }
            if FINAL_OUTCOMES.issuperset(outcomes.values()):
                return outcomes
        assert time.monotonic() < give_up, answer.text


async def commit(client: Client, updates: Mapping[str, Mapping[str, Any]], **options: Any) -> Batch:
    """Calls `Client.commit`. If a batch could not leave in time, the server did not send it, and this gives it
    again.
    """
    async with asyncio.timeout(patient(30)):
        while True:
            try:
                return await client.commit(updates, **options)
            except RefusedError as refused:
                if refused.code != ProblemCode.TOO_LATE:
                    raise
