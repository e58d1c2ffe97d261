"""Creates monitored items, in calls as large as the server accepts, and tries refused ones again.

If a server refuses an item because of its dead band or its array element, the item is created without them, and the
element is picked here. An unknown node may appear later, when the controller's program is loaded, so it is tried again
(`try_again`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from setpoint.errors import SourceError
from setpoint.sources.opcua.quality import CODE, SEVERITY
from setpoint.sources.opcua.readings import Reading
from setpoint.sources.opcua.session import Kind, Session
from setpoint.sources.opcua.settings import OpcUaSettings

QUEUE = 10
"""The number of values that the server keeps for one node between two publishings, so that short changes are seen."""
CLOCK, CLOCK_MS = 1_000_000_000, 250.0
"""The handle of the server's own time, which belongs to no reading, and how often that time is sampled. For node-opcua,
the largest handle means that there is none: it picks another, which may belong to a reading."""
POISON_FOR_S = 60.0

_DEADBAND_REFUSED = frozenset(
    (
        StatusCodes.BadMonitoredItemFilterUnsupported,
        StatusCodes.BadMonitoredItemFilterInvalid,
        StatusCodes.BadFilterNotAllowed,
        StatusCodes.BadDeadbandFilterInvalid,
    )
)
_RANGE_REFUSED = frozenset(
    (
        StatusCodes.BadIndexRangeInvalid,
        StatusCodes.BadIndexRangeNoData,
        StatusCodes.BadIndexRangeDataMismatch,
        StatusCodes.BadNotSupported,
        StatusCodes.BadNotImplemented,
    )
)


class Refused(NamedTuple):
    """A reading that the server refuses, and its reason."""

    reading: Reading
    status_code: int


class _Wanted(NamedTuple):
    handle: int
    reading: Reading
    deadband: float
    range: str


@dataclass(slots=True)
class Items:
    """The items of one session; ``readings`` by the handle that notifications carry."""

    session: Session
    settings: OpcUaSettings
    readings: list[Reading] = field(default_factory=list)
    picks_elements: bool = True
    """False: the server ignores ranges, and sends whole arrays. The element is picked here then."""
    _ids: list[tuple[int, int]] = field(default_factory=list)
    """The subscription of each handle, and the server's own number for its item; 0 before it has one."""
    _refused: dict[int, list[_Wanted]] = field(default_factory=dict)
    """Items to try again, by subscription."""

    async def add(self, subscription: int, readings: Sequence[Reading]) -> list[Refused]:
        """Creates items for these nodes. Returns those that the server refused."""
        first = len(self.readings)
        self.readings += readings
        self._ids += [(subscription, 0)] * len(readings)
        wanted = [self._wanted(first + index, reading) for index, reading in enumerate(readings)]
        return await self._ask(subscription, wanted)

    async def try_again(self) -> list[Refused]:
        """Nodes that were refused, and nodes that have disappeared since. If such a node comes back, its old item
        does not notice.
        """
        found = []
        await self._give_up_gone()
        for subscription, wanted in list(self._refused.items()):
            del self._refused[subscription]
            found += await self._ask(subscription, wanted)
        return found

    async def add_clock(self, subscription: int) -> None:
        """Creates an item for the server's own time, whose value is nobody's reading. Raises `SourceError`."""
        parameters = ua.MonitoringParameters(
            ClientHandle=ua.IntegerId(CLOCK), SamplingInterval=ua.Double(CLOCK_MS), QueueSize=ua.Counter(1)
        )
        node = ua.NodeId(ua.Int32(ua.ObjectIds.Server_ServerStatus_CurrentTime))
        item = ua.MonitoredItemCreateRequest(
            ItemToMonitor=ua.ReadValueId(NodeId=node, AttributeId=ua.IntegerId(AttributeIds.Value)),
            MonitoringMode=ua.MonitoringMode.Reporting,
            RequestedParameters=parameters,
        )
        request = ua.CreateMonitoredItemsRequest()
        request.Parameters.SubscriptionId = ua.IntegerId(subscription)
        request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Source
        request.Parameters.ItemsToCreate = [item]
        await self.session.call(request, ua.CreateMonitoredItemsResponse)

    def poisoned(self, handle: int) -> None:
        """Leaves out an item for a while, because its bytes make the rest of a message unreadable."""
        if handle < len(self.readings):
            self.readings[handle].poisoned_until = time.monotonic() + POISON_FOR_S

    def _wanted(self, handle: int, reading: Reading) -> _Wanted:
        ranged = reading.part.index_range if self.picks_elements else ""
        return _Wanted(handle, reading, reading.deadband, ranged)

    async def _give_up_gone(self) -> None:
        gone: dict[int, list[int]] = {}
        for handle, reading in enumerate(self.readings):
            subscription, number = self._ids[handle]
            if reading.is_gone and number:
                self._ids[handle] = subscription, 0
                gone.setdefault(subscription, []).append(number)
                self._refused.setdefault(subscription, []).append(self._wanted(handle, reading))
        for subscription, numbers in gone.items():
            request = ua.DeleteMonitoredItemsRequest()
            request.Parameters.SubscriptionId = ua.IntegerId(subscription)
            request.Parameters.MonitoredItemIds = [ua.IntegerId(number) for number in numbers]
            with suppress(SourceError):  # the server may have removed them itself
                await self.session.call(request, ua.DeleteMonitoredItemsResponse)

    async def _ask(self, subscription: int, wanted: Sequence[_Wanted]) -> list[Refused]:
        refused: list[Refused] = []
        again = self._refused.setdefault(subscription, [])
        now = time.monotonic()

        async def some(part: Sequence[tuple[_Wanted, ua.NodeId]]) -> list[ua.MonitoredItemCreateResult]:
            request = ua.CreateMonitoredItemsRequest()
            request.Parameters.SubscriptionId = ua.IntegerId(subscription)
            request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Source
            request.Parameters.ItemsToCreate = [self._item(each, node) for each, node in part]
            return list((await self.session.call(request, ua.CreateMonitoredItemsResponse)).Results or ())

        pending = list(wanted)
        while pending:
            to_create = []
            for each in pending:
                node = self.session.node_id(each.reading.node)
                if each.reading.poisoned_until > now:
                    refused.append(Refused(each.reading, StatusCodes.BadDecodingError))
                    again.append(each)
                elif node is None:
                    refused.append(Refused(each.reading, StatusCodes.BadNodeIdInvalid))
                    again.append(each)
                else:
                    to_create.append((each, node))
            pending = []
            for (each, _), result in zip(
                to_create, await self.session.call_in_parts(Kind.MONITOR, to_create, some), strict=True
            ):
                code = result.StatusCode.value
                each.reading.is_ranged = bool(each.range)
                if not code & SEVERITY:
                    self._ids[each.handle] = subscription, result.MonitoredItemId
                    each.reading.is_gone = False
                    continue
                if each.deadband and code & CODE in _DEADBAND_REFUSED:
                    pending.append(each._replace(deadband=0.0))
                elif each.range and code & CODE in _RANGE_REFUSED:
                    pending.append(each._replace(range=""))
                else:
                    refused.append(Refused(each.reading, code))
                    again.append(each)
        return refused

    def _item(self, wanted: _Wanted, node: ua.NodeId) -> ua.MonitoredItemCreateRequest:
        own = wanted.reading.sampling_ms
        parameters = ua.MonitoringParameters(
            ClientHandle=ua.IntegerId(wanted.handle),
            SamplingInterval=ua.Double(self.settings.sampling_ms if own is None else own),
            QueueSize=ua.Counter(QUEUE),
            DiscardOldest=True,
        )
        if wanted.deadband:
            parameters.Filter = ua.DataChangeFilter(
                Trigger=ua.DataChangeTrigger.StatusValue,
                DeadbandType=ua.UInt32(ua.DeadbandType.Absolute),
                DeadbandValue=ua.Double(wanted.deadband),
            )
        item = ua.ReadValueId(NodeId=node, AttributeId=ua.IntegerId(AttributeIds.Value))
        if wanted.range:
            item.IndexRange = ua.NumericRange(wanted.range)
        return ua.MonitoredItemCreateRequest(
            ItemToMonitor=item, MonitoringMode=ua.MonitoringMode.Reporting, RequestedParameters=parameters
        )
