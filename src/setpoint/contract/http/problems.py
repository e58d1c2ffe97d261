"""Refusals over HTTP: an RFC 9457 problem with a stable ``type`` for programs."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from setpoint.contract.http.batches import ItemResult

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "/problems/"


class ProblemCode(StrEnum):
    """Every reason for a refusal. On the wire it is the last part of a problem's ``type``.

    Each refusal names a code; the HTTP layer's table maps it to a status.
    """

    # The request itself
    BAD_REQUEST = "bad-request"
    MALFORMED_JSON = "malformed-json"
    JSON_EXPECTED = "json-expected"
    BODY_TOO_LARGE = "body-too-large"
    BODY_TOO_SLOW = "body-too-slow"
    BAD_HOST = "bad-host"
    UNKNOWN_HOST = "unknown-host"
    CROSS_SITE = "cross-site"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    BAD_CURSOR = "bad-cursor"
    TOO_MANY_READS = "too-many-reads"

    # Who is asking
    NOT_SIGNED_IN = "not-signed-in"
    FORBIDDEN = "forbidden"
    BAD_USER = "bad-user"
    WRONG_CREDENTIALS = "wrong-credentials"
    TOO_MANY_ATTEMPTS = "too-many-attempts"
    NO_RIGHTS = "no-rights"
    NO_ACCOUNT = "no-account"
    NO_LINK = "no-link"
    SIGN_IN_FAILED = "sign-in-failed"
    PROVIDER_FAILED = "provider-failed"
    PROVIDER_CLOCK = "provider-clock"

    # People, tokens and links
    BAD_NAME = "bad-name"
    BAD_ROLE = "bad-role"
    BAD_EXPIRY = "bad-expiry"
    NAME_TAKEN = "name-taken"
    WEAK_PASSWORD = "weak-password"
    YOURSELF = "yourself"

    # Batches
    INVALID_BATCH = "invalid-batch"
    BATCH_TOO_LARGE = "batch-too-large"
    TX_ID_REUSED = "tx-id-reused"
    ATOMIC_REFUSED = "atomic-refused"
    TOO_LATE = "too-late"
    IN_PROGRESS = "in-progress"
    UNKNOWN_BATCH = "unknown-batch"
    WITHDRAWN = "withdrawn"
    NOTHING_TO_UNDO = "nothing-to-undo"
    NOTHING_TO_RETRY = "nothing-to-retry"
    NOTHING_TO_SET = "nothing-to-set"
    NEEDS_SECOND_PERSON = "needs-second-person"
    SAME_PERSON = "same-person"
    ASKER_GONE = "asker-gone"
    RIGHTS_CHANGED = "rights-changed"
    TOO_MANY_BATCHES = "too-many-batches"
    TOO_MANY_TARGETS = "too-many-targets"
    TOO_MANY_HELD = "too-many-held"
    TOO_MANY_WITHDRAWN = "too-many-withdrawn"
    TOO_MUCH_UNDER_WAY = "too-much-under-way"

    # Machines and workbooks
    UNKNOWN_MACHINE = "unknown-machine"
    UNKNOWN_TOPIC = "unknown-topic"
    UNKNOWN_FILE = "unknown-file"
    WRONG_HASH = "wrong-hash"
    FILES_FULL = "files-full"
    NOT_SIMULATED = "not-simulated"
    INVALID_EVENT = "invalid-event"
    INVALID_PLANT = "invalid-plant"

    # History
    BAD_HISTORY_QUERY = "bad-history-query"
    UNKNOWN_SIGNAL = "unknown-signal"
    HISTORY_TOO_LARGE = "history-too-large"
    NO_HISTORY = "no-history"

    # Events and alarms
    UNKNOWN_ALARM = "unknown-alarm"
    UNKNOWN_EVENT = "unknown-event"
    ALARM_STATE = "alarm-state"
    INVALID_ACT = "invalid-act"

    # Shifts
    UNKNOWN_SHIFT = "unknown-shift"
    INVALID_SHIFT_ENTRY = "invalid-shift-entry"
    TOO_MANY_ENTRIES = "too-many-entries"

    # The server and the world
    STORAGE_FAILED = "storage-failed"
    SERVER_ERROR = "server-error"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """``type`` is stable and for programs, ``detail`` a sentence for people. The rest comes with some types only.

    ``code`` is the last part of ``type``. ``arguments`` are what the sentence names (a limit, a name), so that a client
    says it in its person's language.
    """

    type: str
    title: str
    status: int
    detail: str = ""
    code: str = ""
    arguments: dict[str, str | int] = {}
    results: list[ItemResult] = []
    retry_after_ms: int | None = None
