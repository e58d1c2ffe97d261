"""The source requests a rebirth at once, then more and more rarely, and never of all nodes at the same time."""

from __future__ import annotations

from setpoint.sources.sparkplug.node import EdgeNode
from setpoint.sources.sparkplug.rebirth import AT_ONCE, LONGEST_PAUSE_S, Rebirths


def test_a_node_that_does_not_answer_is_asked_less_and_less_often() -> None:
    rebirths, node = Rebirths(), EdgeNode("G", "N")
    instants = [now / 4 for now in range(4 * 600) if list(rebirths.due([node], now / 4))]
    assert instants[:4] == [0.0, 5.0, 15.0, 35.0]
    assert instants[-1] - instants[-2] == LONGEST_PAUSE_S


def test_a_node_that_is_born_and_loses_messages_at_once_has_to_wait_as_well() -> None:
    rebirths, node = Rebirths(), EdgeNode("G", "N")
    count = 0
    for now in range(4 * 300):
        node.is_born, node.wants_rebirth = True, "messages were lost"
        count += len(list(rebirths.due([node], now / 4)))
    assert count <= 8, "in five minutes"


def test_a_node_that_is_well_is_not_asked() -> None:
    node = EdgeNode("G", "N")
    node.is_born = True
    assert not list(Rebirths().due([node], 0.0))


def test_many_nodes_are_asked_a_few_at_a_time() -> None:
    rebirths, nodes = Rebirths(), [EdgeNode("G", str(number)) for number in range(100)]
    assert len(list(rebirths.due(nodes, 0.0))) == AT_ONCE
    found = [node for now in range(1, 20) for node in rebirths.due(nodes, now / 4)]
    assert len(found) == 100 - AT_ONCE
