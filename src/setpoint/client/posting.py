"""Posts a batch until its answer is known, or its time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import TypeAlias

from setpoint.client.api import Api
from setpoint.contract.http.batches import BatchKind, BatchRequest
from setpoint.contract.http.problems import ProblemCode
from setpoint.core import store
from setpoint.core.link import wait_ms
from setpoint.errors import LinkError, ProtocolError, RefusedError

Follows: TypeAlias = tuple[str, BatchKind]
"""The txId of an earlier batch, and whether to undo or to retry it."""
NO_ANSWER = (LinkError, ProtocolError)
"""There was no answer, or one from something other than the server, such as the sign-in page of a network."""
_NEVER_TAKEN = frozenset((ProblemCode.TOO_LATE, ProblemCode.WITHDRAWN))
"""Refusals that the server gives only for a batch that it does not have; it compares the txId first (CMD-2)."""


async def post(
    api: Api,
    request: BatchRequest,
    follows: Follows | None,
    now_ms: Callable[[], int],
    jitter: Callable[[], float],
) -> tuple[store.Event, RefusedError | None]:
    """Posts a batch, and posts it again (CMD-2) with the connection's back-off (LINK-2) within the lock's 10 s.

    Returns the event for the store, with the refusal if the server refused the whole batch. If an earlier attempt got
    no answer, the refusal of a later one says nothing about it: the batch is lost, and its outcome is asked for. The
    exceptions are refusals that the server gives only for a batch that it does not have.
    """
    give_up_ms = now_ms() + store.LOCK_MS
    for attempt in count():
        try:
            if follows is None:
                answer = await api.post_batch(request)
            else:
                answer = await api.again(*follows, request)
            return store.Answered(request.tx_id, answer.results), None
        except RefusedError as error:
            if not _may_pass_later(error):
                if attempt and error.code not in _NEVER_TAKEN:
                    break
                return store.Refused(request.tx_id, error.message), error
        except NO_ANSWER:
            pass
        wait = wait_ms(attempt, jitter())
        if now_ms() + wait >= give_up_ms:
            break
        await asyncio.sleep(wait / 1000)
    return store.Lost(request.tx_id), None


def _may_pass_later(error: RefusedError) -> bool:
    """Whether the same request may succeed later: the batch is in progress, the server has a problem, or something in
    front of the server (such as a proxy) refuses for now or redirects.
    """
    is_refusal = 400 <= error.status < 500 and error.status not in (408, 429)
    return error.code == ProblemCode.IN_PROGRESS or not is_refusal
