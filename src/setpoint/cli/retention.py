"""``setpoint retention``: how long records, workbooks and history are kept. Without a limit nothing is removed."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any

import msgspec
import typer

from setpoint.cli.accounts import AsJson, Database, DataDir, print_json, typist
from setpoint.cli.language import t
from setpoint.config import load_settings
from setpoint.core.audit.retention import MIN_DAYS, Anchor, Retention


def _days_from(least: int) -> Any:
    return typer.Option(min=least, max=36_500, show_default=False)


Days = Annotated[int | None, _days_from(MIN_DAYS)]


def retention(
    *,
    records: Days = None,
    files: Days = None,
    history: Days = None,
    events: Annotated[int | None, _days_from(1)] = None,
    for_ever: Annotated[bool, typer.Option("--for-ever")] = False,
    data_dir: DataDir = None,
    database: Database = None,
    json_: AsJson = False,
) -> None:
    from setpoint.persistence.retention import prune, prune_events, read_retention, set_retention
    from setpoint.persistence.sql import SqlPersistence

    settings = load_settings(data_dir=data_dir, database_url=database, is_there=True)

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
                await set_retention(store, keep, time.time(), by=typist())
                removed = await prune(store, keep, time.time(), by=typist())
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
        t(
            "retention-kept",
            records=_days(keep.records),
            files=_days(keep.files),
            history=_days(keep.history),
            events=_days(keep.events),
        )
    )
    if history is not None:
        print(t("retention-points"))
    if removed is not None:
        counts = {"batches": removed.batches, "events": removed.events, "files": removed.files}
        print(t("retention-removed", **counts, seq=removed.seq))


def _days(days: int | None) -> str:
    return t("retention-for-ever") if days is None else t("retention-days", count=days)
