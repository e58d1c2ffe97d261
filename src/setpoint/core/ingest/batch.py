"""Walks the rows under a header and makes of them a `ParsedBatch`: what may be sent, what may not, and why.

The walk is a generator: over 1,000 rows it yields its progress every 500 (XL-8), so that whoever drives it can show
it, let others run, or drop it half-way: nothing is handed out before the end.

Most rows are just what the template asks for, and they are many. So a chunk is first taken column by column: when a
whole column is numbers within bounds, or options as they are spelt, no row of it needs to be looked at alone. A chunk
with anything else in it is halved, down to a few rows, and those go the long way through `cast`, where the words are
found. Both ways give the same; the tests compare them. What was taken stays in columns (`Gathered`) until somebody
asks for it row by row.

A row counts when one of the columns that we know has something in it. Every such row ends either in ``validRows`` or
with at least one error; rows of one machine twice all are errors (XL-4).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from itertools import compress
from math import isnan
from typing import TypeGuard

import msgspec

from setpoint.core.ingest.cast import Refusal, cast, unreadable
from setpoint.core.ingest.cells import Cell, Sheet, Special, listed, number_text, shown, tidy
from setpoint.core.ingest.header import (
    BASE_SHEET,
    HOW_TO_SHEET,
    MAX_COLUMNS,
    Columns,
    Form,
    Header,
    find_header,
    no_header,
)
from setpoint.core.ingest.schema import Gathered, Ingested, Issue, ParsedBatch, Summary
from setpoint.core.plant import Field, FieldType, Value
from setpoint.core.topics import fold, machine_ids, read_machine_id

CHUNKED_OVER_ROWS = 1_000
CHUNK_ROWS = 500
MAX_ISSUES = 10_000
"""As many errors, and as many warnings, are listed; the summary counts them all. Bounds the memory of a bad file."""
BASE_VERSION = 1
_FEW_ROWS = 16
_EXACT_INTEGERS = 2.0**53 - 1


class Progress(msgspec.Struct, frozen=True):
    """How many of the rows below the header have been judged."""

    done: int
    total: int


def ingest(sheets: Sequence[Sheet], plant: Form, tx_id: str) -> Generator[Progress, None, Ingested]:
    """Yields `Progress`, returns `Ingested`. Raises `WorkbookError` where no sheet has a valid header (XL-1)."""
    return (yield from gather(sheets, plant, tx_id)).ingested([*plant.machines])


def gather(sheets: Sequence[Sheet], plant: Form, tx_id: str) -> Generator[Progress, None, Gathered]:
    """`ingest`, left in columns."""
    columns = Columns(plant)
    sheet, header = _choose(sheets, columns)
    walk = _Walk(plant, sheet, header)
    start, total = header.row + 1 - sheet.first_row, len(sheet.rows)
    if total - start > CHUNKED_OVER_ROWS:
        for chunk in range(start, total, CHUNK_ROWS):
            walk.rows(chunk, min(chunk + CHUNK_ROWS, total))
            yield Progress(min(chunk + CHUNK_ROWS, total) - start, total - start)
    else:
        walk.rows(start, total)
    return walk.finish(tx_id, _about_sheets(sheets, sheet, header), _base(sheets))


def parse_sheets(sheets: Sequence[Sheet], plant: Form, tx_id: str) -> Ingested:
    """`ingest` in one go."""
    steps = ingest(sheets, plant, tx_id)
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
        # Machines go by their place in the form: numbers are looked up, compared and sent for less than texts.
        self._keys = [*plant.machines]
        self._ids = machine_ids(self._keys)
        self._known: dict[Cell, int] = dict(zip(self._ids, range(len(self._ids)), strict=True))
        self._quick = tuple((column, _quick_column(field)) for column, field in header.columns)
        self._names = tuple(field.name for _, field in header.columns)
        self._last_column = max(header.id_column, *(column for column, _ in header.columns))
        self._machines: list[int] = []
        self._rows: list[int] = []
        self._columns: tuple[list[Value], ...] = tuple([] for _ in self._names)
        self._seen: set[int] = set()
        self._row_of: dict[int, int] = {}
        self._written = 0
        self._doubled: dict[int, list[int]] = {}
        self._blank: list[int] = []
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
        """Takes rows that all are just what the template asks for; takes none where one of them is not."""
        chunk = self._sheet.rows[start:stop]
        if len(set(map(len, chunk))) != 1 or len(chunk[0]) <= self._last_column:
            return False
        columns = tuple(zip(*chunk, strict=True))
        try:
            machines = [*map(self._known.__getitem__, columns[self._header.id_column])]
        except KeyError:
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
            return False  # a row may be nothing but its id
        first = self._sheet.first_row + start
        self._machines += machines
        self._rows += range(first, first + len(machines))
        for column, more in zip(self._columns, values, strict=True):
            column.extend(more)
        self._seen |= new
        return True

    def finish(self, tx_id: str, about_sheets: list[Issue], base: dict[str, dict[str, int]]) -> Gathered:
        """Everything that was found, the machines that stand twice taken out (XL-4)."""
        if self._doubled:
            self._bad.update(*self._doubled.values())
            self._leave_out(self._doubled)
        errors = self._errors + self._about_doubled()
        warnings = about_sheets + self._about_header() + self._about_hidden_and_blank() + self._warnings
        if len(errors) > MAX_ISSUES:
            msg = f"There are more than {MAX_ISSUES} errors; only the first {MAX_ISSUES} are listed."
            warnings.insert(0, Issue(self._header.row, "more_errors", msg))
        keys = map(self._keys.__getitem__, self._machines)
        valid = dict(zip(keys, zip(*self._columns, strict=True), strict=True)) if base else {}
        if not self._machines and not self._bad:
            warnings.append(
                Issue(self._header.row, "no_rows", "There is nothing in the rows below the header.")
            )
        place = {name: each for each, name in enumerate(self._names)}
        asked = {
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
            {key: revs for key, revs in asked.items() if revs},
        )

    def _leave_out(self, machines: Collection[int]) -> None:
        left = [machine not in machines for machine in self._machines]
        self._machines = [*compress(self._machines, left)]
        self._rows = [*compress(self._rows, left)]
        self._columns = tuple([*compress(each, left)] for each in self._columns)

    def _one_row(self, number: int, row: Sequence[Cell]) -> None:
        """Takes one row, whatever it is."""
        header = self._header
        cells = [(field, _at(row, column)) for column, field in header.columns]
        id_cell = _at(row, header.id_column)
        if id_cell is None and all(cell is None for _, cell in cells):
            self._blank.append(number)
            return
        machine = self._machine(number, id_cell)
        values: dict[str, Value] = {}
        is_right = machine is not None
        if machine is not None and all(cell is None for _, cell in cells):
            names = listed([field.column for field, _ in cells])
            self._error(number, "only_id", f"Nothing is asked of {self._ids[machine]}. Fill in {names}.")
            is_right = False
            cells = []
        for field, cell in cells:
            if cell is None:
                if field.is_required and machine is not None:
                    self._error(number, "required", f"{field.column} is empty.", field.column)
                    is_right = False
                continue
            reading = cast(cell, field)
            if isinstance(reading, Refusal):
                self._error(number, reading.code, reading.message, field.column)
                is_right = False
                continue
            values[field.name], warning = reading
            if warning is not None:
                self._warning(number, "cast", warning, field.column)
        if machine is None or self._is_double(machine, number) or not is_right:
            self._bad.add(number)
        else:
            self._machines.append(machine)
            self._rows.append(number)
            for name, column in zip(self._names, self._columns, strict=True):
                column.append(values.get(name))

    def _machine(self, number: int, cell: Cell) -> int | None:
        """The machine that a row speaks of, by its place; an error where there is none (ID-2)."""
        column = self._id_column_name
        if (machine := self._known.get(cell)) is not None:
            return machine
        if cell is None:
            self._error(number, "no_id", f"{column} is empty.", column)
            return None
        if isinstance(cell, Special):
            refusal = unreadable(cell, column, "a machine such as m:402")
            self._error(number, refusal.code, refusal.message, column)
            return None
        found = read_machine_id(cell)
        if found is None:
            if isinstance(cell, bool):
                text = "TRUE" if cell else "FALSE"
            else:
                text = shown(fold(cell)) if isinstance(cell, str) else number_text(cell)
            self._error(number, "bad_id", f"{column} takes a machine such as m:402; {text} is none.", column)
            return None
        machine = self._known.get(found.id)
        if machine is None:
            self._error(number, "unknown_machine", f"{found.id} is no machine of this plant.", column)
            return None
        if not found.is_exact:
            text = shown(cell) if isinstance(cell, str) else number_text(cell)
            self._warning(number, "id_read_as", f"{text} was read as {found.id}.", column)
        return machine

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
        """Where a machine stood first. Rows that were taken together are written down when one of them is asked for."""
        if machine not in self._row_of:
            start, self._written = self._written, len(self._machines)
            self._row_of.update(zip(self._machines[start:], self._rows[start:], strict=True))
        return self._row_of[machine]

    def _error(self, row: int, code: str, msg: str, column: str | None = None) -> None:
        if len(self._errors) <= MAX_ISSUES:
            self._errors.append(Issue(row, code, msg, column))

    def _warning(self, row: int, code: str, msg: str, column: str | None = None) -> None:
        if len(self._warnings) < MAX_ISSUES:
            self._warnings.append(Issue(row, code, msg, column))

    def _about_doubled(self) -> list[Issue]:
        """For each row of a machine that stands several times, an error that names the other rows."""
        issues: list[Issue] = []
        for machine, rows in self._doubled.items():
            for row in rows:
                if len(issues) > MAX_ISSUES:
                    return issues
                others = [str(other) for other in rows[:6] if other != row]
                word = "rows" if len(rows) > 2 else "row"
                which = listed(others, total=len(rows) - 1)
                msg = f"{self._ids[machine]} stands in {word} {which} too. Leave one of them."
                issues.append(Issue(row, "doubled_machine", msg, self._id_column_name))
        return issues

    def _about_header(self) -> list[Issue]:
        header = self._header
        issues = [
            Issue(
                header.row,
                "other_unit",
                f"The header {shown(name)} was read as {shown(field.column)}"
                + (f", in {field.unit}." if field.unit else ", which has no unit."),
                field.column,
            )
            for name, field in header.other_units
        ]
        if header.ignored:
            msg = f"Columns that are not known here were left out: {listed(header.ignored)}."
            issues.append(Issue(header.row, "ignored_columns", msg))
        if self._sheet.is_wide:
            msg = f"Only the first {MAX_COLUMNS} columns were read."
            issues.append(Issue(header.row, "many_columns", msg))
        return issues

    def _about_hidden_and_blank(self) -> list[Issue]:
        """Blank rows below the last row that counts are none: they are only where somebody once clicked."""
        last, inner = self._sheet.first_row + len(self._sheet.rows) - 1, len(self._blank)
        while inner and self._blank[inner - 1] == last:
            last, inner = last - 1, inner - 1
        issues = []
        if inner:
            were = "1 blank row was" if inner == 1 else f"{inner} blank rows were"
            issues.append(Issue(self._blank[0], "blank_rows", f"{were} skipped."))
        hidden = [
            row for row in self._sheet.hidden_rows.difference(self._blank) if self._header.row < row <= last
        ]
        if hidden:
            were = "1 hidden row was" if len(hidden) == 1 else f"{len(hidden)} hidden rows were"
            issues.append(Issue(min(hidden), "hidden_rows", f"{were} read as well."))
        return issues


def _choose(sheets: Sequence[Sheet], columns: Columns) -> tuple[Sheet, Header]:
    """The first sheet with a valid header; one that people can see before one that is hidden (XL-5)."""
    candidates = [sheet for sheet in sheets if sheet.name != BASE_SHEET]
    for is_hidden in (False, True):
        for sheet in candidates:
            if sheet.is_hidden is is_hidden and (header := find_header(sheet, columns)) is not None:
                return sheet, header
    raise no_header(candidates, columns)


def _about_sheets(sheets: Sequence[Sheet], taken: Sheet, header: Header) -> list[Issue]:
    issues = []
    if taken.is_hidden:
        msg = f"The sheet {shown(taken.name)} is hidden; it was read, as no other has the columns."
        issues.append(Issue(header.row, "hidden_sheet", msg))
    is_ours = any(sheet.name == BASE_SHEET for sheet in sheets)
    own = (BASE_SHEET, HOW_TO_SHEET) if is_ours else ()
    others = [shown(each.name) for each in sheets if each is not taken and each.rows and each.name not in own]
    if others:
        word = "Sheets that were" if len(others) > 1 else "A sheet that was"
        issues.append(Issue(header.row, "other_sheets", f"{word} not read: {listed(others)}."))
    return issues


def _base(sheets: Iterable[Sheet]) -> dict[str, dict[str, int]]:
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
                case [str(key), str(name), int() | float() as rev] if rev >= 0 and rev == int(rev):
                    base.setdefault(key, {})[name] = int(rev)
    return base


def _quick_column(field: Field) -> Callable[[Sequence[Cell]], Sequence[Value] | None]:
    """A reader of many cells of one field at once: their values, None for blank ones; or None: look at each alone."""
    match field.type:
        case FieldType.NUMBER:
            low = max(-_EXACT_INTEGERS, -_EXACT_INTEGERS if field.minimum is None else field.minimum)
            high = min(_EXACT_INTEGERS, _EXACT_INTEGERS if field.maximum is None else field.maximum)

            def numbers(cells: Sequence[Cell]) -> Sequence[Value] | None:
                # One that is no number makes the sum of them all none.
                if not _are_floats(cells) or isnan(sum(cells)) or min(cells) < low or max(cells) > high:
                    return None
                return [*map(int if all(map(float.is_integer, cells)) else tidy, cells)]

            return numbers
        case FieldType.CHOICE:
            spelt: dict[Cell, Value] = {option: option for option in field.options}
            wanted = frozenset(spelt) if field.is_required else frozenset((*spelt, None, ""))

            def choices(cells: Sequence[Cell]) -> Sequence[Value] | None:
                return [*map(spelt.get, cells)] if wanted.issuperset(cells) else None

            return choices
        case FieldType.TEXT:
            return lambda _: None


def _are_floats(cells: Sequence[Cell]) -> TypeGuard[Sequence[float]]:
    return set(map(type, cells)) == {float}


def _at(row: Sequence[Cell], column: int) -> Cell:
    """The cell of a column, None where the row ends before it or only spaces stand there."""
    cell = row[column] if column < len(row) else None
    # Whatever starts with a letter or a digit is not blank, and needs no folding to know.
    return None if isinstance(cell, str) and not cell[:1].isalnum() and not fold(cell) else cell


def _row(issue: Issue) -> int:
    return issue.row
