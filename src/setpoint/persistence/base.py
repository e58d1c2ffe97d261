"""The interface of the storage, and its promises.

- **Commit first.** `Persistence.store` returns when everything is durable; it stores all or nothing. Before that, the
  shell hands nothing to a machine and sends no outcome (CMD-1).
- **Once.** A txId is stored once; a second `RecordBatch` with it raises `StorageError` ``batch_exists``.
- **Append-only.** Every record goes into the audit as a hash chain (`setpoint.core.audit.chain`). Entries are never
  changed or removed, and the database itself refuses to do so.
- **Responsive.** No call blocks the event loop for more than a few milliseconds, whatever its size.
- **Errors** are `StorageError`, with the failure and a remedy. The same call may succeed later.

Pages are newest first. A ``cursor`` is opaque text from the page before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from setpoint.contract.http.batches import BatchSummary
from setpoint.contract.http.machines import Event, FieldRev
from setpoint.contract.http.pages import MAX_PAGE, Page
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.alarms import AlarmKey, AlarmState
from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.audit.chain import AuditEntry, Fact, Head
from setpoint.core.audit.changes import Change
from setpoint.core.audit.queries import BatchQuery, EventQuery, KeptFile, PastTarget, TargetQuery
from setpoint.core.commands.effects import LastReported
from setpoint.core.commands.records import BatchRecord
from setpoint.core.events import EventChanges
from setpoint.core.limits import DEFAULT_LIMITS, PersonLimits
from setpoint.core.shifts import ShiftEntry, ShiftQuery
from setpoint.errors import RequestError, StorageError
from setpoint.message import sentence

MAX_FILE_BYTES = 20 * 1024 * 1024
"""The largest workbook that is stored (XL-7)."""
MAX_TS = 1e12
"""A bound for Unix seconds, far above every real instant."""
_MAX_KEY = 100


class Persistence(Protocol):
    async def start(self) -> None:
        """Opens the store and brings its tables up to date. Raises `StorageError`."""

    async def close(self) -> None: ...

    @property
    def is_owner(self) -> bool:
        """Whether this server may send anything to a machine at this instant (LEASE-5). Asks nobody."""

    async def check(self) -> str:
        """Asks whether the store can be written now. Returns the name of the transaction that was stored last.

        If one is still being committed, waits for its end. Raises `StorageError`.
        """

    async def store(
        self, changes: Sequence[Change], facts_too: Sequence[Fact] = (), *, name: str | None = None
    ) -> None:
        """Stores everything in one transaction, with its audit entries, and ``facts_too`` as further entries.

        Raises `StorageError` if nothing was stored, and `InDoubtError` if the commit was not answered. Then `check`
        tells by the ``name`` whether it was stored.
        """

    async def batch(self, tx_id: str) -> BatchRecord | None: ...

    async def batches(self, query: BatchQuery) -> Page[BatchSummary]: ...

    async def events(self, query: EventQuery) -> Page[Event]: ...

    async def store_events(self, changes: EventChanges) -> None:
        """Stores events that the audit does not have, states of alarms, and acknowledgements, in one transaction.

        Raises `RequestError` for an event that does not exist or was acknowledged already.
        """

    async def alarms(self) -> dict[AlarmKey, AlarmState]:
        """The states of alarms that are not in their initial state."""

    async def targets(self, query: TargetQuery) -> list[PastTarget]:
        """Targets that were asked for, newest first."""

    async def shift_entries(self, query: ShiftQuery) -> list[ShiftEntry]:
        """Reasons and notes that touch a time, in the order in which they were given."""

    async def unsettled(self, unknown_since: float) -> list[BatchRecord]:
        """Batches with items that have no final outcome, or that ended ``unknown`` since then; oldest first."""

    async def held(self) -> list[PendingApproval]:
        """The batches that wait for a second person, oldest first, including expired ones."""

    async def revs(self) -> list[FieldRev]: ...

    async def set_points(self) -> list[LastReported]:
        """The set-point of each field that a machine reported last, as far as it was stored with an outcome, with an
        event or as the first one."""

    async def audit(self, after_seq: int = 0, limit: int = MAX_PAGE) -> list[AuditEntry]:
        """Entries of the audit after ``after_seq``, oldest first."""

    async def head(self) -> Head:
        """The newest entry of the audit's chain."""

    async def keep_file(
        self, file: KeptFile, account: str, at: float, limits: PersonLimits = DEFAULT_LIMITS
    ) -> None:
        """Stores a workbook for this account. The same bytes are stored once for all accounts.

        Raises `StorageError` ``file_too_big``, `RequestError` 409 ``files-full`` beyond the account's limits.
        """

    async def file(self, sha256: str, account: str) -> KeptFile | None:
        """The workbook with its name, if this account uploaded it; else None."""


def batch_exists(tx_id: str) -> StorageError:
    return StorageError(
        sentence(
            "words-batch-stored-already-txid-used-once",
            "batch {txid} is stored already; a txId is used once",
            txid=tx_id,
        ),
        code="batch_exists",
    )


def refuse_large(file: KeptFile) -> None:
    """Raises `StorageError` if a workbook is too large."""
    if len(file.content) > MAX_FILE_BYTES:
        raise StorageError(
            sentence(
                "words-workbook-at-most-bytes-kept-has",
                "a workbook of at most {most} bytes is kept, {filename} has {value}",
                most=MAX_FILE_BYTES,
                filename=repr(file.filename),
                value=len(file.content),
            ),
            code="file_too_big",
        )


def refuse_beyond(count: int, size: int, file: KeptFile, limits: PersonLimits) -> None:
    """Raises `RequestError` if an account that has ``count`` files with ``size`` bytes may not store this one too."""
    if count + 1 > limits.kept_files or size + len(file.content) > limits.kept_bytes:
        raise RequestError(
            f"{count} workbooks of {size:,} bytes are kept for this account, of at most {limits.kept_files} and "
            f"{limits.kept_bytes:,}; the batch stands, its file was not kept. An administrator can raise the limit",
            code=ProblemCode.FILES_FULL,
            arguments={"most": limits.kept_files, "megabytes": limits.kept_bytes // 1024 // 1024},
        )


def page_size(limit: int) -> int:
    return max(1, min(limit, MAX_PAGE))


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The end of a page: the instant and the name of its last entry.

    For events, the key is the number of events of that instant that were on the page. A row number would reveal how
    many events there are that the person may not see.
    """

    at: float
    key: str | int

    def text(self) -> str:
        return msgspec.json.encode(self).hex()


def read_cursor(text: str | None, key: type[str] | type[int]) -> Cursor | None:
    """Reads the cursor of a list whose entries have such names. Raises `RequestError` 400 for anything else."""
    if text is None:
        return None
    try:
        cursor = msgspec.json.decode(bytes.fromhex(text), type=Cursor)
    except (ValueError, msgspec.DecodeError) as error:
        raise _no_cursor() from error
    match cursor.key:
        case str() as text:
            is_ours = key is str and text.isprintable() and len(text) <= _MAX_KEY
        case number:
            is_ours = key is int and 0 <= number < 2**31
    if not is_ours or not abs(cursor.at) <= MAX_TS:
        raise _no_cursor()
    return cursor


def events_page(rows: Sequence[Event], size: int, start: Cursor | None) -> Page[Event]:
    """A page of events and the cursor for the next. The caller has read one event more than ``size``."""
    shown = list(rows[:size])
    if len(rows) <= size:
        return Page(shown)
    at = shown[-1].at
    shown_count = sum(event.at == at for event in shown)
    if start is not None and start.at == at:
        shown_count += int(start.key)
    return Page(shown, Cursor(at, shown_count).text())


def _no_cursor() -> RequestError:
    return RequestError(
        "this cursor is not from this server; begin again without it", code=ProblemCode.BAD_CURSOR
    )
