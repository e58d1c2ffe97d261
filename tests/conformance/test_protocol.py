"""The vectors of the protocol and its names: valid frames, and the refusal of others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conformance.vectors import vectors

from setpoint.contract.live import (
    CloseCode,
    decode_down,
    decode_up,
    encode,
    restart_reason,
    retry_after_ms,
)
from setpoint.contract.topics import entity_key, machine_id, read_machine_id, topic_kind
from setpoint.errors import ProtocolError, SetpointError


def _do(event: Any) -> object:
    match event["op"]:
        case "decodeDown":
            return json.loads(encode(decode_down(event["text"])))
        case "decodeUp":
            return json.loads(encode(decode_up(event["text"])))
        case "entityKey":
            return entity_key(event["name"])
        case "machineId":
            return machine_id(event["name"])
        case "topicKind":
            kind = topic_kind(event["name"])
            return None if kind is None else kind.name.lower()
        case "readMachineId":
            reading = read_machine_id(event["cell"])
            return None if reading is None else {"id": reading.id, "isExact": reading.is_exact}
        case "restartReason":
            return restart_reason(event["ms"])
        case "retryAfterMs":
            return retry_after_ms(event["reason"])
        case "isFinalClose":
            return event["code"] in set(CloseCode) and CloseCode(event["code"]).is_final
        case unknown:
            raise AssertionError(f"expected an operation of the protocol's vectors, but got {unknown!r}")


def _plain(error: SetpointError) -> dict[str, object]:
    plain: dict[str, object] = {"code": error.code}
    if isinstance(error, ProtocolError):
        if error.close_code is not None:
            plain["closeCode"] = int(error.close_code)
        if error.frame_id is not None:
            plain["frameId"] = error.frame_id
    return plain


@pytest.mark.parametrize("vector", vectors("protocol"))
def test_protocol_vector(vector: Any) -> None:
    for step in vector["steps"]:
        if "error" in step:
            with pytest.raises(SetpointError) as refused:
                _do(step["event"])
            assert _plain(refused.value) == step["error"], step["event"]
        else:
            assert _do(step["event"]) == step["state"], step["event"]
