"""A gateway's calls to the plant server, as messages.

Each method of `Owner` is one call: its parameters travel in their order, by their types. An answer that is too large
for one message comes in parts.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, get_type_hints

import msgspec

from setpoint.contract.cluster import WIRE, Greeting
from setpoint.contract.http.batches import AgainRequest, BatchAnswer, BatchKind, BatchRequest
from setpoint.contract.http.plant import CapabilityName
from setpoint.core.alarms import AlarmChange, AlarmKey, Raise
from setpoint.core.alarms.state import Act
from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.audit.chain import Fact
from setpoint.core.audit.queries import EventMark
from setpoint.core.commands import Arrival, BatchRecord
from setpoint.core.history import HistoryQuery
from setpoint.core.plant import Person, Plant, PlantChange
from setpoint.core.shifts import ShiftQuestion
from setpoint.errors import MisuseError, ProtocolError, RequestError, SetpointError, StorageError
from setpoint.message import Args, Message, Sentence, sentence_of

PART_BYTES = 512 * 1024


def introduction(cluster: str) -> str:
    """The subject that gateways and plant servers of every version and plant share."""
    return f"setpoint.{cluster}.introduction"


class Subjects:
    """The subjects of one plant, in one version of the wire. Plants that share a NATS differ by name and by
    database."""

    def __init__(self, cluster: str, database: str) -> None:
        at = f"setpoint.{cluster}.{database}.{WIRE}"
        self.lines = f"{at}.d"
        """The frames of a tick; one message for each line."""
        self.urgent = f"{at}.u"
        self.sync = f"{at}.sync"
        self.copy = f"{at}.copy"
        self._calls = f"{at}.cmd"

    def calls(self, token: int) -> str:
        """The subject on which the owner of the lease with this token takes calls."""
        return f"{self._calls}.{token}"


class Owner(Protocol):
    """The plant server, as gateways see it. Arrivals are by its own clocks."""

    async def submit(self, request: BatchRequest, person: Person, arrival: Arrival) -> BatchAnswer: ...
    async def again(  # noqa: PLR0917  # arguments travel in their order
        self,
        followed: str,
        kind: BatchKind,
        tx_id: str,
        body: AgainRequest,
        person: Person,
        arrival: Arrival,
    ) -> BatchAnswer: ...
    async def cancel(self, tx_id: str, person: Person) -> BatchAnswer: ...
    async def confirm(
        self, tx_id: str, person: Person, asked_by: Person, arrival: Arrival
    ) -> BatchAnswer: ...
    async def withdraw(self, tx_id: str, person: Person) -> None: ...
    async def held(self, person: Person) -> list[PendingApproval]: ...
    async def batch(self, tx_id: str) -> BatchRecord | None: ...
    async def alarms(self) -> list[AlarmChange]: ...
    async def alarm_raises(self) -> list[Raise]: ...
    async def act_on_alarm(self, key: AlarmKey, what: Act) -> AlarmChange: ...
    async def acknowledge(self, mark: EventMark) -> None: ...
    async def history(
        self, query: HistoryQuery, form: str, units: dict[str, str], changes: bytes
    ) -> tuple[bytes, str]: ...
    async def shift_report(self, question: ShiftQuestion, form: str) -> tuple[bytes, str]: ...
    async def signed(self, facts: list[Fact]) -> None:
        """A gateway has recorded sign-ins, which are events too."""

    async def reload(self, by: str, address: str) -> PlantChange: ...


class Introduction(Greeting, frozen=True, kw_only=True):
    """The data that a gateway needs before it can serve. ``plant`` has no addresses or other settings of sources.

    ``owner_ms`` and ``ts`` are the plant server's clocks, as in `Heads`.
    """

    token: int
    epoch: str
    plant: Plant
    tells: dict[str, list[CapabilityName]]
    owner_ms: int = 0
    ts: float = 0.0


class Request(msgspec.Struct, frozen=True, array_like=True):
    """``sent_ms``: when it left, by the plant server's clock, or a little earlier. ``rest_of``: the name of an answer
    of which a further part is requested."""

    call: str
    arguments: msgspec.Raw = msgspec.Raw(b"\x90")
    sent_ms: int = 0
    rest_of: str = ""


class Failure(msgspec.Struct, frozen=True, array_like=True):
    """``sentences`` has the sentences among the arguments by their names, and the message's own under an empty name.

    A gateway can show them in another language.
    """

    kind: str
    message: str
    code: str
    arguments: dict[str, Any] = {}
    detail: msgspec.Raw = msgspec.Raw(b"\xc0")
    sentences: dict[str, Message] = {}


class Reply(msgspec.Struct, frozen=True, array_like=True):
    """``rest``: the name under which the rest of ``part`` can be fetched."""

    part: bytes = b""
    rest: str = ""
    failure: Failure | None = None


class _Call:
    def __init__(self, name: str) -> None:
        hints = get_type_hints(getattr(Owner, name))
        result = hints.pop("return")
        self.arguments = msgspec.msgpack.Decoder(tuple[tuple(hints.values())])  # type: ignore[misc]  # made from the annotations
        self.result = msgspec.msgpack.Decoder(result)


CALLS = {name: _Call(name) for name, each in vars(Owner).items() if inspect.iscoroutinefunction(each)}

_KINDS: dict[str, Callable[..., SetpointError]] = {
    "request": RequestError,
    "storage": StorageError,
    "misuse": MisuseError,
}


def failure_of(error: SetpointError) -> Failure:
    if isinstance(error, RequestError):
        detail = error.detail
        form = "answer" if isinstance(detail, BatchAnswer) else "plain"
        raw = msgspec.Raw(msgspec.msgpack.encode((form, detail)))
        return Failure("request", error.message, error.code, _plain(error.arguments), raw, _sentences(error))
    kind = "misuse" if isinstance(error, MisuseError) else "storage"
    return Failure(kind, error.message, error.code, _plain(error.arguments), sentences=_sentences(error))


def _sentences(error: SetpointError) -> dict[str, Message]:
    texts = {"": error.args[0], **error.arguments}
    return {name: Message(each.code, each.args) for name, each in texts.items() if isinstance(each, Sentence)}


def _plain(arguments: Args) -> dict[str, Any]:
    """Plain texts only: msgspec does not encode a subclass of ``str``."""
    return {name: str(each) if isinstance(each, str) else each for name, each in arguments.items()}


def error_of(failure: Failure) -> SetpointError:
    make = _KINDS.get(failure.kind, StorageError)
    more: dict[str, Any] = {}
    if failure.kind == "request":
        form, raw = msgspec.msgpack.decode(failure.detail, type=tuple[str, msgspec.Raw])
        more["detail"] = msgspec.msgpack.decode(raw, type=BatchAnswer if form == "answer" else Any)
    texts = {"": failure.message, **failure.arguments}
    texts |= {name: sentence_of(each, str(texts.get(name, ""))) for name, each in failure.sentences.items()}
    return make(texts.pop(""), code=failure.code, arguments=texts, **more)


def decode(data: bytes, kind: Any) -> Any:
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(
            f"the servers of the plant do not understand each other: {error}; let them have the same version"
        ) from error


def call_of(owner: Owner, request: Request) -> Awaitable[Any]:
    """Raises `ProtocolError` for a call that this version does not know."""
    known = CALLS.get(request.call)
    if known is None:
        raise ProtocolError(f"there is no call {request.call[:40]!r}; let the servers have the same version")
    try:
        arguments = known.arguments.decode(request.arguments)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"the call {request.call} is not understood: {error}") from error
    found: Awaitable[Any] = getattr(owner, request.call)(*arguments)
    return found
