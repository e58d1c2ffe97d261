"""``setpoint undo`` reverts an earlier batch; ``setpoint retry`` sends again what failed in it.

Both show a preview first and follow the batch to its end, as for a workbook (`setpoint.cli.commit`). If other people
have changed a field since, the preview shows their name and the field is not sent.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Annotated, TypeAlias

import typer

from setpoint.cli.commit import Fixes, LeftOut, Reason, UploadOptions, check_can_ask, commit
from setpoint.cli.console import DEFAULT_URL, EXIT_ROWS, As, Json, Token, Url, run
from setpoint.cli.language import t
from setpoint.client import Client
from setpoint.contract.http.batches import BatchKind
from setpoint.core.ingest import Ingested, ParsedBatch, Summary
from setpoint.core.preview import retry_of, undo_of
from setpoint.errors import ConfigError

TxId: TypeAlias = Annotated[str, typer.Argument(metavar="TXID")]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", "-y")]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run")]


def _command(kind: BatchKind) -> Callable[..., None]:
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
        options = UploadOptions(yes, dry_run, json_, fixes or [], left_out or [], reason)
        check_can_ask(options)
        if not run(_again(tx_id, kind, options, Client(url, token=token, user=as_))):
            raise typer.Exit(EXIT_ROWS)

    again.__name__ = kind.value
    return again


undo = _command(BatchKind.UNDO)
retry = _command(BatchKind.RETRY)


async def _again(tx_id: str, kind: BatchKind, options: UploadOptions, client: Client) -> bool:
    async with client:
        story = await client.batch(tx_id)
        wanted = (undo_of if kind is BatchKind.UNDO else retry_of)(story, client.plant)
        if not wanted.targets:
            nothing = "cli-nothing-to-undo" if kind is BatchKind.UNDO else "cli-nothing-to-retry"
            raise ConfigError(t(nothing, batch=tx_id), code="nothing")
        count = len(wanted.targets)
        batch = ParsedBatch(str(uuid.uuid4()), wanted.targets, [], [], Summary(count, count, 0))
        ingested = Ingested(batch, "", 0, {}, {})
        return await commit(client, ingested, options, follows=(tx_id, kind), undoes=wanted.undoes)
