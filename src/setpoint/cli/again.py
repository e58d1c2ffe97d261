"""``setpoint undo`` takes an earlier batch back, ``setpoint retry`` tries once more what failed in it.

Both show a preview first and follow the batch to its end, as for a workbook (`setpoint.cli.commit`). What other people
have changed since is shown with their name and is not sent.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Annotated, TypeAlias

import typer

from setpoint.cli.commit import Fixes, LeftOut, Reason, Wish, check_asked, commit
from setpoint.cli.console import DEFAULT_URL, EXIT_ROWS, As, Json, Token, Url, run
from setpoint.client import Client
from setpoint.contract.http.batches import BatchKind
from setpoint.core.ingest import Ingested, ParsedBatch, Summary
from setpoint.core.preview import retry_of, undo_of
from setpoint.errors import ConfigError

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
        asked = (undo_of if kind is BatchKind.UNDO else retry_of)(story, client.plant)
        if not asked.targets:
            raise ConfigError(f"there is nothing to {kind.value} in batch {tx_id}", code="nothing")
        count = len(asked.targets)
        batch = ParsedBatch(str(uuid.uuid4()), asked.targets, [], [], Summary(count, count, 0))
        ingested = Ingested(batch, "", 0, {}, {})
        return await commit(client, ingested, wish, follows=(tx_id, kind), undoes=asked.undoes)
