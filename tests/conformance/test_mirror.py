"""The vectors of a gateway's copy of the owner's topics, and of the owner's clocks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from tests.conformance.vectors import vectors

from setpoint.contract.cluster import Copy, Frames, Heads
from setpoint.core.hub.effects import Close, Effect
from setpoint.core.hub.mirror import Mirror
from setpoint.core.hub.mirror.owner_time import OwnerTime
from setpoint.core.plant import Line, Machine, Person, Plant, Role
from setpoint.errors import ProtocolError

NAME = "g1"


def plant_of(lines: dict[str, list[str]]) -> Plant:
    every = (Line(line, tuple(Machine(key, line) for key in keys)) for line, keys in lines.items())
    return Plant("Small", tuple(every))


def encoded(frame: Any) -> bytes:
    return json.dumps(frame).encode() if frame else b""


class Gateway:
    """A gateway. ``known`` of the start has the snapshots that the gateway has at 0."""

    def __init__(self, start: dict[str, Any]) -> None:
        self.mirror: Mirror[str] = Mirror(
            plant_of(start["plant"]), name=NAME, token=start["token"], epoch=start["epoch"], now_ms=0
        )
        self.time = OwnerTime()
        for snapshot in start["known"]:
            whole = Copy(
                start["token"], start["epoch"], snapshot["topic"], snapshot["seq"], encoded(snapshot)
            )
            self.mirror.copied(whole, 0, 0.0)

    def step(self, event: dict[str, Any], now_ms: int) -> list[Any]:
        """Returns the effects: frames to clients, ends of sessions, and requests to the owner."""
        effects = [_shown(each) for each in self._take(event, now_ms)]
        if event["type"] == "sync":
            effects.append({"type": "sync", "want": sorted(self.mirror.sync(now_ms).want)})
        asks = [{"type": "ask", "key": ask.key, "after": ask.after} for ask in self.mirror.asks(now_ms)]
        return effects + asks

    def _take(self, event: dict[str, Any], now_ms: int) -> Iterable[Effect[str]]:
        mirror, ts = self.mirror, self._ts(now_ms)
        match event:
            case {"type": "frames", "token": token, "epoch": epoch, "frames": frames}:
                message = Frames(token, epoch, [(key, encoded(delta)) for key, delta in frames])
                return mirror.frames(message, now_ms)
            case {"type": "heads", "token": token, "epoch": epoch, "stampMs": stamp_ms, "heads": heads}:
                owner_ms, owner_ts = event["ownerMs"], event["ts"]
                mirror.heads(Heads(token, epoch, stamp_ms, owner_ms, heads, ts=owner_ts), now_ms)
                self.time.answered(token, owner_ms, owner_ts, now_ms)
                return []
            case {"type": "copied", "token": token, "epoch": epoch, "key": key, "seq": seq}:
                deltas = [encoded(each) for each in event["deltas"]]
                copy = Copy(token, epoch, key, seq, encoded(event.get("snapshot")), deltas)
                return mirror.copied(copy, now_ms, ts)
            case {"type": "begin", "token": token, "epoch": epoch, "plant": lines}:
                return mirror.begin(plant_of(lines), token, epoch, now_ms, ts)
            case {"type": "open", "session": session, "sees": sees}:
                person = Person(session, dict.fromkeys(sees, Role.VIEWER))
                return mirror.open(session, person, name=session, now_ms=now_ms, ts=ts)
            case {"type": "said", "session": session, "frame": frame}:
                return mirror.received(session, encoded(frame), now_ms, ts)
            case {"type": "tick"}:
                return mirror.tick(now_ms, ts)
            case {"type": "sync"}:
                return []
            case _:
                raise AssertionError(f"no such event: {event}")

    def _ts(self, now_ms: int) -> float:
        known = self.time.ts(now_ms)
        return 0.0 if known is None else round(known, 3)

    @property
    def state(self) -> dict[str, Any]:
        feeds = sorted(self.mirror._feeds, key=lambda feed: feed.key)
        return {
            "token": self.mirror.token,
            "epoch": self.mirror.epoch,
            "wantsPlant": self.mirror.wants_plant,
            "seqs": {feed.key: feed.seq for feed in feeds if feed.is_known},
            "proven": [feed.key for feed in feeds if feed.is_proven],
        }


def _shown(effect: Effect[str]) -> dict[str, Any]:
    if isinstance(effect, Close):
        return {"type": "close", "session": effect.session, "code": effect.code}
    return {"type": "send", "sessions": list(effect.sessions), "frame": json.loads(effect.data)}


@pytest.mark.rule("MIR-1", "MIR-2", "MIR-3", "MIR-4", "MIR-5", "MIR-7", "SEQ-4", "SEQ-5", "TOPIC-1")
@pytest.mark.parametrize("vector", vectors("mirror"))
def test_mirror_vector(vector: dict[str, Any]) -> None:
    gateway = Gateway(vector["start"])
    for number, each in enumerate(vector["steps"]):
        if (error := each.get("error")) is not None:
            with pytest.raises(ProtocolError) as refused:
                gateway.step(each["event"], each["atMs"])
            assert refused.value.code == error["code"]
        else:
            effects = gateway.step(each["event"], each["atMs"])
            assert msgspec.to_builtins(effects) == each["effects"], f"step {number}"
        assert gateway.state == each["state"], f"step {number}"
