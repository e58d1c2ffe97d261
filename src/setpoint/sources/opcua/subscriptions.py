"""Subscriptions to the nodes of many machines, and their publish requests.

Some dozens of machines share a subscription, because controllers allow few and an answer to Publish costs as much as
fifty values. All nodes of one machine are in one subscription, so that values that were sampled together are reported
together.

Silence is checked: each subscription answers at least once in its keep-alive interval, with values or with the number
of its next message (`sequence`). If the server grants only a slow keep-alive, the source reads the server's state once
a second, and those answers count as signs of life. If it promises a keep-alive and sends none, the next connection
adds the server's own time to each subscription: it always changes, so the subscription speaks even if nothing else
does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from setpoint.contract.values import Quality
from setpoint.core.plant import Report
from setpoint.errors import SourceError
from setpoint.sources.opcua.image import MachineImage
from setpoint.sources.opcua.items import Items, Refused
from setpoint.sources.opcua.notifications import BadMessageError, Published, decode
from setpoint.sources.opcua.quality import BAD, CODE, in_words
from setpoint.sources.opcua.readings import Reading
from setpoint.sources.opcua.sequence import MessageNumbers
from setpoint.sources.opcua.session import Session
from setpoint.sources.opcua.settings import OpcUaSettings
from setpoint.sources.supervision import LogLimiter
from setpoint.sources.wording import words

KEEP_ALIVE_MS = 1_000
LIFETIME_MS = 30_000
"""How long the server keeps a subscription without publish requests; as long as its session."""
SILENCE_MARGIN_S = 1.5
"""How long a subscription may be silent beyond its keep-alive before its machines are stale."""
ANSWERS_WITHOUT_KEEP_ALIVE = 4
"""There is one answer a second. After this many, it is clear that the server works and sends no keep-alive."""
_LONGEST_KEEP_ALIVE_S = 86_400.0
_MOST_PUBLISHES = 16
_MOST_ACKNOWLEDGED = 100
_AGAIN = frozenset(
    (
        StatusCodes.BadTimeout,
        StatusCodes.BadRequestTimeout,
        StatusCodes.BadTooManyOperations,
        StatusCodes.BadNothingToDo,
    )
)
"""Answers to a Publish after which the next one may succeed."""
_AGAIN_AFTER_S = 0.1

log = structlog.get_logger("setpoint.opcua")


@dataclass(slots=True)
class Statistics:
    """Counters since the start of the source, over all connections."""

    publishes: int = 0
    values: int = 0
    gaps: int = 0


@dataclass(slots=True, eq=False)
class Subscription:
    """One subscription on the server, and its machines."""

    id: int
    images: list[MachineImage]
    keep_alive_s: float
    publishing_s: float
    last_message_at: float
    numbers: MessageNumbers = field(default_factory=MessageNumbers)
    is_silent: bool = False
    answers: int = 0
    """Answers of the server since this subscription became silent."""

    @property
    def silent_after_s(self) -> float:
        return self.keep_alive_s + SILENCE_MARGIN_S


@dataclass(slots=True)
class Subscriptions:
    """All subscriptions of one session. ``on_reports`` gets the reports of the machines, in order."""

    session: Session
    settings: OpcUaSettings
    on_reports: Callable[[Sequence[Report]], None]
    statistics: Statistics = field(default_factory=Statistics)
    limiter: LogLimiter = field(default_factory=LogLimiter)
    all: dict[int, Subscription] = field(default_factory=dict)
    has_values: bool = False
    """Whether a value has arrived on this connection; only then does the connection count as a success."""
    _items: Items = field(init=False)
    _acknowledge: list[ua.SubscriptionAcknowledgement] = field(default_factory=list)
    _publishing: int = 0
    _batch: int = 0

    def __post_init__(self) -> None:
        self._items = Items(self.session, self.settings)

    async def subscribe(self, machines: Sequence[Sequence[Reading]]) -> None:
        """Creates the subscriptions for all machines. The server then sends the current value of every node."""
        size = self.settings.machines_per_subscription
        refused: list[Refused] = []
        if any(reading.part.index for machine in machines for reading in machine):
            self._items.picks_elements = await self.session.picks_elements()
        for start in range(0, len(machines), size):
            readings = [reading for machine in machines[start : start + size] for reading in machine]
            for reading in readings:
                reading.image.awaited.add(reading)
                reading.not_before = 0
            images = list(dict.fromkeys(reading.image for reading in readings))
            subscription = await self._create(images)
            refused += await self._items.add(subscription.id, readings)
            if not self.session.sizes.keeps_alive:
                with suppress(SourceError):  # a server that refuses it is silent, as before
                    await self._items.add_clock(subscription.id)
        self._refuse(refused)
        for subscription in self.all.values():
            subscription.last_message_at = time.monotonic()

    async def try_again(self) -> None:
        """Tries the refused nodes again, because they may exist by now."""
        self._refuse(await self._items.try_again(), is_news=False)

    def wait_no_longer(self) -> None:
        """Marks nodes without a first value as bad, so that the rest of their machines can be reported."""
        late = [
            Refused(reading, StatusCodes.BadNoData)
            for subscription in self.all.values()
            for image in subscription.images
            for reading in tuple(image.awaited)
            if isinstance(reading, Reading)
        ]
        self._refuse(late)

    @property
    def publish_requests(self) -> int:
        """The number of Publish requests to keep at the server: one for each subscription and a spare one."""
        return min(len(self.all) + 1, _MOST_PUBLISHES)

    @property
    def slowest_publishing_s(self) -> float:
        return max((each.publishing_s for each in self.all.values()), default=0.0)

    async def publish(self) -> None:
        """Keeps one Publish request at the server for ever. Raises `SourceError` when that ends."""
        self._publishing += 1
        while True:
            request = ua.PublishRequest()
            request.Parameters.SubscriptionAcknowledgements = self._acknowledge[:_MOST_ACKNOWLEDGED]
            del self._acknowledge[:_MOST_ACKNOWLEDGED]
            try:
                published = await self._published(request)
            except SourceError as error:
                # asyncua raises the text of a service fault; the cause has the code.
                code = getattr(error.__cause__, "code", 0)
                if code == StatusCodes.BadTooManyPublishRequests and self._publishing > 1:
                    self._publishing -= 1
                    return
                if code not in _AGAIN and code != StatusCodes.BadTooManyPublishRequests:
                    raise
                await asyncio.sleep(_AGAIN_AFTER_S)
                continue
            if published is not None:
                self._take(published)

    async def _published(self, request: ua.PublishRequest) -> Published | None:
        """One answer; None if it only says that there is none. Raises `SourceError`."""
        data = await self.session.publish(request)
        try:
            published = decode(data._data, data.cur_pos)  # needs the raw bytes
        except BadMessageError as error:
            if error.handle is not None:
                self._items.poisoned(error.handle)
            raise SourceError(
                words("words-sends-unreadable", endpoint=self.session.endpoint, why=error)
            ) from error
        if published.result & BAD:
            if published.result & CODE in _AGAIN:
                await asyncio.sleep(_AGAIN_AFTER_S)
                return None
            raise SourceError(
                words(
                    "words-ends-publishing", endpoint=self.session.endpoint, value=in_words(published.result)
                )
            )
        return published

    def silent(self, now: float, last_answer_at: float) -> tuple[list[Subscription], float]:
        """The subscriptions that have just become too silent, and the longest silence of all.

        If the server answers (``last_answer_at``), silence is accepted until the keep-alive is overdue.
        """
        found, longest_s = [], 0.0
        for subscription in self.all.values():
            silence_s = now - subscription.last_message_at
            overdue_s = silence_s - max(subscription.keep_alive_s - KEEP_ALIVE_MS / 1000, 0)
            server_silence_s = now - max(subscription.last_message_at, last_answer_at)
            longest_s = max(longest_s, server_silence_s, overdue_s)
            is_slow = subscription.keep_alive_s > KEEP_ALIVE_MS / 1000
            is_silent = silence_s >= subscription.silent_after_s or (
                is_slow and server_silence_s >= KEEP_ALIVE_MS / 1000 + SILENCE_MARGIN_S
            )
            if is_silent and not subscription.is_silent:
                subscription.is_silent = True
                found.append(subscription)
        return found, longest_s

    def expect_keep_alives(self) -> None:
        """Raises `SourceError` if the server answers again and again while a subscription is silent.

        From the next connection on, each subscription has the server's own time. Called after each answer: a
        server that was frozen answers before its first keep-alive.
        """
        for subscription in self.all.values():
            if not subscription.is_silent or not self.session.sizes.keeps_alive:
                continue
            subscription.answers += 1
            if subscription.answers >= ANSWERS_WITHOUT_KEEP_ALIVE:
                self.session.sizes.keeps_alive = False
                raise SourceError(words("words-sends-no-keep-alives", endpoint=self.session.endpoint))

    def server_is_alive(self) -> None:
        """The server answered, so machines of slow subscriptions are alive too. Reports that once a second."""
        now, at = time.monotonic(), time.time()
        reports: list[Report] = []
        for subscription in self.all.values():
            if subscription.keep_alive_s <= KEEP_ALIVE_MS / 1000:
                continue
            if now - subscription.last_message_at < subscription.silent_after_s:
                subscription.is_silent = False
                due = now - KEEP_ALIVE_MS / 1000 * 0.9
                report_images(
                    [each for each in subscription.images if each.reported_at < due], reports, now, at
                )
        self._hand_on(reports)

    def server_says(self, quality: Quality, reason: str) -> None:
        """Sets the server's own quality, which applies to each machine."""
        now, at = time.monotonic(), time.time()
        reports: list[Report] = []
        for subscription in self.all.values():
            for image in subscription.images:
                if image.server != (quality, reason):
                    image.set_server(quality, reason)
                    report_images((image,), reports, now, at)
        self._hand_on(reports)

    async def missed(self) -> None:
        """Asks for messages whose numbers were skipped. Raises `SourceError` if one was really missed."""
        for subscription in self.all.values():
            while subscription.numbers.suspects:
                number = subscription.numbers.suspects.pop(0)
                if not await self._was_missed(subscription, number):
                    subscription.numbers.counts_keep_alives = True
                    continue
                self.statistics.gaps += 1
                raise SourceError(
                    words("words-sent-message-was-missed", endpoint=self.session.endpoint, number=number),
                    code="gap",
                )

    async def _was_missed(self, subscription: Subscription, number: int) -> bool:
        if not subscription.numbers.may_be_a_habit:
            return True
        request = ua.RepublishRequest()
        request.Parameters.SubscriptionId = ua.IntegerId(subscription.id)
        request.Parameters.RetransmitSequenceNumber = ua.Counter(number)
        try:
            await self.session.call(request, ua.RepublishResponse)
        except SourceError:
            return False
        return True

    def _take(self, published: Published) -> None:
        subscription = self.all.get(published.subscription)
        if subscription is None:
            return
        now, at = time.monotonic(), time.time()
        subscription.last_message_at = now
        self.statistics.publishes += 1
        subscription.numbers.take(published.sequence, has_data=published.has_data)
        if published.has_data:
            self._acknowledge.append(
                ua.SubscriptionAcknowledgement(
                    SubscriptionId=ua.UInt32(published.subscription),
                    SequenceNumber=ua.UInt32(published.sequence),
                )
            )
        if published.closed is not None and _is_end(published.closed):
            raise SourceError(
                words(
                    "words-ended-subscription",
                    endpoint=self.session.endpoint,
                    value=in_words(published.closed),
                ),
                code="subscription",
            )
        was_silent, subscription.is_silent, subscription.answers = subscription.is_silent, False, 0
        reports = self._read(published, now, at)
        # A machine that did not change while others did is alive too; that is reported once a second.
        is_due = now if was_silent or not published.has_data else now - KEEP_ALIVE_MS / 1000
        report_images(
            [image for image in subscription.images if image.reported_at < is_due], reports, now, at
        )
        self._hand_on(reports)

    def _hand_on(self, reports: Sequence[Report]) -> None:
        if reports:
            self.on_reports(reports)

    def _read(self, published: Published, now: float, at: float) -> list[Report]:
        """Stores every value. A condition that changed twice since the last time is reported twice."""
        self._batch += 1
        batch, readings = self._batch, self._items.readings
        reports: list[Report] = []
        touched: dict[MachineImage, None] = {}
        count = len(readings)
        for handle, value, status_code, filetime in published.changes:
            if handle >= count:
                continue
            reading = readings[handle]
            if filetime and filetime < reading.not_before and now < reading.older_until:
                continue
            image = reading.image
            if reading.is_condition:
                if reading.batch == batch:
                    report_images((image,), reports, now, at)
                reading.batch = batch
            touched[image] = None
            reading.take(value, status_code, filetime)
        self.statistics.values += len(published.changes)
        self.has_values = self.has_values or bool(touched)
        report_images(touched, reports, now, at)
        return reports

    async def _create(self, images: list[MachineImage]) -> Subscription:
        request = ua.CreateSubscriptionRequest()
        interval_ms = self.settings.publishing_ms
        request.Parameters.RequestedPublishingInterval = ua.Double(interval_ms)
        request.Parameters.RequestedMaxKeepAliveCount = ua.UInt32(max(1, KEEP_ALIVE_MS // interval_ms))
        request.Parameters.RequestedLifetimeCount = ua.UInt32(max(3, LIFETIME_MS // interval_ms))
        request.Parameters.MaxNotificationsPerPublish = ua.UInt32(0)
        request.Parameters.PublishingEnabled = True
        granted = (await self.session.call(request, ua.CreateSubscriptionResponse)).Parameters
        publishing_s, keep_alive_s = _seconds(
            granted.RevisedPublishingInterval, granted.RevisedMaxKeepAliveCount
        )
        if keep_alive_s > KEEP_ALIVE_MS / 1000:
            self.limiter.say(
                log.warning, "opcua.slow_keep_alive", endpoint=self.session.endpoint, keep_alive_s=keep_alive_s,
                publishing_s=publishing_s, meaning="the server itself is asked once a second whether it is there",
            )  # fmt: skip
        subscription = Subscription(
            granted.SubscriptionId, images, keep_alive_s, publishing_s, time.monotonic()
        )
        if subscription.id in self.all:
            raise SourceError(
                words(
                    "words-gave-two-subscriptions-number", endpoint=self.session.endpoint, id=subscription.id
                )
            )
        self.all[subscription.id] = subscription
        return subscription

    def _refuse(self, refused: Sequence[Refused], *, is_news: bool = True) -> None:
        """Marks refused readings as bad. Logs all of a connection in one line."""
        if not refused:
            return
        now, at = time.monotonic(), time.time()
        reports: list[Report] = []
        for reading, status_code in refused:
            reading.take(None, status_code, 0)
        report_images(dict.fromkeys(reading.image for reading, _ in refused), reports, now, at)
        self._hand_on(reports)
        if is_news:
            first, code = refused[0]
            self.limiter.say(
                log.warning, "opcua.nodes_refused", endpoint=self.session.endpoint, count=len(refused),
                first=f"{first.image.key} {first.label}: {first.node}", reason=in_words(code)
            )  # fmt: skip


def _is_end(status_code: int) -> bool:
    """Whether a subscription's status means that it is no longer ours: it has ended, or belongs to another session."""
    return bool(status_code & BAD) or status_code & CODE == StatusCodes.GoodSubscriptionTransferred


def _seconds(publishing_ms: float, keep_alives: int) -> tuple[float, float]:
    """The publishing interval and the keep-alive that a server granted.

    An impossible value (0, NaN, negative, more than a day) counts as slow, and the server itself is asked.
    """
    publishing_s, keep_alive_s = publishing_ms / 1000, publishing_ms / 1000 * keep_alives
    if 0 < publishing_s <= keep_alive_s <= _LONGEST_KEEP_ALIVE_S:
        return publishing_s, keep_alive_s
    return LIFETIME_MS / 1000, LIFETIME_MS / 1000


def report_images(images: Iterable[MachineImage], reports: list[Report], now: float, at: float) -> None:
    """Adds reports for these machines. An empty report says only that the machine is alive."""
    for image in images:
        report = image.report(at)
        if report is not None:
            image.reported_at = now
            reports.append(report)
