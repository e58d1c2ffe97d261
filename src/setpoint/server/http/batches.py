"""Batches over HTTP: send, follow, withdraw and undo them, and store their workbooks."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import PurePath
from typing import Annotated, TypeAlias

import msgspec
from litestar import Response, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from setpoint import clock
from setpoint.contract.http.batches import (
    MAX_BODY_BYTES,
    MAX_FILENAME,
    MAX_REASON,
    AgainRequest,
    BatchAnswer,
    BatchKind,
    BatchRequest,
    BatchStory,
    BatchSummary,
    NotSentRequest,
)
from setpoint.contract.http.pages import Page
from setpoint.contract.http.people import PLAIN
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.audit.queries import BatchQuery, KeptFile
from setpoint.core.commands import Arrival, read_request
from setpoint.core.commands.request import check_not_after, check_tx_id
from setpoint.core.commands.withdrawal import account_of
from setpoint.core.limits import Rate, TokenBuckets
from setpoint.core.names import clean_name
from setpoint.core.plant import Plant
from setpoint.errors import RequestError
from setpoint.server.http.deps import (
    Asking,
    CursorText,
    Instant,
    Limit,
    Text,
    arrived,
    download,
    entity,
    json_body,
)
from setpoint.server.http.openapi import TakesFile, refusals, takes
from setpoint.server.http.sight import Sight, Sights
from setpoint.server.http.workbooks import CSV, XLSX, Annotator, history_csv, history_xlsx

MAX_FILE_BYTES = 20 * 1024 * 1024
"""Of an original workbook that is kept (XL-7)."""
BATCH_RATE = Rate(burst=600, per_s=20)
"""Batches of one account. A person at a board never meets it; a program in a loop is told when to go on, and loses
nothing: the same txId may be sent again (CMD-2)."""
MAX_EXPORTED_BATCHES = 1_000
MAX_EXPORTED_ITEMS = 200_000


Export: TypeAlias = tuple[str | None, str | None, float | None, float | None]
"""Machine, person, since, until."""


def read_not_sent(body: bytes) -> dict[str, dict[str, str]]:
    """Raises `RequestError`: 413 too large, 422 not of the shape."""
    if len(body) > MAX_BODY_BYTES:
        raise RequestError(
            f"a body of at most {MAX_BODY_BYTES} bytes was expected, {len(body)} came",
            code=ProblemCode.BATCH_TOO_LARGE,
        )
    try:
        return msgspec.json.decode(body, type=NotSentRequest).not_sent
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(
            f'{{"notSent": {{"m_402": {{"targetSpeed": "…"}}}}}} was expected: {error}',
            code=ProblemCode.INVALID_BATCH,
        ) from error


def batch_routes(sights: Sights) -> list[HTTPRouteHandler]:
    return [*_writing(sights), *_reading(sights)]


def _paced(sight: Sight, pace: TokenBuckets) -> Sight:
    """The same. Raises `RequestError` 429 if they give more batches than a server of many can take."""
    wait_ms = pace.wait_ms(account_of(sight.person.name), BATCH_RATE, clock.now_ms())
    if wait_ms:
        raise RequestError(
            f"{sight.person.name} gives batches too fast; send this one again, with its txId, in {wait_ms} ms",
            code=ProblemCode.TOO_MANY_BATCHES,
            detail={"retryAfterMs": wait_ms},
        )
    return sight


def _writing(sights: Sights) -> list[HTTPRouteHandler]:
    pace = TokenBuckets()

    @post(
        "/batches",
        status_code=200,
        summary="Give targets to machines",
        operation_class=takes(BatchRequest, required=("txId", "updates")),
        responses=refusals(409, 413, 415, 422, 429, 503),
    )
    async def submit(request: Asking) -> BatchAnswer:
        sight, body, arrival = await asked(request)
        return await sight.submit(_cleaned(read_request(body)), arrival=arrival)

    async def asked(request: Asking, *, is_required: bool = True) -> tuple[Sight, bytes, Arrival]:
        """Who asks, what they sent, and when it was here. How long it was on its way does not count against them, but
        how long the server took to know them does (CMD-8)."""
        came = arrived()
        sight = _paced(await sights.of(request), pace)
        known = arrived()
        body = await json_body(request, is_required=is_required)
        return sight, body, arrived(waited=came, since=known)

    async def again(request: Asking, tx_id: str, kind: BatchKind) -> BatchAnswer:
        sight, sent, arrival = await asked(request, is_required=False)
        body = _again(sent)
        new_tx_id = body.tx_id or str(uuid.uuid4())
        check_tx_id(new_tx_id)
        return await sight.again(tx_id, kind, new_tx_id, body, arrival=arrival)

    @post(
        "/batches/{tx_id:str}/undo",
        status_code=200,
        summary="The values before, as a new batch",
        operation_class=takes(AgainRequest, is_required=False),
        responses=refusals(404, 409, 415, 422, 429, 503),
    )
    async def undo(request: Asking, tx_id: FromPath[str]) -> BatchAnswer:
        return await again(request, tx_id, BatchKind.UNDO)

    @post(
        "/batches/{tx_id:str}/retry",
        status_code=200,
        summary="What failed, as a new batch",
        operation_class=takes(AgainRequest, is_required=False),
        responses=refusals(404, 409, 415, 422, 429, 503),
    )
    async def retry(request: Asking, tx_id: FromPath[str]) -> BatchAnswer:
        return await again(request, tx_id, BatchKind.RETRY)

    @post(
        "/batches/{tx_id:str}/cancel",
        status_code=200,
        summary="Withdraw what has not left",
        responses=refusals(403, 422, 429, 503),
    )
    async def cancel(request: Asking, tx_id: FromPath[str]) -> BatchAnswer:
        sight = _paced(await sights.of(request), pace)
        check_tx_id(tx_id)
        return await sight.cancel(tx_id)

    @put(
        "/files/{sha256:str}",
        status_code=204,
        summary="Keep an original workbook",
        operation_class=TakesFile,
        responses=refusals(403, 409, 413, 422, 429, 503),
        request_max_body_size=MAX_FILE_BYTES,
    )
    async def keep(
        request: Asking,
        sha256: FromPath[str],
        filename: Annotated[str, QueryParameter(min_length=1, max_length=MAX_FILENAME, pattern=PLAIN)],
    ) -> None:
        sight = await sights.of(request)
        sight.check_may_keep()
        content = await request.body()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise RequestError(
                "the body does not have the SHA-256 that the address names; send the file's own bytes",
                code=ProblemCode.WRONG_HASH,
            )
        await sight.keep_file(KeptFile(sha256, clean_name(filename), content))

    return [submit, undo, retry, cancel, keep]


def _reading(sights: Sights) -> list[HTTPRouteHandler]:
    annotator = Annotator()

    @get("/batches", summary="Batches, newest first", responses=refusals(429, 503))
    async def batches(
        request: Asking,
        *,
        machine: Text = None,
        person: Text = None,
        since: Instant = None,
        until: Instant = None,
        cursor: CursorText = None,
        limit: Limit = 50,
    ) -> Page[BatchSummary]:
        wanted = BatchQuery(entity(machine), person or None, since, until, cursor=cursor, limit=limit)
        return await (await sights.of(request)).batches(wanted)

    async def exported(request: Asking, query: Export) -> tuple[Plant, list[BatchStory]]:
        sight = await sights.of(request)
        wanted = BatchQuery(entity(query[0]), query[1] or None, query[2], query[3])
        return sight.plant, await sight.stories(
            wanted, max_batches=MAX_EXPORTED_BATCHES, max_items=MAX_EXPORTED_ITEMS
        )

    @get(
        "/batches/export.csv",
        summary="Batches with every item, as csv",
        media_type=CSV,
        responses=refusals(429, 503),
    )
    async def export_csv(
        request: Asking,
        *,
        machine: Text = None,
        person: Text = None,
        since: Instant = None,
        until: Instant = None,
    ) -> Response[bytes]:
        found = await exported(request, (machine, person, since, until))
        return download(await history_csv(*found), CSV, "setpoint-batches.csv")

    @get(
        "/batches/export.xlsx",
        summary="Batches with every item, as xlsx",
        media_type=XLSX,
        responses=refusals(429, 503),
    )
    async def export_xlsx(
        request: Asking,
        *,
        machine: Text = None,
        person: Text = None,
        since: Instant = None,
        until: Instant = None,
    ) -> Response[bytes]:
        found = await exported(request, (machine, person, since, until))
        return download(await history_xlsx(*found), XLSX, "setpoint-batches.xlsx")

    @get("/batches/{tx_id:str}", summary="One batch with every outcome", responses=refusals(404, 429, 503))
    async def batch(request: Asking, tx_id: FromPath[str]) -> BatchStory:
        return await (await sights.of(request)).story(tx_id)

    @get(
        "/batches/{tx_id:str}/file",
        summary="The workbook that a batch came from, as it was",
        media_type="application/octet-stream",
        responses=refusals(404, 429, 503),
    )
    async def original(request: Asking, tx_id: FromPath[str]) -> Response[bytes]:
        kept, _ = await (await sights.of(request)).workbook(tx_id)
        return download(kept.content, "application/octet-stream", kept.filename)

    @get(
        "/batches/{tx_id:str}/result.xlsx",
        summary="The workbook that a batch came from, with what became of each row",
        media_type=XLSX,
        responses=refusals(404, 429, 503),
    )
    async def result(request: Asking, tx_id: FromPath[str]) -> Response[bytes]:
        sight = await sights.of(request)
        kept, story = await sight.workbook(tx_id)
        is_own = story.person == sight.person.name
        content = await annotator.annotated(sight.plant, kept.content, story, is_own=is_own)
        return download(content, XLSX, f"{PurePath(kept.filename).stem}-result.xlsx")

    @post(
        "/batches/{tx_id:str}/result.xlsx",
        status_code=200,
        summary="The same, and why the rest of the workbook was not sent",
        media_type=XLSX,
        operation_class=takes(NotSentRequest),
        responses=refusals(404, 413, 415, 422, 429, 503),
    )
    async def whole_result(request: Asking, tx_id: FromPath[str]) -> Response[bytes]:
        sight = await sights.of(request)
        reasons = read_not_sent(await json_body(request))
        kept, story = await sight.workbook(tx_id)
        is_own = story.person == sight.person.name
        content = await annotator.annotated(sight.plant, kept.content, story, is_own=is_own, not_sent=reasons)
        return download(content, XLSX, f"{PurePath(kept.filename).stem}-result.xlsx")

    return [batches, export_csv, export_xlsx, batch, original, result, whole_result]


def _cleaned(request: BatchRequest) -> BatchRequest:
    """The name of its workbook as it may be shown; the same name always gives the same (CMD-2)."""
    if request.source is None:
        return request
    source = msgspec.structs.replace(request.source, filename=clean_name(request.source.filename))
    return msgspec.structs.replace(request, source=source)


def _again(body: bytes) -> AgainRequest:
    try:
        found = msgspec.json.decode(body, type=AgainRequest) if body else AgainRequest()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(
            f'{{"txId": "…"}} was expected: {error}', code=ProblemCode.INVALID_BATCH
        ) from error
    if found.reason is not None and len(found.reason) > MAX_REASON:
        raise RequestError(f"reason: at most {MAX_REASON} characters", code=ProblemCode.INVALID_BATCH)
    check_not_after(found.not_after)
    return found
