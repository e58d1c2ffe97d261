"""Events, alarms and recorded values over HTTP; acknowledging and shelving."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from setpoint.client.api import Api
from setpoint.client.history import History, Instant, history_of, query_of
from setpoint.contract.http.alarms import AlarmList, AlarmView
from setpoint.contract.http.batches import BatchStory
from setpoint.contract.http.machines import Event, EventAcknowledgement
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.http.shifts import ShiftReport
from setpoint.errors import RefusedError

PAGE = 500
"""The largest number of events in one answer of the server."""


class Past:
    """The part of `Client` that needs no connection. ``api`` is the HTTP interface, used as one person."""

    api: Api

    async def audit(self, **filters: str | int) -> bytes:
        """The audit as JSON, newest first; filters as in ``GET /api/batches``."""
        return await self.api.batches(**filters)

    async def batch(self, tx_id: str) -> BatchStory:
        """A complete batch: who, when, why, and every outcome."""
        return await self.api.batch(tx_id)

    async def history(
        self,
        machine: str,
        fields: Iterable[str] = (),
        *,
        since: Instant,
        until: Instant = "now",
        width: int | None = None,
    ) -> History:
        """The recorded values of a machine's fields (of all of them if none is named), as arrays.

        ``width`` asks for that many intervals with the lowest, the highest and the mean, instead of every point.
        """
        return history_of(await self.api.history(query_of(machine, fields, since, until, width)))

    # Events

    async def events(
        self,
        *,
        line: str | None = None,
        machine: str | None = None,
        person: str | None = None,
        kinds: Iterable[str] = (),
        since: float | datetime | timedelta | None = None,
        until: float | datetime | timedelta | None = None,
        shift: float | None = None,
        limit: int = 100,
    ) -> list[Event]:
        """What happened, newest first, at most ``limit`` events. All conditions apply together.

        ``kinds``: any of these, such as ``("asserted", "alarm")``. ``since`` and ``until``: Unix seconds, a time with
        its zone, or how long ago. ``shift``: the instant at which a shift began.
        """
        names = {"line": line, "machine": machine, "person": person, "kind": ",".join(kinds)}
        instants = {"since": _seconds(since), "until": _seconds(until), "shift": shift}
        filters: dict[str, str | float] = {name: value for name, value in names.items() if value}
        filters |= {name: value for name, value in instants.items() if value is not None}
        found: list[Event] = []
        while len(found) < limit:
            page = await self.api.events({**filters, "limit": min(PAGE, limit - len(found))})
            found += page.items
            if page.next_cursor is None:
                break
            filters["cursor"] = page.next_cursor
        return found

    # Alarms

    async def alarms(self, line: str | None = None) -> AlarmList:
        """The alarms that are not normal, by priority, with figures; of a line or of all of them."""
        return await self.api.alarms(line)

    async def acknowledge(self, what: Event | AlarmView, note: str = "") -> None:
        """Says that you have seen an event or an alarm. It clears nothing.

        Raises `RefusedError`: 403 without operator on its line, 409 if it was acknowledged already.
        """
        if isinstance(what, AlarmView):
            await self.api.act_on_alarm(what.machine, what.name, "acknowledge", note=note)
        else:
            field = what.alarm or what.field or ""
            await self.api.acknowledge_event(
                EventAcknowledgement(what.kind, what.at, what.machine, field, note)
            )

    async def shelve(self, alarm: AlarmView, *, lasting: timedelta, reason: str) -> AlarmView:
        """Hides an alarm for a time of at most a day. Raises `RefusedError`."""
        return await self.api.act_on_alarm(
            alarm.machine, alarm.name, "shelve", note=reason, for_s=lasting.total_seconds()
        )

    async def unshelve(self, alarm: AlarmView) -> AlarmView:
        """Ends the shelving of an alarm. Raises `RefusedError`."""
        return await self.api.act_on_alarm(alarm.machine, alarm.name, "unshelve")

    # Shifts

    async def shift(self, since: float | None = None, *, line: str | None = None) -> ShiftReport:
        """A shift's report: OEE and why, losses, stops, alarms, events, changes, notes. By default, it is the report of
        the newest shift.

        `Api.shifts` lists the shifts; `Api.assign_reason` and `Api.write_note` add to one. Raises
        `RefusedError` if there is no such shift.
        """
        if since is None:
            listed = await self.api.shifts()
            if not listed.shifts:
                raise RefusedError(
                    "no shift was worked in the last week"
                    if listed.is_defined
                    else "the plant file describes no shifts",
                    status=404,
                    code=ProblemCode.UNKNOWN_SHIFT,
                )
            since = listed.shifts[0].since
        return await self.api.shift(since, line)


def _seconds(instant: float | datetime | timedelta | None) -> float | None:
    match instant:
        case datetime():
            return instant.timestamp()
        case timedelta():
            return (datetime.now(UTC) - instant).timestamp()
        case _:
            return instant
