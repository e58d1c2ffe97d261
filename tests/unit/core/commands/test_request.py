"""The body of a batch: its shape, its bounds, and who may read the batch."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import pytest
from tests.unit.core.commands.shell import Shell, tx

from setpoint.contract.http.batches import MAX_BODY_BYTES, MAX_ITEMS, BatchRequest
from setpoint.contract.live import Outcome
from setpoint.core.commands import BatchRecord, ItemRecord, read_request, story_of
from setpoint.core.commands.narrow import narrowed
from setpoint.core.commands.request import digest
from setpoint.core.plant import Person, Role
from setpoint.errors import RequestError

GOOD = {"txId": tx(1), "updates": {"m_402": {"targetSpeed": 150}}}


def body(**changes: object) -> bytes:
    return msgspec.json.encode(GOOD | changes)


def test_the_contracts_body_is_read_whole() -> None:
    request = read_request(
        body(
            base={"m_402": {"targetSpeed": 17}},
            atomic=True,
            reason="shift\nchange",
            source={"filename": "früh.xlsx", "sha256": "a" * 64, "rows": 3},
            unknown="ignored",
        )
    )
    assert request.updates == {"m_402": {"targetSpeed": 150}}
    assert request.base == {"m_402": {"targetSpeed": 17}}
    assert request.atomic
    assert request.source is not None
    assert request.source.filename == "früh.xlsx"


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"", "malformed-json", "expected JSON"),
        (b"{", "malformed-json", "expected JSON"),
        (b"\xff\xfe", "malformed-json", "expected JSON"),
        (b'{"txId": NaN}', "malformed-json", "expected JSON"),
        (b'{"x":' * 100_000, "malformed-json", "expected JSON"),
        (b"[]", "invalid-batch", "shape"),
        (b"null", "invalid-batch", "shape"),
        (b" " * (MAX_BODY_BYTES + 1), "batch-too-large", "split"),
        (body(txId=None), "invalid-batch", "txId"),
        (body(txId=""), "invalid-batch", "but got nothing"),
        (body(txId="7"), "invalid-batch", "UUID"),
        (body(txId=tx(1).upper().replace("0000-4", "000A-4")), "invalid-batch", "lower-case"),
        (body(txId=tx(1) + "\n"), "invalid-batch", "UUID"),
        (body(updates={}), "invalid-batch", "at least one target"),
        (body(updates={"m_402": {}}), "invalid-batch", "at least one target"),
        (body(updates={"m_402": 150}), "invalid-batch", "updates"),
        (body(updates={"m_402": {"targetSpeed": [150]}}), "invalid-batch", "updates"),
        (body(updates={"m" * 65: {"targetSpeed": 1}}), "invalid-batch", "1 to 64"),
        (body(updates={"m_402": {"\u0000": 1}}), "invalid-batch", "printable"),
        (body(updates={"": {"targetSpeed": 1}}), "invalid-batch", "1 to 64"),
        (body(updates={"m": {str(n): 1 for n in range(MAX_ITEMS + 1)}}), "batch-too-large", "split"),
        (body(base={"m_402": {"targetSpeed": "17"}}), "invalid-batch", "base"),
        (body(base={"m": {str(n): 1 for n in range(MAX_ITEMS + 1)}}), "invalid-batch", "base"),
        (body(reason="x" * 501), "invalid-batch", "at most 500"),
        (body(reason="\u0007"), "invalid-batch", "control"),
        (
            body(source={"filename": "", "sha256": "a" * 64, "rows": 1, "x": 1}),
            "invalid-batch",
            "filename",
        ),
        (body(source={"filename": "a", "sha256": "A" * 64, "rows": 1}), "invalid-batch", "sha256"),
        (body(source={"filename": "a", "sha256": "a" * 64, "rows": -1}), "invalid-batch", "rows"),
        (body(atomic="yes"), "invalid-batch", "atomic"),
    ],
)
def test_a_body_that_is_not_a_batch_is_refused_with_what_was_expected(
    data: bytes, code: str, says: str
) -> None:
    with pytest.raises(RequestError, match=says) as refused:
        read_request(data)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "number", [b"1e999", b"-1e999", b"1" + b"0" * 400, b"1" + b"0" * 5_000, b"9223372036854775808"]
)
def test_numbers_beyond_all_bounds_reject_their_item_or_the_body_and_break_nothing(number: bytes) -> None:
    data = b'{"txId":"%s","updates":{"m_401":{"targetSpeed":%s}}}' % (tx(1).encode(), number)
    shell = Shell().ready()
    with suppress(RequestError):
        shell.submit(1, read_request(data).updates)
        assert shell.outcomes(1) == [Outcome.REJECTED]
    assert shell.writes == []


@pytest.mark.rule("CMD-2")
def test_the_digest_does_not_depend_on_the_order_of_keys() -> None:
    request = BatchRequest(tx(1), {"m_1": {"a": 1, "b": 2}, "m_2": {"a": 1}})
    reordered = BatchRequest(tx(1), {"m_2": {"a": 1}, "m_1": {"b": 2, "a": 1}})
    assert digest(request, "anna") == digest(reordered, "anna")
    assert digest(request, "anna") != digest(request, "bert")
    assert digest(request, "anna") != digest(request, "anna", "follows")


def test_a_batch_omits_lines_that_the_reader_must_not_see() -> None:
    items = tuple(
        ItemRecord(tx(1), machine, "targetSpeed", 1, Outcome.APPLIED, 2.0, line=line)
        for machine, line in (("m_401", "01"), ("m_411", "02"), ("m_999", ""))
    )
    batch = BatchRecord(tx(1), "anna", 1.0, "d", items)

    def read_by(name: str, *lines: str) -> list[str] | None:
        found = narrowed(batch, Person(name, dict.fromkeys(lines, Role.VIEWER)))
        return None if found is None else [result.machine for result in story_of(found).results]

    assert read_by("bert", "*") == ["m_401", "m_411", "m_999"]
    assert read_by("bert", "02") == ["m_411"], "the sender learns which names are not machines"
    assert read_by("bert", "03") is None
    assert read_by("anna", "03") == ["m_999"]
    whole = story_of(batch)
    assert (whole.status, whole.person, whole.results[0].asked) == ("done", "anna", 1)
