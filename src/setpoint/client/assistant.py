"""The tools of ``setpoint mcp``, for assistants: read the plant, and propose targets that a person confirms.

They act as one account, with its rights, its rate and its name in the audit. Nothing here changes a machine: a proposal
waits until another person confirms it (CMD-9), and expires after ten minutes.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from math import isnan
from typing import Any, TypeAlias

import msgspec

from setpoint.client.api import check_values
from setpoint.client.client import Client
from setpoint.contract.http.batches import BatchRequest
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.topics import machine_id
from setpoint.contract.values import Value
from setpoint.core.approval.approvals import HELD_FOR_S
from setpoint.errors import MisuseError, RefusedError

Json: TypeAlias = dict[str, Any]
MAX_LISTED = 200
MAX_POINTS = 200


class Assistant:
    """``client`` is open. Every method raises `SetpointError` with a sentence that says what to do."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def describe_plant(self) -> Json:
        """The plant: its lines and machines, and the fields of every machine with type, unit, range or choices, and
        whether a target may be proposed for them."""
        plant = self._client.plant
        return {
            "name": plant.name,
            "timezone": plant.timezone,
            "lines": [
                {"id": line.id, "name": line.name, "machines": [_machine(each.key) for each in line.machines]}
                for line in plant.lines
            ],
            "fields": [
                {
                    "name": field.name,
                    "type": field.type.value,
                    "unit": field.unit,
                    "min": field.minimum,
                    "max": field.maximum,
                    "options": list(field.options),
                    "takesTargets": field.is_writable,
                }
                for field in plant.fields
            ],
        }

    async def read_machines(self, topic: str) -> Json:
        """The newest values of the machines of a line (``line:01``) or of one machine (``m:402``), with status and
        quality. A value whose quality is not GOOD may be out of date; null means that nothing is known."""
        topic = topic if topic.startswith("line:") else _key(topic).replace("_", ":", 1)
        await self._client.subscribe(topic)
        machines = self._client.plant.machines
        wanted = [
            key
            for key, machine in machines.items()
            if topic in (f"line:{machine.line}", key.replace("_", ":", 1))
        ]
        view = self._client.view
        return {_machine(key): dict(view[key].record) for key in wanted if key in view}

    async def list_events(
        self, line: str | None = None, machine: str | None = None, kinds: Sequence[str] = (), limit: int = 50
    ) -> Json:
        """What happened, newest first: stops, contact, alarms, targets and their outcomes, changes. ``kinds`` are
        such as asserted, alarm, offline, applied. Times are Unix seconds."""
        found = await self._client.events(
            line=line, machine=machine and _key(machine), kinds=kinds, limit=_bounded(limit)
        )
        return {"events": msgspec.to_builtins(found)}

    async def list_alarms(self, line: str | None = None) -> Json:
        """The alarms that are not normal, by priority, each with its consequence and what to do."""
        found: Json = msgspec.to_builtins(await self._client.alarms(line))
        return found

    async def read_history(self, machine: str, field: str, since: str = "-8h", until: str = "now") -> Json:
        """The recorded values of one field of a machine, in at most 200 intervals, each with its lowest, highest and
        time-weighted mean value. ``since``: such as -8h or -7d. Null: nothing was known."""
        history = await self._client.history(
            _key(machine), [field], since=since, until=until, width=MAX_POINTS
        )
        found = history[field]
        known = zip(found.at, found.low, found.high, found.number, strict=True)
        points = [[at, *(None if isnan(each) else each for each in rest)] for at, *rest in known]
        return {"unit": found.unit, "columns": ["at", "low", "high", "mean"], "points": points}

    async def shift_report(self, line: str | None = None) -> Json:
        """The report of the newest shift: OEE with its inputs, or why it is not known; losses and stops."""
        found: Json = msgspec.to_builtins(await self._client.shift(line=line))
        return found

    async def read_batch(self, tx_id: str) -> Json:
        """A batch with the outcome of every target: who, when, why. A proposal is a batch once it was confirmed."""
        found: Json = msgspec.to_builtins(await self._client.batch(tx_id))
        return found

    async def propose_targets(self, updates: dict[str, dict[str, Value]], reason: str) -> Json:
        """Proposes targets: {"m:402": {"targetSpeed": 150}}. Nothing is sent to a machine before a person has confirmed
        the proposal on the board. Say in ``reason`` why; that person reads it, and the audit keeps it."""
        await self._check_proposals()
        if not reason.strip():
            raise MisuseError("a proposal needs a reason, for the person who decides")
        check_values(updates)
        if any(value is None for fields in updates.values() for value in fields.values()):
            raise MisuseError("every field of a proposal needs a value, but got null")
        tx_id = str(uuid.uuid4())
        keyed = {_key(machine): fields for machine, fields in updates.items()}
        try:
            await self._client.api.post_batch(BatchRequest(tx_id, keyed, reason=reason, propose=True))
        except RefusedError as refusal:
            if refusal.code != ProblemCode.NEEDS_SECOND_PERSON:
                raise
        return {
            "txId": tx_id,
            "state": "waits for a person, and changes nothing until then",
            "confirmAt": f"{self._client.url}/held",
            "forgottenAfterSeconds": HELD_FOR_S,
        }

    async def _check_proposals(self) -> None:
        """An older server does not know proposals and would carry one out as a batch."""
        document = msgspec.json.decode(await self._client.api.ask("GET", "/schema/openapi.json"))
        body = document["paths"]["/api/batches"]["post"]["requestBody"]
        if "propose" not in body["content"]["application/json"]["schema"].get("properties", {}):
            raise MisuseError("this server does not take proposals; it needs Setpoint 0.2 or newer")


def _key(machine: str) -> str:
    """``m:402`` → ``m_402``."""
    return machine.replace(":", "_", 1)


def _machine(key: str) -> str:
    return machine_id(key)


def _bounded(limit: int) -> int:
    return max(1, min(limit, MAX_LISTED))
