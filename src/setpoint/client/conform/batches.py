"""Checks of section 6 of SPEC.md. Each batch sets a field to the value that it has, so nothing moves."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

import httpx
import msgspec

from setpoint.client.conform.subject import (
    ANSWER_WITHIN_S,
    BrokenError,
    Looks,
    Subject,
    UnseenError,
    expect,
    rule,
)
from setpoint.contract.http.batches import BatchAnswer
from setpoint.contract.live import (
    FINAL_OUTCOMES,
    Delta,
    Down,
    Snapshot,
)
from setpoint.contract.topics import machine_id
from setpoint.contract.values import is_critical
from setpoint.message import sentence

BATCHES: Looks = []


@rule(BATCHES, "CMD-3", "a batch is answered item by item within 3 s")
async def answers(subject: Subject) -> None:
    machine, name, value = await _value(subject)
    began = time.monotonic()
    answer = await _commit(subject, str(uuid.uuid4()), machine, name, value)
    took = time.monotonic() - began
    expect(
        took < ANSWER_WITHIN_S,
        sentence(
            "words-answer-within-s-was-expected-took",
            "expected an answer within 3 s, but it took {took} s",
            took=format(took, ".1f"),
        ),
    )
    items = [(each.machine, each.field) for each in answer.results]
    expect(
        items == [(machine, name)],
        sentence(
            "words-one-result-was-expected-came",
            "expected one result for {machine} {name}, but got {items}",
            machine=machine,
            name=name,
            items=items,
        ),
    )


@rule(BATCHES, "TX-4", "a write that changes nothing yields an outcome on the stream")
async def echoes(subject: Subject) -> None:
    machine, name, value = await _value(subject)
    tx_id = str(uuid.uuid4())
    async with subject.socket() as socket:
        await socket.snapshot(machine_id(machine))
        await _commit(subject, tx_id, machine, name, value)

        def is_it(frame: Down) -> bool:
            return isinstance(frame, Delta | Snapshot) and any(
                each.tx_id == tx_id and each.outcome in FINAL_OUTCOMES for each in frame.tx
            )

        await socket.until(is_it, f"a final outcome of {tx_id}", 12.0)


@rule(BATCHES, "CMD-2", "the same txId with the same body is answered as before, with another it is 422")
async def repeats(subject: Subject) -> None:
    machine, name, value = await _value(subject)
    tx_id = str(uuid.uuid4())
    await _commit(subject, tx_id, machine, name, value)
    deadline = time.monotonic() + 12.0
    while (again := await _post(subject, tx_id, machine, name, value)).status_code == 409:
        if time.monotonic() > deadline:
            raise BrokenError(
                sentence(
                    "words-progress-stays-s-batch-settles-within",
                    "409 in-progress stays for 12 s; a batch settles within 5 s of its dispatch",
                )
            )
        await asyncio.sleep(0.2)
    expect(
        again.status_code == 200,
        sentence(
            "words-was-expected-same-batch-came",
            "expected 200 for the same batch, but got {statuscode}",
            statuscode=again.status_code,
        ),
    )
    other = await _post(subject, tx_id, machine, name, value, reason="another body")
    expect(
        other.status_code == 422,
        sentence(
            "words-was-expected-another-body-came",
            "expected 422 for another body, but got {statuscode}",
            statuscode=other.status_code,
        ),
    )


@rule(BATCHES, "CMD-3", "GET /api/batches/{txId} answers with the batch, and 404 for an unknown one")
async def batch_by_id(subject: Subject) -> None:
    machine, name, value = await _value(subject)
    tx_id = str(uuid.uuid4())
    await _commit(subject, tx_id, machine, name, value)
    looked_up = await subject.http.get(f"/api/batches/{tx_id}")
    expect(
        looked_up.status_code == 200,
        sentence(
            "words-was-expected-batch-came",
            "expected 200 for a batch, but got {statuscode}",
            statuscode=looked_up.status_code,
        ),
    )
    expect(
        looked_up.json().get("txId") == tx_id, sentence("words-batch-has-its-txid", "the batch has its txId")
    )
    none = await subject.http.get(f"/api/batches/{uuid.uuid4()}")
    expect(
        none.status_code == 404,
        sentence(
            "words-was-expected-no-batch-came",
            "expected 404 if there is no batch, but got {statuscode}",
            statuscode=none.status_code,
        ),
    )


@rule(BATCHES, "CMD-8", "a batch whose notAfter has passed is 409 too-late")
async def too_late(subject: Subject) -> None:
    machine, name, value = await _value(subject)
    answer = await _post(subject, str(uuid.uuid4()), machine, name, value, notAfter=1.0)
    expect(
        answer.status_code == 409,
        sentence(
            "words-was-expected-came-4", "expected 409, but got {statuscode}", statuscode=answer.status_code
        ),
    )


@rule(BATCHES, "TX-2", "a batch without a txId is refused, and the refusal is a problem (RFC 9457)")
async def refuses(subject: Subject) -> None:
    machine, name, value = await _value(subject)
    answer = await subject.http.post("/api/batches", json={"updates": {machine: {name: value}}})
    expect(
        answer.status_code == 422,
        sentence(
            "words-was-expected-came-5", "expected 422, but got {statuscode}", statuscode=answer.status_code
        ),
    )
    kind = answer.headers.get("content-type", "").partition(";")[0]
    expect(
        kind == "application/problem+json",
        sentence(
            "words-application-problem-json-was-expected-came",
            "expected application/problem+json, but got {value}",
            value=kind or "nothing",
        ),
    )


async def _value(subject: Subject) -> tuple[str, str, Any]:
    """A field and its present value; setting it again moves nothing. Raises `UnseenError`."""
    machine, name = subject.target
    async with subject.socket() as socket:
        record = (await socket.snapshot(machine_id(machine))).data.machines.get(machine, {})
    if (
        record.get(name) is None
        or is_critical(record.get("status"))
        or record.get("quality", "GOOD") != "GOOD"
    ):
        raise UnseenError(
            sentence(
                "words-has-no-value-now-cannot-be",
                "{machine} has no value of {name} now, or cannot be written to",
                machine=machine,
                name=name,
            )
        )
    return machine, name, record[name]


async def _post(
    subject: Subject, tx_id: str, machine: str, name: str, value: Any, **more: object
) -> httpx.Response:
    body = {"txId": tx_id, "updates": {machine: {name: value}}, "reason": "setpoint conform", **more}
    return await subject.http.post("/api/batches", json=body)


async def _commit(subject: Subject, tx_id: str, machine: str, name: str, value: Any) -> BatchAnswer:
    answer = await _post(subject, tx_id, machine, name, value)
    if answer.status_code in (401, 403):
        raise UnseenError(
            sentence(
                "words-person-may-not-give-targets",
                "this person may not give targets ({statuscode})",
                statuscode=answer.status_code,
            )
        )
    expect(
        answer.status_code == 200,
        sentence(
            "words-was-expected-came-6",
            "expected 200, but got {statuscode}: {value}",
            statuscode=answer.status_code,
            value=answer.text[:200],
        ),
    )
    try:
        return msgspec.json.decode(answer.content, type=BatchAnswer)
    except msgspec.DecodeError as error:
        raise BrokenError(
            sentence(
                "words-answer-spec-md-section-has-was",
                "expected an answer as section 6 of SPEC.md describes it: {why}",
                why=error,
            )
        ) from error
