"""Finds the row of column names, and maps columns to fields (XL-1).

The header is the first of a sheet's first 20 rows that has the id column and every required column; failing that, the
first two rows that have them together. Case, spaces, order, the marks ``_ - * : . , ;`` and a unit do not
matter to a name: ``target_speed* [rpm]`` is ``Target Speed``. A unit must be the field's own or have a factor in the
plant file; any other is refused. A sheet without a header is skipped. A workbook without any header is refused; the
error names what is missing and what was found in the row that comes nearest.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from setpoint.contract.topics import fold
from setpoint.core.ingest.cells import Cell, Kind, Sheet, Special, cut, listed, quoted, several, shown
from setpoint.core.ingest.units import factor_of
from setpoint.core.plant import Field, FieldType
from setpoint.errors import WorkbookError
from setpoint.message import Message

HEADER_ROWS = 20
MAX_COLUMNS = 256
RESULT_COLUMNS = {
    "en": ("Status", "Reason", "Before", "Target", "Confirmed at", "By"),
    "de": ("Ergebnis", "Grund", "Vorher", "Gesendet", "Bestätigt um", "Von"),
}
"""The columns of an annotated copy, by language; in a file that comes back they are skipped without a warning."""
BASE_SHEET = "_setpoint"
"""The template's very hidden sheet with the revs as of its download."""
HOW_TO_SHEETS = {"en": "How to", "de": "Anleitung"}
"""The template's sheet of instructions, by language. It is never read."""

_UNIT = re.compile(r"^(.*?)[\[(]([^\[\]()]*)[\])]$", re.DOTALL)
_SPACES = re.compile(r"[\t\n\v\f\r ]+")
_MARKS = re.compile(r"""[-_*:;,.'"]""")
_AROUND = "*:;,._-"
_MAX_HEADER = 120
_LIKE_A_NUMBER = re.compile(r"[-+]?[0-9.,]")


class Form(Protocol):
    """What the reader of workbooks must know about the plant; a `Plant` has it."""

    @property
    def id_column(self) -> str:
        """The header of the column with the machines."""

    @property
    def id_aliases(self) -> tuple[str, ...]:
        """Other headers that mean the same."""

    @property
    def writable(self) -> tuple[Field, ...]:
        """The fields that a workbook may give targets for."""

    @property
    def machines(self) -> Iterable[str]:
        """The entity keys of all machines."""


@dataclass(frozen=True, slots=True)
class Header:
    """The place of a sheet's header. Columns count from 0; ``row`` is the number that the spreadsheet shows.

    ``factors`` convert columns with another unit to the field's unit; ``units`` are the headers that say so.
    """

    row: int
    id_column: int
    columns: tuple[tuple[int, Field], ...]
    ignored: tuple[Message, ...] = ()
    other_units: tuple[tuple[str, Field], ...] = ()
    units: tuple[tuple[str, Field, str], ...] = ()
    factors: Mapping[str, float] = field(default_factory=dict)
    is_there: bool = True
    """False if the rows have no header and were read in the order of the template."""


def plain(header: str) -> tuple[str, str]:
    """A header reduced to what counts, and the unit in its brackets: ``Target_Speed* [rpm]`` → ``targetspeed, rpm``."""
    text = _SPACES.sub("", unicodedata.normalize("NFC", fold(header))).strip(_AROUND)
    found = _UNIT.match(text)
    name = _MARKS.sub("", found[1] if found else text).lower()
    return (name, found[2]) if found and name else (_MARKS.sub("", text).lower(), "")


def foreign_names(plant: Form) -> frozenset[str]:
    """The plant's names of columns and options that are not all ASCII, reduced to what counts. The code page of a csv
    file is recognised by them."""
    names = [plant.id_column, *plant.id_aliases]
    for each in plant.writable:
        names += (each.column, *each.aliases, *each.options)
    return frozenset(plain(name)[0] for name in names if not name.isascii())


class Columns:
    """The plant's columns by every name they go by."""

    def __init__(self, plant: Form) -> None:
        self.id_column = plant.id_column
        self.writable = tuple(plant.writable)
        self.required = tuple(each for each in plant.writable if each.is_required)
        self.ids = frozenset(plain(name)[0] for name in (plant.id_column, *plant.id_aliases))
        self._fields: Mapping[str, Field] = {
            plain(name)[0]: each for each in plant.writable for name in (each.column, *each.aliases)
        }
        self._passed_over = frozenset(plain(name)[0] for names in RESULT_COLUMNS.values() for name in names)

    def missing(self, row: Sequence[Cell]) -> list[str]:
        """The required columns that a row lacks, by the plant's names; all of them for a row that is not a header."""
        named = [self.named(cell) for cell in row[:MAX_COLUMNS] if isinstance(cell, str)]
        fields = [each[0] for each in named if each is not None]
        lacks = [] if None in fields else [self.id_column]
        return lacks + [each.column for each in self.required if each not in fields]

    def named(self, header: str) -> tuple[Field | None, str] | None:
        """The field that a header names, or None for the id column, and its unit. None for any other name."""
        name, unit = plain(header)
        if name in self.ids:
            return None, ""
        if (field := self._fields.get(name)) is not None:
            return field, unit
        return None if unit else self._with_bare_unit(header)

    def _with_bare_unit(self, header: str) -> tuple[Field, str] | None:
        """``Target Speed rpm``: without brackets a unit must be one that is known, or it is a part of another name."""
        text = _SPACES.sub("", unicodedata.normalize("NFC", fold(header[:_MAX_HEADER]))).strip(_AROUND)
        for end in range(len(text) - 1, 0, -1):
            field = self._fields.get(_MARKS.sub("", text[:end]).lower())
            if field is not None:
                rest = text[end:].lstrip(_AROUND)
                for unit in (rest, rest.removeprefix("in")):
                    if unit and factor_of(field, unit) is not None:
                        return field, unit
        return None

    def read(self, row: Sequence[Cell], number: int) -> Header:
        """The header in a row that lacks nothing. Raises `WorkbookError` for a column that occurs twice, and for a unit
        that is not known."""
        places: dict[str, list[int]] = {}
        fields: dict[str, Field] = {}
        ignored: list[Message] = []
        other_units: list[tuple[str, Field]] = []
        units: list[tuple[str, Field, str]] = []
        factors: dict[str, float] = {}
        for column, cell in enumerate(row[:MAX_COLUMNS]):
            if isinstance(cell, Special):
                ignored += _unread(cell)
            if not isinstance(cell, str) or not (name := plain(cell)[0]):
                continue
            found = self.named(cell)
            if found is None:
                if name not in self._passed_over:
                    ignored.append(quoted(fold(cell)))
                continue
            field, unit = found
            if field is None:
                places.setdefault("", []).append(column)
                continue
            fields[field.name] = field
            places.setdefault(field.name, []).append(column)
            if unit and field.type is not FieldType.NUMBER:
                other_units.append((cell, field))
            elif unit:
                factor = factor_of(field, unit)
                if factor is None:
                    raise other_unit(cell, field, number)
                if factor != 1:
                    units.append((cell, field, unit))
                    factors[field.name] = factor
        for name_of, columns in places.items():
            if len(columns) > 1:
                title = fields[name_of].column if name_of else self.id_column
                raise WorkbookError(
                    f"Invalid Template: the column {shown(title)} is {len(columns)} times in row {number}, in "
                    f"columns {listed([letters(each) for each in columns])}. Leave one of them.",
                    code="doubled_column",
                    arguments={
                        "column": quoted(title),
                        "count": len(columns),
                        "row": number,
                        "columns": several([letters(each) for each in columns]),
                    },
                )
        return Header(
            number,
            places[""][0],
            tuple((places[name_of][0], field) for name_of, field in fields.items()),
            tuple(ignored),
            tuple(other_units),
            tuple(units),
            factors,
        )


def _unread(cell: Special) -> list[Message]:
    """The name of a column, if nobody can read it or it is struck out; otherwise nothing."""
    if cell.kind is Kind.LETTERS:
        return [Message("quoted-letters", {"text": cut(str(cell.value))})]
    return [quoted(fold(cell.value))] if cell.kind is Kind.STRUCK and isinstance(cell.value, str) else []


def find_header(sheet: Sheet, columns: Columns) -> Header | None:
    """The header of one sheet, or None. Raises `WorkbookError` for a column that occurs twice, and for a unit that is
    not known."""
    rows = sheet.rows[: max(0, HEADER_ROWS + 2 - sheet.first_row)]
    last = max(0, HEADER_ROWS + 1 - sheet.first_row)
    for offset, row in enumerate(rows[:last]):
        if not columns.missing(row):
            after = rows[offset + 1] if offset + 1 < len(rows) else ()
            if _is_row_of_units(row, after, columns):
                return columns.read(_with_units(row, after, columns), sheet.first_row + offset + 1)
            return columns.read(row, sheet.first_row + offset)
    for offset in range(min(last, len(rows)) - 1):
        both = _both(rows[offset], rows[offset + 1], columns)
        if not columns.missing(both):
            return columns.read(both, sheet.first_row + offset + 1)
    return None


def _is_row_of_units(row: Sequence[Cell], after: Sequence[Cell], columns: Columns) -> bool:
    """Whether the row under a header belongs to it: it names no machine, and says in words what its numbers are."""
    has_words = False
    for column, cell in enumerate(row[:MAX_COLUMNS]):
        found = columns.named(cell) if isinstance(cell, str) else None
        below = after[column] if column < len(after) else None
        if found is None or below is None or (isinstance(below, str) and not fold(below)):
            continue
        field = found[0]
        if field is None or not isinstance(below, str):
            return False
        if field.type is FieldType.NUMBER:
            if _LIKE_A_NUMBER.match(fold(below)) and factor_of(field, _unit_in(below)) is None:
                return False
            has_words = True
    return has_words


def _with_units(row: Sequence[Cell], after: Sequence[Cell], columns: Columns) -> list[Cell]:
    """A header with the units in the row under it. Two different units count as unknown."""
    joined: list[Cell] = []
    for column, cell in enumerate(row[:MAX_COLUMNS]):
        below = after[column] if column < len(after) else None
        field, unit = (isinstance(cell, str) and columns.named(cell)) or (None, "")
        if (
            field is None
            or field.type is not FieldType.NUMBER
            or not isinstance(below, str)
            or not fold(below)
        ):
            joined.append(cell)
            continue
        under = _unit_in(below)
        is_same = unit and factor_of(field, unit) == factor_of(field, under)
        joined.append(
            cell if is_same else f"{field.column} [{unit}, {under}]" if unit else f"{field.column} [{under}]"
        )
    return joined


def _unit_in(text: str) -> str:
    return fold(text).strip("[]() ")


def _both(row: Sequence[Cell], after: Sequence[Cell], columns: Columns) -> list[Cell]:
    """Two rows as one: a cell of the upper row also counts for the blank cells to its right, as in a merged cell."""
    both: list[Cell] = []
    above = ""
    for column in range(min(max(len(row), len(after)), MAX_COLUMNS)):
        top = row[column] if column < len(row) else None
        top = top if isinstance(top, str) and fold(top) else None
        bottom = after[column] if column < len(after) else None
        bottom = bottom if isinstance(bottom, str) and fold(bottom) else None
        above = top or above
        if bottom is None:
            both.append(top)
        elif columns.named(bottom) is None and columns.named(f"{above} {bottom}") is not None:
            both.append(f"{above} {bottom}")
        else:
            both.append(bottom)
    return both


def other_unit(header: str, field: Field, row: int) -> WorkbookError:
    """The refusal of an unknown unit: its numbers may mean anything."""
    takes = f"takes {field.unit}" if field.unit else "takes a number without a unit"
    right = f"{field.column} [{field.unit}]" if field.unit else field.column
    return WorkbookError(
        f"Invalid Template: the header {shown(header)} in row {row} has a unit that is not known; {field.column} "
        f"{takes}. Convert the numbers, and name the column {shown(right)}.",
        code="other_unit",
        arguments={"header": quoted(header), "row": row, "right": quoted(right)},
    )


def no_header(sheets: Iterable[Sheet], columns: Columns) -> WorkbookError:
    """Explains why none of these sheets has a header: what the most similar row lacks, and what it contains."""
    best: tuple[tuple[int, int, int], list[str], str, int, Sequence[Cell]] | None = None
    for sheet in sheets:
        for offset, row in enumerate(sheet.rows[: max(0, HEADER_ROWS + 1 - sheet.first_row)]):
            texts = [cell for cell in row[:MAX_COLUMNS] if isinstance(cell, str) and fold(cell)]
            missing = columns.missing(row)
            known = sum(columns.named(each) is not None for each in texts)
            rank = (len(missing), -known, -min(len(texts), len(columns.writable) + 1))
            if texts and (best is None or rank < best[0]):
                best = (rank, missing, sheet.name, sheet.first_row + offset, row)
    if best is None:
        names = [shown(columns.id_column), *(shown(each.column) for each in columns.required)]
        return WorkbookError(
            f"Invalid Template: there is no text in the first {HEADER_ROWS} rows. One of them needs the columns "
            f"{listed(names)}.",
            code="invalid_template",
        )
    _, missing, name, number, row = best
    found = [fold(cell) for cell in row[:MAX_COLUMNS] if isinstance(cell, str) and fold(cell)]
    is_unknown = any(isinstance(cell, Special) and cell.kind is Kind.LETTERS for cell in row[:MAX_COLUMNS])
    code_page = (
        " Others are in a code page that is not known: choose the encoding of the file, or save it as CSV UTF-8."
        if is_unknown
        else ""
    )
    return WorkbookError(
        f"Invalid Template: {listed([shown(each) for each in missing])} {'is' if len(missing) == 1 else 'are'} "
        f"missing; sheet {shown(name)}, row {number} has {listed([*map(shown, found)])}.{code_page}",
        code="invalid_template",
        arguments={
            "missing": several([*map(quoted, missing)]),
            "count": len(missing),
            "sheet": quoted(name),
            "row": number,
            "found": several([*map(quoted, found)]),
            "letters": Message("file-problem-letters") if is_unknown else "",
        },
    )


def letters(column: int) -> str:
    """The letters that a spreadsheet shows over a column that is counted from 0: 0 → A, 27 → AB."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
