"""The preview of one command. Each answer at the prompt computes it again; it remembers what it showed (PRE-1)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import msgspec

from setpoint.cli.edits import keys_of
from setpoint.cli.language import t
from setpoint.client import Client
from setpoint.contract.http.machines import FieldRev
from setpoint.contract.topics import line_topic
from setpoint.core.ingest import Ingested
from setpoint.core.preview import Asked, Hold, Known, Preview, State, asked_of, look, tick
from setpoint.errors import ConfigError

REPORTS_WITHIN_S = 5.0
"""How long to wait for the machines. A machine that is still unknown after that is shown as waiting (PRE-2)."""


class LivePreview:
    """One command's preview. ``undoes`` holds the revs of the batch that is undone."""

    def __init__(self, client: Client, undoes: Mapping[str, Mapping[str, int]]) -> None:
        self._client = client
        self._undoes = {machine: dict(revs) for machine, revs in undoes.items()}
        self._preview = Preview(Asked())
        self._changes: dict[tuple[str, str], FieldRev] = {}

    async def look(self, ingested: Ingested) -> Preview:
        """The rows as they are now. Waits up to `REPORTS_WITHIN_S` for machines that are not known yet."""
        asked = msgspec.structs.replace(asked_of(ingested), undoes=self._undoes)
        self._preview = msgspec.structs.replace(self._preview, asked=asked)
        await self._client.subscribe(*(line_topic(line) for line in self._lines(asked.targets)))
        with suppress(TimeoutError):
            async with asyncio.timeout(REPORTS_WITHIN_S):
                await self._client.until(
                    lambda: look(self._preview, self._known()).hold() is not Hold.WAITING
                )
        preview = look(self._preview, self._known())
        moved = {row.machine: None for row in preview.rows if row.state is State.CONFLICT and row.machine}
        if moved:
            for line in self._lines(moved):
                self._changes.update(
                    {(rev.machine, rev.field): rev for rev in await self._client.api.changes(line)}
                )
            preview = look(self._preview, self._known())
        self._preview = preview
        return preview

    def take(self, which: str) -> None:
        """Ticks the conflicts of one row or machine, as they were shown. Raises `ConfigError` if there are none."""
        keys = keys_of(which, self._preview.asked.rows, self._client.plant)
        rows = [row.key for row in self._preview.rows if row.machine in keys and row.state is State.CONFLICT]
        if not rows:
            raise ConfigError(t("edit-no-conflict", which=which))
        self._preview = tick(self._preview, rows, is_in=True, known=self._known())

    def _known(self) -> Known:
        client = self._client
        server = client.server
        return Known(client.plant, server.machines, server.revs, self._changes, client.read_only)

    def _lines(self, machines: Mapping[str, object]) -> list[str]:
        known = self._client.plant.machines
        return list(dict.fromkeys(known[machine].line for machine in machines if machine in known))
