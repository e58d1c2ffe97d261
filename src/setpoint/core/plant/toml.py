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
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from math import inf
from typing import TypeGuard

from setpoint.contract.values import SYSTEM_FIELDS
from setpoint.core.plant.alarms import read_alarms
from setpoint.core.plant.history import read_history
from setpoint.core.plant.ids import MAX_MACHINES, read_ids
from setpoint.core.plant.kpis import read_kpis
from setpoint.core.plant.model import STANDARD_FIELDS, Field, FieldType, Line, Machine, Plant, SourceConfig
from setpoint.core.plant.shifts import ShiftSettings, read_shifts
from setpoint.core.plant.wording import at, entry, known, words, wrong
from setpoint.errors import Mistake, PlantError

_LINE_ID = re.compile(r"[0-9A-Za-z-]{1,32}")
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,39}")
_SYNTAX_LINE = re.compile(r"\(at line (\d+), column \d+\)")

_TOP = {
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
_WORKBOOK = {"id_column": str, "id_aliases": list}
_FIELD = {
    "type": str,
    "label": str,
    "unit": str,
    "decimals": int,
    "min": float,
    "max": float,
    "options": list,
    "writable": bool,
    "column": str,
    "aliases": list,
    "required": bool,
    "actual": str,
    "needs_reason": bool,
    "needs_second_person": bool,
    "tolerance": float,
    "units": dict,
    "history": object,
}
_LINE = {"id": str, "name": str, "source": str, "machines": list}
_WANTED = {
    str: "words-give-text",
    dict: "words-give-a-table",
    list: "words-give-a-list",
    int: "words-give-a-whole-number",
    float: "words-give-number",
    bool: "words-give-true-false",
}


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
    reader = _Reader()
    plant = reader.plant(document)
    if reader.mistakes:
        raise PlantError(tuple(reader.mistakes))
    return plant


class _Reader:
    """Walks the document, collects mistakes, and continues with the parts that can be used, so that all mistakes are
    reported.
    """

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self._has_letters = False

    def plant(self, document: Mapping[str, object]) -> Plant:
        self._known(document, _TOP, "")
        self._has_letters = document.get("letters_in_ids") is True
        workbook = _table(document.get("workbook"))
        self._known(workbook, _WORKBOOK, "workbook")
        sources = self._sources(_table(document.get("sources")))
        fields = self._fields(_table(document.get("fields")))
        lines = self._lines(document.get("lines"), sources)
        return Plant(
            name=_text(document.get("name")) or "Plant",
            lines=lines,
            fields=fields,
            timezone=_text(document.get("timezone")) or "UTC",
            id_column=_text(workbook.get("id_column")) or "Machine ID",
            id_aliases=tuple(_texts(workbook.get("id_aliases"))),
            sources=sources,
            kpis=read_kpis(_table(document.get("kpis")), fields, self._say),
            alarms=read_alarms(document.get("alarm"), fields, lines, self._say),
            shifts=self._shifts(document.get("shifts"), fields, lines),
        )

    def _shifts(
        self, raw: object, fields: tuple[Field, ...], lines: tuple[Line, ...]
    ) -> ShiftSettings | None:
        numbers = [
            each.name
            for each in fields
            if each.type is FieldType.NUMBER and not each.is_writable and each.history.is_recorded
        ]
        topics = {line.topic for line in lines}
        topics |= {machine.id for line in lines for machine in line.machines}
        return read_shifts(raw, numbers, frozenset(topics), self._say)

    def _bound(self, raw: Mapping[str, object], key: str, where: str) -> float | None:
        """TOML knows ``nan`` and ``inf``, and whole numbers that no float can hold."""
        bound = _number(raw.get(key))
        if bound is None or abs(bound) <= sys.float_info.max:
            return bound
        self._say(f"{where}.{key}", wrong(bound), words(_WANTED[float]))
        return None

    def _say(self, where: str, what: str, remedy: str) -> None:
        self.mistakes.append(Mistake(where, what, remedy))

    def _known(self, table: Mapping[str, object], keys: Mapping[str, type], where: str) -> None:
        """Checks that every key is known and has a value of the right type."""
        for key, value in table.items():
            if key not in keys:
                self._say(at(where, key), words("words-not-key-known-here"), known(keys))
            elif not _is_a(value, keys[key]):
                self._say(at(where, key), wrong(value), words(_WANTED[keys[key]]))
            elif isinstance(value, list) and keys[key] is list and key not in ("machines", "lines", "alarm"):
                for position, each in enumerate(value, 1):
                    if not isinstance(each, str):
                        self._say(
                            entry(at(where, key), position), wrong(each), words("words-give-text-quotes")
                        )

    def _fields(self, tables: Mapping[str, object]) -> tuple[Field, ...]:
        if not tables:
            return STANDARD_FIELDS
        fields = []
        for name, raw in tables.items():
            where = f"fields.{name}"
            if not _FIELD_NAME.fullmatch(name):
                self._say(
                    where, words("words-not-field-s-name"), words("words-use-letters-digits-letter-first-at")
                )
            if name in SYSTEM_FIELDS:
                self._say(
                    where,
                    words("words-kept-by-setpoint-itself"),
                    words("words-leave-out", known=", ".join(SYSTEM_FIELDS)),
                )
            if not isinstance(raw, dict):
                self._say(where, wrong(raw), words("words-write-table-fields", name=name))
                continue
            self._known(raw, _FIELD, where)
            fields.append(self._field(name, raw, where))
        self._columns(fields)
        names = {each.name for each in fields}
        for each in fields:
            if each.actual is not None and each.actual not in names:
                self._say(
                    f"fields.{each.name}.actual",
                    words("words-names-which-no-field", actual=repr(each.actual)),
                    words("words-name-field-above"),
                )
        return tuple(fields)

    def _field(self, name: str, raw: Mapping[str, object], where: str) -> Field:
        kinds = [kind.value for kind in FieldType]
        kind = raw.get("type", "number")
        if kind not in kinds:
            self._say(f"{where}.type", wrong(kind), words("words-give-one", known=", ".join(kinds)))
            kind = "number"
        options = tuple(_texts(raw.get("options")))
        if kind == "choice" and not options:
            self._say(
                f"{where}.options", words("words-missing-choice"), words("words-list-them-options-run-idle")
            )
        minimum, maximum = self._bound(raw, "min", where), self._bound(raw, "max", where)
        if minimum is not None and maximum is not None and minimum > maximum:
            self._say(
                f"{where}.min",
                words("words-above-max", minimum=format(minimum, "g"), most=format(maximum, "g")),
                words("words-swap-them"),
            )
        is_writable = raw.get("writable") is True
        return Field(
            name,
            type=FieldType(kind),
            label=_text(raw.get("label")) or name,
            unit=_text(raw.get("unit")),
            decimals=decimals if isinstance(decimals := raw.get("decimals", 0), int) else 0,
            minimum=minimum,
            maximum=maximum,
            options=options,
            is_writable=is_writable,
            column=(_text(raw.get("column")) or name) if is_writable else "",
            aliases=tuple(_texts(raw.get("aliases"))),
            is_required=raw.get("required") is True,
            actual=_text(raw.get("actual")) or None,
            needs_reason=raw.get("needs_reason") is True,
            needs_second_person=raw.get("needs_second_person") is True,
            tolerance=self._tolerance(raw, kind, where),
            units=self._units(raw, kind, where),
            history=read_history(raw.get("history"), f"{where}.history", self._say),
        )

    def _units(self, raw: Mapping[str, object], kind: object, where: str) -> tuple[tuple[str, float], ...]:
        units = [*_table(raw.get("units")).items()]
        if units and (kind != FieldType.NUMBER.value or not _text(raw.get("unit"))):
            self._say(
                f"{where}.units", words("words-given-field-without-unit"), words("words-give-its-unit-remove")
            )
        for name, factor in units:
            number = _number(factor)
            if number is None or not 0 < number < inf:
                self._say(
                    f"{where}.units",
                    words("words-has-2", name=repr(name), factor=repr(factor)),
                    words("words-give-factor-above-makes-unit-units"),
                )
        return tuple((name, _number(factor) or 1.0) for name, factor in units)

    def _tolerance(self, raw: Mapping[str, object], kind: object, where: str) -> float | None:
        tolerance = _number(raw.get("tolerance"))
        if tolerance is None:
            return None
        if kind != FieldType.NUMBER.value:
            self._say(
                f"{where}.tolerance",
                words("words-given-which-only-same-value-same", value=kind),
                words("words-remove"),
            )
        elif raw.get("writable") is not True:
            self._say(f"{where}.tolerance", words("words-given-field-nobody-can-set"), words("words-remove"))
        elif not 0 <= tolerance < inf:
            self._say(
                f"{where}.tolerance",
                words("words-is", value=tolerance),
                words("words-give-how-far-reported-value-may"),
            )
        return tolerance

    def _columns(self, fields: Iterable[Field]) -> None:
        taken: dict[str, str] = {}
        for each in fields:
            for header in (each.column, *each.aliases) if each.is_writable else ():
                other = taken.setdefault(header.casefold(), each.name)
                if other != each.name:
                    self._say(
                        f"fields.{each.name}",
                        words("words-fields-share-column", other=other, header=repr(header)),
                        words("words-rename-one-them"),
                    )

    def _sources(self, tables: Mapping[str, object]) -> tuple[SourceConfig, ...]:
        sources = []
        for name, raw in tables.items():
            table = _table(raw)
            kind = table.get("kind")
            if not isinstance(kind, str) or not kind:
                self._say(
                    f"sources.{name}.kind",
                    words("words-missing"),
                    words("words-give-kind-source-such-kind-opcua"),
                )
                continue
            settings = {key: value for key, value in table.items() if key != "kind"}
            sources.append(SourceConfig(name, kind, settings))
        return tuple(sources) if tables else (SourceConfig("simulator", "simulator"),)

    def _lines(self, raw: object, sources: tuple[SourceConfig, ...]) -> tuple[Line, ...]:
        if not isinstance(raw, list) or not raw:
            self._say("lines", words("words-missing"), words("words-describe-at-least-one-lines-id"))
            return ()
        lines: list[Line] = []
        homes: dict[str, str] = {}
        for position, table in enumerate(raw, 1):
            where = entry("lines", position)
            if not isinstance(table, dict):
                self._say(where, wrong(table), words("words-write-each-line-table-lines"))
                continue
            self._known(table, _LINE, where)
            line = _text(table.get("id"))
            if not _LINE_ID.fullmatch(line):
                self._say(at(where, "id"), wrong(table.get("id")), words("words-give-short-text-quotes-such"))
            elif any(line == other.id for other in lines):
                self._say(
                    at(where, "id"),
                    words("words-which-another-line-has", line=repr(line)),
                    words("words-give-each-line-id-its-own"),
                )
            machines = tuple(self._machines(table, line, where, sources, homes))
            if len(homes) > MAX_MACHINES:
                self._say(
                    where,
                    words("words-brings-plant-over-machines", most=MAX_MACHINES),
                    words("words-split-plant"),
                )
                break
            if not machines:
                self._say(
                    at(where, "machines"), words("words-lists-no-machine"), words("words-write-machines")
                )
            lines.append(Line(line, machines, name=_text(table.get("name")) or f"Line {line}"))
        return tuple(lines)

    def _machines(
        self,
        table: Mapping[str, object],
        line: str,
        where: str,
        sources: tuple[SourceConfig, ...],
        homes: dict[str, str],
    ) -> Iterator[Machine]:
        entries = table.get("machines")
        for position, each in enumerate(entries if isinstance(entries, list) else [], 1):
            here = entry(at(where, "machines"), position)
            settings = dict(each) if isinstance(each, dict) else {"id": each}
            say = partial(self._say, here)
            ids = list(read_ids(settings.pop("id", None), say, has_letters=self._has_letters))
            name = settings.pop("name", "")
            if not isinstance(name, str):
                self._say(at(here, "name"), wrong(name), words("words-give-text"))
                name = ""
            source = self._source(settings.pop("source", table.get("source")), here, sources)
            for machine in ids:
                taken = homes.get(machine.lower())
                if taken is not None:
                    what = words("words-machine-which-has-already", value=machine, taken=taken)
                    self._say(here, what, words("words-remove-one-two"))
                    continue
                homes[machine.lower()] = words("words-line-of-file", line=repr(line))
                yield Machine(f"m_{machine}", line, name=name, source=source, settings=settings)

    def _source(self, name: object, here: str, sources: tuple[SourceConfig, ...]) -> str:
        names = [source.name for source in sources]
        if name is None and len(names) == 1:
            return names[0]
        if isinstance(name, str) and name in names:
            return name
        said = words("words-does-not-say-its-source")
        if name is not None:
            said = words("words-names-source", name=repr(name))
        self._say(
            here,
            said,
            words("words-give-source-one", value=", ".join(names) or words("words-sources-of-this-file")),
        )
        return ""


def _is_a(value: object, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def _is_table(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _table(value: object) -> Mapping[str, object]:
    return value if _is_table(value) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> Iterator[str]:
    return (each for each in value if isinstance(each, str)) if isinstance(value, list) else iter(())


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
