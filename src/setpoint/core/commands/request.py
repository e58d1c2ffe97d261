"""The body of ``POST /api/batches``, its bounds, and the answer.

`read_request` refuses a body that is wrong as a whole, with a `RequestError` that says where. A mistake in one item
does not refuse the others: `admission` makes that item ``rejected``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from itertools import chain

import msgspec

from setpoint.contract.http.batches import (
    DONE,
    IN_PROGRESS,
    MAX_BODY_BYTES,
    MAX_FILENAME,
    MAX_ITEMS,
    MAX_NAME,
    MAX_REASON,
    MAX_ROWS,
    MAX_TS,
    BatchAnswer,
    BatchRequest,
    BatchStatus,
    BatchStory,
    ItemResult,
)
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.errors import RequestError

_TX_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SHA256 = re.compile(r"[0-9a-f]{64}")


_decode = msgspec.json.Decoder(BatchRequest)


def read_request(body: bytes) -> BatchRequest:
    """The request in a body. Raises `RequestError`: 413 too large, 400 not JSON, 422 not of this shape."""
    if len(body) > MAX_BODY_BYTES:
        raise RequestError(
            f"expected a body of at most {MAX_BODY_BYTES} bytes, but got {len(body)}; split the batch",
            code=ProblemCode.BATCH_TOO_LARGE,
        )
    try:
        request = _decode.decode(body)
    except msgspec.ValidationError as error:
        raise _invalid(f"the batch is not of the shape that /schema describes: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(f"expected JSON: {error}", code=ProblemCode.MALFORMED_JSON) from error
    check_request(request)
    return request


def check_request(request: BatchRequest) -> None:
    """Raises `RequestError` if the whole request cannot be used; also checks requests that were not read from JSON."""
    check_tx_id(request.tx_id)
    count = sum(map(len, request.updates.values()))
    if count == 0:
        raise _invalid('updates: expected at least one target, as {"m_402": {"targetSpeed": 150}}')
    if count > MAX_ITEMS:
        raise RequestError(
            f"updates: expected at most {MAX_ITEMS} targets, but got {count}; split the batch",
            code=ProblemCode.BATCH_TOO_LARGE,
            arguments={"most": MAX_ITEMS, "count": count},
        )
    if sum(map(len, request.base.values())) > MAX_ITEMS:
        raise _invalid(f"base: expected at most {MAX_ITEMS} revs")
    for name in dict.fromkeys(chain(request.updates, *request.updates.values())):
        if not 0 < len(name) <= MAX_NAME or not name.isprintable():
            raise _invalid(
                f"updates: expected names of 1 to {MAX_NAME} printable characters, but got {name[:MAX_NAME]!r}"
            )
    if request.reason is not None:
        _check_text("reason", request.reason, MAX_REASON)
    check_not_after(request.not_after)
    if (source := request.source) is not None:
        _check_text("source.filename", source.filename, MAX_FILENAME)
        if not source.filename:
            raise _invalid("source.filename: expected the workbook's name, but got nothing")
        if not _SHA256.fullmatch(source.sha256):
            raise _invalid("source.sha256: expected 64 lower-case hexadecimal digits")
        _check_text("source.sheet", source.sheet or "", MAX_FILENAME)
        _check_text("source.encoding", source.encoding or "", MAX_NAME)
        if not 0 <= source.rows <= MAX_ROWS:
            raise _invalid(f"source.rows: expected 0 to {MAX_ROWS}, but got {source.rows}")


def _check_text(where: str, text: str, longest: int) -> None:
    """A text that every database can store and every screen can show: bounded, without control characters except line
    ends and tabs.
    """
    if len(text) > longest:
        raise _invalid(f"{where}: expected at most {longest} characters, but got {len(text)}")
    if _CONTROL.search(text):
        raise _invalid(f"{where}: control characters cannot be kept; send plain text")


def check_not_after(not_after: float | None) -> None:
    """Raises `RequestError` unless it is an instant in Unix seconds, or none."""
    if not_after is not None and not 0 <= not_after <= MAX_TS:
        raise _invalid(f"notAfter: expected Unix seconds by the server's clock, but got {not_after!r}")


def is_tx_id(text: str) -> bool:
    """Whether a text may be a txId: a UUID in its usual, lower-case form."""
    return _TX_ID.fullmatch(text) is not None


def check_tx_id(tx_id: str) -> None:
    """Raises `RequestError` unless it is a UUID in its usual, lower-case text (TX-2)."""
    if not is_tx_id(tx_id):
        received = repr(tx_id[:MAX_NAME]) if tx_id else "nothing"
        raise _invalid(f"txId: expected a lower-case UUID, made before the request, but got {received}")


def _invalid(message: str) -> RequestError:
    return RequestError(message, code=ProblemCode.INVALID_BATCH)


def digest(request: BatchRequest, person: str, follows: str | None = None) -> str:
    """Distinguishes the same request by the same person from another one under its txId (CMD-2)."""
    # The time of sending is not part of the request's content.
    request = msgspec.structs.replace(request, not_after=None)
    return hashlib.sha256(msgspec.json.encode([person, follows, request], order="deterministic")).hexdigest()


def unknown_batch(tx_id: str) -> RequestError:
    """The refusal for a batch that does not exist, or that the person may not see."""
    return RequestError(
        f"there is no batch {tx_id[:64]!r}", code=ProblemCode.UNKNOWN_BATCH, arguments={"batch": tx_id[:64]}
    )


def in_progress(tx_id: str) -> RequestError:
    """The answer to the same call again, while the batch is under way (CMD-2)."""
    return RequestError(
        f"batch {tx_id} is still running; ask GET /api/batches/{tx_id} for its outcomes",
        code=ProblemCode.IN_PROGRESS,
        arguments={"batch": tx_id},
    )


def result_of(item: ItemRecord) -> ItemResult:
    value = item.asked if item.reported is msgspec.UNSET else item.reported
    return ItemResult(
        item.machine,
        item.field,
        item.outcome,
        value,
        item.rev,
        item.message,
        item.by,
        item.since,
        said=item.said,
    )


def answer_of(tx_id: str, items: Iterable[ItemRecord]) -> BatchAnswer:
    results = [result_of(item) for item in items]
    return BatchAnswer(tx_id, _status(results), results)


def story_of(batch: BatchRecord) -> BatchStory:
    """The complete answer about a batch; `setpoint.core.commands.narrow` reduces it for a person."""
    results = [
        msgspec.structs.replace(result_of(item), asked=item.asked, before=item.before, at=item.at)
        for item in batch.items
    ]
    return BatchStory(
        batch.tx_id,
        _status(results),
        results,
        batch.person,
        batch.at,
        batch.kind,
        batch.reason,
        batch.source,
        batch.follows,
    )


def _status(results: Iterable[ItemResult]) -> BatchStatus:
    return DONE if all(result.outcome.is_final for result in results) else IN_PROGRESS
