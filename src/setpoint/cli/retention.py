"""``setpoint retention``: how long records, workbooks and history are kept. Without a limit nothing is removed."""

from __future__ import annotations

import asyncio
import getpass
import time
from typing import Annotated, Any

import msgspec
import typer

from setpoint.cli.accounts import AsJson, Database, DataDir, print_json
from setpoint.config import load_settings
from setpoint.core.audit.retention import MIN_DAYS, Anchor, Retention


def _days_of(what: str, least: int = MIN_DAYS) -> Any:
    return typer.Option(help=f"Days to keep {what}.", min=least, max=36_500, show_default=False)


_HISTORY = "the history's points, if the plant file does not say keep for their field (roll-ups stay)"
_EVENTS = "events that are not in the audit (targets, alarms, contact, sign-ins)"


def retention(
    *,
    records: Annotated[int | None, _days_of("batches, events and the audit")] = None,
    files: Annotated[int | None, _days_of("uploaded workbooks")] = None,
    history: Annotated[int | None, _days_of(_HISTORY)] = None,
    events: Annotated[int | None, _days_of(_EVENTS, 1)] = None,
    for_ever: Annotated[bool, typer.Option("--for-ever", help="Remove nothing any more.")] = False,
    data_dir: DataDir = None,
    database: Database = None,
    json_: AsJson = False,
) -> None:
    """Show or set how long records are kept. Older ones are removed at once, and by the server once a day."""
    from setpoint.persistence.retention import prune, prune_events, read_retention, set_retention
    from setpoint.persistence.sql import SqlPersistence

    settings = load_settings(data_dir=data_dir, database_url=database)

    async def work() -> tuple[Retention, Anchor | None]:
        store = SqlPersistence(settings.database_url)
        try:
            await store.start()
            keep = Retention() if for_ever else await read_retention(store)
            is_changed = for_ever or (records, files, history, events) != (None, None, None, None)
            keep = Retention(
                records or keep.records,
                files or keep.files,
                history or keep.history,
                events or keep.events,
            )
            if is_changed:
                await set_retention(store, keep)
                removed = await prune(store, keep, time.time(), by=getpass.getuser())
                await prune_events(store, keep, time.time())
                return keep, removed
            return keep, None
        finally:
            await store.close()

    keep, removed = asyncio.run(work())
    if json_:
        print_json({"retention": msgspec.to_builtins(keep), "removed": msgspec.to_builtins(removed)})
        return
    print(
        f"Records are kept {_days(keep.records)}, original workbooks {_days(keep.files)}, points of the history "
        f"{_days(keep.history)}, events that are not in the audit {_days(keep.events)}."
    )
    if history is not None:
        print("The server removes older points when it next looks, within a day, or at its next start.")
    if removed is not None:
        print(
            f"Removed {removed.batches} batches, {removed.events} events, {removed.files} workbooks, and the audit "
            f"up to entry {removed.seq}. An anchor in the audit records this."
        )


def _days(days: int | None) -> str:
    return "for ever" if days is None else f"{days} days"
