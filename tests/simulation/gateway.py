"""A gateway in simulated time: the product's mirror, with a simulated bus and simulated sockets.

To the network of its clients it is a `Server`. Around the mirror, it does what `setpoint.runtime.cluster.link` and
`setpoint.runtime.cluster.gateway` do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tests.simulation.clock import WALL_AT_START
from tests.simulation.owner_side import Introduction
from tests.simulation.routes import LIMITS, judge_ping
from tests.simulation.server import Answer, Listener, done

from setpoint.contract.cluster import Copy, Frames, Heads, pack, unpack
from setpoint.contract.http.batches import BatchRequest
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.live import Ping, decode_down
from setpoint.core.commands import story_of
from setpoint.core.hub import Close, Effect, Send
from setpoint.core.hub.mirror import Mirror
from setpoint.core.hub.mirror.owner_time import OwnerTime
from setpoint.core.hub.views import epoch_of
from setpoint.core.plant import Person
from setpoint.errors import RequestError

if TYPE_CHECKING:
    from tests.simulation.failover import World
    from tests.simulation.lives import Life

SYNC_EVERY_MS = 1_000
TICK_MS = 250
SYNC_WITHIN_MS = 900
COPY_WITHIN_MS = 2_000
ANSWER_WITHIN_MS = 4_000
TOO_OLD_MS = 5_000
PING = b'{"type":"ping"'


def _refused(message: str) -> RequestError:
    """Returns a 503, after which a client tries again."""
    return RequestError(message, code=ProblemCode.STORAGE_FAILED)


class Gateway:
    def __init__(self, world: World, name: str) -> None:
        clock = world.clock
        self.world = world
        self.name = name
        self.is_alive = True
        self.is_frozen = False
        self.mirror: Mirror[Listener] | None = None
        self.last_message_ms = -(10**6)
        """When the owner that it follows last sent it something."""
        self._ahead_ms = clock.between(0, 10**6)
        self._wall_s = float(clock.between(-20, 20))
        """How far its computer's wall clock is off."""
        self._owner_time = OwnerTime()
        self._sessions: dict[Listener, Person] = {}
        self._held: list[Callable[[], None]] = []
        clock.after(clock.between(0, 200), lambda: self.do(self._sync))
        clock.after(clock.between(0, 250), lambda: self.do(self._tick))

    @property
    def now_ms(self) -> int:
        return self.world.clock.now_ms + self._ahead_ms

    @property
    def ts(self) -> float:
        """The plant server's wall clock (MIR-7)."""
        known = self._owner_time.ts(self.now_ms)
        return WALL_AT_START + self.world.clock.now_ms / 1000 + self._wall_s if known is None else known

    # The process

    def do(self, act: Callable[[], None]) -> None:
        if self.is_frozen:
            self._held.append(act)
        elif self.is_alive:
            act()

    def later(self, delay_ms: int, act: Callable[[], None]) -> None:
        self.world.clock.after(delay_ms, lambda: self.do(act))

    def freeze(self, for_ms: int) -> None:
        self.is_frozen = True
        self.world.clock.after(for_ms, self.thaw)

    def thaw(self) -> None:
        self.is_frozen = False
        held, self._held = self._held, []
        for act in held:
            self.do(act)

    def kill(self) -> None:
        self.is_alive = self.is_frozen = False
        self._held.clear()
        for session in list(self._sessions):
            session.cut()
        self._sessions.clear()

    # The owner

    def _sync(self) -> None:
        self.later(SYNC_EVERY_MS, self._sync)
        bus, servers = self.world.bus, self.world.owners()
        mirror = self.mirror
        if mirror is None:
            self._introduce()
            return
        data = pack(mirror.sync(self.now_ms))
        bus.request(
            self,
            servers,
            lambda life, reply: life.serve(data, reply),
            self._in_time(self._take_heads, SYNC_WITHIN_MS),
            within_ms=SYNC_WITHIN_MS,
        )
        self._request_copies()

    def _introduce(self) -> None:
        self.world.bus.request(
            self,
            self.world.owners(),
            lambda life, reply: life.serve(None, reply),
            self._in_time(self._take_introduction, COPY_WITHIN_MS),
            within_ms=COPY_WITHIN_MS,
        )

    def _in_time(self, on_answer: Callable[[Any], None], within_ms: int) -> Callable[[Any], None]:
        """Passes on an answer only if it is young enough. An answer that waited while this process was frozen carries
        old clock readings, so it counts as no answer.
        """
        requested_ms = self.now_ms
        return lambda found: on_answer(found if self.now_ms - requested_ms <= within_ms else None)

    def _take_introduction(self, introduction: Introduction | None) -> None:
        if introduction is None or (self.mirror is not None and introduction.token < self.mirror.token):
            return
        self._owner_time.answered(introduction.token, introduction.owner_ms, introduction.ts, self.now_ms)
        if self.mirror is None:
            self.mirror = Mirror(
                introduction.plant,
                name=self.name,
                token=introduction.token,
                epoch=introduction.epoch,
                now_ms=self.now_ms,
                limits=LIMITS,
            )
        else:
            self._play(
                self.mirror.begin(
                    introduction.plant, introduction.token, introduction.epoch, self.now_ms, self.ts
                )
            )

    def _take_heads(self, data: bytes | None) -> None:
        mirror = self.mirror
        if data is None or mirror is None:
            return
        heads = unpack(data, Heads)
        mirror.heads(heads, self.now_ms)
        self._note_message(heads.token)
        if heads.token >= mirror.token:
            self._owner_time.answered(heads.token, heads.owner_ms, heads.ts, self.now_ms)
        if mirror.wants_plant:
            self._introduce()
        self._request_copies()

    def _note_message(self, token: int) -> None:
        if self.mirror is not None and token == self.mirror.token:
            self.last_message_ms = self.world.clock.now_ms

    def frames(self, data: bytes) -> None:
        if self.mirror is not None:
            frames = unpack(data, Frames)
            self._note_message(frames.token)
            self._play(self.mirror.frames(frames, self.now_ms))

    def _request_copies(self) -> None:
        if self.mirror is None:
            return
        for ask in self.mirror.asks(self.now_ms):
            self._request_copy(pack(ask))

    def _request_copy(self, data: bytes) -> None:
        self.world.bus.request(
            self,
            self.world.owners(),
            lambda life, reply: life.copy(data, reply),
            self._take_copy,
            within_ms=COPY_WITHIN_MS,
        )

    def _take_copy(self, data: bytes | None) -> None:
        if data is not None and self.mirror is not None:
            copy = unpack(data, Copy)
            self._note_message(copy.token)
            self._play(self.mirror.copied(copy, self.now_ms, self.ts))

    def vouches(self) -> bool:
        """Says whether the mirror vouches for every topic that a client has subscribed to."""
        feeds = self.mirror._feeds if self.mirror is not None else ()
        return all(feed.is_proven for feed in feeds if feed.subscribers)

    def _tick(self) -> None:
        if self.mirror is not None:
            self._play(self.mirror.tick(self.now_ms, self.ts))
            self._request_copies()
        self.later(TICK_MS, self._tick)

    # Requests of people

    def post(self, request: BatchRequest, person: Person, answer: Answer) -> None:
        self._call(lambda life, at_ms, reply: life.submit(request, person, at_ms, reply), answer)

    def get(self, tx_id: str, answer: Answer) -> None:
        database = self.world.database
        batch = done(database.store.batch(tx_id))
        if batch is not None:
            answer(story_of(batch))
        else:
            self._call(lambda life, _, reply: life.get(tx_id, reply), answer)

    def _call(
        self, call: Callable[[Life, int, Callable[[Any], None]], None], answer: Callable[[Any], None]
    ) -> None:
        life = self.world.owner_of(self.mirror.token) if self.mirror is not None else None
        if life is None or not self._owner_time.is_known or not self.world.bus.joins(self, life):
            answer(_refused("no server owns the plant"))
            return
        sent_ms = self._owner_time.at_owner(self.now_ms)

        def serve(owner: Life, reply: Callable[[Any], None]) -> None:
            if owner.now_ms - sent_ms > TOO_OLD_MS:
                reply(RequestError("it was on its way for too long", code=ProblemCode.TOO_LATE))
            else:
                call(owner, sent_ms, reply)

        def on_answer(result: Any) -> None:
            answer(_refused("the plant server has not answered") if result is None else result)

        self.world.bus.request(self, (life,), serve, on_answer, within_ms=ANSWER_WITHIN_MS)

    # Sessions

    def opened(self, session: Listener, person: Person) -> None:
        if self.mirror is None:
            session.close(1012, "no plant server")
            return
        self._sessions[session] = person
        self._play(
            self.mirror.open(session, person, name=session.name, now_ms=self.now_ms, ts=self.ts),
        )

    def received(self, session: Listener, data: bytes) -> None:
        if session in self._sessions and self.mirror is not None:
            self._play(self.mirror.received(session, data, self.now_ms, self.ts))
            self._request_copies()

    def buffered(self, session: Listener, size: int) -> None:
        if session in self._sessions and self.mirror is not None:
            self._play(self.mirror.buffered(session, size, self.now_ms, self.ts))

    def lost(self, session: Listener) -> None:
        if self._sessions.pop(session, None) is not None and self.mirror is not None:
            self.mirror.close(session, self.now_ms)

    def _play(self, effects: Iterable[Effect[Listener]]) -> None:
        grown: dict[Listener, None] = {}
        for effect in effects:
            match effect:
                case Send(sessions, data):
                    if data.startswith(PING):
                        self._judge_ping(list(sessions), data)
                    for session in sessions:
                        session.down(data)
                        grown[session] = None
                case Close(session, code, reason):
                    self._sessions.pop(session, None)
                    session.close(code, reason)
        for session in grown:
            session.report_size()

    def _judge_ping(self, sessions: list[Listener], data: bytes) -> None:
        assert self.mirror is not None
        ping = decode_down(data)
        assert isinstance(ping, Ping)
        for person in {self._sessions[each].name: self._sessions[each] for each in sessions}.values():
            lines = {line.id for line in self.mirror.plant.lines if person.may_see(line.id)}
            visible_lines = None if person.sees_whole_plant else frozenset(lines)
            judge_ping(self, epoch_of(self.mirror.epoch, visible_lines), ping)
