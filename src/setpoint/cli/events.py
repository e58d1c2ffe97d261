"""``setpoint events`` and ``setpoint alarms``: what happened, and what is wrong now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from setpoint.cli.console import DEFAULT_URL, As, Json, Token, Url, out, print_json, run, shown, when, zone_of
from setpoint.client import Api, identity_headers
from setpoint.contract.http.alarms import AlarmList, AlarmView
from setpoint.contract.http.machines import Event
from setpoint.core.plant import Plant


def events(
    *,
    line: Annotated[str | None, typer.Option(help="Only this line, 01.", show_default=False)] = None,
    machine: Annotated[str | None, typer.Option(help="Only this machine, m:402.", show_default=False)] = None,
    person: Annotated[str | None, typer.Option(help="Only what this person did.", show_default=False)] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="Only these kinds: asserted,alarm,offline,applied,…", show_default=False),
    ] = None,
    since: Annotated[datetime | None, typer.Option(help="From this instant on.", show_default=False)] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this instant.", show_default=False)] = None,
    shift: Annotated[
        float | None,
        typer.Option(
            help="Of the shift that began then, in Unix seconds; setpoint shifts --list names them.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 30,
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_: As = None,
    json_: Json = False,
) -> None:
    """List what happened, newest first: stops, contact, alarms, targets, changes."""
    said = {"line": line, "machine": machine, "person": person, "kind": kind}
    instants = {"since": since and since.timestamp(), "until": until and until.timestamp(), "shift": shift}
    filters = {name: value for name, value in {**said, **instants, "limit": limit}.items() if value}

    async def work() -> None:
        async with Api(url, identity_headers(token, as_)) as api:
            found = (await api.events(filters)).items
            if json_:
                print_json(msgspec.to_builtins(found))
                return
            plant, _ = await api.plant()
            _print_events(found, plant)

    run(work())


def _print_events(found: Sequence[Event], plant: Plant) -> None:
    if not found:
        out().print("No event matches.")
        return
    zone = zone_of(plant)
    table = Table("When", "Machine", "What", "Details", "Who", "Acknowledged by", box=None, pad_edge=False)
    for event in found:
        what = " ".join(filter(None, (event.kind.replace("_", " "), event.change)))
        note = event.acknowledged
        table.add_row(
            when(event.at, zone),
            event.machine.replace("_", ":", 1),
            what,
            _details(event),
            event.person or "",
            note.person if note else "",
        )
    out().print(table)


def _details(event: Event) -> str:
    if event.alarm is not None:
        told = event.alarm
    elif event.status is not None:
        told = ", ".join(filter(None, (event.status, event.cause)))
    elif event.field is not None:
        told = f"{event.field}: {shown(event.before)} → {shown(event.value)}"
    else:
        told = ""
    return "\n".join(filter(None, (told, event.message)))


def alarms(
    *,
    line: Annotated[str | None, typer.Option(help="Only this line, 01.", show_default=False)] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_: As = None,
    json_: Json = False,
) -> None:
    """List the alarms that are not normal, by priority, and how many there were."""

    async def work() -> None:
        async with Api(url, identity_headers(token, as_)) as api:
            found = await api.alarms(line)
            if json_:
                print_json(msgspec.to_builtins(found))
                return
            plant, _ = await api.plant()
            _print_alarms(found, plant)

    run(work())


def _print_alarms(found: AlarmList, plant: Plant) -> None:
    zone = zone_of(plant)
    table = Table("Priority", "Machine", "Alarm", "State", "Since", "What to do", box=None, pad_edge=False)
    for alarm in found.alarms:
        name = alarm.machine.replace("_", ":", 1)
        table.add_row(
            alarm.priority, name, alarm.label, _state(alarm), when(alarm.since, zone), alarm.response
        )
    if table.row_count:
        out().print(table)
    else:
        out().print("No alarm." if found.defined else "The plant file defines no alarms.")
    figures = found.figures
    flood = ", a flood" if figures.is_flood else ""
    out().print(
        f"{figures.raised} raised in the last 10 minutes{flood}; {figures.standing} active for over a day."
    )


def _state(alarm: AlarmView) -> str:
    mark = alarm.out or alarm.shelf or alarm.acknowledged
    by = f" by {mark.by}" if mark else ""
    why = f": {mark.note}" if mark and mark.note else ""
    return f"{alarm.state.replace('_', ' ')}{by}{why}"
