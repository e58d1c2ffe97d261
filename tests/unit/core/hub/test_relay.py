"""Feeds for gateways: who follows one. There is no feed for what the plant does not have."""

from __future__ import annotations

from tests.unit.core.hub.shell import HubShell

from setpoint.contract.cluster import Ask


def test_a_topic_that_the_plant_does_not_have_has_no_feed() -> None:
    shell = HubShell()
    relay = shell.hub.relay
    assert relay.follow("line:99", "tap", 0) is None
    relay.leave("line:99", "tap", 0)
    assert relay.copy(Ask("line:99"), 1, 0, shell.ts) is None


def test_a_feed_is_copied_from_the_first_that_follows_it_and_leaving_twice_does_no_harm() -> None:
    shell = HubShell()
    relay = shell.hub.relay
    assert relay.copy(Ask("line:01"), 1, 0, shell.ts) is None
    assert relay.follow("line:01", "one", 0) == relay.follow("line:01", "other", 0)
    relay.leave("line:01", "one", 0)
    relay.leave("line:01", "one", 0)
    assert relay.copy(Ask("line:01"), 1, 0, shell.ts) is not None
