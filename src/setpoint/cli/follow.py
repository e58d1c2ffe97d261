"""Commits a batch and prints the outcome of each target as it arrives. ^C withdraws the batch."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import tzinfo
from typing import NamedTuple

import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from setpoint.cli.console import MARK, ending, err, out, shown, zone_of
from setpoint.cli.language import refused, t
from setpoint.cli.preview import words_of
from setpoint.client import Batch, BatchSource, Client, Follows, Phase, Target
from setpoint.contract.live import ByKind
from setpoint.contract.topics import machine_id
from setpoint.contract.values import Value
from setpoint.core.ingest import Ingested
from setpoint.core.preview import Counts, Preview, Row, State, withdrawal_of
from setpoint.errors import SetpointError

MAX_ENDS = 200
"""Up to this many targets, every outcome is printed; beyond it, only those that were not applied."""


class Order(NamedTuple):
    """The targets that a commit sends: the ticked ones of a preview, with the revs that it showed."""

    wanted: Ingested
    preview: Preview
    updates: Mapping[str, Mapping[str, Value]]
    base: Mapping[str, Mapping[str, int]]


class Sent(NamedTuple):
    """``left`` is the number of rows that would change something but were not sent."""

    batch: Batch
    left: int = 0
    is_withdrawn: bool = False


async def send(
    client: Client,
    order: Order,
    *,
    reason: str | None,
    is_atomic: bool,
    is_json: bool,
    source: BatchSource | None,
    follows: Follows | None,
) -> Sent:
    """Commits and prints the outcome of each row as it arrives. ^C withdraws the targets that have not left."""
    ingested, updates = order.wanted, order.updates
    unsent = [row for row in order.preview.rows if _is_unsent(row, updates)]
    left = len({row.row for row in unsent if row.state is State.ERROR}) + sum(
        row.state is not State.ERROR for row in unsent
    )
    batch, answered = client.begin(
        updates,
        reason=reason,
        is_atomic=is_atomic,
        base=order.base,
        source=source,
        follows=follows,
        tx_id=ingested.batch.tx_id,
    )
    console, zone = out(), zone_of(client.plant)
    total = sum(map(len, updates.values()))
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(t("follow-targets")),
    )
    with Progress(
        *columns, console=console, transient=True, disable=is_json or not console.is_terminal
    ) as bar:
        task = bar.add_task(t("follow-following"), total=total)
        try:
            async for target in batch:
                bar.update(task, advance=1)
                if not is_json and _is_news(target, total):
                    console.print(_end(target, ingested.rows.get(target.machine), client, zone))
        except asyncio.CancelledError:
            if (this := asyncio.current_task()) is not None:
                this.uncancel()  # the first ^C withdraws the batch; a second one ends the command
            answered.cancel()
            bar.stop()
            err().print(await _withdrawn(client, batch.tx_id), soft_wrap=True)
            return Sent(batch, left, is_withdrawn=True)
    refusal = await answered
    if not is_json:
        if refusal:
            console.print(t("follow-refused", why=refused(refusal)), style="red")
        for row in unsent:
            if row.machine is not None:
                console.print(_unsent(row, client, zone))
        words = group_words(msgspec.structs.replace(batch.groups, not_sent=left))
        console.print(t("tally-batch", counts=words, batch=batch.tx_id), soft_wrap=True)
    return Sent(batch, left)


async def _withdrawn(client: Client, tx_id: str) -> str:
    """Asks the server to withdraw a batch, and says how much of it was withdrawn in time (CMD-7)."""
    try:
        answer = await client.cancel(tx_id)
    except SetpointError as error:
        return t("follow-not-withdrawn", why=refused(error), batch=tx_id)
    if not answer.results:
        return t("follow-withdrawn-before", batch=tx_id)
    withdrawal = withdrawal_of(answer.results)
    words = [t("follow-withdrawn", count=withdrawal.withdrawn)]
    if withdrawal.handed_over:
        words.append(t("follow-handed-over", count=withdrawal.handed_over, batch=tx_id))
    return " ".join([*words, t("follow-batch", batch=tx_id)])


def _is_unsent(row: Row, updates: Mapping[str, Mapping[str, Value]]) -> bool:
    return row.state is not State.UNCHANGED and row.field not in updates.get(row.machine or "", {})


def _unsent(row: Row, client: Client, zone: tzinfo | None) -> Text:
    """One line for a row that was not sent."""
    field = client.plant.fields_by_name[row.field or ""]
    record = client.server.machines.get(row.machine or "", {})
    note = next((note for note in row.notes if note.args.get("by") == ByKind.OPERATOR), None)
    words = words_of(row, zone) or t("unsent-left-out")
    if row.state is State.CONFLICT and note is not None:
        now = shown(record.get(field.name), field)
        words = f"{MARK['conflict']} {t('became-conflict', who=str(note.args['name']), value=now)}"
    where = "" if row.row is None else f"{t('became-row')} {row.row:>5}  "
    what = f"{where}{machine_id(row.machine or ''):<8} {field.name} {shown(row.target, field)}  "
    return Text(f"{what}{t('became-not-sent', why=words)}", "yellow")


def group_words(counts: Counts) -> str:
    """``2 applied, 1 not applied, 1 unknown``. Always gives the applied ones, also if there are none."""
    words = (
        (counts.open, "tally-open"),
        (counts.applied, "tally-applied"),
        (counts.not_applied, "tally-not-applied"),
        (counts.unknown, "tally-unknown"),
        (counts.not_sent, "tally-not-sent"),
    )
    return ", ".join(t(word, count=count) for count, word in words if count or word == "tally-applied")


def _is_news(target: Target, total: int) -> bool:
    """Whether to print this outcome: in a long list only failures; for a refused batch, not one line for each row."""
    if target.phase is Phase.FAILED and target.outcome is None:
        return False
    return total <= MAX_ENDS or target.phase is not Phase.RECONCILED


def _end(target: Target, row: int | None, client: Client, zone: tzinfo | None) -> Text:
    field = client.plant.fields_by_name[target.field]
    view = client.view.get(target.machine)
    where = "" if row is None else f"{t('became-row')} {row:>5}  "
    what = f"{where}{machine_id(target.machine):<8} {target.field} {shown(target.value, field)}  "
    return Text(what).append_text(ending(target, view.record if view else {}, zone, field))
