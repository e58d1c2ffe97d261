"""The result of reading a workbook: its batch, and its errors and warnings. Twin of ``schema.ts``.

It has two forms: `Ingested` by rows, for previewing and sending, and `Gathered` by columns, which is cheap to send from
one process to another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from setpoint.contract.values import Value
from setpoint.core.plant import Field, FieldType
from setpoint.core.plant.model import MAX_TEXT
from setpoint.message import Args, Message

Targets: TypeAlias = dict[str, dict[str, Value]]


class Issue(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One error or warning. ``row`` is the number that the spreadsheet shows, ``column`` the plant's name for it."""

    row: int
    code: str
    args: Args = {}
    column: str | None = None

    @property
    def message(self) -> Message:
        """The message for people."""
        args = self.args if self.column is None else {**self.args, "column": self.column}
        return Message(f"issue-{self.code}", args)


class Summary(msgspec.Struct, frozen=True):
    """How many rows there are, how many of them can be sent, and how many have errors."""

    total: int
    valid: int
    invalid: int


class ParsedBatch(msgspec.Struct, frozen=True, rename="camel"):
    """The targets of a workbook. ``valid_rows`` is keyed by entity key: ready for the pending store and the POST."""

    tx_id: str
    valid_rows: Targets
    errors: list[Issue]
    warnings: list[Issue]
    summary: Summary


class Ingested(msgspec.Struct, frozen=True, rename="camel"):
    """The batch and where it came from: each machine's row, and the revs that the template was filled in against.

    ``sheets`` are the names of those that a person can choose; ``sheet`` is the one that was read.
    """

    batch: ParsedBatch
    sheet: str
    header_row: int
    rows: dict[str, int]
    base: dict[str, dict[str, int]]
    sheets: list[str] = []


class Gathered(msgspec.Struct, frozen=True, array_like=True):
    """An `Ingested` by columns: the machine and the number of each valid row, and for each of the fields in ``names``
    the target of every row, None if it has none. ``machines`` are places in the form's machines.
    """

    tx_id: str
    machines: list[int]
    rows: list[int]
    names: list[str]
    columns: list[list[Value]]
    errors: list[Issue]
    warnings: list[Issue]
    summary: Summary
    sheet: str
    header_row: int
    base: dict[str, dict[str, int]]
    sheets: list[str]

    def ingested(self, machines: Sequence[str]) -> Ingested:
        """Row by row; ``machines`` are the form's, in its order."""
        keys = [*map(machines.__getitem__, self.machines)]
        valid_rows = dict(zip(keys, self._targets(), strict=True))
        batch = ParsedBatch(self.tx_id, valid_rows, self.errors, self.warnings, self.summary)
        rows = dict(zip(keys, self.rows, strict=True))
        return Ingested(batch, self.sheet, self.header_row, rows, self.base, self.sheets)

    def _targets(self) -> list[dict[str, Value]]:
        targets: list[dict[str, Value]] = []
        for name, column in zip(self.names, self.columns, strict=True):
            if not targets and None not in column:
                targets = [{name: value} for value in column]
                continue
            targets = targets or [{} for _ in column]
            for target, value in zip(targets, column, strict=True):
                if value is not None:
                    target[name] = value
        return targets


def batch_upload_schema(fields: Sequence[Field], *, has_letters: bool = False) -> Any:
    """The rows of a plant's workbook as a type: ``[{"machineId": "m:402", "targetSpeed": 150, "mode": "RUN"}]``.

    The specification's ``BatchUploadSchema``, made from the plant. ``msgspec.convert(rows, type=…)`` reads or refuses
    rows. ``has_letters`` says that machines may have letters in their names (ID-1).
    """
    columns = [_column(field) for field in fields if field.is_writable]
    name = "[0-9A-Za-z]{1,12}" if has_letters else "[0-9]+"
    machine_id = ("machineId", Annotated[str, msgspec.Meta(pattern=rf"^m:{name}\Z")])
    row = msgspec.defstruct(
        "BatchUploadRow", [machine_id, *columns], frozen=True, kw_only=True, forbid_unknown_fields=True
    )
    return list[row]  # type: ignore[valid-type]  # made from the plant


def _column(field: Field) -> tuple[str, Any] | tuple[str, Any, Any]:
    if field.is_required:
        return (field.name, _value(field))
    return (field.name, _value(field) | msgspec.UnsetType, msgspec.UNSET)


def _value(field: Field) -> Any:
    match field.type:
        case FieldType.NUMBER:
            return Annotated[float, msgspec.Meta(ge=field.minimum, le=field.maximum)]
        case FieldType.CHOICE:
            return Literal[field.options]
        case FieldType.TEXT:
            return Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
