"""Applies what machines and controllers say to the targets that are under way (CMD-5, SAFE-2 to SAFE-4).

A machine's reports go to the hub first and then to `MachineSide.reported`, so that the hub has the reported value
before the echo; likewise, the hub's stops arrive as `asserted` and `cleared`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from setpoint.contract.http.machines import Event, EventKind
from setpoint.contract.live import By, ByKind
from setpoint.contract.values import Quality, Value, is_critical
from setpoint.core.commands.effects import Effect, RecordEvents
from setpoint.core.commands.inflight import SetPoint
from setpoint.core.commands.under_way import UnderWay
from setpoint.core.commands.unit_of_work import UnitOfWork
from setpoint.core.commands.write_state import Answered, Done, Reported, ReportedValue, Stopped, stop_of
from setpoint.core.plant import Answer, Report, Write, WriteAnswer, is_same
from setpoint.core.plant.wording import words

_CHANGED_UNSEEN = words("words-changed-unheard")


class MachineSide:
    """Takes answers, reports and stops."""

    def __init__(self, known: UnderWay) -> None:
        self._under_way = known

    def voided(self, write: Write) -> str | None:
        """Why a write that was handed over must no longer leave: the machine has stopped since (SAFE-3)."""
        set_point = self._under_way.set_point(write.machine, write.field)
        for item in (set_point.in_flight, set_point.unconfirmed) if set_point else ():
            if item is not None and item.record.tx_id == write.tx_id and (stop := stop_of(item.state)):
                return words("words-voided-by", name=stop)
        return None

    def answered(self, answers: Sequence[WriteAnswer], now_ms: int, ts: float) -> list[Effect]:
        """The controllers' answers to writes. Answers to settled targets are ignored."""
        work = self._under_way.begin(now_ms, ts)
        for answer in answers:
            set_point = self._under_way.set_point(answer.machine, answer.field)
            if set_point is None:
                continue
            for item in (set_point.in_flight, set_point.unconfirmed):
                if item is not None and item.record.tx_id == answer.tx_id:
                    event = Answered(answer.answer, item.is_there())
                    stop = stop_of(item.state) if answer.answer is Answer.NOT_SENT else None
                    by = By(ByKind.SAFETY, stop) if stop else None
                    work.move(item, event, message=answer.message or None, by=by)
                    break
        return self._under_way.end(work)

    def reported(self, reports: Sequence[Report], now_ms: int, ts: float) -> list[Effect]:
        """The machines' reports of set-points. Values that the machine itself doubts, and None, settle nothing."""
        work: UnitOfWork | None = None
        for set_point, value in self._news(reports):
            work = work or self._under_way.begin(now_ms, ts)
            self._judge(set_point, value, work)
        return self._under_way.end(work) if work else []

    def _news(self, reports: Iterable[Report]) -> Iterator[tuple[SetPoint, Value]]:
        """The parts of the reports that may change something, judged one after the other."""
        for report in reports:
            values = report.values
            if not values or report.quality is not Quality.GOOD:
                continue
            fields = self._under_way.set_points.get(report.machine)
            if fields is None:
                continue
            for name, set_point in fields.items():
                value = values.get(name)
                if value is None:
                    continue
                if (
                    value != set_point.reported
                    or set_point.in_flight is not None
                    or set_point.unconfirmed is not None
                ):
                    yield set_point, value

    def _judge(self, set_point: SetPoint, value: Value, work: UnitOfWork) -> None:
        was, set_point.reported = set_point.reported, value
        item = set_point.in_flight or set_point.unconfirmed
        is_there = item is not None and item.is_there()
        if is_there or not self._may_be_set_by_stop(set_point, was):
            set_point.standing = value
        if item is not None:
            is_late = set_point.unconfirmed is item
            was_there = is_same(set_point.field, item.record.asked, was)
            work.move(item, Reported(is_there, was_there))
            if isinstance(item.state, Done):
                if is_late or item.state.stop:
                    work.landed_late(item, is_late=is_late)
                return
            if not is_late:
                return
        if was is msgspec.UNSET:
            self._first_report(set_point, work)
        else:
            work.changed_by_device(set_point, was)

    def _first_report(self, set_point: SetPoint, work: UnitOfWork) -> None:
        """Handles the first report of a set-point: the machine may have changed it while no server was running
        (CMD-6)."""
        name = (set_point.machine.key, set_point.field.name)
        was = self._under_way.remembered.pop(name, msgspec.UNSET)
        if was is msgspec.UNSET:
            work.remember(set_point)
        else:
            work.changed_by_device(set_point, was, message=_CHANGED_UNSEEN)

    def _may_be_set_by_stop(self, set_point: SetPoint, was: ReportedValue) -> bool:
        """Whether a stop has set the value, or may have set it in an earlier run. No undo restores such a value
        (PRE-5)."""
        key = set_point.machine.key
        record = self._under_way.machines.get(key)
        if record is not None and is_critical(record.get("status")):
            return not is_same(set_point.field, set_point.standing, set_point.reported)
        return was is msgspec.UNSET and self._under_way.revs.may_be_set_by_stop(key, set_point.field.name)

    def asserted(self, machine: str, status: str, cause: str | None, now_ms: int, ts: float) -> list[Effect]:
        """A critical status began: the revs rise, and targets that have not left will not leave (SAFE-2, SAFE-3)."""
        work = self._under_way.begin(now_ms, ts)
        stops, _ = self._under_way.stops.get(machine, (0, ""))
        self._under_way.stops[machine] = (stops + 1, status)
        by = By(ByKind.SAFETY, status)
        for name, set_point in self._under_way.set_points[machine].items():
            rev = work.raise_rev(machine, name, by, is_set_by_stop=set_point.is_set_by_stop())
            work.overruled(set_point, rev, by)
            for item in (set_point.in_flight, set_point.unconfirmed):
                if item is not None:
                    work.move(item, Stopped(status))
        line = self._under_way.plant.machines[machine].line
        work.add_event(Event(EventKind.ASSERTED, machine, ts, line, status=status, cause=cause))
        return self._under_way.end(work)

    def cleared(self, machine: str, status: str, ts: float) -> list[Effect]:
        """The critical status ``status`` ended. No target comes back (SAFE-2)."""
        line = self._under_way.plant.machines[machine].line
        return [RecordEvents((Event(EventKind.CLEARED, machine, ts, line, status=status),))]
