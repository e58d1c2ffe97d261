"""Reads a cell of the id column into the machines of its row, or into the reason why there are none (ID-2).

Twin of ``frontend/src/ingest/idColumn.ts``.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from setpoint.contract.topics import ReadMachineId, fold
from setpoint.core.ingest.cast import Refusal, unreadable
from setpoint.core.ingest.cells import Cell, Kind, Special, cut, number_text, quoted
from setpoint.core.ingest.machines import MachineNames
from setpoint.message import Args, Message

_DIGITS = re.compile(r"-?[0-9]+(?:\.0+)?")

Machines: TypeAlias = tuple[list[int], Args | None] | Refusal
"""The machines by their places in the form, with the arguments of the warning ``id_read_as`` if the cell has another
form of their ids; or the refusal."""


def read_ids(cell: Cell, names: MachineNames) -> Machines:
    """The machines that a cell names. Never raises."""
    if (machine := names.known.get(cell)) is not None:
        return [machine], None
    if cell is None:
        return Refusal("no_id", {})
    if isinstance(cell, Special):
        if cell.kind is Kind.SHOWN and cell.shown and not isinstance(cell.value, str):
            return _shown(float(cell.value or 0), cell.shown, names)
        return unreadable(cell, Message("wants-machine"))
    found = names.read(cell)
    if isinstance(found, tuple):
        return Refusal("ambiguous_id", {"text": cut(fold(str(cell))), "one": found[0], "other": found[1]})
    if found is not None:
        machine = names.known.get(found.id)
        if machine is None:
            return _unknown(found.id)
        return [machine], None if found.is_exact else _written(cell, [machine], names)
    if isinstance(cell, str) and (several := _several(cell, names)) is not None:
        return several
    if isinstance(cell, bool):
        return Refusal("bad_id", {"value": "TRUE" if cell else "FALSE"})
    return Refusal("bad_id", {"value": quoted(fold(cell)) if isinstance(cell, str) else number_text(cell)})


def _several(cell: str, names: MachineNames) -> Machines | None:
    """The machines of a list or a range; None for neither of them."""
    machines = names.several(cell)
    if isinstance(machines, str):
        return _unknown(machines)
    if machines is None:
        return None
    if (one := names.as_thousands(cell)) is not None:
        return Refusal("ambiguous_id", {"text": cut(cell), "one": one, "other": names.listed(machines)})
    return machines, _written(cell, machines, names)


def _shown(number: float, digits: str, names: MachineNames) -> Machines:
    """A number that is shown as another id: what people see counts, if there is such a machine."""
    plain = number_text(number)
    # A number with letters is another name, not the number with other digits.
    for each in (digits, plain) if _DIGITS.fullmatch(digits) else (digits,):
        found = names.read(each)
        machine = names.known.get(found.id) if isinstance(found, ReadMachineId) else None
        if machine is not None:
            args: Args = {"as": "shown", "from": plain, "digits": digits, "machines": names.listed([machine])}
            return [machine], args
    seen = names.read(digits)
    return _unknown(seen.id if isinstance(seen, ReadMachineId) else f"m:{digits}")


def _written(cell: str | float, machines: list[int], names: MachineNames) -> Args:
    source = quoted(cell) if isinstance(cell, str) else number_text(cell)
    return {"as": "written", "from": source, "machines": names.listed(machines)}


def _unknown(machine: str) -> Refusal:
    return Refusal("unknown_machine", {"machine": machine})
