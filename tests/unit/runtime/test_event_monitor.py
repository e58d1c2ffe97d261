"""Acts on alarms and events count only once they are stored. Meanwhile other events wait."""

from __future__ import annotations

import pytest

from setpoint.contract.http.machines import EventKind, EventNote
from setpoint.contract.values import Quality, Record
from setpoint.core.alarms import Acknowledge, AlarmKey, ListedState, Shelve
from setpoint.core.alarms.state import Mark
from setpoint.core.audit.queries import EventMark, EventQuery
from setpoint.core.events import EventChanges
from setpoint.core.plant import Alarm, Line, Machine, Plant
from setpoint.errors import StorageError
from setpoint.persistence.memory import MemoryPersistence
from setpoint.runtime.event_monitor import EventMonitor

HOT = AlarmKey("m_401", "hot")
PLANT = Plant("p", (Line("01", (Machine("m_401", "01"),)),), alarms=(Alarm("hot", field="temp", above=90.0),))


class Disk(MemoryPersistence):
    is_full = False

    async def store_events(self, changes: EventChanges) -> None:
        if self.is_full:
            raise StorageError("there is no room on the disk")
        await super().store_events(changes)


def monitor_with_alarm(disk: Disk) -> EventMonitor:
    records: dict[str, Record] = {"m_401": {"status": "RUNNING", "temp": 20.0, "quality": Quality.GOOD}}
    event_monitor = EventMonitor(disk)
    event_monitor.watch(PLANT, records)
    event_monitor.sample(250, 0.25)
    records["m_401"]["temp"] = 99.0
    event_monitor.changed("m_401", ("temp",), 0.5)
    event_monitor.sample(500, 0.5)
    return event_monitor


def listed_states(event_monitor: EventMonitor) -> list[ListedState]:
    return [each.state.listed_state for each in event_monitor.alarms()]


@pytest.mark.rule("ALM-6")
async def test_on_a_full_disk_an_alarm_is_neither_acknowledged_nor_shelved() -> None:
    disk = Disk()
    event_monitor = monitor_with_alarm(disk)
    disk.is_full = True
    for act in (Acknowledge("anna", ""), Shelve("anna", "known", 100.0)):
        with pytest.raises(StorageError, match="no room"):
            await event_monitor.act(HOT, act, 1.0)
        assert listed_states(event_monitor) == [ListedState.UNACKNOWLEDGED]
    disk.is_full = False
    await event_monitor.act(HOT, Acknowledge("anna", ""), 2.0)
    assert listed_states(event_monitor) == [ListedState.ACKNOWLEDGED]


@pytest.mark.rule("ALM-6")
async def test_an_alarm_acknowledged_before_its_raise_was_stored_stays_acknowledged_after_a_restart() -> None:
    disk = Disk()
    event_monitor = monitor_with_alarm(disk)
    await event_monitor.act(HOT, Acknowledge("anna", "seen"), 0.75)
    await event_monitor.stop()
    state = (await disk.alarms())[HOT]
    assert (state.listed_state, state.acknowledged) == (ListedState.ACKNOWLEDGED, Mark("anna", 0.75, "seen"))


@pytest.mark.rule("ALM-7")
async def test_raises_are_remembered_for_a_day() -> None:
    records: dict[str, Record] = {"m_401": {"status": "RUNNING", "temp": 20.0, "quality": Quality.GOOD}}
    event_monitor = EventMonitor(Disk())
    event_monitor.watch(PLANT, records)
    for hour in range(48):
        for seconds, temp in ((0, 99.0), (1_800, 20.0)):
            records["m_401"]["temp"] = temp
            ts = 3_600.0 * hour + seconds
            event_monitor.changed("m_401", ("temp",), ts)
            event_monitor.sample(round(ts * 1000), ts)
    assert [round(each.at / 3_600) for each in event_monitor.raises()] == list(range(23, 48))


async def test_on_a_full_disk_events_wait_and_none_is_acknowledged() -> None:
    disk = Disk()
    event_monitor = monitor_with_alarm(disk)
    disk.is_full = True
    mark = EventMark(EventKind.ALARM, "m_401", 0.5, "hot", EventNote("anna", 1.0, "seen"))
    with pytest.raises(StorageError, match="no room"):
        await event_monitor.acknowledge(mark)
    assert (await disk.events(EventQuery())).items == []
    disk.is_full = False
    await event_monitor.acknowledge(mark)
    (event,) = (await disk.events(EventQuery(kinds=(EventKind.ALARM,)))).items
    assert event.acknowledged is not None
    assert event.acknowledged.note == "seen"
