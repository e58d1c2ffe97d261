"""``setpoint undo`` and ``setpoint retry``: an earlier batch taken back, or what failed in it tried once more.

Both are seen beside the plant first, and followed to the end, as a workbook is (`setpoint.cli.commit`). What others
changed since is shown with their name, and the server skips it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Annotated, TypeAlias

import msgspec
import typer

from setpoint.cli.commit import Fixes, LeftOut, Reason, Wish, check_asked, commit
from setpoint.cli.console import DEFAULT_URL, EXIT_ROWS, As, Json, Token, Url, run
from setpoint.client import BatchStory, Client
from setpoint.core.commands import BatchKind, FieldRev
from setpoint.core.commands.again import RETRIED, UNDONE
from setpoint.core.ingest import Ingested, ParsedBatch, Summary
from setpoint.core.plant import Value
from setpoint.errors import RequestError

TxId: TypeAlias = Annotated[str, typer.Argument(metavar="TXID", help="As `setpoint audit` tells it.")]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Send without asking.")]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")]


def _command(kind: BatchKind, words: str) -> Callable[..., None]:
    def again(
        tx_id: TxId,
        *,
        yes: Yes = False,
        dry_run: DryRun = False,
        fixes: Fixes = None,
        left_out: LeftOut = None,
        reason: Reason = None,
        url: Url = DEFAULT_URL,
        token: Token = None,
        as_: As = None,
        json_: Json = False,
    ) -> None:
        wish = Wish(yes, dry_run, json_, fixes or [], left_out or [], reason)
        check_asked(wish)
        if not run(_again(tx_id, kind, wish, Client(url, token=token, user=as_))):
            raise typer.Exit(EXIT_ROWS)

    again.__name__, again.__doc__ = kind.value, words
    return again


undo = _command(BatchKind.UNDO, "Take a batch back: the values before it, but for what others changed since.")
retry = _command(BatchKind.RETRY, "Try once more what did not take effect in a batch.")


async def _again(tx_id: str, kind: BatchKind, wish: Wish, client: Client) -> bool:
    async with client:
        story = await client.batch(tx_id)
        machines = client.plant.machines
        lines = dict.fromkeys(
            machines[item.machine].line for item in story.results if item.machine in machines
        )
        revs = {(rev.machine, rev.field): rev for line in lines for rev in await client.api.changes(line)}
        ingested = _wanted(story, kind, revs)
        if not ingested.batch.valid_rows:
            raise RequestError(
                f"there is nothing to {kind.value} in batch {tx_id}", status=409, code="nothing"
            )
        return await commit(client, ingested, wish, follows=(tx_id, kind))


def _wanted(story: BatchStory, kind: BatchKind, revs: dict[tuple[str, str], FieldRev]) -> Ingested:
    """What the server would ask, with bases that show what others changed since the batch."""
    valid: dict[str, dict[str, Value]] = {}
    base: dict[str, dict[str, int]] = {}
    for item in story.results:
        is_undo = kind is BatchKind.UNDO
        value = item.before if is_undo else item.asked
        if item.outcome not in (UNDONE if is_undo else RETRIED) or value in (None, msgspec.UNSET):
            continue
        valid.setdefault(item.machine, {})[item.field] = value
        now = revs.get((item.machine, item.field))
        if now is not None:
            is_untouched = not is_undo or now.written == item.rev
            base.setdefault(item.machine, {})[item.field] = now.rev if is_untouched else item.rev or 0
    count = len(valid)
    batch = ParsedBatch(str(uuid.uuid4()), valid, [], [], Summary(count, count, 0))
    return Ingested(batch, "", 0, {}, base)
