"""``setpoint audit``: who changed what, when, why and from which file, with the outcomes and the stops in between.

``setpoint audit verify`` checks that the audit is complete: every entry holds the hash of the one before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec
import typer

from setpoint.cli.console import (
    DEFAULT_URL,
    As,
    Json,
    Token,
    Url,
    out,
    outcomes,
    print_json,
    run,
    shown,
    status_words,
    table_of,
    when,
    zone_of,
)
from setpoint.cli.language import language, spoken, t
from setpoint.cli.outcome import end_words
from setpoint.cli.security import show_security
from setpoint.client import Api, identity_headers
from setpoint.config import load_settings
from setpoint.contract.http.batches import BatchStory, BatchSummary
from setpoint.contract.http.machines import AUDITED_KINDS, Event
from setpoint.contract.http.pages import Page
from setpoint.contract.topics import machine_id
from setpoint.core.audit.chain import Head
from setpoint.core.plant import Plant
from setpoint.errors import ConfigError
from setpoint.texts import localized

if TYPE_CHECKING:
    from setpoint.persistence.verify import Verdict

audit = typer.Typer()

EXIT_BROKEN = 1

Entry: TypeAlias = BatchSummary | Event


@audit.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    *,
    machine: Annotated[str | None, typer.Option(show_default=False)] = None,
    person: Annotated[str | None, typer.Option(show_default=False)] = None,
    since: Annotated[datetime | None, typer.Option(show_default=False)] = None,
    until: Annotated[datetime | None, typer.Option(show_default=False)] = None,
    batch: Annotated[str | None, typer.Option("--batch", show_default=False)] = None,
    security: Annotated[bool, typer.Option("--security")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 30,
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_: As = None,
    json_: Json = False,
) -> None:
    if context.invoked_subcommand is not None:
        return
    filters: dict[str, str | float] = {"limit": limit}
    if machine:
        filters["machine"] = machine
    if since:
        filters["since"] = since.timestamp()
    if until:
        filters["until"] = until.timestamp()
    if security:
        by_person = {**filters, "person": person} if person else filters
        run(show_security(url, token, as_, by_person, is_json=json_))
        return
    run(_show(url, token, as_, filters, person=person, tx_id=batch, is_json=json_))


async def _show(
    url: str,
    token: str | None,
    user: str | None,
    filters: dict[str, str | float],
    *,
    person: str | None,
    tx_id: str | None,
    is_json: bool,
) -> None:
    async with Api(url, identity_headers(token, user)) as api:
        plant, _ = await api.plant()
        if tx_id is not None:
            story = await api.batch(tx_id)
            if is_json:
                print_json(msgspec.to_builtins(story))
            else:
                _print_story(story, plant)
            return
        entries = await _entries(api, filters, person)
    if is_json:
        print_json(msgspec.to_builtins(entries))
    else:
        _print_entries(entries, zone_of(plant))


async def _entries(api: Api, filters: dict[str, str | float], person: str | None) -> list[Entry]:
    """Batches and events, newest first. Events have no person, so a filter by person leaves them out."""
    of_person = {**filters, "person": person} if person else filters
    batches = await api.ask("GET", "/api/batches", params=of_person)
    found: list[Entry] = list(msgspec.json.decode(batches, type=Page[BatchSummary]).items)
    if person is None:
        kinds = ",".join(AUDITED_KINDS)
        events = await api.ask("GET", "/api/events", params={**filters, "kind": kinds})
        found += msgspec.json.decode(events, type=Page[Event]).items
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def _print_entries(entries: Iterable[Entry], zone: tzinfo | None) -> None:
    table = table_of("when", "who", "what", "outcome", "why")
    for entry in entries:
        at = when(entry.at, zone)
        if isinstance(entry, BatchSummary):
            total = sum(entry.counts.values())
            what = f"{t(f'audit-{entry.kind}', count=total)}\n{entry.tx_id}"
            source = entry.source.filename if entry.source else ""
            table.add_row(
                at,
                entry.person,
                what,
                outcomes(entry.counts),
                "\n".join(filter(None, (entry.reason, source))),
            )
        else:
            table.add_row(at, machine_id(entry.machine), t(f"events-kind-{entry.kind}"), *_event_words(entry))
    if table.row_count:
        out().print(table)
    else:
        out().print(t("security-none"))


def _event_words(event: Event) -> tuple[str, str]:
    if event.status is not None:
        return status_words(event.status), event.cause or ""
    changed = f"{event.field}: {shown(event.before)} → {shown(event.value)}" if event.field else ""
    return changed, localized(event.said, event.message or "", language())


def _print_story(story: BatchStory, plant: Plant) -> None:
    zone = zone_of(plant)
    kind, at = t(f"audit-{story.kind}", count=len(story.results)), when(story.at, zone)
    head = t("audit-batch", kind=kind, person=story.person, at=at)
    source = t("audit-from", file=story.source.filename) if story.source else ""
    out().print(f"{head}{source}{f': {story.reason}' if story.reason else ''}")
    if story.source:
        words = t("audit-workbook", hash=story.source.sha256, count=story.source.rows)
        out().print(words, style="dim", soft_wrap=True)
    if story.follows:
        out().print(t("audit-follows", batch=story.follows), style="dim", soft_wrap=True)
    table = table_of("machine", "field", "before", "asked", "outcome", "at", "note")
    for item in story.results:
        field = plant.fields_by_name.get(item.field)
        values = [None if value is msgspec.UNSET else value for value in (item.before, item.asked)]
        at = when(item.at, zone) if isinstance(item.at, float) else ""
        name = machine_id(item.machine) if item.machine in plant.machines else item.machine
        table.add_row(
            name,
            item.field,
            *(shown(value, field) for value in values),
            t(f"outcome-{item.outcome}"),
            at,
            end_words(item.outcome, item.by, item.message, item.said),
        )
    out().print(table)


@audit.command()
def verify(
    *,
    data_dir: Annotated[Path | None, typer.Option("--data-dir", show_default=False)] = None,
    database: Annotated[str | None, typer.Option("--database", show_default=False)] = None,
    head: Annotated[
        str | None,
        typer.Option(
            show_default=False,
        ),
    ] = None,
    json_: Json = False,
) -> None:
    from setpoint.persistence.migrate import expect_tables
    from setpoint.persistence.sql import SqlPersistence
    from setpoint.persistence.verify import verify as verify_store

    settings = load_settings(data_dir=data_dir, database_url=database, is_there=True)
    known = _read_head(head) if head else None

    async def work() -> Verdict:
        store = SqlPersistence(settings.database_url)
        try:
            # Verifying changes nothing, so it does not migrate an older database.
            await expect_tables(store.engine)
            await store.start()
            return await verify_store(store, known)
        finally:
            await store.close()

    _print_verdict(asyncio.run(work()), is_json=json_)


def _print_verdict(found: Verdict, *, is_json: bool) -> None:
    last, is_whole = found.head, found.broken is None and not found.total
    if is_json:
        print_json(
            {
                "ok": is_whole,
                "seq": last.seq,
                "hash": last.hash,
                "broken": msgspec.to_builtins(found.broken, enc_hook=str),
                "differences": msgspec.to_builtins(found.differences, enc_hook=str),
                "total": found.total,
            }
        )
    elif found.broken is not None:
        print(t("audit-broken", seq=found.broken.seq, why=spoken(found.broken.reason)))
    elif found.total:
        print(t("audit-differs", count=last.seq, records=found.total))
        for each in found.differences:
            print(f"  {spoken(each.what)} {spoken(each.how)}")
    else:
        print(t("audit-complete", count=last.seq, head=f"{last.seq}:{last.hash}"))
    if not is_whole:
        raise typer.Exit(EXIT_BROKEN)


def _read_head(text: str) -> Head:
    seq, _, digest = text.partition(":")
    if not seq.isdigit() or not digest:
        raise ConfigError(t("audit-no-head", text=text))
    return Head(int(seq), digest)
