"""Messages to other systems: only administrators of the whole plant can see them and send them again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.security.sign_in_server import SignInServer, serving

from setpoint.contract.http.deliveries import DeliveryState
from setpoint.contract.http.machines import Event, EventKind
from setpoint.core.events import EventChanges
from setpoint.core.notify import Subscription
from setpoint.persistence.deliveries import SqlDeliveries


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SignInServer]:
    """A server with one message that it gave up."""
    async with serving(tmp_path) as running:
        await running.add("ada", "admin")
        await running.add("lena", "admin", "01")
        await running.add("otto", "operator")
        deliveries = SqlDeliveries(running.persistence.database, lambda: "msg_1")
        await deliveries.collect("mes", Subscription(), 0.0)
        await running.persistence.store_events(EventChanges((Event(EventKind.OFFLINE, "m_401", 5.0, "01"),)))
        await deliveries.collect("mes", Subscription(), 0.0)
        [message] = await deliveries.due("mes", 0.0, 5)
        await deliveries.note(message.id, DeliveryState.FAILED, "HTTP 410", tried_at=6.0, next_at=None)
        yield running


async def test_an_administrator_sees_messages_and_sends_one_again_and_the_security_log_says_so(
    server: SignInServer,
) -> None:
    ada = await server.browser("ada")
    [delivery] = (await ada.get("/api/deliveries", params={"status": "failed"})).json()["items"]
    assert (delivery["channel"], delivery["type"], delivery["said"]) == (
        "mes",
        "setpoint.offline",
        "HTTP 410",
    )
    assert (await ada.get("/api/deliveries/channels")).json() == {"channels": {"mes": "https://mes.example"}}
    assert (await ada.post(f"/api/deliveries/{delivery['id']}/again")).status_code == 204
    assert (await ada.post(f"/api/deliveries/{delivery['id']}/again")).status_code == 404
    assert (await ada.get("/api/deliveries", params={"status": "failed"})).json()["items"] == []
    [entry] = (await ada.get("/api/security", params={"event": "message-repeated"})).json()["items"]
    assert (entry["person"], entry["facts"]) == ("ada", {"delivery": str(delivery["id"])})


@pytest.mark.parametrize("name", ["lena", "otto"])
async def test_nobody_else_sees_messages_or_sends_them(server: SignInServer, name: str) -> None:
    browser = await server.browser(name)
    assert (await browser.get("/api/deliveries")).status_code == 403
    assert (await browser.get("/api/deliveries/channels")).status_code == 403
    assert (await browser.post("/api/deliveries/1/again")).status_code == 403


@pytest.mark.parametrize("question", ["status=lost", "cursor=x", "limit=0", "limit=501"])
async def test_a_question_that_makes_no_sense_is_refused(server: SignInServer, question: str) -> None:
    assert (await (await server.browser("ada")).get(f"/api/deliveries?{question}")).status_code == 400


async def test_another_page_cannot_have_a_message_sent_again(server: SignInServer) -> None:
    ada = await server.browser("ada")
    server_in_thread = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert (await ada.post("/api/deliveries/1/again", headers=server_in_thread)).status_code == 403
