"""The laws of commands, for any interleaving of people, answers, reports, stops, storage and time."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.examples import examples
from tests.unit.core.commands.shell import ANNA, BERT, Shell, tx

from setpoint.contract.live import Outcome
from setpoint.core.commands import Commands
from setpoint.core.plant import Answer, Person, demo_plant
from setpoint.errors import RequestError

SPEED = "targetSpeed"
MACHINES = ("m_401", "m_402")
machines = st.sampled_from(MACHINES)
speeds = st.sampled_from((100, 150, 160, 9_999))


class CommandLaws(RuleBasedStateMachine):
    """A plant of two machines, with random people, devices, stops and storage delays."""

    @initialize()
    def begin(self) -> None:
        self.plant = demo_plant()
        self.shell = Shell(self.plant).ready()
        self.shell.is_storing = False
        self.numbers = 0
        self.accepted_at: dict[tuple[str, str], int] = {}
        self.stopped_at: defaultdict[str, list[int]] = defaultdict(list)
        self.moment = 0
        self.seen_writes = 0
        self.withdrawn: dict[tuple[str, str], tuple[int, float]] = {}

    @rule(
        updates=st.dictionaries(machines, speeds, min_size=1),
        person=st.sampled_from((ANNA, BERT)),
        atomic=st.booleans(),
    )
    def somebody_asks(self, updates: dict[str, int], person: Person, atomic: bool) -> None:
        self.moment += 1
        self.numbers += 1
        if (early := self.withdrawn.get((tx(self.numbers), person.name))) and early[1] <= self.shell.ts - 600:
            del self.withdrawn[tx(self.numbers), person.name]  # the server remembers it for ten minutes only
        for machine in updates:
            self.accepted_at[tx(self.numbers), machine] = self.moment
        with suppress(RequestError):  # an atomic batch has a target that must not pass
            self.shell.submit(
                self.numbers,
                {machine: {SPEED: speed} for machine, speed in updates.items()},
                person,
                atomic=atomic,
            )

    @rule(number=st.integers(1, 8))
    def the_same_batch_comes_again(self, number: int) -> None:
        batch = self.shell.commands.batch(tx(number)) or self.shell.batches.get(tx(number))
        if batch is None:
            return
        updates = {item.machine: {SPEED: item.asked} for item in batch.items}
        with suppress(RequestError):  # still in progress
            self.shell.submit(
                number, updates, ANNA if batch.person == "anna" else BERT, atomic=batch.is_atomic
            )

    @rule(ahead=st.integers(-4, 1), person=st.sampled_from((ANNA, BERT)))
    def somebody_withdraws(self, ahead: int, person: Person) -> None:
        """Chooses an earlier batch, or one that has not come yet."""
        number = max(1, self.numbers + ahead)
        with suppress(RequestError):  # the batch is not theirs
            self.shell.cancel(number, person)
            self.withdrawn.setdefault((tx(number), person.name), (len(self.shell.writes), self.shell.ts))

    @rule()
    def storage_catches_up(self) -> None:
        self.shell.store()

    @rule(answer=st.sampled_from(Answer), place=st.integers(0, 20))
    def a_write_is_answered(self, answer: Answer, place: int) -> None:
        if self.shell.writes:
            write = self.shell.writes[place % len(self.shell.writes)]
            number = int(write.tx_id[-12:], 16)
            self.shell.answer(number, write.machine, write.field, answer)

    @rule(machine=machines, speed=speeds)
    def a_machine_reports(self, machine: str, speed: int) -> None:
        self.shell.report(machine, targetSpeed=speed)

    @rule(machine=machines)
    def a_stop_comes(self, machine: str) -> None:
        self.moment += 1
        self.stopped_at[machine].append(self.moment)
        self.shell.stop(machine)

    @rule(machine=machines)
    def a_stop_goes(self, machine: str) -> None:
        if self.shell.machines[machine]["status"] == "EMERGENCY_STOP":
            self.shell.clear(machine)

    @rule(duration_ms=st.sampled_from((1, 1_000, 3_000, 5_000, 100_000, 700_000)))
    def time_passes(self, duration_ms: int) -> None:
        if duration_ms > 5_000:  # if storage lags for this long, the shell refuses every batch
            self.shell.store()
            self.shell.wait(5_000)
            self.shell.store()
        self.shell.wait(duration_ms)

    @rule()
    def the_server_is_killed_and_starts_again(self) -> None:
        """Restarts the server. It keeps what was stored, and loses what waited in memory or for storage."""
        old = self.shell
        self.shell = Shell(self.plant)
        self.shell.is_storing = False
        self.shell.machines.update(old.machines)
        self.shell.commands = Commands(self.plant, self.shell.machines)
        self.shell.batches, self.shell.writes, self.shell.echoes = old.batches, old.writes, old.echoes
        # Only the server that received an early withdrawal remembers it.
        self.withdrawn = {
            each: was_answered for each, was_answered in self.withdrawn.items() if each[0] in old.batches
        }
        batches = sorted(old.batches.values(), key=lambda batch: batch.tx_id)
        self.shell.now_ms = old.now_ms
        self.shell.play(self.shell.commands.restored(batches, self.shell.now_ms, self.shell.ts))
        self.shell.store()

    @invariant()
    def a_tx_id_leaves_at_most_once_for_each_machine(self) -> None:
        writes = Counter((write.tx_id, write.machine, write.field) for write in self.shell.writes)
        assert not writes or max(writes.values()) == 1

    @invariant()
    def no_write_leaves_after_a_stop_that_came_after_its_acceptance(self) -> None:
        for write in self.shell.writes[self.seen_writes :]:
            accepted = self.accepted_at[write.tx_id, write.machine]
            assert not any(stop > accepted for stop in self.stopped_at[write.machine])
        self.seen_writes = len(self.shell.writes)

    @invariant()
    def nothing_leaves_that_who_asked_for_it_has_withdrawn(self) -> None:
        for (tx_id, name), (left_before, _) in self.withdrawn.items():
            if (batch := self.shell.batches.get(tx_id)) is not None and batch.person == name:
                assert tx_id not in {write.tx_id for write in self.shell.writes[left_before:]}

    @invariant()
    def nothing_leaves_that_is_not_recorded(self) -> None:
        assert {write.tx_id for write in self.shell.writes} <= set(self.shell.batches)

    @invariant()
    def a_final_outcome_is_sent_once_and_only_unknown_is_followed_by_one_more(self) -> None:
        sent: defaultdict[tuple[str, str], list[Outcome]] = defaultdict(list)
        for echo in self.shell.echoes:
            if echo.tx_id in self.shell.batches:
                sent[echo.tx_id, echo.machine].append(echo.outcome)
        for outcomes in sent.values():
            assert all(outcome.is_final for outcome in outcomes)
            assert len(outcomes) == 1 or (len(outcomes) == 2 and outcomes[0] is Outcome.UNKNOWN)

    def teardown(self) -> None:
        """Checks, after a quiet time, that every recorded item has its outcome and the stream sent the same."""
        if not hasattr(self, "shell"):
            return
        self.shell.store()
        self.shell.wait(10_000)
        self.shell.store()
        last = {(echo.tx_id, echo.machine): echo.outcome for echo in self.shell.echoes}
        for batch in self.shell.batches.values():
            for item in batch.items:
                assert item.outcome.is_final
                assert last[item.tx_id, item.machine] is item.outcome


CommandLaws.TestCase.settings = settings(
    max_examples=examples(60), stateful_step_count=40, suppress_health_check=list(HealthCheck)
)
TestCommandLaws = pytest.mark.rule("CMD-1", "CMD-2", "CMD-3", "CMD-7", "SAFE-2", "SAFE-3")(
    CommandLaws.TestCase
)
