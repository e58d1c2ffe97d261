"""Annotates a workbook with the outcome of each row: six more columns, and a colour for each row.

There are three ways. The first one that is possible is used:

    splice   the columns are added to the bytes of the sheet; everything else stays as it is
    resave   openpyxl opens the workbook and saves it with the columns; it keeps formats, and removes macros
    rebuild  a new xlsx with the same cells in the same places, for any other file

For anybody but the sender, formulas are replaced by their values, and nothing else in the copy is live (`inert`).

The colours are conditional formats on the Status column, so the person's own fills stay unchanged. The columns of an
earlier copy are overwritten. Text that is written never starts a formula (XL-7).

A file may crash the process that opens it, so `setpoint.workbook.process.annotate_file` uses a separate process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeGuard

from setpoint.contract.topics import ReadMachineId, machine_ids
from setpoint.contract.values import Value
from setpoint.core.ingest import RESULT_COLUMNS, Form, Ingested, Sheet, parse_sheets
from setpoint.core.ingest.cells import number_text
from setpoint.core.ingest.choice import choose
from setpoint.core.ingest.header import Header, foreign_names, letters, plain
from setpoint.core.ingest.layout import conditioned
from setpoint.core.ingest.machines import MachineNames
from setpoint.errors import WorkbookError
from setpoint.texts import ENGLISH, has_text, text
from setpoint.workbook.compare import says_the_same
from setpoint.workbook.drawn import drawings, free_columns
from setpoint.workbook.read import read_sheets
from setpoint.workbook.row_outcome import NOT_SENT, RowOutcome
from setpoint.workbook.splice import Added, spliced

NOT_READ = "error"
"""The status of a row that could not be read."""
GRAVEST_FIRST = (
    "failed",
    "rejected",
    "blocked",
    "conflict",
    "cancelled",
    "diverged",
    "unknown",
    "superseded",
    "pending",
    "accepted",
    "applied",
    NOT_SENT,
)
_RED, _AMBER, _BLUE, _GREEN, _GREY = "FFF6D5D2", "FFFBE7C6", "FFD6E4F7", "FFD9EDDB", "FFE6E8EA"
_COLOURS = {
    _RED: (NOT_READ, "failed", "rejected", "blocked"),
    _AMBER: ("conflict", "cancelled", "diverged", "unknown"),
    _BLUE: ("pending", "accepted"),
    _GREEN: ("applied",),
    _GREY: (NOT_SENT, "superseded"),
}
_WIDTHS = (12, 44, 16, 16, 22, 16)
_LAST_COLUMN = 16_384


def annotate(
    original: bytes,
    plant: Form,
    outcomes: Iterable[RowOutcome],
    *,
    wanted: str | None = None,
    encoding: str | None = None,
    is_own: bool = True,
    language: str = ENGLISH,
) -> bytes:
    """The workbook with its outcomes, as xlsx. ``wanted`` is the sheet that the person chose, and ``encoding`` their
    choice for a csv file, if known. Reasons come in ``language`` already.

    Raises `WorkbookError` for a file that cannot be read, or whose rows no longer fit the plant.
    """
    outcomes = list(outcomes)
    sheets = read_sheets(original, foreign_names(plant), encoding)
    source, ingested = _taken(sheets, plant, outcomes, wanted)
    columns = _result_columns(source, ingested.header_row, original if is_own else b"")
    labels = {field.name: field.column for field in plant.writable}
    _, header = choose([source], plant, None)
    source = conditioned(source, header)
    cells = _results(ingested, outcomes, labels, _ids(source, plant, header), language)
    added = _added(source, ingested.header_row, columns, cells, language)

    def kept(write: Callable[[], bytes | None]) -> bytes | None:
        """The copy, if it can be written in this way and says the same as the file."""
        try:
            copy = write() if original.startswith(b"PK") else None
            return copy if copy and says_the_same(copy, source, header, is_own=is_own) else None
        except Exception:  # openpyxl passes on any error of its parsers
            return None

    if is_own and (copy := kept(lambda: spliced(original, source.name, added))):
        return copy
    from setpoint.workbook.resave import in_new_workbook, resaved  # noqa: PLC0415  # openpyxl takes 0.2 s to load

    copy = kept(lambda: resaved(original, source, header, added, is_own=is_own))
    return copy or in_new_workbook(source, header, added)


def _added(
    source: Sheet,
    header_row: int,
    columns: Sequence[int],
    cells: Mapping[int, tuple[Value, ...]],
    language: str,
) -> Added:
    first, last = header_row + 1, source.first_row + len(source.rows) - 1
    status = f"${letters(columns[0] - 1)}{first}"
    rules = [
        (colour, "OR({})".format(",".join(f'{status}="{_word(word, language)}"' for word in words)))
        for colour, words in _COLOURS.items()
    ]
    return Added(
        columns,
        _WIDTHS,
        header_row,
        RESULT_COLUMNS[language],
        cells,
        f"A{first}:{letters(max(columns) - 1)}{last}",
        rules if first <= last else (),
    )


def listing(plant: Form, outcomes: Iterable[RowOutcome], language: str = ENGLISH) -> bytes:
    """Only the outcomes as xlsx, for a workbook that cannot be read any more."""
    from setpoint.workbook.resave import table  # noqa: PLC0415  # openpyxl takes 0.2 s to load

    labels = {field.name: field.column for field in plant.writable}
    rows: list[tuple[Value, ...]] = [
        (plant.id_column, text("result-field", language=language), *RESULT_COLUMNS[language])
    ]
    rows += [
        (
            each.machine.replace("_", ":", 1),
            labels.get(each.field, each.field),
            *_row([each], labels, language),
        )
        for each in outcomes
    ]
    return table(text("result-outcomes", language=language), rows)


def _taken(
    sheets: Sequence[Sheet], plant: Form, outcomes: Sequence[RowOutcome], wanted: str | None
) -> tuple[Sheet, Ingested]:
    """The sheet that was sent: the chosen one, otherwise the one that fits most outcomes."""
    ingested = parse_sheets(sheets, plant, "", wanted)
    best = (_fit(ingested, outcomes), ingested)
    for name in ingested.sheets if wanted is None and best[0] < len(outcomes) else ():
        try:
            other = parse_sheets(sheets, plant, "", name)
        except WorkbookError:
            continue
        if _fit(other, outcomes) > best[0]:
            best = (_fit(other, outcomes), other)
    return next(sheet for sheet in sheets if sheet.name == best[1].sheet), best[1]


def _fit(ingested: Ingested, outcomes: Sequence[RowOutcome]) -> int:
    valid = ingested.batch.valid_rows
    return sum(
        each.target is not None and valid.get(each.machine, {}).get(each.field) == each.target
        for each in outcomes
    )


def _result_columns(source: Sheet, header_row: int, original: bytes) -> Sequence[int]:
    """The places of the six columns: those of an earlier copy, or to the right of all cells, where no chart covers
    them."""
    header = source.rows[header_row - source.first_row] if header_row >= source.first_row else ()
    places = {plain(cell)[0]: column for column, cell in enumerate(header, 1) if isinstance(cell, str)}
    for titles in RESULT_COLUMNS.values():
        known = [places.get(plain(title)[0]) for title in titles]
        if all(known):
            return [column for column in known if column is not None]
    # Cells beyond the columns that are read may hold anything and are left alone, if there is room.
    if source.is_wide:
        return range(_LAST_COLUMN - len(_WIDTHS) + 1, _LAST_COLUMN + 1)
    rows = range(max(header_row, 1), source.first_row + len(source.rows))
    start = free_columns(max(map(len, source.rows)) + 1, len(_WIDTHS), drawings(original, source.name), rows)
    start = min(start, _LAST_COLUMN - len(_WIDTHS) + 1)
    return range(start, start + len(_WIDTHS))


def _results(
    ingested: Ingested,
    outcomes: Iterable[RowOutcome],
    labels: dict[str, str],
    ids: Mapping[int, str],
    language: str,
) -> dict[int, tuple[Value, ...]]:
    """The content of the six columns, by row. If the machine of a wrong row was still sent, the person had corrected
    the row before."""
    by_machine: dict[str, list[RowOutcome]] = {}
    for each in outcomes:
        by_machine.setdefault(each.machine, []).append(each)
    results: dict[int, tuple[Value, ...]] = {}
    machines_of: dict[int, list[str]] = {}
    for key, row in ingested.rows.items():
        machines_of.setdefault(row, []).append(key)
    left_out = text("result-left-out", language=language)
    put_right = text("result-put-right", language=language)
    for row, keys in machines_of.items():
        found = [
            each for key in keys for each in by_machine.get(key, [RowOutcome(key, "", NOT_SENT, left_out)])
        ]
        results[row] = _row(found, labels, language)
    wrong: dict[int, list[str]] = {}
    for issue in ingested.batch.errors:
        wrong.setdefault(issue.row, []).append(text(issue.message.code, issue.message.args, language))
    repaired = by_machine.keys() - ingested.rows.keys()
    for row, messages in wrong.items():
        key = ids.get(row, "")
        if key in repaired:
            repaired.remove(key)
            status, reason, *rest = _row(by_machine[key], labels, language)
            results[row] = (status, f"{reason}; {put_right}" if reason else put_right, *rest)
        else:
            results[row] = (_word(NOT_READ, language), " ".join(messages), None, None, None, None)
    return results


def _ids(source: Sheet, plant: Form, header: Header) -> dict[int, str]:
    """The machine of each row, by its entity key, if it can be read."""
    names = MachineNames(machine_ids([*plant.machines]))
    ids: dict[int, str] = {}
    for row, cells in enumerate(source.rows, source.first_row):
        cell = cells[header.id_column] if header.id_column < len(cells) else None
        found = names.read(cell) if isinstance(cell, str | float | int) else None
        if isinstance(found, ReadMachineId):
            ids[row] = found.id.replace(":", "_", 1)
    return ids


@lru_cache(maxsize=256)
def _word(status: str, language: str) -> str:
    """The word for a status; an outcome that is not in the catalogue is shown by its name."""
    code = f"result-{status.replace(' ', '-')}"
    return text(code, language=language) if has_text(code) else status


def _row(found: list[RowOutcome], labels: dict[str, str], language: str) -> tuple[Value, ...]:
    """One row's cells. If there are several fields, the most serious status counts, and each text names its field."""
    status = min((each.outcome for each in found), key=_gravity)
    if len(found) == 1:
        one = found[0]
        word = _word(status, language)
        return (word, one.reason or None, one.before, one.target, one.confirmed_at or None, one.by or None)

    is_one_machine = len({each.machine for each in found}) == 1

    def label(each: RowOutcome) -> str:
        name = labels.get(each.field, each.field)
        return name if is_one_machine else f"{each.machine.replace('_', ':', 1)} {name}".strip()

    def spelt(values: Iterable[tuple[RowOutcome, Value]]) -> str | None:
        parts = [
            f"{label(each)}: {number_text(value) if _is_number(value) else value}"
            for each, value in values
            if value not in (None, "")
        ]
        return "; ".join(parts) or None

    reasons = (
        (
            each,
            each.reason
            if each.outcome == status
            else f"{_word(each.outcome, language)} {each.reason}".strip(),
        )
        for each in found
    )
    differs = len({each.outcome for each in found}) > 1
    reason = spelt(reasons) if differs or any(each.reason for each in found) else None
    times = max((each.confirmed_at for each in found), default="")
    people = "; ".join(dict.fromkeys(each.by for each in found if each.by))
    return (
        _word(status, language),
        reason,
        spelt((each, each.before) for each in found),
        spelt((each, each.target) for each in found),
        times or None,
        people or None,
    )


def _gravity(outcome: str) -> int:
    return GRAVEST_FIRST.index(outcome) if outcome in GRAVEST_FIRST else 0


def _is_number(value: Value) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
