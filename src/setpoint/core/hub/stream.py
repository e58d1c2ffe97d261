"""All topics of the plant: which topics carry a change, and when it is sent.

Changes are sent by the *cadence* (TICK-1): machine topics with pending changes every 250 ms, lines every second, the
plant every 5 s. These instants are on one grid, so that a client's topics are due together and leave in one system
call. Urgent changes take the *urgent lane* (TICK-2): a change into or out of a critical status, and every outcome, is
sent at once on all topics of its machine, the most specific first. Each frame also has that machine's pending changes
of the topic.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Generic

from setpoint.contract.live import OpenTarget, TxOutcome
from setpoint.contract.topics import DASHBOARD, TopicKind, entity_key, topic_kind
from setpoint.contract.values import Quality, is_critical
from setpoint.core.history import Recorder
from setpoint.core.hub.effects import CriticalChange, Effect, HubCounters, HubLimits, Observer, S, Send
from setpoint.core.hub.kpis import LineKpis, kpi_fields
from setpoint.core.hub.state import CONDITION_FIELDS, MachineState
from setpoint.core.hub.topic import DetailTopic, Stamped, Topic
from setpoint.core.hub.views import View, Views
from setpoint.core.plant import Plant, Report, line_kpis

TICK_MS = TopicKind.MACHINE.cadence_ms
"""The grid: the shortest cadence, of which the others are multiples."""

_TICKS_A_MACHINE, _TICKS_A_LINE, _TICKS_A_PLANT = (
    kind.cadence_ms // TICK_MS for kind in (TopicKind.MACHINE, TopicKind.LINE, TopicKind.PLANT)
)
"""The length of each cadence in ticks."""
_CONDITION = frozenset(CONDITION_FIELDS)
_MAX_OUTCOMES_A_DELTA = 250
"""Keeps the frames of a large batch at some 50 KB, well inside every client's buffer."""


class Stream(Generic[S]):
    def __init__(
        self, plant: Plant, *, epoch: str, now_ms: int, limits: HubLimits, counters: HubCounters
    ) -> None:
        self._plant = plant
        self._limits = limits
        self._counters = counters
        self.states: dict[str, MachineState] = {}
        self._machine_topics: dict[str, DetailTopic[S]] = {}
        self._outcomes_of_absent: dict[str, list[Stamped]] = {}
        self._line_topics: dict[str, DetailTopic[S]] = {}
        kpis = line_kpis(plant)
        self._kpi_fields = kpi_fields(kpis)
        for line in plant.lines:
            sums = LineKpis(len(line.machines), now_ms, kpis)
            members = {
                machine.key: MachineState(machine, plant, sums, gap_ms=limits.stale_after_ms)
                for machine in line.machines
            }
            self.states.update(members)
            self._line_topics[line.id] = self._detail(line.topic, TopicKind.LINE, members, sums)
            for machine in line.machines:
                own = {machine.key: members[machine.key]}
                self._machine_topics[machine.key] = self._detail(machine.id, TopicKind.MACHINE, own, None)
        self.recorder: Recorder | None = None
        self.observer: Observer | None = None
        self.views: Views[S] = Views(plant, epoch, self.states, self._line_topics, limits)
        self._due_machines: dict[DetailTopic[S], None] = {}
        self._active_lines: dict[DetailTopic[S], None] = {}
        self._active_views: dict[View[S], None] = {}
        self._views_of_line: dict[str, list[View[S]]] = {line.id: [] for line in plant.lines}
        self._idle: dict[Topic[S], int] = {}
        self._with_snapshots: list[Topic[S]] = []
        self._last_tick = -1

    def take_over(
        self,
        former: Stream[S],
        gone: Collection[str],
        revs: Mapping[str, Mapping[str, int]],
        now_ms: int,
    ) -> None:
        """Takes over the state of ``former``, except of the machines that are ``gone``: the plant has changed.

        Their outcomes are kept too: a client that missed one still shows its target (SAFE-2), even if the machine comes
        back a moment later.
        """
        self._last_tick = former._last_tick
        for line, topic in self._line_topics.items():
            before = former._line_topics.get(line)
            if before is not None and topic.figures_of is not None and before.figures_of is not None:
                topic.figures_of.go_on_from(before.figures_of, now_ms)
        for key, state in self.states.items():
            known = former.states.get(key)
            last_revs = {**revs.get(key, {}), **(known.revs if known else {})}
            state.revs = {field.name: last_revs.get(field.name, 0) for field in self._plant.writable}
            if known is not None and key not in gone:
                state.go_on_from(known, now_ms)
        self._remember_outcomes_of(former, now_ms - self._limits.outcome_memory_ms)

    def _remember_outcomes_of(self, former: Stream[S], since_ms: int) -> None:
        topics = former._machine_topics.items()
        remembered = {**former._outcomes_of_absent, **{key: topic.recent(since_ms) for key, topic in topics}}
        for key, outcomes in remembered.items():
            recent = [stamped for stamped in outcomes if stamped[0] >= since_ms]
            if key not in self.states:
                self._outcomes_of_absent[key] = recent
                continue
            for at_ms, outcome in recent:
                for topic in (self._machine_topics[key], self._line_topics[self.states[key].line]):
                    topic.remember(at_ms, outcome, since_ms=0)
        for topic in self._line_topics.values():
            topic.sort_outcomes()

    # Topics

    def find(self, name: str, view: View[S]) -> Topic[S] | None:
        """The topic of that name, if it exists in this view."""
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
        """Whether any of the named topics other than ``topic`` shares a machine with ``topic``."""
        if not isinstance(topic, DetailTopic):
            return len(names) > (topic.name in names)
        if DASHBOARD in names:
            return True
        if topic.kind is TopicKind.LINE:
            return any(self._machine_topics[key].name in names for key in topic.machines)
        return any(self._line_topics[state.line].name in names for state in topic.machines.values())

    # Listening

    def listen(self, topic: Topic[S], view: View[S], now_ms: int) -> None:
        """Activates the topic. Call this before anybody gets data of it."""
        self._idle.pop(topic, None)
        if topic.is_active:
            return
        topic.activate(now_ms)
        if topic is view.plant:
            self._active_views[view] = None
            for line in view.lines:
                self._views_of_line[line].append(view)
        elif isinstance(topic, DetailTopic) and topic.kind is TopicKind.LINE:
            self._active_lines[topic] = None

    def leave(self, topic: Topic[S], now_ms: int) -> None:
        """The last subscriber has left the topic. It stays active for a while."""
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

    def degrade_quality(self, state: MachineState, quality: Quality, now_ms: int, ts: float) -> None:
        """Contact was lost: the quality changes, the status never does (SAFE-4). A reason that a source gave stays."""
        state.is_overdue = quality is Quality.OFFLINE
        if changed := state.degrade_quality(quality, str(state.record.get("qualityReason") or "")):
            self._changed(state, changed, now_ms, ts)

    def revise(self, revs: Mapping[str, Mapping[str, int]]) -> None:
        """New counters of writable fields; they leave with the next delta. No counter falls, in whatever order they
        come."""
        for machine, raised in revs.items():
            state = self.states.get(machine)
            if state is None:
                continue  # the plant no longer has it
            known = state.revs
            fields = {name: rev for name, rev in raised.items() if rev > known.get(name, -1)}
            if not fields:
                continue
            known.update(fields)
            own, line = self._machine_topics[machine], self._line_topics[state.line]
            if own.is_active:
                own.mark_revs(machine, fields)
                self._due_machines[own] = None
            if line.is_active:
                line.mark_revs(machine, fields)

    def opened(self, machine: str, field: str, target: OpenTarget) -> None:
        """A target is under way; the next delta announces it (OPEN-2)."""
        state = self.states.get(machine)
        if state is None:
            return  # the plant no longer has it
        state.target_opened(field, target)
        self._open_changed(state, field)

    def _open_changed(self, state: MachineState, field: str) -> None:
        own, line = self._machine_topics[state.key], self._line_topics[state.line]
        if own.is_active:
            own.mark_open(state.key, field)
            self._due_machines[own] = None
        if line.is_active:
            line.mark_open(state.key, field)

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
                continue  # the plant no longer has it; whoever waits for the outcome asks by txId (PLANT-2)
            states[state.key] = state
            if state.target_ended(outcome.field, outcome.tx_id):
                self._open_changed(state, outcome.field)
            if outcome.rev is not None and outcome.rev > state.revs.get(outcome.field, -1):
                self.revise({state.key: {outcome.field: outcome.rev}})
            machine, line = self._machine_topics[state.key], self._line_topics[state.line]
            for topic in (machine, line):
                topic.remember(now_ms, outcome, since_ms=since_ms)
                if not topic.is_active:
                    continue
                tx.setdefault(topic, []).append(outcome)
                if outcome.field in state.record:
                    # The frame that carries the outcome carries the reported value too (TX-3).
                    topic.mark(state.key, (outcome.field,))
            for view in self._views_of_line[state.line]:
                view.plant.outcomes_changed()
                tx.setdefault(view.plant, []).append(outcome)
        return self._urgent(states, ts, tx)

    # What goes out

    def tick(self, tick: int, now_ms: int, ts: float) -> list[Effect[S]]:
        """Sends what is due on the grid. A late tick sends everything once and does not make up for missed ticks."""
        effects: list[Effect[S]] = []
        for topic in self._with_snapshots:
            topic.forget_snapshots()
        self._with_snapshots.clear()
        if self._is_due(_TICKS_A_MACHINE, tick):
            due, self._due_machines = self._due_machines, {}
            self._flush(due, now_ms, ts, effects)
        if self._is_due(_TICKS_A_LINE, tick):
            self._flush(self._active_lines, now_ms, ts, effects)
        if self._is_due(_TICKS_A_PLANT, tick):
            self._flush([view.plant for view in self._active_views], now_ms, ts, effects)
            self._deactivate(now_ms)
        self._last_tick = tick
        return effects

    def _is_due(self, every: int, tick: int) -> bool:
        return tick // every > self._last_tick // every

    def _flush(self, topics: Iterable[Topic[S]], now_ms: int, ts: float, effects: list[Effect[S]]) -> None:
        for topic in topics:
            data = topic.flush(now_ms, ts)
            if data is not None and topic.subscribers:
                effects.append(self._send(topic, data))

    def _urgent(
        self,
        states: Mapping[str, MachineState],
        ts: float,
        tx: Mapping[Topic[S], Sequence[TxOutcome]] | None = None,
    ) -> list[Effect[S]]:
        machines: dict[Topic[S], list[MachineState]] = {
            own: [each] for key, each in states.items() if (own := self._machine_topics[key]).is_active
        }
        lines: dict[Topic[S], list[MachineState]] = {}
        views: dict[Topic[S], list[MachineState]] = {}
        for state in states.values():
            lines.setdefault(self._line_topics[state.line], []).append(state)
            for view in self._views_of_line[state.line]:
                views.setdefault(view.plant, []).append(state)
        effects: list[Effect[S]] = []
        for topics in (machines, lines, views):
            for topic, members in topics.items():
                if topic.is_active:
                    data = topic.flush_urgent(members, tx.get(topic, ()) if tx else (), ts)
                    if topic.subscribers:
                        effects.append(self._send(topic, data))
        return effects

    def _send(self, topic: Topic[S], data: bytes) -> Send[S]:
        self._counters.deliveries += len(topic.subscribers)
        return Send(topic.subscribers, data)

    def _changed(self, state: MachineState, fields: Sequence[str], now_ms: int, ts: float) -> None:
        if self.recorder is not None:
            self.recorder.changed(state.key, fields, ts)
        if self.observer is not None:
            self.observer.changed(state.key, fields, ts)
        topic = self._machine_topics[state.key]
        if topic.is_active:
            topic.mark(state.key, fields)
            self._due_machines[topic] = None
        line = self._line_topics[state.line]
        if line.is_active:
            line.mark(state.key, fields)
        if not self._kpi_fields.isdisjoint(fields):
            state.kpis.update(state.share, state.record, fields, now_ms)
        if not _CONDITION.isdisjoint(fields):
            for view in self._views_of_line[state.line]:
                view.plant.mark(state.key, fields)

    def _deactivate(self, now_ms: int) -> None:
        for topic, idle_ms in list(self._idle.items()):
            if now_ms - idle_ms < self._limits.warm_ms:
                break
            del self._idle[topic]
            topic.deactivate()
            if isinstance(topic, DetailTopic):
                self._due_machines.pop(topic, None)
                self._active_lines.pop(topic, None)
        for view in [view for view in self._active_views if not view.plant.is_active]:
            del self._active_views[view]
            for line in view.lines:
                self._views_of_line[line].remove(view)

    def describe(self, view: View[S]) -> str:
        """A text that lists the topics, for a person who asked for one that does not exist."""
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
