"""From targets to their last outcome: preview, corrections, commit, follow.

`upload` does this with the targets of a workbook, `undo` and `retry` with those of an earlier batch. The batch holds
exactly what the table showed, with the revs that it showed (PRE-1).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Annotated, TypeAlias

import msgspec
import typer

from setpoint.cli.amend import fix, leave_out
from setpoint.cli.console import ask, counted, err, out, zone_of
from setpoint.cli.follow import Order, Sent, send
from setpoint.cli.look import LookOut
from setpoint.cli.original import Original
from setpoint.cli.preview import table, totals, words_of
from setpoint.cli.watch import watch_machines
from setpoint.client import Batch, BatchStory, Client, Follows
from setpoint.contract.values import Value
from setpoint.core.ingest import Ingested
from setpoint.core.preview import Hold, Preview, Row, State
from setpoint.errors import ConfigError, RefusedError

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


Updates: TypeAlias = Mapping[str, Mapping[str, Value]]
Base: TypeAlias = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class _Decided:
    """What the person wants, as they were shown it, and what of it goes to the server."""

    wanted: Ingested
    preview: Preview
    updates: Updates
    base: Base


async def commit(
    client: Client,
    ingested: Ingested,
    wish: Wish,
    *,
    original: Original | None = None,
    follows: Follows | None = None,
    undoes: Base | None = None,
) -> bool:
    """From the preview to the last outcome. Whether everything that was asked for was done, or would be sent.

    ``follows`` is the batch that these targets undo or try again; ``undoes`` the revs that it was given.
    """
    amended = ingested
    for text in wish.fixes:
        amended = fix(amended, text, client.plant)
    for which in wish.left_out:
        amended = leave_out(amended, which, client.plant)
    if wish.is_json and wish.is_dry_run:
        print(msgspec.json.encode({"parsed": amended.batch, "batch": None}).decode())
        return not amended.batch.errors
    decided = await _decide(client, amended, wish, undoes or {})
    sent, story = None, None
    if decided is not None and decided.updates and not wish.is_dry_run:
        # Targets of other values are the person's own, not an undo or a second try.
        is_followed = follows is not None and _is_part(decided.updates, ingested.batch.valid_rows)
        sent = await send(
            client,
            Order(decided.wanted, decided.preview, decided.updates, decided.base),
            reason=wish.reason,
            is_atomic=wish.is_atomic,
            is_json=wish.is_json,
            source=original.source(decided.wanted.batch.summary.total) if original else None,
            follows=follows if is_followed and not wish.is_atomic else None,
        )
        story = await _story(client, sent.batch)
        if original is not None and story is not None and story.source is not None:
            await client.keep_file(original.data, story.source)
    parsed = (decided.wanted if decided else amended).batch
    if wish.is_json:
        print(msgspec.json.encode({"parsed": parsed, "batch": story}).decode())
    if original is not None:
        sent_targets = decided.updates if sent is not None and decided is not None else {}
        unsent = _unsent(decided.preview, sent_targets, zone_of(client.plant)) if decided is not None else []
        await original.hand_back(story, client.plant, unsent)
    if sent and wish.is_watched and not sent.is_withdrawn:
        await watch_machines(client, list(parsed.valid_rows))
    return _is_all_done(decided, sent) and not parsed.errors


def _unsent(preview: Preview, updates: Updates, zone: tzinfo | None) -> list[tuple[Row, str]]:
    """The rows that were not sent, and why: for the copy that goes back to the person."""
    return [
        (row, words_of(row, zone) or ("unchanged" if row.state is State.UNCHANGED else "left out"))
        for row in preview.rows
        if row.machine is not None and row.field not in updates.get(row.machine, {})
    ]


def _is_all_done(decided: _Decided | None, sent: Sent | None) -> bool:
    """Who says no at the prompt has asked for nothing."""
    if decided is None:
        return True
    if sent is None:
        return not decided.preview.totals.left
    groups = sent.batch.groups
    is_applied = not (groups.not_applied or groups.unknown or groups.open)
    return is_applied and not sent.is_withdrawn and not sent.left


def _is_part(updates: Updates, whole: Updates) -> bool:
    return all(
        whole.get(machine, {}).get(field) == value
        for machine, fields in updates.items()
        for field, value in fields.items()
    )


async def _decide(client: Client, ingested: Ingested, wish: Wish, undoes: Base) -> _Decided | None:
    """The preview, with what the person changes in it. None where they do not want it sent.

    With ``--yes`` nobody looks: everything that asks for something new goes, and the server judges. At the prompt
    only ticked rows go.
    """
    look_out = LookOut(client, undoes)
    while True:
        preview = await look_out.look(ingested)
        if not wish.is_json:
            _show(client, ingested, preview)
        hold = preview.hold()
        if (decided := _unasked(ingested, preview, wish, hold)) is not None:
            return decided
        word, _, rest = (await ask(_question(preview, hold))).partition(" ")
        try:
            match word.lower():
                case "y" | "yes" if hold is Hold.WAITING:
                    err().print(_WAITING)
                case "y" | "yes":
                    return _Decided(ingested, preview, *preview.sends)
                case "fix":
                    ingested = fix(ingested, rest, client.plant)
                case "leave":
                    ingested = leave_out(ingested, rest.strip(), client.plant)
                case "take":
                    look_out.take(rest.strip())
                case _:
                    return None
        except ConfigError as error:
            err().print(error.message, markup=False)


def _unasked(ingested: Ingested, preview: Preview, wish: Wish, hold: Hold | None) -> _Decided | None:
    """What is decided without asking anybody; None where the person is to be asked."""
    nothing = _Decided(ingested, preview, {}, {})
    if wish.is_dry_run or (
        hold is Hold.NOTHING and not preview.totals.states[State.CONFLICT] and not wish.is_sure
    ):
        return nothing
    if not wish.is_sure:
        return None
    if hold is Hold.WAITING:
        err().print(_WAITING)
        return nothing
    return _Decided(ingested, preview, *preview.sends_all)


_WAITING = "Nothing was sent: some machines have not been heard of yet. Try again, or leave them out."


def _question(preview: Preview, hold: Hold | None) -> str:
    verbs = "fix …, leave …, take …" if preview.totals.states[State.CONFLICT] else "fix …, leave …"
    if hold is Hold.NOTHING:
        return f"Nothing would be sent. [N, {verbs}]"
    updates, _ = preview.sends
    targets = counted(sum(map(len, updates.values())), "target")
    return f"Send {targets} to {counted(len(updates), 'machine')}? [y/N, {verbs}]"


async def _story(client: Client, batch: Batch) -> BatchStory | None:
    """What the server keeps of the batch; None where it refused it as a whole."""
    try:
        return await client.batch(batch.tx_id)
    except RefusedError as error:
        if error.status == 404:
            return None
        raise


def _show(client: Client, ingested: Ingested, preview: Preview) -> None:
    console, zone = out(), zone_of(client.plant)
    if any(row.state is not State.UNCHANGED for row in preview.rows):
        console.print(table(preview, client.plant, zone))
    told = frozenset(ingested.rows.values())  # beside their rows, in the table
    for issue in ingested.batch.warnings:
        if issue.row not in told:
            console.print(f"row {issue.row}: {issue.msg}", style="yellow")
    console.print(totals(preview, zone))
