"""The interface between the HTTP layer and the rest of the server; the runtime implements it.

It does not know HTTP. A refusal is a `RequestError` with a code, an outside failure is a `WorldError`; the HTTP layer
turns both into problems.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

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
from setpoint.core.limits import PersonLimits
from setpoint.core.plant import Person, Plant
from setpoint.core.shifts import ShiftEntry, ShiftQuery, ShiftQuestion


class Services(Protocol):
    @property
    def plant(self) -> Plant: ...

    @property
    def ts(self) -> float:
        """The plant's calendar time in Unix seconds: the same at the plant server and at every gateway (MIR-7)."""
        ...

    @property
    def is_simulated(self) -> bool:
        """Whether the plant's machines are a simulation, in which `simulate` can cause faults."""
        ...

    def capabilities(self, machine: str) -> list[CapabilityName] | None:
        """The capabilities of a machine: what it can report about itself. None if its source does not say."""
        ...

    @property
    def role(self) -> str:
        """``plant`` or ``gateway``."""
        ...

    @property
    def machines(self) -> Mapping[str, Record]:
        """The hub's live records, read only."""
        ...

    async def changes(self, machines: Collection[str]) -> list[FieldRev]:
        """The last change of each writable field of these machines that was changed or voided."""
        ...

    async def history(
        self, query: HistoryQuery, form: str, units: dict[str, str], changes: bytes
    ) -> tuple[bytes, str]:
        """The recorded values in some format, and its media type. Raises `RequestError` and `StorageError`."""
        ...

    async def shift_report(self, question: ShiftQuestion, form: str) -> tuple[bytes, str]:
        """A shift's report in some format, and its media type. Raises as `history`."""
        ...

    async def shift_entries(self, query: ShiftQuery) -> list[ShiftEntry]: ...

    async def record_shift_entry(self, entry: ShiftEntry) -> None:
        """Returns when it is stored. Raises `StorageError`."""
        ...

    @property
    def history_state(self) -> str:
        """A sentence for people that says whether history is recorded, or why not."""
        ...

    async def targets(self, query: TargetQuery) -> list[PastTarget]: ...

    async def submit(
        self,
        request: BatchRequest,
        person: Person,
        *,
        arrival: Arrival | None = None,
    ) -> BatchAnswer:
        """A batch, up to its answer within 3 s (CMD-3). Raises `RequestError` if the whole batch is refused.

        ``arrival``: when the request came in, if that was before now (CMD-8).
        """
        ...

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
        """Undoes an earlier batch, or retries what failed in it, as the batch ``tx_id``. Raises `RequestError`."""
        ...

    async def cancel(self, tx_id: str, person: Person) -> BatchAnswer:
        """Withdraws the targets of a batch that have not left (CMD-7). Raises `RequestError`."""
        ...

    async def held(self, person: Person) -> list[PendingApproval]:
        """The batches waiting for a second person that this person asked for or may confirm."""
        ...

    async def confirm(
        self, tx_id: str, person: Person, asked_by: Person, *, arrival: Arrival | None = None
    ) -> BatchAnswer:
        """Begins a held batch, with the present rights of the person who asked for it. Raises `RequestError`.

        ``arrival``: when the confirmation came in, if that was before now (CMD-8).
        """
        ...

    async def withdraw(self, tx_id: str, person: Person) -> None:
        """Ends a held batch without sending anything. Raises `RequestError`."""
        ...

    async def batch(self, tx_id: str) -> BatchRecord | None:
        """A batch in its present state, under way or stored."""
        ...

    async def batches(self, query: BatchQuery) -> Page[BatchSummary]: ...

    async def events(self, query: EventQuery) -> Page[Event]: ...

    async def alarms(self) -> list[AlarmChange]:
        """Every alarm that is not normal."""
        ...

    async def alarm_raises(self) -> Sequence[Raise]:
        """The alarms that were raised within the last day, the oldest first."""
        ...

    async def act_on_alarm(self, key: AlarmKey, what: Act) -> AlarmChange:
        """Stores a person's act on an alarm, and carries it out. Raises `RequestError`: 404, 409."""
        ...

    async def acknowledge(self, mark: EventMark) -> None:
        """Stores who acknowledged an event. Raises `RequestError`: 404, 409."""
        ...

    async def keep_file(self, file: KeptFile, account: str, limits: PersonLimits) -> None:
        """Keeps an original workbook as this account's, within its limits. Raises `RequestError` 409."""
        ...

    async def file(self, sha256: str, account: str) -> KeptFile | None:
        """A workbook that this account uploaded."""
        ...

    def simulate_status(self, machine: str, status: str | None) -> None:
        """Asserts a critical status at a simulated machine, or clears it with None. Raises `MisuseError`."""
        ...

    def simulate_fault(self, machine: str, fault: str | None) -> None:
        """Makes a simulated machine freeze, refuse or answer slowly; None ends the fault. Raises `MisuseError`."""
        ...

    async def ready(self) -> None:
        """Raises a `WorldError` that says why batches cannot be taken now."""
        ...
