"""``setpoint upload FILE``: shows what a workbook would change, commits it, and follows each row to its outcome."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from setpoint.cli.commit import Fixes, LeftOut, Reason, UploadOptions, check_can_ask, commit
from setpoint.cli.console import DEFAULT_URL, EXIT_ROWS, As, Json, Token, Url, err, run
from setpoint.cli.language import t
from setpoint.cli.source_workbook import SourceWorkbook
from setpoint.client import Client
from setpoint.core.ingest import Ingested
from setpoint.core.ingest import Progress as Validated
from setpoint.errors import ConfigError
from setpoint.workbook.process import Reader

Pick = Annotated[Path, typer.Argument(show_default=False)]
Result = Annotated[
    Path | None,
    typer.Option("--result", show_default=False),
]


def upload(
    file: Pick,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    watch: Annotated[bool, typer.Option("--watch")] = False,
    atomic: Annotated[bool, typer.Option("--atomic")] = False,
    fixes: Fixes = None,
    left_out: LeftOut = None,
    result: Result = None,
    sheet: Annotated[
        str | None,
        typer.Option("--sheet", show_default=False),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(
            "--encoding",
            show_default=False,
        ),
    ] = None,
    reason: Reason = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_: As = None,
    json_: Json = False,
) -> None:
    options = UploadOptions(yes, dry_run, json_, fixes or [], left_out or [], reason, atomic, watch)
    check_can_ask(options)
    workbook = SourceWorkbook.read(file, result, sheet, encoding)
    if not run(_upload(workbook, options, Client(url, token=token, user=as_))):
        raise typer.Exit(EXIT_ROWS)


async def _upload(workbook: SourceWorkbook, options: UploadOptions, client: Client) -> bool:
    with Reader() as reader:  # it starts while the client fetches the plant
        async with client:
            ingested = await _ingest(reader, workbook, client)
            if options.is_sure and any(each.code == "no_header" for each in ingested.batch.warnings):
                raise ConfigError(t("cli-no-header"))
            return await commit(client, ingested, options, workbook=workbook)


async def _ingest(reader: Reader, workbook: SourceWorkbook, client: Client) -> Ingested:
    """Reads the file in a separate process, with a progress bar for long files. ^C leaves nothing behind."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(t("follow-rows")),
    )
    is_cancelled = False
    console = err()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(t("follow-reading", file=workbook.name), total=None)

        def on_progress(progress: Validated) -> None:
            bar.update(task, completed=progress.done, total=progress.total)

        try:
            return await asyncio.to_thread(
                reader.ingest,
                workbook.data,
                client.plant,
                str(uuid.uuid4()),
                sheet=workbook.sheet,
                encoding=workbook.encoding,
                on_progress=on_progress,
                is_cancelled=lambda: is_cancelled,
            )
        finally:
            is_cancelled = True
