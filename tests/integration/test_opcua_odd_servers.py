"""Servers that grant impossible numbers, answer without an end, lose nodes, or send any time and text."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes
from tests.integration.opcua_peer import Peer, start_peer
from tests.integration.opcua_proxy import OpcUaProxy, fault, grant
from tests.integration.opcua_support import plant_text, running, source_of
from tests.integration.source_support import all_are

from setpoint.contract.values import Quality
from setpoint.core.plant import Answer, Write, parse_plant, usable_reports
from setpoint.core.plant.intake import MAX_REPORTED_TEXT
from setpoint.errors import SourceError
from setpoint.sources.opcua.browse import walk
from setpoint.sources.opcua.config import OpcUaSettings
from setpoint.sources.opcua.connection import connect
from setpoint.testing import Recorder

SPACE = "urn:setpoint:test"


@pytest.fixture(scope="module")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    with start_peer("asyncua", tmp_path_factory.mktemp("peer")) as peer:
        yield peer


@pytest.fixture
async def proxy(controller: Peer) -> AsyncIterator[OpcUaProxy]:
    controller.reset()
    async with OpcUaProxy(int(controller.endpoint.rpartition(":")[2])) as proxy:
        yield proxy


@pytest.mark.parametrize("interval_ms", [math.nan, math.inf, 0.0, -1.0, 1e300])
async def test_an_impossible_interval_makes_a_server_neither_alive_nor_dead(
    proxy: OpcUaProxy, controller: Peer, interval_ms: float
) -> None:
    proxy.response_changes = [grant(RevisedPublishingInterval=interval_ms)]
    async with running(proxy) as (source, recorder):
        await source.write([Write("t", "m_401", "targetSpeed", 1500)])
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 1500)
        controller.freeze()
        try:
            await recorder.until(lambda: all_are(recorder, Quality.STALE), within_s=5)
        finally:
            controller.thaw()
        await recorder.until(lambda: all_are(recorder, Quality.GOOD), within_s=5)
        assert proxy.sessions == 1


async def test_a_queue_of_size_zero_and_a_sampling_that_is_not_a_number_harm_nobody(
    proxy: OpcUaProxy, controller: Peer
) -> None:
    def change(response: Any) -> None:
        if isinstance(response, ua.CreateMonitoredItemsResponse):
            for result in response.Results:
                result.RevisedQueueSize, result.RevisedSamplingInterval = 0, math.nan

    proxy.response_changes = [change, grant(RevisedMaxKeepAliveCount=0, RevisedLifetimeCount=0)]
    async with running(proxy) as (_, recorder):
        controller.set(Press401__Speed=9.0)
        await recorder.until(lambda: recorder.state["m_401"]["speed"] == 9)
        assert proxy.sessions == 1


async def test_a_node_that_goes_and_comes_back_is_read_again_through_a_new_item(
    proxy: OpcUaProxy, controller: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setpoint.sources.opcua.source.TRY_AGAIN_EVERY_S", 0.3)
    is_gone = False

    def remove_node(response: Any) -> None:
        """The server reports it once for the node's item, and nothing more for the old item."""
        if isinstance(response, ua.PublishResponse) and is_gone:
            for notification in response.Parameters.NotificationMessage.NotificationData:
                for item in getattr(notification, "MonitoredItems", ()):
                    if item.Value.Value is not None and item.Value.Value.Value == 114.0:
                        code = ua.UInt32(StatusCodes.BadNodeIdUnknown)
                        item.Value = ua.DataValue(StatusCode=ua.StatusCode(code))
        if isinstance(response, ua.CreateMonitoredItemsResponse) and is_gone:
            for result in response.Results:
                result.StatusCode = ua.StatusCode(ua.UInt32(StatusCodes.BadNodeIdUnknown))

    proxy.response_changes = [remove_node]
    async with running(proxy) as (_, recorder):
        is_gone = True
        controller.set(Press401__Speed=114.0)
        await recorder.until(lambda: recorder.quality["m_401"] is Quality.BAD)
        assert "speed: BadNodeIdUnknown" in recorder.reason["m_401"]
        assert recorder.quality["m_402"] is Quality.GOOD
        creations = len(proxy.requests_of(ua.CreateMonitoredItemsRequest))
        await recorder.until(lambda: len(proxy.requests_of(ua.CreateMonitoredItemsRequest)) > creations + 1)
        assert recorder.state["m_401"]["speed"] is None
        is_gone = False
        await recorder.until(lambda: all_are(recorder, Quality.GOOD))
        assert recorder.state["m_401"]["speed"] == 114
        await asyncio.sleep(0.8)  # what was on its way
        creations_before = len(proxy.requests_of(ua.CreateMonitoredItemsRequest))
        await asyncio.sleep(0.8)
        assert len(proxy.requests_of(ua.CreateMonitoredItemsRequest)) == creations_before, (
            "once it is back it is not changed"
        )
        assert proxy.sessions == 1


async def test_browsing_ends_even_if_the_server_always_announces_more(proxy: OpcUaProxy) -> None:
    def add_continuation_point(response: Any) -> None:
        if isinstance(response, ua.BrowseResponse):
            response.Results[0].ContinuationPoint = b"more"

    def send_another_point(request: Any) -> Any:
        if not isinstance(request, ua.BrowseNextRequest):
            return None
        answer = ua.BrowseNextResponse()
        answer.Parameters.Results = [ua.BrowseResult(ContinuationPoint=b"more")]
        return answer

    proxy.response_changes, proxy.answers = [add_continuation_point], [send_another_point]
    async with connect(OpcUaSettings(proxy.endpoint), {}) as session:
        with pytest.raises(SourceError, match=r"does not stop answering|without end"):
            await walk(session)


async def test_a_channel_that_is_granted_no_time_is_not_renewed_without_a_pause(
    proxy: OpcUaProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise asyncio.CancelledError

    async with connect(OpcUaSettings(proxy.endpoint), {}) as session:
        session._client.secure_channel_timeout = 0
        session._client.open_secure_channel = _nothing  # type: ignore[method-assign]  # no renewal: only its time counts
        with monkeypatch.context() as patched:
            patched.setattr("asyncio.sleep", pause)
            with pytest.raises(asyncio.CancelledError):
                await session.keep_secure()
    assert pauses == [1.0, 1.0, 1.0]


async def _nothing(renew: bool = False) -> None:
    pass


@pytest.mark.parametrize(
    "service", [ua.CreateSubscriptionRequest, ua.CreateMonitoredItemsRequest, ua.ReadRequest]
)
async def test_an_answer_with_nothing_in_it_is_one_lost_connection_with_a_reason(
    proxy: OpcUaProxy, service: type[Any]
) -> None:
    """Answers every service with fewer results than requested."""
    is_odd = True

    def drop_last_result(response: Any) -> None:
        if is_odd and isinstance(response, ua.CreateSubscriptionResponse):
            response.Parameters.SubscriptionId = 7  # the same for each of two subscriptions
        elif is_odd and hasattr(response, "Results"):
            response.Results = response.Results[:-1]

    def change_service(response: Any) -> None:
        if type(response).__name__ == service.__name__.replace("Request", "Response"):
            drop_last_result(response)

    proxy.response_changes = [change_service]
    async with running(proxy, is_good=False, settings="machines_per_subscription = 1") as (_, recorder):
        await recorder.until(lambda: all_are(recorder, Quality.NEVER_SEEN), within_s=8)
        assert recorder.reason["m_401"]
        is_odd = False
        await recorder.until(lambda: all_are(recorder, Quality.GOOD), within_s=8)


@pytest.mark.parametrize("year", [1601, 2099, 9999])
async def test_a_value_of_any_year_is_shown_and_the_next_one_has_its_own_time(
    proxy: OpcUaProxy, controller: Peer, year: int
) -> None:
    is_odd = True

    def set_source_time(response: Any) -> None:
        if is_odd and isinstance(response, ua.PublishResponse):
            for notification in response.Parameters.NotificationMessage.NotificationData:
                for item in getattr(notification, "MonitoredItems", ()):
                    item.Value.SourceTimestamp = ua.DateTime(year, 1, 1, 0, 0, 1)

    proxy.response_changes = [set_source_time]
    async with running(proxy) as (source, recorder):
        controller.set(Press401__Speed=9.0)
        await recorder.until(lambda: recorder.state["m_401"]["speed"] == 9)
        assert usable_reports(recorder.reports, 0.0) == recorder.reports
        is_odd = False
        controller.set(Press401__Speed=10.0)
        await recorder.until(lambda: recorder.state["m_401"]["speed"] == 10)
        last = next(each for each in reversed(recorder.reports) if each.values.get("speed") == 10)
        assert datetime.fromtimestamp(last.at).year not in (1601, 2099, 9999)
        await source.write([Write("t", "m_401", "targetSpeed", 1500)])
        await recorder.until(lambda: recorder.answer("t") is Answer.TAKEN)
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 1500)


async def test_a_clock_that_is_set_back_after_a_target_was_read_back_hides_no_value_for_long(
    proxy: OpcUaProxy, controller: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setpoint.sources.opcua.readback._LATE_S", 0.2)
    is_behind = False

    def set_source_time(response: Any) -> None:
        if is_behind and isinstance(response, ua.PublishResponse):
            for notification in response.Parameters.NotificationMessage.NotificationData:
                for item in getattr(notification, "MonitoredItems", ()):
                    item.Value.SourceTimestamp = ua.DateTime(2001, 1, 1)

    proxy.response_changes = [set_source_time]
    async with running(proxy) as (source, recorder):
        monkeypatch.setattr("setpoint.sources.opcua.readback.SLOW_S", 0.0)  # read back on every server
        await source.write([Write("t", "m_401", "targetSpeed", 1500)])
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 1500)
        is_behind = True

        targets = itertools.count(1600)

        def shows_next_target() -> bool:
            if recorder.state["m_401"]["targetSpeed"] >= 1600:  # type: ignore[operator]  # a number
                return True
            controller.set(Press401__Target=float(next(targets)))
            return False

        await recorder.until(shows_next_target, within_s=12)


async def test_a_text_without_an_end_is_shown_cut_and_an_array_for_a_scalar_is_bad(
    proxy: OpcUaProxy, controller: Peer
) -> None:
    def send_odd_values(response: Any) -> None:
        if isinstance(response, ua.PublishResponse):
            for notification in response.Parameters.NotificationMessage.NotificationData:
                for item in getattr(notification, "MonitoredItems", ()):
                    value = item.Value.Value
                    if value is not None and value.Value == "long":
                        item.Value.Value = ua.Variant("x" * 40_000, ua.VariantType.String)
                    elif value is not None and value.Value == 114.0:
                        item.Value.Value = ua.Variant([1.0, 2.0], ua.VariantType.Double)

    proxy.response_changes = [send_odd_values]
    async with running(proxy) as (_, recorder):
        controller.set(Press401__Reason="long")
        await recorder.until(lambda: str(recorder.state["m_401"]["cause"]).startswith("xxx"))
        assert len(str(recorder.state["m_401"]["cause"])) <= MAX_REPORTED_TEXT + 1
        controller.set(Press402__Speed=114.0)
        await recorder.until(lambda: recorder.quality["m_402"] is Quality.BAD)
        assert "array of 2" in recorder.reason["m_402"]
        assert recorder.quality["m_401"] is Quality.GOOD


async def test_a_server_that_cannot_do_anything_at_once_is_asked_for_one_thing_at_a_time(
    proxy: OpcUaProxy,
) -> None:
    def refuse_many(request: Any) -> Any:
        parameters = getattr(request, "Parameters", None)
        for name in ("ItemsToCreate", "NodesToRead", "NodesToWrite"):
            if len(getattr(parameters, name, None) or ()) > 1:
                return fault(StatusCodes.BadTooManyOperations)
        return None

    proxy.answers = [refuse_many]
    async with running(proxy) as (source, recorder):
        await source.write([Write("t", each, "targetSpeed", 1500) for each in ("m_401", "m_402")])
        await recorder.until(lambda: [each.answer for each in recorder.answers] == [Answer.TAKEN] * 2)
        assert isinstance(recorder, Recorder)


def _another_address(address: str | None) -> Callable[[Any], None]:
    def change(response: Any) -> None:
        if isinstance(response, ua.CreateSessionResponse):
            for each in response.Parameters.ServerEndpoints:
                each.EndpointUrl = address

    return change


@pytest.mark.parametrize(
    "address",
    ["opc.tcp://0.0.0.0:4840", "opc.tcp://plc-a7:4840/x", "OPC.TCP://PLC:4840", None, "none at all"],
)
async def test_a_server_that_gives_another_address_or_no_endpoints_is_connected_all_the_same(
    proxy: OpcUaProxy, address: str | None
) -> None:
    def remove_endpoints(response: Any) -> None:
        if isinstance(response, ua.CreateSessionResponse):
            response.Parameters.ServerEndpoints = []

    proxy.response_changes = [remove_endpoints if address == "none at all" else _another_address(address)]
    async with running(proxy):
        assert proxy.sessions == 1


async def test_a_discovery_server_is_called_one_with_the_servers_that_it_knows(proxy: OpcUaProxy) -> None:
    proxy.answers = [
        lambda request: (
            fault(StatusCodes.BadServiceUnsupported) if isinstance(request, ua.CreateSessionRequest) else None
        )
    ]
    with pytest.raises(SourceError, match=r"it is a discovery server; .* it knows opc\.tcp://"):
        async with connect(OpcUaSettings(proxy.endpoint), {}):
            pass


async def test_a_session_that_the_server_soon_gives_up_is_kept_by_asking_more_often(
    proxy: OpcUaProxy,
) -> None:
    requested_at: list[float] = []

    def shorten_session(response: Any) -> None:
        if isinstance(response, ua.CreateSessionResponse):
            response.Parameters.RevisedSessionTimeout = 600.0

    def note_read(request: Any) -> None:
        if isinstance(request, ua.ReadRequest) and len(request.Parameters.NodesToRead) == 2:
            requested_at.append(asyncio.get_running_loop().time())

    proxy.response_changes, proxy.request_changes = [shorten_session], [note_read]
    async with running(proxy) as (_, recorder):
        await recorder.until(lambda: len(requested_at) >= 6)
    assert min(later - earlier for earlier, later in itertools.pairwise(requested_at)) < 0.6


@pytest.mark.parametrize("service", [ua.ReadResponse, ua.PublishResponse])
async def test_an_answer_that_comes_twice_is_taken_once(
    proxy: OpcUaProxy, controller: Peer, service: type[Any]
) -> None:
    is_odd = False
    proxy.repeats = lambda response: is_odd and isinstance(response, service)
    async with running(proxy) as (_, recorder):
        is_odd = True
        for speed in (1.0, 2.0, 3.0):
            controller.set(Press401__Speed=speed)
            await recorder.until(lambda: recorder.state["m_401"]["speed"] == speed)  # noqa: B023  # waited for here
        reads = len(proxy.requests_of(ua.ReadRequest))
        await recorder.until(lambda: len(proxy.requests_of(ua.ReadRequest)) > reads + 1)
        assert proxy.sessions == 1
        assert all_are(recorder, Quality.GOOD)


async def test_nodes_of_a_namespace_that_comes_later_are_found(
    proxy: OpcUaProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A controller's program has its own namespace, and may be loaded after the server has started."""
    monkeypatch.setattr("setpoint.sources.opcua.source.TRY_AGAIN_EVERY_S", 0.3)
    monkeypatch.setattr("setpoint.sources.opcua.source._ASK_EVERY_S", 0.2)
    is_loaded = False

    def hide_namespace(response: Any) -> None:
        for data in response.Results if isinstance(response, ua.ReadResponse) and not is_loaded else ():
            if isinstance(spaces := data.Value and data.Value.Value, list) and SPACE in spaces:
                data.Value = ua.Variant([each for each in spaces if each != SPACE])

    proxy.response_changes = [hide_namespace]
    text = plant_text("asyncua", proxy.endpoint).replace("ns=2;", f"nsu={SPACE};")
    source, recorder = source_of(parse_plant(text)), Recorder()
    await source.start(recorder)
    try:
        await recorder.until(lambda: all_are(recorder, Quality.BAD))
        assert "check its spelling and its namespace" in recorder.reason["m_401"]
        is_loaded = True
        await recorder.until(lambda: all_are(recorder, Quality.GOOD))
        await source.write([Write("t", "m_401", "targetSpeed", 1500)])
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 1500)
        assert proxy.sessions == 1
    finally:
        await source.stop()
