"""The warnings about a sheet, a header or a column rather than a single cell. Twin of ``notes.ts``."""

from __future__ import annotations

from collections.abc import Sequence

from setpoint.core.ingest.cells import Sheet, Special, cut, number_text, quoted, several
from setpoint.core.ingest.choice import own_sheets
from setpoint.core.ingest.header import MAX_COLUMNS, Header, letters
from setpoint.core.ingest.layout import is_blank
from setpoint.core.ingest.schema import Issue
from setpoint.message import Args, Message

LOOKED_AT_ROWS = 1_000
"""The number of rows below the header that are searched for values in columns without a name."""


def about_sheets(sheets: Sequence[Sheet], taken: Sheet, header: Header) -> list[Issue]:
    """Warns about a hidden sheet that was read, sheets that were not read, and an old code page."""
    row = max(header.row, 1)
    issues: list[Issue] = []
    if taken.is_hidden:
        issues.append(Issue(row, "hidden_sheet", {"sheet": cut(taken.name)}))
    own = own_sheets(sheets)
    others = [
        quoted(each.name) for each in sheets if each is not taken and each.rows and each.name not in own
    ]
    if others:
        issues.append(Issue(row, "other_sheets", {"count": len(others), "sheets": several(others)}))
    if taken.pages is not None:
        is_known = len(taken.pages) == 1
        issues.append(Issue(row, "code_page", {"page": taken.pages[0] if is_known else "unknown"}))
    return issues


def about_header(header: Header, sheet: Sheet, id_column: str, end: int) -> list[Issue]:
    """Warns about the names and units of columns. ``end``: the table ends before this row; 0 for that of the sheet."""
    row = max(header.row, 1)
    named = [
        (header.id_column, id_column, ""),
        *((column, field.column, field.unit) for column, field in header.columns),
    ]
    issues: list[Issue] = []
    if not header.is_there:
        issues.append(Issue(row, "no_header", {"columns": several([_read_as(*each) for each in named])}))
    issues += [
        Issue(row, "other_unit", {"header": cut(name)}, field.column) for name, field in header.other_units
    ]
    issues += [
        Issue(
            row,
            "converted_unit",
            {
                "header": cut(name),
                "from": unit,
                "factor": number_text(header.factors[field.name]),
                "unit": field.unit,
            },
            field.column,
        )
        for name, field, unit in header.units
    ]
    issues += [
        Issue(row, "hidden_column", {"letters": letters(column)}, name)
        for column, name, _ in named
        if column in sheet.hidden_columns
    ]
    if header.ignored:
        issues.append(Issue(row, "ignored_columns", {"columns": several(header.ignored)}))
    if nameless := _nameless(header, sheet, end):
        issues.append(Issue(row, "nameless_columns", {"columns": several([*map(letters, nameless)])}))
    if sheet.is_wide:
        issues.append(Issue(row, "many_columns", {"most": MAX_COLUMNS}))
    return issues


def _nameless(header: Header, sheet: Sheet, end: int) -> list[int]:
    """The columns with values near the header that it gives no name; a header may have two rows. In a csv file, such a
    value makes its row an error."""
    if not header.is_there or sheet.is_delimited:
        return []
    below = header.row + 1 - sheet.first_row
    known = {header.id_column, *(column for column, _ in header.columns)}
    for names in sheet.rows[max(0, below - 2) : below]:
        known |= {
            place
            for place, cell in enumerate(names)
            if isinstance(cell, Special | str) and not is_blank(cell)
        }
    filled = {
        place
        for cells in sheet.rows[
            below : min(below + LOOKED_AT_ROWS, end - sheet.first_row if end else len(sheet.rows))
        ]
        for place, cell in enumerate(cells[:MAX_COLUMNS])
        if place not in known and not is_blank(cell)
    }
    return sorted(filled)


def _read_as(column: int, name: str, unit: str) -> Message:
    args: Args = {"letters": letters(column), "column": cut(name)}
    return Message("column-as-in", args | {"unit": unit}) if unit else Message("column-as", args)


def about_rows(
    header: Header, sheet: Sheet, blank: Sequence[int], again: Sequence[int], totals: Sequence[int]
) -> list[Issue]:
    """Blank and hidden rows, those that are the header ``again``, and ``totals`` of tables. Blank rows below the last
    row that counts get no warning: somebody once clicked there."""
    last, inner = sheet.first_row + len(sheet.rows) - 1, len(blank)
    while inner and blank[inner - 1] == last:
        last, inner = last - 1, inner - 1
    issues = [Issue(blank[0], "blank_rows", {"count": inner})] if inner else []
    if again:
        issues.append(Issue(again[0], "header_again", {"count": len(again)}))
    if totals:
        issues.append(Issue(totals[0], "total_rows", {"count": len(totals)}))
    hidden = [row for row in sheet.hidden_rows.difference(blank) if header.row < row <= last]
    if hidden:
        issues.append(Issue(min(hidden), "hidden_rows", {"count": len(hidden)}))
    return issues
