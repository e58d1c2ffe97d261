"""Reads ``[sources.NAME.fields]`` and ``[sources.NAME.status]``, for every protocol that has places of its own.

A protocol gives `PlacesReader.place`, which makes its own record of a text or a table. ``{id}``, ``{line}``, ``{name}``
and every key that a machine carries (``{ id = 403, plc = "Kiln" }``) may be used in every text of a place;
double the braces if a text has braces of its own. A machine that differs names its own places:
``{ id = 407, fields = { speed = … } }``.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from setpoint.core.plant import Field, FieldType, Machine, Plant
from setpoint.sources.mapping.settings import Bit, ConditionPlaces, FieldPlace, MachinePlaces
from setpoint.sources.settings import SettingsReader, is_table
from setpoint.sources.wording import words, wrong

P = TypeVar("P")
MAX_BIT = 63

_STATUS = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_WORD = re.compile(r"\{\{([A-Za-z][A-Za-z0-9_]*)\}\}|\{([A-Za-z][A-Za-z0-9_]*)\}")
_FIELD_KEYS = ("scale", "offset", "map", "optional")
_STATUS_KEYS = ("state", "packml", "map", "cause", "word", "bits", "flags")


class PlacesReader(SettingsReader, Generic[P]):
    """Walks the settings of one machine after the other, collects mistakes, and continues with the parts that can be
    used. ``keys`` are the keys of a place's table, ``example`` is an example of a place.
    """

    keys: Sequence[str] = ()
    example = ""

    def __init__(self, where: str, plant: Plant) -> None:
        super().__init__(where)
        self.plant = plant
        self._words: Mapping[str, str] = {}
        self._machine = ""
        self._reported: set[tuple[str, str]] = set()

    @abstractmethod
    def place(self, table: Mapping[str, object], here: str, field: Field | None) -> P | None:
        """The record of a place; None if it has a mistake. If ``field`` is None, it belongs to the condition."""

    @abstractmethod
    def table_of(self, text: str) -> Mapping[str, object]:
        """A place that is written as a text, as a table."""

    def machine(self, machine: Machine, settings: Mapping[str, object]) -> MachinePlaces[P]:
        """The places of one machine, its own over the pattern's."""
        self.begin(machine)
        remedy = words("words-write-places-fields", example=self.example)
        fields = dict(self.table(settings, "fields", remedy=remedy))
        own = machine.settings.get("fields", {})
        if is_table(own):
            fields |= own
        else:
            self.say("fields", wrong(own), remedy, at=self._machine)
        if not fields and "status" not in settings:
            self.say(
                "fields",
                words("words-missing"),
                words("words-say-where-plant-s-fields-are", where=self.where),
            )
        condition = self._condition(
            self.table(settings, "status", remedy=words("words-write-status", where=self.where))
        )
        return MachinePlaces(machine.key, tuple(self._fields(fields)), condition)

    def begin(self, machine: Machine) -> None:
        """From now on, placeholders are replaced by this machine's values."""
        self._machine = f"machine {machine.id}"
        self._words = {"id": machine.key.removeprefix("m_"), "line": machine.line, "name": machine.name}
        self._words |= {key: str(value) for key, value in machine.settings.items() if key != "fields"}

    def filled(self, pattern: str, here: str) -> str:
        """The text with the machine's values in place of placeholders."""
        missing = [word for _, word in _WORD.findall(pattern) if word and word not in self._words]
        if missing:
            self.say(
                here, words("words-has-which-does-not-give", value=missing[0], machine=self._machine),
                words("words-give-every-machine-has-id-line", value=self._words['id'], value2=missing[0])
            )  # fmt: skip
        return _WORD.sub(lambda each: f"{{{each[1]}}}" if each[1] else self._words.get(each[2], ""), pattern)

    def text_of(self, table: Mapping[str, object], key: str, here: str) -> str:
        """A text of a place, with its placeholders filled; empty if there is none."""
        return self.filled(self.text(table, key, here), f"{here}.{key}" if here else key)

    def say(self, key: str, what: str, remedy: str, *, at: str = "") -> None:
        """Adds a mistake once, even if the pattern has it for every machine."""
        plain = what.replace(self._machine, "") if self._machine else what
        if (key, plain) not in self._reported:
            self._reported.add((key, plain))
            super().say(key, what, remedy, at=at)

    def _fields(self, tables: Mapping[str, object]) -> Iterator[FieldPlace[P]]:
        for name, entry in tables.items():
            here, declared = f"fields.{name}", self.plant.fields_by_name.get(name)
            if declared is None:
                known = ", ".join(self.plant.fields_by_name)
                self.say(here, words("words-not-field-plant"), words("words-known-are", known=known))
                continue
            table = self._as_table(entry, here, _FIELD_KEYS)
            found = self.place(table, here, declared) if table else None
            if table and found is not None:
                yield self._field(name, found, table, declared)

    def _field(self, name: str, place: P, table: Mapping[str, object], declared: Field) -> FieldPlace[P]:
        here = f"fields.{name}"
        scale = self.number(table, "scale", 1.0, here)
        if scale == 0:
            self.say(f"{here}.scale", words("words-is-2"), words("words-give-value-one-step-controller-such"))
        choices = self.table(table, "map", here, remedy=words("words-write-map"))
        if choices and declared.type is FieldType.CHOICE and set(choices) != set(declared.options):
            self.say(
                f"{here}.map",
                words("words-names", known=", ".join(choices)),
                words("words-name", known=", ".join(declared.options)),
            )
        if not all(isinstance(each, int | str) for each in choices.values()):
            remedy = words("words-give-whole-number-text-each-choice")
            self.say(f"{here}.map", wrong(dict(choices)), remedy)
        return FieldPlace(
            name,
            place,
            scale=scale or 1.0,
            offset=self.number(table, "offset", 0.0, here),
            choices={key: each for key, each in choices.items() if isinstance(each, int | str)},
            is_optional=self.flag(table, "optional", here),
        )

    def _as_table(self, entry: object, here: str, more: Sequence[str] = ()) -> Mapping[str, object]:
        table = self.table_of(entry) if isinstance(entry, str) else entry
        if not is_table(table) or not table:
            self.say(here, wrong(entry), words("words-write", example=self.example))
            return {}
        self.known(table, (*self.keys, *more), here)
        return table

    def _condition(self, table: Mapping[str, object]) -> ConditionPlaces[P]:
        if not table:
            return ConditionPlaces()
        self.known(table, _STATUS_KEYS, "status")
        names = self.table(table, "map", "status", remedy=words("words-write-map-2"))
        if not all(isinstance(each, str) and _STATUS.fullmatch(each) for each in names.values()):
            self.say("status.map", wrong(dict(names)), words("words-write-map-2"))
        if "bits" in table and "word" not in table:
            self.say(
                "status.word", words("words-missing-there-are-bits"), words("words-name-place-word-has-them")
            )
        return ConditionPlaces(
            state=self._part(table, "state"),
            is_packml=self.flag(table, "packml", "status"),
            names={str(key): str(each) for key, each in names.items()},
            cause=self._part(table, "cause"),
            word=self._part(table, "word"),
            bits=tuple(self._bits(table.get("bits"))),
            flags=tuple(self._flags(table.get("flags"))),
        )

    def _part(self, table: Mapping[str, object], key: str) -> P | None:
        if key not in table:
            return None
        place = self._as_table(table[key], f"status.{key}")
        return self.place(place, f"status.{key}", None) if place else None

    def _bits(self, raw: object) -> Iterator[Bit[P]]:
        for status, entry in self.by_critical_status(raw, "status.bits", "{ EMERGENCY_STOP = [0, 1] }"):
            here = f"status.bits.{status}"
            listed = entry if isinstance(entry, list) else [entry]
            named = entry if is_table(entry) else dict.fromkeys(map(str, listed), "")
            for number, cause in named.items():
                if re.fullmatch(r"[0-9]{1,2}", str(number)) and int(str(number)) <= MAX_BIT:
                    yield Bit(status, str(cause), number=int(str(number)))
                else:
                    self.say(
                        here,
                        words("words-has-bit", number=repr(number)),
                        words("words-number-bits-from", most=MAX_BIT),
                    )

    def _flags(self, raw: object) -> Iterator[Bit[P]]:
        for status, entry in self.by_critical_status(raw, "status.flags", f"{{ FAULT = {self.example} }}"):
            here = f"status.flags.{status}"
            table = self._as_table(entry, here, ("cause",))
            place = self.place(table, here, None) if table else None
            if place is not None:
                yield Bit(status, self.text(table, "cause", here), place=place)
