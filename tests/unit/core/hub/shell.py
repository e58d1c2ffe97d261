"""A hub in simulated time, with clients that apply frames as a board does, strictly by SEQ-2."""

from __future__ import annotations

import copy
import json
from math import floor
from typing import Any

from setpoint.contract.live import By, ByKind, Outcome, TxOutcome
from setpoint.contract.topics import DASHBOARD
from setpoint.contract.values import Quality, Value
from setpoint.core.hub import Close, CriticalChange, Effect, Hub, HubLimits, Send
from setpoint.core.plant import WHOLE_PLANT, Person, Plant, Report, Role, demo_plant

ANNA = Person("anna", {WHOLE_PLANT: Role.OPERATOR})
TS0 = 1_704_230_000.0


class Listener:
    """What one client knows. ``states`` is the state of each topic after all frames."""

    def __init__(self) -> None:
        self.frames: list[Any] = []
        self.states: dict[str, Any] = {}
        self.positions: dict[str, tuple[str, int]] = {}
        self.gaps: list[str] = []
        self.closed: tuple[int, str] | None = None

    def receive(self, data: bytes) -> None:
        assert self.closed is None, "nothing comes after the close"
        frame = json.loads(data)
        self.frames.append(frame)
        match frame["type"]:
            case "snapshot":
                topic = frame["topic"]
                self.positions[topic] = (frame["epoch"], frame["seq"])
                self.states[topic] = {
                    "machines": frame["data"]["machines"],
                    "kpis": frame["data"]["kpis"],
                    "revs": frame["revs"],
                    "open": frame.get("open", {}),
                    "overview": plain(frame["data"].get("overview"), frame["ts"]),
                }
            case "delta":
                self._apply(frame)
            case "ping":
                for topic, head in frame["pos"].items():
                    if head > self.positions[topic][1]:
                        self.gaps.append(topic)

    def _apply(self, delta: Any) -> None:
        topic = delta["topic"]
        epoch, seq = self.positions[topic]
        if delta["seq"] <= seq:
            return
        if delta["seq"] > seq + 1:
            self.gaps.append(topic)
            return
        self.positions[topic] = (epoch, delta["seq"])
        state = self.states[topic]
        for part in ("machines", "kpis", "revs", "open"):
            for key, fields in delta.get(part, {}).items():
                state.setdefault(part, {}).setdefault(key, {}).update(fields)
        state["overview"] = state.get("overview", {}) | plain(delta.get("overview"), delta["ts"])
        for key in delta.get("removed", ()):
            state["machines"].pop(key, None)

    def take(self, kind: str | None = None, topic: str | None = None) -> list[Any]:
        """Returns the frames since the last call, optionally of one type and topic."""
        frames, self.frames = self.frames, []
        return [
            frame for frame in frames if kind in (None, frame["type"]) and topic in (None, frame.get("topic"))
        ]


class HubShell:
    """Plays the hub's effects, without I/O."""

    def __init__(self, plant: Plant | None = None, *, limits: HubLimits = HubLimits()) -> None:  # noqa: B008  # frozen
        self.now_ms = 0
        self.plant = plant or demo_plant()
        self.hub: Hub[str] = Hub(self.plant, epoch="e1", now_ms=0, limits=limits)
        self.listeners: dict[str, Listener] = {}
        self.order: list[tuple[str, str | None]] = []
        """(session, topic) of every frame, in the order in which they left."""

    @property
    def ts(self) -> float:
        return TS0 + self.now_ms / 1000

    def play(self, effects: list[Effect[str]]) -> None:
        for effect in effects:
            match effect:
                case Send(sessions, data):
                    for session in sessions:
                        self.listeners[session].receive(data)
                        self.order.append((session, json.loads(data).get("topic")))
                case Close(session, code, reason):
                    self.listeners[session].closed = (code, reason)

    def open(self, session: str = "a", person: Person = ANNA) -> Listener:
        self.listeners[session] = Listener()
        self.play(self.hub.open(session, person, name=session, now_ms=self.now_ms, ts=self.ts))
        return self.listeners[session]

    def send(self, session: str, **frame: Any) -> None:
        self.play(self.hub.received(session, json.dumps(frame).encode(), self.now_ms, self.ts))

    def subscribe(self, *topics: str, session: str = "a", since: tuple[str, int] | None = None) -> None:
        for topic in topics:
            position = {"since": {"epoch": since[0], "seq": since[1]}} if since else {}
            self.send(session, type="subscribe", id=1, topic=topic, **position)

    def report(
        self, machine: str = "m_401", *, quality: Quality = Quality.GOOD, at: float = 0.0, **values: Value
    ) -> list[CriticalChange]:
        return self.reports(Report(machine, values, at, quality))

    def reports(self, *reports: Report) -> list[CriticalChange]:
        result = self.hub.reported(reports, self.now_ms, self.ts)
        self.play(result.effects)
        return result.critical

    def settle(self, *outcomes: TxOutcome) -> None:
        self.play(self.hub.settled(outcomes, self.now_ms, self.ts))

    def buffered(self, session: str, size: int) -> None:
        self.play(self.hub.buffered(session, size, self.now_ms, self.ts))

    def tick(self) -> None:
        self.play(self.hub.tick(self.now_ms, self.ts))

    def run(self, ms: int, *, pongs: bool = True, alive: bool = True) -> None:
        """Lets time pass, tick by tick. Clients answer pings, and machines stay in contact."""
        for _ in range(0, ms, 250):
            self.now_ms += 250
            if alive:
                known = [key for key, record in self.hub.machines.items() if record["quality"] == "GOOD"]
                self.reports(*(Report(key, {}, 0.0) for key in known))
            self.tick()
            if pongs:
                for session, listener in self.listeners.items():
                    if listener.frames and listener.frames[-1]["type"] == "ping":
                        self.send(session, type="pong", ts=listener.frames[-1]["ts"])

    def truth(self, topic: str) -> Any:
        """Returns what a client of the topic should know about machines and revs, according to the records."""
        records = json.loads(json.dumps(dict(self.hub.machines)))
        if topic == DASHBOARD:
            critical = ("EMERGENCY_STOP", "SAFETY_INTERLOCK", "FAULT", "MAINTENANCE_LOCK")
            return {
                key: {
                    field: record[field]
                    for field in ("status", "since", "cause", "quality", "seen", "sinceSeen", "sinceEarlier")
                    if field in record
                }
                for key, record in records.items()
                if record["status"] in critical or record["quality"] != "GOOD"
            }
        if topic.startswith("line:"):
            line = self.plant.lines_by_id[topic.removeprefix("line:")]
            return {machine.key: records[machine.key] for machine in line.machines}
        key = topic.replace(":", "_")
        return {key: records[key]}

    def overview(self) -> Any:
        """Returns what a client of the plant's topic should know about every machine."""
        return {
            key: (
                record["status"],
                record["quality"],
                None if record["since"] is None or record.get("sinceSeen") else floor(record["since"]),
            )
            for key, record in json.loads(json.dumps(dict(self.hub.machines))).items()
        }

    def copy_of(self, session: str, topic: str) -> Any:
        return copy.deepcopy(self.listeners[session].states[topic])


def plain(overview: Any, ts: float) -> dict[str, tuple[Value, Value, int | None]]:
    """Reads the columns in the plain way (OVER-1)."""
    if overview is None:
        return {}
    keys = [
        f"m_{int(first.removeprefix('m_')) + more}"
        for first, count in zip(overview["machines"][::2], overview["machines"][1::2], strict=True)
        for more in range(count)
    ]
    return {
        key: (*overview["kinds"][kind], None if age_s is None else floor(ts) - age_s)
        for key, kind, age_s in zip(keys, overview["kind"], overview["ageS"], strict=True)
    }


def outcome(machine: str = "m_401", tx_id: str = "t1", *, rev: int = 1, value: Value = 150) -> TxOutcome:
    return TxOutcome(
        tx_id, machine, "targetSpeed", Outcome.APPLIED, rev=rev, by=By(ByKind.OPERATOR, "anna"), value=value
    )
