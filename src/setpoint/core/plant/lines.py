"""The sections ``[[lines]]`` of the plant file: the lines, their machines, and the source of each machine.

`setpoint.core.plant.toml` shows the keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from setpoint.core.plant.ids import MAX_MACHINES, read_ids
from setpoint.core.plant.model import Line, Machine, SourceConfig
from setpoint.core.plant.values import Say, as_text, check_keys
from setpoint.core.plant.wording import at, entry, words, wrong

_ID = re.compile(r"[0-9A-Za-z-]{1,32}")
_KEYS: Mapping[str, type] = {"id": str, "name": str, "source": str, "machines": list}


def read_lines(
    raw: object, sources: tuple[SourceConfig, ...], say: Say, *, has_letters: bool
) -> tuple[Line, ...]:
    """The sections ``[[lines]]`` with their machines. ``say`` gets each mistake.

    ``has_letters``: whether the ids of machines may have letters (ID-1).
    """
    if not isinstance(raw, list) or not raw:
        say("lines", words("words-missing"), words("words-describe-at-least-one-lines-id"))
        return ()
    reader = _Reader(sources, say, has_letters)
    lines: list[Line] = []
    for position, table in enumerate(raw, 1):
        where = entry("lines", position)
        if not isinstance(table, dict):
            say(where, wrong(table), words("words-write-each-line-table-lines"))
            continue
        check_keys(table, _KEYS, where, say)
        line = as_text(table.get("id"))
        if not _ID.fullmatch(line):
            say(at(where, "id"), wrong(table.get("id")), words("words-give-short-text-quotes-such"))
        elif any(line == other.id for other in lines):
            say(
                at(where, "id"),
                words("words-which-another-line-has", line=repr(line)),
                words("words-give-each-line-id-its-own"),
            )
        machines = tuple(reader.machines(table, line, where))
        if len(reader.homes) > MAX_MACHINES:
            say(
                where,
                words("words-brings-plant-over-machines", most=MAX_MACHINES),
                words("words-split-plant"),
            )
            break
        if not machines:
            say(at(where, "machines"), words("words-lists-no-machine"), words("words-write-machines"))
        lines.append(Line(line, machines, name=as_text(table.get("name")) or f"Line {line}"))
    return tuple(lines)


@dataclass(slots=True)
class _Reader:
    """``homes``: the line of each machine that was read, by its id in small letters."""

    sources: tuple[SourceConfig, ...]
    say: Say
    has_letters: bool
    homes: dict[str, str] = field(default_factory=dict)

    def machines(self, table: Mapping[str, object], line: str, where: str) -> Iterator[Machine]:
        entries = table.get("machines")
        for position, each in enumerate(entries if isinstance(entries, list) else [], 1):
            here = entry(at(where, "machines"), position)
            settings = dict(each) if isinstance(each, dict) else {"id": each}
            say = partial(self.say, here)
            ids = list(read_ids(settings.pop("id", None), say, has_letters=self.has_letters))
            name = settings.pop("name", "")
            if not isinstance(name, str):
                self.say(at(here, "name"), wrong(name), words("words-give-text"))
                name = ""
            source = self._source(settings.pop("source", table.get("source")), here)
            for machine in ids:
                taken = self.homes.get(machine.lower())
                if taken is not None:
                    what = words("words-machine-which-has-already", value=machine, taken=taken)
                    self.say(here, what, words("words-remove-one-two"))
                    continue
                self.homes[machine.lower()] = words("words-line-of-file", line=repr(line))
                yield Machine(f"m_{machine}", line, name=name, source=source, settings=settings)

    def _source(self, name: object, here: str) -> str:
        names = [source.name for source in self.sources]
        if name is None and len(names) == 1:
            return names[0]
        if isinstance(name, str) and name in names:
            return name
        self.say(
            here,
            words("words-does-not-say-its-source")
            if name is None
            else words("words-names-source", name=repr(name)),
            words("words-give-source-one", value=", ".join(names) or words("words-sources-of-this-file")),
        )
        return ""
