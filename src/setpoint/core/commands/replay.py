"""What the tables have to hold, by the audit: every batch, item, outcome, event and account that people see.

The chain shows that no entry was changed (`ledger.verify`). Here its entries are played again, and what comes of them
is held against the tables, record by record. Of each only a short hash is kept: a million entries fit in memory.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec

from setpoint.contract.http.machines import Event, EventKind
from setpoint.core.commands.ledger import AuditEntry
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.commands.retention import Anchor

MAX_TOLD = 100
"""Differences that are told one by one."""
_EVENTS: Final = frozenset(kind.value for kind in EventKind)
_batch = msgspec.json.Decoder(BatchRecord)
_items = msgspec.json.Decoder(list[ItemRecord])
_event = msgspec.json.Decoder(Event)
_access = msgspec.json.Decoder(dict[str, object])
_canonical = msgspec.json.Encoder(order="sorted")


class Difference(msgspec.Struct, frozen=True):
    """``what`` differs, and how."""

    what: str
    how: str


class Replay:
    """`take` every entry in order, then show it every record; what does not fit is in ``differences``."""

    def __init__(self) -> None:
        self.differences: list[Difference] = []
        self.total = 0
        self._batches: dict[str, bytes] = {}
        self._items: dict[tuple[str, str, str], bytes] = {}
        self._events: Counter[bytes] = Counter()
        self._rights: dict[str, str] = {}
        self._disabled: set[str] = set()

    def begin(self, anchor: Anchor) -> None:
        """What the part of the audit that is kept no longer had come to."""
        self._rights = dict(anchor.rights)
        self._disabled = set(anchor.disabled)

    def take(self, entry: AuditEntry) -> None:
        if entry.kind == "batch":
            batch = _batch.decode(entry.payload)
            self._batches[batch.tx_id] = _header(batch)
            for item in batch.items:
                self._items[item.tx_id, item.machine, item.field] = _hash(item)
        elif entry.kind == "outcomes":
            for item in _items.decode(entry.payload):
                if item.tx_id not in self._batches:
                    continue  # of a batch that is kept no longer
                self._items[item.tx_id, item.machine, item.field] = _hash(item)
        elif entry.kind in _EVENTS:
            self._events[_hash(_event.decode(entry.payload))] += 1
        elif entry.kind == "access":
            self._take_access(_access.decode(entry.payload))

    def _take_access(self, said: dict[str, object]) -> None:
        account = str(said.get("account") or said.get("person") or "")
        match said.get("event"):
            case "set-up":
                self._rights[account] = "admin"
            case "account-added":
                self._rights[account] = str(said.get("rights"))
            case "rights-changed":
                self._rights[account] = str(said.get("after"))
            case "account-disabled":
                self._disabled.add(account)
            case "account-enabled":
                self._disabled.discard(account)
            case _:
                pass

    # What the tables hold

    def batch(self, header: BatchRecord) -> None:
        expected = self._batches.pop(header.tx_id, None)
        self._hold(f"batch {header.tx_id}", expected, _header(header))

    def item(self, item: ItemRecord) -> None:
        expected = self._items.pop((item.tx_id, item.machine, item.field), None)
        self._hold(f"batch {item.tx_id}, {item.machine} {item.field}", expected, _hash(item))

    def event(self, number: int, event: Event, *, told_as: tuple[str, str, str, float]) -> None:
        """``told_as``: kind, machine, line and instant, by which it is found."""
        name = f"event {number} ({event.kind.value} of {event.machine})"
        found = _hash(event)
        if told_as != (event.kind.value, event.machine, event.line, event.at):
            self._differs(name, "is listed under another kind, machine, line or instant")
        elif not self._events[found]:
            self._differs(name, "is not what the audit says")
        else:
            self._events[found] -= 1

    def account(self, name: str, rights: str, *, is_disabled: bool) -> None:
        expected = self._rights.pop(name, None)
        if expected is None:
            self._differs(f"account {name}", "was not added by anybody, as far as the audit goes")
        elif expected != rights:
            self._differs(f"account {name}", f"is {rights}; by the audit it is {expected}")
        elif is_disabled != (name in self._disabled):
            words = ("enabled", "disabled")
            self._differs(f"account {name}", f"is {words[is_disabled]}; by the audit it is not")

    def file(self, sha256: str, content: bytes) -> None:
        if hashlib.sha256(content).hexdigest() != sha256:
            self._differs(f"workbook {sha256}", "does not have the bytes that it was kept with")

    def end(self) -> None:
        """After the last record: what is missing."""
        for name in self._missing():
            self._differs(name, "is missing")

    def _missing(self) -> Iterator[str]:
        for tx_id in self._batches:
            yield f"batch {tx_id}"
        for tx_id, machine, field in self._items:
            yield f"batch {tx_id}, {machine} {field}"
        if missing := self._events.total():
            yield f"of the events, {missing}"
        for name in self._rights:
            yield f"account {name}"

    def _hold(self, name: str, expected: bytes | None, found: bytes) -> None:
        if expected is None:
            self._differs(name, "is not in the audit")
        elif expected != found:
            self._differs(name, "is not what the audit says")

    def _differs(self, what: str, how: str) -> None:
        self.total += 1
        if len(self.differences) < MAX_TOLD:
            self.differences.append(Difference(what, how))


def _header(batch: BatchRecord) -> bytes:
    return _hash(msgspec.structs.replace(batch, items=()))


def _hash(record: object) -> bytes:
    return hashlib.blake2b(_canonical.encode(record), digest_size=8).digest()
