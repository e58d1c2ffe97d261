"""Replaying the audit against the tables reports every difference, and nothing else."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from setpoint.contract.http.batches import BatchKind, BatchRequest
from setpoint.contract.http.machines import Event, EventKind, FieldRev
from setpoint.contract.live import By, ByKind, Outcome
from setpoint.core.accounts import Account
from setpoint.core.approval.approvals import PendingApproval, held_fact
from setpoint.core.audit.chain import Fact, Head, append, fact
from setpoint.core.audit.replay import MAX_TOLD, Difference, Replay
from setpoint.core.audit.retention import Anchor
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.plant import Person, Role

ITEM = ItemRecord("t1", "m_401", "targetSpeed", 150, Outcome.PENDING, 1.0)
APPLIED = replace(ITEM, outcome=Outcome.APPLIED, at=2.0)
BATCH = BatchRecord("t1", "anna", 1.0, "d", (ITEM,))
STOP = Event(EventKind.ASSERTED, "m_401", 3.0, line="01", status="FAULT")


def audit() -> list[Fact]:
    people = [
        {"event": "set-up", "account": "root"},
        {"event": "account-added", "account": "anna", "rights": "operator"},
        {"event": "rights-changed", "account": "anna", "after": "viewer"},
        {"event": "account-disabled", "account": "anna"},
        {"event": "account-disabled", "account": "root"},
        {"event": "account-enabled", "account": "root"},
        {"event": "signed-in", "account": "anna"},
    ]
    return [
        *(fact(0.0, "access", "root", each) for each in people),
        fact(1.0, "batch", "anna", BATCH),
        fact(2.0, "outcomes", "setpoint", [APPLIED]),
        fact(3.0, STOP.kind, STOP.machine, STOP),
        fact(4.0, "a kind of a later version", "", {}),
    ]


def replay() -> Replay:
    result = Replay()
    for entry in append(Head(), audit()):
        result.take(entry)
    return result


def account(name: str, role: Role, *, is_disabled: bool = False) -> Account:
    return Account(name, {"*": role}, 0.0, is_disabled=is_disabled)


def compare(result: Replay, name: str, role: Role, *, is_disabled: bool) -> None:
    result.access.account(account(name, role, is_disabled=is_disabled), "")


def compare_all(result: Replay) -> Replay:
    """Compares the replay with the tables that the audit implies."""
    result.batch(BATCH)
    result.item(APPLIED)
    assert result.event(STOP)
    result.access.account(account("root", Role.ADMIN), "")
    result.access.account(account("anna", Role.VIEWER, is_disabled=True), "")
    return result


def test_tables_that_agree_with_the_audit_have_no_differences() -> None:
    result = compare_all(replay())
    result.file(hashlib.sha256(b"x").hexdigest(), b"x")
    result.end()
    assert (result.total, result.differences) == (0, [])


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda result: result.batch(replace(BATCH, person="ben")), "batch t1 is not what the audit says"),
        (lambda result: result.batch(replace(BATCH, tx_id="t2")), "batch t2 is not in the audit"),
        (lambda result: result.item(ITEM), "batch t1, m_401 targetSpeed is not what the audit says"),
        (
            lambda result: result.event_differs(1, STOP, is_so=result.event(replace(STOP, cause="rope"))),
            "event 1 (asserted of m_401) is not what the audit says",
        ),
        (
            lambda result: result.event_differs(1, STOP, is_listed=False),
            "event 1 (asserted of m_401) is not listed under its kind, machine, line, instant and person",
        ),
        (lambda result: compare(result, "eve", Role.ADMIN, is_disabled=False), "account eve was not added by anybody"),
        (lambda result: compare(result, "anna", Role.ADMIN, is_disabled=True), "is admin; by the audit it is viewer"),
        (lambda result: compare(result, "anna", Role.VIEWER, is_disabled=False), "is enabled; by the audit it is not"),
        (lambda result: compare(result, "root", Role.ADMIN, is_disabled=True), "is disabled; by the audit it is not"),
        (lambda result: result.file("0" * 64, b"x"), "does not have the bytes that it was kept with"),
    ],
)  # fmt: skip
def test_a_record_that_was_changed_behind_the_audit_is_reported(
    check: Callable[[Replay], None], message: str
) -> None:
    result = replay()
    check(result)
    [found] = result.differences
    assert message in f"{found.what} {found.how}"


def test_records_that_the_tables_lost_are_reported_by_name() -> None:
    result = replay()
    result.end()
    missing = ["batch t1", "batch t1, m_401 targetSpeed", "of the events, 1", "account root", "account anna"]
    assert result.differences == [Difference(each, "is missing") for each in missing]


def test_a_duplicate_event_is_reported() -> None:
    result = compare_all(replay())
    assert not result.event(STOP)


def test_many_differences_are_counted_and_the_first_are_listed() -> None:
    result = Replay()
    for number in range(MAX_TOLD + 5):
        result.batch(replace(BATCH, tx_id=str(number)))
    assert (result.total, len(result.differences)) == (MAX_TOLD + 5, MAX_TOLD)


# Revs, and what waits

CHANGED = Event(
    EventKind.DEVICE_CHANGE,
    "m_401",
    5.0,
    line="01",
    field="mode",
    tx_id="device:m_401:mode:4",
    value="RUN",
    rev=4,
)
REQUEST = BatchRequest("t9", {"m_401": {"targetSpeed": 150}}, reason="trial")
WAITS = PendingApproval(REQUEST, Person("anna", {"*": Role.OPERATOR}), BatchKind.COMMIT, None, 6.0, 606.0)


def with_revs() -> Replay:
    accepted = replace(BATCH, items=(replace(ITEM, rev=7),))
    refused = replace(ITEM, tx_id="t2", rev=9, outcome=Outcome.CONFLICT)
    recorded = [
        fact(1.0, "batch", "anna", accepted),
        fact(2.0, "batch", "bert", replace(BATCH, tx_id="t2", person="bert", items=(refused,))),
        fact(5.0, CHANGED.kind, CHANGED.machine, CHANGED),
        held_fact("held", WAITS, WAITS.person, 6.0),
    ]
    result = Replay()
    for entry in append(Head(), recorded):
        result.take(entry)
    return result


def by(name: str, kind: ByKind = ByKind.OPERATOR) -> By:
    return By(kind, name)


@pytest.mark.parametrize(
    ("rev", "how"),
    [
        (FieldRev("m_401", "targetSpeed", 7, 7, by("anna"), 1.0), None),
        (FieldRev("m_401", "targetSpeed", 8, 7, by("FAULT", ByKind.SAFETY), 1.0), None),
        (FieldRev("m_401", "mode", 4, 4, by("m:401", ByKind.DEVICE), 5.0), None),
        (FieldRev("m_401", "targetSpeed", 6, 6, by("anna"), 1.0), "is 6; the audit tells of 7"),
        (FieldRev("m_401", "targetSpeed", 7, 7, by("eve"), 1.0), "is by eve; by the audit it is by anna"),
        (FieldRev("m_401", "mode", 4, 4, by("eve"), 5.0), "is by eve; by the audit it is by m:401"),
    ],
)
def test_a_rev_is_at_least_the_one_in_the_audit_and_names_who_raised_it(
    rev: FieldRev, how: str | None
) -> None:
    result = with_revs()
    result.rev(rev)
    assert [each.how for each in result.differences] == ([] if how is None else [how])


def test_a_waiting_batch_has_its_targets_and_its_author() -> None:
    for forged, expected in (
        (WAITS, []),
        (dataclasses.replace(WAITS, person=Person("eve", {})), ["is not what the audit says"]),
        (
            dataclasses.replace(WAITS, request=replace(REQUEST, updates={"m_401": {"targetSpeed": 3000}})),
            ["is not what the audit says"],
        ),
        (
            dataclasses.replace(WAITS, request=replace(REQUEST, tx_id="t8")),
            ["is not in the audit"],
        ),
    ):
        result = with_revs()
        result.held(forged, (forged.request.tx_id, forged.at, forged.until))
        assert [each.how for each in result.differences] == expected


# Passwords, and limits


def replay_of(*facts: dict[str, str], anchor: Anchor | None = None) -> Replay:
    result = Replay()
    if anchor is not None:
        result.begin(anchor, 0.0)
    for entry in append(Head(), [fact(1.0, "access", "root", each) for each in facts]):
        result.take(entry)
    return result


ADDED = {"event": "account-added", "account": "anna", "rights": "viewer"}
SET = {"event": "password-set", "person": "anna", "fingerprint": "f1"}
REHASHED = {"event": "signed-in", "person": "anna", "replaced": "f1", "fingerprint": "f2"}
BEFORE = Anchor(9, "0" * 64, rights={"anna": "viewer"}, passwords={"anna": "f1"}, limits={})
OLDER = Anchor(9, "0" * 64, rights={"anna": "viewer"})


@pytest.mark.parametrize(
    ("result", "right", "wrong"),
    [
        (replay_of(ADDED), "", "f1"),
        (replay_of(ADDED, SET), "f1", "f2"),
        (replay_of(ADDED, SET), "f1", ""),
        (replay_of(ADDED, SET, REHASHED), "f2", "f1"),
        (replay_of(ADDED, {**SET, "fingerprint": "f0"}, REHASHED), "f0", "f2"),
        (replay_of(anchor=BEFORE), "f1", "f2"),
        (replay_of({"event": "set-up", "person": "anna", "fingerprint": "f1"}), "f1", "f2"),
        (replay_of(ADDED, {"event": "password-set", "person": "anna"}), "whatever 0.1.0 kept", None),
        (replay_of(anchor=OLDER), "whatever 0.1.0 kept", None),
    ],
)
def test_a_password_that_was_changed_beside_the_audit_is_reported(
    result: Replay, right: str, wrong: str | None
) -> None:
    role = Role.ADMIN if result.access._rights["anna"] == "admin" else Role.VIEWER
    anna = Account("anna", {"*": role}, 1.0)
    other = copy.deepcopy(result)
    result.access.account(anna, right)
    assert result.differences == []
    if wrong is not None:
        other.access.account(anna, wrong)
        assert other.differences == [Difference("account anna", "has another password than by the audit")]


LIMITED = {"event": "limits-changed", "account": "anna", "targetsAtOnce": "5", "keptFiles": "7"}
LIMITED_AGAIN = {"event": "limits-changed", "account": "anna", "keptFiles": "8"}
LIMITS = {"targetsAtOnce": "5", "keptFiles": "7"}


@pytest.mark.parametrize(
    ("result", "limits", "message"),
    [
        (replay_of(LIMITED), LIMITS, None),
        (replay_of(LIMITED), {**LIMITS, "keptFiles": "8"}, "is not what the audit says"),
        (replay_of(LIMITED), {**LIMITS, "ofALaterVersion": "8"}, None),
        (replay_of(LIMITED), None, "is missing"),
        (replay_of(), LIMITS, "is not what the audit says"),
        (replay_of(LIMITED, {**LIMITED, "to": "default"}), None, None),
        (replay_of(LIMITED, LIMITED_AGAIN), {**LIMITS, "keptFiles": "8"}, None),
        (replay_of(anchor=BEFORE), LIMITS, "is not what the audit says"),
        (replay_of(anchor=OLDER), LIMITS, None),
    ],
)  # fmt: skip
def test_limits_that_were_changed_beside_the_audit_are_reported(
    result: Replay, limits: dict[str, str] | None, message: str | None
) -> None:
    if limits is not None:
        result.access.limits("anna", limits)
    result.access._rights.clear()
    result.end()
    assert result.differences == ([] if message is None else [Difference("the limits of anna", message)])
