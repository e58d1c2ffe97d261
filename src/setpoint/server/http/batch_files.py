"""Files of batches over HTTP: exports of the list, and the original workbooks."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated

from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, QueryParameter

from setpoint import clock
from setpoint.contract.http.batches import MAX_FILENAME, BatchStory, NotSentRequest
from setpoint.contract.http.people import PLAIN
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.audit.queries import BatchQuery, KeptFile
from setpoint.core.names import clean_name
from setpoint.errors import RequestError
from setpoint.server.http.batch_bodies import read_not_sent
from setpoint.server.http.body import body_of, json_of
from setpoint.server.http.deps import Provided, download
from setpoint.server.http.openapi import BYTES, TakesFile, refusals, takes
from setpoint.server.http.request import HttpRequest, language_of
from setpoint.server.http.sight import Sight
from setpoint.server.http.workbooks import CSV, XLSX, Annotator, history_csv, history_xlsx

MAX_FILE_BYTES = 20 * 1024 * 1024
"""The size limit of an original workbook that is kept (XL-7)."""
MAX_EXPORTED_BATCHES = 1_000
MAX_EXPORTED_ITEMS = 200_000


class ExportController(Controller):
    path = "/batches"

    @get(
        "/export.csv",
        summary="Batches with every item, as csv",
        media_type=CSV,
        responses=refusals(403, 429, 503),
    )
    async def export_csv(self, sight: Provided[Sight], batch_query: Provided[BatchQuery]) -> Response[bytes]:
        async with sight.exporting():
            content = await history_csv(sight.plant, await _stories(sight, batch_query))
        return download(content, CSV, "setpoint-batches.csv")

    @get(
        "/export.xlsx",
        summary="Batches with every item, as xlsx",
        media_type=XLSX,
        responses=refusals(403, 429, 503),
    )
    async def export_xlsx(self, sight: Provided[Sight], batch_query: Provided[BatchQuery]) -> Response[bytes]:
        async with sight.exporting():
            content = await history_xlsx(sight.plant, await _stories(sight, batch_query))
        return download(content, XLSX, "setpoint-batches.xlsx")


async def _stories(sight: Sight, wanted: BatchQuery) -> list[BatchStory]:
    return await sight.stories(wanted, max_batches=MAX_EXPORTED_BATCHES, max_items=MAX_EXPORTED_ITEMS)


class WorkbookController(Controller):
    @put(
        "/files/{sha256:str}",
        status_code=204,
        summary="Keep an original workbook",
        operation_class=TakesFile,
        responses=refusals(403, 409, 413, 422, 429, 503),
        request_max_body_size=MAX_FILE_BYTES,
    )
    async def keep(
        self,
        request: HttpRequest,
        sight: Provided[Sight],
        sha256: FromPath[str],
        filename: Annotated[str, QueryParameter(min_length=1, max_length=MAX_FILENAME, pattern=PLAIN)],
    ) -> None:
        sight.check_may_keep()
        began_ms = clock.now_ms()
        async with sight.receiving():
            content, sight = await body_of(request, sight, began_ms=began_ms)
            if await asyncio.to_thread(_sha256, content) != sha256:
                raise RequestError(
                    "the body does not have the SHA-256 that the address names; send the file's own bytes",
                    code=ProblemCode.WRONG_HASH,
                )
            await sight.keep_file(KeptFile(sha256, clean_name(filename), content))

    @get(
        "/batches/{tx_id:str}/file",
        summary="The workbook that a batch came from, as it was",
        media_type=BYTES,
        responses=refusals(404, 429, 503),
    )
    async def original(self, sight: Provided[Sight], tx_id: FromPath[str]) -> Response[bytes]:
        kept, _ = await sight.workbook(tx_id)
        return download(kept.content, BYTES, kept.filename)

    @get(
        "/batches/{tx_id:str}/result.xlsx",
        summary="The workbook that a batch came from, with what became of each row",
        media_type=XLSX,
        responses=refusals(403, 404, 429, 503),
    )
    async def result(
        self,
        request: HttpRequest,
        sight: Provided[Sight],
        annotator: Provided[Annotator],
        tx_id: FromPath[str],
    ) -> Response[bytes]:
        return await _annotated(sight, annotator, tx_id, {}, language_of(request))

    @post(
        "/batches/{tx_id:str}/result.xlsx",
        status_code=200,
        summary="The same, and why the rest of the workbook was not sent",
        media_type=XLSX,
        operation_class=takes(NotSentRequest),
        responses=refusals(403, 404, 413, 415, 422, 429, 503),
    )
    async def whole_result(
        self,
        request: HttpRequest,
        sight: Provided[Sight],
        annotator: Provided[Annotator],
        tx_id: FromPath[str],
    ) -> Response[bytes]:
        body, sight = await json_of(request, sight)
        not_sent = read_not_sent(body)
        return await _annotated(sight, annotator, tx_id, not_sent, language_of(request))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def _annotated(
    sight: Sight, annotator: Annotator, tx_id: str, not_sent: Mapping[str, Mapping[str, str]], language: str
) -> Response[bytes]:
    kept, story = await sight.workbook(tx_id)
    is_own = story.person == sight.person.name
    async with sight.exporting():
        content = await annotator.annotated(
            sight.plant, kept.content, story, is_own=is_own, not_sent=not_sent, language=language
        )
    return download(content, XLSX, f"{PurePath(kept.filename).stem}-result.xlsx")
