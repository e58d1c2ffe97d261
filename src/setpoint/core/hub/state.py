"""One machine in the hub: its record, its revs, the instant of its last report, and what a report changes.

The record is the flat map that goes out on the wire: the plant's fields and the system fields. NaN and infinities are
stored as None, "no reading". Fields that the plant does not declare are ignored, and a report cannot write the fields
that the hub itself sets.
"""

from __future__ import annotations

from math import isfinite
from typing import Final

import msgspec

from setpoint.contract.live import OpenTarget
from setpoint.contract.values import SYSTEM_FIELDS, Quality, Record, Value, is_critical
from setpoint.core.hub.kpis import LineKpis, Share
from setpoint.core.plant import Machine, Plant, Report, usable_words
from setpoint.message import message_of

_KEPT_BY_HUB = frozenset(
    ("since", "sinceSeen", "sinceEarlier", "quality", "seen", "qualityReason", "qualitySaid")
)
_NO_CONTACT = frozenset((Quality.STALE, Quality.OFFLINE, Quality.NEVER_SEEN))
_UNKNOWN: Final = object()

CONDITION_FIELDS = SYSTEM_FIELDS
"""What the plant's topic carries of a machine (TOPIC-1)."""


OVERVIEW_FIELDS = frozenset(("status", "quality", "since"))
"""The fields of each machine in the overview (OVER-1)."""


class MachineState:
    """``last_contact_ms`` and ``last_contact_ts`` are when the last contact arrived, by the server's clock.

    ``is_overdue``: the last contact is so old that the machine is OFFLINE. ``open``: by field and txId the targets
    under way, the newest last. ``known_ms``: when the status was last certain. A report that is neither GOOD nor
    UNCERTAIN has only the last known status (TOPIC-2).
    """

    __slots__ = (
        "gap_ms", "is_overdue", "key", "known_ms", "kpis", "last_contact_ms", "last_contact_ts", "line", "open",
        "record", "revs", "share",
    )  # fmt: skip

    def __init__(self, machine: Machine, plant: Plant, kpis: LineKpis, *, gap_ms: int) -> None:
        self.key = machine.key
        self.line = machine.line
        self.record: Record = {field.name: None for field in plant.fields}
        self.record.update(status=None, since=None, cause=None, quality=Quality.NEVER_SEEN, seen=None)
        self.record.update(sinceSeen=None, sinceEarlier=None)
        self.revs: dict[str, int] = {}
        self.open: dict[str, dict[str, OpenTarget]] = {}
        self.last_contact_ms: int | None = None
        self.last_contact_ts: float | None = None
        self.known_ms: int | None = None
        self.gap_ms = gap_ms
        self.is_overdue = False
        self.kpis = kpis
        self.share = Share(len(kpis.kpis))

    def go_on_from(self, known: MachineState, now_ms: int) -> None:
        """The same machine in another plant: the values of its fields stay, as far as it still has them."""
        kept = {*self.record, *SYSTEM_FIELDS}
        self.record.update({name: value for name, value in known.record.items() if name in kept})
        self.last_contact_ms, self.last_contact_ts, self.is_overdue = (
            known.last_contact_ms,
            known.last_contact_ts,
            known.is_overdue,
        )
        self.known_ms = known.known_ms
        self.kpis.update(self.share, self.record, ("status", "quality"), now_ms)
        self.open = {name: targets for name, targets in known.open.items() if name in self.record}

    def target_opened(self, field: str, target: OpenTarget) -> None:
        """The target is under way; it may be one of several on its field, and is the newest of them (OPEN-1)."""
        self.open.setdefault(field, {})[target.tx_id] = target

    def target_ended(self, field: str, tx_id: str) -> bool:
        """Whether the target was under way until now."""
        targets = self.open.get(field)
        if targets is None or targets.pop(tx_id, None) is None:
            return False
        if not targets:
            del self.open[field]
        return True

    def open_target(self, field: str) -> OpenTarget | None:
        targets = self.open.get(field)
        return targets[next(reversed(targets))] if targets else None

    def open_targets(self) -> dict[str, OpenTarget]:
        """By field, the newest target that is under way."""
        return {field: targets[next(reversed(targets))] for field, targets in self.open.items()}

    @property
    def is_notable(self) -> bool:
        """Whether the plant's topic has this machine: critical, or of uncertain quality (TOPIC-1)."""
        return self.record["quality"] != Quality.GOOD or is_critical(self.record["status"])

    def take(self, report: Report, now_ms: int, ts: float) -> list[str]:
        """Patches the record; returns the fields that changed, empty if the report brought nothing new.

        A status without a cause of its own clears the cause of the status before it. If nothing is known of the time
        before the report, the status has ``sinceSeen``: it may have begun earlier (TOPIC-1).
        """
        record = self.record
        was_known = (
            self.known_ms is not None
            and now_ms - self.known_ms < self.gap_ms
            and record["status"] is not None
        )
        changed: list[str] = []
        for field, value in report.values.items():
            old = record.get(field, _UNKNOWN)
            if old == value or old is _UNKNOWN or field in _KEPT_BY_HUB:
                continue
            if value.__class__ is float and not isfinite(value):
                if old is None:
                    continue
                value = None  # noqa: PLW2901  # NaN is "no reading" everywhere past this line
            record[field] = value
            changed.append(field)
        quality = report.quality
        is_known = quality is Quality.GOOD or quality is Quality.UNCERTAIN
        if "status" in changed:
            changed += self._has_since(ts, None if was_known else True, None)
            if record["cause"] is not None and "cause" not in report.values:
                record["cause"] = None
                changed.append("cause")
            if not is_known:
                self.known_ms = None
        elif is_known and not was_known and record["status"] is not None:
            changed += self._has_since(ts, True, None if self.known_ms is None else self._earliest())
        if is_known:
            self.known_ms = now_ms
        if is_known or quality not in _NO_CONTACT:
            self.last_contact_ms = now_ms
            self.last_contact_ts = ts
            self.is_overdue = False
        if self.is_overdue and quality is Quality.STALE:
            quality = Quality.OFFLINE  # a source that still finds nobody there is no contact
        if record["quality"] != quality or quality is not Quality.GOOD:
            changed += self.degrade_quality(quality, report.reason)
        return changed

    def _earliest(self) -> Value:
        """The first instant at which the machine was known to have its status."""
        earlier = self.record["sinceEarlier"]
        return self.record["since"] if earlier is None else earlier

    def _has_since(self, since: float, seen: bool | None, earlier: Value) -> list[str]:
        """Returns the fields that changed."""
        record = self.record
        record["since"] = since
        changed = ["since"]
        for field, value in (("sinceSeen", seen), ("sinceEarlier", earlier)):
            if record[field] != value:
                record[field] = value
                changed.append(field)
        return changed

    def degrade_quality(self, quality: Quality, reason: str = "") -> list[str]:
        """Sets the quality and its reason; GOOD clears ``seen``, anything else shows the last contact.

        Never touches the status (SAFE-4). ``qualityReason`` appears with the first reason that a source gives, and
        ``qualitySaid`` with the first that has a code: only a new reason is worth a look at its code (SAY-1).
        """
        record = self.record
        seen = None if quality is Quality.GOOD else self.last_contact_ts
        changed = []
        if record["quality"] != quality:
            record["quality"] = quality
            changed.append("quality")
        if record["seen"] != seen:
            record["seen"] = seen
            changed.append("seen")
        why = None if quality is Quality.GOOD else reason or None
        if record.get("qualityReason") != why:
            record["qualityReason"] = None if why is None else str(why)
            changed.append("qualityReason")
            message = message_of(usable_words(why)) if why else None
            code = None if message is None else msgspec.json.encode(message).decode()
            if record.get("qualitySaid") != code:
                record["qualitySaid"] = code
                changed.append("qualitySaid")
        return changed
