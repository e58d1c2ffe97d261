"""Subscriptions over the nodes of many machines, and the publish requests that keep them talking.

Machines share subscriptions, some dozens each: controllers allow few, and an answer to Publish costs as much as fifty
values. All nodes of one machine are in one subscription, so that what the controller samples together is reported
together.

Silence is verified, not assumed: each subscription answers at least once a second, with values or with a keep-alive
that carries the number of its next message. A number that does not follow means that something was missed, and raises.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import structlog
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from setpoint.core.plant import Report
from setpoint.errors import SourceError
from setpoint.sources.opcua.config import OpcUaSettings
from setpoint.sources.opcua.connection import Session
from setpoint.sources.opcua.notifications import BadMessageError, Published, decode
from setpoint.sources.opcua.quality import BAD, CODE, SEVERITY, in_words
from setpoint.sources.opcua.readings import MachineImage, Reading

KEEP_ALIVE_MS = 1_000
LIFETIME_MS = 20_000
"""So long the server keeps a subscription that nobody asks for any more, as long as its session."""
SILENCE_MARGIN_S = 1.5
"""So much longer than its keep-alive may a subscription be silent before its machines are called stale."""

_QUEUE = 10
"""Values that the server keeps for one node between two publishings: what came and went in between is still told."""

_MOST_PUBLISHES = 16

log = structlog.get_logger("setpoint.opcua")


@dataclass(slots=True)
class Statistics:
    """Counted since the start of the source, over all connections."""

    publishes: int = 0
    values: int = 0
    gaps: int = 0


@dataclass(slots=True, eq=False)
class Subscription:
    """One subscription on the server, and the machines that live in it."""

    id: int
    images: list[MachineImage]
    silent_after_s: float
    heard_at: float
    next_sequence: int | None = None
    is_silent: bool = False


@dataclass(slots=True)
class Subscriptions:
    """Everything that one session is subscribed to. ``on_reports`` gets what the machines say, in their order."""

    session: Session
    settings: OpcUaSettings
    on_reports: Callable[[Sequence[Report]], None]
    statistics: Statistics = field(default_factory=Statistics)
    all: dict[int, Subscription] = field(default_factory=dict)
    _readings: list[Reading] = field(default_factory=list)
    _acknowledge: list[ua.SubscriptionAcknowledgement] = field(default_factory=list)
    _batch: int = 0

    async def subscribe(self, machines: Sequence[Sequence[Reading]]) -> None:
        """Creates the subscriptions for all machines; the server begins to send the present value of every node."""
        size = self.settings.machines_per_subscription
        for start in range(0, len(machines), size):
            readings = [reading for machine in machines[start : start + size] for reading in machine]
            for reading in readings:
                reading.image.awaited.add(reading)
            images = list(dict.fromkeys(reading.image for reading in readings))
            subscription = await self._create(images)
            for first in range(0, len(readings), self.session.limits.monitor):
                await self._monitor(subscription, readings[first : first + self.session.limits.monitor])
        for subscription in self.all.values():
            subscription.heard_at = time.monotonic()

    def wait_no_longer(self) -> None:
        """Nodes that have sent no first value by now are bad; the rest of their machines is told."""
        for subscription in self.all.values():
            for image in subscription.images:
                for reading in tuple(image.awaited):
                    self._refused(reading, StatusCodes.BadNoData)

    @property
    def publish_requests(self) -> int:
        """How many Publish requests are kept at the server: one for each subscription and one in reserve."""
        return min(len(self.all) + 1, _MOST_PUBLISHES)

    async def publish(self) -> None:
        """Keeps one Publish request at the server for ever. Raises `SourceError` where that ends."""
        while True:
            request = ua.PublishRequest()
            request.Parameters.SubscriptionAcknowledgements, self._acknowledge = self._acknowledge, []
            data = await self.session.publish(request)
            try:
                published = decode(data._data, data.cur_pos)  # the bytes themselves are the point
            except BadMessageError as error:
                raise SourceError(f"{self.session.endpoint}: {error}") from error
            if published.result & BAD:
                if published.result & CODE == StatusCodes.BadTooManyPublishRequests:
                    return
                raise SourceError(f"{self.session.endpoint} ends publishing: {in_words(published.result)}")
            self._take(published)

    def silent(self, now: float) -> tuple[list[Subscription], float]:
        """Subscriptions that have just become too silent, and for how long the most silent one has been."""
        found, longest_s = [], 0.0
        for subscription in self.all.values():
            silence_s = now - subscription.heard_at
            longest_s = max(longest_s, silence_s)
            if silence_s >= subscription.silent_after_s and not subscription.is_silent:
                subscription.is_silent = True
                found.append(subscription)
        return found, longest_s

    def _take(self, published: Published) -> None:
        subscription = self.all.get(published.subscription)
        if subscription is None:
            return
        now, at = time.monotonic(), time.time()
        subscription.heard_at = now
        self.statistics.publishes += 1
        self._count(subscription, published)
        if published.closed is not None and published.closed & BAD:
            raise SourceError(
                f"{self.session.endpoint} ended a subscription: {in_words(published.closed)}",
                code="subscription",
            )
        was_silent, subscription.is_silent = subscription.is_silent, False
        reports = self._read(published, now, at)
        # Who changed nothing while others did is alive too, which is said once a second.
        is_due = now if was_silent or not published.has_data else now - KEEP_ALIVE_MS / 1000
        _tell([image for image in subscription.images if image.told_at < is_due], reports, now, at)
        if reports:
            self.on_reports(reports)

    def _read(self, published: Published, now: float, at: float) -> list[Report]:
        """Puts every value in its place; a condition that changed twice since the last time is told twice."""
        self._batch += 1
        batch, readings = self._batch, self._readings
        reports: list[Report] = []
        touched: dict[MachineImage, None] = {}
        count = len(readings)
        for handle, raw, status_code, filetime in published.changes:
            if handle >= count:
                continue
            reading = readings[handle]
            image = reading.image
            if reading.is_condition:
                if reading.batch == batch:
                    _tell((image,), reports, now, at)
                reading.batch = batch
            touched[image] = None
            reading.take(raw, status_code, filetime)
        self.statistics.values += len(published.changes)
        _tell(touched, reports, now, at)
        return reports

    def _count(self, subscription: Subscription, published: Published) -> None:
        """Checks the message number; a keep-alive carries the next one, so that a lost last message shows too."""
        wanted = subscription.next_sequence
        if wanted is not None and published.sequence != wanted:
            self.statistics.gaps += 1
            raise SourceError(
                f"{self.session.endpoint} sent message {published.sequence} where {wanted} was next: one was missed",
                code="gap",
            )
        if published.has_data:
            subscription.next_sequence = published.sequence % 0xFFFF_FFFF + 1
            self._acknowledge.append(
                ua.SubscriptionAcknowledgement(
                    SubscriptionId=ua.UInt32(published.subscription),
                    SequenceNumber=ua.UInt32(published.sequence),
                )
            )
        else:
            subscription.next_sequence = published.sequence

    async def _create(self, images: list[MachineImage]) -> Subscription:
        request = ua.CreateSubscriptionRequest()
        interval_ms = self.settings.publishing_ms
        request.Parameters.RequestedPublishingInterval = ua.Double(interval_ms)
        request.Parameters.RequestedMaxKeepAliveCount = ua.UInt32(max(1, KEEP_ALIVE_MS // interval_ms))
        request.Parameters.RequestedLifetimeCount = ua.UInt32(LIFETIME_MS // interval_ms)
        request.Parameters.MaxNotificationsPerPublish = ua.UInt32(0)
        request.Parameters.PublishingEnabled = True
        granted = (await self.session.call(request, ua.CreateSubscriptionResponse)).Parameters
        keep_alive_s = granted.RevisedPublishingInterval * granted.RevisedMaxKeepAliveCount / 1000
        if keep_alive_s > KEEP_ALIVE_MS / 1000:
            log.warning(
                "opcua.slow_keep_alive", endpoint=self.session.endpoint, keep_alive_s=keep_alive_s,
                meaning="silence of this server is noticed only that much later",
            )  # fmt: skip
        subscription = Subscription(
            granted.SubscriptionId, images, keep_alive_s + SILENCE_MARGIN_S, time.monotonic()
        )
        self.all[subscription.id] = subscription
        return subscription

    async def _monitor(self, subscription: Subscription, readings: list[Reading]) -> None:
        """Adds nodes. What the server refuses is a bad reading; refused for its dead band, a node goes without one."""
        first = len(self._readings)
        self._readings += readings
        pending = [(first + index, reading, reading.deadband) for index, reading in enumerate(readings)]
        while pending:
            asked = []
            for handle, reading, deadband in pending:
                node = self.session.node_id(reading.node)
                if node is None:
                    self._refused(reading, StatusCodes.BadNodeIdInvalid)
                else:
                    asked.append((handle, reading, deadband, node))
            if not asked:
                return
            request = ua.CreateMonitoredItemsRequest()
            request.Parameters.SubscriptionId = ua.IntegerId(subscription.id)
            request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Source
            request.Parameters.ItemsToCreate = [self._item(*each) for each in asked]
            answer = await self.session.call(request, ua.CreateMonitoredItemsResponse)
            pending = []
            for (handle, reading, deadband, _), result in zip(asked, answer.Results, strict=True):
                if not result.StatusCode.value & SEVERITY:
                    continue
                if deadband and result.StatusCode.value & CODE in _DEADBAND_REFUSED:
                    pending.append((handle, reading, 0.0))
                else:
                    self._refused(reading, result.StatusCode.value)

    def _item(
        self, handle: int, reading: Reading, deadband: float, node: ua.NodeId
    ) -> ua.MonitoredItemCreateRequest:
        sampling_ms = reading.sampling_ms if reading.sampling_ms is not None else self.settings.sampling_ms
        parameters = ua.MonitoringParameters(
            ClientHandle=ua.IntegerId(handle),
            SamplingInterval=ua.Double(sampling_ms),
            QueueSize=ua.Counter(_QUEUE),
            DiscardOldest=True,
        )
        if deadband:
            parameters.Filter = ua.DataChangeFilter(
                Trigger=ua.DataChangeTrigger.StatusValue,
                DeadbandType=ua.UInt32(ua.DeadbandType.Absolute),
                DeadbandValue=ua.Double(deadband),
            )
        return ua.MonitoredItemCreateRequest(
            ItemToMonitor=ua.ReadValueId(NodeId=node, AttributeId=ua.IntegerId(AttributeIds.Value)),
            MonitoringMode=ua.MonitoringMode.Reporting,
            RequestedParameters=parameters,
        )

    def _refused(self, reading: Reading, status_code: int) -> None:
        reading.take(None, status_code, 0)
        log.warning(
            "opcua.node_refused", endpoint=self.session.endpoint, machine=reading.image.key, field=reading.label,
            node=reading.node, reason=in_words(status_code),
        )  # fmt: skip
        reports: list[Report] = []
        _tell((reading.image,), reports, time.monotonic(), time.time())
        if reports:
            self.on_reports(reports)


_DEADBAND_REFUSED = frozenset(
    (
        StatusCodes.BadMonitoredItemFilterUnsupported,
        StatusCodes.BadMonitoredItemFilterInvalid,
        StatusCodes.BadFilterNotAllowed,
        StatusCodes.BadDeadbandFilterInvalid,
    )
)


def _tell(images: Iterable[MachineImage], reports: list[Report], now: float, at: float) -> None:
    """Adds what is new of these machines, which may be nothing but that they are alive."""
    for image in images:
        report = image.report(at)
        if report is not None:
            image.told_at = now
            reports.append(report)
