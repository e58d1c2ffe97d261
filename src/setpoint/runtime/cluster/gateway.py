"""The services of a gateway's HTTP layer: from its copy, from the database, or from the plant server."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from setpoint import clock
from setpoint.contract.http.batches import AgainRequest, BatchAnswer, BatchKind, BatchRequest, BatchSummary
from setpoint.contract.http.machines import Event, FieldRev
from setpoint.contract.http.pages import Page
from setpoint.contract.http.plant import CapabilityName
from setpoint.contract.values import Record
from setpoint.core.alarms import AlarmChange, AlarmKey, Raise
from setpoint.core.alarms.state import Act
from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.audit.queries import BatchQuery, EventMark, EventQuery, KeptFile, PastTarget, TargetQuery
from setpoint.core.commands import Arrival, BatchRecord
from setpoint.core.history import HistoryQuery
from setpoint.core.hub.mirror.feed import FRESH_MS
from setpoint.core.limits import PersonLimits
from setpoint.core.plant import Person, Plant
from setpoint.core.shifts import RecordShiftEntry, ShiftEntry, ShiftQuery, ShiftQuestion
from setpoint.errors import MisuseError, NobodyThereError
from setpoint.message import sentence
from setpoint.persistence.base import Persistence
from setpoint.runtime.cluster.calls import Introduction
from setpoint.runtime.cluster.link import OwnerLink, WakingMirror

_SIMULATED_ELSEWHERE = sentence(
    "words-simulated-elsewhere", "machines are simulated at the plant server only"
)


class Gateway:
    """The `Services` of a gateway. It decides nothing: commands go to the plant server."""

    role = "gateway"
    is_simulated = False

    def __init__(
        self, introduction: Introduction, mirror: WakingMirror, link: OwnerLink, persistence: Persistence
    ) -> None:
        self._capabilities = introduction.tells
        self._mirror = mirror
        self._link = link
        self._persistence = persistence

    def introduced(self, introduction: Introduction) -> None:
        """Takes the capabilities of another plant server, or of another plant."""
        self._capabilities = introduction.tells

    # From the copy

    @property
    def plant(self) -> Plant:
        return self._mirror.plant

    @property
    def ts(self) -> float:
        return self._link.clock.ts

    @property
    def machines(self) -> Mapping[str, Record]:
        return self._mirror.machines

    def capabilities(self, machine: str) -> list[CapabilityName] | None:
        return self._capabilities.get(machine)

    @property
    def history_state(self) -> str:
        return self._link.history or "not known"

    async def ready(self) -> None:
        if self._link.complaint:
            raise NobodyThereError(self._link.complaint)
        lag_ms = self._mirror.lag_ms
        if lag_ms is None or lag_ms > FRESH_MS:
            raise NobodyThereError(
                sentence(
                    "words-plant-server-not-heard",
                    "nothing arrives from the plant server; check that it and NATS run",
                )
            )
        await self._persistence.check()

    # From the database

    async def changes(self, machines: Collection[str]) -> list[FieldRev]:
        """The last change of each set-point, but with revs not newer than the values of the copy, so that the bases of
        a workbook fit its values (CONF-1)."""
        wanted, names = set(machines), {field.name for field in self.plant.writable}
        shown = self._mirror.revs
        found: list[FieldRev] = []
        for rev in await self._persistence.revs():
            if rev.machine in wanted and rev.field in names:
                known = shown.get(rev.machine, {}).get(rev.field, 0)
                found.append(msgspec.structs.replace(rev, rev=min(rev.rev, known)))
        return found

    async def batch(self, tx_id: str) -> BatchRecord | None:
        found = await self._persistence.batch(tx_id)
        if found is None:
            found = await self._link.call("batch", tx_id)
        return found

    async def batches(self, query: BatchQuery) -> Page[BatchSummary]:
        return await self._persistence.batches(query)

    async def events(self, query: EventQuery) -> Page[Event]:
        return await self._persistence.events(query)

    async def targets(self, query: TargetQuery) -> list[PastTarget]:
        return await self._persistence.targets(query)

    async def shift_entries(self, query: ShiftQuery) -> list[ShiftEntry]:
        return await self._persistence.shift_entries(query)

    async def record_shift_entry(self, entry: ShiftEntry) -> None:
        await self._persistence.store([RecordShiftEntry(entry)])

    async def keep_file(self, file: KeptFile, account: str, limits: PersonLimits) -> None:
        await self._persistence.keep_file(file, account, self.ts, limits)

    async def file(self, sha256: str, account: str) -> KeptFile | None:
        return await self._persistence.file(sha256, account)

    # From the plant server

    def _arrival(self, arrival: Arrival | None) -> Arrival:
        """When it arrived here, by the plant server's clocks; the plant server fills in ``ts``."""
        now_ms = clock.now_ms() if arrival is None else arrival.now_ms
        return Arrival(self._link.clock.at_owner(now_ms), 0.0)

    async def submit(
        self, request: BatchRequest, person: Person, *, arrival: Arrival | None = None
    ) -> BatchAnswer:
        found: BatchAnswer = await self._link.call("submit", request, person, self._arrival(arrival))
        return found

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
        found: BatchAnswer = await self._link.call(
            "again", followed, kind, tx_id, body, person, self._arrival(arrival)
        )
        return found

    async def cancel(self, tx_id: str, person: Person) -> BatchAnswer:
        found: BatchAnswer = await self._link.call("cancel", tx_id, person)
        return found

    async def held(self, person: Person) -> list[PendingApproval]:
        found: list[PendingApproval] = await self._link.call("held", person)
        return found

    async def confirm(
        self, tx_id: str, person: Person, asked_by: Person, *, arrival: Arrival | None = None
    ) -> BatchAnswer:
        found: BatchAnswer = await self._link.call("confirm", tx_id, person, asked_by, self._arrival(arrival))
        return found

    async def withdraw(self, tx_id: str, person: Person) -> None:
        await self._link.call("withdraw", tx_id, person)

    async def alarms(self) -> list[AlarmChange]:
        found: list[AlarmChange] = await self._link.call("alarms")
        return found

    async def alarm_raises(self) -> Sequence[Raise]:
        found: list[Raise] = await self._link.call("alarm_raises")
        return found

    async def act_on_alarm(self, key: AlarmKey, what: Act) -> AlarmChange:
        found: AlarmChange = await self._link.call("act_on_alarm", key, what)
        return found

    async def acknowledge(self, mark: EventMark) -> None:
        await self._link.call("acknowledge", mark)

    async def history(
        self, query: HistoryQuery, form: str, units: dict[str, str], changes: bytes
    ) -> tuple[bytes, str]:
        found: tuple[bytes, str] = await self._link.call("history", query, form, units, changes)
        return found

    async def shift_report(self, question: ShiftQuestion, form: str) -> tuple[bytes, str]:
        found: tuple[bytes, str] = await self._link.call("shift_report", question, form)
        return found

    # Only at the plant server

    def simulate_status(self, machine: str, status: str | None) -> None:  # noqa: ARG002  # the interface's
        raise MisuseError(_SIMULATED_ELSEWHERE)

    def simulate_fault(self, machine: str, fault: str | None) -> None:  # noqa: ARG002  # the interface's
        raise MisuseError(_SIMULATED_ELSEWHERE)
