"""One machine that speaks plain JSON: its known state, how fresh that is, and which of its targets wait. No I/O.

A retained message may be old. Its value counts as the present one, but only fresh data shows that the machine is there:
a message that came just now, or the machine's own statement that it is alive, which the broker revokes when the machine
is gone (its last will).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from setpoint.contract.values import Quality
from setpoint.core.plant import Answer, Report, Write
from setpoint.sources.mapping.readings import Reading
from setpoint.sources.mapping.values import UnreadableError
from setpoint.sources.mapping.writes import may_land
from setpoint.sources.sparkplug.plain_config import Ack, TopicPlace
from setpoint.sources.sparkplug.plain_values import at as at_path
from setpoint.sources.sparkplug.plain_values import is_gone, quality, seconds, value, verdict
from setpoint.sources.wording import words

_ONLY_KEPT = words("words-only-kept")


class PlainMachine:
    """``last_data_at`` is the time of the last fresh data, monotonic seconds."""

    def __init__(self, readings: list[Reading[TopicPlace]], alive: TopicPlace | None) -> None:
        self.image = readings[0].image
        self.last_data_at = 0.0
        self.is_present = False
        self._was_present = False
        self._alive = alive
        self._readings: dict[str, list[Reading[TopicPlace]]] = {}
        for reading in readings:
            self._readings.setdefault(reading.place.topic, []).append(reading)
        self._everything = readings
        self._missing = {each for each in readings if not each.is_optional}
        """Places without a value on this connection, not even a retained one."""
        self.image.set_server(Quality.STALE, words("words-nothing-has-come"))

    @property
    def topics(self) -> set[str]:
        return {*self._readings, *([self._alive.topic] if self._alive is not None else [])}

    @property
    def counts_silence(self) -> bool:
        """Whether silence means lost contact. A machine with an ``alive`` topic may be silent."""
        return self._alive is None

    def begin(self) -> None:
        """A new connection: the broker sends its retained messages again.

        Reports wait a moment, until all have arrived.
        """
        self.is_present = self._was_present = False
        self._missing = {each for each in self._everything if not each.is_optional}
        self.image.awaited = set(self._missing)
        for reading in self._everything:
            reading.forget()

    def wait_no_longer(self, at: float) -> list[Report]:
        """Stops waiting for places without a value, because they may never get one."""
        if not self.image.awaited:
            return []
        self.image.awaited.clear()
        return self.report(at)

    def take(self, topic: str, document: object, is_retained: bool, now: float, at: float) -> list[Report]:
        """The values of one payload. They belong together, so they are one report."""
        if self._alive is not None and topic == self._alive.topic:
            self._take_presence(document, self._alive)
        elif not is_retained:
            self.last_data_at = now
            if not self.is_present and self._alive is None:
                self._appear()
        elif not self.is_present:
            self.image.set_server(Quality.STALE, _ONLY_KEPT)
        for reading in self._readings.get(topic, ()):
            place = reading.place
            self._missing.discard(reading)
            try:
                raw = value(document, place.path)
                judged, reason = quality(document, place.quality)
            except UnreadableError as error:
                reading.take(None, Quality.BAD, error.args[0])
                continue
            reading.take(raw, judged, reason)
            self.image.stamp = max(self.image.stamp, seconds(document, place.time))
        if self.is_present:
            self._appear()
        return self.report(at)

    def garbled(self, topic: str, reason: str, at: float) -> list[Report]:
        """A payload that cannot be read at all."""
        for reading in self._readings.get(topic, ()):
            reading.take(None, Quality.BAD, reason)
        return self.report(at)

    def cleared(self, topic: str, at: float) -> list[Report]:
        """An empty payload: the broker's retained message is removed. There is no value; a stop stays as last known."""
        if self._alive is not None and topic == self._alive.topic:
            self._take_presence(None, self._alive)
        return self.garbled(topic, words("words-payload-empty"), at)

    def doubt(self, reason: str, at: float) -> list[Report]:
        """Contact is uncertain: the broker hangs, or the machine is silent."""
        self._was_present, self.is_present = self.is_present or self._was_present, False
        self.image.awaited.clear()  # the awaited answer will never come, and the report needs a reason
        self.image.set_server(Quality.STALE, reason)
        return self.report(at)

    def lost(self, reason: str, at: float) -> list[Report]:
        """The machine is silent; only fresh data ends that."""
        found = self.doubt(reason, at)
        self._was_present = False
        return found

    def restore(self, at: float) -> list[Report]:
        """The broker answers again, and has lost no message for us."""
        if self._was_present:
            self._appear()
        return self.report(at)

    def report(self, at: float) -> list[Report]:
        report = self.image.report(at)
        return [] if report is None else [report]

    def _take_presence(self, document: object, alive: TopicPlace) -> None:
        try:
            is_there = not is_gone(value(document, alive.path))
        except UnreadableError:
            is_there = False
        if is_there:
            self._appear()
        else:
            self.is_present = self._was_present = False
            self.image.set_server(Quality.OFFLINE, words("words-topic-says-gone", topic=alive.topic))

    def _appear(self) -> None:
        """The machine is there. It is good once all required values have arrived."""
        self.is_present, self._was_present = True, False
        if not self._missing:
            self.image.set_server(Quality.GOOD, "")
            return
        labels = ", ".join(sorted(each.label for each in self._missing)[:3])
        self.image.set_server(Quality.STALE, words("words-nothing-has-come-of", labels=labels))


@dataclass(slots=True)
class AckQueue:
    """The targets that wait for their acknowledgement on one topic, in the order in which they were sent.

    Without an id in the acknowledgements, a late one would count for the next target. So one acknowledgement is skipped
    for each target that was given up.
    """

    ack: Ack
    waiting: deque[Write] = field(default_factory=deque)
    owed: int = 0

    def give_up(self, writes: Iterable[Write]) -> None:
        for write in writes:
            if write in self.waiting:
                self.waiting.remove(write)
                self.owed += 1

    def match(self, document: object) -> tuple[Write, Answer, str] | None:
        """The acknowledged target, the answer, and the machine's own message."""
        found = self._acknowledged(document)
        if found is None:
            return None
        self.waiting.remove(found)
        try:
            raw = at_path(document, self.ack.path)
        except UnreadableError as error:
            return found, Answer.UNKNOWN, may_land(words("words-acknowledgement-not-read", why=error.args[0]))
        message = ""
        if self.ack.message:
            with suppress(UnreadableError):
                message = str(value(document, self.ack.message) or "")
        is_yes = verdict(raw)
        if is_yes is None:
            text = may_land(words("words-acknowledgement-neither", said=str(raw)[:80]))
            return found, Answer.UNKNOWN, text
        if not is_yes:
            return found, Answer.REFUSED, message or words("words-machine-refused-it", said=str(raw)[:80])
        return found, Answer.TAKEN, message

    def _acknowledged(self, document: object) -> Write | None:
        if self.ack.id:
            try:
                named = str(value(document, self.ack.id))
            except UnreadableError:
                return None
            return next((each for each in self.waiting if item_id(each) == named), None)
        if self.owed:
            self.owed -= 1
            return None
        return self.waiting[0] if self.waiting else None


def item_id(write: Write) -> str:
    """Identifies one target among all that were ever sent."""
    return f"{write.tx_id}/{write.machine}/{write.field}"
