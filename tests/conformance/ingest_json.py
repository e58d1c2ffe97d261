"""Reads plants, sheets and cells in the JSON of the ingest vectors and the shared workbooks."""

from __future__ import annotations

from typing import Any

from setpoint.core.ingest import Cell, Kind, Sheet, Special
from setpoint.core.plant import Field, FieldType, Line, Machine, Plant


def plant_from(raw: dict[str, Any]) -> Plant:
    fields = tuple(
        Field(
            each["name"],
            type=FieldType(each["type"]),
            unit=each["unit"],
            minimum=each["minimum"],
            maximum=each["maximum"],
            options=tuple(each["options"]),
            is_writable=each["isWritable"],
            column=each["column"],
            aliases=tuple(each["aliases"]),
            is_required=each["isRequired"],
            units=tuple(each.get("units", {}).items()),
        )
        for each in raw["fields"]
    )
    machines = tuple(Machine(key, "01") for key in raw["machines"])
    return Plant(
        "Vectors",
        (Line("01", machines),),
        fields,
        id_column=raw["idColumn"],
        id_aliases=tuple(raw["idAliases"]),
    )


def sheet_from(raw: dict[str, Any]) -> Sheet:
    return Sheet(
        raw["name"],
        [[cell_from(cell) for cell in row] for row in raw["rows"]],
        first_row=raw.get("firstRow", 1),
        is_hidden=raw.get("isHidden", False),
        hidden_rows=frozenset(raw.get("hiddenRows", ())),
        is_wide=raw.get("isWide", False),
        hidden_columns=frozenset(raw.get("hiddenColumns", ())),
        is_active=raw.get("isActive", False),
        pages=tuple(raw["pages"]) if "pages" in raw else None,
        is_delimited=raw.get("isDelimited", False),
        merges=_areas(raw, "merges"),
        total_rows=frozenset(raw.get("totalRows", ())),
        conditional=_areas(raw, "conditional"),
    )


def _areas(raw: dict[str, Any], name: str) -> tuple[tuple[int, int, int, int], ...]:
    return tuple(
        (each["firstRow"], each["firstColumn"], each["lastRow"], each["lastColumn"])
        for each in raw.get(name, ())
    )


def cell_from(raw: Any) -> Cell:
    cell: Cell = Special(Kind(raw["t"]), raw.get("v"), raw.get("w")) if isinstance(raw, dict) else raw
    return cell


def cell_json(cell: Cell) -> Any:
    """Returns the cell in JSON (`docs/reference/workbooks.md`, "The neutral cell")."""
    if not isinstance(cell, Special):
        return cell
    document: dict[str, Any] = {"t": cell.kind.value}
    if cell.kind in (Kind.PERCENT, Kind.ERROR, Kind.SHOWN, Kind.STRUCK, Kind.LETTERS):
        document["v"] = cell.value
    if cell.kind is Kind.SHOWN:
        document["w"] = cell.shown
    return document
