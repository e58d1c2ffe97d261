"""Replays the audit to find what the tables must contain: batches, items, outcomes, events, revs, accounts, and so on.

`chain.verify` shows that no entry was changed. This module replays the entries and compares the result with the tables,
record by record. It keeps only a short hash of each record, so that a million entries fit in memory. An entry's payload
is canonical JSON, so it hashes the bytes themselves and reads only the keys.

The hash is Python's own for bytes (SipHash, 64 bits). Its key is a secret of the running process, so nobody can prepare
a record that has the hash of another. A cryptographic hash of this length would be no better, and takes longer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

import msgspec

from setpoint.contract.http.machines import AUDITED_KINDS, Event, EventKind, FieldRev
from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.audit.chain import AuditEntry
from setpoint.core.audit.queries import EventMark
from setpoint.core.audit.retention import Anchor
from setpoint.core.commands.fact import canonical
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.shifts.entries import SHIFT, ShiftEntry
from setpoint.message import sentence

MAX_TOLD = 100
"""The number of differences that are reported one by one."""
_EVENTS: Final = frozenset(kind.value for kind in AUDITED_KINDS)
_DEVICE_CHANGE: Final = EventKind.DEVICE_CHANGE.value
_HELD: Final = "held"
_ACKNOWLEDGED: Final = "event-acknowledged"
_ABOUT_WHO: Final = frozenset(("event", "person", "address", "account"))
_MARK: Final = ("event", "machine", "field", "at", "note")
_ACCEPTED: Final = "pending"
"""The data about an accepted target in a batch's own entry. That of a refused one names the rev that it conflicted
with.
"""


Listed: TypeAlias = tuple[str, str, str, float, str | None]
"""The kind, machine, line, instant and person by which an event is found."""


class _Batch(msgspec.Struct, rename="camel", gc=False):
    tx_id: str
    person: str
    items: msgspec.Raw


class _Key(msgspec.Struct, rename="camel", gc=False):
    tx_id: str
    machine: str
    field: str
    outcome: str
    rev: int | None = None


class _Change(msgspec.Struct, gc=False):
    machine: str
    field: str | None = None
    rev: int | None = None


_batch = msgspec.json.Decoder(_Batch)
_raws = msgspec.json.Decoder(list[msgspec.Raw])
_keys = msgspec.json.Decoder(list[_Key])
_change = msgspec.json.Decoder(_Change)
_values = msgspec.json.Decoder(dict[str, object])
_Digest: TypeAlias = int


class Difference(msgspec.Struct, frozen=True):
    """One difference: ``what`` differs, and how."""

    what: str
    how: str


class Replay:
    """Replays the audit: `take` every entry in order, then pass it every record.

    ``differences`` has what does not match.
    """

    def __init__(self) -> None:
        self.differences: list[Difference] = []
        self.total = 0
        self._batches: dict[str, _Digest] = {}
        self._items: dict[tuple[str, str, str], _Digest] = {}
        self._events: dict[_Digest, int] = {}
        self._shift_entries: dict[_Digest, int] = {}
        self._held: dict[str, _Digest] = {}
        self._held_by_name: set[str] = set()
        """Waiting batches about which the audit knows nothing else, because 0.1.0 recorded only their txId."""
        self._revs: dict[tuple[str, str], tuple[int, str]] = {}
        """The highest rev of a field in the audit, and the one who raised it."""
        self._rights: dict[str, str] = {}
        self._disabled: set[str] = set()
        self._passwords: dict[str, str] = {}
        """The fingerprint of each account's password, where the audit names it; empty for an account without one."""
        self._limits: dict[str, dict[str, str]] = {}
        self._knows_all_limits = True
        self._tokens: dict[str, tuple[str, str | None]] = {}
        """The owner of each token, and its rights if the audit names them."""
        self._revoked: set[str] = set()
        self._since = 0.0
        """Entries of an earlier instant may have been removed."""
        self._marks: dict[_Digest, int] = {}

    def begin(self, anchor: Anchor, since: float) -> None:
        """Starts with the result of the part of the audit that is no longer stored. ``since``: its first entry now."""
        self._rights = dict(anchor.rights)
        self._disabled = set(anchor.disabled)
        self._passwords = dict(anchor.passwords or {})
        self._limits = {account: dict(each) for account, each in (anchor.limits or {}).items()}
        self._knows_all_limits = anchor.limits is not None
        self._since = since

    def take(self, entry: AuditEntry) -> None:
        payload = entry.payload.encode()
        if entry.kind == "batch":
            batch = _batch.decode(payload)
            self._batches[batch.tx_id] = hash(payload.replace(bytes(batch.items), b"[]", 1))
            for raw, key in zip(_raws.decode(batch.items), _keys.decode(batch.items), strict=True):
                self._items[key.tx_id, key.machine, key.field] = hash(bytes(raw))
                if key.rev is not None and key.outcome == _ACCEPTED:
                    self._raised(key.machine, key.field, key.rev, batch.person)
        elif entry.kind == "outcomes":
            for raw, key in zip(_raws.decode(payload), _keys.decode(payload), strict=True):
                if key.tx_id in self._batches:  # otherwise it belongs to a batch that is no longer kept
                    self._items[key.tx_id, key.machine, key.field] = hash(bytes(raw))
        elif entry.kind in _EVENTS:
            _count(self._events, hash(payload))
            if entry.kind == _DEVICE_CHANGE:
                change = _change.decode(payload)
                if change.field is not None and change.rev is not None:
                    self._raised(change.machine, change.field, change.rev, change.machine.replace("_", ":"))
        else:
            self._take_seldom(entry, payload)

    def _take_seldom(self, entry: AuditEntry, payload: bytes) -> None:
        if entry.kind == SHIFT:
            _count(self._shift_entries, hash(payload))
        elif entry.kind == "access":
            self._take_access(_values.decode(payload))
        elif entry.kind == "second-person":
            self._take_held(_values.decode(payload))
        elif entry.kind == _ACKNOWLEDGED:
            values = _values.decode(payload)
            _count(self._marks, _hash((entry.actor, entry.at, *(values.get(key) for key in _MARK))))

    def _raised(self, machine: str, field: str, rev: int, by: str) -> None:
        if rev > self._revs.get((machine, field), (0, ""))[0]:
            self._revs[machine, field] = (rev, by)

    def _take_held(self, said: dict[str, object]) -> None:
        tx_id = str(said.get("txId"))
        if said.get("event") != _HELD:
            self._held.pop(tx_id, None)
        elif "updates" in said:
            self._held[tx_id] = _hash((said.get("askedBy"), said.get("updates"), said.get("reason")))
        else:
            self._held_by_name.add(tx_id)

    def _take_access(self, said: dict[str, object]) -> None:
        account = str(said.get("account") or said.get("person") or "")
        match said.get("event"):
            case "set-up":
                self._rights[account] = "admin"
                self._password_set(account, said)
            case "account-added":
                self._rights[account] = str(said.get("rights"))
                self._passwords[account] = ""
            case "password-set":
                self._password_set(account, said)
            case "signed-in" if "replaced" in said and self._passwords.get(account) == said["replaced"]:
                self._password_set(account, said)
            case "limits-changed" if said.get("to") == "default":
                self._limits.pop(account, None)
            case "limits-changed":
                changed = {key: str(value) for key, value in said.items() if key not in _ABOUT_WHO}
                self._limits[account] = self._limits.get(account, {}) | changed
            case "rights-changed":
                self._rights[account] = str(said.get("after"))
            case "account-disabled":
                self._disabled.add(account)
            case "account-enabled":
                self._disabled.discard(account)
            case "token-created":
                rights = said.get("rights")
                self._tokens[str(said.get("token"))] = (account, None if rights is None else str(rights))
            case "token-revoked":
                self._revoked.add(str(said.get("token")))
            case _:
                pass

    def _password_set(self, account: str, said: dict[str, object]) -> None:
        fingerprint = said.get("fingerprint")
        if fingerprint is None:  # of 0.1.0
            self._passwords.pop(account, None)
        else:
            self._passwords[account] = str(fingerprint)

    # What the tables hold

    def batch(self, header: BatchRecord) -> None:
        expected = self._batches.pop(header.tx_id, None)
        found = _hash(msgspec.structs.replace(header, items=()) if header.items else header)
        if expected != found:
            self._hold(f"batch {header.tx_id}", expected, found)

    def item(self, item: ItemRecord) -> None:
        expected = self._items.pop((item.tx_id, item.machine, item.field), None)
        found = _hash(item)
        if expected != found:
            self._hold(f"batch {item.tx_id}, {item.machine} {item.field}", expected, found)

    def rev(self, rev: FieldRev) -> None:
        """Stops raise revs that no entry names, so a field's rev may be higher than in the audit but never lower."""
        recorded, by = self._revs.get((rev.machine, rev.field), (0, ""))
        name = sentence("words-the-rev", "the rev of {machine} {field}", machine=rev.machine, field=rev.field)
        if rev.rev < recorded:
            self._differs(
                name,
                sentence(
                    "words-audit-tells", "is {rev}; the audit tells of {value}", rev=rev.rev, value=recorded
                ),
            )
        elif rev.rev == recorded and (rev.by is None or rev.by.name != by):
            self._differs(
                name,
                sentence(
                    "words-by-by-audit-by",
                    "is by {value}; by the audit it is by {by}",
                    value=rev.by.name if rev.by else sentence("words-nobody", "nobody"),
                    by=by,
                ),
            )

    def held(self, held: PendingApproval) -> None:
        """A batch that waits for a second person. An expired one is removed without an entry."""
        request = held.request
        found = _hash((held.person.name, request.updates, request.reason))
        expected = self._held.pop(request.tx_id, None)
        if request.tx_id not in self._held_by_name:
            self._hold(
                sentence("words-batch-waits", "batch {batch}, which waits", batch=request.tx_id),
                expected,
                found,
            )

    def event(self, number: int, event: Event, *, listed_as: Listed | None) -> None:
        """``listed_as``: what it is found by; None if it is not listed."""
        found = _hash(event)
        is_listed_right = listed_as == (event.kind, event.machine, event.line, event.at, event.person)
        if is_listed_right and (left := self._events.get(found, 0)):
            self._events[found] = left - 1
            return
        how = sentence("words-not-what-audit-says", "is not what the audit says")
        if listed_as is None:
            how = sentence("words-not-listed", "is not listed")
        elif not is_listed_right:
            how = sentence(
                "words-listed-elsewhere", "is listed under another kind, machine, line, instant or person"
            )
        self._differs(
            sentence(
                "words-event",
                "event {number} ({kind} of {machine})",
                number=number,
                kind=event.kind.value,
                machine=event.machine,
            ),
            how,
        )

    def shift_entry(self, number: int, entry: ShiftEntry) -> None:
        found = _hash(entry)
        if left := self._shift_entries.get(found, 0):
            self._shift_entries[found] = left - 1
        else:
            self._differs(
                sentence(
                    "words-shift-entry",
                    "entry {number} of a shift, by {person}",
                    number=number,
                    person=entry.person,
                ),
                sentence("words-not-what-audit-says", "is not what the audit says"),
            )

    def account(self, name: str, rights: str, *, is_disabled: bool, fingerprint: str = "") -> None:
        """``fingerprint``: of the password; empty if there is none."""
        if name in self._rights and self._passwords.get(name, fingerprint) != fingerprint:
            self._differs(
                sentence("words-account", "account {name}", name=name),
                sentence("words-another-password", "has another password than by the audit"),
            )
        expected = self._rights.pop(name, None)
        if expected is None:
            self._differs(
                sentence("words-account", "account {name}", name=name),
                sentence(
                    "words-was-not-added-by-anybody-far", "was not added by anybody, as far as the audit goes"
                ),
            )
        elif expected != rights:
            self._differs(
                sentence("words-account", "account {name}", name=name),
                sentence(
                    "words-by-audit",
                    "is {rights}; by the audit it is {expected}",
                    rights=rights,
                    expected=expected,
                ),
            )
        elif is_disabled != (name in self._disabled):
            states = (sentence("words-enabled", "enabled"), sentence("words-disabled", "disabled"))
            self._differs(
                sentence("words-account", "account {name}", name=name),
                sentence(
                    "words-by-audit-not", "is {value}; by the audit it is not", value=states[is_disabled]
                ),
            )

    def token(self, id_: str, owner: str, rights: str, *, created_at: float, is_revoked: bool) -> None:
        name = sentence("words-token-of", "token {token} of {owner}", token=id_, owner=owner)
        recorded_owner, recorded_rights = self._tokens.get(id_, (None, None))
        if not is_revoked and id_ in self._revoked:
            self._differs(name, sentence("words-was-revoked", "is valid; by the audit it was revoked"))
        elif recorded_owner is None:
            if created_at >= self._since:
                self._differs(
                    name,
                    sentence(
                        "words-was-not-added-by-anybody-far",
                        "was not added by anybody, as far as the audit goes",
                    ),
                )
        elif (recorded_owner, recorded_rights or rights) != (owner, rights):
            expected = f"{recorded_rights or rights} ({recorded_owner})"
            self._differs(
                name,
                sentence(
                    "words-by-audit",
                    "is {rights}; by the audit it is {expected}",
                    rights=f"{rights} ({owner})",
                    expected=expected,
                ),
            )

    def limits(self, account: str, limits: Mapping[str, str]) -> None:
        """The limits that are set for an account. An entry may name only those that changed then."""
        recorded = self._limits.pop(account, None)
        if recorded is None:
            is_so = not self._knows_all_limits
        else:
            is_so = all(recorded.get(key, value) == value for key, value in limits.items())
        if not is_so:
            self._differs(
                sentence("words-limits-of", "the limits of {account}", account=account),
                sentence("words-not-what-audit-says", "is not what the audit says"),
            )

    def mark(self, mark: EventMark) -> None:
        """An acknowledgement of an event."""
        note = mark.note
        found = _hash((note.person, note.at, mark.kind, mark.machine, mark.field, mark.at, note.note))
        if left := self._marks.get(found, 0):
            self._marks[found] = left - 1
        elif note.at >= self._since:
            self._differs(
                sentence(
                    "words-acknowledgement",
                    "the acknowledgement of an event of {machine} by {person}",
                    machine=mark.machine,
                    person=note.person,
                ),
                sentence("words-not-what-audit-says", "is not what the audit says"),
            )

    def file(self, sha256: str, content: bytes) -> None:
        if hashlib.sha256(content).hexdigest() != sha256:
            self._differs(
                sentence("words-workbook", "workbook {sha}", sha=sha256),
                sentence(
                    "words-does-not-have-bytes-was-kept", "does not have the bytes that it was kept with"
                ),
            )

    def unreadable(self, what: str, error: Exception) -> None:
        """An entry or a row holds something that Setpoint never writes."""
        why = f"{type(error).__name__}: {error}"[:200]
        self._differs(what, sentence("words-cannot-be-read", "cannot be read ({why})", why=why))

    def end(self) -> None:
        """Ends after the last record, and adds what is missing."""
        for name in self._missing():
            self._differs(name, sentence("words-missing-2", "is missing"))

    def _missing(self) -> Iterator[str]:
        for tx_id in self._batches:
            yield sentence("words-batch", "batch {batch}", batch=tx_id)
        for tx_id, machine, field in self._items:
            yield sentence(
                "words-batch-item",
                "batch {batch}, {machine} {field}",
                batch=tx_id,
                machine=machine,
                field=field,
            )
        if missing := sum(self._events.values()):
            yield sentence("words-of-events", "of the events, {missing}", missing=missing)
        if missing := sum(self._shift_entries.values()):
            yield sentence("words-of-shift-entries", "of the entries of shifts, {missing}", missing=missing)
        if missing := sum(self._marks.values()):
            yield sentence("words-of-acknowledgements", "of the acknowledgements, {missing}", missing=missing)
        for name in self._rights:
            yield sentence("words-account", "account {name}", name=name)
        for account in self._limits:
            yield sentence("words-limits-of", "the limits of {account}", account=account)

    def _hold(self, name: str, expected: _Digest | None, found: _Digest) -> None:
        if expected is None:
            self._differs(name, sentence("words-not-audit", "is not in the audit"))
        elif expected != found:
            self._differs(name, sentence("words-not-what-audit-says", "is not what the audit says"))

    def _differs(self, what: str, how: str) -> None:
        self.total += 1
        if len(self.differences) < MAX_TOLD:
            self.differences.append(Difference(what, how))


def _hash(record: object) -> _Digest:
    return hash(canonical.encode(record))


def _count(found: dict[_Digest, int], digest: _Digest) -> None:
    found[digest] = found.get(digest, 0) + 1
