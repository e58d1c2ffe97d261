"""``setpoint watch TOPIC``: machines as a live table in the terminal, with age, targets and stops."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from setpoint.cli.console import (
    DEFAULT_URL,
    MARK,
    As,
    Json,
    Token,
    Url,
    clock,
    critical_words,
    err,
    localized,
    out,
    print_json,
    run,
    shown,
    status_words,
    zone_of,
)
from setpoint.cli.language import t
from setpoint.cli.outcome import end_words
from setpoint.client import Client, MachineView
from setpoint.contract.topics import DASHBOARD, line_topic, machine_id
from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Field, Plant

REFRESH_PER_S = 4
_STATE_STYLE = {"CONNECTED": "green", "CONNECTING": "yellow", "STALE": "yellow", "DISCONNECTED": "bold red"}


def watch(
    topic: Annotated[str, typer.Argument()] = DASHBOARD,
    *,
    once: Annotated[bool, typer.Option("--once")] = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_: As = None,
    json_: Json = False,
) -> None:
    run(_watch(topic, Client(url, token=token, user=as_), is_once=once, is_json=json_))


async def _watch(topic: str, client: Client, *, is_once: bool, is_json: bool) -> None:
    async with client:
        await client.subscribe(topic)
        if is_json:
            await _print_lines(client, topic, is_once=is_once)
        elif is_once:
            out().print(screen(client, _of_topic(client, topic), topic))
        else:
            await _show(client, topic, None)


async def watch_machines(client: Client, machines: list[str]) -> None:
    """The machines as a live table until ^C. The client must have subscribed to their lines."""
    lines = dict.fromkeys(line_topic(client.plant.machines[machine].line) for machine in machines)
    await _show(client, next(iter(lines)), machines)


def _of_topic(client: Client, topic: str) -> list[str]:
    """The topic's machines in the view. The view has others too, because the plant's topic is always subscribed."""
    return sorted(machine for machine in client.view if _is_of(client.plant, machine, topic))


def _is_of(plant: Plant, machine: str, topic: str) -> bool:
    found = plant.machines.get(machine)
    return topic in (DASHBOARD, machine_id(machine)) or (
        found is not None and line_topic(found.line) == topic
    )


async def _print_lines(client: Client, topic: str, *, is_once: bool) -> None:
    for machine in _of_topic(client, topic):
        print_json({"machine": machine, **client.view[machine].record})
    if is_once:
        return
    async for machine in client.changes():
        if not _is_of(client.plant, machine, topic):
            continue
        view = client.view.get(machine)
        print_json({"machine": machine, **(view.record if view else {"removed": True})})


async def _show(client: Client, topic: str, machines: Iterable[str] | None) -> None:
    """Redraws by a clock, not on changes: ages must advance, and a thousand deltas a second need only four redraws."""

    def picture() -> Group:
        return screen(client, machines or _of_topic(client, topic), topic)

    with Live(get_renderable=picture, console=err(), refresh_per_second=REFRESH_PER_S, screen=False):
        await client.until(lambda: False)


def screen(client: Client, machines: Iterable[str], topic: str) -> Group:
    """Connection, KPIs, machines."""
    zone = zone_of(client.plant)
    parts: list[Text | Table] = [_headline(client, topic)]
    if topic == DASHBOARD:
        parts.append(_lines(client))
    rows = [(machine, view) for machine in machines if (view := client.view.get(machine))]
    if rows:
        parts.append(_machines(client, rows, topic, zone))
    elif topic == DASHBOARD:
        parts.append(Text(t("watch-nothing"), "dim"))
    return Group(*parts)


def _headline(client: Client, topic: str) -> Text:
    state = client.state
    words = Text(f"● {t(f'connection-{state}')} ", _STATE_STYLE[state]).append(
        f"{client.plant.name} · {topic}", "bold"
    )
    if client.is_stale(topic):
        words.append(f"  {MARK['stale']} {t('watch-stale')}", "yellow")
    for name, value in (client.kpis.get(topic) or {}).items():
        words.append(f" · {name} {_figure(name, value)}", "dim")
    return words


def _figure(name: str, value: Value) -> str:
    if name == "availability" and isinstance(value, int | float):
        return localized(f"{value:.1%}")
    return shown(round(value, 1) if isinstance(value, float) else value)


def _lines(client: Client) -> Table:
    grid = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    grid.add_column(t("watch-line"))
    figures = client.kpis.get(DASHBOARD) or {}
    for name in figures:
        grid.add_column(name, justify="right")
    for line in client.plant.lines:
        known = client.kpis.get(line.topic) or {}
        grid.add_row(line.topic, *(_figure(name, known.get(name)) for name in figures))
    return grid


def _machines(client: Client, rows: list[tuple[str, MachineView]], topic: str, zone: tzinfo | None) -> Table:
    fields = client.plant.fields if topic != DASHBOARD else ()
    grid = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    grid.add_column(t("preview-machine"))
    grid.add_column(t("watch-status"))
    for field in fields:
        unit = f" {field.unit}" if field.unit else ""
        grid.add_column(f"{field.label or field.name}{unit}", justify="right")
    grid.add_column(t("preview-note"))
    is_stale = client.is_stale(topic) or client.state != "CONNECTED"
    for machine, view in rows:
        is_doubtful = view.record.get("quality") != Quality.GOOD
        cells = [_status(view, zone), *(_cell(view, field) for field in fields), _note(view, zone)]
        grid.add_row(machine_id(machine), *cells, style="dim" if is_stale or is_doubtful else "")
    return grid


def _status(view: MachineView, zone: tzinfo | None) -> Text:
    critical = critical_words(view.record, zone)
    if critical:
        return Text(f"{MARK['critical']} {critical}", "bold white on red")
    return Text(status_words(view.record.get("status")))


def _cell(view: MachineView, field: Field) -> Text:
    """A pending target replaces the set-point in blue, with the machine's own value beside it."""
    bare = _bare(view.record.get(field.name), field)
    overlay = view.overlays.get(field.name)
    if overlay:
        return Text(
            f"{MARK['pending']} {t('watch-pending', target=bare, now=_bare(overlay.server, field))}", "blue"
        )
    return Text(bare)


def _bare(value: Value, field: Field) -> str:
    return shown(value, field).removesuffix(f" {field.unit}") if field.unit else shown(value, field)


def _note(view: MachineView, zone: tzinfo | None) -> Text:
    record = view.record
    for notice in view.notices.values():
        words = end_words(notice.kind, notice.by, notice.message, notice.said)
        return Text(f"{notice.field}: {words}", "yellow")
    quality = record.get("quality")
    if quality != Quality.GOOD:
        seen = record.get("seen")
        words = t(f"quality-{quality or Quality.NEVER_SEEN}")
        if seen is not None:
            words = t("watch-heard", quality=words, time=clock(seen, zone))
        return Text(f"{MARK['stale']} {words}", "yellow")
    return Text("")
