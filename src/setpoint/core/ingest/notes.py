"""The warnings about a sheet, a header or a column rather than a single cell. Twin of ``notes.ts``."""

from __future__ import annotations

from collections.abc import Sequence

from setpoint.core.ingest.cells import Sheet, listed, number_text, shown
from setpoint.core.ingest.choice import own_sheets
from setpoint.core.ingest.header import MAX_COLUMNS, Header, letters
from setpoint.core.ingest.schema import Issue


def about_sheets(sheets: Sequence[Sheet], taken: Sheet, header: Header) -> list[Issue]:
    """Which sheet was read although nobody sees it, and which ones were not."""
    row, issues = max(header.row, 1), []
    if taken.is_hidden:
        msg = f"The sheet {shown(taken.name)} is hidden; it was read all the same."
        issues.append(Issue(row, "hidden_sheet", msg))
    own = own_sheets(sheets)
    others = [shown(each.name) for each in sheets if each is not taken and each.rows and each.name not in own]
    if others:
        word = "Sheets that were" if len(others) > 1 else "A sheet that was"
        issues.append(Issue(row, "other_sheets", f"{word} not read: {listed(others)}."))
    return issues


def about_header(header: Header, sheet: Sheet, id_column: str) -> list[Issue]:
    """What was made of the names and units of the columns."""
    row = max(header.row, 1)
    named = [(header.id_column, id_column), *((column, field.column) for column, field in header.columns)]
    issues = []
    if not header.is_there:
        read_as = [
            f"{letters(column)} as {shown(name)}" + (f" in {unit}" if unit else "")
            for (column, name), unit in zip(
                named, ["", *(field.unit for _, field in header.columns)], strict=True
            )
        ]
        msg = f"There is no header. By their shape the columns were read: {listed(read_as)}."
        issues.append(Issue(row, "no_header", msg))
    issues += [
        Issue(
            row,
            "other_unit",
            f"The header {shown(name)} was read as {shown(field.column)}, which has no unit.",
            field.column,
        )
        for name, field in header.other_units
    ]
    issues += [
        Issue(
            row,
            "converted_unit",
            f"The header {shown(name)} is in {unit}: its numbers were multiplied by "
            f"{number_text(header.factors[field.name])} to be in {field.unit}.",
            field.column,
        )
        for name, field, unit in header.units
    ]
    issues += [
        Issue(
            row, "hidden_column", f"Column {letters(column)} ({name}) is hidden; it was read as well.", name
        )
        for column, name in named
        if column in sheet.hidden_columns
    ]
    if header.ignored:
        msg = f"Columns that are not known here were left out: {listed(header.ignored)}."
        issues.append(Issue(row, "ignored_columns", msg))
    if sheet.is_wide:
        issues.append(Issue(row, "many_columns", f"Only the first {MAX_COLUMNS} columns were read."))
    return issues


def about_rows(header: Header, sheet: Sheet, blank: Sequence[int]) -> list[Issue]:
    """Blank and hidden rows. Blank rows below the last row that counts are none: somebody once clicked there."""
    last, inner = sheet.first_row + len(sheet.rows) - 1, len(blank)
    while inner and blank[inner - 1] == last:
        last, inner = last - 1, inner - 1
    issues = []
    if inner:
        were = "1 blank row was" if inner == 1 else f"{inner} blank rows were"
        issues.append(Issue(blank[0], "blank_rows", f"{were} skipped."))
    hidden = [row for row in sheet.hidden_rows.difference(blank) if header.row < row <= last]
    if hidden:
        were = "1 hidden row was" if len(hidden) == 1 else f"{len(hidden)} hidden rows were"
        issues.append(Issue(min(hidden), "hidden_rows", f"{were} read as well."))
    return issues
