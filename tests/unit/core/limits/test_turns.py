"""However much one account requests, others wait only for the work that is under way."""

from __future__ import annotations

from setpoint.core.limits import Turns


def begin_all(turns: Turns[str]) -> list[str]:
    found: list[str] = []
    while (ticket := turns.begin()) is not None:
        found.append(ticket)
    return found


def order_of_turns(turns: Turns[str], costs: dict[str, int]) -> str:
    """Returns the accounts of the tickets in the order of their start, if each ends before the next starts."""
    order = ""
    while tickets := begin_all(turns):
        for ticket in tickets:
            order += ticket
            turns.end(ticket, costs[ticket])
    return order


def test_a_single_request_passes_the_long_line_of_another_account() -> None:
    turns: Turns[str] = Turns(1)
    for _ in range(5):
        turns.join("a", 1, "a")
    assert begin_all(turns) == ["a"]
    turns.join("b", 1, "b")
    turns.end("a", 1)
    assert order_of_turns(turns, {"a": 1, "b": 1}) == "baaa" + "a"


def test_accounts_with_long_lines_take_turns() -> None:
    turns: Turns[str] = Turns(1)
    for account in "abc":
        for _ in range(3):
            turns.join(account, 1, account)
    assert order_of_turns(turns, dict.fromkeys("abc", 1)) == "abcabcabc"


def test_an_account_with_more_expensive_work_gets_fewer_turns() -> None:
    turns: Turns[str] = Turns(1)
    for _ in range(3):
        turns.join("a", 100, "a")
    for _ in range(10):
        turns.join("b", 1, "b")
    assert order_of_turns(turns, {"a": 100, "b": 1}) == "b" * 10 + "aaa"


def test_a_small_request_passes_the_large_ones_of_several_accounts() -> None:
    turns: Turns[str] = Turns(5_000)
    for account in "abcdef":
        turns.join(account, 3_000, account)
    assert begin_all(turns) == ["a"]
    turns.join("g", 20, "g")
    assert begin_all(turns) == ["g"]


def test_large_work_waits_only_for_as_much_small_work_as_it_costs_itself() -> None:
    turns: Turns[str] = Turns(1)
    turns.join("a", 5, "a")
    for _ in range(100):
        turns.join("b", 1, "b")
    assert order_of_turns(turns, {"a": 5, "b": 1}).index("a") == 4


def test_small_work_is_under_way_together_up_to_the_room_and_large_work_alone() -> None:
    turns: Turns[str] = Turns(10)
    turns.join("a", 50, "large")
    assert begin_all(turns) == ["large"], "too large, but nothing else is under way"
    for ticket in ("one", "two", "three"):
        turns.join("b", 4, ticket)
    assert begin_all(turns) == []
    turns.end("a", 50)
    assert begin_all(turns) == ["one", "two"]
    turns.end("b", 4)
    assert begin_all(turns) == ["three"]


def test_one_account_has_only_so_many_under_way() -> None:
    turns: Turns[str] = Turns(each=2)
    for number in range(4):
        turns.join("a", 1, f"a{number}")
    turns.join("b", 1, "b")
    assert sorted(begin_all(turns)) == ["a0", "a1", "b"]
    turns.end("b", 1)
    assert begin_all(turns) == []
    turns.end("a", 1)
    assert begin_all(turns) == ["a2"]


def test_a_ticket_that_leaves_the_line_gets_no_turn() -> None:
    turns: Turns[str] = Turns(1)
    for ticket in ("first", "second", "third"):
        turns.join("a", 1, ticket)
    assert begin_all(turns) == ["first"]
    turns.leave("a", "second")
    turns.end("a", 1)
    assert begin_all(turns) == ["third"]


def test_an_account_that_was_busy_once_is_not_set_back_when_the_line_is_gone() -> None:
    turns: Turns[str] = Turns(1)
    turns.join("a", 1_000, "a")
    assert order_of_turns(turns, {"a": 1_000}) == "a"
    turns.join("a", 1, "a")
    turns.join("b", 1, "b")
    assert order_of_turns(turns, {"a": 1, "b": 1}) == "ab"
    assert (turns._done, turns._lines, turns._running) == ({}, {}, {}), "nobody is remembered"
