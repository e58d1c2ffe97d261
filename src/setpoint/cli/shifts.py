"""``setpoint shifts``: the time lost in a shift and why, and the OEE with its inputs."""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated

import msgspec
import typer

from setpoint.cli.console import (
    DEFAULT_URL,
    As,
    Json,
    Token,
    Url,
    localized,
    out,
    outcomes,
    print_json,
    run,
    status_words,
    table_of,
    when,
    zone_of,
)
from setpoint.cli.language import say, t
from setpoint.client import Api, identity_headers
from setpoint.contract.http.shifts import Factor, Loss, Oee, ShiftReport, ShiftsAnswer
from setpoint.contract.topics import machine_id
from setpoint.core.plant import Plant
from setpoint.core.shifts.report import THE_MACHINE
from setpoint.errors import ConfigError

MOST_STOPS = 20
MOST_MACHINES = 3
"""The most machines that are shown, to fit a terminal; `--json` has all of them."""


def shifts(
    *,
    shift: Annotated[
        float | None,
        typer.Option(show_default=False),
    ] = None,
    line: Annotated[str | None, typer.Option(show_default=False)] = None,
    list_: Annotated[bool, typer.Option("--list")] = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_: As = None,
    json_: Json = False,
) -> None:
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
            raise ConfigError(_why_none(listed))
        report = await api.shift(listed.shifts[0].since if shift is None else shift, line)
    if is_json:
        print_json(msgspec.to_builtins(report))
    else:
        _print_report(report, plant)


def _why_none(listed: ShiftsAnswer) -> str:
    return t("shifts-none" if listed.is_defined else "shifts-not-defined")


def _print_list(listed: ShiftsAnswer, zone: tzinfo | None, *, is_json: bool) -> None:
    if is_json:
        print_json(msgspec.to_builtins(listed.shifts))
        return
    table = table_of("option", "shift", "from", "until")
    for each in listed.shifts:
        name = f"{each.date} {each.name}"
        table.add_row(f"{each.since:.0f}", name, when(each.since, zone), when(each.until, zone))
    out().print(table if table.row_count else _why_none(listed))


def _print_report(report: ShiftReport, plant: Plant) -> None:
    zone, shift = zone_of(plant), report.shift
    since, until, now = (when(ts, zone) for ts in (shift.since, shift.until, report.until))
    span = t("shifts-span", since=since, until=until)
    if report.until < shift.until:
        span = t("shifts-so-far", since=since, until=until, now=now)
    out().print(f"{t('shifts-of', name=shift.name, date=shift.date)}, {span}")
    out().print(oee_words(report.plant))
    table = table_of("reason", "lost", "stops", "machines")
    for loss in report.losses:
        table.add_row(_loss_name(loss), lasted(loss.seconds), str(loss.stops), _machines_of(loss))
    out().print(table)
    reasons = {loss.reason: _loss_name(loss) for loss in report.losses if loss.kind == "reason"}
    table = table_of("machine", "from", "lasted", "said", "reason", "by")
    for stop in sorted(report.stops, key=lambda each: each.since - each.until)[:MOST_STOPS]:
        cause = ": ".join(filter(None, (status_words(stop.status), stop.cause)))
        giver = t("shifts-by-machine") if stop.by == THE_MACHINE else stop.by
        by = ": ".join(filter(None, (giver, stop.text)))
        began, took = when(stop.since, zone), lasted(stop.until - stop.since)
        reason = reasons.get(stop.reason, stop.reason) if stop.reason else t("shifts-uncategorised")
        table.add_row(machine_id(stop.machine), began, took, cause, reason, by)
    out().print(table if table.row_count else t("shifts-no-stops"))
    if (more := len(report.stops) - MOST_STOPS) > 0:
        out().print(t("shifts-more-stops", count=more))
    for person in report.changes:
        words = t("audit-targets", count=person.targets)
        out().print(f"{person.person}: {words} ({outcomes(person.outcomes)})")
    for note in report.notes:
        out().print(t("shifts-note-of", person=note.person, line=note.line, text=note.text))


def _machines_of(loss: Loss) -> str:
    """The machines with the longest losses, longest first, and the number of others."""
    ordered = sorted(loss.machines.items(), key=lambda each: -each[1])
    named = [f"{machine_id(machine)} {lasted(seconds)}" for machine, seconds in ordered[:MOST_MACHINES]]
    more = len(ordered) - len(named)
    return ", ".join(named) + (f" {t('preview-and-more', count=more)}" if more else "")


def _loss_name(loss: Loss) -> str:
    if loss.kind != "reason":
        return t(f"shifts-{loss.kind}")
    return loss.name or t("shifts-reason-removed", reason=loss.reason or "")


def oee_words(oee: Oee) -> str:
    """OEE with its factors and their inputs, or why it is not known."""
    production, total = lasted(oee.production_s), _count(oee.total)
    ideal = t("shifts-not-known") if oee.ideal_s is None else lasted(oee.ideal_s)
    busy = lasted(oee.planned_busy_s)
    rows = (
        ("oee", oee.oee, ""),
        ("availability", oee.availability, t("shifts-inputs-availability", production=production, busy=busy)),
        (
            "performance",
            oee.performance,
            t("shifts-inputs-performance", ideal=ideal, total=total, production=production),
        ),
        ("quality", oee.quality, t("shifts-inputs-quality", good=_count(oee.good), total=total)),
    )
    named = [(t(f"shifts-{name}"), _share(factor), inputs) for name, factor, inputs in rows]
    width = max(len(name) for name, _, _ in named)
    return "\n".join(f"{name:<{width}}  {share}  {inputs}".rstrip() for name, share, inputs in named)


def _share(factor: Factor) -> str:
    if factor.value is not None:
        return localized(f"{factor.value:.1%}")
    return t("shifts-not-known-why", why=say(factor.why.message)) if factor.why else t("shifts-not-known")


def _count(number: float | None) -> str:
    return t("shifts-count-unknown") if number is None else localized(f"{number:,.0f}")


def lasted(seconds: float) -> str:
    """``7 h 5 min``, ``2 min 30 s``, ``12 s``."""
    whole = round(max(0.0, seconds))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return t("shifts-hours", hours=str(hours), minutes=str(minutes))
    if minutes:
        return t("shifts-minutes", minutes=str(minutes), seconds=str(rest))
    return t("shifts-seconds", seconds=str(rest))
