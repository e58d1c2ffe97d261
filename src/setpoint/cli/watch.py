"""``setpoint watch TOPIC``: machines as a live table in the terminal, with age, targets and stops."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Annotated

import typer
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType
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
from setpoint.contract.values import Quality, Value, is_critical
from setpoint.core.plant import Field, Plant

REFRESH_PER_S = 4
_GAP = 2
"""The number of spaces between two columns."""
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
    parts: list[RenderableType] = [_headline(client, topic)]
    if topic == DASHBOARD:
        parts.append(_lines(client))
    rows = [(machine, view) for machine in machines if (view := client.view.get(machine))]
    if rows:
        parts.append(_Machines(client, rows, topic, zone))
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


@dataclass(frozen=True, slots=True)
class _Column:
    """``is_whole``: a cell is never broken, because a part of a number or a name would be another number or name."""

    head: str
    cells: Sequence[Text]
    is_number: bool = False
    is_whole: bool = True
    may_go: bool = False

    @property
    def width(self) -> int:
        """The smallest width in which nothing is truncated."""
        parts = [*self.head.split()]
        for cell in self.cells:
            parts.extend([cell.plain] if self.is_whole else cell.plain.split())
        return max(map(cell_len, parts), default=0) + _GAP

    @property
    def full_width(self) -> int:
        """The width in which no cell takes a second line."""
        return max(map(cell_len, (self.head, *(cell.plain for cell in self.cells)))) + _GAP


@dataclass(frozen=True, slots=True)
class _Columns:
    """A table that omits columns, and says so, instead of truncating cells."""

    columns: Sequence[_Column]
    styles: Sequence[str]

    @property
    def width(self) -> int:
        return sum(column.width for column in self.columns)

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterable[RenderableType]:
        kept, room = list(self.columns), options.max_width - self.width
        for column in reversed(self.columns):
            if room < 0 and column.may_go:
                kept.remove(column)
                room += column.width
        grid = Table(box=None, header_style="bold", padding=(0, _GAP, 0, 0))
        for column in kept:
            more = min(max(room, 0), column.full_width - column.width)
            room -= more
            grid.add_column(
                column.head,
                justify="right" if column.is_number else "left",
                width=column.width + more - _GAP,
            )
        for style, *cells in zip(self.styles, *(column.cells for column in kept), strict=True):
            grid.add_row(*cells, style=style)
        yield grid
        if missing := len(self.columns) - len(kept):
            yield Text(t("watch-columns", count=missing), "dim")


def _lines(client: Client) -> _Columns:
    topics = [line.topic for line in client.plant.lines]
    known = [client.kpis.get(topic) or {} for topic in topics]
    figures = (
        _Column(name, [Text(_figure(name, each.get(name))) for each in known], is_number=True, may_go=True)
        for name in client.kpis.get(DASHBOARD) or {}
    )
    return _Columns([_Column(t("watch-line"), [*map(Text, topics)]), *figures], [""] * len(topics))


@dataclass(frozen=True, slots=True)
class _Machines:
    """The machines as a table. If the terminal is too narrow, the starts of stops are shown below it."""

    client: Client
    rows: Sequence[tuple[str, MachineView]]
    topic: str
    zone: tzinfo | None

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterable[RenderableType]:
        whole = self._table(is_narrow=False)
        if whole.width <= options.max_width:
            yield whole
            return
        yield self._table(is_narrow=True)
        for machine, view in self.rows:
            if words := critical_words(view.record, self.zone):
                yield Text(f"{MARK['critical']} {machine_id(machine)} {words}", "red")

    def _table(self, *, is_narrow: bool) -> _Columns:
        views = [view for _, view in self.rows]
        since = [None if is_narrow else critical_words(view.record, self.zone) for view in views]
        is_stale = self.client.is_stale(self.topic) or self.client.state != "CONNECTED"
        return _Columns(
            [
                _Column(t("preview-machine"), [Text(machine_id(machine)) for machine, _ in self.rows]),
                _Column(t("watch-status"), [*map(_status, views, since)]),
                *(
                    _Column(
                        f"{field.label or field.name}{f' {field.unit}' if field.unit else ''}",
                        [_cell(view, field) for view in views],
                        is_number=True,
                        may_go=True,
                    )
                    for field in (self.client.plant.fields if self.topic != DASHBOARD else ())
                ),
                _Column(t("preview-note"), [_note(view, self.zone) for view in views], is_whole=False),
            ],
            ["dim" if is_stale or view.record.get("quality") != Quality.GOOD else "" for view in views],
        )


def _status(view: MachineView, since: str | None) -> Text:
    status = view.record.get("status")
    if is_critical(status):
        return Text(f"{MARK['critical']} {since or status_words(status)}", "bold white on red")
    return Text(status_words(status))


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
