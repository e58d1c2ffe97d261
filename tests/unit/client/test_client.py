"""The client with a server that misbehaves on command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import pytest
from tests.unit.client.small_server import SmallServer

from setpoint.client import Client, Phase
from setpoint.contract.live import Position, Subscribe
from setpoint.errors import LinkError, MisuseError, RefusedError
from setpoint.testing.patience import patient


@pytest.fixture
async def server() -> AsyncIterator[SmallServer]:
    async with SmallServer() as server:
        yield server


@pytest.fixture
async def client(server: SmallServer) -> AsyncIterator[Client]:
    async with Client(server.url, user="anna", jitter=lambda: 0.0) as client:
        await client.subscribe("line:01")
        yield client


def speed(client: Client, machine: str = "m_402") -> object:
    return client.view[machine].record["speed"]


@pytest.mark.rule("LINK-1", "SEQ-7")
async def test_a_subscription_is_there_when_subscribe_returns(server: SmallServer, client: Client) -> None:
    assert client.state == "CONNECTED"
    assert speed(client) == 100
    assert not client.is_stale("line:01")
    assert client.is_stale("line:02")


async def test_changes_come_once_for_a_machine_however_often_it_changed(
    server: SmallServer, client: Client
) -> None:
    changes = client.changes()
    first = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)
    for value in (1, 2, 3):
        await server.report("m_402", speed=value)
    await server.report("m_401", speed=9)
    assert await first == "m_402"
    await client.until(lambda: speed(client, "m_401") == 9)
    machines = [await anext(changes)]
    while machines[-1] != "m_401":
        machines.append(await anext(changes))
    assert machines.count("m_402") <= 3
    assert speed(client) == 3
    assert isinstance(changes, AsyncGenerator)
    await changes.aclose()


@pytest.mark.rule("HB-1")
async def test_a_ping_is_answered(server: SmallServer, client: Client) -> None:
    await server.ping()
    await server.signal.until(lambda: server.pongs == 1)


@pytest.mark.rule("SEQ-3", "SEQ-2")
async def test_a_lost_delta_is_found_by_the_next_ping_and_healed(server: SmallServer, client: Client) -> None:
    await server.lose_a_delta("m_402", speed=77)
    await server.ping()
    await client.until(lambda: speed(client) == 77)
    assert client.link.gaps == 1


@pytest.mark.rule("SEQ-4", "LINK-2")
async def test_a_client_resumes_with_its_position_after_its_socket_was_lost(
    server: SmallServer, client: Client
) -> None:
    await server.report("m_402", speed=5)
    await client.until(lambda: speed(client) == 5)
    server.ups.clear()
    await server.drop_sockets()
    await client.until(lambda: client.state == "DISCONNECTED" or client.link.sockets == 2)
    await client.until(lambda: client.state == "CONNECTED" and not client.is_stale("line:01"))
    positions = {up.topic: up.since for up in server.ups if isinstance(up, Subscribe)}
    assert positions["line:01"] == Position("e1", 1)
    assert speed(client) == 5


@pytest.mark.rule("SEQ-5")
async def test_after_a_restart_of_the_server_it_has_the_new_truth(
    server: SmallServer, client: Client
) -> None:
    await server.stop()
    await client.until(lambda: client.state in ("DISCONNECTED", "CONNECTING"))
    assert client.is_stale("line:01")
    server.machines["m_402"]["speed"] = 55
    await server.start()
    await client.until(lambda: client.state == "CONNECTED" and not client.is_stale("line:01"))
    assert speed(client) == 55
    assert client.link.epoch == "e2"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
async def test_a_number_that_json_does_not_have_is_refused_before_it_becomes_null(
    client: Client, value: float
) -> None:
    with pytest.raises(MisuseError, match="expected a number"):
        await client.commit({"m_402": {"targetSpeed": value}})


async def test_a_topic_that_does_not_exist_is_refused_with_the_servers_words(client: Client) -> None:
    with pytest.raises(MisuseError, match=r"no topic 'line:99'; lines are 01"):
        await client.subscribe("line:99")
    assert "line:99" not in client.link.topics
    with pytest.raises(MisuseError, match="a topic such as"):
        await client.subscribe("the left one")


@pytest.mark.rule("LINK-2")
async def test_without_signing_in_a_command_says_so_instead_of_waiting_for_ever(server: SmallServer) -> None:
    server.refuses_sockets_with = 4401
    async with Client(server.url) as client:
        with pytest.raises(LinkError, match="refuses this client"):
            await client.subscribe("line:01")


@pytest.mark.rule("LINK-2", "CODE-1")
async def test_a_proxy_that_refuses_for_a_while_does_not_end_a_program_for_good(server: SmallServer) -> None:
    async with Client(server.url) as client:
        await client.subscribe("line:01")
        server.has_proxy_that_refuses = True
        await server.drop_sockets()
        await client.until(lambda: client.link.sockets == 2 and client.state == "DISCONNECTED")
        server.has_proxy_that_refuses = False
        async with asyncio.timeout(patient(20)):
            await client.until(lambda: client.state == "CONNECTED")


@pytest.mark.rule("CMD-2", "PLANT-1", "SEQ-5")
async def test_the_sign_in_page_of_a_network_is_not_an_answer_of_the_server(server: SmallServer) -> None:
    async with Client(server.url) as client:
        await client.subscribe("line:01")
        server.has_sign_in_page = True
        batch, answered = client.begin({"m_402": {"targetSpeed": 150}})
        await server.drop_sockets()
        await client.until(lambda: client.link.sockets == 2 and client.state == "CONNECTED")
        assert not answered.done()
        server.has_sign_in_page = False
        async with asyncio.timeout(patient(20)):
            assert await batch.done() == {Phase.RECONCILED: 1}


@pytest.mark.rule("LINK-2")
async def test_a_proxy_that_refuses_from_the_beginning_is_reported_at_once(server: SmallServer) -> None:
    server.has_proxy_that_refuses = True
    async with Client(server.url) as client:
        with pytest.raises(LinkError, match="refuses this client"):
            await client.subscribe("line:01")


async def test_no_server_is_a_link_error_that_names_the_address() -> None:
    with pytest.raises(LinkError, match=r"no answer from http://127\.0\.0\.1:9 .*is the server running"):
        async with Client("http://127.0.0.1:9"):
            pass


async def test_a_client_that_is_not_open_says_how_to_open_it() -> None:
    with pytest.raises(MisuseError, match="async with"):
        _ = Client().plant


@pytest.mark.rule("TX-2", "TX-3")
async def test_a_commit_is_followed_to_its_outcome(server: SmallServer, client: Client) -> None:
    batch = await client.commit(
        {"m_402": {"targetSpeed": 150}, "m_401": {"targetSpeed": 160}}, reason="trial"
    )
    ended = {target.machine: target.phase async for target in batch}
    assert ended == {"m_402": Phase.RECONCILED, "m_401": Phase.RECONCILED}
    assert await batch.done() == {Phase.RECONCILED: 2}
    assert client.view["m_402"].record["targetSpeed"] == 150
    assert not client.view["m_402"].is_optimistic
    assert server.posts[0]["reason"] == "trial"


@pytest.mark.rule("TIER-4", "TX-1")
async def test_a_target_is_shown_at_once_beside_the_machines_own_value(
    server: SmallServer, client: Client
) -> None:
    batch, answered = client.begin({"m_402": {"targetSpeed": 150}})
    overlay = client.view["m_402"].overlays["targetSpeed"]
    assert (overlay.value, overlay.server, overlay.phase) == (150, 100, Phase.INFLIGHT)
    assert await answered is None
    await batch.done()


@pytest.mark.rule("SAFE-3")
async def test_a_blocked_target_says_why(server: SmallServer, client: Client) -> None:
    server.next_post = "block"
    batch = await client.commit({"m_402": {"targetSpeed": 150}})
    (target,) = [target async for target in batch]
    assert target.phase is Phase.FAILED
    assert "EMERGENCY_STOP since" in (target.message or "")


async def test_a_batch_that_is_refused_as_a_whole_raises(server: SmallServer, client: Client) -> None:
    server.next_post = "refuse"
    with pytest.raises(RefusedError, match="a reason is needed") as caught:
        await client.commit({"m_402": {"targetSpeed": 150}})
    assert (caught.value.status, caught.value.code) == (422, "needs-reason")
    assert not client.view["m_402"].is_optimistic


@pytest.mark.rule("CMD-2")
async def test_a_post_is_sent_again_under_the_same_tx_id_when_the_server_is_in_trouble(
    server: SmallServer, client: Client
) -> None:
    server.next_post = "be in trouble once"
    batch = await client.commit({"m_402": {"targetSpeed": 150}})
    assert await batch.done() == {Phase.RECONCILED: 1}
    assert [post["txId"] for post in server.posts] == [batch.tx_id] * 2


@pytest.mark.rule("CMD-8", "SEQ-5")
async def test_a_refusal_of_a_repeated_commit_does_not_count_for_the_first_one(
    server: SmallServer, client: Client
) -> None:
    server.next_post = "take it, then refuse"
    batch, answered = client.begin({"m_402": {"targetSpeed": 150}})
    assert await answered is None
    async with asyncio.timeout(patient(5)):
        await client.until(lambda: [each.phase for each in batch.targets] == [Phase.CONFIRMED])
    assert len(server.posts) == 2


@pytest.mark.rule("TX-3")
async def test_the_echo_settles_a_commit_whose_answer_never_comes(
    server: SmallServer, client: Client
) -> None:
    server.next_post = "lose the answer"
    batch, answered = client.begin({"m_402": {"targetSpeed": 150}})
    async with asyncio.timeout(patient(5)):
        assert await batch.done() == {Phase.RECONCILED: 1}
    assert not answered.done()


@pytest.mark.rule("LOCK-3")
async def test_silence_is_unknown_after_ten_seconds_and_a_query_settles_it(
    server: SmallServer,
) -> None:
    jump = 0

    def now_ms() -> int:
        return int(asyncio.get_running_loop().time() * 1000) + jump

    async with Client(server.url, now_ms=now_ms) as client:
        await client.subscribe("line:01")
        server.next_post = "keep silent"
        batch = await client.commit({"m_402": {"targetSpeed": 150}})
        assert not batch.is_done
        jump = 10_001
        await server.report("m_401", speed=1)
        (target,) = [target async for target in batch]
        assert target.phase is Phase.UNKNOWN
        assert client.view["m_402"].record["targetSpeed"] == 100


async def test_leaving_while_a_commit_is_under_way_ends_at_once(server: SmallServer) -> None:
    server.next_post = "lose the answer"
    async with asyncio.timeout(patient(5)), Client(server.url) as client:
        _, answer = client.begin({"m_402": {"targetSpeed": 150}})
    assert answer.cancelled()
