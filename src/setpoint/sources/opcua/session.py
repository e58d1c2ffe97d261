"""An open session. Its service calls adapt their size to the server, and explain failures.

Servers limit the number of nodes in one call. Some state the limit, some only refuse (BadTooManyOperations and similar
codes). Then the call is halved, and `Sizes` remembers the size that passed, also for the next connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple, Protocol, TypeVar

from asyncua import ua
from asyncua.client.client import Client
from asyncua.client.ua_client import UASocketProtocol
from asyncua.common.utils import Buffer, NotEnoughData
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_from_binary
from asyncua.ua.uaerrors import UaError, UaStatusCodeError

from setpoint.core.plant import usable_text
from setpoint.errors import SourceError
from setpoint.sources.opcua.explain import explain
from setpoint.sources.opcua.quality import BAD, in_words
from setpoint.sources.wording import words

REQUEST_WITHIN_S = 3.0
LEAST_RENEWAL_S = 1.0
"""A server that grants its channel no time at all is not asked for new keys without a pause."""
SESSION_TIMEOUT_S = 30.0
"""Longer than any silence that a connection survives (`source.DROP_AFTER_S`), but not by much: the session of a broken
connection stays open for this time, and small controllers allow few sessions."""
MAX_EMPTY_PARTS = 100
MAX_REFERENCES = 100_000
"""The most references of one node that are read, so that a server cannot answer without end."""
MAX_REFERENCES_IN_ALL = 500_000
"""The most references of all nodes of one question."""


class _Answer(Protocol):
    ResponseHeader: ua.ResponseHeader


Response = TypeVar("Response", bound=_Answer)
Item = TypeVar("Item")


class Kind(Enum):
    """Kinds of calls, each with its own limit."""

    READ = "read"
    WRITE = "write"
    MONITOR = "monitor"
    BROWSE = "browse"
    CALL = "call"


_BEGIN_WITH: Mapping[Kind, int] = {
    Kind.READ: 500, Kind.WRITE: 500, Kind.MONITOR: 200, Kind.BROWSE: 50, Kind.CALL: 100,
}  # fmt: skip
"""The number of nodes in a call if the server states no limit, small enough not to block the event loop."""

_TOO_MUCH = frozenset(
    (
        StatusCodes.BadTooManyOperations,
        StatusCodes.BadRequestTooLarge,
        StatusCodes.BadTcpMessageTooLarge,
        StatusCodes.BadEncodingLimitsExceeded,
    )
)
_ANSWER_TOO_MUCH = frozenset((StatusCodes.BadResponseTooLarge,))


@dataclass(slots=True)
class Sizes:
    """The known limits of the server, stated or found by trying, such as the number of nodes that it accepts in one
    call. Outlives a connection.
    """

    by_kind: dict[Kind, int] = field(default_factory=lambda: dict(_BEGIN_WITH))
    keeps_alive: bool = True
    """False if a subscription was silent beyond its keep-alive while the server answered."""

    def state(self, kind: Kind, limit: object) -> None:
        if isinstance(limit, int) and limit > 0:
            self.by_kind[kind] = min(self.by_kind[kind], limit)

    def halve(self, kind: Kind, size: int) -> None:
        self.by_kind[kind] = max(1, min(self.by_kind[kind], size // 2))


class Reference(NamedTuple):
    """The references of a node."""

    node: ua.NodeId
    name: str
    is_variable: bool
    is_method: bool
    type_definition: ua.NodeId
    is_property: bool


class Session:
    """An open session. Its calls raise `SourceError` if the connection or the service fails."""

    def __init__(
        self,
        client: Client,
        protocol: UASocketProtocol,
        endpoint: str,
        *,
        sizes: Sizes | None = None,
        request_within_s: float = REQUEST_WITHIN_S,
    ) -> None:
        self.endpoint = endpoint
        self.sizes = sizes or Sizes()
        self.request_within_s = request_within_s
        self._client = client
        self._protocol = protocol
        self._spaces: Mapping[str, int] = {}
        self._picks: bool | None = None

    async def call(self, request: Any, answer: type[Response], *, within_s: float | None = None) -> Response:
        """One service call. Returns the parsed response; its service result is good."""
        within_s = self.request_within_s if within_s is None else within_s
        try:
            data = await self._protocol.send_request(request, within_s)
            response = struct_from_binary(answer, data)
            response.ResponseHeader.ServiceResult.check()
        except TimeoutError as error:
            raise SourceError(
                words(
                    "words-did-not-answer-within-s", endpoint=self.endpoint, withins=f"{round(within_s, 1):g}"
                ),
                code="timeout",
            ) from error
        except (UaError, OSError) as error:
            raise explain(error, self.endpoint) from error
        except Exception as error:
            # The library may raise anything while it decodes bytes of a machine; the answer is unreadable.
            raise SourceError(
                words(
                    "words-sent-answer-cannot-be-read", endpoint=self.endpoint, value=usable_text(repr(error))
                ),
                code="garbled",
            ) from error
        return response

    async def call_in_parts(
        self,
        kind: Kind,
        items: Sequence[Item],
        one: Callable[[Sequence[Item]], Any],
    ) -> list[Any]:
        """Calls ``one`` for parts of the items. ``one`` calls the service and returns a result for each item.

        If the server refuses a part as too large, the part is halved and sent again: a refused call has changed
        nothing.
        """
        results: list[Any] = []
        at = 0
        while at < len(items):
            part = items[at : at + self.sizes.by_kind[kind]]
            try:
                found = await one(part)
            except SourceError as error:
                if len(part) > 1 and is_too_much(error, answer_too=kind in (Kind.READ, Kind.BROWSE)):
                    self.sizes.halve(kind, len(part))
                    continue
                raise
            if len(found) != len(part):
                raise SourceError(
                    words(
                        "words-answered-items",
                        endpoint=self.endpoint,
                        value=len(found),
                        value2=len(part),
                        value3=kind.value,
                    ),
                    code="garbled",
                )
            results += found
            at += len(part)
        return results

    async def publish(self, request: ua.PublishRequest) -> Buffer:
        """Sends one Publish and waits until the server answers it. Returns the bytes of the answer, not decoded."""
        try:
            return await self._protocol.send_request(request, 0)
        except (UaError, OSError, NotEnoughData) as error:
            raise explain(error, self.endpoint) from error

    async def read(
        self, nodes: Sequence[ua.NodeId], attribute: AttributeIds = AttributeIds.Value
    ) -> list[ua.DataValue]:
        """Reads one attribute of many nodes, in as few calls as the server allows."""

        async def some(part: Sequence[ua.NodeId]) -> list[ua.DataValue]:
            request = ua.ReadRequest()
            request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Source
            request.Parameters.NodesToRead = [
                ua.ReadValueId(NodeId=node, AttributeId=ua.IntegerId(attribute)) for node in part
            ]
            try:
                return list((await self.call(request, ua.ReadResponse)).Results or ())
            except SourceError as error:
                if error.code != "garbled":
                    raise
                if len(part) == 1:
                    return [ua.DataValue(StatusCode=ua.StatusCode(ua.UInt32(StatusCodes.BadDecodingError)))]
            # One unreadable value must not affect the others, so the list is halved to find it.
            middle = len(part) // 2
            return [*await some(part[:middle]), *await some(part[middle:])]

        return await self.call_in_parts(Kind.READ, nodes, some)

    async def read_range(self, node: ua.NodeId, index_range: str) -> ua.Variant | None:
        """Part of an array; None if the server does not return it."""
        request = ua.ReadRequest()
        request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Source
        item = ua.ReadValueId(NodeId=node, AttributeId=ua.IntegerId(AttributeIds.Value))
        item.IndexRange = ua.NumericRange(index_range)
        request.Parameters.NodesToRead = [item]
        results = (await self.call(request, ua.ReadResponse)).Results
        return results[0].Value if results else None

    async def picks_elements(self) -> bool:
        """Whether the server honours a range of an array. Some ignore it, and answer with the whole array."""
        if self._picks is None:
            spaces = ua.NodeId(ua.Int32(ObjectIds.Server_NamespaceArray))
            try:
                found = await self.read_range(spaces, "1")
            except SourceError as error:
                if error.code != "refused":
                    raise
                found = None  # a server that refuses ranges does not ignore them
            self._picks = not (isinstance(found, ua.Variant) and _FIRST_SPACE in (found.Value or ()))
        return self._picks

    async def may_write(self, nodes: Sequence[ua.NodeId]) -> list[bool]:
        """Whether the server lets this user write each node."""
        levels = await self.read(nodes, AttributeIds.UserAccessLevel)
        found = [each.Value.Value if isinstance(each.Value, ua.Variant) else 0 for each in levels]
        return [isinstance(level, int) and bool(level >> ua.AccessLevel.CurrentWrite & 1) for level in found]

    async def references(
        self,
        nodes: Sequence[ua.NodeId],
        kind: int = ObjectIds.HierarchicalReferences,
        *,
        direction: ua.BrowseDirection = ua.BrowseDirection.Forward,
    ) -> list[list[Reference]]:
        """All references of each node. A node that cannot be browsed has none."""

        async def some(part: Sequence[ua.NodeId]) -> list[ua.BrowseResult]:
            request = ua.BrowseRequest()
            # No view: some servers mistake the library's default time stamp for a view that they do not know.
            request.Parameters.View = ua.ViewDescription(Timestamp=ua.DateTime(1601, 1, 1))
            request.Parameters.NodesToBrowse = [_description(node, kind, direction) for node in part]
            return list((await self.call(request, ua.BrowseResponse)).Results or ())

        count = 0

        async def followed(part: Sequence[ua.NodeId]) -> list[list[Reference]]:
            nonlocal count
            found = []
            for result in await some(part):
                references = list(result.References or ())
                references += await self._following(result.ContinuationPoint, len(references))
                found.append([_reference(each) for each in references])
                count += len(references)
                if count > MAX_REFERENCES_IN_ALL:
                    raise SourceError(
                        words("words-answers-without-end-while-browsed", endpoint=self.endpoint)
                    )
            return found

        return await self.call_in_parts(Kind.BROWSE, nodes, followed)

    async def _following(self, point: bytes | None, count: int) -> list[ua.ReferenceDescription]:
        """The rest of an answer that the server sends in parts (Part 4, 5.8.3)."""
        found: list[ua.ReferenceDescription] = []
        empty_parts = 0
        while point:
            is_enough = count + len(found) >= MAX_REFERENCES
            more = ua.BrowseNextRequest()
            # asyncua's default would release the continuation point, which ends the answer.
            more.Parameters.ReleaseContinuationPoints = is_enough
            more.Parameters.ContinuationPoints = [point]
            results = (await self.call(more, ua.BrowseNextResponse)).Parameters.Results
            if is_enough:
                break
            if not results or results[0].StatusCode.value & BAD:
                reason = in_words(results[0].StatusCode.value) if results else words("words-answer-empty")
                raise SourceError(
                    words("words-breaks-off-while-browsed", endpoint=self.endpoint, value=reason)
                )
            empty_parts = 0 if results[0].References else empty_parts + 1
            if empty_parts > MAX_EMPTY_PARTS:
                raise SourceError(
                    words("words-answers-without-end-nothing-while-browsed", endpoint=self.endpoint)
                )
            found += results[0].References or ()
            point = results[0].ContinuationPoint
        return found

    async def prepare(self) -> None:
        """Reads the server's namespaces and limits."""
        spaces, *limits = await self.read([ua.NodeId(ua.Int32(number)) for number in _PREPARATION])
        self._spaces = _namespaces(spaces)
        for kind, limit in zip(_LIMITED, limits, strict=True):
            self.sizes.state(kind, limit.Value.Value if isinstance(limit.Value, ua.Variant) else None)

    async def look(self) -> tuple[int | None, bool]:
        """The server's own state, if it has one, and whether its namespaces are unchanged."""
        state, spaces = await self.read([ua.NodeId(ua.Int32(number)) for number in _LOOK])
        number = state.Value.Value if isinstance(state.Value, ua.Variant) else None
        now = _namespaces(spaces)
        is_same = not now or all(now.get(uri) == index for uri, index in self._spaces.items())
        if now and is_same:  # more may have been added, with nodes that were missing
            self._spaces = now
        return (int(number) if isinstance(number, int) else None), is_same

    def node_id(self, text: str) -> ua.NodeId | None:
        """``ns=2;s=…`` or ``nsu=URI;s=…`` as a node id; None if the server does not know the namespace."""
        if text.startswith("nsu="):
            uri, _, rest = text.removeprefix("nsu=").partition(";")
            index = self._spaces.get(uri.replace("%3B", ";").replace("%25", "%"))
            if index is None:
                return None
            text = f"ns={index};{rest}"
        try:
            return ua.NodeId.from_string(text)
        except (UaError, ValueError):
            return None

    @property
    def timeout_s(self) -> float:
        """How long the server keeps a silent session; the time that we requested if it states none."""
        granted_s = self._client.session_timeout / 1000
        return granted_s if granted_s > 0 else SESSION_TIMEOUT_S

    @property
    def namespaces(self) -> Mapping[str, int]:
        return self._spaces

    async def keep_secure(self) -> None:
        """Renews the channel's keys without end, after three quarters of their lifetime (Part 4, 5.5.2.1)."""
        while True:
            lifetime_s = self._client.secure_channel_timeout / 1000
            await asyncio.sleep(max(lifetime_s * 0.75, LEAST_RENEWAL_S))
            try:
                await self._client.open_secure_channel(renew=True)
            except (UaError, OSError, TimeoutError) as error:
                raise explain(error, self.endpoint) from error


def is_too_much(error: SourceError, *, answer_too: bool = False) -> bool:
    """Whether the server refused a whole call as too large. With ``answer_too``, also if the answer was too large."""
    cause = error.__cause__
    codes = _TOO_MUCH | _ANSWER_TOO_MUCH if answer_too else _TOO_MUCH
    return isinstance(cause, UaStatusCodeError) and cause.code in codes


_LIMITED = (Kind.READ, Kind.WRITE, Kind.MONITOR, Kind.BROWSE, Kind.CALL)
_PREPARATION = (
    ObjectIds.Server_NamespaceArray,
    ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
    ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerWrite,
    ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall,
    ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse,
    ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerMethodCall,
)
_FIRST_SPACE = "http://opcfoundation.org/UA/"
"""The first namespace of every server, and of no server the second."""
_LOOK = (ObjectIds.Server_ServerStatus_State, ObjectIds.Server_NamespaceArray)


def _namespaces(value: ua.DataValue) -> dict[str, int]:
    found = value.Value.Value if isinstance(value.Value, ua.Variant) else None
    return {uri: index for index, uri in enumerate(found) if uri} if isinstance(found, list) else {}


def _description(node: ua.NodeId, kind: int, direction: ua.BrowseDirection) -> ua.BrowseDescription:
    return ua.BrowseDescription(
        NodeId=node,
        BrowseDirection=direction,
        ReferenceTypeId=ua.NodeId(ua.Int32(kind)),
        IncludeSubtypes=True,
        NodeClassMask=ua.UInt32(0),
        ResultMask=ua.UInt32(ua.BrowseResultMask.All),
    )


def _reference(found: ua.ReferenceDescription) -> Reference:
    return Reference(
        plain_id(found.NodeId),
        usable_text(str(found.BrowseName.Name or found.DisplayName.Text or "")),
        found.NodeClass == ua.NodeClass.Variable,
        found.NodeClass == ua.NodeClass.Method,
        plain_id(found.TypeDefinition),
        found.ReferenceTypeId.Identifier == ObjectIds.HasProperty
        and found.ReferenceTypeId.NamespaceIndex == 0,
    )


def plain_id(node: ua.NodeId) -> ua.NodeId:
    """A node id without the extra fields of an expanded one, which some servers send for their own nodes."""
    return ua.NodeId(node.Identifier, node.NamespaceIndex, node.NodeIdType)
