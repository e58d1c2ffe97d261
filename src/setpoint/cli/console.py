"""Shared by the commands that talk to a server: options, colours, and the words for each outcome."""

from __future__ import annotations

import asyncio
import json
import math
import sys
import threading
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, tzinfo
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import IO, Annotated, Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from setpoint.cli.language import language, printable, printable_json, t
from setpoint.cli.outcome import end_words
from setpoint.client import DEFAULT_URL
from setpoint.contract.live import ByKind, Outcome
from setpoint.contract.values import Record, Value, is_critical
from setpoint.core.plant import Field, Plant
from setpoint.core.store import Phase, Target
from setpoint.texts import has_text

T = TypeVar("T")

Url: TypeAlias = Annotated[str, typer.Option("--url", envvar="SETPOINT_URL", metavar="URL")]
Token: TypeAlias = Annotated[
    str | None,
    typer.Option("--token", envvar="SETPOINT_TOKEN", show_default=False),
]
As: TypeAlias = Annotated[str | None, typer.Option("--as", metavar="NAME", show_default=False)]
Json: TypeAlias = Annotated[bool, typer.Option("--json")]

_EVERY_DIGIT = Context(prec=400)
"""Enough for every double, whatever its size."""

__all__ = ["DEFAULT_URL", "As", "Json", "Token", "Url"]

EXIT_INTERRUPTED = 130
EXIT_ROWS = 1
"""Some rows failed or were refused."""

MARK = {
    "critical": "■",
    "pending": "◆",
    "conflict": "▲",
    "stale": "◌",
    "applied": "✓",
    "failed": "✕",
    "unknown": "?",
}
"""The board's symbols. A state always has a shape and a word as well as a colour."""


class _Console(Console):
    """Shows every text as it is. Text from people and machines is never taken as markup, and cannot control the
    terminal.
    """

    def __init__(self, file: IO[str]) -> None:
        super().__init__(file=file, highlight=False, markup=False, emoji=False)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for each in super().render(renderable, options):
            yield each if each.control else Segment(printable(each.text), each.style)


def out() -> Console:
    """The console for results. It is made on each call, so that it uses the current standard output."""
    return _Console(sys.stdout)


def err() -> Console:
    """The console for progress and questions. It keeps standard output clean for ``--json`` and pipes."""
    return _Console(sys.stderr)


def print_json(data: object) -> None:
    print(printable_json(json.dumps(data, ensure_ascii=False, separators=(",", ":"))), flush=True)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs a command's work; ^C ends it without a traceback."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(EXIT_INTERRUPTED) from None


async def ask(question: str) -> str:
    """Asks on the terminal, and keeps the event loop and the connection running meanwhile."""
    err().print(f"{question} ", end="")
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def deliver(line: str) -> None:
        if not answer.done():
            answer.set_result(line)

    def read() -> None:
        line = sys.stdin.readline()
        with suppress(RuntimeError):  # after ^C the loop is closed
            loop.call_soon_threadsafe(deliver, line)

    # A daemon thread, so that ^C does not wait until the person presses Enter.
    threading.Thread(target=read, daemon=True).start()
    return (await answer).strip()


def confirm(question: str, *, is_default: bool = False, err: bool = False) -> bool:
    """Asks for yes or no, in the words of the language. Yes in English counts in every language."""
    yes, no = t("ask-yes"), t("ask-no")
    known = {"y", "yes", "n", "no", *t("ask-yes-words").split(), *t("ask-no-words").split()}
    choice = f"{yes.upper()}/{no}" if is_default else f"{yes}/{no.upper()}"
    while True:
        answer = typer.prompt(f"{question} [{choice}]", "", show_default=False, err=err).strip().casefold()
        if not answer or answer in known:
            return is_default if not answer else not answer.startswith("n")


_GERMAN_MARKS = str.maketrans(",.", ".,")


def table_of(*columns: str) -> Table:
    """A table with these columns of the catalogue, ``cli-column-…``."""
    return Table(*(t(f"cli-column-{each}") for each in columns), box=None, pad_edge=False)


def status_words(status: Value) -> str:
    """``Running``, ``IN BETRIEB``. A status that the catalogue does not have is shown as the machine says it."""
    return t(f"status-{status}") if has_text(f"status-{status}") else shown(status)


def outcomes(counts: Mapping[str, int]) -> str:
    """``12 applied, 1 failed``."""
    return ", ".join(f"{localized(f'{count:,}')} {t(f'outcome-{each}')}" for each, count in counts.items())


def zone_of(plant: Plant) -> tzinfo | None:
    """The plant's time zone. None, which means this computer's zone, if its name is not known here."""
    try:
        return ZoneInfo(plant.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def clock(ts: Value, zone: tzinfo | None) -> str:
    """Unix seconds as the time of day."""
    return datetime.fromtimestamp(ts, zone).strftime("%H:%M:%S") if isinstance(ts, int | float) else "–"


def moment(ts: float, zone: tzinfo | None) -> str:
    """Unix seconds as date and time, with the zone's offset."""
    return datetime.fromtimestamp(ts, zone).astimezone(zone).isoformat(sep=" ", timespec="seconds")


def shown(value: Value, field: Field | None = None) -> str:
    """A value for people, with the field's decimals and unit; a dash if there is no reading.

    Measured values are rounded (TIER-5). Targets never are, so that people see exactly what is sent.
    """
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    number = f"{_rounded(value, field.decimals if field else 0):z,}"
    if (field is None or field.is_writable) and float(number.replace(",", "")) != value:
        number = f"{value:,}".replace("e-0", "e-")
    number = localized(number)
    return f"{number} {field.unit}" if field and field.unit else number


def _rounded(value: float, decimals: int) -> Decimal | float:
    """Rounds halves away from zero, by the digits with which the number is written. Python itself rounds halves to
    even."""
    if not math.isfinite(value):
        return value
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _EVERY_DIGIT)


def localized(number: str) -> str:
    """A number that is written as in English, with the decimal and thousands marks of the language."""
    return number.translate(_GERMAN_MARKS) if language() == "de" else number


def critical_words(record: Mapping[str, Value], zone: tzinfo | None) -> str | None:
    """``EMERGENCY STOP since 14:02:11``; None while no critical status holds."""
    status = record.get("status")
    if not is_critical(status):
        return None
    words, since = status_words(status), record.get("since")
    if since is None:
        return words
    time, earlier = clock(since, zone), record.get("sinceEarlier")
    if earlier is not None:
        time = t("preview-already", time=time, earlier=clock(earlier, zone))
    elif record.get("sinceSeen"):
        time = t("preview-or-earlier", time=time)
    return t("preview-stop-since", status=words, time=time)


def _other(target: Target) -> str:
    """Who or what made the change that caused the conflict (CONF-2)."""
    if target.by is None or target.by.kind is ByKind.DEVICE or not target.by.name:
        return t("became-machine")
    name = target.by.name
    return name if target.by.kind is ByKind.OPERATOR else t("became-came-since", name=name)


def _why(target: Target, other: str) -> str:
    """The reason given with an outcome; the text ``other`` if there is none."""
    outcome = target.outcome.value if target.outcome else ""
    return end_words(outcome, target.by, target.message, target.said) or t(other)


def ending(target: Target, record: Record, zone: tzinfo | None, field: Field | None) -> Text:
    """The outcome of a target, in the words of the contract, with its symbol and colour."""
    match target.phase:
        case Phase.RECONCILED:
            return Text(f"{MARK['applied']} {t('became-applied')}", "green")
        case Phase.CONFLICT:
            now = shown(record.get(target.field), field)
            words = t("became-conflict", who=_other(target), value=now)
            return Text(f"{MARK['conflict']} {words}", "yellow")
        case Phase.UNKNOWN:
            words = t("became-unknown", why=_why(target, "became-unconfirmed"))
            return Text(f"{MARK['unknown']} {words}", "yellow")
        case Phase.CANCELLED | Phase.FAILED if target.by and target.by.kind is ByKind.SAFETY:
            holds = critical_words(record, zone) if record.get("status") == target.by.name else None
            verb = "became-blocked" if target.outcome is Outcome.BLOCKED else "became-voided"
            return Text(
                f"{MARK['critical']} {t(verb, stop=holds or status_words(target.by.name))}", "bold red"
            )
        case Phase.SUPERSEDED:
            return Text(t("became-superseded"), "dim")
        case Phase.CANCELLED:
            return Text(t("became-cancelled", why=_why(target, "became-withdrawn")), "dim")
        case Phase.FAILED:
            word = target.outcome.value if target.outcome else "failed"
            words = t("became-failed", outcome=t(f"outcome-{word}"), why=_why(target, "became-not-applied"))
            return Text(f"{MARK['failed']} {words}", "red")
        case Phase.OPTIMISTIC | Phase.INFLIGHT | Phase.CONFIRMED:
            return Text(f"{MARK['pending']} {t('outcome-pending')}", "blue")


def when(ts: float, zone: tzinfo | None) -> str:
    """An instant in the plant's zone."""
    return datetime.fromtimestamp(ts, zone).strftime("%Y-%m-%d %H:%M:%S")
