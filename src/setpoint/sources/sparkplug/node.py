"""One edge node of Sparkplug B: from its birth certificate to its death, with the devices behind it. No I/O.

A node's messages count only after its birth certificate, and in its own order: each message has the number after the
last one's. A missing number means a lost message, which may have carried a stop: every machine of the node is STALE
until the node sends a new birth certificate, which it is asked for. A death certificate counts only for the birth that
it belongs to (``bdSeq``), because the broker sends that of an older connection when it pleases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from setpoint.contract.values import Quality
from setpoint.core.plant import Report
from setpoint.sources.mapping.image import MachineImage
from setpoint.sources.mapping.readings import Reading
from setpoint.sources.mapping.values import UnreadableError
from setpoint.sources.sparkplug.config import MetricPlace
from setpoint.sources.sparkplug.payload import (
    Message,
    Metric,
    alias_of,
    name_of,
    quality_of,
    seconds_of,
    type_name,
    value_of,
)
from setpoint.sources.wording import words

BD_SEQ = "bdSeq"
_BORN = (Quality.GOOD, "")


@dataclass(slots=True)
class Known:
    """A metric as in the birth certificate. ``problem``: why its values cannot be interpreted."""

    name: str
    alias: int | None
    datatype: int
    readings: Sequence[Reading[MetricPlace]] = ()
    problem: str = ""


@dataclass(slots=True)
class Scope:
    """A device of an edge node, or (``device`` empty) the node's own metrics: a unit with its own birth and death
    certificates.
    """

    device: str
    images: list[MachineImage] = field(default_factory=list)
    readings: dict[str, list[Reading[MetricPlace]]] = field(default_factory=dict)
    is_born: bool = False
    metrics: dict[str, Known] = field(default_factory=dict)
    aliases: dict[int, Known] = field(default_factory=dict)
    """The aliases of this birth certificate alone. Some nodes give each of their devices the same aliases."""
    state: tuple[Quality, str] = (Quality.NEVER_SEEN, "")

    def add(self, readings: Iterable[Reading[MetricPlace]]) -> None:
        """The readings of one more machine."""
        for reading in readings:
            self.readings.setdefault(reading.place.metric, []).append(reading)
            if reading.image not in self.images:
                self.images.append(reading.image)

    def learn(self, metrics: Sequence[Metric]) -> None:
        """Takes over a birth certificate. A name or alias that occurs twice is a problem of its metrics."""
        names = Counter(name_of(each) for each in metrics)
        aliases = Counter(alias_of(each) for each in metrics)
        self.metrics, self.aliases = {}, {}
        for metric in metrics:
            name, alias = name_of(metric), alias_of(metric)
            twice = words("words-birth-has-metric-twice", metric=name) if names[name] > 1 else ""
            known = Known(name, alias, metric.datatype, self.readings.get(name, ()), twice)
            self.metrics[name] = known
            if alias is not None and aliases[alias] > 1:
                known.alias = None
                others = self.aliases[alias].readings if alias in self.aliases else ()
                readings = [*dict.fromkeys((*known.readings, *others))]  # a metric may come a thousand times
                why = words("words-birth-gives-alias-to-several", alias=alias)
                self.aliases[alias] = Known("", alias, 0, readings, why)
            elif alias is not None:
                self.aliases[alias] = known

    def meaning(self, key: str | int) -> str:
        """The name of the metric that a command means by a name or an alias; empty if there is none."""
        if isinstance(key, str):
            return key
        known = self.aliases.get(key)
        return known.name if known is not None else ""


class EdgeNode:
    """``group`` and ``name`` are its place in the topics.

    ``wants_rebirth`` says why it has to be asked for a new birth certificate. ``last_message_at``,
    ``rebirth_requested_at`` (because it was silent) and ``is_silent`` belong to the source.
    """

    def __init__(self, group: str, name: str) -> None:
        self.group = group
        self.name = name
        self.scopes: dict[str, Scope] = {}
        self.is_born = False
        self.session = 0
        """Numbers the node's connections to the broker: a birth on request loses no command, a new connection may."""
        self.wants_rebirth = ""
        self.last_message_at = 0.0
        self.rebirth_requested_at = 0.0
        self.is_silent = False
        self._lost = ""
        self._bd_seq: int | None = None
        self._next_seq: int | None = None

    def __str__(self) -> str:
        return f"{self.group}/{self.name}"

    def born(self, message: Message, at: float) -> list[Report]:
        """NBIRTH: the node starts again from the beginning, and so does each of its devices."""
        self.is_born, self.wants_rebirth, self._lost = True, "", ""
        bd_seq = _bd_seq(message.metrics)
        if bd_seq is None or bd_seq != self._bd_seq:
            self.session += 1
        self._bd_seq = bd_seq
        self._next_seq = _after(message.seq)
        for scope in self.scopes.values():
            scope.is_born = False
            if scope.device and scope.state[0] in (Quality.GOOD, Quality.STALE):
                why = words("words-not-announced-since", node=self, device=scope.device)
                scope.state = (Quality.STALE, why)
        own = self.scopes.get("")
        return self._announce(own, message, at) if own is not None else []

    def device_born(self, device: str, message: Message, at: float) -> list[Report]:
        """DBIRTH."""
        reports = self._count(message, at)
        scope = self.scopes.get(device)
        if not self.is_born:
            self.wants_rebirth = self.wants_rebirth or "it announced a device before itself"
        if scope is None or not self.is_born:
            return reports
        return reports + self._announce(scope, message, at)

    def died(self, message: Message, at: float) -> list[Report]:
        """NDEATH: counts only if it belongs to this birth."""
        bd_seq = _bd_seq(message.metrics)
        if self.is_born and bd_seq is not None and self._bd_seq is not None and bd_seq != self._bd_seq:
            return []
        self.is_born, self._next_seq = False, None
        self.session += 1
        why = words("words-has-left-the-broker", node=self)
        return [report for scope in self.scopes.values() for report in self._bury(scope, why, at)]

    def device_died(self, device: str, message: Message, at: float) -> list[Report]:
        """DDEATH."""
        reports = self._count(message, at)
        scope = self.scopes.get(device)
        if scope is None or not self.is_born:
            return reports
        return reports + self._bury(scope, words("words-says-that-is-gone", node=self, device=device), at)

    def data(self, device: str, message: Message, at: float) -> list[Report]:
        """NDATA, DDATA: what changed."""
        reports = self._count(message, at)
        scope = self.scopes.get(device)
        if not self.is_born or (scope is not None and not scope.is_born):
            self.wants_rebirth = self.wants_rebirth or "it sent data without a birth certificate"
            return reports
        if scope is None:
            return reports
        return reports + self._take(scope, message, at)

    def garbled(self, verb: str, device: str, at: float) -> list[Report]:
        """A message could not be read. It counts as the next one in the order, so that the other devices are not in
        doubt."""
        if not self.is_born:
            return []
        self.wants_rebirth = words(
            "words-asked-to-be-born-again", why=words("words-message-not-read", node=self)
        )
        if verb == "NBIRTH":
            self._lost = self.wants_rebirth
            return self.doubt(Quality.STALE, self._lost, at)
        self._next_seq = None if self._next_seq is None else _after(self._next_seq)
        scope = self.scopes.get(device)
        return (
            []
            if scope is None or not scope.is_born
            else self._set(scope, (Quality.BAD, self.wants_rebirth), at)
        )

    def doubt(self, quality: Quality, reason: str, at: float) -> list[Report]:
        """Every machine of the node is STALE from now on, unless it is already gone."""
        reports: list[Report] = []
        for scope in self.scopes.values():
            if scope.state[0] is Quality.NEVER_SEEN:
                scope.state = (Quality.NEVER_SEEN, reason)
                reports += [Report(image.key, {}, at, *scope.state) for image in scope.images]
            elif scope.state[0] is not Quality.OFFLINE:
                reports += self._set(scope, (quality, reason), at)
        return reports

    def forget(self) -> None:
        """The connection is lost: nothing counts until the node's next birth certificate."""
        self.is_born, self._next_seq, self.wants_rebirth, self.is_silent = False, None, "", False
        self.session += 1
        for scope in self.scopes.values():
            scope.is_born = False

    def restore(self, at: float) -> list[Report]:
        """The silence is over. Lost messages stay lost, and dead devices stay dead."""
        state = (Quality.STALE, self._lost) if self._lost else _BORN
        return [
            report
            for scope in self.scopes.values()
            if scope.is_born and scope.state[0] is Quality.STALE
            for report in self._set(scope, state, at)
        ]

    def alive(self, at: float) -> list[Report]:
        """A sign of life of every machine, in whatever state it is."""
        reports = []
        for scope in self.scopes.values():
            if scope.is_born:
                reports += _reports(scope.images, at)
            else:
                reports += [Report(image.key, {}, at, *self._state_of(scope)) for image in scope.images]
        return reports

    def _state_of(self, scope: Scope) -> tuple[Quality, str]:
        if scope.state[0] is not Quality.NEVER_SEEN or scope.state[1]:
            return scope.state
        what = words("words-device-of", device=scope.device, node=self) if scope.device else str(self)
        scope.state = (Quality.NEVER_SEEN, words("words-no-birth-certificate-has-come", what=what))
        return scope.state

    def _announce(self, scope: Scope, message: Message, at: float) -> list[Report]:
        """A birth certificate has every metric with its value; a missing metric does not exist at the machine."""
        scope.is_born, scope.state = True, _BORN
        scope.learn(message.metrics)
        for image in scope.images:
            image.set_server(*_BORN)
        present = {name_of(each) for each in message.metrics if not each.is_historical}
        for name, readings in scope.readings.items():
            for reading in readings:
                reading.forget()
                if name not in scope.metrics:
                    reading.take(None, Quality.BAD, words("words-birth-has-not-the-metric", metric=name))
                elif name not in present:
                    reading.take(None, Quality.BAD, words("words-birth-has-only-history", metric=name))
        return self._take(scope, message, at, everyone=True)

    def _take(self, scope: Scope, message: Message, at: float, *, everyone: bool = False) -> list[Report]:
        """Puts the values into the images, and returns a report of each machine that they concern, in the message's
        order."""
        reports: list[Report] = []
        touched: dict[MachineImage, None] = dict.fromkeys(scope.images) if everyone else {}
        judged: set[Reading[MetricPlace]] = set()
        unclear: set[int] = set()
        sent_at_ms = message.at_ms
        for metric in message.metrics:
            known = self._known(scope, metric)
            if known is None or not known.readings or metric.is_historical:
                continue
            if known.problem:
                if id(known) in unclear:
                    continue  # one alias may have many readings, and occur many times
                unclear.add(id(known))
            try:
                if known.problem:
                    raise UnreadableError(known.problem)
                if metric.datatype not in (0, known.datatype) and known.datatype and _is_whole(metric):
                    raise UnreadableError(self._type_changed(known, metric))
                value = value_of(metric, known.datatype or metric.datatype)
                quality, reason = quality_of(metric)
            except UnreadableError as error:
                value, quality, reason = None, Quality.BAD, error.args[0]
            stamp = seconds_of(metric, sent_at_ms)
            for reading in known.readings:
                image = reading.image
                if reading.is_condition:
                    if reading in judged:  # a stop that began and ended in one message is two reports
                        reports += _reports((image,), at)
                        judged.clear()
                    judged.add(reading)
                reading.take(value, quality, reason)
                touched[image] = None
                image.stamp = max(image.stamp, stamp)
        return reports + _reports(touched, at)

    def _type_changed(self, known: Known, metric: Metric) -> str:
        """Why a value cannot be read whose type differs from the birth certificate's: the same bits are another number
        in another type. The type of a birth certificate counts until the next one."""
        was, now = type_name(known.datatype), type_name(metric.datatype)
        why = words("words-type-changed-without-birth", metric=known.name, was=was, now=now)
        self.wants_rebirth = self.wants_rebirth or why
        return why

    def _known(self, scope: Scope, metric: Metric) -> Known | None:
        """The metric of the birth certificate, by name or alias; none means that a birth was missed."""
        name, alias = metric.name, metric.alias
        if not name and (alias or metric.HasField("alias")):
            known = scope.aliases.get(alias)
        else:
            known = scope.metrics.get(name_of(metric))
        if known is None and name != BD_SEQ and not metric.is_historical:
            self.wants_rebirth = self.wants_rebirth or "it sent a metric that its birth did not have"
        return known

    def _count(self, message: Message, at: float) -> list[Report]:
        """Checks the message's number. Returns the machines that are STALE because a message was lost."""
        expected = self._next_seq
        self._next_seq = _after(expected if message.seq is None else message.seq)
        if expected is None or message.seq is None or message.seq == expected:
            return []
        why = words("words-messages-were-lost", node=self, came=message.seq, expected=expected)
        self._lost = self.wants_rebirth = words("words-asked-to-be-born-again", why=why)
        return self.doubt(Quality.STALE, self._lost, at)

    def _bury(self, scope: Scope, why: str, at: float) -> list[Report]:
        scope.is_born = False
        return self._set(scope, (Quality.OFFLINE, why), at)

    def _set(self, scope: Scope, state: tuple[Quality, str], at: float) -> list[Report]:
        scope.state = state
        for image in scope.images:
            image.set_server(*state)
        return _reports(scope.images, at)


def _reports(images: Iterable[MachineImage], at: float) -> list[Report]:
    return [report for image in images if (report := image.report(at)) is not None]


def _is_whole(metric: Metric) -> bool:
    """Whether its bits mean another number in another type."""
    return metric.WhichOneof("value") in ("int_value", "long_value")


def _after(seq: int | None) -> int | None:
    return None if seq is None else (seq + 1) % 256


def _bd_seq(metrics: Iterable[Metric]) -> int | None:
    for metric in metrics:
        if metric.name == BD_SEQ:
            return metric.long_value or metric.int_value
    return None
