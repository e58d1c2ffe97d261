"""Checks of section 3 of SPEC.md on ``/live``."""

from __future__ import annotations

import time

from setpoint.client.conform.subject import (
    PING_WITHIN_S,
    BrokenError,
    Looks,
    Subject,
    UnseenError,
    expect,
    rule,
)
from setpoint.contract.live import (
    MAX_FRAME_BYTES,
    SUBPROTOCOL,
    Ack,
    CloseCode,
    Delta,
    ErrorFrame,
    Hello,
    Ping,
    Position,
    Snapshot,
)
from setpoint.contract.topics import DASHBOARD, line_topic
from setpoint.message import sentence

WIRE: Looks = []


@rule(WIRE, "LINK-1", "the first frame is hello, in the sub-protocol that was offered")
async def greets(subject: Subject) -> None:
    async with subject.socket() as socket:
        expect(
            socket.opened.subprotocol == SUBPROTOCOL,
            sentence(
                "words-was-offered-taken",
                "{subprotocol} was offered, {subprotocol2} taken",
                subprotocol=SUBPROTOCOL,
                subprotocol2=socket.opened.subprotocol,
            ),
        )
        frame = await socket.receive()
        expect(
            isinstance(frame, Hello),
            sentence(
                "words-hello-was-expected-first-came",
                "expected hello first, but got {name}",
                name=type(frame).__name__,
            ),
        )
        expect(
            isinstance(frame, Hello) and abs(frame.ts - time.time()) < 86_400,
            sentence("words-ts-unix-time-seconds-id", "ts is Unix time in seconds (ID-3)"),
        )


@rule(WIRE, "SEQ-6", "a subscription is acknowledged, then a snapshot comes")
async def acknowledges(subject: Subject) -> None:
    async with subject.socket() as socket:
        number = await socket.subscribe(DASHBOARD)
        first = await socket.until(lambda frame: isinstance(frame, Ack | Snapshot), "an ack")
        expect(
            isinstance(first, Ack) and first.id == number,
            sentence(
                "words-ack-frame-s-id-comes-before", "the ack with the frame's id comes before the snapshot"
            ),
        )
        await socket.until(lambda frame: isinstance(frame, Snapshot), "a snapshot")


@rule(WIRE, "SEQ-5", "hello and snapshots are of one epoch")
async def one_epoch(subject: Subject) -> None:
    async with subject.socket() as socket:
        hello = await socket.until(lambda frame: isinstance(frame, Hello), "hello")
        shot = await socket.snapshot(DASHBOARD)
        epoch = hello.epoch if isinstance(hello, Hello) else ""
        expect(
            shot.epoch == epoch,
            sentence(
                "words-epoch-hello-was-expected-snapshot-came",
                "expected the epoch of hello, {epoch}, in the snapshot, but got {epoch2}",
                epoch=repr(epoch),
                epoch2=repr(shot.epoch),
            ),
        )


@rule(WIRE, "TOPIC-1", "a line's snapshot has exactly the line's machines")
async def carries_the_line(subject: Subject) -> None:
    line = next((line for line in subject.plant.lines if line.machines), None)
    if line is None:
        raise UnseenError(sentence("words-plant-has-no-machines", "the plant has no machines"))
    async with subject.socket() as socket:
        shot = await socket.snapshot(line_topic(line.id))
        wanted, received = {machine.key for machine in line.machines}, set(shot.data.machines)
        expect(
            received <= wanted,
            sentence(
                "words-machines-another-line-came",
                "got machines of another line: {known}",
                known=", ".join(sorted(received - wanted)[:3]),
            ),
        )
        expect(
            received == wanted,
            sentence(
                "words-machines-are-missing",
                "machines are missing: {known}",
                known=", ".join(sorted(wanted - received)[:3]),
            ),
        )


@rule(WIRE, "SEQ-1", "deltas are numbered one after the other, from the snapshot on")
async def counts(subject: Subject) -> None:
    async with subject.socket() as socket:
        topic = _line(subject)
        at = (await socket.snapshot(topic)).seq
        for _ in range(3):
            try:
                frame = await socket.until(
                    lambda each: isinstance(each, Delta) and each.topic == topic, "a delta"
                )
            except BrokenError as error:
                raise UnseenError(
                    sentence("words-nothing-moved-on-line-meanwhile", "nothing moved on the line meanwhile")
                ) from error
            seq = frame.seq if isinstance(frame, Delta) else 0
            expect(
                seq == at + 1,
                sentence(
                    "words-was-expected-after-came",
                    "expected {value} after {at}, but got {seq}",
                    value=at + 1,
                    at=at,
                    seq=seq,
                ),
            )
            at = seq


@rule(WIRE, "SEQ-4", "a position of another epoch gets a snapshot")
async def another_epoch(subject: Subject) -> None:
    async with subject.socket() as socket:
        topic = _line(subject)
        await socket.subscribe(topic, Position("no epoch of this server", 1))
        first = await socket.until(lambda frame: isinstance(frame, Snapshot | Delta), "a snapshot")
        expect(
            isinstance(first, Snapshot),
            sentence(
                "words-deltas-came-position-another-epoch", "got deltas for a position of another epoch"
            ),
        )


@rule(WIRE, "HB-1", "a ping comes every 5 s")
async def pings(subject: Subject) -> None:
    async with subject.socket() as socket:
        await socket.snapshot(DASHBOARD)
        ping = await socket.until(lambda frame: isinstance(frame, Ping), "a ping", PING_WITHIN_S)
        expect(
            isinstance(ping, Ping) and DASHBOARD in ping.pos,
            sentence("words-ping-has-heads-topics-seq", "the ping has the heads of the topics (SEQ-3)"),
        )


@rule(WIRE, "HB-1", "a client that does not answer a ping is closed with 4408")
async def ends_silence(subject: Subject) -> None:
    async with subject.socket() as socket:
        _expect_code(await socket.closed(PING_WITHIN_S + 6.0), CloseCode.NO_PONG)


@rule(WIRE, "CODE-1", "an unknown topic is answered with an error, and the connection stays open")
async def unknown_topic(subject: Subject) -> None:
    async with subject.socket() as socket:
        number = await socket.subscribe("line:no-such-line")
        error = await socket.until(lambda frame: isinstance(frame, ErrorFrame), "an error")
        expect(
            isinstance(error, ErrorFrame) and error.id == number,
            sentence("words-error-carries-frame-s-id", "the error carries the frame's id"),
        )
        await socket.snapshot(DASHBOARD)


@rule(WIRE, "CODE-1", "a frame that is not a JSON object ends the connection with 4400")
async def no_json(subject: Subject) -> None:
    async with subject.socket() as socket:
        await socket.opened.send("no json")
        _expect_code(await socket.closed(), CloseCode.PROTOCOL_ERROR)


@rule(WIRE, "FLOW-2", "a frame of more than 64 KB ends the connection with 1009")
async def too_big(subject: Subject) -> None:
    async with subject.socket() as socket:
        await socket.opened.send('{"type":"pong","ts":1,"x":"' + "x" * MAX_FRAME_BYTES + '"}')
        _expect_code(await socket.closed(), CloseCode.TOO_BIG)


def _expect_code(code: int, expected: CloseCode) -> None:
    expect(
        code == expected,
        sentence(
            "words-was-expected-came",
            "expected {expected}, but got {code}",
            expected=format(expected, "d"),
            code=code,
        ),
    )


def _line(subject: Subject) -> str:
    line = next((line for line in subject.plant.lines if line.machines), None)
    if line is None:
        raise UnseenError(sentence("words-plant-has-no-machines", "the plant has no machines"))
    return line_topic(line.id)
