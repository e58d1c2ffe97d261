"""Plausible bugs of the core. Some law must catch each: ``python -m tests.simulation.mutants`` prints which.

A mutant replaces a method or function while a schedule plays. It names the seed that catches it, so that the suite can
check all of them in little time. The table says how many schedules it took, from seed 0 on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from multiprocessing import Pool
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace
from tests.simulation import failover
from tests.simulation.clock import WALL_AT_START
from tests.simulation.failover_mutants import FAILOVER
from tests.simulation.mutant import Mutant, after, before, nothing
from tests.simulation.schedule import Run, law_of, run
from tests.simulation.wiring import WIRING

from setpoint.contract.live import By, ByKind, Outcome, Position
from setpoint.core.commands import Dispatch, Echo, RecordOutcomes, admission, again, dispatcher, write_state
from setpoint.core.commands.commands import Commands
from setpoint.core.commands.dispatcher import Dispatcher
from setpoint.core.commands.interlock import interlock
from setpoint.core.commands.machine_side import MachineSide
from setpoint.core.commands.revs import Revs
from setpoint.core.commands.time_limit import ServerTime
from setpoint.core.commands.unit_of_work import UnitOfWork
from setpoint.core.commands.write_state import Done, Due
from setpoint.core.history import Recorder
from setpoint.core.hub.plant_topic import PlantTopic
from setpoint.core.hub.sessions import Sessions
from setpoint.core.hub.state import MachineState
from setpoint.core.hub.stream import Stream
from setpoint.core.hub.topic import DetailTopic, Topic
from setpoint.core.link.step import _Decision as Decision
from setpoint.core.plant import Write
from setpoint.core.store import Phase
from setpoint.core.store.pending_slice import PendingSlice
from setpoint.core.store.server_slice import ServerSlice

TRIES = 300

# The store


def _release_by_value(_: None, self: Any, turn: Any) -> None:
    for machine in list(turn.machines):
        record = self._server.machines.get(machine, {})
        for name, lock in list(self.locks.get(machine, {}).items()):
            if record.get(name) == lock.value:
                self._end(lock, Phase.RECONCILED, turn)


def _fail_at_deadline(self: Any, tx_id: str, turn: Any) -> None:
    for target in self._pending(tx_id):
        self._end(target, Phase.FAILED, turn, message="timed out")


def _release_by_answer(_: None, self: Any, tx_id: str, results: Any, turn: Any) -> None:
    for target in self._pending(tx_id):
        self._end(target, Phase.RECONCILED, turn)


def _keep_first(self: Any, overview: Any, turn: Any) -> None:
    self.overview = {**overview, **self.overview}


# The link


def _relabel(self: Any, socket: int, hello: Any) -> None:
    for name, topic in list(self.link.topics.items()):
        if topic.position is not None:
            self.own_topics()[name] = replace(topic, position=Position(hello.epoch, topic.position.seq))


def _take_any_delta(self: Any, delta: Any) -> None:
    topic = self.link.topics.get(delta.topic)
    if topic is not None and topic.position is not None and delta.seq > topic.position.seq:
        position = Position(topic.position.epoch, delta.seq - 1)
        self.own_topics()[delta.topic] = replace(topic, position=position)


# The hub


def _forget_pending(self: Any, machines: Any, *_: Any) -> None:
    for state in machines:
        self._pending.pop(state.key, None)


def _drop_a_part(self: Any, *_: Any) -> None:
    """About one delta a second leaves without one of its machines."""
    if self.seq % 5 == 0 and self._pending:
        self._pending.popitem()


_settle_mark = DetailTopic.mark


def _mark_but_not_the_settled(self: Any, machine: str, fields: Any) -> None:
    if not isinstance(fields, tuple):
        _settle_mark(self, machine, fields)


_revise = Stream.revise


def _revise_one_less(self: Any, revs: Any) -> None:
    less = {key: {name: max(0, rev - 1) for name, rev in fields.items()} for key, fields in revs.items()}
    _revise(self, less)


_snapshot = Topic.snapshot


def _number_ahead(self: Any, *args: Any, **kwargs: Any) -> bytes:
    self.seq += 1
    self.forget_snapshots()
    try:
        return _snapshot(self, *args, **kwargs)
    finally:
        self.seq -= 1
        self.forget_snapshots()


# The commands


NEVER_MS = 2**53


def _send_again(effects: list[Any], *_: Any, **__: Any) -> list[Any]:
    return effects + [
        Dispatch((Write(item.tx_id, item.machine, item.field, item.asked),), limit_ms=NEVER_MS)
        for effect in effects
        if isinstance(effect, RecordOutcomes)
        for item in effect.items
        if item.outcome is Outcome.UNKNOWN
    ]


def _echo_twice(effects: list[Any], *_: Any) -> list[Any]:
    return effects + [effect for effect in effects if isinstance(effect, Echo)]


def _forget_stops(self: Any, item: Any, turn: Any) -> None:
    item.stops = self._under_way.stops_of(item.record.machine)


_submit = Commands.submit


def _submit_anew(self: Any, *args: Any, **_: Any) -> Any:
    self._under_way.batches.pop(args[0].tx_id, None)
    return _submit(self, *args)


_overruled = UnitOfWork.overruled


def _silent_safety(self: Any, set_point: Any, rev: int, by: Any) -> str:
    return "" if by.kind is ByKind.SAFETY else _overruled(self, set_point, rev, by)


_raise_rev = UnitOfWork.raise_rev


def _raise_but_not_by_safety(self: Any, machine: str, field: str, by: Any, **kwargs: Any) -> int:
    if by.kind is ByKind.SAFETY:
        return int(self._revs.of(machine, field).rev)
    return _raise_rev(self, machine, field, by, **kwargs)


_moved = admission._moved


def _name_the_person(set_point: Any, base: int, revs: Any, person: str | None) -> Any:
    refusal = _moved(set_point, base, revs, person)
    return refusal and refusal._replace(by=By(ByKind.OPERATOR, person or ""))


_answered = write_state._answered


def _applied_when_taken(state: Any, event: Any) -> Any:
    moved, outcome = _answered(state, event)
    return (Done(), Outcome.APPLIED) if outcome is Outcome.ACCEPTED else (moved, outcome)


_sent = write_state._sent


def _failed_in_silence(state: Any, event: Any) -> Any:
    return (Done(), Outcome.FAILED) if isinstance(event, Due) else _sent(state, event)


_request = again._request


def _request_without_bases(*args: Any) -> Any:
    return replace(_request(*args), base={})


def _give_time(self: Any, tx_id: str, *_: Any) -> None:
    self._under_way.batches[tx_id].limit_ms = 10**12


def _forget_device(self: Any, item: Any, turn: Any) -> None:
    item.set_point.device_rev = 0


_limit_ms = ServerTime.limit_ms


def _limit_by_arrival(self: Any, arrival: Any, not_after: Any) -> int:
    return _limit_ms(self, arrival, None)


_tick = Commands.tick


def _tick_by_wall(self: Any, _: int, ts: float) -> Any:
    return _tick(self, round((ts - WALL_AT_START) * 1000), ts)


def _let_the_unknown_pass(machine: str, record: Any) -> Any:
    return None if record is None else interlock(machine, record)


MUTANTS: Sequence[Mutant] = (
    Mutant(
        "a lock is released because the value looks equal",
        [after(PendingSlice, "void_critical", _release_by_value)],
    ),
    Mutant("HTTP 200 releases the locks", [after(PendingSlice, "answered", _release_by_answer)]),
    Mutant("a time-out is shown as failed", [(PendingSlice, "_give_up", _fail_at_deadline)]),
    Mutant("deadlines are ignored", [(PendingSlice, "expire", nothing)]),
    Mutant("locks outlive a sleep of the computer", [(PendingSlice, "wake", nothing)]),
    Mutant("a stop hides the locks and does not cancel them", [(PendingSlice, "_void", nothing)]),
    Mutant("a snapshot keeps machines that it does not name", [(ServerSlice, "_let_go", nothing)]),
    Mutant("the store ignores the revs", [(ServerSlice, "_raise_revs", nothing)]),
    Mutant("an old seq is kept in a new epoch", [before(Decision, "greet", _relabel)], seed=1),
    Mutant(
        "neither the link nor a ping notices a gap",
        [before(Decision, "take_delta", _take_any_delta), (Sessions, "_send_snapshot", nothing)],
    ),
    Mutant("a snapshot is numbered ahead of its deltas", [(Topic, "snapshot", _number_ahead)]),
    Mutant(
        "the urgent lane forgets what was pending", [before(DetailTopic, "flush_urgent", _forget_pending)]
    ),
    Mutant(
        "a delta leaves without one of its machines", [before(DetailTopic, "flush", _drop_a_part)], seed=1
    ),
    Mutant("an outcome leaves before its value", [(DetailTopic, "mark", _mark_but_not_the_settled)]),
    Mutant(
        "machines are not removed from the plant",
        [after(PlantTopic, "_conditions", lambda found, *_: (found[0], []))],
        seed=10,
    ),
    Mutant(
        "a machine leaves the plant without its last condition",
        [
            after(
                PlantTopic,
                "_conditions",
                lambda found, *_: (
                    {key: record for key, record in found[0].items() if key not in found[1]},
                    found[1],
                ),
            )
        ],
        seed=5,
    ),
    Mutant("the overview does not send changes", [(PlantTopic, "_overview_of", lambda *_: UNSET)], seed=3),
    Mutant("the overview is not merged", [(ServerSlice, "_update_overview", _keep_first)]),
    Mutant("open targets are not sent", [(Stream, "opened", nothing)]),
    Mutant("the end of an open target is not sent", [after(MachineState, "target_ended", lambda *_: False)]),
    Mutant("deltas do not carry open targets", [(DetailTopic, "mark_open", nothing)], seed=7),
    Mutant("the hub is one rev behind", [(Stream, "revise", _revise_one_less)]),
    Mutant("a slow client's buffer has no bound", [(Sessions, "buffered", lambda *_: [])], seed=15),
    Mutant("unknown targets are sent again", [after(Commands, "tick", _send_again)], seed=1),
    Mutant("a restart sends targets without an outcome again", [after(Commands, "restored", _send_again)]),
    Mutant("the same txId runs again", [(Commands, "submit", _submit_anew)]),
    Mutant("an outcome is sent twice", [after(UnitOfWork, "effects", _echo_twice)]),
    Mutant(
        "the revs of a batch that was not stored are not sent",
        [after(Commands, "not_recorded", lambda *_: [])],
        seed=15,
    ),
    Mutant(
        "there is no second check before a write leaves",
        [(dispatcher, "interlock", nothing), before(Dispatcher, "_let_go", _forget_stops)],
        seed=18,
    ),
    Mutant(
        "the interlock is not checked",
        [(dispatcher, "interlock", nothing), (admission, "interlock", nothing)],
    ),
    Mutant("the base is not compared", [(admission, "_moved", nothing)]),
    Mutant("a person's own newer target is a conflict", [(Revs, "is_own", lambda *_: False)]),
    Mutant(
        "everybody's targets count as the person's own",
        [(Revs, "is_own", lambda self, machine, field, base, person: True)],
    ),
    Mutant("a stop does not raise the revs", [(UnitOfWork, "raise_rev", _raise_but_not_by_safety)]),
    Mutant("clients that were away do not learn of a stop", [(UnitOfWork, "overruled", _silent_safety)]),
    Mutant("a conflict names the person who asked", [(admission, "_moved", _name_the_person)]),
    Mutant(
        "an acknowledged write counts as applied", [(write_state, "_answered", _applied_when_taken)], seed=3
    ),
    Mutant(
        "a write without an answer counts as failed", [(write_state, "_sent", _failed_in_silence)], seed=1
    ),
    Mutant(
        "an undo ignores what others changed since", [(again, "_request", _request_without_bases)], seed=3
    ),
    Mutant("notAfter is not read", [(ServerTime, "limit_ms", _limit_by_arrival)], seed=1),
    Mutant("a batch that was stored too late is sent", [before(Dispatcher, "dispatch", _give_time)]),
    Mutant("a clock that is set back extends the time limit", [(ServerTime, "note", nothing)], seed=3),
    Mutant(
        "a target overwrites a later change by the machine",
        [before(Dispatcher, "_let_go", _forget_device)],
        seed=2,
    ),
    Mutant(
        "a restart does not notice changes at the machines",
        [(MachineSide, "_first_report", lambda _, set_point, work: work.remember(set_point))],
    ),
    Mutant(
        "a machine that has left the plant still gets targets",
        [
            (Commands, "change_plant", lambda *_: []),
            (admission, "interlock", _let_the_unknown_pass),
            (dispatcher, "interlock", _let_the_unknown_pass),
        ],
        seed=13,
    ),
    Mutant("a deadline follows the wall clock", [(Commands, "tick", _tick_by_wall)], seed=3),
    Mutant("missed deltas are replayed over newer values", [(Stream, "overlaps", lambda *_: False)], seed=29),
    Mutant("the history misses changes between two samples", [(Recorder, "changed", nothing)]),
    *WIRING,
)


def caught(mutant: Mutant, seeds: Iterable[int], play: Callable[[int], Run] = run) -> Run | None:
    """Returns the first of these schedules in which a law caught the mutant."""
    with mutant.applied():
        return next((result for result in map(play, seeds) if result.broken is not None), None)


def _try(which: tuple[bool, int]) -> tuple[int, Run | None]:
    has_many_servers, number = which
    mutants, play = (FAILOVER, failover.play) if has_many_servers else (MUTANTS, run)
    return number, caught(mutants[number], range(TRIES), play)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Which law catches which bug, and in how many schedules.")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--failover", action="store_true", help="those of several servers")
    options = parser.parse_args(arguments)
    mutants = FAILOVER if options.failover else MUTANTS
    escaped = 0
    print(f"{'mutant':55} {'caught by the law':75} seeds")
    with Pool(options.processes) as pool:
        for number, result in pool.imap(_try, [(options.failover, each) for each in range(len(mutants))]):
            escaped += result is None
            law, count = (law_of(result), result.seed + 1) if result else ("ESCAPED", TRIES)
            print(f"{mutants[number].name:55} {law:75} {count}", flush=True)
    print(f"{len(mutants)} mutants, {escaped} escaped")
    return 1 if escaped else 0


if __name__ == "__main__":
    sys.exit(main())
