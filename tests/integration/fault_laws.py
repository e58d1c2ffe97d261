"""A group of clients that work while something breaks, and the laws that must hold when it works again.

`Crowd` runs several `setpoint.client.Client`s. All of them watch. Some also give targets, one after another, each to a
machine of its own. At the end, `Crowd.check_laws` checks these laws:

- Every batch that the server recorded has a final outcome for each item, and its client shows the same outcome. A
  batch that the server never received is not shown as applied.
- Nothing ran twice. If the machines note what reaches them (`tests.integration.noting_server`), the notes have each
  target once or never, as its outcome says. In a calm run, a field's rev rose by one for each accepted target, and no
  machine changed by itself.
- Every client's view, figures and revs equal the server's.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import msgspec
from tests.integration.noting_server import read_notes

from setpoint.client import Batch, Client, Phase, Target, identity_headers
from setpoint.contract.http.batches import BatchStory
from setpoint.contract.live import ByKind, Outcome
from setpoint.core.link.backoff import CAPS_MS
from setpoint.core.link.states import CONNECT_WITHIN_MS, STALE_AFTER_MS, STALE_FOR_MS
from setpoint.testing.patience import patient

FIELD = "targetSpeed"
PAUSE_S = 0.05
READ_AT_ONCE = 10
CROWD = "user"
"""The start of the clients' names. Each name ends with a number from 0."""
WITNESS = "witness"
"""The name of the client that reads everything at the end."""
SETTLED_WITHIN_S = (CONNECT_WITHIN_MS + STALE_AFTER_MS + STALE_FOR_MS + CAPS_MS[-1]) / 1000
"""The longest time that the rules give a client to come back. A client waits longest if it lost its connection often
(LINK-2), after a silence that it had to notice (HB-2) or a socket that never sent hello."""
REFUSED = frozenset({Outcome.BLOCKED, Outcome.CONFLICT, Outcome.REJECTED})
"""Outcomes of targets that were never accepted: they raise no rev."""
NEVER_WRITTEN = REFUSED | {Outcome.CANCELLED}
"""Outcomes that say that the server sent nothing to the machine."""
PERHAPS_WRITTEN = frozenset({Outcome.UNKNOWN, Outcome.SUPERSEDED})
"""Outcomes that leave open whether the server sent the write. All others say that it did."""
SHOWN_AS = {
    Outcome.APPLIED: {Phase.RECONCILED},
    Outcome.UNKNOWN: {Phase.UNKNOWN},
    Outcome.SUPERSEDED: {Phase.SUPERSEDED},
    Outcome.CANCELLED: {Phase.CANCELLED, Phase.FAILED},  # refused as withdrawn, nothing was sent (CMD-7)
    Outcome.CONFLICT: {Phase.CONFLICT},
}


async def until(
    condition: Callable[[], Any], *, within_s: float = SETTLED_WITHIN_S, why: str | Callable[[], str] = ""
) -> None:
    """Polls a condition that has no event. If it does not come true in time, the error says ``why``."""
    give_up = time.monotonic() + patient(within_s)
    while not condition():
        if time.monotonic() >= give_up:
            reason = why if isinstance(why, str) else why()
            raise AssertionError(f"not within {within_s} s{': ' + reason if reason else ''}")
        await asyncio.sleep(0.02)


class Crowd:
    """Several clients of one server that watch and give targets.

    The clients connect to ``url``, which may be a proxy. ``direct`` always reaches the server itself. ``notes`` is the
    server's data directory, if its machines note what reaches them. If the server has sign-in, ``tokens`` holds a
    token for each client's name and for `WITNESS`.
    """

    def __init__(
        self,
        direct: str,
        url: str | None = None,
        *,
        clients: int = 5,
        topics: Iterable[str] = ("line:01",),
        notes: Path | None = None,
        tokens: Mapping[str, str] | None = None,
    ) -> None:
        self.direct, self.url = direct, url or direct
        self._notes = notes
        self._tokens = tokens
        self.topics = tuple(topics)
        self.clients: list[Client] = []
        self.batches: list[Batch] = []
        self._wanted = clients
        self._stack = AsyncExitStack()
        self._work: list[asyncio.Task[None]] = []
        self._values = itertools.count(500)
        self._revs: Counter[str] = Counter()

    async def __aenter__(self) -> Crowd:
        async with asyncio.timeout(patient(40)):
            self.clients = [self._client(self.url, f"{CROWD}{number}") for number in range(self._wanted)]
            for client in self.clients:
                await self._stack.enter_async_context(client)
            await asyncio.gather(*(client.subscribe(*self.topics) for client in self.clients))
        self._revs.update({key: revs.get(FIELD, 0) for key, revs in self.clients[0].revs.items()})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop_work()
        await self._stack.aclose()

    def _client(self, url: str, name: str) -> Client:
        return Client(url, user=name) if self._tokens is None else Client(url, token=self._tokens[name])

    def _http(self) -> httpx.AsyncClient:
        token = None if self._tokens is None else self._tokens[WITNESS]
        headers = identity_headers(token, None)
        return httpx.AsyncClient(base_url=self.direct, headers=headers, timeout=patient(10))

    # Work

    def work(self, *machines: str) -> None:
        """Makes the first client give targets to the first machine, the second to the second, and so on."""
        for client, machine in zip(self.clients, machines, strict=False):
            self._work.append(asyncio.create_task(self._give(client, machine), name=f"targets for {machine}"))

    async def _give(self, client: Client, machine: str) -> None:
        while True:
            batch, answered = client.begin({machine: {FIELD: next(self._values) % 2_500}})
            self.batches.append(batch)
            await answered
            await batch.done()
            await asyncio.sleep(PAUSE_S)

    async def rest(self) -> None:
        """Stops giving targets, and waits for the outcomes of the last ones."""
        await self._stop_work()
        async with asyncio.timeout(patient(15)):
            for batch in self.batches:
                await batch.done()

    async def _stop_work(self) -> None:
        for task in self._work:
            task.cancel()
        for task in self._work:
            with suppress(asyncio.CancelledError):
                await task
        self._work.clear()

    async def wait_for_batches(self, number: int = 3, *, within_s: float = 20) -> None:
        """Waits until ``number`` more batches have ended: the line works again."""
        before = sum(batch.is_done for batch in self.batches)
        await until(
            lambda: sum(batch.is_done for batch in self.batches) >= before + number,
            within_s=within_s,
            why="no batch ends",
        )

    async def simulate(self, machine: str, **what: str | None) -> None:
        """Sends an event to the simulator. Tries again while the server is not available, as a person would."""
        give_up = time.monotonic() + patient(SETTLED_WITHIN_S)
        async with self._http() as http:
            while True:
                try:
                    answer = await http.post("/api/simulator/events", json={"machine": machine, **what})
                except httpx.TransportError:
                    if time.monotonic() >= give_up:
                        raise
                else:
                    if answer.is_success:
                        return
                    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
                    assert time.monotonic() < give_up, answer.text
                await asyncio.sleep(0.5)

    async def wait_until_live(self, *, within_s: float = SETTLED_WITHIN_S) -> None:
        """Waits until every client is connected and shows nothing stale."""
        await until(
            lambda: all(map(self._is_live, self.clients)),
            within_s=within_s,
            why=lambda: (
                "some clients are not back: "
                + "; ".join(
                    f"client {number}: {client.link}"
                    for number, client in enumerate(self.clients)
                    if not self._is_live(client)
                )
            ),
        )

    def _is_live(self, client: Client) -> bool:
        return client.state == "CONNECTED" and not any(map(client.is_stale, self.topics))

    async def wait_until_each_was_stale(self, *, within_s: float = 10) -> None:
        """Waits until every client has noticed the silence (HB-2).

        A client may give up its connection before the others have noticed, so it counts once it was stale.
        """
        fresh = set(self.clients)

        def is_none_left() -> bool:
            fresh.difference_update([each for each in fresh if each.state == "STALE"])
            return not fresh

        await until(is_none_left, within_s=within_s, why="some clients are not stale")

    # The laws

    async def check_laws(
        self, *, is_calm: bool = True, restarts: int = 0, has_lost_batches: bool = False
    ) -> dict[str, BatchStory]:
        """Raises AssertionError if something was lost or invented. Returns the batches as the server has them.

        Simulated machines start again with their server. After each of the ``restarts``, every machine may report one
        change of its set-point (CMD-6).

        ``is_calm`` says that no machine stopped. Otherwise stops raised revs too, and machines reset their
        set-points, so only the machines' own notes say how often a target ran. A client also shows a target that a
        stop voided as cancelled (SAFE-2), whatever the server's outcome: the stop may overtake the outcome of a
        target that the machine had just taken.

        ``has_lost_batches`` says that the storage failed for some batches. Such a batch counts as never received, but
        the revs that it raised stay raised.
        """
        await self.rest()
        await self.wait_until_live()
        stories = await self._stories()
        changes = await self._changes_at_machines()
        await self._outcomes_agree(stories, changes.keys(), is_calm=is_calm)
        if self._notes is not None:
            self._notes_agree(stories, self._notes)
        async with self._client(self.direct, WITNESS) as witness:
            await witness.subscribe(*self.topics)
            if is_calm:
                assert all(number <= restarts for number in changes.values()), f"machines changed: {changes}"
                self._nothing_twice(witness, stories.values(), changes, has_lost_batches=has_lost_batches)
            await self._views_equal(witness)
        return stories

    async def _changes_at_machines(self) -> Counter[str]:
        """Counts how often each machine changed its set-point by itself."""
        changes: Counter[str] = Counter()
        async with self._http() as http:
            answer = await http.get("/api/events", params={"kind": "device_change", "limit": 500})
        for event in answer.json()["items"]:
            changes[event["machine"]] += event["field"] == FIELD
        return changes

    async def _stories(self) -> dict[str, BatchStory]:
        """Reads each batch from the server once it is done, without the batches that the server never received."""
        by_tx_id: dict[str, BatchStory] = {}
        async with self._http() as http:
            for start in range(0, len(self.batches), READ_AT_ONCE):
                together = self.batches[start : start + READ_AT_ONCE]
                stories = await asyncio.gather(*(_story(http, batch.tx_id) for batch in together))
                by_tx_id.update((story.tx_id, story) for story in stories if story is not None)
        return by_tx_id

    async def _outcomes_agree(
        self, stories: dict[str, BatchStory], changed: Collection[str], *, is_calm: bool
    ) -> None:
        """Checks that clients show the recorded outcomes. ``changed`` has the machines that changed their set-point by
        themselves.
        """

        def differences() -> list[str]:
            return [
                f"{batch.tx_id}: {target.phase} here ({target.message}), {outcome} there"
                for batch in self.batches
                for target in batch.targets
                if not _may_show(
                    outcome := _outcome(stories.get(batch.tx_id), target.machine),
                    target,
                    is_calm=is_calm,
                    has_changed=target.machine in changed,
                )
            ]

        with suppress(AssertionError):
            await until(lambda: not differences(), within_s=5)
        assert not (wrong := differences()), "\n".join(wrong)

    def _notes_agree(self, stories: Mapping[str, BatchStory], notes: Path) -> None:
        """Checks that the machines' notes have each target once or never, with its value, as its outcome says."""
        written: defaultdict[tuple[str, str, str], list[object]] = defaultdict(list)
        for tx_id, machine, field, value in read_notes(notes):
            written[tx_id, machine, field].append(value)
        twice = [name for name, values in written.items() if len(values) > 1]
        assert not twice, f"ran twice: {twice}"
        unrecorded = {batch.tx_id for batch in self.batches} - stories.keys()
        assert not (ran := unrecorded & {tx_id for tx_id, _, _ in written}), f"ran without a record: {ran}"
        for tx_id, story in stories.items():
            for item in story.results:
                values = written.get((tx_id, item.machine, item.field), [])
                message = f"{tx_id} {item.machine}: {item.outcome} of {item.asked}, and the machine was given {values}"
                assert values in ([], [item.asked]), message
                assert not (values and item.outcome in NEVER_WRITTEN), message
                assert values or item.outcome in NEVER_WRITTEN | PERHAPS_WRITTEN, message

    def _nothing_twice(
        self,
        witness: Client,
        stories: Iterable[BatchStory],
        changes: Mapping[str, int],
        *,
        has_lost_batches: bool,
    ) -> None:
        accepted = Counter(
            item.machine for story in stories for item in story.results if item.outcome not in REFUSED
        )
        for machine, number in accepted.items():
            expected = self._revs[machine] + number + changes[machine]
            rev = witness.revs[machine][FIELD]
            is_right = rev >= expected if has_lost_batches else rev == expected
            assert is_right, f"{machine}: rev {rev}, expected {expected}"

    async def _views_equal(self, witness: Client) -> None:
        """Freezes the machines and compares every client's view with the witness's.

        Values that move cannot be compared over two connections.
        """
        await asyncio.gather(*(self.simulate(machine, fault="freeze") for machine in witness.view))
        try:
            with suppress(AssertionError):
                await until(
                    lambda: all(_seen(client) == _seen(witness) for client in self.clients), within_s=12
                )
            truth = _seen(witness)
            for number, client in enumerate(self.clients):
                assert _seen(client) == truth, f"client {number} sees something else"
        finally:
            await asyncio.gather(*(self.simulate(machine, fault=None) for machine in witness.view))


async def _story(http: httpx.AsyncClient, tx_id: str) -> BatchStory | None:
    async with asyncio.timeout(patient(15)):
        story = await _read(http, tx_id)
        while story is not None and story.status != "done":
            await asyncio.sleep(0.05)
            story = await _read(http, tx_id)
    return story


async def _read(http: httpx.AsyncClient, tx_id: str) -> BatchStory | None:
    answer = await http.get(f"/api/batches/{tx_id}")
    if answer.status_code == 404:
        return None
    return msgspec.json.decode(answer.raise_for_status().content, type=BatchStory)


def _outcome(story: BatchStory | None, machine: str) -> Outcome | None:
    if story is None:
        return None
    return next(item.outcome for item in story.results if item.machine == machine)


def _may_show(outcome: Outcome | None, target: Target, *, is_calm: bool, has_changed: bool) -> bool:
    """Says whether a client may show the target as it does if this is its recorded outcome.

    No outcome means that the server never received the batch. A client that could not ask in time may say unknown, but
    never applied. A batch that was answered as too late was not sent, whatever its record says of each target (CMD-8).
    If the machine has changed the set-point after it applied the target, a client that receives both shows a conflict
    with the machine (CONF-1).
    """
    if outcome is Outcome.APPLIED and has_changed and target.phase is Phase.CONFLICT:
        return target.by is not None and target.by.kind is ByKind.DEVICE
    is_too_late = target.phase is Phase.FAILED and "too late" in (target.message or "")
    if is_too_late and outcome in NEVER_WRITTEN:
        return True
    voided: set[Phase] = set() if is_calm else {Phase.CANCELLED}
    if outcome is None:
        return target.phase in {Phase.FAILED, Phase.UNKNOWN} | voided
    return target.phase in SHOWN_AS.get(outcome, {Phase.FAILED}) | voided


def _seen(client: Client) -> dict[str, Any]:
    """Returns what a client shows of the plant, except what depends on the speed of the network."""
    return {
        "machines": {machine: dict(view.record) for machine, view in client.view.items()},
        "kpis": {topic: dict(record) for topic, record in client.kpis.items()},
        "revs": {machine: dict(revs) for machine, revs in client.revs.items()},
    }


async def post(
    url: str, updates: dict[str, dict[str, Any]], tx_id: str, *, timeout_s: float = 10.0
) -> httpx.Response:
    """Sends one batch by plain HTTP."""
    async with httpx.AsyncClient(base_url=url, timeout=patient(timeout_s)) as http:
        return await http.post(
            "/api/batches",
            content=json.dumps({"txId": tx_id, "updates": updates}),
            headers={"Content-Type": "application/json"},
        )


def all_applied(stories: Iterable[BatchStory]) -> bool:
    """Says whether targets were applied, and none had another outcome than applied or cancelled.

    On a busy computer a target may be cancelled because its time was over before the server could send it (CMD-8).
    """
    return {Outcome.APPLIED} <= set(counted(stories)) <= {Outcome.APPLIED, Outcome.CANCELLED}


def counted(stories: Iterable[BatchStory]) -> Counter[str]:
    return Counter(item.outcome.value for story in stories for item in story.results)
