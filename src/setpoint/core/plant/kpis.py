"""The figures that a line shows of its machines (KPI-1): a field each, averaged, summed or counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from setpoint.core.plant.model import Field, FieldType, Kpi, Of, Plant
from setpoint.core.plant.values import Say
from setpoint.core.plant.wording import known, words, wrong

ALWAYS = ("machines", "running", "alarms", "availability")
"""Every line has these; they follow from the condition of its machines."""
MAX_KPIS = 12
_KEYS = ("field", "of", "value", "label", "unit", "decimals")
_MOST_DECIMALS = 3


def line_kpis(plant: Plant) -> tuple[Kpi, ...]:
    """The figures of each line: those that the plant file names, or the default."""
    return plant.kpis or default_kpis(plant.fields)


def default_kpis(fields: Iterable[Field]) -> tuple[Kpi, ...]:
    """If the plant file names none: the mean of the measured field that follows a set-point, the sum of ``parts``."""
    by_name = {field.name: field for field in fields}
    numbers = [field for field in by_name.values() if field.type is FieldType.NUMBER]
    followed = (by_name.get(field.actual or "") for field in numbers if field.is_writable)
    measured = (field for field in numbers if not field.is_writable and field.name != "parts")
    found: list[Kpi] = []
    actual = next((field for field in (*followed, *measured) if field is not None), None)
    if actual is not None:
        name = f"mean{actual.name[:1].upper()}{actual.name[1:]}"
        found.append(_of_field(name, actual, Of.MEAN, {}))
    if (parts := by_name.get("parts")) is not None and parts.type is FieldType.NUMBER:
        found.append(_of_field("parts", parts, Of.SUM, {}))
    return tuple(found)


def read_kpis(tables: Mapping[str, object], fields: Iterable[Field], say: Say) -> tuple[Kpi, ...]:
    """The section ``[kpis]``. ``say`` gets each mistake: where, what, and how to correct it."""
    by_name = {field.name: field for field in fields}
    found = [kpi for name, raw in tables.items() if (kpi := _read(name, raw, by_name, say)) is not None]
    if len(found) > MAX_KPIS:
        say(
            "kpis", words("words-names-figures", value=len(found)), words("words-name-at-most", most=MAX_KPIS)
        )
    return tuple(found[:MAX_KPIS])


def _read(name: str, raw: object, fields: Mapping[str, Field], say: Say) -> Kpi | None:
    where = f"kpis.{name}"
    if name in ALWAYS or not name.isalnum() or not name[:1].isalpha() or len(name) > 40:
        say(
            where,
            words("words-not-figure-s-name"),
            words("words-use-letters-digits-none", known=", ".join(ALWAYS)),
        )
        return None
    if not isinstance(raw, dict):
        say(where, wrong(raw), words("words-write-table-kpis", name=name))
        return None
    for key in raw.keys() - set(_KEYS):
        say(f"{where}.{key}", words("words-not-key-known-here"), known(_KEYS))
    field = fields.get(str(raw.get("field")))
    if field is None:
        say(
            f"{where}.field",
            words("words-which-no-field", value=repr(raw.get("field"))),
            words("words-name-one", known=", ".join(fields)),
        )
        return None
    if raw.get("of") not in tuple(Of):
        say(f"{where}.of", wrong(raw.get("of")), words("words-use-one", known=", ".join(Of)))
        return None
    of = Of(str(raw["of"]))
    if of is not Of.COUNT and field.type is not FieldType.NUMBER:
        say(f"{where}.of", words("words-no-number", of=of, name=field.name), words("words-use-count"))
        return None
    if (of is Of.COUNT) != ("value" in raw):
        say(
            f"{where}.value", words("words-what-count-looks-only-count"), words("words-write-value-run-count")
        )
        return None
    for key, kind in (("label", str), ("unit", str), ("decimals", int)):
        if key in raw and type(raw[key]) is not kind:
            say(
                f"{where}.{key}",
                wrong(raw[key]),
                words("words-write-text") if kind is str else words("words-write-whole-number"),
            )
            return None
    if not 0 <= int(raw.get("decimals", 0)) <= _MOST_DECIMALS:
        say(
            f"{where}.decimals",
            words("words-is", value=raw["decimals"]),
            words("words-use", most=_MOST_DECIMALS),
        )
        return None
    return _of_field(name, field, of, raw)


def _of_field(name: str, field: Field, of: Of, raw: Mapping[str, object]) -> Kpi:
    """Keys that are left out follow from the field. A mean without a label has none: a screen then says "mean" in the
    reader's language.
    """
    label = field.label or field.name
    value = raw.get("value")
    words = {Of.MEAN: "", Of.SUM: label, Of.COUNT: f"{label} {value}"}
    decimals = {Of.MEAN: min(field.decimals + 1, _MOST_DECIMALS), Of.SUM: field.decimals, Of.COUNT: 0}
    digits = raw.get("decimals", decimals[of])
    return Kpi(
        name,
        field.name,
        of,
        str(raw.get("label", words[of])),
        str(raw.get("unit", "" if of is Of.COUNT else field.unit)),
        digits if isinstance(digits, int) else decimals[of],
        value if isinstance(value, str | int | float) else None,
    )
