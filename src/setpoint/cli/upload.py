"""``setpoint upload FILE``: a workbook's targets, seen beside the plant, sent, and followed row by row to the end."""

from __future__ import annotations

import asyncio
import hashlib
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from setpoint.cli.amend import fix, leave_out
from setpoint.cli.console import (
    DEFAULT_URL,
    EXIT_ROWS,
    As,
    Json,
    Token,
    Url,
    ask,
    ending,
    err,
    moment,
    out,
    run,
    shown,
    zone_of,
)
from setpoint.cli.preview import Line, is_moved, preview, table, totals, without_unchanged
from setpoint.cli.watch import watch_machines
from setpoint.client import Batch, BatchSource, BatchStory, Client, Follows, Phase, Target
from setpoint.core.commands import FieldRev
from setpoint.core.ingest import Ingested
from setpoint.core.ingest import Progress as Validated
from setpoint.core.plant import Plant
from setpoint.core.protocol import ByKind, Outcome
from setpoint.core.topics import line_topic, machine_id
from setpoint.errors import ConfigError, RequestError, SetpointError
from setpoint.workbook.process import Reader, annotate_file

Pick = Annotated[Path, typer.Argument(help="xlsx, xlsm, xls, xlsb, ods or csv.", show_default=False)]
Reason = Annotated[str | None, typer.Option("--reason", help="Why; kept in the audit.", show_default=False)]
Result = Annotated[
    Path | None,
    typer.Option(
        "--result", help="Write the workbook back, each row with what became of it.", show_default=False
    ),
]
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


@dataclass(frozen=True, slots=True)
class Original:
    """The person's own workbook, and where it goes with what became of its rows."""

    name: str
    data: bytes
    result: Path | None


def upload(
    file: Pick,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Send without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on showing the machines afterwards.")] = False,
    atomic: Annotated[bool, typer.Option("--atomic", help="All rows or none.")] = False,
    fixes: Fixes = None,
    left_out: LeftOut = None,
    result: Result = None,
    reason: Reason = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_: As = None,
    json_: Json = False,
) -> None:
    """Send a workbook of targets, after a look at what would change, and follow every row to its outcome.

    Exits with 0 when all is done, 1 when rows failed or were refused, 2 when the file is no workbook of targets, 3
    without a connection.
    """
    wish = Wish(yes, dry_run, json_, fixes or [], left_out or [], reason, atomic, watch)
    check_asked(wish)
    if not run(_upload(file, result, wish, Client(url, token=token, user=as_))):
        raise typer.Exit(EXIT_ROWS)


def check_asked(wish: Wish) -> None:
    """Raises `ConfigError` where somebody would have to be asked and nobody can."""
    if not (wish.is_sure or wish.is_dry_run) and (wish.is_json or not is_asked()):
        raise ConfigError("nobody can be asked here: give --yes to send, or --dry-run to look")


def is_asked() -> bool:
    """Somebody sits at the terminal."""
    return sys.stdin.isatty()


async def _upload(file: Path, result: Path | None, wish: Wish, client: Client) -> bool:
    data = _read(file)
    with Reader() as reader:  # it loads while the plant is asked for
        async with client:
            ingested = await _ingest(reader, data, file.name, client)
            return await commit(client, ingested, wish, original=Original(file.name, data, result))


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
        sent = await _send(client, asked, wish, original, follows if asked is whole else None)
        story = await _story(client, sent.batch)
        if original is not None and story is not None and story.source is not None:
            await client.keep_file(original.data, story.source)
    parsed = (wanted or amended).batch
    if wish.is_json:
        print(msgspec.json.encode({"parsed": parsed, "batch": story}).decode())
    if original is not None and original.result:
        await _write_back(original.result, original.data, story, client.plant)
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
        what = f"{_counted(count, 'target')} to {_counted(machines, 'machine')}"
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


async def _write_back(file: Path, data: bytes, story: BatchStory | None, plant: Plant) -> None:
    from setpoint.workbook.annotate import RowOutcome  # loads openpyxl, which only this needs

    zone = zone_of(plant)
    outcomes = (
        []
        if story is None
        else [
            RowOutcome(
                machine=item.machine,
                field=item.field,
                outcome=item.outcome.value,
                reason=item.message or "",
                before=item.before if item.before is not msgspec.UNSET else None,
                target=item.asked if item.asked is not msgspec.UNSET else None,
                confirmed_at=moment(item.at, zone) if item.at is not msgspec.UNSET else "",
                by=item.by.name if item.by else story.person,
            )
            for item in story.results
        ]
    )
    is_cancelled = False
    try:
        workbook = await asyncio.to_thread(
            annotate_file, data, plant, outcomes, is_cancelled=lambda: is_cancelled
        )
    finally:
        is_cancelled = True
    _save(file, workbook)


def _save(file: Path, data: bytes) -> None:
    """All of it or nothing: the file appears when it is whole, and what stood there before stays until then."""
    whole = file.resolve()
    part = whole.with_name(f".{whole.name}.part")
    try:
        if whole.exists() and not whole.is_file():
            whole.write_bytes(data)  # a pipe or a device takes it as it comes, and must not be put away
            return
        try:
            part.write_bytes(data)
            part.replace(whole)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be written ({error.strerror}); give another with --result"
        ) from error


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be read ({error.strerror}); check the name and the rights"
        ) from error


async def _ingest(reader: Reader, data: bytes, name: str, client: Client) -> Ingested:
    """In a process that may die, with a bar for long files; ^C drops it half-way and nothing of it is left."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("rows"))
    is_cancelled = False
    console = err()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"Reading {name}", total=None)

        def on_progress(progress: Validated) -> None:
            bar.update(task, completed=progress.done, total=progress.total)

        try:
            return await asyncio.to_thread(
                reader.ingest,
                data,
                client.plant,
                str(uuid.uuid4()),
                on_progress=on_progress,
                is_cancelled=lambda: is_cancelled,
            )
        finally:
            is_cancelled = True


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


class Sent(NamedTuple):
    batch: Batch
    is_withdrawn: bool = False


async def _send(
    client: Client, ingested: Ingested, wish: Wish, original: Original | None, follows: Follows | None
) -> Sent:
    """Commits, and says each row's end as it comes. ^C withdraws what has not left."""
    updates = ingested.batch.valid_rows
    batch, answered = client.begin(
        updates,
        reason=wish.reason,
        is_atomic=wish.is_atomic,
        base=_base(ingested),
        source=None if original is None else _source(original, ingested),
        follows=follows,
        tx_id=ingested.batch.tx_id,
    )
    console, zone = out(), zone_of(client.plant)
    total = sum(map(len, updates.values()))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("targets"))
    with Progress(
        *columns, console=console, transient=True, disable=wish.is_json or not console.is_terminal
    ) as bar:
        task = bar.add_task("Following", total=total)
        try:
            async for target in batch:
                bar.update(task, advance=1)
                if not wish.is_json and _is_news(target, total):
                    console.print(_end(target, ingested.rows.get(target.machine), client, zone))
        except asyncio.CancelledError:
            if (this := asyncio.current_task()) is not None:
                this.uncancel()  # ^C was for the batch; a second one is for this
            answered.cancel()
            bar.stop()
            err().print(await _withdrawn(client, batch.tx_id), soft_wrap=True, markup=False)
            return Sent(batch, is_withdrawn=True)
    refusal = await answered
    if not wish.is_json:
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
    words = f"Withdrawn: {_counted(withdrawn, 'target')} that had not left."
    if left:
        words += f" {left:,} had been handed over and go their way; setpoint undo {tx_id} takes back what they change."
    return f"{words} Batch {tx_id}"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _source(original: Original, ingested: Ingested) -> BatchSource:
    sha256 = hashlib.sha256(original.data).hexdigest()
    return BatchSource(original.name, sha256, ingested.batch.summary.total)


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
