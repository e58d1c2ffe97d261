"""Chooses the sheet to read, and the rows in it (XL-1, XL-5). Twin of ``frontend/src/ingest/choice.ts``.

If the person names a sheet, it is that one. Otherwise it is the first sheet with a valid header, in this order: the
active sheet, the visible ones, the hidden ones. If no sheet has a header, rows in the order of the template are read
without one, because people paste such rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from setpoint.contract.topics import fold, machine_ids
from setpoint.core.ingest.cast import Refusal, cast
from setpoint.core.ingest.cells import Cell, Kind, Sheet, Special, listed, shown
from setpoint.core.ingest.header import (
    BASE_SHEET,
    HEADER_ROWS,
    HOW_TO_SHEETS,
    MAX_COLUMNS,
    Columns,
    Form,
    Header,
    find_header,
    no_header,
)
from setpoint.core.ingest.id_column import read_ids
from setpoint.core.ingest.machines import MachineNames
from setpoint.errors import WorkbookError

BASE_VERSION = 1


def choose(sheets: Sequence[Sheet], plant: Form, wanted: str | None) -> tuple[Sheet, Header]:
    """The sheet that is read, and its header. Raises `WorkbookError` if there is none."""
    if not plant.writable:
        raise WorkbookError(
            "No field of this plant can be set, so it takes no workbook of targets.", code="nothing_to_set"
        )
    columns = Columns(plant)
    candidates = [sheet for sheet in sheets if sheet.name != BASE_SHEET]
    if wanted is not None:
        candidates = _named(candidates, wanted)
    for sheet in _in_order(candidates):
        header = find_header(sheet, columns)
        if header is not None:
            return sheet, header
    for sheet in _in_order(candidates):
        header = _without_header(sheet, plant, columns)
        if header is not None:
            return sheet, header
    raise no_header(candidates, columns)


def sheet_names(sheets: Sequence[Sheet]) -> list[str]:
    """The sheets that a person can choose, in their order; without those that our template brings for itself."""
    own = own_sheets(sheets)
    return [sheet.name for sheet in sheets if sheet.rows and sheet.name not in own]


def own_sheets(sheets: Iterable[Sheet]) -> tuple[str, ...]:
    """The names of the sheets that our template brings beside its rows; none in any other workbook."""
    return (BASE_SHEET, *HOW_TO_SHEETS.values()) if any(sheet.name == BASE_SHEET for sheet in sheets) else ()


def base_of(sheets: Iterable[Sheet]) -> dict[str, dict[str, int]]:
    """The revs that our template carries: ``setpoint, 1`` and then rows of entity key, field, rev."""
    base: dict[str, dict[str, int]] = {}
    for sheet in sheets:
        if (
            sheet.name != BASE_SHEET
            or not sheet.rows
            or list(sheet.rows[0][:2]) != ["setpoint", BASE_VERSION]
        ):
            continue
        for row in sheet.rows[1:]:
            match list(row[:3]):
                # Nobody has to see what the template keeps here.
                case [str(key), str(name), Special(Kind.ZERO)]:
                    base.setdefault(key, {})[name] = 0
                case [str(key), str(name), int() | float() as rev] if rev >= 0 and rev == int(rev):
                    base.setdefault(key, {})[name] = int(rev)
    return base


def _named(sheets: Sequence[Sheet], wanted: str) -> list[Sheet]:
    for name_of in (str, lambda text: fold(text).lower()):
        found = [sheet for sheet in sheets if name_of(sheet.name) == name_of(wanted)]
        if len(found) > 1:
            names = listed([shown(sheet.name) for sheet in found[:6]], total=len(found))
            raise WorkbookError(
                f"{shown(wanted)} can be {names}. Give the name of one of these sheets as it stands.",
                code="no_such_sheet",
            )
        if found:
            return found
    names = listed([shown(sheet.name) for sheet in sheets[:6]], total=len(sheets)) if sheets else "none"
    raise WorkbookError(f"The file has no sheet {shown(wanted)}; it has {names}.", code="no_such_sheet")


def _in_order(sheets: Sequence[Sheet]) -> Iterator[Sheet]:
    seen = [sheet for sheet in sheets if not sheet.is_hidden]
    yield from (sheet for sheet in seen if sheet.is_active)
    yield from (sheet for sheet in seen if not sheet.is_active)
    yield from (sheet for sheet in sheets if sheet.is_hidden)


def _is_machine(cell: Cell, names: MachineNames) -> bool:
    if isinstance(cell, Special):
        return not isinstance(read_ids(cell, names), Refusal)
    return names.is_one(cell)


def _without_header(sheet: Sheet, plant: Form, columns: Columns) -> Header | None:
    """A header for rows that have none: each of the first has a machine and then targets, in the template's order."""
    names = MachineNames(machine_ids([*plant.machines]))
    width, count = 0, 0
    for row in sheet.rows[:HEADER_ROWS]:
        cells = [None if isinstance(cell, str) and not fold(cell) else cell for cell in row[:MAX_COLUMNS]]
        while cells and cells[-1] is None:
            cells.pop()
        if not cells:
            continue
        if not 2 <= len(cells) <= len(columns.writable) + 1 or not _is_machine(cells[0], names):
            return None
        for cell, field in zip(cells[1:], columns.writable, strict=False):
            if (cell is None and field.is_required) or (
                cell is not None and isinstance(cast(cell, field), Refusal)
            ):
                return None
        width, count = max(width, len(cells)), count + 1
    if not count or len(columns.required) > width - 1:
        return None
    fields = tuple(enumerate(columns.writable[: width - 1], 1))
    return Header(sheet.first_row - 1, 0, fields, is_there=False)
