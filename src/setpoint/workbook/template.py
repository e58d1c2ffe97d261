"""The workbook that people fill in: current set-points, allowed targets, and the revs at its download.

Sheet ``Targets`` has a row for each machine with its current set-points, and each column its range or its choices as
data validation. ``How to`` says in words what may be done. The very hidden ``_setpoint`` carries the revs, so that
changes by others since the download show as conflicts (CONF-1).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from setpoint.contract.values import Value
from setpoint.core.ingest.cast import wants
from setpoint.core.ingest.choice import BASE_VERSION
from setpoint.core.ingest.header import BASE_SHEET, HOW_TO_SHEETS
from setpoint.core.plant import Field, FieldType, Plant
from setpoint.message import Arg, Message
from setpoint.texts import ENGLISH, text
from setpoint.workbook.safe import put

_HEAD = Font(bold=True)
_GROUND = PatternFill("solid", fgColor="FFE6E8EA")
_CHOICES_START = 6
"""Choices are on the hidden sheet from column F on, right of the revs: a list in the validation itself may have neither
a comma nor more than 255 characters."""


def template(
    plant: Plant,
    machines: Iterable[str],
    values: Mapping[str, Mapping[str, Value]],
    revs: Mapping[str, Mapping[str, int]],
    *,
    made_at: str = "",
    language: str = ENGLISH,
) -> bytes:
    """An xlsx for these machines (entity keys). The names of its columns are the plant's; the rest is in ``language``.

    ``values`` are the machines' records as the hub keeps them, ``revs`` the counters of their writable fields; what is
    missing in them is left blank. ``made_at`` is shown to people as it is.
    """
    keys = list(machines)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = text("template-targets", language=language)
    hidden = book.create_sheet(BASE_SHEET)
    hidden.sheet_state = "veryHidden"
    _targets(sheet, plant, keys, values)
    for index, field in enumerate(plant.writable):
        column = get_column_letter(index + 2)
        validation = _validation(field, hidden, _CHOICES_START + index, language)
        if validation is not None and keys:
            validation.add(f"{column}2:{column}{len(keys) + 1}")
            sheet.add_data_validation(validation)
    base: list[tuple[Value, ...]] = [("setpoint", BASE_VERSION)]
    for key in keys:
        base += [(key, name, rev) for name, rev in revs.get(key, {}).items() if name in plant.fields_by_name]
    for row, cells in enumerate(base, 1):
        for place, value in enumerate(cells, 1):
            put(hidden, row, place, value)
    _how_to(book.create_sheet(HOW_TO_SHEETS[language], 1), plant, made_at, language)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def header_of(field: Field) -> str:
    """A field's header with its unit: ``Target Speed [rpm]``."""
    return f"{field.column} [{field.unit}]" if field.unit else field.column


def _targets(
    sheet: Worksheet, plant: Plant, keys: list[str], values: Mapping[str, Mapping[str, Value]]
) -> None:
    headers = [plant.id_column, *(header_of(field) for field in plant.writable)]
    for column, header in enumerate(headers, 1):
        cell = put(sheet, 1, column, header)
        cell.font, cell.fill = _HEAD, _GROUND
        sheet.column_dimensions[get_column_letter(column)].width = max(14, len(header) + 4)
    for row, key in enumerate(keys, 2):
        put(sheet, row, 1, plant.machines[key].id)
        record = values.get(key, {})
        for column, field in enumerate(plant.writable, 2):
            put(sheet, row, column, record.get(field.name))
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(headers))}{len(keys) + 1}"


def _validation(field: Field, hidden: Worksheet, column: int, language: str) -> DataValidation | None:
    """The data validation, by which the spreadsheet program refuses wrong input while a person types."""
    match field.type:
        case FieldType.NUMBER:
            validation = _range(field.minimum, field.maximum)
            if validation is None:
                return None
        case FieldType.CHOICE:
            letter = get_column_letter(column)
            for row, option in enumerate(field.options, 1):
                put(hidden, row, column, option)
            validation = DataValidation(
                type="list",
                formula1=f"{BASE_SHEET}!${letter}$1:${letter}${len(field.options)}",
                allow_blank=not field.is_required,
            )
        case FieldType.TEXT:
            return None
    wanted = wants(field)
    takes = text("wants-takes", {"column": field.column, "wants": wanted}, language)
    validation.errorTitle, validation.error = field.column[:32], takes[:255]
    validation.promptTitle, validation.prompt = field.column[:32], _text_of(wanted, language)[:255]
    validation.showErrorMessage = validation.showInputMessage = True
    return validation


def _range(low: float | None, high: float | None) -> DataValidation | None:
    if low is not None and high is not None:
        return DataValidation(
            "decimal", operator="between", formula1=repr(low), formula2=repr(high), allow_blank=True
        )
    if low is not None:
        return DataValidation("decimal", operator="greaterThanOrEqual", formula1=repr(low), allow_blank=True)
    if high is not None:
        return DataValidation("decimal", operator="lessThanOrEqual", formula1=repr(high), allow_blank=True)
    return None


def _how_to(sheet: Worksheet, plant: Plant, made_at: str, language: str) -> None:
    def t(code: str, **args: Arg) -> str:
        return text(code, args, language)

    head = (t("template-column"), t("template-takes"))
    lines: list[tuple[str, ...]] = [
        (t("template-title", plant=plant.name), made_at),
        (),
        (t("template-change", sheet=t("template-targets")),),
        (t("template-leave"),),
        (t("template-drop"),),
        (t("template-look"),),
        (),
        head,
        (plant.id_column, t("template-machine")),
        *((header_of(field), _text_of(wants(field), language)) for field in plant.writable),
        (),
        (t("template-columns"),),
        (t("template-conflicts"),),
    ]
    for row, line in enumerate(lines, 1):
        for column, words in enumerate(line, 1):
            cell = put(sheet, row, column, words)
            cell.alignment = Alignment(vertical="top")
            if row == 1 or line is head:
                cell.font = _HEAD
    sheet.column_dimensions["A"].width = 34
    sheet.column_dimensions["B"].width = 60


def _text_of(message: Message, language: str) -> str:
    return text(message.code, message.args, language)
