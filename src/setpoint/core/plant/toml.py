"""Reads a plant from the file that engineers write, and reports all mistakes at once.

The file with all of its keys (only ``[[lines]]`` is required)::

    name = "North plant"
    timezone = "Europe/Berlin"             # an IANA name; for screens and exports
    letters_in_ids = false                 # true: machines may be called "A7" or "B01-B12" too (ID-1)

    [workbook]
    id_column = "Machine ID"
    id_aliases = ["Asset"]

    [fields.speed]                         # without [fields] the standard machine is used
    unit = "rpm"
    [fields.targetSpeed]
    unit = "rpm"
    min = 0
    max = 3000
    writable = true
    column = "Target Speed"                # header in workbooks
    aliases = ["Setpoint"]
    required = true                        # a workbook without this column is refused
    actual = "speed"                       # the measured field that follows
    needs_reason = false
    needs_second_person = false
    history = { deviation = 0.5, every = "1 s", keep = "90 d" }   # or false
    [fields.mode]
    type = "choice"                        # number (default), choice, text
    options = ["RUN", "IDLE", "MAINTENANCE"]
    writable = true
    column = "Mode"

    [kpis.meanSpeed]                       # without [kpis] the mean of the main measured field, and parts
    field = "speed"
    of = "mean"                            # mean, sum, or count (with value = "RUN")
    label = "Mean speed"
    unit = "rpm"
    decimals = 1

    [[alarm]]                              # docs/reference/plant-file.md has all keys
    name = "overheated"
    field = "temp"                         # or status = ["FAULT"]
    above = 95
    dead_band = 3
    on_delay = "5 s"
    priority = "high"                      # critical, high, medium, low

    [shifts]                               # see setpoint.core.plant.shifts
    total = "parts"

    [sources.press]                        # without [sources] everything is simulated
    kind = "opcua"
    # the source defines the other keys

    [[lines]]
    id = "01"
    name = "Pressing"
    source = "press"                       # needed where there are several sources
    machines = [401, "402", "410-419", { id = 403, name = "Big press" }]
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

from setpoint.core.plant.alarms import read_alarms
from setpoint.core.plant.fields import read_fields
from setpoint.core.plant.kpis import read_kpis
from setpoint.core.plant.lines import read_lines
from setpoint.core.plant.model import Field, FieldType, Line, Plant, SourceConfig
from setpoint.core.plant.shifts import ShiftSettings, read_shifts
from setpoint.core.plant.values import Say, as_table, as_text, as_texts, check_keys, check_texts
from setpoint.core.plant.wording import words
from setpoint.errors import Mistake, PlantError

_SYNTAX_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_KEYS: Mapping[str, type] = {
    "name": str,
    "timezone": str,
    "letters_in_ids": bool,
    "workbook": dict,
    "fields": dict,
    "sources": dict,
    "lines": list,
    "kpis": dict,
    "alarm": list,
    "shifts": dict,
}
_WORKBOOK: Mapping[str, type] = {"id_column": str, "id_aliases": list}


def parse_plant(text: str) -> Plant:
    """The plant that a TOML text describes. Raises `PlantError` with every mistake, each with its key and remedy."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _SYNTAX_LINE.search(str(error))
        what, remedy = (
            words("words-not-valid-toml", why=error),
            words("words-quote-texts-close-brackets-one-key"),
        )
        mistake = Mistake(words("words-the-file"), what, remedy, int(found[1]) if found else None)
        raise PlantError((mistake,)) from error
    mistakes: list[Mistake] = []
    plant = _read(document, lambda where, what, remedy: mistakes.append(Mistake(where, what, remedy)))
    if mistakes:
        raise PlantError(tuple(mistakes))
    return plant


def _read(document: Mapping[str, object], say: Say) -> Plant:
    """The plant of a document. Reading goes on with the parts that can be used, so that all mistakes are reported."""
    check_keys(document, _KEYS, "", say)
    workbook = as_table(document.get("workbook"))
    check_keys(workbook, _WORKBOOK, "workbook", say)
    check_texts(workbook, "id_aliases", "workbook", say)
    sources = _sources(as_table(document.get("sources")), say)
    fields = read_fields(as_table(document.get("fields")), say)
    has_letters = document.get("letters_in_ids") is True
    lines = read_lines(document.get("lines"), sources, say, has_letters=has_letters)
    return Plant(
        name=as_text(document.get("name")) or "Plant",
        lines=lines,
        fields=fields,
        timezone=as_text(document.get("timezone")) or "UTC",
        id_column=as_text(workbook.get("id_column")) or "Machine ID",
        id_aliases=tuple(as_texts(workbook.get("id_aliases"))),
        sources=sources,
        kpis=read_kpis(as_table(document.get("kpis")), fields, say),
        alarms=read_alarms(document.get("alarm"), fields, lines, say),
        shifts=_shifts(document.get("shifts"), fields, lines, say),
    )


def _sources(tables: Mapping[str, object], say: Say) -> tuple[SourceConfig, ...]:
    sources = []
    for name, raw in tables.items():
        table = as_table(raw)
        kind = table.get("kind")
        if not isinstance(kind, str) or not kind:
            say(
                f"sources.{name}.kind",
                words("words-missing"),
                words("words-give-kind-source-such-kind-opcua"),
            )
            continue
        settings = {key: value for key, value in table.items() if key != "kind"}
        sources.append(SourceConfig(name, kind, settings))
    return tuple(sources) if tables else (SourceConfig("simulator", "simulator"),)


def _shifts(
    raw: object, fields: tuple[Field, ...], lines: tuple[Line, ...], say: Say
) -> ShiftSettings | None:
    numbers = [
        each.name
        for each in fields
        if each.type is FieldType.NUMBER and not each.is_writable and each.history.is_recorded
    ]
    topics = {line.topic for line in lines}
    topics |= {machine.id for line in lines for machine in line.machines}
    return read_shifts(raw, numbers, frozenset(topics), say)
