"""Finds the row of column names, and says which column feeds which field (XL-1).

The header is the first of a sheet's first 20 rows that has the id column and every required column. Case, spaces,
order and a unit in brackets do not matter: ``target  speed [rpm]`` is ``Target Speed``. A sheet without one is passed
over; a workbook without any is refused, naming what is missing and what was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from setpoint.core.ingest.cells import Cell, Sheet, listed, shown
from setpoint.core.plant import Field
from setpoint.core.topics import fold
from setpoint.errors import WorkbookError

HEADER_ROWS = 20
MAX_COLUMNS = 256
RESULT_COLUMNS = ("Status", "Reason", "Before", "Target", "Confirmed at", "By")
"""What an annotated copy adds; in a file that comes back they are passed over without a word."""
BASE_SHEET = "_setpoint"
"""The template's very hidden sheet with the revs as of its download."""
HOW_TO_SHEET = "How to"

_UNIT = re.compile(r"^(.*?)[\[(]([^\[\]()]*)[\])]$", re.DOTALL)
_SPACES = re.compile(r"[\t\n\v\f\r ]+")


class Form(Protocol):
    """What a plant tells whoever reads its workbooks; a `Plant` is one."""

    @property
    def id_column(self) -> str: ...
    @property
    def id_aliases(self) -> tuple[str, ...]: ...
    @property
    def writable(self) -> tuple[Field, ...]: ...
    @property
    def machines(self) -> Iterable[str]:
        """The entity keys of all machines."""


@dataclass(frozen=True, slots=True)
class Header:
    """Where a sheet's header stands. Columns count from 0; ``row`` is the number that the spreadsheet shows."""

    row: int
    id_column: int
    columns: tuple[tuple[int, Field], ...]
    ignored: tuple[str, ...]
    other_units: tuple[tuple[str, Field], ...]


def plain(header: str) -> tuple[str, str]:
    """A header reduced to what counts, and the unit in its brackets: ``Target Speed [rpm]`` → ``targetspeed, rpm``."""
    text = _SPACES.sub("", fold(header)).lower()
    found = _UNIT.match(text)
    return (found[1], found[2]) if found and found[1] else (text, "")


class Columns:
    """The plant's columns by every name they go by."""

    def __init__(self, plant: Form) -> None:
        self.id_column = plant.id_column
        self.required = tuple(each for each in plant.writable if each.is_required)
        self._ids = frozenset(plain(name)[0] for name in (plant.id_column, *plant.id_aliases))
        self._fields: Mapping[str, Field] = {
            plain(name)[0]: each for each in plant.writable for name in (each.column, *each.aliases)
        }
        self._passed_over = frozenset(plain(name)[0] for name in RESULT_COLUMNS)

    def missing(self, row: Sequence[Cell]) -> list[str]:
        """The required columns that a row lacks, by the plant's names; all of them for a row that is no header."""
        names = {plain(cell)[0] for cell in row[:MAX_COLUMNS] if isinstance(cell, str)}
        found = {self._fields[name].name for name in names if name in self._fields}
        lacks = [] if names & self._ids else [self.id_column]
        return lacks + [each.column for each in self.required if each.name not in found]

    def read(self, row: Sequence[Cell], number: int) -> Header:
        """The header in a row that lacks nothing. Raises `WorkbookError` where a column stands twice."""
        places: dict[str, list[int]] = {}
        fields: dict[str, Field] = {}
        ignored: list[str] = []
        other_units: list[tuple[str, Field]] = []
        for column, cell in enumerate(row[:MAX_COLUMNS]):
            if not isinstance(cell, str) or not (name := plain(cell))[0]:
                continue
            if name[0] in self._ids:
                places.setdefault("", []).append(column)
            elif (field := self._fields.get(name[0])) is not None:
                fields[field.name] = field
                places.setdefault(field.name, []).append(column)
                if name[1] and name[1] != plain(field.unit)[0]:
                    other_units.append((cell, field))
            elif name[0] not in self._passed_over:
                ignored.append(shown(fold(cell)))
        for name_of, columns in places.items():
            if len(columns) > 1:
                title = fields[name_of].column if name_of else self.id_column
                raise WorkbookError(
                    f"Invalid Template: the column {shown(title)} stands {len(columns)} times in row {number}, in "
                    f"columns {listed([letters(each) for each in columns])}. Leave one of them.",
                    code="doubled_column",
                )
        return Header(
            number,
            places[""][0],
            tuple((places[name_of][0], field) for name_of, field in fields.items()),
            tuple(ignored),
            tuple(other_units),
        )


def find_header(sheet: Sheet, columns: Columns) -> Header | None:
    """The header of one sheet, or None. Raises `WorkbookError` for a header with a column twice."""
    for offset, row in enumerate(sheet.rows[: max(0, HEADER_ROWS + 1 - sheet.first_row)]):
        if not columns.missing(row):
            return columns.read(row, sheet.first_row + offset)
    return None


def no_header(sheets: Iterable[Sheet], columns: Columns) -> WorkbookError:
    """Why none of these sheets has a header: what is missing in the row that comes nearest, and what stands there."""
    best: tuple[list[str], str, int, Sequence[Cell]] | None = None
    for sheet in sheets:
        for offset, row in enumerate(sheet.rows[: max(0, HEADER_ROWS + 1 - sheet.first_row)]):
            missing = columns.missing(row)
            if any(isinstance(cell, str) and fold(cell) for cell in row) and (
                best is None or len(missing) < len(best[0])
            ):
                best = (missing, sheet.name, sheet.first_row + offset, row)
    if best is None:
        names = [shown(columns.id_column), *(shown(each.column) for each in columns.required)]
        return WorkbookError(
            f"Invalid Template: there is no text in the first {HEADER_ROWS} rows. One of them needs the columns "
            f"{listed(names)}.",
            code="invalid_template",
        )
    missing, name, number, row = best
    found = [shown(fold(cell)) for cell in row[:MAX_COLUMNS] if isinstance(cell, str) and fold(cell)]
    return WorkbookError(
        f"Invalid Template: {listed([shown(each) for each in missing])} {'is' if len(missing) == 1 else 'are'} "
        f"missing; sheet {shown(name)}, row {number} has {listed(found)}.",
        code="invalid_template",
    )


def letters(column: int) -> str:
    """The letters that a spreadsheet shows over a column that is counted from 0: 0 → A, 27 → AB."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
