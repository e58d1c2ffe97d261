"""What python-calamine loses of a sheet, kept beside its values and put back into them.

It shows a percentage as its number, an error value and a formula without its value as a blank, and tells of no hidden
row; XL-2, XL-3 and XL-5 ask for all of them. Whoever reads a format's own records (`records`, `xlsx`) finds these few
cells, and calamine the many others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from setpoint.core.ingest import Cell, Kind, Sheet, Special
from setpoint.workbook.limits import MAX_COLUMNS


@dataclass(slots=True)
class Marks:
    """What is to be put back into one sheet, by row (from 1) and column (from 0)."""

    percentages: set[tuple[int, int]] = field(default_factory=set)
    specials: dict[tuple[int, int], Special] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)

    @property
    def is_any(self) -> bool:
        return bool(self.percentages or self.specials or self.hidden)

    def put_back(self, sheet: Sheet) -> Sheet:
        """The sheet with these marks; ``#N/A`` where calamine saw nothing may make rows longer, and more."""
        rows: list[Sequence[Cell]] = [*sheet.rows]
        for (number, column), special in self.specials.items():
            offset = number - sheet.first_row
            if offset < 0 or column >= MAX_COLUMNS:
                continue
            rows += [[] for _ in range(offset + 1 - len(rows))]
            row = [*rows[offset], *[None] * (column + 1 - len(rows[offset]))]
            row[column] = special
            rows[offset] = row
        for number, column in self.percentages:
            offset = number - sheet.first_row
            if 0 <= offset < len(rows) and column < len(rows[offset]):
                value = rows[offset][column]
                if isinstance(value, float | int) and not isinstance(value, bool):
                    row = [*rows[offset]]
                    row[column] = Special(Kind.PERCENT, value)
                    rows[offset] = row
        return replace(sheet, rows=rows, hidden_rows=frozenset(self.hidden))
