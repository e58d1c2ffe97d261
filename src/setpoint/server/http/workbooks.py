"""Workbooks that the server makes: the template, the annotated copy, the history.

Making one takes up to a second of CPU time, so it runs in a thread, with values that were copied before. An uploaded
workbook is opened in a separate process, because it may crash its reader (`setpoint.workbook.process`).
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from setpoint.clock import zone_named
from setpoint.contract.http.batches import BatchStory, ItemResult
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.topics import DASHBOARD, TopicKind, entity_key, topic_kind
from setpoint.contract.values import Value
from setpoint.core.plant import Plant
from setpoint.errors import RequestError
from setpoint.server.http.sight import Sight
from setpoint.texts import ENGLISH
from setpoint.workbook.process import annotate_file
from setpoint.workbook.reasons import reason_of
from setpoint.workbook.row_outcome import Reasons, RowOutcome, unsent_outcomes
from setpoint.workbook.safe import csv_text, put

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"

HISTORY_HEADERS = (
    "Batch",
    "Kind",
    "At",
    "Person",
    "Reason",
    "File",
    "Machine",
    "Field",
    "Before",
    "Target",
    "Status",
    "Value",
    "By",
    "Message",
    "Settled at",
)
MAX_ANNOTATING = 2
"""The number of workbooks opened at a time: each is a process that may use a processor and the memory for reading."""
BOM = "\ufeff"
"""Makes spreadsheet programs read a csv as UTF-8."""


async def filled_template(sight: Sight, topic: str, language: str = ENGLISH) -> bytes:
    """The template for a topic's machines, as of now. Raises `RequestError` 404 for a topic that the person may not
    see.
    """
    from setpoint.workbook.template import template  # noqa: PLC0415  # only if asked for

    plant = sight.plant
    keys = _machines_of(plant, topic)
    names = [field.name for field in plant.writable]
    if not names:
        raise RequestError(
            "no field of this plant can be set, so it has no template", code=ProblemCode.NOTHING_TO_SET
        )
    records = sight.records()
    values = {key: {name: records.get(key, {}).get(name) for name in names} for key in keys}
    known = {(each.machine, each.field): each.rev for each in await sight.changes(None)}
    revs = {key: {name: known.get((key, name), 0) for name in names} for key in keys}
    made_at = local_time(plant.timezone, datetime.now(UTC).timestamp())
    return await asyncio.to_thread(template, plant, keys, values, revs, made_at=made_at, language=language)


def _machines_of(plant: Plant, topic: str) -> list[str]:
    match topic_kind(topic):
        case TopicKind.PLANT:
            return list(plant.machines)
        case TopicKind.LINE:
            for line in plant.lines:
                if line.topic == topic:
                    return [machine.key for machine in line.machines]
        case TopicKind.MACHINE:
            if (key := entity_key(topic)) in plant.machines:
                return [key]
        case None:
            pass
    raise RequestError(
        f"there is no topic {topic[:64]!r}; try {DASHBOARD}, line:01 or m:401",
        code=ProblemCode.UNKNOWN_TOPIC,
        arguments={"name": topic[:64]},
    )


class Annotator:
    """Annotates workbooks with the outcome of each row; a few at a time, the others wait for their turn."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(MAX_ANNOTATING)

    async def annotated(
        self,
        plant: Plant,
        original: bytes,
        story: BatchStory,
        *,
        is_own: bool,
        not_sent: Reasons | None = None,
        language: str = ENGLISH,
    ) -> bytes:
        """The workbook as xlsx.

        With ``is_own`` it is for the person who sent it, and keeps their formulas and formats. ``not_sent`` says why
        targets of the workbook were not sent, by machine and field.
        """
        outcomes = [_row_outcome(plant.timezone, story, item, language) for item in story.results]
        outcomes += unsent_outcomes(not_sent or {}, {(item.machine, item.field) for item in story.results})
        sheet, encoding = (story.source.sheet, story.source.encoding) if story.source else (None, None)
        async with self._turn:
            return await asyncio.to_thread(
                annotate_file,
                original,
                plant,
                outcomes,
                sheet=sheet,
                encoding=encoding,
                is_own=is_own,
                language=language,
            )


def _row_outcome(timezone: str, story: BatchStory, item: ItemResult, language: str) -> RowOutcome:
    return RowOutcome(
        machine=item.machine,
        field=item.field,
        outcome=item.outcome.value,
        reason=reason_of(item, language),
        before=_known(item.before),
        target=_known(item.asked),
        confirmed_at="" if item.at is msgspec.UNSET else local_time(timezone, item.at),
        by=_by(item) or story.person,
    )


async def history_csv(plant: Plant, stories: Sequence[BatchStory]) -> bytes:
    return await asyncio.to_thread(_csv, plant.timezone, stories)


async def history_xlsx(plant: Plant, stories: Sequence[BatchStory]) -> bytes:
    return await asyncio.to_thread(_xlsx, plant.timezone, stories)


def _csv(timezone: str, stories: Iterable[BatchStory]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HISTORY_HEADERS)
    for row in _rows(timezone, stories):
        writer.writerow([csv_text(value) for value in row])
    return (BOM + out.getvalue()).encode()


def _xlsx(timezone: str, stories: Iterable[BatchStory]) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415  # only if asked for

    book = Workbook()
    sheet = book.create_sheet("Batches", 0)
    del book["Sheet"]
    for number, row in enumerate((HISTORY_HEADERS, *_rows(timezone, stories)), 1):
        for column, value in enumerate(row, 1):
            put(sheet, number, column, value)
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _rows(timezone: str, stories: Iterable[BatchStory]) -> Iterator[Sequence[Value]]:
    for story in stories:
        begin = (
            story.tx_id,
            story.kind.value,
            local_time(timezone, story.at),
            story.person,
            story.reason,
            story.source.filename if story.source else None,
        )
        for item in story.results:
            yield (
                *begin,
                item.machine.replace("_", ":", 1),
                item.field,
                _known(item.before),
                _known(item.asked),
                item.outcome.value,
                item.value,
                _by(item),
                item.message,
                None if item.at is msgspec.UNSET else local_time(timezone, item.at),
            )


def _known(value: Value | msgspec.UnsetType) -> Value:
    return None if value is msgspec.UNSET else value


def _by(item: ItemResult) -> str | None:
    """The person or condition that decided it; None if it was the batch's own person."""
    return (item.by.name or item.by.kind.value) if item.by else None


def local_time(timezone: str, ts: float) -> str:
    """An instant in the plant's zone, with its offset."""
    return datetime.fromtimestamp(ts, zone_named(timezone)).isoformat(" ", "seconds")
