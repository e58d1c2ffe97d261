"""``setpoint shifts``: what was lost in a shift, why, and the OEE with what it was made of."""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from setpoint.cli.console import DEFAULT_URL, As, Json, Token, Url, out, print_json, run, when, zone_of
from setpoint.client import Api, identity_headers
from setpoint.contract.http.shifts import Factor, Oee, ShiftReport, ShiftsAnswer
from setpoint.contract.topics import machine_id
from setpoint.core.plant import Plant
from setpoint.errors import ConfigError


def shifts(
    *,
    shift: Annotated[
        float | None,
        typer.Option(
            help="The shift that began then, in Unix seconds; --list names them.", show_default=False
        ),
    ] = None,
    line: Annotated[str | None, typer.Option(help="Only this line.", show_default=False)] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the shifts of the last week.")] = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_: As = None,
    json_: Json = False,
) -> None:
    """Show a shift's report, of the newest shift by default: OEE and why, losses, stops, changes, notes."""
    run(_show(url, token, as_, shift=shift, line=line, is_list=list_, is_json=json_))


async def _show(
    url: str,
    token: str | None,
    user: str | None,
    *,
    shift: float | None,
    line: str | None,
    is_list: bool,
    is_json: bool,
) -> None:
    async with Api(url, identity_headers(token, user)) as api:
        plant, _ = await api.plant()
        listed = await api.shifts()
        if is_list:
            _print_list(listed, zone_of(plant), is_json=is_json)
            return
        if shift is None and not listed.shifts:
            raise ConfigError(listed.why or "no shift was worked in the last week")
        report = await api.shift(listed.shifts[0].since if shift is None else shift, line)
    if is_json:
        print_json(msgspec.to_builtins(report))
    else:
        _print_report(report, plant)


def _print_list(listed: ShiftsAnswer, zone: tzinfo | None, *, is_json: bool) -> None:
    if is_json:
        print_json(msgspec.to_builtins(listed.shifts))
        return
    table = Table("--shift", "Shift", "From", "Until", box=None, pad_edge=False)
    for each in listed.shifts:
        name = f"{each.date} {each.name}"
        table.add_row(f"{each.since:.0f}", name, when(each.since, zone), when(each.until, zone))
    out().print(table if table.row_count else listed.why or "No shift was worked in the last week.")


def _print_report(report: ShiftReport, plant: Plant) -> None:
    zone, shift = zone_of(plant), report.shift
    so_far = "" if report.until >= shift.until else f", so far until {when(report.until, zone)}"
    out().print(
        f"{shift.name} shift of {shift.date}, {when(shift.since, zone)} to {when(shift.until, zone)}{so_far}"
    )
    out().print(oee_words(report.plant))
    table = Table("Reason", "Lost", "Stops", "Machines", box=None, pad_edge=False)
    for loss in report.losses:
        most = sorted(loss.machines.items(), key=lambda each: -each[1])[:3]
        named = ", ".join(f"{machine_id(machine)} {lasted(seconds)}" for machine, seconds in most)
        table.add_row(loss.name, lasted(loss.seconds), str(loss.stops), named)
    out().print(table)
    table = Table("Machine", "From", "Lasted", "Said", "Reason", "By", box=None, pad_edge=False)
    for stop in sorted(report.stops, key=lambda each: each.since - each.until)[:20]:
        said = ": ".join(filter(None, (stop.status, stop.cause)))
        by = ": ".join(filter(None, (stop.by, stop.text)))
        began, took = when(stop.since, zone), lasted(stop.until - stop.since)
        table.add_row(machine_id(stop.machine), began, took, said, stop.reason or "–", by)
    out().print(table)
    for person in report.changes:
        ended = ", ".join(f"{count} {outcome}" for outcome, count in person.outcomes.items())
        out().print(f"{person.person}: {person.targets} targets ({ended})", markup=False)
    for note in report.notes:
        out().print(f"Note of {note.person} for line {note.line}: {note.text}", markup=False)


def oee_words(oee: Oee) -> str:
    """OEE with its factors and their inputs, or why it is not known."""
    ideal = "not known" if oee.ideal_s is None else lasted(oee.ideal_s)
    return "\n".join(
        (
            f"OEE           {_share(oee.oee)}",
            f"Availability  {_share(oee.availability)}  production {lasted(oee.production_s)} of planned busy "
            f"{lasted(oee.planned_busy_s)}",
            f"Performance   {_share(oee.performance)}  ideal time {ideal} of {_count(oee.total)} parts",
            f"Quality       {_share(oee.quality)}  {_count(oee.good)} good of {_count(oee.total)} parts",
        )
    )


def _share(factor: Factor) -> str:
    return f"not known: {factor.why}" if factor.value is None else f"{factor.value:.1%}"


def _count(number: float | None) -> str:
    return "a number not known" if number is None else f"{number:,.0f}"


def lasted(seconds: float) -> str:
    """``7 h 5 min``, ``2 min 30 s``, ``12 s``."""
    whole = round(max(0.0, seconds))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
