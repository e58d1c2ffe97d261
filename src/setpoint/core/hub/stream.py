"""All topics of the plant: which topics carry a change, and when it is sent.

Changes are sent by the *cadence* (TICK-1): machine topics with pending changes every 250 ms, lines every second, the
plant every 5 s. These instants are on one grid, so that a client's topics are due together and leave in one system
call. Urgent changes take the *urgent lane* (TICK-2): a change into or out of a critical status, and every outcome, is
sent at once on all topics of its machine, the most specific first, together with that machine's pending changes there.

A *view* is the plant for everybody with the right to see the same lines. It has its own plant topic and its own epoch.
A position of one view means nothing in another, and the epoch makes clients notice (SEQ-5). The epoch does not reveal
whether there are more lines, or how many views there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic

from setpoint.contract.live import OpenTarget, TxOutcome
from setpoint.contract.topics import DASHBOARD, TopicKind, entity_key, topic_kind
from setpoint.contract.values import Quality, is_critical
from setpoint.core.history import Recorder
from setpoint.core.hub.effects import CriticalChange, Effect, HubCounters, HubLimits, S, Send
from setpoint.core.hub.kpis import LineKpis, kpi_fields
from setpoint.core.hub.state import CONDITION_FIELDS, MachineState
from setpoint.core.hub.topic import DetailTopic, PlantTopic, Topic
from setpoint.core.plant import Person, Plant, Report, line_kpis

TURN_MS = TopicKind.MACHINE.cadence_ms
"""The grid: the shortest cadence, of which the others are multiples."""

_CONDITION = frozenset(CONDITION_FIELDS)
MAX_VIEWS = 64
"""Kept for those who come back: who sees which lines can change without end. The view of the whole plant is kept beside
them, because its epoch is the hub's own and must not begin again."""
_MAX_OUTCOMES_A_DELTA = 250
"""Keeps the frames of a large batch at some 50 KB, well inside every client's buffer."""


@dataclass(frozen=True, slots=True, eq=False)
class View(Generic[S]):
    """The plant for everybody who may see ``lines``, with an ``epoch`` of its own."""

    lines: frozenset[str]
    epoch: str
    plant: PlantTopic[S]


class Stream(Generic[S]):
    def __init__(
        self, plant: Plant, *, epoch: str, now_ms: int, limits: HubLimits, counters: HubCounters
    ) -> None:
        self._plant = plant
        self._epoch = epoch
        self._limits = limits
        self._counters = counters
        self._all_lines = frozenset(line.id for line in plant.lines)
        self.states: dict[str, MachineState] = {}
        self._machine_topics: dict[str, DetailTopic[S]] = {}
        self._line_topics: dict[str, DetailTopic[S]] = {}
        kpis = line_kpis(plant)
        self._kpi_fields = kpi_fields(kpis)
        for line in plant.lines:
            sums = LineKpis(len(line.machines), now_ms, kpis)
            members = {machine.key: MachineState(machine, plant, sums) for machine in line.machines}
            self.states.update(members)
            self._line_topics[line.id] = self._detail(line.topic, TopicKind.LINE, members, sums)
            for machine in line.machines:
                own = {machine.key: members[machine.key]}
                self._machine_topics[machine.key] = self._detail(machine.id, TopicKind.MACHINE, own, None)
        self.recorder: Recorder | None = None
        self._views: dict[frozenset[str] | None, View[S]] = {}
        """By lines; None for those who see the whole plant, whatever lines it has."""
        self._views_forgotten = 0
        self._due_machines: dict[DetailTopic[S], None] = {}
        self._warm_lines: dict[DetailTopic[S], None] = {}
        self._warm_views: dict[View[S], None] = {}
        self._views_of_line: dict[str, list[View[S]]] = {line: [] for line in self._all_lines}
        self._idle: dict[Topic[S], int] = {}
        self._with_snapshots: list[Topic[S]] = []
        self._last_turn = -1

    def take_over(
        self,
        former: Stream[S],
        gone: Collection[str],
        revs: Mapping[str, Mapping[str, int]],
        now_ms: int,
    ) -> None:
        """What ``former`` knew, but of the machines that are ``gone``: the plant was changed (PLANT-1)."""
        self._last_turn = former._last_turn
        for line, topic in self._line_topics.items():
            before = former._line_topics.get(line)
            if before is not None and topic.figures_of is not None and before.figures_of is not None:
                topic.figures_of.go_on_from(before.figures_of, now_ms)
        for key, state in self.states.items():
            known = former.states.get(key)
            told = {**revs.get(key, {}), **(known.revs if known else {})}
            state.revs = {field.name: told.get(field.name, 0) for field in self._plant.writable}
            if known is None or key in gone:
                continue
            state.go_on_from(known, now_ms)
            own, line_topic = self._machine_topics[key], self._line_topics[state.line]
            for at_ms, outcome in former._machine_topics[key].recent(0):
                for topic in (own, line_topic):
                    topic.remember(at_ms, outcome, since_ms=0)
        for topic in self._line_topics.values():
            topic.sort_outcomes()

    # Who sees what

    def view_for(self, person: Person) -> View[S]:
        lines = frozenset(line for line in self._all_lines if person.may_see(line))
        key = None if person.sees_whole_plant else lines
        found = self._views.pop(key, None)
        if found is None:
            epoch = self._epoch if key is None else self._epoch_of(lines)
            topics = {topic.name: topic for line, topic in self._line_topics.items() if line in lines}
            states = (state for state in self.states.values() if state.line in lines)
            plant: PlantTopic[S] = PlantTopic(
                topics,
                states,
                line_kpis(self._plant),
                history_deltas=self._limits.history_deltas,
                history_bytes=self._limits.history_bytes,
            )
            found = View(lines, epoch, plant)
        self._views[key] = found
        self._forget_views()
        return found

    def _epoch_of(self, lines: frozenset[str]) -> str:
        """Of a view of these lines; another one each time that it may have been forgotten in between."""
        named = "\0".join((self._epoch, str(self._views_forgotten), *sorted(lines)))
        return f"{self._epoch}.{hashlib.sha256(named.encode()).hexdigest()[:12]}"

    def _forget_views(self) -> None:
        """The views that were asked for longest ago go, but for those that somebody listens to. A session that has one
        goes on with it; who comes later to the same lines gets a new one, with a new epoch (SEQ-5)."""
        while len(self._views) > MAX_VIEWS + 1:
            unused = (
                key
                for key, view in islice(self._views.items(), len(self._views) - 1)
                if key is not None and not view.plant.is_warm
            )
            if (oldest := next(unused, None)) is None:
                return
            del self._views[oldest]
            self._views_forgotten += 1

    def find(self, name: str, view: View[S]) -> Topic[S] | None:
        """The topic of that name, where it exists for those who have this view."""
        match topic_kind(name):
            case TopicKind.PLANT:
                return view.plant
            case TopicKind.LINE:
                line = name.removeprefix("line:")
                return self._line_topics.get(line) if line in view.lines else None
            case TopicKind.MACHINE:
                state = self.states.get(entity_key(name))
                return self._machine_topics[state.key] if state and state.line in view.lines else None
            case None:
                return None

    def overlaps(self, topic: Topic[S], names: Collection[str]) -> bool:
        """Whether any of the topics of these names, but ``topic`` itself, tells of what ``topic`` tells of."""
        if not isinstance(topic, DetailTopic):
            return len(names) > (topic.name in names)
        if DASHBOARD in names:
            return True
        if topic.kind is TopicKind.LINE:
            return any(self._machine_topics[key].name in names for key in topic.machines)
        return any(self._line_topics[state.line].name in names for state in topic.machines.values())

    # Listening

    def listen(self, topic: Topic[S], view: View[S], now_ms: int) -> None:
        """The topic counts from here on: call before anything of it is said to anybody."""
        self._idle.pop(topic, None)
        if topic.is_warm:
            return
        topic.warm(now_ms)
        if topic is view.plant:
            self._warm_views[view] = None
            for line in view.lines:
                self._views_of_line[line].append(view)
        elif isinstance(topic, DetailTopic) and topic.kind is TopicKind.LINE:
            self._warm_lines[topic] = None

    def leave(self, topic: Topic[S], now_ms: int) -> None:
        """Nobody has subscribed to the topic any more; it stays warm for a while."""
        self._idle.setdefault(topic, now_ms)

    def snapshot(self, topic: Topic[S], epoch: str, now_ms: int, ts: float) -> bytes:
        self._with_snapshots.append(topic)
        self._counters.snapshots += 1
        since_ms = now_ms - self._limits.outcome_memory_ms
        return topic.snapshot(epoch, now_ms, ts, outcomes_since_ms=since_ms)

    # What comes in

    def report(
        self, reports: Iterable[Report], now_ms: int, ts: float
    ) -> tuple[list[Effect[S]], list[CriticalChange], list[MachineState]]:
        """Patches records. Returns urgent frames, critical changes, and the machines that spoke."""
        effects: list[Effect[S]] = []
        critical: list[CriticalChange] = []
        spoke: list[MachineState] = []
        urgent: dict[str, MachineState] = {}
        for report in reports:
            state = self.states.get(report.machine)
            if state is None:
                self._counters.unknown_reports += 1
                continue
            spoke.append(state)
            if state.key in urgent:
                # Its last change has not left yet, and this report may hide it.
                effects += self._urgent(urgent, ts)
                urgent = {}
            before = state.record["status"]
            changed = state.take(report, now_ms, ts)
            if not changed:
                continue
            self._changed(state, changed, now_ms, ts)
            status = state.record["status"]
            if status != before and (is_critical(before) or is_critical(status)):
                critical.append(CriticalChange(state.key, before, status, state.record["cause"], ts))
                urgent[state.key] = state
        if urgent:
            effects += self._urgent(urgent, ts)
        return effects, critical, spoke

    def doubt(self, state: MachineState, quality: Quality, now_ms: int, ts: float) -> None:
        """Contact was lost: the quality changes, the status never does (SAFE-4). A reason that a source gave stays."""
        if changed := state.doubt(quality, str(state.record.get("qualityReason") or "")):
            self._changed(state, changed, now_ms, ts)

    def revise(self, revs: Mapping[str, Mapping[str, int]]) -> None:
        """New counters of writable fields; they leave with the next delta. None falls, in whatever order they come."""
        for machine, told in revs.items():
            state = self.states.get(machine)
            if state is None:
                continue  # the plant had it once
            fields = {name: rev for name, rev in told.items() if rev > state.revs.get(name, -1)}
            if not fields:
                continue
            state.revs.update(fields)
            for topic in (self._machine_topics[machine], self._line_topics[state.line]):
                if topic.is_warm:
                    topic.mark_revs(machine, fields)
                    if topic.kind is TopicKind.MACHINE:
                        self._due_machines[topic] = None

    def opened(self, machine: str, field: str, target: OpenTarget) -> None:
        """A target is under way; it is told with the next delta (OPEN-2)."""
        state = self.states.get(machine)
        if state is None:
            return  # the plant had it once
        state.target_opened(field, target)
        self._open_changed(state, field)

    def _open_changed(self, state: MachineState, field: str) -> None:
        for topic in (self._machine_topics[state.key], self._line_topics[state.line]):
            if topic.is_warm:
                topic.mark_open(state.key, field)
                if topic.kind is TopicKind.MACHINE:
                    self._due_machines[topic] = None

    def settle(self, outcomes: Sequence[TxOutcome], now_ms: int, ts: float) -> list[Effect[S]]:
        """Outcomes leave at once on all topics of their machines, each of them: they are never conflated (TICK-2)."""
        effects: list[Effect[S]] = []
        for start in range(0, len(outcomes), _MAX_OUTCOMES_A_DELTA):
            effects += self._settle(outcomes[start : start + _MAX_OUTCOMES_A_DELTA], now_ms, ts)
        return effects

    def _settle(self, outcomes: Sequence[TxOutcome], now_ms: int, ts: float) -> list[Effect[S]]:
        since_ms = now_ms - self._limits.outcome_memory_ms
        states: dict[str, MachineState] = {}
        tx: dict[Topic[S], list[TxOutcome]] = {}
        for outcome in outcomes:
            state = self.states.get(outcome.machine)
            if state is None:
                continue  # the plant had it once; who waits for the outcome asks by txId (PLANT-2)
            states[state.key] = state
            if state.target_ended(outcome.field, outcome.tx_id):
                self._open_changed(state, outcome.field)
            if outcome.rev is not None and outcome.rev > state.revs.get(outcome.field, -1):
                self.revise({state.key: {outcome.field: outcome.rev}})
            machine, line = self._machine_topics[state.key], self._line_topics[state.line]
            for topic in (machine, line):
                topic.remember(now_ms, outcome, since_ms=since_ms)
                tx.setdefault(topic, []).append(outcome)
                if topic.is_warm and outcome.field in state.record:
                    # The frame that carries the outcome carries the reported value too (TX-3).
                    topic.mark(state.key, (outcome.field,))
            for view in self._views_of_line[state.line]:
                view.plant.outcomes_changed()
                tx.setdefault(view.plant, []).append(outcome)
        return self._urgent(states, ts, tx)

    # What goes out

    def tick(self, turn: int, now_ms: int, ts: float) -> list[Effect[S]]:
        """What is due on the grid. A late tick says everything once, never what it missed."""
        effects: list[Effect[S]] = []
        for topic in self._with_snapshots:
            topic.forget_snapshots()
        self._with_snapshots.clear()
        if self._is_due(TopicKind.MACHINE, turn):
            due, self._due_machines = self._due_machines, {}
            self._cut(due, now_ms, ts, effects)
        if self._is_due(TopicKind.LINE, turn):
            self._cut(self._warm_lines, now_ms, ts, effects)
        if self._is_due(TopicKind.PLANT, turn):
            self._cut([view.plant for view in self._warm_views], now_ms, ts, effects)
            self._cool(now_ms)
        self._last_turn = turn
        return effects

    def _is_due(self, kind: TopicKind, turn: int) -> bool:
        every = kind.cadence_ms // TURN_MS
        return turn // every > self._last_turn // every

    def _cut(self, topics: Iterable[Topic[S]], now_ms: int, ts: float, effects: list[Effect[S]]) -> None:
        for topic in topics:
            data = topic.cut(now_ms, ts)
            if data is not None and topic.subscribers:
                effects.append(self._send(topic, data))

    def _urgent(
        self,
        states: Mapping[str, MachineState],
        ts: float,
        tx: Mapping[Topic[S], Sequence[TxOutcome]] | None = None,
    ) -> list[Effect[S]]:
        by_topic: dict[Topic[S], list[MachineState]] = {
            self._machine_topics[key]: [each] for key, each in states.items()
        }
        lines: dict[Topic[S], list[MachineState]] = {}
        views: dict[Topic[S], list[MachineState]] = {}
        for state in states.values():
            lines.setdefault(self._line_topics[state.line], []).append(state)
            for view in self._views_of_line[state.line]:
                views.setdefault(view.plant, []).append(state)
        effects: list[Effect[S]] = []
        for topics in (by_topic, lines, views):
            for topic, members in topics.items():
                if topic.is_warm:
                    data = topic.cut_urgent(members, tx.get(topic, ()) if tx else (), ts)
                    if topic.subscribers:
                        effects.append(self._send(topic, data))
        return effects

    def _send(self, topic: Topic[S], data: bytes) -> Send[S]:
        self._counters.deliveries += len(topic.subscribers)
        return Send(topic.subscribers, data)

    def _changed(self, state: MachineState, fields: Sequence[str], now_ms: int, ts: float) -> None:
        if self.recorder is not None:
            self.recorder.changed(state.key, fields, ts)
        topic = self._machine_topics[state.key]
        if topic.is_warm:
            topic.mark(state.key, fields)
            self._due_machines[topic] = None
        line = self._line_topics[state.line]
        if line.is_warm:
            line.mark(state.key, fields)
        if not self._kpi_fields.isdisjoint(fields):
            state.kpis.update(state.share, state.record, fields, now_ms)
        if not _CONDITION.isdisjoint(fields):
            for view in self._views_of_line[state.line]:
                view.plant.mark(state.key, fields)

    def _cool(self, now_ms: int) -> None:
        for topic, idle_ms in list(self._idle.items()):
            if now_ms - idle_ms < self._limits.warm_ms:
                break
            del self._idle[topic]
            topic.cool()
            if isinstance(topic, DetailTopic):
                self._due_machines.pop(topic, None)
                self._warm_lines.pop(topic, None)
        for view in [view for view in self._warm_views if not view.plant.is_warm]:
            del self._warm_views[view]
            for line in view.lines:
                self._views_of_line[line].remove(view)

    def describe(self, view: View[S]) -> str:
        """What there is to subscribe to, for a person who asked for something else."""
        lines = [line.id for line in self._plant.lines if line.id in view.lines]
        if not lines:
            return "this person may see no line"
        return f"lines are {lines[0]} to {lines[-1]}" if len(lines) > 1 else f"the line is {lines[0]}"

    def _detail(
        self, name: str, kind: TopicKind, machines: Mapping[str, MachineState], sums: LineKpis | None
    ) -> DetailTopic[S]:
        return DetailTopic(
            name,
            kind,
            machines,
            sums,
            history_deltas=self._limits.history_deltas,
            history_bytes=self._limits.history_bytes,
        )
