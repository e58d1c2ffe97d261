"""Servers that limit, revise, break off, garble and refuse. The source copes, and the machines show their true state.

The server is real. `opcua_proxy` makes it misbehave at the level of messages.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes
from tests.integration.opcua_peer import Peer, start_peer
from tests.integration.opcua_proxy import DROP, OpcUaProxy, fault, grant, replace_114
from tests.integration.opcua_support import press_plant, running, source_of
from tests.integration.source_support import MACHINES, all_are, start_again_quickly
from tests.ports import free_port

from setpoint.contract.values import Quality
from setpoint.core.plant import Answer, Write
from setpoint.errors import SourceError
from setpoint.message import message_of
from setpoint.sources.opcua.browse import walk
from setpoint.sources.opcua.config import OpcUaSettings
from setpoint.sources.opcua.connection import connect
from setpoint.sources.supervision import BETWEEN_STARTS_S
from setpoint.testing import Recorder
from setpoint.testing.patience import patient


@pytest.fixture(scope="module")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    with start_peer("asyncua", tmp_path_factory.mktemp("peer")) as peer:
        yield peer


@pytest.fixture
async def proxy(controller: Peer) -> AsyncIterator[OpcUaProxy]:
    controller.reset()
    async with OpcUaProxy(int(controller.endpoint.rpartition(":")[2])) as proxy:
        yield proxy


def _shows(recorder: Recorder, speed: float) -> bool:
    return recorder.state["m_401"]["speed"] == speed


def too_many(kind: type[Any], items: str, limit: int) -> Callable[[Any], Any]:
    """Makes the server refuse more than ``limit`` items at once, without stating this limit."""

    def answer(request: Any) -> Any:
        is_over = isinstance(request, kind) and len(getattr(request.Parameters, items)) > limit
        return fault(StatusCodes.BadTooManyOperations) if is_over else None

    return answer


async def test_a_limit_that_shows_only_by_a_refusal_is_found_by_halves_and_remembered(
    proxy: OpcUaProxy,
) -> None:
    proxy.answers = [
        too_many(ua.CreateMonitoredItemsRequest, "ItemsToCreate", 3),
        too_many(ua.ReadRequest, "NodesToRead", 6),
        too_many(ua.WriteRequest, "NodesToWrite", 1),
    ]
    async with running(proxy) as (source, recorder):
        await source.write([Write("t", machine, "targetSpeed", 1500) for machine in sorted(MACHINES)])
        await recorder.until(lambda: [each.answer for each in recorder.answers] == [Answer.TAKEN] * 2)
        proxy.requests.clear()
        proxy.cut()
        await recorder.until(lambda: all_are(recorder, Quality.STALE))
        await recorder.until(lambda: all_are(recorder, Quality.GOOD), within_s=5)
        sizes = [
            len(each.Parameters.ItemsToCreate) for each in proxy.requests_of(ua.CreateMonitoredItemsRequest)
        ]
        assert max(sizes) <= 3, "the size that passed is remembered on the next connection"


async def test_browsing_follows_what_the_server_gives_in_parts_to_the_end(proxy: OpcUaProxy) -> None:
    remaining: dict[bytes, list[Any]] = {}

    def cut_references(response: Any) -> None:
        if isinstance(response, ua.BrowseResponse):
            for number, result in enumerate(response.Results):
                if len(result.References) > 2:
                    point = f"{len(remaining)} {number}".encode()
                    remaining[point], result.References = result.References[2:], result.References[:2]
                    result.ContinuationPoint = point

    def send_next_part(request: Any) -> Any:
        if not isinstance(request, ua.BrowseNextRequest):
            return None
        answer = ua.BrowseNextResponse()
        [point] = request.Parameters.ContinuationPoints
        left = remaining.pop(point)
        result = ua.BrowseResult(References=left[:2])
        if left[2:] and not request.Parameters.ReleaseContinuationPoints:
            remaining[point], result.ContinuationPoint = left[2:], point
        answer.Parameters.Results = [result]
        return answer

    async with connect(OpcUaSettings(proxy.endpoint), {}) as session:
        whole = {each.node for each in await walk(session)}
    proxy.response_changes, proxy.answers = [cut_references], [send_next_part]
    async with connect(OpcUaSettings(proxy.endpoint), {}) as session:
        assert {each.node for each in await walk(session)} == whole
    assert not remaining, "every continuation point was followed to its end"


async def test_browsing_that_the_server_breaks_off_is_an_error_and_never_half_a_plant(
    proxy: OpcUaProxy,
) -> None:
    def add_continuation_point(response: Any) -> None:
        if isinstance(response, ua.BrowseResponse):
            response.Results[0].ContinuationPoint = b"more"

    def refuse_continuation(request: Any) -> Any:
        if not isinstance(request, ua.BrowseNextRequest):
            return None
        answer = ua.BrowseNextResponse()
        code = ua.StatusCode(ua.UInt32(StatusCodes.BadContinuationPointInvalid))
        answer.Parameters.Results = [ua.BrowseResult(code)]
        return answer

    proxy.response_changes, proxy.answers = [add_continuation_point], [refuse_continuation]
    async with connect(OpcUaSettings(proxy.endpoint), {}) as session:
        with pytest.raises(SourceError, match="breaks off while it is browsed: BadContinuationPointInvalid"):
            await walk(session)


async def test_no_browse_request_has_a_time_stamp_for_the_view(proxy: OpcUaProxy) -> None:
    async with connect(OpcUaSettings(proxy.endpoint), {}) as session:
        await walk(session)
    views = {each.Parameters.View.Timestamp.year for each in proxy.requests_of(ua.BrowseRequest)}
    assert views == {1601}, "1601 is the null time of OPC UA"


def without_keep_alives(response: Any) -> float:
    """Holds keep-alives back, like a server that promised one only every 15 s."""
    is_empty = isinstance(response, ua.PublishResponse) and not (
        response.Parameters.NotificationMessage.NotificationData
    )
    return 15.0 if is_empty else 0.0


@pytest.mark.rule("SAFE-4")
async def test_a_keep_alive_revised_to_15_seconds_keeps_its_connection_and_is_still_watched(
    proxy: OpcUaProxy, controller: Peer
) -> None:
    proxy.response_changes = [grant(RevisedMaxKeepAliveCount=60)]
    async with running(proxy) as (_, recorder):
        reports_before = len(recorder.reports)
        await asyncio.sleep(4)
        assert proxy.sessions == 1
        assert {report.quality for report in recorder.reports[reports_before:]} == {Quality.GOOD}
        controller.freeze()
        try:
            await recorder.until(lambda: all_are(recorder, Quality.STALE), within_s=4.0)
        finally:
            controller.thaw()
        await recorder.until(lambda: all_are(recorder, Quality.GOOD), within_s=3.0)


@pytest.mark.rule("SAFE-4")
async def test_a_server_that_promises_keep_alives_and_sends_none_is_watched_by_its_own_time(
    proxy: OpcUaProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The crate ``opcua`` 0.12 does that. Machines with constant values were STALE for ever."""
    start_again_quickly(monkeypatch)
    monkeypatch.setattr("setpoint.sources.opcua.subscriptions.SILENCE_MARGIN_S", 0.2)
    monkeypatch.setattr("setpoint.sources.opcua.source._ASK_EVERY_S", 0.05)

    def disable_keep_alives(request: Any) -> None:
        if isinstance(request, ua.CreateSubscriptionRequest):
            request.Parameters.RequestedMaxKeepAliveCount = ua.UInt32(10_000)
            request.Parameters.RequestedLifetimeCount = ua.UInt32(40_000)

    proxy.request_changes, proxy.response_changes = [disable_keep_alives], [grant(RevisedMaxKeepAliveCount=1)]
    async with running(proxy) as (_, recorder):
        await recorder.until(lambda: "sends none" in recorder.reason["m_401"])
        await recorder.until(lambda: proxy.sessions == 2 and all_are(recorder, Quality.GOOD))
        last = proxy.requests_of(ua.CreateMonitoredItemsRequest)[-1].Parameters.ItemsToCreate
        assert [each.ItemToMonitor.NodeId.Identifier for each in last] == [
            ua.ObjectIds.Server_ServerStatus_CurrentTime
        ]


async def test_a_set_point_of_a_slow_publisher_is_read_back_before_the_target_is_given_up(
    proxy: OpcUaProxy,
) -> None:
    is_held = False

    def publish_late(response: Any) -> float:
        return 6.0 if is_held and isinstance(response, ua.PublishResponse) else 0.0

    proxy.response_changes = [grant(RevisedPublishingInterval=6_000.0, RevisedMaxKeepAliveCount=10)]
    async with running(proxy) as (source, recorder):
        is_held, proxy.delay_s = True, publish_late
        await source.write([Write("t", "m_401", "targetSpeed", 1500)])
        # The delayed publication holds up only later messages. Reads before it pass.
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 1500, within_s=3.0)


@pytest.mark.parametrize("habit", ["counts keep-alives", "repeats the last", "sends none"])
async def test_keep_alives_with_nonstandard_numbers_are_accepted(
    proxy: OpcUaProxy, controller: Peer, habit: str
) -> None:
    used = 0

    def renumber(response: Any) -> None:
        nonlocal used
        if not isinstance(response, ua.PublishResponse):
            return
        message = response.Parameters.NotificationMessage
        if message.NotificationData:
            message.SequenceNumber += used if habit == "counts keep-alives" else 0
        elif habit == "counts keep-alives":
            message.SequenceNumber += used
            used += 1
        elif habit == "repeats the last":
            message.SequenceNumber -= 1
        else:
            message.SequenceNumber = 0

    def refuse_republish(request: Any) -> Any:
        is_republish = isinstance(request, ua.RepublishRequest)
        return fault(StatusCodes.BadMessageNotAvailable) if is_republish else None

    proxy.response_changes, proxy.answers = [renumber], [refuse_republish]
    async with running(proxy) as (source, recorder):
        for turn in range(3):
            await asyncio.sleep(1.2)
            controller.set(Press401__Speed=float(turn))
            await recorder.until(partial(_shows, recorder, float(turn)))
        assert proxy.sessions == 1
        assert source.statistics.gaps == 0


async def test_a_message_that_was_really_missed_replaces_the_connection(
    proxy: OpcUaProxy, controller: Peer
) -> None:
    is_dropping = True

    def skip_numbers(response: Any) -> None:
        nonlocal is_dropping
        if (
            isinstance(response, ua.PublishResponse)
            and response.Parameters.NotificationMessage.NotificationData
        ):
            response.Parameters.NotificationMessage.SequenceNumber += 5 * (not is_dropping)

    proxy.response_changes = [skip_numbers]
    async with running(proxy) as (source, recorder):
        is_dropping = False
        controller.set(Press401__Speed=7.0)
        await recorder.until(lambda: source.statistics.gaps > 0)
        is_dropping = True
        await recorder.until(lambda: all_are(recorder, Quality.STALE))
        await recorder.until(lambda: all_are(recorder, Quality.GOOD), within_s=5)
        assert recorder.state["m_401"]["speed"] == 7


async def test_a_server_that_refuses_after_the_session_gets_one_session_in_two_seconds_and_shows_a_reason(
    proxy: OpcUaProxy,
) -> None:
    proxy.answers = [
        lambda request: (
            fault(StatusCodes.BadTooManySubscriptions)
            if isinstance(request, ua.CreateSubscriptionRequest)
            else None
        )
    ]
    async with running(proxy, is_good=False) as (_, recorder):
        await recorder.until(lambda: all_are(recorder, Quality.NEVER_SEEN))
        before, began = proxy.sessions, time.monotonic()
        await asyncio.sleep(4.5)
        assert proxy.sessions - before <= (time.monotonic() - began) / BETWEEN_STARTS_S + 1
        assert "BadTooManySubscriptions" in recorder.reason["m_401"]


async def test_the_reason_for_a_missing_connection_can_be_in_another_language() -> None:
    source, recorder = source_of(press_plant("asyncua", f"opc.tcp://127.0.0.1:{free_port()}")), Recorder()
    await source.start(recorder)
    try:
        await recorder.until(lambda: bool(recorder.reason.get("m_401")))
        assert message_of(recorder.reason["m_401"]) is not None
    finally:
        await source.stop()


async def test_the_source_waits_for_a_session_that_takes_long_to_open(proxy: OpcUaProxy) -> None:
    proxy.delay_s = lambda response: 4.5 if isinstance(response, ua.CreateSessionResponse) else 0.0
    async with running(proxy, is_good=False) as (_, recorder):
        await recorder.until(lambda: all_are(recorder, Quality.GOOD), within_s=9)


async def test_the_time_limit_of_a_session_is_a_setting(proxy: OpcUaProxy) -> None:
    proxy.delay_s = lambda response: 1.5 if isinstance(response, ua.CreateSessionResponse) else 0.0
    async with running(proxy, is_good=False, settings="connect_timeout_ms = 500") as (_, recorder):
        await recorder.until(lambda: all_are(recorder, Quality.NEVER_SEEN))
        await recorder.until(lambda: "does not answer" in recorder.reason["m_401"], within_s=4)


@pytest.mark.rule("SAFE-4")
async def test_the_servers_own_state_holds_for_each_of_its_machines(proxy: OpcUaProxy) -> None:
    state = 0

    def set_state(response: Any) -> None:
        if isinstance(response, ua.ReadResponse) and len(response.Results) == 2:
            response.Results[0] = ua.DataValue(ua.Variant(state, ua.VariantType.Int32))

    proxy.response_changes = [set_state]
    async with running(proxy) as (_, recorder):
        state = 1
        await recorder.until(lambda: all_are(recorder, Quality.BAD))
        assert recorder.reason["m_402"] == "the server reports its own state as Failed"
        state = 3
        await recorder.until(lambda: all_are(recorder, Quality.STALE))
        state = 0
        await recorder.until(lambda: all_are(recorder, Quality.GOOD))
        assert proxy.sessions == 1


async def test_namespaces_that_change_replace_the_connection(proxy: OpcUaProxy) -> None:
    is_changed = False

    def change_namespaces(response: Any) -> None:
        if is_changed and isinstance(response, ua.ReadResponse) and len(response.Results) == 2:
            response.Results[1] = ua.DataValue(ua.Variant(["urn:other", "http://opcfoundation.org/UA/"]))

    proxy.response_changes = [change_namespaces]
    async with running(proxy) as (_, recorder):
        is_changed = True
        await recorder.until(lambda: "changed its namespaces" in recorder.reason["m_401"])
        is_changed = False
        await recorder.until(lambda: all_are(recorder, Quality.GOOD), within_s=5)


@pytest.mark.rule("SAFE-6")
async def test_a_node_that_appears_later_is_asked_for_again(
    proxy: OpcUaProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setpoint.sources.opcua.source.TRY_AGAIN_EVERY_S", 0.5)
    is_missing = True

    def remove_node(response: Any) -> None:
        if is_missing and isinstance(response, ua.CreateMonitoredItemsResponse):
            response.Results[0].StatusCode = ua.StatusCode(ua.UInt32(StatusCodes.BadNodeIdUnknown))

    proxy.response_changes = [remove_node]
    async with running(proxy, is_good=False) as (_, recorder):
        why = "speed: BadNodeIdUnknown"
        await recorder.until(lambda: any(why in report.reason for report in recorder.reports), within_s=8)
        is_missing = False
        await recorder.until(lambda: all_are(recorder, Quality.GOOD), within_s=5)


@pytest.mark.parametrize(
    "garbage",
    [
        bytes((13, *(255,) * 8)),  # a time after the year 9999
        bytes((22, 1, 3, 99, 9, 1, 4, 0, 0, 0, 1, 2, 3, 4)),  # a structure that nobody knows
        bytes((21, 2, 2, 0, 0, 0, 0xFF, 0xFE)),  # a text that is no UTF-8
    ],
)
async def test_an_unreadable_value_does_not_affect_its_neighbours(
    proxy: OpcUaProxy, controller: Peer, garbage: bytes
) -> None:
    proxy.spoil = replace_114(garbage)
    async with running(proxy) as (_, recorder):
        controller.set(Press401__Speed=114.0, Press402__Speed=7.0)
        await recorder.until(lambda: recorder.state["m_402"]["speed"] == 7)
        await recorder.until(lambda: recorder.state["m_401"]["speed"] is None)
        assert recorder.quality["m_402"] is Quality.GOOD
        controller.set(Press401__Speed=8.0)
        await recorder.until(lambda: recorder.state["m_401"]["speed"] == 8)
        assert proxy.sessions == 1


async def test_a_publication_that_breaks_off_is_one_lost_connection_and_then_one_bad_node(
    proxy: OpcUaProxy, controller: Peer
) -> None:
    is_spoiling = False

    def cut_publication(kind: str, body: bytes) -> bytes:
        has_marker = b"\x0b\x00\x00\x00\x00\x00\x80\x5c\x40" in body
        return body[:-20] if is_spoiling and kind == "PublishResponse" and has_marker else body

    proxy.spoil = cut_publication
    async with running(proxy) as (_, recorder):
        is_spoiling = True
        controller.set(Press401__Speed=114.0)
        await recorder.until(lambda: "breaks off or is malformed" in recorder.reason["m_402"])
        is_spoiling = False
        await recorder.until(lambda: all_are(recorder, Quality.GOOD), within_s=5)


async def test_publishing_that_the_server_answers_with_a_time_out_goes_on(
    proxy: OpcUaProxy, controller: Peer
) -> None:
    left = 3

    def answer_time_out(request: Any) -> Any:
        nonlocal left
        if isinstance(request, ua.PublishRequest) and left:
            left -= 1
            return fault(StatusCodes.BadTimeout)
        return None

    proxy.answers = [answer_time_out]
    async with running(proxy) as (_, recorder):
        controller.set(Press401__Speed=9.0)
        await recorder.until(lambda: recorder.state["m_401"]["speed"] == 9)
        assert proxy.sessions == 1


@pytest.mark.rule("CMD-3")
async def test_an_answer_to_a_write_that_is_short_of_items_leaves_all_of_them_unknown(
    proxy: OpcUaProxy,
) -> None:
    def drop_results(response: Any) -> None:
        if isinstance(response, ua.WriteResponse):
            response.Results = response.Results[:1]

    proxy.response_changes = [drop_results]
    async with running(proxy) as (source, recorder):
        await source.write([Write("t", machine, "targetSpeed", 1500) for machine in sorted(MACHINES)])
        await recorder.until(lambda: len(recorder.answers) == 2)
        assert {each.answer for each in recorder.answers} == {Answer.UNKNOWN}


@pytest.mark.rule("CMD-3")
async def test_a_write_that_the_server_never_answers_is_unknown_after_three_seconds_and_stopping_is_quick(
    proxy: OpcUaProxy,
) -> None:
    proxy.answers = [lambda request: DROP if isinstance(request, ua.WriteRequest) else None]
    async with running(proxy) as (source, recorder):
        await source.write([Write("t", "m_401", "targetSpeed", 1500)])
        await recorder.until(lambda: recorder.answer("t") is Answer.UNKNOWN, within_s=4)
        await source.write([Write("u", "m_401", "targetSpeed", 1501)])
        async with asyncio.timeout(patient(3)):
            await source.stop()
        assert recorder.answer("u") is Answer.UNKNOWN


async def test_more_nodes_than_the_server_has_room_for_say_what_to_do(
    proxy: OpcUaProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse_last_item(response: Any) -> None:
        if isinstance(response, ua.CreateMonitoredItemsResponse):
            response.Results[-1].StatusCode = ua.StatusCode(ua.UInt32(StatusCodes.BadTooManyMonitoredItems))

    proxy.response_changes = [refuse_last_item]
    async with running(proxy):
        assert "map fewer, lower machines_per_subscription" in capsys.readouterr().out


async def test_many_servers_that_are_away_are_tried_for_ever_and_logged_in_at_most_24_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, recorder = source_of(press_plant("asyncua", "opc.tcp://127.0.0.1:9")), Recorder()
    await source.start(recorder)
    try:
        await recorder.until(lambda: len(recorder.reports) >= 4, within_s=6)
    finally:
        await source.stop()
    assert capsys.readouterr().out.count("opcua.lost") <= 1
