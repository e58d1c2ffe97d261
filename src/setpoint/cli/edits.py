"""Changes that a person makes in a preview before it is sent: correcting a cell, or leaving out a row.

    leave 7             do not send row 7          leave m:402                  do not send this machine
    fix m:402 mode=RUN  send another target        fix 5 m:411 targetSpeed=90   correct row 5, which had an error

The same words work at the prompt and as ``--fix`` and ``--leave-out``. A corrected target keeps the rev of the
workbook's template, so that changes by others since then are still a conflict (CONF-1). ``take 7`` at the prompt sends
a row in conflict (`setpoint.cli.live_preview`).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from setpoint.cli.language import say, t
from setpoint.contract.topics import ReadMachineId, machine_id, machine_ids
from setpoint.contract.values import Value
from setpoint.core.ingest import Ingested, Issue, ParsedBatch, Summary
from setpoint.core.ingest.cast import Refusal, cast
from setpoint.core.ingest.header import plain
from setpoint.core.ingest.machines import MachineNames
from setpoint.core.plant import Field, Plant
from setpoint.errors import ConfigError


def leave_out(ingested: Ingested, which: str, plant: Plant) -> Ingested:
    """The targets without one row or machine. Raises `ConfigError` if there is no such row or machine."""
    keys = [key for key in keys_of(which, ingested.rows, plant) if key in ingested.batch.valid_rows]
    if not keys and which.isdecimal() and any(issue.row == int(which) for issue in ingested.batch.errors):
        return _with(ingested, ingested.batch.valid_rows, ingested.rows, repaired=int(which))
    if not keys:
        raise ConfigError(t("edit-no-row", which=which))
    valid = {key: targets for key, targets in ingested.batch.valid_rows.items() if key not in keys}
    return _with(ingested, valid, {key: ingested.rows[key] for key in valid if key in ingested.rows})


def keys_of(which: str, rows: Mapping[str, int], plant: Plant) -> list[str]:
    """The machines of one row of the spreadsheet, or the machine that ``which`` names."""
    if which.isdecimal():
        return [key for key, row in rows.items() if row == int(which)]
    return [_machine(which, plant)]


def fix(ingested: Ingested, text: str, plant: Plant) -> Ingested:
    """The targets with other values for one machine. Raises `ConfigError` if the text or a target is not valid."""
    words = text.split()
    row = int(words.pop(0)) if words and words[0].isdecimal() and len(words) > 2 else None
    if len(words) < 2 or not all("=" in word for word in words[1:]):
        raise ConfigError(t("edit-not-read", text=repr(text)))
    key = _machine(words[0], plant)
    if row is not None and not any(issue.row == row for issue in ingested.batch.errors):
        raise ConfigError(t("edit-no-error", row=str(row)))
    if row is not None and key in ingested.batch.valid_rows:
        raise ConfigError(t("edit-elsewhere", machine=machine_id(key), row=str(ingested.rows[key])))
    targets = dict(ingested.batch.valid_rows.get(key, {}))
    targets.update(_target(word, plant) for word in words[1:])
    valid = {**ingested.batch.valid_rows, key: targets}
    rows = ingested.rows if row is None else {**ingested.rows, key: row}
    return _with(ingested, valid, rows, repaired=row)


def _with(
    ingested: Ingested,
    valid: dict[str, dict[str, Value]],
    rows: dict[str, int],
    *,
    repaired: int | None = None,
) -> Ingested:
    batch = ingested.batch
    errors = [issue for issue in batch.errors if issue.row != repaired]
    summary = Summary(batch.summary.total, len(valid), batch.summary.invalid - (repaired is not None))
    changed = ParsedBatch(batch.tx_id, valid, errors, batch.warnings, summary)
    return msgspec.structs.replace(ingested, batch=changed, rows=rows)


def _machine(text: str, plant: Plant) -> str:
    found = MachineNames(machine_ids([*plant.machines])).read(text)
    key = found.id.replace(":", "_", 1) if isinstance(found, ReadMachineId) else ""
    if key not in plant.machines:
        raise ConfigError(t("edit-no-machine", machine=text))
    return key


def _target(word: str, plant: Plant) -> tuple[str, Value]:
    name, _, value = word.partition("=")
    field = next((each for each in plant.writable if plain(name)[0] in _names(each)), None)
    if field is None:
        known = ", ".join(each.name for each in plant.writable)
        raise ConfigError(t("edit-no-field", field=repr(name), fields=known))
    reading = cast(value, field)
    if isinstance(reading, Refusal):
        raise ConfigError(say(Issue(0, reading.code, reading.args, field.column).message))
    return field.name, reading[0]


def _names(field: Field) -> set[str]:
    return {plain(name)[0] for name in (field.name, field.column, *field.aliases)}
