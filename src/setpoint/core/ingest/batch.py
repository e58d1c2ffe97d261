"""Turns the rows under a header into a `ParsedBatch`: what may be sent, what may not, and why.

The walk is a generator. Over 1,000 rows, it yields its progress every 500 (XL-8), so that the caller can show it, let
others run, or stop early. There is no result before the end.

Most rows are exactly as in the template, and there may be many. So a chunk is first read column by column: if a whole
column contains only numbers within bounds, or only exact options, its rows need no separate check. A chunk with
anything else is halved, down to a few rows, which then go through `cast` one by one. Both ways give the same result;
the tests compare them. The result stays in columns (`Gathered`) until somebody reads it row by row.

A row counts if it has a value in a known column. Every such row ends either in ``validRows`` or with at least one
error. If a machine has several rows, all of them are errors (XL-4).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Sequence
from itertools import chain, compress

import msgspec

from setpoint.contract.topics import fold, machine_ids
from setpoint.contract.values import Value
from setpoint.core.ingest.cast import Refusal, cast
from setpoint.core.ingest.cells import Cell, Sheet, several
from setpoint.core.ingest.choice import base_of, choose, sheet_names
from setpoint.core.ingest.header import Form, Header
from setpoint.core.ingest.id_column import read_ids
from setpoint.core.ingest.layout import Conditional, HeaderBelow, HeadersBelow, Merged, most_fields, width
from setpoint.core.ingest.machines import MachineNames
from setpoint.core.ingest.notes import about_header, about_rows, about_sheets
from setpoint.core.ingest.quick import quick_column
from setpoint.core.ingest.schema import Gathered, Ingested, Issue, ParsedBatch, Summary
from setpoint.core.plant import Field
from setpoint.message import Args

CHUNKED_OVER_ROWS = 1_000
"""More rows than this are read in chunks (XL-8)."""
CHUNK_ROWS = 500
"""The rows between two reports of progress."""
MAX_ISSUES = 10_000
"""The most errors, and the most warnings, in the lists. The summary counts all. This bounds the memory of a bad
file.
"""
_FEW_ROWS = 16
_EXACT_ID = re.compile(r"m:[0-9]{1,12}")


class Progress(msgspec.Struct, frozen=True):
    """How many of the rows below the header have been judged."""

    done: int
    total: int


def ingest(
    sheets: Sequence[Sheet], plant: Form, tx_id: str, wanted: str | None = None
) -> Generator[Progress, None, Ingested]:
    """Yields `Progress`, returns `Ingested`. ``wanted`` is the name of the sheet that a person chose.

    Raises `WorkbookError` if no sheet has a valid header (XL-1), or if there is no sheet of that name.
    """
    return (yield from gather(sheets, plant, tx_id, wanted)).ingested([*plant.machines])


def gather(
    sheets: Sequence[Sheet], plant: Form, tx_id: str, wanted: str | None = None
) -> Generator[Progress, None, Gathered]:
    """`ingest`, left in columns."""
    sheet, header = choose(sheets, plant, wanted)
    walk = _Walk(plant, sheet, header)
    start, total = header.row + 1 - sheet.first_row, len(sheet.rows)
    if total - start > CHUNKED_OVER_ROWS:
        for chunk in range(start, total, CHUNK_ROWS):
            walk.rows(chunk, min(chunk + CHUNK_ROWS, total))
            yield Progress(min(chunk + CHUNK_ROWS, total) - start, total - start)
    else:
        walk.rows(start, total)
    return walk.finish(tx_id, sheets, base_of(sheets))


def parse_sheets(sheets: Sequence[Sheet], plant: Form, tx_id: str, wanted: str | None = None) -> Ingested:
    """`ingest` in one go."""
    steps = ingest(sheets, plant, tx_id, wanted)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            done: Ingested = end.value
            return done


def parse_batch(rows: Sequence[Sequence[Cell]], plant: Form, tx_id: str) -> ParsedBatch:
    """The batch in the rows of one sheet, the first of them row 1."""
    return parse_sheets([Sheet("Sheet1", rows)], plant, tx_id).batch


class _Walk:
    """Takes the rows of one sheet, chunk by chunk, and keeps what was found."""

    def __init__(self, plant: Form, sheet: Sheet, header: Header) -> None:
        self._sheet = sheet
        self._header = header
        self._id_column_name = plant.id_column
        # Machines are identified by their place in the form: numbers are cheaper to look up, compare and send than
        # texts.
        self._keys = [*plant.machines]
        self._ids = machine_ids(self._keys)
        self._names_of = MachineNames(self._ids)
        self._known = self._names_of.known
        self._quick = tuple(
            (column, quick_column(field, header.factors.get(field.name, 1)))
            for column, field in header.columns
        )
        self._names = tuple(field.name for _, field in header.columns)
        self._last_column = max(header.id_column, *(column for column, _ in header.columns))
        self._most = most_fields(sheet, header) if sheet.is_delimited else None
        self._merged = Merged(sheet, header)
        self._conditional = Conditional(sheet, header)
        self._headers = HeadersBelow(plant, header)
        self._machines: list[int] = []
        self._rows: list[int] = []
        self._columns: tuple[list[Value], ...] = tuple([] for _ in self._names)
        self._seen: set[int] = set()
        self._row_of: dict[int, int] = {}
        self._written = 0
        self._doubled: dict[int, list[int]] = {}
        self._blank: list[int] = []
        self._again: list[int] = []
        self._totals: list[int] = []
        self._other_table = 0
        """The row in which another table begins; 0 if there is none."""
        self._bad: set[int] = set()
        self._errors: list[Issue] = []
        self._warnings: list[Issue] = []

    def rows(self, start: int, stop: int) -> None:
        """Takes the rows from one offset in the sheet to another."""
        if stop - start <= _FEW_ROWS:
            for number, row in enumerate(self._sheet.rows[start:stop], self._sheet.first_row + start):
                self._one_row(number, row)
        elif not self._quickly(start, stop):
            middle = (start + stop) // 2
            self.rows(start, middle)
            self.rows(middle, stop)

    def _quickly(self, start: int, stop: int) -> bool:
        """Takes rows that are all exactly as in the template, their machines known or not; takes none if one of them
        is not."""
        chunk = self._sheet.rows[start:stop]
        first = self._sheet.first_row + start
        if self._is_special(first, chunk):
            return False
        columns = tuple(zip(*chunk, strict=True))
        ids = columns[self._header.id_column]
        places = [*map(self._known.get, ids)]
        machines = [place for place in places if place is not None]
        if len(machines) < len(places) and not self._are_only_unknown(chunk, ids):
            return False
        new = set(machines)
        if len(new) < len(machines) or not new.isdisjoint(self._seen):
            return False
        values: list[Sequence[Value]] = []
        for place, quick in self._quick:
            if (taken := quick(columns[place])) is None:
                return False
            values.append(taken)
        if all(None in each for each in values):
            return False  # a row may consist of its id alone
        numbers = range(first, first + len(chunk))
        is_known = [place is not None for place in places]
        self._machines += machines
        self._rows += compress(numbers, is_known)
        for column, more in zip(self._columns, values, strict=True):
            column.extend(compress(more, is_known))
        self._seen |= new
        for number, id_cell in zip(numbers, ids, strict=True) if len(machines) < len(places) else ():
            if id_cell not in self._known:
                self._error(number, "unknown_machine", {"machine": str(id_cell)}, self._id_column_name)
                self._bad.add(number)
        return True

    def _is_special(self, first: int, chunk: Sequence[Sequence[Cell]]) -> bool:
        """Whether some rows may be more or less than a machine and its targets."""
        if self._other_table or len(set(map(len, chunk))) != 1 or len(chunk[0]) <= self._last_column:
            return True
        if self._most is not None and len(chunk[0]) > self._most and max(map(width, chunk)) > self._most:
            return True
        last = first + len(chunk) - 1
        if self._merged.are_in(first, last) or self._conditional.are_in(first, last):
            return True
        return not self._sheet.total_rows.isdisjoint(range(first, last + 1))

    def _are_only_unknown(self, chunk: Sequence[Sequence[Cell]], ids: Sequence[Cell]) -> bool:
        """Whether each cell names one machine, of this plant or of another, and no row is a header."""
        return all(isinstance(each, str) and _EXACT_ID.fullmatch(each) for each in ids) and not any(
            map(self._headers.read, chunk)
        )

    def finish(self, tx_id: str, sheets: Sequence[Sheet], base: dict[str, dict[str, int]]) -> Gathered:
        """Everything that was found, without machines that occur twice (XL-4)."""
        if self._doubled:
            rows = {*chain.from_iterable(self._doubled.values())}
            self._bad |= rows
            self._leave_out(rows)
        errors = self._errors + self._about_doubled()
        about = about_sheets(sheets, self._sheet, self._header)
        about += about_header(self._header, self._sheet, self._id_column_name, self._other_table)
        about += about_rows(self._header, self._sheet, self._blank, self._again, self._totals)
        warnings = about + self._warnings
        if len(errors) > MAX_ISSUES:
            warnings.insert(0, Issue(self._header.row, "more_errors", {"most": MAX_ISSUES}))
        keys = map(self._keys.__getitem__, self._machines)
        valid = dict(zip(keys, zip(*self._columns, strict=True), strict=True)) if base else {}
        if not self._machines and not self._bad:
            warnings.append(Issue(self._header.row, "no_rows"))
        place = {name: each for each, name in enumerate(self._names)}
        revs_of_targets = {
            key: {
                name: rev
                for name, rev in revs.items()
                if name in place and valid[key][place[name]] is not None
            }
            for key, revs in base.items()
            if key in valid
        }
        count, bad = len(self._machines), len(self._bad)
        return Gathered(
            tx_id,
            self._machines,
            self._rows,
            [*self._names],
            [*self._columns],
            sorted(errors, key=_row)[:MAX_ISSUES],
            sorted(warnings, key=_row)[:MAX_ISSUES],
            Summary(count + bad, count, bad),
            self._sheet.name,
            self._header.row,
            {key: revs for key, revs in revs_of_targets.items() if revs},
            sheet_names(sheets),
        )

    def _leave_out(self, rows: Collection[int]) -> None:
        left = [row not in rows for row in self._rows]
        self._machines = [*compress(self._machines, left)]
        self._rows = [*compress(self._rows, left)]
        self._columns = tuple([*compress(each, left)] for each in self._columns)

    def _one_row(self, number: int, row: Sequence[Cell]) -> None:
        """Takes one row of any kind."""
        if number in self._sheet.total_rows:
            self._totals.append(number)
            return
        header = self._header
        cells = [(field, _at(row, column)) for column, field in header.columns]
        id_cell = _at(row, header.id_column)
        if id_cell is None and all(cell is None for _, cell in cells):
            self._blank.append(number)
            return
        if self._is_of_other_table(number, row, id_cell):
            return
        id_cell, cells = self._laid_out(number, id_cell, cells)
        machines = self._machines_in(number, id_cell)
        values: dict[str, Value] = {}
        is_right = bool(machines) and not self._has_more_fields(number, row)
        if machines and all(cell is None for _, cell in cells):
            columns = several([field.column for field, _ in cells])
            self._error(number, "only_id", {"machines": self._names_of.listed(machines), "columns": columns})
            is_right = False
            cells = []
        for field, cell in cells:
            if cell is None:
                if field.is_required and machines:
                    self._error(number, "required", {}, field.column)
                    is_right = False
                continue
            reading = cast(cell, field, self._header.factors.get(field.name, 1))
            if isinstance(reading, Refusal):
                self._error(number, reading.code, reading.args, field.column)
                is_right = False
                continue
            values[field.name], warning = reading
            if warning is not None:
                self._warning(number, "cast", warning, field.column)
        doubled = [self._is_double(machine, number) for machine in machines]
        if not machines or any(doubled) or not is_right:
            self._bad.add(number)
            return
        self._machines += machines
        self._rows += [number] * len(machines)
        for name, column in zip(self._names, self._columns, strict=True):
            column.extend([values.get(name)] * len(machines))

    def _laid_out(
        self, number: int, id_cell: Cell, cells: list[tuple[Field, Cell]]
    ) -> tuple[Cell, list[tuple[Field, Cell]]]:
        """The cells of a row, as merged cells and conditional formats leave them."""
        places = [column for column, _ in self._header.columns]
        if self._merged.are_in(number, number):
            cells = [
                (field, self._merged.cell(number, column) if cell is None else cell)
                for column, (field, cell) in zip(places, cells, strict=True)
            ]
        if not self._conditional.are_in(number, number):
            return id_cell, cells
        return self._conditional.cell(number, self._header.id_column, id_cell), [
            (field, self._conditional.cell(number, column, cell))
            for column, (field, cell) in zip(places, cells, strict=True)
        ]

    def _is_of_other_table(self, number: int, row: Sequence[Cell], id_cell: Cell) -> bool:
        """Whether a row is a header, or is below one with other columns; nobody knows what its cells mean."""
        if not self._other_table:
            if (
                id_cell in self._known
                or not (below := self._headers.read(row))
                or self._names_of.is_one(id_cell)
            ):
                return False
            if below is HeaderBelow.SAME:
                self._again.append(number)
                return True
            self._other_table = number
        self._error(number, "other_table", {"row": self._other_table})
        self._bad.add(number)
        return True

    def _has_more_fields(self, number: int, row: Sequence[Cell]) -> bool:
        most = self._most
        if most is None or len(row) <= most or width(row) <= most:
            return False
        self._error(number, "more_fields", {"count": len(row), "most": most})
        return True

    def _machines_in(self, number: int, cell: Cell) -> list[int]:
        """The machines of a row, by their places; an error if there are none."""
        reading = read_ids(cell, self._names_of)
        if isinstance(reading, Refusal):
            self._error(number, reading.code, reading.args, self._id_column_name)
            return []
        machines, warning = reading
        if warning is not None:
            self._warning(number, "id_read_as", warning, self._id_column_name)
        return machines

    def _is_double(self, machine: int, number: int) -> bool:
        if machine not in self._seen:
            self._seen.add(machine)
            self._row_of[machine] = number
            return False
        if machine not in self._doubled:
            self._doubled[machine] = [self._first_row(machine)]
        self._doubled[machine].append(number)
        return True

    def _first_row(self, machine: int) -> int:
        """The row in which a machine first appeared. Rows that were taken together are expanded when one of them is
        needed.
        """
        if machine not in self._row_of:
            start, self._written = self._written, len(self._machines)
            self._row_of.update(zip(self._machines[start:], self._rows[start:], strict=True))
        return self._row_of[machine]

    def _error(self, row: int, code: str, args: Args, column: str | None = None) -> None:
        if len(self._errors) <= MAX_ISSUES:
            self._errors.append(Issue(row, code, args, column))

    def _warning(self, row: int, code: str, args: Args, column: str | None = None) -> None:
        if len(self._warnings) < MAX_ISSUES:
            self._warnings.append(Issue(row, code, args, column))

    def _about_doubled(self) -> list[Issue]:
        """For each row of a machine that occurs several times, an error that names the other rows."""
        issues: list[Issue] = []
        for machine, rows in self._doubled.items():
            for row in rows:
                if len(issues) > MAX_ISSUES:
                    return issues
                others = [str(other) for other in rows[:6] if other != row]
                args: Args = {
                    "machine": self._ids[machine],
                    "rows": several(others, total=len(rows) - 1),
                    "count": len(rows) - 1,
                }
                issues.append(Issue(row, "doubled_machine", args, self._id_column_name))
        return issues


def _at(row: Sequence[Cell], column: int) -> Cell:
    """The cell of a column, None if the row ends before it or it contains only spaces."""
    cell = row[column] if column < len(row) else None
    # A text that starts with a letter or a digit is not blank; there is no need to fold it first.
    return None if isinstance(cell, str) and not cell[:1].isalnum() and not fold(cell) else cell


def _row(issue: Issue) -> int:
    return issue.row
