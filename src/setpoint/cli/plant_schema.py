"""The JSON Schema of the plant file, for editors: it completes keys, explains them, and marks mistakes as you type.

``setpoint plant schema`` prints it. ``setpoint serve`` writes it beside a new ``plant.toml``, whose first line names
it. ``setpoint check`` says more: it also knows whether names exist and machines are unique. The schema accepts whatever
``check`` accepts; a test checks that.
"""

from __future__ import annotations

from typing import Any

from setpoint.cli.schema_parts import (
    Schema,
    either,
    flag,
    named,
    number,
    one_of,
    ref,
    table,
    text,
    texts,
    whole,
)
from setpoint.cli.source_schema import source_schemas
from setpoint.contract.values import SYSTEM_FIELDS
from setpoint.core.plant import FieldType, Of, Priority
from setpoint.core.plant.alarms import MAX_ALARMS
from setpoint.core.plant.kpis import ALWAYS, MAX_KPIS
from setpoint.core.plant.shifts import DAYS, MAX_EXCEPTIONS, MAX_REASONS, MAX_SHIFTS, State

_CLOCK = "(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"
_BREAK = text(pattern=f"^{_CLOCK}-{_CLOCK}$")
_IDS = either(
    whole("", 0, 999_999_999_999), text(pattern="^[0-9A-Za-z]{1,12}$|^[0-9A-Za-z]{1,24}-[0-9A-Za-z]{1,24}$")
)


def plant_schema() -> Schema:
    """The schema of the whole file, draft 7."""
    about = "Lines, machines, fields, and where their data comes from. `setpoint check` says what a schema cannot."
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Setpoint plant file",
        **table(_top(), about, needed=["lines"]),
        "definitions": {
            "line": _line(),
            "field": _field(),
            "history": _history(),
            "kpi": _kpi(),
            "alarm": _alarm(),
            "shifts": _shifts(),
            "duration": text(
                'A time: "250 ms", "1 s", "5 min", "8 h", "90 d".',
                pattern="^[0-9]{1,9}(\\.[0-9]{1,3})? ?(ms|s|min|h|d)$",
            ),
            "one-or-more": either(text(minLength=1), texts(minItems=1)),
            **source_schemas(),
        },
    }


def _top() -> Schema:
    headers = {
        "id_column": text("The header of the column that names the machine. Default: Machine ID."),
        "id_aliases": texts("Other headers that mean it."),
    }
    names = {"pattern": "^[A-Za-z][A-Za-z0-9]{0,39}$", "not": {"enum": list(SYSTEM_FIELDS)}}
    figures = {"maxLength": 40, "not": {"enum": list(ALWAYS)}}
    return {
        "name": text("The plant's name. Default: Plant."),
        "timezone": text(
            "An IANA name such as Europe/Berlin, for times on screen and in exports. Default: UTC."
        ),
        "letters_in_ids": flag("Whether machines may have letters in their ids: A7. Default: false."),
        "workbook": table(headers, "Headers in workbooks."),
        "lines": _list(ref("line"), "The lines and their machines.", minItems=1),
        "fields": named(
            ref("field"),
            "The fields of every machine; without them the standard machine.",
            propertyNames=names,
        ),
        "kpis": named(
            ref("kpi"),
            "Figures of each line and of the plant.",
            maxProperties=MAX_KPIS,
            propertyNames=figures,
        ),
        "alarm": _list(
            ref("alarm"), "What people should be told, and what they should do then.", maxItems=MAX_ALARMS
        ),
        "shifts": ref("shifts", "When people work, what a machine's time was, and why it was down."),
        "sources": named(
            ref("source"),
            "Where the data comes from; without a source it is simulated. Never put secrets here.",
        ),
    }


def _line() -> Schema:
    machine = {"id": _IDS, "name": text("What people call it."), "source": text("Its source.")}
    entry = either(*_IDS["anyOf"], {"type": "object", "required": ["id"], "properties": machine})
    return table(
        {
            "id": text('A short text such as "01".', pattern="^[0-9A-Za-z-]{1,32}$"),
            "name": text("What people call it."),
            "source": text("The source of its machines, if there are several."),
            "machines": _list(
                entry, 'Numbers (401), texts ("007"), ranges ("410-419"), or tables with a name.', minItems=1
            ),
        },
        needed=["id", "machines"],
    )


def _field() -> Schema:
    is_choice = {"properties": {"type": {"const": "choice"}}, "required": ["type"]}
    is_set_point = {
        "required": ["writable"],
        "properties": {"writable": {"const": True}, "type": {"const": "number"}},
    }
    return table(
        {
            "type": one_of([each.value for each in FieldType], "What values it has. Default: number."),
            "label": text("What people call it. Default: the field's name."),
            "unit": text("Its unit, as shown and as written in workbooks."),
            "decimals": whole("How many decimals the board shows. Default: 0."),
            "min": number("The lowest target that people may give, in the field's unit."),
            "max": number("The highest target that people may give, in the field's unit."),
            "options": texts("The values of a choice."),
            "writable": flag("Whether people may give targets for it. Default: false."),
            "column": text("Its header in workbooks. Default: the field's name."),
            "aliases": texts("Other headers in workbooks that mean the same."),
            "required": flag("Whether a workbook without that column is refused. Default: false."),
            "actual": text("The measured field that follows this set-point."),
            "needs_reason": flag("Whether a change must say why. Default: false."),
            "needs_second_person": flag("Whether somebody else must confirm a change. Default: false."),
            "tolerance": number(
                "How far the reported set-point may be from the target and still count as reached.", minimum=0
            ),
            "units": named(
                number(exclusiveMinimum=0),
                "Other units that a workbook's header may name, each with the factor that converts it.",
            ),
            "history": either(flag(), ref("history"), about="How it is recorded; false for not at all."),
        },
        allOf=[
            {"if": is_choice, "then": {"required": ["options"], "properties": {"options": {"minItems": 1}}}},
            {"if": {"required": ["tolerance"]}, "then": is_set_point},
            {
                "if": {"required": ["units"], "properties": {"units": {"minProperties": 1}}},
                "then": {"required": ["unit"]},
            },
        ],
    )


def _history() -> Schema:
    return table(
        {
            "deviation": number(
                "How far a measured number must move to be recorded again. Default: 0.", minimum=0
            ),
            "every": ref("duration", "How often it is looked at, 250 ms to 1 h. Default: 1 s."),
            "keep": ref("duration", "Points older than that are removed. Default: kept for ever."),
        }
    )


def _kpi() -> Schema:
    return table(
        {
            "field": text("The field."),
            "of": one_of(list(Of), "The mean over the machines in contact, the sum over all, or a count."),
            "value": {"description": 'What is counted; only with "count".'},
            "label": text("Default: from the field."),
            "unit": text("Default: from the field."),
            "decimals": whole("Of a mean. Default: one more than the field's.", 0, 3),
        },
        needed=["field", "of"],
    ) | {
        "if": {"properties": {"of": {"const": Of.COUNT.value}}},
        "then": {"required": ["value"]},
        "else": {"not": {"required": ["value"]}},
    }


def _alarm() -> Schema:
    by_status = {"required": ["status"], "properties": dict.fromkeys(("above", "below", "dead_band"), False)}
    by_field = {"required": ["field"], "anyOf": [{"required": ["above"]}, {"required": ["below"]}]}
    return table(
        {
            "name": text("Letters, digits and -; unique.", pattern="^[A-Za-z][A-Za-z0-9-]{0,39}$"),
            "label": text("How the board shows it. Default: the name.", maxLength=500),
            "priority": one_of(list(Priority), "Default: medium."),
            "status": ref("one-or-more", "A status or a list of them, which raise the alarm."),
            "field": text("Instead of status: a measured number."),
            "above": number("Its upper limit, in its unit."),
            "below": number("Its lower limit, in its unit."),
            "dead_band": number(
                "How far the value must be back inside the limit before the alarm clears. Default: 0.",
                minimum=0,
            ),
            "on_delay": ref("duration", "How long the condition must hold first, up to 24 h."),
            "off_delay": ref("duration", "How long it must not hold first, up to 24 h."),
            "suppressed_in": ref("one-or-more", "Statuses of the machine in which the alarm means nothing."),
            "consequence": text("What happens if nobody acts.", maxLength=500),
            "response": text("What to do.", maxLength=500),
            "lines": ref("one-or-more", "Whose alarm it is. Default: every machine's."),
            "machines": _list({"type": ["integer", "string"]}, "Whose alarm it is: 401.", minItems=1),
        },
        needed=["name"],
        oneOf=[by_status, by_field],
    )


def _shifts() -> Schema:
    cycle = number(exclusiveMinimum=0)
    of_reasons = [each for each in State if each not in (State.PRODUCTION, State.UNKNOWN)]
    day = {"enum": list(DAYS)}
    shift = {
        "name": text("Unique.", minLength=1, maxLength=60),
        "days": either(day, _list(day), about="The days on which it begins. Default: every day."),
        "from": text("By the plant's clock: 22:00.", pattern=f"^{_CLOCK}$"),
        "to": text("A time that is not later is on the next day.", pattern=f"^{_CLOCK}$"),
        "breaks": either(
            _BREAK, _list(_BREAK), about="Planned down, unless the machine produces: 10:00-10:15."
        ),
    }
    exception = {
        "date": text("2026-12-25", pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
        "shifts": texts("The names of the shifts that begin on it; [] for none."),
    }
    reason = {
        "name": text("What people call it. Default: its id.", minLength=1, maxLength=60),
        "in": text("The id of the reason above it; at most three levels."),
        "causes": texts("What machines give as their cause and means this reason."),
        "state": one_of(of_reasons, "What the time was with this reason. Default: unplanned-down."),
    }
    return table(
        {
            "micro_stop": ref("duration", "A shorter stop needs no reason; at most an hour. Default: 2 min."),
            "total": text("The measured counter of all parts that a machine makes."),
            "good": text("The counter of good parts."),
            "scrap": text("Instead of good: the counter of the others."),
            "ideal_cycle_s": either(
                cycle, named(cycle), about="Seconds that one part takes at best: for all, or by topic."
            ),
            "states": named(one_of(list(State)), "What a status means."),
            "pattern": _list(
                table(shift, needed=["name", "from", "to"]), "The shifts of the week.", maxItems=MAX_SHIFTS
            ),
            "exceptions": _list(
                table(exception, needed=["date"]), "Days with other shifts.", maxItems=MAX_EXCEPTIONS
            ),
            "reasons": named(
                table(reason),
                "The tree of reasons of downtime.",
                maxProperties=MAX_REASONS,
                propertyNames={"pattern": "^[a-z][a-z0-9-]{0,39}$"},
            ),
        },
        dependencies={"good": ["total"], "scrap": ["total"]},
    ) | {"not": {"required": ["good", "scrap"]}}


def _list(items: Schema, about: str = "", **rules: Any) -> Schema:
    description = {"description": about} if about else {}
    return {"type": "array", **description, "items": items, **rules}
