"""From what is asked of machines to its last outcome: seen beside the plant, put right, sent, followed.

What `upload` does with a workbook's targets, and `undo` and `retry` with those of an earlier batch.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
import typer

from setpoint.cli.amend import fix, leave_out
from setpoint.cli.console import ask, counted, err, out, zone_of
from setpoint.cli.follow import send
from setpoint.cli.original import Original
from setpoint.cli.preview import Line, is_moved, preview, table, totals, without_unchanged
from setpoint.cli.watch import watch_machines
from setpoint.client import Batch, BatchStory, Client, Follows, Phase
from setpoint.core.commands import FieldRev
from setpoint.core.ingest import Ingested
from setpoint.core.topics import line_topic
from setpoint.errors import ConfigError, RequestError

Reason = Annotated[str | None, typer.Option("--reason", help="Why; kept in the audit.", show_default=False)]
Fixes = Annotated[
    list[str] | None,
    typer.Option(
        "--fix",
        help='Another target: "m:402 targetSpeed=150", or for a wrong row "5 m:402 mode=RUN".',
        show_default=False,
    ),
]
LeftOut = Annotated[
    list[str] | None,
    typer.Option("--leave-out", help="A row or machine that is not to be sent.", show_default=False),
]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person asked of the command."""

    is_sure: bool
    is_dry_run: bool
    is_json: bool
    fixes: Sequence[str]
    left_out: Sequence[str]
    reason: str | None
    is_atomic: bool = False
    is_watched: bool = False


def check_asked(wish: Wish) -> None:
    """Raises `ConfigError` where somebody would have to be asked and nobody can."""
    if not (wish.is_sure or wish.is_dry_run) and (wish.is_json or not is_asked()):
        raise ConfigError("nobody can be asked here: give --yes to send, or --dry-run to look")


def is_asked() -> bool:
    """Somebody sits at the terminal."""
    return sys.stdin.isatty()


async def commit(
    client: Client,
    ingested: Ingested,
    wish: Wish,
    *,
    original: Original | None = None,
    follows: Follows | None = None,
) -> bool:
    """From the preview to the last outcome. Whether everything that was asked for was done, or would be sent."""
    amended = ingested
    for text in wish.fixes:
        amended = fix(amended, text, client.plant)
    for which in wish.left_out:
        amended = leave_out(amended, which, client.plant)
    # Whole and as it was, an undo or a second try is the server's own, which records what it follows.
    whole = ingested if follows else None
    wanted = amended if wish.is_json and wish.is_dry_run else None
    asked, sent, story = None, None, None
    if wanted is None and (seen := await _seen(client, amended, wish, whole)):
        wanted, asked = seen
    if asked is not None and asked.batch.valid_rows and not wish.is_dry_run:
        sent = await send(
            client,
            asked,
            reason=wish.reason,
            is_atomic=wish.is_atomic,
            is_json=wish.is_json,
            source=original.source(asked.batch.summary.total) if original else None,
            follows=follows if asked is whole else None,
        )
        story = await _story(client, sent.batch)
        if original is not None and story is not None and story.source is not None:
            await client.keep_file(original.data, story.source)
    parsed = (wanted or amended).batch
    if wish.is_json:
        print(msgspec.json.encode({"parsed": parsed, "batch": story}).decode())
    if original is not None:
        await original.hand_back(story, client.plant)
    if sent and wish.is_watched and not sent.is_withdrawn:
        await watch_machines(client, list(parsed.valid_rows))
    is_applied = sent is None or (set(sent.batch.counts) <= {Phase.RECONCILED} and not sent.is_withdrawn)
    return is_applied and not parsed.errors


async def _seen(
    client: Client, ingested: Ingested, wish: Wish, whole: Ingested | None
) -> tuple[Ingested, Ingested] | None:
    """The preview, with what the person changes in it: what they want, and what of it is sent; None for nothing.

    What machines have already is not sent; but what the server makes itself, ``whole``, it makes as it does.
    """
    while True:
        lines = await _see(client, ingested)
        asked = ingested if ingested is whole else without_unchanged(ingested, lines)
        if not wish.is_json:
            _show(client, ingested, lines, is_whole=asked is whole)
        targets = asked.batch.valid_rows
        if wish.is_sure or wish.is_dry_run or not targets:
            return ingested, asked
        count = sum(map(len, targets.values()))
        machines = len(targets)
        what = f"{counted(count, 'target')} to {counted(machines, 'machine')}"
        answer = await ask(f"Send {what}? [y/N, fix …, leave …]")
        word, _, rest = answer.partition(" ")
        try:
            match word.lower():
                case "y" | "yes":
                    return ingested, asked
                case "fix":
                    ingested = fix(ingested, rest, client.plant)
                case "leave":
                    ingested = leave_out(ingested, rest.strip(), client.plant)
                case _:
                    return None
        except ConfigError as error:
            err().print(error.message, markup=False)


async def _story(client: Client, batch: Batch) -> BatchStory | None:
    """What the server keeps of the batch; None where it refused it as a whole."""
    try:
        return await client.batch(batch.tx_id)
    except RequestError as error:
        if error.status == 404:
            return None
        raise


async def _see(client: Client, ingested: Ingested) -> list[Line]:
    """Subscribes to the lines of the machines that the workbook names, and sets now beside target."""
    machines = client.plant.machines
    topics = dict.fromkeys(line_topic(machines[machine].line) for machine in ingested.batch.valid_rows)
    await client.subscribe(*topics)
    records = {machine: view.record for machine, view in client.view.items()}
    changes = await _changes(client, ingested)
    return preview(ingested, records, client.revs, client.plant, zone_of(client.plant), changes=changes)


def _show(client: Client, ingested: Ingested, lines: list[Line], *, is_whole: bool) -> None:
    console = out()
    if any(line.kind != "same" for line in lines):
        console.print(table(lines, client.plant))
    told = frozenset(ingested.rows.values())  # beside their rows, in the table
    for issue in ingested.batch.warnings:
        if issue.row not in told:
            console.print(f"row {issue.row}: {issue.msg}", style="yellow")
    console.print(totals(lines, is_whole=is_whole))


async def _changes(client: Client, ingested: Ingested) -> dict[tuple[str, str], FieldRev]:
    """Who moved what is not where the workbook's template found it; asked for only where something moved."""
    lines = dict.fromkeys(
        client.plant.machines[machine].line
        for machine, targets in ingested.batch.valid_rows.items()
        if any(is_moved(ingested, client.revs, machine, field) for field in targets)
    )
    return {(rev.machine, rev.field): rev for line in lines for rev in await client.api.changes(line)}
