"""A preview as a table, its totals in one line, and its notes in words. `core.preview` decides what each row is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo

from rich.table import Table
from rich.text import Text

from setpoint.cli.console import MARK, clock, localized, shown, status_words
from setpoint.cli.language import say, t
from setpoint.contract.live import ByKind
from setpoint.contract.topics import machine_id
from setpoint.contract.values import Value
from setpoint.core.plant import Plant
from setpoint.core.preview import Note, NoteCode, Preview, Row, State

MAX_SHOWN = 60
"""The longest table that a person still reads; ``--json`` has all rows."""

MAX_BARRIERS = 3

_STYLE: Mapping[State, str] = {
    State.ERROR: "red",
    State.CONFLICT: "yellow",
    State.BLOCKED: "bold red",
    State.WAITING: "yellow",
    State.CHANGE: "",
    State.UNCHANGED: "dim",
}
_COLUMNS = (
    ("preview-row", True),
    ("preview-machine", False),
    ("preview-field", False),
    ("preview-now", True),
    ("preview-target", True),
    ("preview-change", True),
    ("preview-note", False),
)


def table(preview: Preview, plant: Plant, zone: tzinfo | None) -> Table:
    """The first rows as a table. Unchanged rows are only counted (see `totals`)."""
    grid = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for name, is_number in _COLUMNS:
        grid.add_column(t(name), justify="right" if is_number else "left", overflow="fold", no_wrap=False)
    rows = [row for row in preview.rows if row.state is not State.UNCHANGED]
    for row in rows[:MAX_SHOWN]:
        grid.add_row(*_cells(row, plant, zone), style=_STYLE[row.state])
    if len(rows) > MAX_SHOWN:
        grid.add_row("…", t("preview-and-more", count=len(rows) - MAX_SHOWN), style="dim")
    return grid


def _cells(row: Row, plant: Plant, zone: tzinfo | None) -> Iterator[str]:
    field = plant.fields_by_name.get(row.field or "")
    is_target = row.machine is not None
    yield "" if row.row is None else str(row.row)
    yield machine_id(row.machine) if row.machine else ""
    yield (field.name if is_target else field.column) if field else str(row.notes[0].args.get("column", ""))
    yield shown(row.now, field) if is_target else ""
    yield shown(row.target, field) if is_target else ""
    yield _change(row) if is_target else ""
    yield words_of(row, zone)


def _change(row: Row) -> str:
    if row.delta is None:
        return "" if row.now == row.target else "→"
    percent = "" if not row.percent else f" ({localized(percent_text(row.percent))})"
    return f"{localized(f'{row.delta:+,g}')}{percent}"


def percent_text(percent: float) -> str:
    """``+47%``. Only a change to 0 is -100 %, and no change is 0 %."""
    if -100 < percent < -99.5:
        return "-99.9%"
    size = abs(percent)
    decimals = 0 if size >= 10 else 1 if size >= 0.1 else min(6, -math.floor(math.log10(size)))
    return f"{percent:+,.{decimals}f}%"


def words_of(row: Row, zone: tzinfo | None) -> str:
    """The notes of a row as sentences. Notes from the workbook stay as they are."""
    words = "; ".join(_words(note, zone) for note in row.notes)
    if row.state is State.WAITING:
        return f"{MARK['unknown']} {t('preview-not-heard')}"
    return f"{MARK['failed']} {words}" if row.state is State.ERROR else words


def _words(note: Note, zone: tzinfo | None) -> str:
    args = note.args
    match note.code:
        case NoteCode.STOP:
            return f"{MARK['critical']} {t('preview-blocked-by', stop=_stop(args, zone))}"
        case NoteCode.QUALITY:
            quality = t(f"quality-{args['quality']}")
            return f"{MARK['stale']} {t('preview-no-contact', quality=quality)}"
        case NoteCode.READ_ONLY:
            return t("preview-read-only", line=str(args["line"]))
        case NoteCode.CHANGED:
            return f"{MARK['conflict']} {_who(args, zone)}"
        case NoteCode.CHANGED_SINCE_SHOWN:
            return f"{MARK['conflict']} {t('preview-after-shown', who=_who(args, zone))}"
        case NoteCode.CLEARED_SINCE_SHOWN:
            return f"{MARK['conflict']} {t('preview-cleared', barrier=str(args['barrier']))}"
        case NoteCode.NOT_ALLOWED:
            return t("preview-not-allowed")
        case _:
            return say(note.message) if note.message else note.code


def _stop(args: Mapping[str, Value], zone: tzinfo | None) -> str:
    since = args.get("since")
    status = status_words(str(args["status"]))
    return status if since is None else t("preview-stop-since", status=status, time=clock(since, zone))


def _who(args: Mapping[str, Value], zone: tzinfo | None) -> str:
    """A note that says who changed the field, if that is known: a person, the machine itself, or a stop (CONF-2)."""
    time, name = clock(args.get("at"), zone), str(args.get("name"))
    match args.get("by"):
        case ByKind.OPERATOR:
            return t("preview-changed-by", name=name, time=time)
        case ByKind.DEVICE:
            return t("preview-changed-at-machine", time=time)
        case ByKind.SAFETY:
            return t("preview-voided-by", name=name, time=time)
        case _:
            return t("preview-changed-since")


def barrier_words(note: Note, zone: tzinfo | None) -> str:
    """What blocks many machines: ``line 02, EMERGENCY_STOP since 14:02:11``."""
    args = note.args
    quality = args.get("quality")
    other = t("preview-not-yours") if quality is None else str(quality)
    what = _stop(args, zone) if note.code == NoteCode.STOP else other
    return t("preview-on-line", line=str(args["line"]), what=what)


def totals(preview: Preview, zone: tzinfo | None) -> Text:
    """``42 will change · 38 blocked (line 02, EMERGENCY_STOP since 14:02:11) · 950 unchanged, not sent``."""
    counted = preview.totals
    words: Iterable[tuple[State, int, str]] = (
        (State.CHANGE, counted.sending, "preview-will-change"),
        (State.BLOCKED, counted.states[State.BLOCKED], "preview-blocked"),
        (State.CONFLICT, counted.states[State.CONFLICT], "preview-conflicts"),
        (State.WAITING, counted.states[State.WAITING], "preview-waiting"),
        (State.ERROR, counted.wrong_rows, "preview-errors"),
        (State.UNCHANGED, counted.states[State.UNCHANGED], "preview-unchanged"),
    )
    parts = []
    for state, count, word in words:
        if not (count or state is State.CHANGE):
            continue
        parts.append(Text(t(word, count=count), _STYLE[state]))
        if state is State.BLOCKED:
            barriers = counted.barriers[:MAX_BARRIERS]
            reasons = [
                barrier_words(each.note, zone)
                if len(barriers) == 1
                else t("preview-of-these", count=each.count, what=barrier_words(each.note, zone))
                for each in barriers
            ]
            parts[-1].append(f" ({'; '.join(reasons)})")
    return Text(" · ").join(parts)
