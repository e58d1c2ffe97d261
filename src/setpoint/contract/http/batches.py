"""Batches over HTTP: requests, answers, and lists of earlier batches.

Bounds marked with `documented` appear only in the documents. The core enforces them, because its refusals say where the
mistake is and what to do.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from setpoint.contract.live import By, Outcome
from setpoint.contract.values import Value
from setpoint.message import Message

ANSWER_WITHIN_MS = 3_000
"""The answer's deadline (CMD-3). After this time nothing of a commit may leave any more (CMD-8)."""
MAX_ITEMS = 100_000
MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_NAME = 64
"""Characters in the name of a machine or field."""
MAX_REASON = 500
MAX_FILENAME = 255
MAX_ROWS = 1_000_000
MAX_TS = 253_402_300_800.0
"""The end of the year 9999, in Unix seconds."""
TX_ID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
SHA256_PATTERN = "^[0-9a-f]{64}$"


def documented(description: str = "", **bounds: object) -> msgspec.Meta:
    """A description and bounds for the documents; nothing here checks them."""
    return msgspec.Meta(description=description or None, extra_json_schema=bounds or None)


TxId: TypeAlias = Annotated[
    str,
    documented(
        "A lower-case UUID, made before the request and never used again (TX-2).", pattern=TX_ID_PATTERN
    ),
]
Reason: TypeAlias = Annotated[str, documented("Why; kept in the audit.", maxLength=MAX_REASON)]
Revs: TypeAlias = Annotated[
    dict[str, dict[str, int]],
    msgspec.Meta(description="The revs that the person saw when deciding (CONF-1)."),
]
NotAfter: TypeAlias = Annotated[
    float,
    documented(
        "Unix seconds by the server's clock; from then on nothing of the batch is sent (CMD-8). At most 3 s from the "
        "arrival count.",
        minimum=0,
        maximum=MAX_TS,
    ),
]


class BatchSource(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """The workbook that a batch came from: its name, the SHA-256 of its bytes in hex, and its rows; the sheet that was
    read, and the encoding that the person named, so that the annotated copy is read in the same way."""

    filename: Annotated[str, documented(minLength=1, maxLength=MAX_FILENAME)]
    sha256: Annotated[str, documented(pattern=SHA256_PATTERN)]
    rows: Annotated[int, documented(minimum=0, maximum=MAX_ROWS)]
    sheet: Annotated[str, documented(maxLength=MAX_FILENAME)] | None = None
    encoding: Annotated[str, documented(maxLength=MAX_NAME)] | None = None


class BatchKind(StrEnum):
    """The origin of a batch: a person's targets, the undo of another batch, or a retry of its failed targets."""

    COMMIT = "commit"
    UNDO = "undo"
    RETRY = "retry"


class BatchRequest(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """``POST /api/batches``: targets by machine and field.

    ``base`` holds the revs that the person saw when deciding (CONF-1). ``not_after`` is the instant, in Unix seconds
    of the server's clock, from which on nothing of the batch may leave (CMD-8).
    """

    tx_id: TxId = ""
    updates: Annotated[
        dict[str, dict[str, Value]], msgspec.Meta(description='Targets: {"m_402": {"targetSpeed": 150}}.')
    ] = {}
    base: Revs = {}
    atomic: Annotated[bool, msgspec.Meta(description="All or nothing (CMD-4).")] = False
    source: BatchSource | None = None
    reason: Reason | None = None
    not_after: NotAfter | None = None
    propose: Annotated[
        bool,
        msgspec.Meta(description="Only a proposal: it waits until another person has confirmed it (CMD-9)."),
    ] = False


class AgainRequest(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The body of undo and retry; without a txId the server makes one.

    ``base``: the revs that the person saw. ``items``: the fields that are meant, by machine; all where it is missing.
    ``not_after``: as in a batch (CMD-8).
    """

    tx_id: TxId | None = None
    base: Revs = {}
    items: (
        Annotated[
            dict[str, list[str]],
            msgspec.Meta(description='The fields that are meant, by machine: {"m_402": ["targetSpeed"]}.'),
        ]
        | None
    ) = None
    reason: Reason | None = None
    not_after: NotAfter | None = None


class NotSentRequest(msgspec.Struct, frozen=True, rename="camel"):
    """Why targets of a workbook were not sent, by machine and field, as the preview said it."""

    not_sent: dict[str, dict[str, Annotated[str, msgspec.Meta(max_length=MAX_REASON)]]]


class ItemResult(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """One item of the answer (CMD-3).

    ``value`` is what the machine reports where that is known (``applied``, ``diverged``), the other person's value
    (``conflict``), and the target otherwise. Only ``GET`` answers with ``asked``, ``before`` and ``at``. ``said``:
    the code and arguments of ``message``, where it has some (SAY-1).
    """

    machine: str
    field: str
    outcome: Outcome
    value: Value
    rev: int | None = None
    message: str | None = None
    by: By | None = None
    since: float | None = None
    asked: Value | msgspec.UnsetType = msgspec.UNSET
    before: Value | msgspec.UnsetType = msgspec.UNSET
    at: float | msgspec.UnsetType = msgspec.UNSET
    said: Message | None = None


BatchStatus: TypeAlias = Literal["in-progress", "done"]
IN_PROGRESS: Final = "in-progress"
DONE: Final = "done"


class BatchAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """``status`` is ``in-progress`` while any item is not final, else ``done``."""

    tx_id: str
    status: BatchStatus
    results: list[ItemResult]


class BatchStory(BatchAnswer, frozen=True, rename="camel", omit_defaults=True):
    """One complete batch, as ``GET /api/batches/{txId}`` answers it: outcomes, and who, when, why, from which file."""

    person: str = ""
    at: float = 0.0
    kind: BatchKind = BatchKind.COMMIT
    reason: str | None = None
    source: BatchSource | None = None
    follows: str | None = None


class BatchSummary(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One batch in a list: who, when, why, from which file, and the number of items by outcome (``counts``)."""

    tx_id: str
    person: str
    at: float
    counts: dict[str, int]
    kind: BatchKind = BatchKind.COMMIT
    reason: str | None = None
    source: BatchSource | None = None
    follows: str | None = None


class HeldBatch(msgspec.Struct, frozen=True, rename="camel"):
    """A batch that waits for a second person.

    ``isMine``: this person asked for it, and somebody else has to confirm. ``until``: it is forgotten then.
    """

    tx_id: str
    person: str
    at: float
    until: float
    updates: dict[str, dict[str, Value]]
    reason: str | None
    is_mine: bool
