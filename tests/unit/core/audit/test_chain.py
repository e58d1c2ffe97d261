"""The audit's chain shows any tampering, and its place."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from setpoint.contract.http.machines import Event, EventKind
from setpoint.core.audit.chain import AuditEntry, Break, Head, append, fact, facts, verify
from setpoint.core.commands import RecordEvents


@pytest.fixture
def chain() -> list[AuditEntry]:
    first = append(Head(), [fact(1.5, "batch", "anna", {"b": 1, "a": [1.0, None]})])
    others = [fact(0.1 + 0.2, "outcomes", "setpoint", []), fact(3.0, "sign_in", "bert", {})]
    return [*first, *append(Head(first[-1].seq, first[-1].hash), others)]


def test_a_chain_that_nobody_touched_holds(chain: list[AuditEntry]) -> None:
    assert verify(chain) is None
    assert verify(chain[1:], start=Head(1, chain[0].hash)) is None
    assert verify([]) is None


def test_payloads_are_canonical() -> None:
    assert fact(1.0, "x", "y", {"b": 1, "a": {"d": 2, "c": 3}}).payload == '{"a":{"c":3,"d":2},"b":1}'


@pytest.mark.parametrize("name", ["at", "kind", "actor", "payload", "hash", "prev_hash"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_edited_entry_is_found(chain: list[AuditEntry], name: str, place: int) -> None:
    value = 9.0 if name == "at" else "f" * 64
    chain[place] = replace(chain[place], **{name: value})
    found = verify(chain)
    assert found is not None
    assert found.seq == place + 1


def test_an_entry_that_was_edited_and_hashed_again_breaks_the_next(chain: list[AuditEntry]) -> None:
    chain[:2] = append(Head(), [fact(1.5, "batch", "eve", {}), *facts(RecordEvents(()))]) + chain[1:2]
    assert verify(chain) == Break(2, "it does not follow from entry 1")


def test_removed_and_moved_entries_are_found(chain: list[AuditEntry]) -> None:
    assert verify([chain[0], chain[2]]) == Break(3, "entry 2 is missing")
    assert verify([chain[0], chain[0], chain[1]]) == Break(1, "it is out of order")
    assert verify([chain[1], chain[0]]) == Break(2, "entry 1 is missing")


def test_a_tail_that_was_cut_off_is_found_by_a_head_kept_elsewhere(chain: list[AuditEntry]) -> None:
    head = Head(chain[-1].seq, chain[-1].hash)
    assert verify(chain, end=head) is None
    assert verify(chain[:2], end=head) == Break(3, "the chain ends at entry 2: the rest was removed")
    rewritten = append(Head(), [fact(1.0, "x", "y", number) for number in range(3)])
    assert verify(rewritten, end=head) == Break(
        3, "it is not the entry that was kept elsewhere: the chain was rewritten"
    )


def test_an_event_of_the_audit_has_its_kind_its_machine_and_its_time() -> None:
    (entry,) = facts(RecordEvents((Event(EventKind.ASSERTED, "m_401", 5.0, "01", status="FAULT"),)))
    assert (entry.kind, entry.actor, entry.at) == ("asserted", "m_401", 5.0)
    assert '"status":"FAULT"' in entry.payload
