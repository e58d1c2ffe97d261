"""The content of a fuzzed sheet: cells as a planner fills them in, for any format."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tests.fuzz.choice import Choice

from setpoint.workbook.looks import Look

HEADER = ("Machine ID", "Target Speed", "Mode", "Recipe")
MACHINES = ("m:401", "m:402", "m:403", "m:411", "m:412", "m:413")
FORMATS = (
    (0, None), (0, None), (1, None), (2, None), (4, None), (9, None), (14, None), (22, None), (30, None), (32, None),
    (37, None), (45, None), (49, None), (164, "General"), (165, "Standard"), (166, "000"),
    (167, '0.0 "rpm"'), (168, "0%"),
    (169, "yyyy-mm-dd"), (170, "[h]:mm"), (171, "0,"), (172, ";;;"), (173, "#,##0.00;[Red]-#,##0.00"),
    (174, "0;0;0;"), (175, '"x"@'), (176, "-0"), (177, '0" Hz"'), (178, "0\\.0"), (179, "# ##0"), (180, 'General"0"'),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """A cell. ``kind`` is text, number, boolean, error, formula, date or blank. ``style`` is an index in `FORMATS`.

    With ``has_formula`` it is a formula with a saved value. With ``is_struck`` its font is struck through. With
    ``is_high`` the last letter of its text is superscript.
    """

    kind: str
    value: Any = None
    style: int = 0
    has_formula: bool = False
    is_struck: bool = False
    is_high: bool = False

    @property
    def visible_text(self) -> str:
        """Returns a text as people see it."""
        text = str(self.value)
        return text[:-1] + Look(is_superscript=self.is_high).on(text[-1:])


Table = dict[tuple[int, int], Item]


def table(choice: Choice) -> Table:
    """Makes cells by row (from 1) and column (from 0): a header, maybe below a title, and some machines."""
    first = choice.of((1, 1, 1, 3))
    cells: Table = {(first, column): Item("text", name) for column, name in enumerate(HEADER)}
    if first > 1:
        cells[1, 0] = Item("text", "Week 48")
    machines = choice.shuffled(MACHINES)[: choice.number(1, 5)]
    row = first
    for machine in machines:
        row += choice.of((1, 1, 1, 2))
        cells[row, 0] = Item("text", machine)
        cells[row, 1] = _speed(choice)
        if choice.some(0.7):
            cells[row, 2] = _mode(choice)
        if choice.some(0.4):
            cells[row, 3] = Item(
                "text",
                choice.of(("A-12", "x & y", "<b>", "Größe", "Řezačka", "配方A", "a_b", " ", "=1+1", "7")),
            )
    if choice.odd("struck cells", 0.15):
        struck = [
            place for place, item in cells.items() if item.kind in ("number", "text") and choice.some(0.3)
        ]
        cells |= {place: replace(cells[place], is_struck=True) for place in struck}
    if choice.odd("high letters", 0.15):
        high = [place for place, item in cells.items() if item.kind == "text" and not item.has_formula]
        cells |= {place: replace(cells[place], is_high=True) for place in high if choice.some(0.3)}
    return cells


def _speed(choice: Choice) -> Item:
    number = choice.of((0, 1, 7, 150, 150.5, 1e-3, 2999.75, 1600, 3000))
    style = choice.number(0, len(FORMATS) - 1) if choice.some(0.4) else 0
    kinds = ("number",) * 8 + ("text", "boolean", "error", "formula", "date", "blank")
    match choice.of(kinds):
        case "text":
            return Item("text", choice.of(("150", "1.234,5", "1.234", "12,5", "fast")))
        case "boolean":
            return Item("boolean", choice.some(0.5))
        case "error":
            return Item("error", choice.of(("#N/A", "#DIV/0!", "#REF!")), has_formula=choice.some(0.5))
        case "formula":
            return Item("formula")
        case "date":
            return Item("date")
        case "blank":
            return Item("blank", style=style)
        case _:
            return Item("number", number, style, has_formula=choice.some(0.2))


def _mode(choice: Choice) -> Item:
    if choice.some(0.1):
        return Item("formula")
    style = choice.number(0, len(FORMATS) - 1) if choice.some(0.2) else 0
    return Item(
        "text", choice.of(("RUN", "IDLE", "run", "MAINTENANCE")), style, has_formula=choice.some(0.15)
    )
