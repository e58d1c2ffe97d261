"""``setpoint upload FILE``: shows what a workbook would change, commits it, and follows each row to its end."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from setpoint.cli.commit import Fixes, LeftOut, Reason, Wish, check_asked, commit
from setpoint.cli.console import DEFAULT_URL, EXIT_ROWS, As, Json, Token, Url, err, run
from setpoint.cli.original import Original
from setpoint.client import Client
from setpoint.core.ingest import Ingested
from setpoint.core.ingest import Progress as Validated
from setpoint.errors import ConfigError
from setpoint.workbook.process import Reader

Pick = Annotated[Path, typer.Argument(help="xlsx, xlsm, xls, xlsb, ods or csv.", show_default=False)]
Result = Annotated[
    Path | None,
    typer.Option(
        "--result", help="Write the workbook back, each row with what became of it.", show_default=False
    ),
]


def upload(
    file: Pick,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Send without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on showing the machines afterwards.")] = False,
    atomic: Annotated[bool, typer.Option("--atomic", help="All rows or none.")] = False,
    fixes: Fixes = None,
    left_out: LeftOut = None,
    result: Result = None,
    sheet: Annotated[
        str | None,
        typer.Option(
            "--sheet", help="The sheet to read, by its name; else the active one.", show_default=False
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(
            "--encoding",
            help="The code page of an old csv file, such as windows-1251, gb18030 or shift_jis.",
            show_default=False,
        ),
    ] = None,
    reason: Reason = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_: As = None,
    json_: Json = False,
) -> None:
    """Send a workbook of targets, after a look at what would change, and follow every row to its outcome.

    Exits with 0 when all is done, 1 when rows failed or were refused, 2 when the file is no workbook of targets, 3
    without a connection.
    """
    wish = Wish(yes, dry_run, json_, fixes or [], left_out or [], reason, atomic, watch)
    check_asked(wish)
    if not run(
        _upload(Original.read(file, result, sheet, encoding), wish, Client(url, token=token, user=as_))
    ):
        raise typer.Exit(EXIT_ROWS)


async def _upload(original: Original, wish: Wish, client: Client) -> bool:
    with Reader() as reader:  # it loads while the plant is asked for
        async with client:
            ingested = await _ingest(reader, original, client)
            if wish.is_sure and any(each.code == "no_header" for each in ingested.batch.warnings):
                raise ConfigError(
                    "the rows have no header, so somebody has to look at how they were read: "
                    "leave out --yes, or put the names of the columns above them"
                )
            return await commit(client, ingested, wish, original=original)


async def _ingest(reader: Reader, original: Original, client: Client) -> Ingested:
    """In a process that may die, with a bar for long files; ^C drops it half-way and nothing of it is left."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("rows"))
    is_cancelled = False
    console = err()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"Reading {original.name}", total=None)

        def on_progress(progress: Validated) -> None:
            bar.update(task, completed=progress.done, total=progress.total)

        try:
            return await asyncio.to_thread(
                reader.ingest,
                original.data,
                client.plant,
                str(uuid.uuid4()),
                sheet=original.sheet,
                on_progress=on_progress,
                is_cancelled=lambda: is_cancelled,
            )
        finally:
            is_cancelled = True
