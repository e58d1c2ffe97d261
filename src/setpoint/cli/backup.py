"""``setpoint backup`` and ``setpoint restore``: all the data of a server, into one file and back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from setpoint.cli.accounts import Database, DataDir
from setpoint.cli.language import spoken, t
from setpoint.config import Settings, load_settings
from setpoint.errors import ConfigError
from setpoint.message import Sentence

File = Annotated[Path, typer.Argument(show_default=False)]


def backup(
    file: File,
    *,
    plant: Annotated[Path | None, typer.Option("--plant", show_default=False)] = None,
    data_dir: DataDir = None,
    database: Database = None,
) -> None:
    from setpoint.persistence.backup import make_backup
    from setpoint.persistence.engine import parse_url

    settings = load_settings(data_dir=data_dir, database_url=database, is_there=True)
    plant_file = plant or settings.plant_file
    if plant and not plant.is_file():
        raise ConfigError(t("backup-no-such-plant", file=str(plant)))
    made = make_backup(parse_url(settings.database_url), plant_file, file)
    head = t("backup-up-to", seq=made.seq) if made.seq else ""
    print(t("backup-made", file=str(file), bytes=file.stat().st_size, head=head))
    if not made.has_plant:
        print(t("backup-no-plant", file=str(plant_file)))


def restore(
    file: File,
    *,
    replace: Annotated[bool, typer.Option("--replace")] = False,
    data_dir: DataDir = None,
    database: Database = None,
) -> None:
    from setpoint.persistence.backup import restore_backup
    from setpoint.persistence.engine import parse_url
    from setpoint.persistence.lock import FileLock
    from setpoint.persistence.writer import WAIT_S, open_writer

    settings = load_settings(data_dir=data_dir, database_url=database)
    url = parse_url(settings.database_url)

    async def alone() -> list[Sentence]:
        writer = open_writer(url, timeout_s=settings.database_timeout_s)
        await writer.take(wait_s=WAIT_S)
        try:
            return await asyncio.to_thread(
                restore_backup, file, url, settings.plant_file, is_replacing=replace
            )
        finally:
            await writer.release()

    lock = FileLock(settings.lock_file)
    lock.take(guarded=t("backup-guarded", folder=str(settings.data_dir)), remedy=t("backup-stop-first"))
    try:
        done = asyncio.run(alone())
        _forget_former(settings)
    finally:
        lock.release()
    for each in done:
        print(f"{spoken(each)}.")
    print(t("backup-start"))


def _forget_former(settings: Settings) -> None:
    """Removes the note about the database that the data directory had before."""
    settings.in_use_file.unlink(missing_ok=True)
