"""The cost of commits during reads of a long audit, and during a backup.

    python -m benches.beside            150 readers of 1,000,000 entries; a backup of a 500 MB database
    python -m benches.beside --short    the same with 20,000 entries and 20 MB, to check that it works

A commit is `store` of one batch, as the server records it before it sends anything. Readers page through batches and
events, a few at a time, as `Sight` admits them. The promise is a p99 of a commit below 500 ms in both cases, and a
backup in 30 s.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
import uuid
from contextlib import suppress
from pathlib import Path

from benches.audit import fill
from sqlalchemy import insert
from sqlalchemy.engine import make_url

from setpoint.contract.live import Outcome
from setpoint.core.audit.queries import BatchQuery, EventQuery
from setpoint.core.commands.effects import RecordBatch
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.persistence.backup import make_backup
from setpoint.persistence.sql import SqlPersistence
from setpoint.persistence.tables import files
from setpoint.server.http.limits import Limits

READERS = 150
EVERY_S = 0.05
ALONE_S = 5.0
MAX_P99_S, MAX_BACKUP_S = 0.5, 30.0
MEGABYTE = 1024 * 1024


class Commits:
    """Commits one after another, at most 20 a second. ``took`` is in seconds."""

    def __init__(self, store: SqlPersistence) -> None:
        self.took: list[float] = []
        self._store = store

    async def run(self) -> None:
        while True:
            tx_id, at = str(uuid.uuid4()), time.time()
            item = ItemRecord(
                tx_id, "m_401", "targetSpeed", 150, Outcome.PENDING, at, before=100, rev=1, line="01"
            )
            began = time.perf_counter()
            await self._store.store([RecordBatch(BatchRecord(tx_id, "anna", at, "0" * 64, (item,)))])
            self.took.append(time.perf_counter() - began)
            await asyncio.sleep(EVERY_S)

    def p99_s(self) -> float:
        return sorted(self.took)[max(0, int(len(self.took) * 0.99) - 1)]


async def _read(store: SqlPersistence, limits: Limits, number: int) -> None:
    """One reader, of one of ten accounts, that reads page after page."""
    cursor: str | None = None
    while True:
        async with limits.reading(f"reader {number % 10}"):
            page = await store.batches(BatchQuery(limit=500, cursor=cursor))
            await store.events(EventQuery(machine="m_402", limit=500))
        cursor = page.next_cursor


async def _beside_readers(store: SqlPersistence, seconds: float) -> float:
    limits, commits = Limits(), Commits(store)
    tasks = [asyncio.create_task(_read(store, limits, number)) for number in range(READERS)]
    tasks.append(asyncio.create_task(commits.run()))
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
    return commits.p99_s()


async def _beside_backup(store: SqlPersistence, url: str, directory: Path) -> tuple[float, float]:
    commits = Commits(store)
    task = asyncio.create_task(commits.run())
    began = time.perf_counter()
    await asyncio.to_thread(make_backup, make_url(url), directory / "plant.toml", directory / "backup")
    took = time.perf_counter() - began
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return took, commits.p99_s()


async def _run(directory: Path, entries: int, megabytes: int) -> bool:
    url = f"sqlite:///{directory / 'setpoint.sqlite'}"
    store = SqlPersistence(url, timeout_s=60, is_server=True)
    await store.start()
    await fill(store, entries)
    alone = Commits(store)
    task = asyncio.create_task(alone.run())
    await asyncio.sleep(ALONE_S)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    beside_readers = await _beside_readers(store, 4 * ALONE_S)
    missing = megabytes - (directory / "setpoint.sqlite").stat().st_size // MEGABYTE
    for number in range(max(0, missing) // 10):
        async with store.database.writing("filling") as connection:
            row = {"sha256": f"{number:064}", "filename": "a.xlsx", "content": os.urandom(10 * MEGABYTE)}
            await connection.execute(insert(files), row)
    backup_s, beside_backup = await _beside_backup(store, url, directory)
    size = (directory / "setpoint.sqlite").stat().st_size / MEGABYTE
    await store.close()
    print(
        f"p99 of a commit: {alone.p99_s() * 1000:.0f} ms alone, {beside_readers * 1000:.0f} ms beside {READERS} "
        f"readers of {entries:,} entries, {beside_backup * 1000:.0f} ms beside a backup of {size:.0f} MB "
        f"in {backup_s:.1f} s"
    )
    return max(beside_readers, beside_backup) < MAX_P99_S and backup_s < MAX_BACKUP_S


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true")
    is_short = parser.parse_args().short
    with tempfile.TemporaryDirectory() as directory:
        is_held = asyncio.run(
            _run(Path(directory), 20_000 if is_short else 1_000_000, 20 if is_short else 500)
        )
    return 0 if is_held or is_short else 1


if __name__ == "__main__":
    sys.exit(main())
