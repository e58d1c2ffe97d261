"""Frames of any length are encoded as RFC 6455 and RFC 7692 say."""

from __future__ import annotations

import zlib

import pytest
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from setpoint.server.live.frames import compressed_frame, text_frame


def parse(data: bytes, *, window_bits: int | None = None) -> Frame:
    """Reads one frame as a client does."""
    reader = StreamReader()
    reader.feed_data(data)
    extensions = [PerMessageDeflate(True, True, window_bits, 15)] if window_bits else []
    parsing = Frame.parse(reader.read_exact, mask=False, extensions=extensions)
    try:
        next(parsing)
    except StopIteration as done:
        frame: Frame = done.value
        assert not reader.buffer
        return frame
    raise AssertionError("the frame is not whole")


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
def test_a_text_frame_of_any_length_is_read_back(length: int) -> None:
    payload = b"x" * length
    frame = parse(text_frame(payload))
    assert (frame.opcode, frame.fin, bytes(frame.data)) == (Opcode.TEXT, True, payload)


@pytest.mark.parametrize("window_bits", [9, 10, 12, 15])
@pytest.mark.parametrize("length", [0, 199, 200, 4_096, 4_097, 200_000])
def test_a_compressed_frame_is_read_back_within_the_window_that_was_agreed(
    length: int, window_bits: int
) -> None:
    payload = bytes(97 + number * number % 26 for number in range(length))
    frame = parse(compressed_frame(payload, window_bits), window_bits=window_bits)
    assert bytes(frame.data) == payload


def test_a_short_text_is_not_compressed_and_a_compressed_frame_is_made_once() -> None:
    assert compressed_frame(b"short", 15) == text_frame(b"short")
    payload = b"again and again " * 100
    assert compressed_frame(payload, 15) is compressed_frame(bytes(payload), 15)
    body = compressed_frame(payload, 15)[2:]
    assert zlib.decompressobj(wbits=-15).decompress(body + b"\x00\x00\xff\xff") == payload
