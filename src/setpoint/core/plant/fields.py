"""The sections ``[fields.…]`` of the plant file: what each machine reports, and what can be set.

`setpoint.core.plant.toml` shows the keys.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from math import inf

from setpoint.contract.values import SYSTEM_FIELDS
from setpoint.core.plant.history import read_history
from setpoint.core.plant.model import STANDARD_FIELDS, Field, FieldType
from setpoint.core.plant.values import (
    WANTED,
    Say,
    as_number,
    as_table,
    as_text,
    as_texts,
    check_keys,
    check_texts,
)
from setpoint.core.plant.wording import words, wrong

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,39}")
_KEYS: Mapping[str, type] = {
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


def read_fields(tables: Mapping[str, object], say: Say) -> tuple[Field, ...]:
    """The sections ``[fields.…]``, or the standard machine if there are none. ``say`` gets each mistake."""
    if not tables:
        return STANDARD_FIELDS
    fields = []
    for name, raw in tables.items():
        where = f"fields.{name}"
        if not _NAME.fullmatch(name):
            say(where, words("words-not-field-s-name"), words("words-use-letters-digits-letter-first-at"))
        if name in SYSTEM_FIELDS:
            say(
                where,
                words("words-kept-by-setpoint-itself"),
                words("words-leave-out", known=", ".join(SYSTEM_FIELDS)),
            )
        if not isinstance(raw, dict):
            say(where, wrong(raw), words("words-write-table-fields", name=name))
            continue
        check_keys(raw, _KEYS, where, say)
        for key in ("options", "aliases"):
            check_texts(raw, key, where, say)
        fields.append(_field(name, raw, where, say))
    _columns(fields, say)
    names = {each.name for each in fields}
    for each in fields:
        if each.actual is not None and each.actual not in names:
            say(
                f"fields.{each.name}.actual",
                words("words-names-which-no-field", actual=repr(each.actual)),
                words("words-name-field-above"),
            )
    return tuple(fields)


def _field(name: str, raw: Mapping[str, object], where: str, say: Say) -> Field:
    kinds = [kind.value for kind in FieldType]
    kind = raw.get("type", "number")
    if kind not in kinds:
        say(f"{where}.type", wrong(kind), words("words-give-one", known=", ".join(kinds)))
        kind = "number"
    options = tuple(as_texts(raw.get("options")))
    if kind == "choice" and not options:
        say(f"{where}.options", words("words-missing-choice"), words("words-list-them-options-run-idle"))
    minimum, maximum = _bound(raw, "min", where, say), _bound(raw, "max", where, say)
    if minimum is not None and maximum is not None and minimum > maximum:
        say(
            f"{where}.min",
            words("words-above-max", minimum=format(minimum, "g"), most=format(maximum, "g")),
            words("words-swap-them"),
        )
    is_writable = raw.get("writable") is True
    return Field(
        name,
        type=FieldType(kind),
        label=as_text(raw.get("label")) or name,
        unit=as_text(raw.get("unit")),
        decimals=decimals if isinstance(decimals := raw.get("decimals", 0), int) else 0,
        minimum=minimum,
        maximum=maximum,
        options=options,
        is_writable=is_writable,
        column=(as_text(raw.get("column")) or name) if is_writable else "",
        aliases=tuple(as_texts(raw.get("aliases"))),
        is_required=raw.get("required") is True,
        actual=as_text(raw.get("actual")) or None,
        needs_reason=raw.get("needs_reason") is True,
        needs_second_person=raw.get("needs_second_person") is True,
        tolerance=_tolerance(raw, kind, where, say),
        units=_units(raw, kind, where, say),
        history=read_history(raw.get("history"), f"{where}.history", say),
    )


def _bound(raw: Mapping[str, object], key: str, where: str, say: Say) -> float | None:
    """A limit as a number. TOML also has ``nan`` and ``inf``, and whole numbers that no float can hold; they are
    mistakes."""
    bound = as_number(raw.get(key))
    if bound is None or abs(bound) <= sys.float_info.max:
        return bound
    say(f"{where}.{key}", wrong(bound), words(WANTED[float]))
    return None


def _tolerance(raw: Mapping[str, object], kind: object, where: str, say: Say) -> float | None:
    tolerance = as_number(raw.get("tolerance"))
    if tolerance is None:
        return None
    if kind != FieldType.NUMBER.value:
        say(
            f"{where}.tolerance",
            words("words-given-which-only-same-value-same", value=kind),
            words("words-remove"),
        )
    elif raw.get("writable") is not True:
        say(f"{where}.tolerance", words("words-given-field-nobody-can-set"), words("words-remove"))
    elif not 0 <= tolerance < inf:
        say(
            f"{where}.tolerance",
            words("words-is", value=tolerance),
            words("words-give-how-far-reported-value-may"),
        )
    return tolerance


def _units(raw: Mapping[str, object], kind: object, where: str, say: Say) -> tuple[tuple[str, float], ...]:
    units = [*as_table(raw.get("units")).items()]
    if units and (kind != FieldType.NUMBER.value or not as_text(raw.get("unit"))):
        say(f"{where}.units", words("words-given-field-without-unit"), words("words-give-its-unit-remove"))
    for name, factor in units:
        number = as_number(factor)
        if number is None or not 0 < number < inf:
            say(
                f"{where}.units",
                words("words-has-2", name=repr(name), factor=repr(factor)),
                words("words-give-factor-above-makes-unit-units"),
            )
    return tuple((name, as_number(factor) or 1.0) for name, factor in units)


def _columns(fields: Iterable[Field], say: Say) -> None:
    taken: dict[str, str] = {}
    for each in fields:
        for header in (each.column, *each.aliases) if each.is_writable else ():
            other = taken.setdefault(header.casefold(), each.name)
            if other != each.name:
                say(
                    f"fields.{each.name}",
                    words("words-fields-share-column", other=other, header=repr(header)),
                    words("words-rename-one-them"),
                )
