"""The types of the store: its events, its effects and its records.

A *target* is one value for one field of one machine, from its commit to its end. While it is pending and shown it is a
*lock*: the same record, found under its machine and field. A target's ``phase`` is its state in this client; its
``outcome`` is the server's, once there is one. They can differ: if a stop voids a target whose write has already left,
the outcome may still be ``applied`` (SAFE-2, CMD-6).

Every record is frozen, so a record that did not change keeps its identity (TIER-3). Instants are monotonic
milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

import msgspec

from setpoint.contract.live import By, Delta, Hello, Outcome, Snapshot, TxOutcome
from setpoint.contract.values import Record, Value
from setpoint.message import Message

MachineState: TypeAlias = Record
"""One machine as the server reported it, field by field."""

LOCK_MS = 10_000
"""How long a lock holds, including the last millisecond (LOCK-3)."""

FORGET_AFTER_MS = 600_000
"""How long after its commit a transaction is forgotten. The server's audit keeps it."""

RECENT_OUTCOMES = 10
"""Outcomes remembered for each machine."""


class Phase(StrEnum):
    """TX-1. The first three are pending; of the others only ``unknown`` may still change, once."""

    OPTIMISTIC = "optimistic"
    INFLIGHT = "inflight"
    CONFIRMED = "confirmed"
    RECONCILED = "reconciled"
    FAILED = "failed"
    CONFLICT = "conflict"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    UNKNOWN = "unknown"


PENDING_PHASES = frozenset((Phase.OPTIMISTIC, Phase.INFLIGHT, Phase.CONFIRMED))
"""While a target is in one of these, it shows as pending."""


class Status(StrEnum):
    """The state of a transaction's POST. ``lost``: it ended without an answer, so nobody knows whether it arrived."""

    OPTIMISTIC = "optimistic"
    INFLIGHT = "inflight"
    LOST = "lost"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class NoticeKind(StrEnum):
    """A notice about a target's end. ``late``: the outcome came after we had given up on it."""

    RECONCILED = "reconciled"
    FAILED = "failed"
    CONFLICT = "conflict"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    SUPERSEDED = "superseded"
    LATE = "late"


NOTICE_MS: Mapping[NoticeKind, int] = {
    NoticeKind.RECONCILED: 1_500,
    NoticeKind.FAILED: 8_000,
    NoticeKind.CONFLICT: 10_000,
    NoticeKind.CANCELLED: 10_000,
    NoticeKind.UNKNOWN: 30_000,
    NoticeKind.SUPERSEDED: 0,
    NoticeKind.LATE: 10_000,
}
"""How long each stays visible (TX-5): ``reconciled`` as the confirmed look, at least 600 ms and at most 2 s after the
outcome. A superseded target is covered by its successor at once."""


class _Data(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Base of the types that are shown as data: camelCase, without the fields that are absent."""


class Rival(_Data, frozen=True):
    """The latest other change of a locked field, waiting until our own rev is known (CONF-1)."""

    tx_id: str
    rev: int
    by: By | None = None


class Target(_Data, frozen=True):
    """``base`` is the field's rev that the person saw, ``rev`` the one that our own write was given.

    ``at_ms``: when it was committed, in monotonic milliseconds of this client. ``phase``: where it stands (TX-1).
    ``rival``: the latest other change of the field, while our own rev is not known. ``said``: the code and arguments of
    ``message``, if the server gave any (SAY-1).
    """

    tx_id: str
    machine: str
    field: str
    value: Value
    at_ms: int
    phase: Phase
    base: int | None = None
    rev: int | None = None
    rival: Rival | None = None
    outcome: Outcome | None = None
    by: By | None = None
    message: str | None = None
    said: Message | None = None


Lock: TypeAlias = Target
"""A target while it is pending and shown. Its value covers the machine's own."""


class Transaction(_Data, frozen=True):
    """One commit. Replaced whenever one of its ``targets`` (by machine, then field) is.

    ``sent_ms``: when its POST left, in monotonic milliseconds of this client; its limit (CMD-8) counts from then.
    """

    tx_id: str
    at_ms: int
    status: Status
    targets: dict[str, dict[str, Target]]
    sent_ms: int | None = None


class Notice(_Data, frozen=True):
    """``value`` is the target; ``message`` is a sentence for people; it disappears at ``until_ms``."""

    kind: NoticeKind
    machine: str
    field: str
    tx_id: str
    value: Value
    message: str
    until_ms: int
    by: By | None = None
    said: Message | None = None


class Overlay(_Data, frozen=True):
    """One pending field as it is shown: the target, and the machine's own value (TIER-4)."""

    phase: Phase
    tx_id: str
    value: Value
    server: Value
    at_ms: int


class MachineView(msgspec.Struct, frozen=True, rename="camel"):
    """One machine as it is rendered: ``record`` has the pending values in place, ``overlays`` lists them.

    ``notices``: how targets ended, by field, for as long as it is shown.
    """

    record: Record
    overlays: Mapping[str, Overlay]
    notices: Mapping[str, Notice]

    @property
    def is_optimistic(self) -> bool:
        """Whether any target is shown over what the machine reports."""
        return bool(self.overlays)


class Result(_Data, frozen=True):
    """One item of the answer to a batch (section 6)."""

    machine: str
    field: str
    outcome: Outcome
    value: Value = None
    rev: int | None = None
    by: By | None = None
    message: str | None = None
    said: Message | None = None


# ---- events -----------------------------------------------------------------------------------------------


class _Event(msgspec.Struct, frozen=True, tag_field="type", rename="camel"):
    """Events other than frames. Named by ``type``, as frames are."""


class Unsubscribed(_Event, frozen=True, tag="unsubscribed"):
    """We unsubscribed ``topic``. Data that only this topic had is removed."""

    topic: str


class Commit(_Event, frozen=True, tag="commit"):
    """A person gives targets. ``base``: the revs seen when the batch was prepared; fields without one take that of
    `$server`.
    """

    tx_id: str
    updates: dict[str, dict[str, Value]]
    base: dict[str, dict[str, int]] = {}


class Inflight(_Event, frozen=True, tag="inflight"):
    """The POST is about to leave. If nothing is left to send, this is refused and the POST must not leave."""

    tx_id: str


class Cancel(_Event, frozen=True, tag="cancel"):
    """The person takes the batch back before the POST has left."""

    tx_id: str


class Answered(_Event, frozen=True, tag="answered"):
    """HTTP 200 to the POST, or to a later question for the batch."""

    tx_id: str
    results: list[Result]


class Refused(_Event, frozen=True, tag="refused"):
    """The server refused the whole batch (4xx) and did nothing; ``message`` is its reason."""

    tx_id: str
    message: str


class Lost(_Event, frozen=True, tag="lost"):
    """The POST ended without an answer (network, 5xx): it may have arrived."""

    tx_id: str


class NotFound(_Event, frozen=True, tag="notFound"):
    """404 to the question for the batch: the server had no record of it.

    ``asked_ms``: when that question left, in monotonic milliseconds.
    """

    tx_id: str
    asked_ms: int


class Expire(_Event, frozen=True, tag="expire"):
    """A scheduled deadline has passed. Every other event checks the deadlines too."""


class Wake(_Event, frozen=True, tag="wake"):
    """The computer slept or its clock jumped: every lock is due (LOCK-3)."""


Event: TypeAlias = (
    Hello
    | Snapshot
    | Delta
    | Unsubscribed
    | Commit
    | Inflight
    | Cancel
    | Answered
    | Refused
    | Lost
    | NotFound
    | Expire
    | Wake
)
"""One event of a store: a frame, an act of a person, an answer over HTTP, or time."""


# ---- effects ----------------------------------------------------------------------------------------------


class _Effect(msgspec.Struct, frozen=True, tag_field="type", rename="camel", omit_defaults=True):
    """An effect for the shell."""


class Changed(_Effect, frozen=True, tag="changed"):
    """Everything that looks different now: machines and KPIs by key, transactions by txId.

    Always the first of the effects. ``overview``: machines whose overview changed (OVER-3), whether or not they are in
    ``machines``.
    """

    machines: list[str] = []
    kpis: list[str] = []
    transactions: list[str] = []
    overview: list[str] = []


class Notify(_Effect, frozen=True, tag="notify"):
    """Notify the person, once."""

    notice: Notice


class AskBatch(_Effect, frozen=True, tag="askBatch"):
    """``GET /api/batches/{txId}``; answer with `Answered` or `NotFound`. A question that fails is asked again
    after the next `Hello`."""

    tx_id: str


class Schedule(_Effect, frozen=True, tag="schedule"):
    """Send `Expire` at ``at_ms``; replaces the instant asked for before."""

    at_ms: int


Effect: TypeAlias = Changed | Notify | AskBatch | Schedule
"""One effect. The shell of a store carries out all of them, in order."""


class Recent(_Data, frozen=True):
    """An outcome on one of a machine's fields, and when we first received it (Unix seconds)."""

    ts: float
    outcome: TxOutcome


class Transition:
    """The changes and effects of one step, collected while it runs."""

    __slots__ = ("asks", "kpis", "machines", "notices", "now_ms", "overview", "transactions")

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self.machines: dict[str, None] = {}
        self.kpis: dict[str, None] = {}
        self.transactions: dict[str, None] = {}
        self.overview: list[str] = []
        self.notices: list[Notice] = []
        self.asks: dict[str, None] = {}

    def effects(self) -> list[Effect]:
        found: list[Effect] = []
        if self.machines or self.kpis or self.transactions or self.overview:
            found.append(
                Changed(list(self.machines), list(self.kpis), list(self.transactions), self.overview)
            )
        if self.notices:
            found += [Notify(notice) for notice in self.notices]
        if self.asks:
            found += [AskBatch(tx_id) for tx_id in self.asks]
        return found
