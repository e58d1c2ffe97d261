"""The end of a subscription, whatever status code the server uses."""

from __future__ import annotations

import time

import pytest
from asyncua.ua.status_codes import StatusCodes

from setpoint.errors import SourceError
from setpoint.sources.opcua.notifications import Published
from setpoint.sources.opcua.session import Session
from setpoint.sources.opcua.settings import OpcUaSettings
from setpoint.sources.opcua.subscriptions import Subscription, Subscriptions


def subscriptions() -> Subscriptions:
    session = Session.__new__(Session)
    session.endpoint = "opc.tcp://peer:4840"
    found = Subscriptions(session, OpcUaSettings("opc.tcp://peer:4840"), lambda _: None)
    found.all[7] = Subscription(7, [], 1.0, 0.25, time.monotonic())
    return found


@pytest.mark.parametrize(
    "status",
    [StatusCodes.BadTimeout, StatusCodes.GoodSubscriptionTransferred],
    ids=["ended", "given to another session"],
)
def test_a_subscription_that_is_not_ours_any_more_ends_the_connection(status: int) -> None:
    with pytest.raises(SourceError, match="ended") as error:
        subscriptions()._take(Published(0, 7, 1, [], closed=status))
    assert error.value.code == "subscription"


def test_a_good_status_and_the_end_of_another_subscription_change_nothing() -> None:
    found = subscriptions()
    found._take(Published(0, 7, 1, [], closed=0))
    found._take(Published(0, 8, 1, [], closed=StatusCodes.BadTimeout))
    assert 7 in found.all
