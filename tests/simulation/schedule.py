"""One schedule: a world, its steps, and the judgement of every step.

Every step draws from a seed of its own, made of the schedule's seed and the step's number. So the other steps stay the
same when `shrink` leaves some out to make a failure small.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import NamedTuple, TypeAlias

from tests.simulation.client import Client
from tests.simulation.laws import (
    AUDIT,
    BUFFER,
    ENDS,
    HELD_BYTES,
    LIMITS,
    NO_LIMITS,
    NOT_SENT,
    QUIET,
    WALL_CLOCK,
    ClientJudge,
    LawBrokenError,
    condition_of,
    is_notable,
    is_too_late,
    judge_chain,
    judge_conflict,
    judge_notice,
)
from tests.simulation.people import STEPS, Acts, World, acts_of
from tests.simulation.server import done

from setpoint.contract.live import Outcome
from setpoint.contract.topics import DASHBOARD
from setpoint.contract.values import Value
from setpoint.core import store
from setpoint.core.hub import HubLimits

REPLAYED_EVERY = 8
"""One schedule of this many is played a second time, without the jumps of its wall clocks."""


def collect_seldom() -> None:
    """Makes the garbage collector run seldom. While a world plays it finds little, and it costs a tenth of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@dataclass
class Run:
    """The result of one schedule. ``broken`` is None if every law held. ``takeovers`` counts takeovers of the lease."""

    seed: int
    acts: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    broken: Exception | None = None
    takeovers: int = 0


Moment: TypeAlias = tuple[int, str, str, str, int]
"""An event in a window: when, which window, the event's kind, and its topic and seq if it is a frame."""


def _moment(client: Client, event: store.Event) -> Moment:
    seq = getattr(event, "seq", -1)
    return client.clock.now_ms, client.window, type(event).__name__, getattr(event, "topic", ""), seq


class _Judges:
    """All judges of one world. `watch` receives the clients' events."""

    def __init__(self, *, notes_moments: bool) -> None:
        self.world: World | None = None
        self._notes_moments = notes_moments
        self.moments: list[Moment] = []
        self._clients: dict[Client, ClientJudge] = {}
        self._notices: dict[Client, int] = Counter()

    def watch(self, client: Client, event: store.Event, changed: list[str]) -> None:
        if self._notes_moments:
            self.moments.append(_moment(client, event))
        if self.world is None:
            return  # the world is still being made
        self.of(client).judge_event(client.now_ms, self.world.clock.now_ms, client.store, event, changed)
        if len(client.notices) > self._notices[client]:
            self._judge_notices(self.world, client, event)

    def _judge_notices(self, world: World, client: Client, event: store.Event) -> None:
        """Judges the notices that are new."""
        for notice in client.notices[self._notices[client] :]:
            name = (notice.tx_id, notice.machine, notice.field)
            if not isinstance(event, store.NotFound):  # a request that was delayed may arrive after its 404
                judge_notice(notice, world.database.history.get(name, ()), client.person.name)
            if is_too_late(notice):
                world.judge.given_up(notice.tx_id)
            if notice.kind is store.NoticeKind.CONFLICT:
                who = {
                    each.client.person.name
                    for each in world.requested
                    if (each.machine, each.field) == (notice.machine, notice.field)
                    and (
                        each.client is not client
                        or each.at_ms > world.requested_ms[notice.tx_id]
                        or each.life != world.lives
                        # The server makes an undo's targets, so a person's other targets are no base for them.
                        or not world.follows.keys().isdisjoint((notice.tx_id, each.tx_id))
                    )
                }
                judge_conflict(notice, who, client.person.name)
        self._notices[client] = len(client.notices)

    def of(self, client: Client) -> ClientJudge:
        assert self.world is not None
        judge = self._clients.get(client)
        if judge is None:
            judge = self._clients[client] = ClientJudge(
                self.world.observers,
                self._requested_value,
                self.world.requested_ms.__getitem__,
                self.world.judge,
            )
        return judge

    def _requested_value(self, tx_id: str, machine: str, name: str) -> Value:
        assert self.world is not None
        return self.world.requested_values.get((tx_id, machine, name))


def run(seed: int, *, steps: Sequence[int] = range(STEPS), acts: Acts | None = None) -> Run:
    """Plays one schedule, or some steps of it, and judges it."""
    result = Run(seed)
    judges = _Judges(notes_moments=_ignores_jumps(seed))
    try:
        world = World(seed, judges.watch, acts=acts or acts_of(seed), has_not_after=not _ignores_jumps(seed))
        judges.world = world
        for _ in _play(world, seed, steps, result.acts):
            _judge_step(world, judges)
        _judge_end(world, judges)
        if _ignores_jumps(seed) and "wall clock" in result.acts:
            _judge_wall_clock(world, judges.moments, seed, steps)
        result.outcomes.update(history[-1].value for history in world.database.history.values() if history)
    except Exception as error:
        result.broken = error
    return result


def _ignores_jumps(seed: int) -> bool:
    """Says whether jumps of the wall clock must change nothing in this schedule.

    Its programs are then older ones, whose time limit counts from the arrival of a batch.
    """
    return seed % REPLAYED_EVERY == 0


def _play(world: World, seed: int, steps: Sequence[int], acts: list[str]) -> Iterator[None]:
    """Plays the steps one by one and then the quiet time. Appends the name of each act to ``acts``."""
    for number in steps:
        world.clock.random.seed(seed * 1_000_003 + number)
        acts.append(world.step())
        yield
    world.clock.random.seed(seed)
    world.quiet()
    yield


def _judge_wall_clock(world: World, moments: Sequence[Moment], seed: int, steps: Sequence[int]) -> None:
    """Checks that the same schedule with correct wall clocks makes the same events at the same instants.

    After a jump, time stamps may have more digits, and the longer frame may fill a buffer. So a difference counts only
    if it also appears without limits.
    """
    jumped = _PlayedWorld(world, moments)
    if _difference(jumped, _played(seed, steps, world.acts, LIMITS, does_wall_jump=False)) is None:
        return
    played = [_played(seed, steps, world.acts, NO_LIMITS, does_wall_jump=each) for each in (True, False)]
    if (difference := _difference(*played)) is not None:
        raise LawBrokenError(WALL_CLOCK, difference)


class _PlayedWorld(NamedTuple):
    """A world at its end, and the events of its windows."""

    world: World
    moments: Sequence[Moment]


def _played(
    seed: int, steps: Sequence[int], acts: Acts, limits: HubLimits, *, does_wall_jump: bool
) -> _PlayedWorld:
    moments: list[Moment] = []
    world = World(
        seed,
        lambda client, event, _: moments.append(_moment(client, event)),
        acts=acts,
        does_wall_jump=does_wall_jump,
        has_not_after=not _ignores_jumps(seed),
        limits=limits,
        is_judged=False,
    )
    for _ in _play(world, seed, steps, []):
        pass
    return _PlayedWorld(world, moments)


def _difference(jumped: _PlayedWorld, steady: _PlayedWorld) -> str | None:
    """Describes the difference to the run without the jumps. Returns None if there is none."""
    for was, now in zip_longest(jumped.moments, steady.moments):
        if was != now:
            return f"with jumps of the wall clocks {was} came, without them {now}"
    if jumped.world.floor.landed != steady.world.floor.landed:
        return "jumps of the wall clocks changed which writes the machines carried out"
    if jumped.world.database.history != steady.world.database.history:
        return "jumps of the wall clocks changed the outcomes of targets"
    return None


def shrink(seed: int, *, steps: Sequence[int] = range(STEPS)) -> list[int]:
    """Returns the fewest steps that still break the same law, by leaving parts out (delta debugging)."""
    steps_left = list(steps)
    law = law_of(run(seed, steps=steps_left))
    size = max(1, len(steps_left) // 2)
    while size:
        start = 0
        while start < len(steps_left):
            fewer = steps_left[:start] + steps_left[start + size :]
            if law_of(run(seed, steps=fewer)) == law:
                steps_left = fewer
            else:
                start += size
        size //= 2
    return steps_left


def law_of(result: Run) -> str | None:
    """Returns the law that was broken, or the name of another error."""
    broken = result.broken
    return None if broken is None else getattr(broken, "law", type(broken).__name__)


def _judge_step(world: World, judges: _Judges) -> None:
    for client in world.clients:
        judges.of(client).judge_news(client.store)
        session = client.session
        if session is not None and session.largest > HELD_BYTES + session.largest_frame:
            raise LawBrokenError(BUFFER, f"{client.person.name}'s socket held {session.largest} bytes")


def _judge_end(world: World, judges: _Judges) -> None:
    for name, history in world.database.history.items():
        if not history or not history[-1].is_final:
            raise LawBrokenError(ENDS, f"{name} was recorded and ended as {history}")
    _judge_audit(world)
    for client in world.clients:
        _judge_quiet(world, client)
        judges.of(client).judge_quiet_picture(client.store)


def _judge_audit(world: World) -> None:
    judge_chain(done(world.database.audit(0, 100_000)))
    landed = {(each.write.tx_id, each.write.machine, each.write.field) for each in world.floor.landed}
    for name, history in world.database.history.items():
        was_sent = world.judge.was_sent(*name)
        if history[-1] is Outcome.FAILED and name in landed:
            raise LawBrokenError(AUDIT, f"{name} is said to have failed, and it landed")
        value = world.requested_values.get(name, world.database.requested[name])
        if history[-1] is Outcome.APPLIED and (*name[1:], value) not in world.floor.reported:
            raise LawBrokenError(AUDIT, f"{name} is said to be applied, and {value} was never reported")
        if history[-1] in NOT_SENT and was_sent:
            raise LawBrokenError(AUDIT, f"{name} is said to be {history[-1]}, and it was sent")
        # After a crash nobody knows whether the write left. If the machine reports the target, it counts as applied.
        if history[-1] is Outcome.APPLIED and not was_sent and Outcome.UNKNOWN not in history:
            raise LawBrokenError(AUDIT, f"{name} is said to be applied, and it never left")
    for name in landed:
        if name not in world.database.history:
            raise LawBrokenError(AUDIT, f"{name} landed, and nobody recorded it")


def _judge_quiet(world: World, client: Client) -> None:
    if client.store.pending.locks:
        raise LawBrokenError(QUIET, f"{client.person.name} still has {client.store.pending.locks}")
    if type(client.link.connection).__name__ != "Connected":
        raise LawBrokenError(QUIET, f"{client.person.name} is {client.link.connection}")
    server = world.network.server
    assert server is not None
    plant = client.store.server.topics.get(DASHBOARD)
    notable = {key for key, record in server.engine.machines.items() if is_notable(record)}
    if plant is not None and set(plant.machines) != notable:
        raise LawBrokenError(
            QUIET, f"{client.person.name}'s plant holds {plant.machines}, notable are {notable}"
        )
    overview = {key: condition_of(record) for key, record in server.engine.machines.items()}
    if plant is not None and client.store.server.overview != overview:
        raise LawBrokenError(QUIET, f"{client.person.name} has the overview {client.store.server.overview}")
    if client.store.server.open:
        raise LawBrokenError(QUIET, f"{client.person.name} has {client.store.server.open} under way")
    for key, revs in client.store.server.revs.items():
        for name, rev in revs.items():
            now = server.engine.rev(key, name).rev
            if rev != now and client.knows(key):
                raise LawBrokenError(
                    QUIET, f"{client.person.name} has rev {rev} of {key}.{name}, it is {now}"
                )
    for key in client.store.machines():
        view = client.store.view(key)
        truth = world.floor.machines[key].values()
        for name, value in (view.record if view else {}).items():
            if name in truth and value != truth[name]:
                raise LawBrokenError(
                    QUIET, f"{client.person.name} sees {key}.{name} {value}, it is {truth[name]}"
                )
