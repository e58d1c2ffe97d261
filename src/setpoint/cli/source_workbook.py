"""The workbook that a person uploads: read it, and write a copy with the outcome of each row."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from setpoint.cli.console import moment, zone_of
from setpoint.cli.language import language, t
from setpoint.client import BatchSource, BatchStory
from setpoint.contract.http.batches import MAX_FILENAME
from setpoint.core.ingest import Ingested
from setpoint.core.plant import Plant
from setpoint.core.preview import Row
from setpoint.errors import ConfigError
from setpoint.workbook.process import annotate_file
from setpoint.workbook.reasons import reason_of
from setpoint.workbook.row_outcome import NOT_SENT, RowOutcome


@dataclass(frozen=True, slots=True)
class SourceWorkbook:
    """The workbook that a person uploads. ``result`` is the path of the annotated copy, if they want one."""

    name: str
    data: bytes
    result: Path | None = None
    sheet: str | None = None
    encoding: str | None = None

    @classmethod
    def read(
        cls, file: Path, result: Path | None, sheet: str | None = None, encoding: str | None = None
    ) -> SourceWorkbook:
        """Raises `ConfigError` if the file cannot be read."""
        try:
            return cls(file.name, file.read_bytes(), result, sheet, encoding)
        except OSError as error:
            raise ConfigError(t("cli-file-not-read", file=str(file), why=error.strerror or "")) from error

    def source(self, ingested: Ingested) -> BatchSource:
        """The audit's record of it. If the name of its sheet cannot be stored, the sheet is found again by its
        rows.
        """
        rows, sheet = ingested.batch.summary.total, ingested.sheet
        is_kept = len(sheet) <= MAX_FILENAME and sheet.isprintable()
        digest = hashlib.sha256(self.data).hexdigest()
        return BatchSource(self.name, digest, rows, sheet if is_kept else None, self.encoding)

    async def write_result(
        self, story: BatchStory | None, plant: Plant, unsent: Iterable[tuple[Row, str]] = ()
    ) -> None:
        """Writes the annotated copy, if the person asked for one. ``unsent`` has the rows that were not sent, and why.

        Raises `ConfigError` if the copy cannot be written.
        """
        if self.result is None:
            return

        zone = zone_of(plant)
        outcomes = (
            []
            if story is None
            else [
                RowOutcome(
                    machine=item.machine,
                    field=item.field,
                    outcome=item.outcome.value,
                    reason=reason_of(item, language()),
                    before=item.before if item.before is not msgspec.UNSET else None,
                    target=item.asked if item.asked is not msgspec.UNSET else None,
                    confirmed_at=moment(item.at, zone) if item.at is not msgspec.UNSET else "",
                    by=item.by.name if item.by else story.person,
                )
                for item in story.results
            ]
        )
        outcomes += [
            RowOutcome(row.machine, row.field, NOT_SENT, why, row.now, row.target)
            for row, why in unsent
            if row.machine is not None and row.field is not None
        ]
        is_cancelled = False
        try:
            workbook = await asyncio.to_thread(
                annotate_file,
                self.data,
                plant,
                outcomes,
                sheet=self.sheet,
                encoding=self.encoding,
                language=language(),
                is_cancelled=lambda: is_cancelled,
            )
        finally:
            is_cancelled = True
        _save(self.result, workbook)


def _save(file: Path, data: bytes) -> None:
    """Writes a file completely or not at all: an existing file stays as it is until the new one is complete."""
    whole = file.resolve()
    part = whole.with_name(f".{whole.name}.part")
    try:
        if whole.exists() and not whole.is_file():
            whole.write_bytes(data)  # a pipe or a device must be written directly; it cannot be replaced
            return
        try:
            part.write_bytes(data)
            part.replace(whole)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(t("cli-result-not-written", file=str(file), why=error.strerror or "")) from error
