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

from setpoint.cli.console import ask, err, out, print_json, zone_of
from setpoint.cli.edits import fix, leave_out
from setpoint.cli.follow import Order, Sent, send
from setpoint.cli.language import say, t
from setpoint.cli.live_preview import LivePreview
from setpoint.cli.preview import table, totals, words_of
from setpoint.cli.source_workbook import SourceWorkbook
from setpoint.cli.watch import watch_machines
from setpoint.client import Batch, BatchStory, Client, Follows
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.values import Value
from setpoint.core.ingest import Ingested
from setpoint.core.preview import Hold, Preview, Row, State
from setpoint.errors import ConfigError, RefusedError

Reason = Annotated[str | None, typer.Option("--reason", show_default=False)]
Fixes = Annotated[
    list[str] | None,
    typer.Option(
        "--fix",
        show_default=False,
    ),
]
LeftOut = Annotated[
    list[str] | None,
    typer.Option("--leave-out", show_default=False),
]


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """The options with which the command was started."""

    is_sure: bool
    is_dry_run: bool
    is_json: bool
    fixes: Sequence[str]
    left_out: Sequence[str]
    reason: str | None
    is_atomic: bool = False
    is_watched: bool = False


def check_can_ask(options: UploadOptions) -> None:
    """Raises `ConfigError` if the command would have to ask and there is no terminal."""
    if not (options.is_sure or options.is_dry_run) and (options.is_json or not has_terminal()):
        raise ConfigError(t("ask-no-terminal"))


def has_terminal() -> bool:
    """Whether standard input is a terminal."""
    return sys.stdin.isatty()


Updates: TypeAlias = Mapping[str, Mapping[str, Value]]
Base: TypeAlias = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class _Decision:
    """What the person decided: the targets as shown, and the part of them that goes to the server."""

    wanted: Ingested
    preview: Preview
    updates: Updates
    base: Base


async def commit(
    client: Client,
    ingested: Ingested,
    options: UploadOptions,
    *,
    workbook: SourceWorkbook | None = None,
    follows: Follows | None = None,
    undoes: Base | None = None,
) -> bool:
    """From the preview to the last outcome. Returns whether everything was applied, or would be sent in a dry run.

    ``follows`` is the batch that these targets undo or retry; ``undoes`` holds that batch's revs.
    """
    amended = ingested
    for text in options.fixes:
        amended = fix(amended, text, client.plant)
    for which in options.left_out:
        amended = leave_out(amended, which, client.plant)
    if options.is_json and options.is_dry_run:
        print_json(msgspec.to_builtins({"parsed": amended.batch, "batch": None}))
        return not amended.batch.errors
    decided = await _decide(client, amended, options, undoes or {})
    sent, story = None, None
    if decided is not None and decided.updates and not options.is_dry_run:
        # If the person changed a value, the targets are their own, and no longer an undo or a retry.
        is_followed = follows is not None and _is_part(decided.updates, ingested.batch.valid_rows)
        sent = await send(
            client,
            Order(decided.wanted, decided.preview, decided.updates, decided.base),
            reason=options.reason,
            is_atomic=options.is_atomic,
            is_json=options.is_json,
            source=workbook.source(decided.wanted) if workbook else None,
            follows=follows if is_followed and not options.is_atomic else None,
        )
        story = await _story(client, sent.batch)
        if workbook is not None and story is not None and story.source is not None:
            await client.keep_file(workbook.data, story.source)
    parsed = (decided.wanted if decided else amended).batch
    if options.is_json:
        print_json(msgspec.to_builtins({"parsed": parsed, "batch": story}))
    if workbook is not None:
        sent_targets = decided.updates if sent is not None and decided is not None else {}
        unsent = _unsent(decided.preview, sent_targets, zone_of(client.plant)) if decided is not None else []
        await workbook.write_result(story, client.plant, unsent)
    if sent and options.is_watched and not sent.is_withdrawn:
        await watch_machines(client, list(parsed.valid_rows))
    return _is_all_done(decided, sent) and not parsed.errors


def _unsent(preview: Preview, updates: Updates, zone: tzinfo | None) -> list[tuple[Row, str]]:
    """The rows that were not sent, and why: for the annotated copy."""
    return [
        (
            row,
            words_of(row, zone)
            or t("unsent-unchanged" if row.state is State.UNCHANGED else "unsent-left-out"),
        )
        for row in preview.rows
        if row.machine is not None and row.field not in updates.get(row.machine, {})
    ]


def _is_all_done(decided: _Decision | None, sent: Sent | None) -> bool:
    """Says whether nothing is missing. If a person answers no, nothing was requested."""
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


async def _decide(
    client: Client, ingested: Ingested, options: UploadOptions, undoes: Base
) -> _Decision | None:
    """Shows the preview until the person decides. None if they do not want to send it.

    With ``--yes`` nobody looks: every row that would change something is sent, and the server decides. At the prompt,
    only ticked rows are sent.
    """
    live_preview = LivePreview(client, undoes)
    while True:
        preview = await live_preview.look(ingested)
        if not options.is_json:
            _show(client, ingested, preview)
        hold = preview.hold()
        if (decided := _decide_without_asking(ingested, preview, options, hold)) is not None:
            return decided
        word, _, rest = (await ask(_question(preview, hold))).partition(" ")
        try:
            match word.lower():
                case "y" | "yes" | "j" | "ja" if hold is Hold.WAITING:
                    err().print(t("ask-waiting"))
                case "y" | "yes" | "j" | "ja":
                    return _Decision(ingested, preview, *preview.sends)
                case "fix":
                    ingested = fix(ingested, rest, client.plant)
                case "leave":
                    ingested = leave_out(ingested, rest.strip(), client.plant)
                case "take":
                    live_preview.take(rest.strip())
                case _:
                    return None
        except ConfigError as error:
            err().print(error.message)


def _decide_without_asking(
    ingested: Ingested, preview: Preview, options: UploadOptions, hold: Hold | None
) -> _Decision | None:
    """The decision if the command need not ask; None if it must."""
    nothing = _Decision(ingested, preview, {}, {})
    if options.is_dry_run or (
        hold is Hold.NOTHING and not preview.totals.states[State.CONFLICT] and not options.is_sure
    ):
        return nothing
    if not options.is_sure:
        return None
    if hold is Hold.WAITING:
        err().print(t("ask-waiting"))
        return nothing
    return _Decision(ingested, preview, *preview.sends_all)


def _question(preview: Preview, hold: Hold | None) -> str:
    verbs = "fix …, leave …, take …" if preview.totals.states[State.CONFLICT] else "fix …, leave …"
    if hold is Hold.NOTHING:
        return t("ask-nothing", verbs=verbs)
    updates, _ = preview.sends
    return t("ask-send", targets=sum(map(len, updates.values())), machines=len(updates), verbs=verbs)


async def _story(client: Client, batch: Batch) -> BatchStory | None:
    """The batch as the server stored it; None if it refused the whole batch."""
    try:
        return await client.batch(batch.tx_id)
    except RefusedError as error:
        if error.code == ProblemCode.UNKNOWN_BATCH:
            return None
        raise


def _show(client: Client, ingested: Ingested, preview: Preview) -> None:
    console, zone = out(), zone_of(client.plant)
    if any(row.state is not State.UNCHANGED for row in preview.rows):
        console.print(table(preview, client.plant, zone))
    shown_rows = frozenset(ingested.rows.values())  # their issues are in the table, beside the rows
    for issue in ingested.batch.warnings:
        if issue.row not in shown_rows:
            text = t("preview-sheet-row", row=str(issue.row), what=say(issue.message))
            console.print(text, style="yellow")
    console.print(totals(preview, zone))
