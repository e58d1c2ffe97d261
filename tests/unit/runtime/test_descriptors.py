"""The server promises no more sockets than the operating system gives it."""

from __future__ import annotations

import pytest

from setpoint.runtime.descriptors import KEPT_BACK, fitting
from setpoint.server.edge.listener import ListenerLimits
from setpoint.server.live import SERVED


@pytest.mark.parametrize("descriptors", [1_024, 4_096, 20_000, 26_000])
def test_all_sockets_together_and_what_the_server_needs_itself_fit(descriptors: int) -> None:
    crowd, listener = fitting(SERVED, ListenerLimits(), descriptors=descriptors)
    assert 0 < crowd.in_all + listener.max_connections <= descriptors - KEPT_BACK
    assert (crowd.an_address, crowd.a_person) == (SERVED.an_address, SERVED.a_person)


def test_if_there_are_enough_descriptors_the_limits_stay_as_they_were_set() -> None:
    assert fitting(SERVED, ListenerLimits(), descriptors=65_536 * 2) == (SERVED, ListenerLimits())
