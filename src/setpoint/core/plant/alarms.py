"""Alarm definitions of the plant file, ``[[alarm]]``: what raises an alarm, how urgent it is, what to do (ALM-1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

from setpoint.core.plant.history import duration_ms
from setpoint.core.plant.model import Alarm, Field, FieldType, Line, Priority
from setpoint.core.plant.values import Say
from setpoint.core.plant.wording import at, entry, known, words, wrong

MAX_ALARMS = 100
MAX_WATCHED = 200_000
"""Definitions times machines: bounds what the server looks at and keeps."""
MAX_DELAY_MS = 24 * 3_600_000
_MAX_TEXT = 500
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}")
_KEYS = (
    "name",
    "label",
    "priority",
    "status",
    "field",
    "above",
    "below",
    "dead_band",
    "on_delay",
    "off_delay",
    "suppressed_in",
    "consequence",
    "response",
    "lines",
    "machines",
)


def read_alarms(raw: object, fields: Iterable[Field], lines: Iterable[Line], say: Say) -> tuple[Alarm, ...]:
    """The alarms that a plant file defines; ``say`` gets every mistake in them."""
    if raw is None:
        return ()
    if not isinstance(raw, list):
        say("alarm", wrong(raw), words("words-write-each-alarm-table-alarm"))
        return ()
    if len(raw) > MAX_ALARMS:
        say(
            "alarm",
            words("words-defines-alarms", value=len(raw)),
            words("words-define-at-most", most=MAX_ALARMS),
        )
    reader = _Reader({field.name: field for field in fields}, tuple(lines), say)
    found: dict[str, Alarm] = {}
    for position, table in enumerate(raw[:MAX_ALARMS], 1):
        alarm = reader.alarm(table, entry("alarm", position))
        if alarm is None:
            continue
        if alarm.name in found:
            say(
                at(entry("alarm", position), "name"),
                words("words-again", name=repr(alarm.name)),
                words("words-give-each-alarm-its-own-name"),
            )
        found[alarm.name] = alarm
    watched = sum(reader.count(alarm) for alarm in found.values())
    if watched > MAX_WATCHED:
        say(
            "alarm",
            words("words-makes-alarms-all-machines", watched=watched),
            words("words-name-lines-machines-so-at-most", most=MAX_WATCHED),
        )
    return tuple(found.values())


@dataclass(slots=True)
class _Reader:
    fields: Mapping[str, Field]
    lines: tuple[Line, ...]
    say: Say

    def alarm(self, raw: object, where: str) -> Alarm | None:
        if not isinstance(raw, dict):
            self.say(where, wrong(raw), words("words-write-each-alarm-table-alarm"))
            return None
        for key in raw:
            if key not in _KEYS:
                self.say(at(where, key), words("words-not-key-known-here"), known(_KEYS))
        name = raw.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            self.say(at(where, "name"), wrong(name), words("words-give-letters-digits-such-name-overheated"))
            return None
        field = self._field(raw, where)
        return Alarm(
            name,
            label=self._text(raw, "label", where) or name,
            priority=self._priority(raw, where),
            statuses=self._texts(raw, "status", where),
            field=field,
            above=self._number(raw, "above", where),
            below=self._number(raw, "below", where),
            dead_band=self._dead_band(raw, where),
            on_delay_ms=self._delay(raw, "on_delay", where),
            off_delay_ms=self._delay(raw, "off_delay", where),
            suppressed_in=self._texts(raw, "suppressed_in", where),
            consequence=self._text(raw, "consequence", where),
            response=self._text(raw, "response", where),
            lines=self._known_lines(raw, where),
            machines=self._known_machines(raw, where),
        )

    def count(self, alarm: Alarm) -> int:
        return sum(alarm.is_for(machine.key, line.id) for line in self.lines for machine in line.machines)

    def _field(self, raw: Mapping[str, object], where: str) -> str:
        """The field whose limits raise the alarm; empty for an alarm that a status raises."""
        name = raw.get("field")
        has_limit = "above" in raw or "below" in raw
        if ("status" in raw) == (name is not None):
            self.say(
                where,
                words("words-needs-status-field-not-both"),
                words("words-write-status-fault-field-temp-above"),
            )
            return ""
        if name is None:
            for key in ("above", "below", "dead_band"):
                if key in raw:
                    self.say(at(where, key), words("words-alarm-field"), words("words-remove-name-field"))
            return ""
        field = self.fields.get(str(name))
        if field is None or field.type is not FieldType.NUMBER:
            numbers = [each.name for each in self.fields.values() if each.type is FieldType.NUMBER]
            self.say(
                at(where, "field"), wrong(name), words("words-name-field-numbers", known=", ".join(numbers))
            )
            return ""
        if not has_limit:
            self.say(where, words("words-has-field-without-limit"), words("words-give-above-below-both"))
        low, high = raw.get("below"), raw.get("above")
        if isinstance(low, int | float) and isinstance(high, int | float) and low >= high:
            self.say(
                at(where, "below"),
                words("words-not-under-above", low=format(low, "g"), high=format(high, "g")),
                words("words-swap-them"),
            )
        return field.name

    def _priority(self, raw: Mapping[str, object], where: str) -> Priority:
        value = raw.get("priority", Priority.MEDIUM.value)
        if value not in tuple(Priority):
            self.say(at(where, "priority"), wrong(value), words("words-give-one", known=", ".join(Priority)))
            return Priority.MEDIUM
        return Priority(str(value))

    def _text(self, raw: Mapping[str, object], key: str, where: str) -> str:
        text = raw.get(key, "")
        if not isinstance(text, str) or len(text) > _MAX_TEXT:
            self.say(
                at(where, key),
                wrong(str(text)[:60]),
                words("words-give-text-at-most-characters", most=_MAX_TEXT),
            )
            return ""
        return text

    def _texts(self, raw: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
        value = raw.get(key)
        if value is None:
            return ()
        found = [value] if isinstance(value, str) else value
        if (
            not isinstance(found, list)
            or not found
            or not all(isinstance(each, str) and each for each in found)
        ):
            self.say(at(where, key), wrong(value), words("words-give-text-list-texts-fault", key=key))
            return ()
        return tuple(found)

    def _number(self, raw: Mapping[str, object], key: str, where: str) -> float | None:
        value = raw.get(key)
        if value is None:
            return None
        if not _is_number(value):
            self.say(at(where, key), wrong(value), words("words-give-number-field-s-unit"))
            return None
        return float(str(value))

    def _dead_band(self, raw: Mapping[str, object], where: str) -> float:
        value = raw.get("dead_band", 0.0)
        if not _is_number(value) or float(str(value)) < 0:
            self.say(at(where, "dead_band"), wrong(value), words("words-give-number-from-on-field-s"))
            return 0.0
        return float(str(value))

    def _delay(self, raw: Mapping[str, object], key: str, where: str) -> int:
        text = raw.get(key, "0 s")
        found = duration_ms(text) if isinstance(text, str) else None
        if found is None or found > MAX_DELAY_MS:
            self.say(at(where, key), wrong(text), words("words-give-time-up-h-such-s"))
            return 0
        return found

    def _known_lines(self, raw: Mapping[str, object], where: str) -> tuple[str, ...]:
        lines = self._texts(raw, "lines", where)
        known = [line.id for line in self.lines]
        for each in lines:
            if each not in known:
                self.say(
                    at(where, "lines"),
                    words("words-names-which-no-line", value=repr(each)),
                    words("words-lines-are", known=", ".join(known)),
                )
        return lines

    def _known_machines(self, raw: Mapping[str, object], where: str) -> tuple[str, ...]:
        numbers = raw.get("machines")
        if numbers is None:
            return ()
        known = {machine.key for line in self.lines for machine in line.machines}
        found = [f"m_{each}" for each in numbers] if isinstance(numbers, list) else []
        if not found or not known.issuperset(found):
            self.say(at(where, "machines"), wrong(numbers), words("words-list-machines-plant-machines"))
            return ()
        return tuple(found)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
