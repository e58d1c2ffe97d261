"""The WebSocket edge, rule by rule (RFC 6455, RFC 7692), with hand-made frames.

Whatever comes, the server answers with the right code and closes. It never fails, and others never notice.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.security.conftest import ServerInThread
from tests.security.wire import BINARY, CLOSE, CONT, PING, PONG, TEXT, Wire, close, frame, text

SUBSCRIBE = {"type": "subscribe", "id": 1, "topic": "line:01"}
DEFLATE = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}


@pytest.fixture
def wire(server_in_thread: ServerInThread) -> Iterator[Wire]:
    """Returns a connection that has signed in."""
    with Wire(server_in_thread.port) as opened:
        sign_in(opened, server_in_thread)
        yield opened


@pytest.fixture
def compressed(server_in_thread: ServerInThread) -> Iterator[Wire]:
    with Wire(server_in_thread.port) as opened:
        sign_in(opened, server_in_thread, changed=DEFLATE)
        yield opened


def sign_in(wire: Wire, server_in_thread: ServerInThread, **options: Any) -> str:
    head = wire.upgrade(**options)
    assert head.startswith("HTTP/1.1 101 ")
    wire.send(text({"type": "auth", "token": server_in_thread.token}))
    wire.receive_json("hello")
    return head


def compressed_frame(content: object) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return (squeeze.compress(data) + squeeze.flush(zlib.Z_SYNC_FLUSH))[:-4]


def is_served(server_in_thread: ServerInThread) -> bool:
    """Says whether the server still serves another client."""
    with Wire(server_in_thread.port) as other:
        sign_in(other, server_in_thread)
        other.send(text(SUBSCRIBE))
        return bool(other.receive_json("snapshot")["data"]["machines"])


# 4. Opening handshake


def test_4_2_2_the_accept_header_is_the_one_of_the_rfcs_example(server_in_thread: ServerInThread) -> None:
    with Wire(server_in_thread.port) as wire:
        head = wire.upgrade(changed={"Sec-WebSocket-Protocol": "other, setpoint.v1"})
        assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
        assert "Sec-WebSocket-Protocol: setpoint.v1" in head
        assert "Extensions" not in head


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Sec-WebSocket-Key": None}, 400),
        ({"Sec-WebSocket-Key": "short"}, 400),
        ({"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="[:-4] + "!!!!"}, 400),
        ({"Sec-WebSocket-Version": "8"}, 400),
        ({"Sec-WebSocket-Version": None}, 400),
        ({"Host": None}, 403),
    ],
)
def test_4_2_1_a_handshake_that_lacks_something_is_refused(
    server_in_thread: ServerInThread, changed: dict[str, str | None], status: int
) -> None:
    with Wire(server_in_thread.port) as wire:
        assert int(wire.upgrade(changed=changed).split()[1]) in (status, 426)


def test_4_1_only_get_upgrades(server_in_thread: ServerInThread) -> None:
    with Wire(server_in_thread.port) as wire:
        assert 400 <= int(wire.upgrade(method="POST").split()[1]) < 500


def test_4_2_1_without_upgrade_it_is_plain_http(server_in_thread: ServerInThread) -> None:
    with Wire(server_in_thread.port) as wire:
        assert wire.upgrade(changed={"Upgrade": None, "Connection": None}).startswith("HTTP/1.1 404 ")


# 5. Frames


def test_5_1_a_frame_that_is_not_masked_ends_it(wire: Wire) -> None:
    wire.send(text(SUBSCRIBE, masked=False))
    assert wire.receive_close() == 1002


@pytest.mark.parametrize("rsv", range(1, 8))
@pytest.mark.parametrize("opcode", [TEXT, PING])
def test_5_2_reserved_bits_that_nobody_negotiated_end_it(wire: Wire, opcode: int, rsv: int) -> None:
    wire.send(frame(opcode, b"{}", rsv=rsv))
    assert wire.receive_close() == 1002


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
def test_5_2_reserved_opcodes_end_it(wire: Wire, opcode: int) -> None:
    wire.send(frame(opcode))
    assert wire.receive_close() == 1002


@pytest.mark.parametrize("length", [64 * 1024 + 1, 2**31, 2**62])
def test_5_2_a_length_beyond_the_bound_ends_it_before_the_bytes_come(wire: Wire, length: int) -> None:
    wire.send(frame(TEXT, b"x" * 100, length=length))
    assert wire.receive_close() == 1009


@pytest.mark.parametrize("size", [0, 125, 126, 127, 65_535, 65_536])
def test_5_2_every_length_up_to_the_bound_is_read(wire: Wire, size: int) -> None:
    message = json.dumps(SUBSCRIBE).encode()
    wire.send(frame(TEXT, message.ljust(size) if size else message))
    assert wire.receive_json("ack")["id"] == 1


def test_5_2_frames_may_arrive_in_pieces_of_any_size(wire: Wire) -> None:
    for byte in text(SUBSCRIBE):
        wire.send(bytes((byte,)))
    assert wire.receive_json("ack")["id"] == 1
    wire.send(
        text(SUBSCRIBE | {"id": 2, "topic": "line:02"}) + text(SUBSCRIBE | {"id": 3, "topic": "line:03"})
    )
    assert wire.receive_json("ack")["id"] == 2
    assert wire.receive_json("ack")["id"] == 3


# 5.4 Fragmentation


def test_5_4_fragments_are_one_message_also_with_control_frames_between_them(wire: Wire) -> None:
    message = json.dumps(SUBSCRIBE).encode()
    wire.send(frame(TEXT, message[:5], fin=False) + frame(PING, b"between") + frame(CONT, fin=False))
    pong = wire.receive()
    assert pong is not None
    assert (pong.opcode, pong.payload) == (PONG, b"between"), (
        "the ping is answered before the message is complete"
    )
    wire.send(frame(CONT, message[5:]))
    assert wire.receive_json("ack")["id"] == 1


@pytest.mark.parametrize(
    "frames",
    [
        frame(CONT, b"{}"),
        frame(CONT, b"{}", fin=False),
        frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"),
        frame(TEXT, b"{", fin=False) + frame(BINARY, b"}"),
        frame(TEXT, b"{}") + frame(CONT, b"{}"),
    ],
)
def test_5_4_fragments_out_of_order_end_it(wire: Wire, frames: bytes) -> None:
    wire.send(frames)
    assert wire.receive_close() in (1002, 4400)


def test_5_4_fragments_together_are_bounded_like_one_frame(wire: Wire) -> None:
    wire.send(frame(TEXT, b" " * 40_000, fin=False) + frame(CONT, b" " * 40_000))
    assert wire.receive_close() == 1009


def test_5_4_an_endless_message_of_empty_fragments_is_a_flood(wire: Wire) -> None:
    wire.send(frame(TEXT, b" ", fin=False) + frame(CONT, b"", fin=False) * 4_000)
    assert wire.receive_close() in (4400, 1009)


# 5.5 Control frames


@pytest.mark.parametrize("opcode", [CLOSE, PING, PONG])
def test_5_5_control_frames_are_short_and_whole(server_in_thread: ServerInThread, opcode: int) -> None:
    for wrong in (frame(opcode, b"x" * 126), frame(opcode, fin=False)):
        with Wire(server_in_thread.port) as wire:
            sign_in(wire, server_in_thread)
            wire.send(wrong)
            assert wire.receive_close() == 1002


@pytest.mark.parametrize("size", [0, 1, 125])
def test_5_5_2_a_ping_is_answered_with_its_own_words(wire: Wire, size: int) -> None:
    wire.send(frame(PING, b"p" * size))
    pong = wire.receive()
    assert pong is not None
    assert (pong.opcode, pong.payload) == (PONG, b"p" * size)


def test_5_5_3_an_unsolicited_pong_is_accepted(wire: Wire) -> None:
    wire.send(frame(PONG, b"hello") + text(SUBSCRIBE))
    assert wire.receive_json("ack")["id"] == 1


# 5.6 Data


@pytest.mark.parametrize(
    "data", [b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b'{"a":"\xe2\x82"}']
)
def test_5_6_and_8_1_text_is_utf_8(wire: Wire, data: bytes) -> None:
    wire.send(frame(TEXT, data))
    assert wire.receive_close() == 1007


def test_8_1_a_character_may_be_split_over_fragments(wire: Wire) -> None:
    message = json.dumps(SUBSCRIBE | {"note": "50 €"}, ensure_ascii=False).encode()
    at = message.index(b"\xe2") + 1
    wire.send(frame(TEXT, message[:at], fin=False) + frame(CONT, message[at : at + 1], fin=False))
    wire.send(frame(CONT, message[at + 1 :]))
    assert wire.receive_json("ack")["id"] == 1


def test_5_6_binary_messages_are_refused(wire: Wire) -> None:
    wire.send(frame(BINARY, b"{}"))
    assert wire.receive_close() == 1003


# 7. Closing


@pytest.mark.parametrize("code", [None, 1000, 1001, 1002, 1003, 1007, 1011, 3000, 3999, 4000, 4999])
def test_7_1_a_close_is_answered_and_the_connection_ends(wire: Wire, code: int | None) -> None:
    wire.send(close(code, b"bye" if code else b""))
    assert wire.receive_close() == (code or 1005)


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535])
def test_7_4_codes_that_must_not_be_sent_end_it_as_an_error(wire: Wire, code: int) -> None:
    wire.send(close(code))
    assert wire.receive_close() == 1002


def test_7_1_6_half_a_code_and_a_reason_that_is_not_utf_8_end_it_as_an_error(
    server_in_thread: ServerInThread,
) -> None:
    for payload, code in ((b"\x03", (1002,)), (b"\x03\xe8\xff\xff", (1007, 1002))):
        with Wire(server_in_thread.port) as wire:
            sign_in(wire, server_in_thread)
            wire.send(frame(CLOSE, payload))
            assert wire.receive_close() in code


def test_7_1_1_frames_after_a_close_are_ignored(wire: Wire) -> None:
    wire.send(close(1000) + text(SUBSCRIBE) + frame(3))
    assert wire.receive_close() == 1000


# RFC 7692


def test_rfc_7692_compressed_frames_are_read_and_written(compressed: Wire) -> None:
    compressed.send(frame(TEXT, compressed_frame(SUBSCRIBE), rsv=4))
    assert compressed.receive_json("ack")["id"] == 1
    assert compressed.receive_json("snapshot")["topic"] == "line:01"


def test_rfc_7692_each_shared_frame_stands_alone(server_in_thread: ServerInThread) -> None:
    """The server compresses a frame once for all clients, so no frame may need earlier ones."""
    with Wire(server_in_thread.port) as wire:
        head = sign_in(wire, server_in_thread, changed=DEFLATE)
        assert "server_no_context_takeover" in head
        for number, topic in enumerate(("line:01", "line:02", "line:03")):
            wire.send(text({"type": "subscribe", "id": number, "topic": topic}))
        compressed_ones = 0
        while compressed_ones < 5:
            received = wire.receive()
            assert received is not None
            assert json.loads(received.text)["type"]
            compressed_ones += received.is_compressed


def test_rfc_7692_a_bomb_is_given_up_while_it_is_inflated(compressed: Wire) -> None:
    bomb = compressed_frame(b" " * 60_000_000)
    assert len(bomb) < 65_000
    compressed.send(frame(TEXT, bomb, rsv=4))
    assert compressed.receive_close() == 1009


@pytest.mark.parametrize(
    "wrong",
    [
        frame(PING, b"", rsv=4),
        frame(TEXT, b"{", fin=False) + frame(CONT, b"}", rsv=4),
        frame(TEXT, b"\xff\xff\xff\xff", rsv=4),
        frame(TEXT, b"{}", rsv=6),
    ],
)
def test_rfc_7692_the_bit_where_it_may_not_be_and_what_cannot_be_inflated_end_it(
    compressed: Wire, wrong: bytes
) -> None:
    compressed.send(wrong)
    assert compressed.receive_close() in (1002, 1007)


# Anything


ANY_FRAME = st.builds(
    frame,
    st.integers(0, 15),
    st.binary(max_size=200),
    fin=st.booleans(),
    rsv=st.integers(0, 7),
    masked=st.booleans(),
    length=st.one_of(st.none(), st.integers(0, 2**40)),
)
WELL_FORMED = st.sampled_from(
    [
        text(SUBSCRIBE),
        text({"type": "pong", "ts": 0}),
        frame(PING),
        text({"type": "unsubscribe", "id": 2, "topic": "x"}),
    ]
)
CODES = {0, 1000, 1002, 1003, 1005, 1007, 1009, 4400, 4401, 4408}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.one_of(ANY_FRAME, WELL_FORMED, st.binary(max_size=300)), max_size=8),
    st.booleans(),
    st.booleans(),
)
def test_whatever_comes_it_ends_with_a_right_code_and_others_never_notice(
    server_in_thread: ServerInThread, parts: list[bytes], signs_in: bool, compresses: bool
) -> None:
    with Wire(server_in_thread.port) as wire:
        wire.upgrade(changed={**DEFLATE} if compresses else None)
        if signs_in:
            wire.send(text({"type": "auth", "token": server_in_thread.token}))
        try:
            wire.send(b"".join(parts) + close(1000))
            wire.connected.shutdown(1)
        except OSError:
            pass  # The server has closed the connection.
        assert wire.receive_close() in CODES


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=500))
def test_bytes_that_are_no_request_end_without_a_failure(
    server_in_thread: ServerInThread, data: bytes
) -> None:
    with Wire(server_in_thread.port) as wire:
        wire.send(data)
        wire.connected.shutdown(1)
        answer = b""
        try:
            while more := wire.connected.recv(65_536):
                answer += more
        except ConnectionResetError:
            pass
        assert answer == b"" or int(answer.split()[1]) < 500


def test_after_all_other_tests_the_server_still_serves(server_in_thread: ServerInThread) -> None:
    assert is_served(server_in_thread)
