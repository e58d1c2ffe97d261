"""``setpoint events`` and ``setpoint alarms``: what happened, and what is wrong now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
import typer

from setpoint.cli.console import (
    DEFAULT_URL,
    As,
    Json,
    Token,
    Url,
    out,
    print_json,
    run,
    shown,
    status_words,
    table_of,
    when,
    zone_of,
)
from setpoint.cli.language import language, t
from setpoint.client import Api, identity_headers
from setpoint.contract.http.alarms import AlarmList, AlarmView
from setpoint.contract.http.machines import Event
from setpoint.core.plant import Plant
from setpoint.texts import localized


def events(
    *,
    line: Annotated[str | None, typer.Option(show_default=False)] = None,
    machine: Annotated[str | None, typer.Option(show_default=False)] = None,
    person: Annotated[str | None, typer.Option(show_default=False)] = None,
    kind: Annotated[
        str | None,
        typer.Option(show_default=False),
    ] = None,
    since: Annotated[datetime | None, typer.Option(show_default=False)] = None,
    until: Annotated[datetime | None, typer.Option(show_default=False)] = None,
    shift: Annotated[
        float | None,
        typer.Option(
            show_default=False,
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 30,
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_: As = None,
    json_: Json = False,
) -> None:
    names = {"line": line, "machine": machine, "person": person, "kind": kind}
    instants = {"since": since and since.timestamp(), "until": until and until.timestamp(), "shift": shift}
    filters = {name: value for name, value in {**names, **instants, "limit": limit}.items() if value}

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
        out().print(t("events-none"))
        return
    zone = zone_of(plant)
    table = table_of("when", "machine", "what", "details", "who", "acknowledged")
    for event in found:
        note = event.acknowledged
        table.add_row(
            when(event.at, zone),
            event.machine.replace("_", ":", 1),
            _what(event),
            _details(event),
            event.person or "",
            note.person if note else "",
        )
    out().print(table)


def _what(event: Event) -> str:
    return t(f"events-alarm-{event.change}" if event.kind == "alarm" else f"events-kind-{event.kind}")


def _details(event: Event) -> str:
    if event.alarm is not None:
        subject = event.label or event.alarm
    elif event.status is not None:
        subject = ", ".join(filter(None, (status_words(event.status), event.cause)))
    elif event.field is not None:
        subject = f"{event.field}: {shown(event.before)} → {shown(event.value)}"
    else:
        subject = ""
    return "\n".join(filter(None, (subject, localized(event.said, event.message or "", language()))))


def alarms(
    *,
    line: Annotated[str | None, typer.Option(show_default=False)] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_: As = None,
    json_: Json = False,
) -> None:

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
    table = table_of("priority", "machine", "alarm", "state", "since", "response")
    for alarm in found.alarms:
        name = alarm.machine.replace("_", ":", 1)
        table.add_row(
            t(f"alarms-priority-{alarm.priority}"),
            name,
            alarm.label,
            _state(alarm),
            when(alarm.since, zone),
            alarm.response,
        )
    if table.row_count:
        out().print(table)
    else:
        out().print(t("alarms-none" if found.defined else "alarms-not-defined"))
    figures = found.figures
    words = [t("alarms-raised", count=figures.raised), t("alarms-standing", count=figures.standing)]
    out().print(" ".join([words[0], *([t("alarms-flood")] if figures.is_flood else []), words[1]]))


def _state(alarm: AlarmView) -> str:
    mark = alarm.out or alarm.shelf or alarm.acknowledged
    words = t(f"alarms-state-{alarm.state}")
    if mark is None:
        return words
    return t("alarms-state-by", state=words, name=mark.by) + (f": {mark.note}" if mark.note else "")
