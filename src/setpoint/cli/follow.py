"""A batch on its way: handed to the server, each target's end said as it comes, withdrawn by ^C."""

from __future__ import annotations

import asyncio
from datetime import tzinfo
from typing import NamedTuple

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from setpoint.cli.console import counted, ending, err, out, shown, zone_of
from setpoint.client import Batch, BatchSource, Client, Follows, Phase, Target
from setpoint.core.ingest import Ingested
from setpoint.core.protocol import ByKind, Outcome
from setpoint.core.topics import machine_id
from setpoint.errors import SetpointError

MAX_ENDS = 200
"""Up to so many targets every end is said; of more, only those that did not pass."""

_HANDED_OVER = frozenset(Outcome) - {
    Outcome.CANCELLED,
    Outcome.BLOCKED,
    Outcome.CONFLICT,
    Outcome.REJECTED,
}
_ENDS = {
    Phase.RECONCILED: "applied",
    Phase.FAILED: "not applied",
    Phase.CONFLICT: "in conflict",
    Phase.CANCELLED: "cancelled",
    Phase.SUPERSEDED: "superseded",
    Phase.UNKNOWN: "unknown",
}


class Sent(NamedTuple):
    batch: Batch
    is_withdrawn: bool = False


async def send(
    client: Client,
    ingested: Ingested,
    *,
    reason: str | None,
    is_atomic: bool,
    is_json: bool,
    source: BatchSource | None,
    follows: Follows | None,
) -> Sent:
    """Commits, and says each row's end as it comes. ^C withdraws what has not left."""
    updates = ingested.batch.valid_rows
    batch, answered = client.begin(
        updates,
        reason=reason,
        is_atomic=is_atomic,
        base=_base(ingested),
        source=source,
        follows=follows,
        tx_id=ingested.batch.tx_id,
    )
    console, zone = out(), zone_of(client.plant)
    total = sum(map(len, updates.values()))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("targets"))
    with Progress(
        *columns, console=console, transient=True, disable=is_json or not console.is_terminal
    ) as bar:
        task = bar.add_task("Following", total=total)
        try:
            async for target in batch:
                bar.update(task, advance=1)
                if not is_json and _is_news(target, total):
                    console.print(_end(target, ingested.rows.get(target.machine), client, zone))
        except asyncio.CancelledError:
            if (this := asyncio.current_task()) is not None:
                this.uncancel()  # ^C was for the batch; a second one is for this
            answered.cancel()
            bar.stop()
            err().print(await _withdrawn(client, batch.tx_id), soft_wrap=True, markup=False)
            return Sent(batch, is_withdrawn=True)
    refusal = await answered
    if not is_json:
        if refusal:
            console.print(f"The server refused the batch: {refusal.message}", style="red")
        words = ", ".join(
            f"{batch.counts[phase]:,} {word}" for phase, word in _ENDS.items() if phase in batch.counts
        )
        console.print(f"{words}. Batch {batch.tx_id}", soft_wrap=True)
    return Sent(batch)


async def _withdrawn(client: Client, tx_id: str) -> str:
    """Asks the server to send nothing more of a batch, and says what that was in time for (CMD-7)."""
    try:
        answer = await client.cancel(tx_id)
    except SetpointError as error:
        return f"It could not be withdrawn: {error.message}. What was sent goes on: setpoint audit --batch {tx_id}"
    if not answer.results:
        return f"Withdrawn before it reached the server: nothing was sent. Batch {tx_id}"
    withdrawn = sum(
        each.outcome is Outcome.CANCELLED and (each.by is None or each.by.kind is ByKind.OPERATOR)
        for each in answer.results
    )
    left = sum(each.outcome in _HANDED_OVER for each in answer.results)
    words = f"Withdrawn: {counted(withdrawn, 'target')} that had not left."
    if left:
        words += f" {left:,} had been handed over and go their way; setpoint undo {tx_id} takes back what they change."
    return f"{words} Batch {tx_id}"


def _base(ingested: Ingested) -> dict[str, dict[str, int]]:
    """The revs as of the template's download, for what is sent; the rest is of machines left out."""
    base: dict[str, dict[str, int]] = {}
    for machine, targets in ingested.batch.valid_rows.items():
        known = ingested.base.get(machine, {})
        revs = {field: known[field] for field in targets if field in known}
        if revs:
            base[machine] = revs
    return base


def _is_news(target: Target, total: int) -> bool:
    """Of a long list only what did not pass; of a refusal of the whole, the one sentence at the end."""
    if target.phase is Phase.FAILED and target.outcome is None:
        return False
    return total <= MAX_ENDS or target.phase is not Phase.RECONCILED


def _end(target: Target, row: int | None, client: Client, zone: tzinfo | None) -> Text:
    field = client.plant.fields_by_name[target.field]
    view = client.view.get(target.machine)
    where = "" if row is None else f"row {row:>5}  "
    what = f"{where}{machine_id(target.machine):<8} {target.field} {shown(target.value, field)}  "
    return Text(what).append_text(ending(target, view.record if view else {}, zone, field))
