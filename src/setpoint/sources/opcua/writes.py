"""Writes targets to nodes: casts or refuses them, sends many in one call, and answers each.

Nothing is written twice. If a call is not answered within three seconds, its items are ``unknown``, and the machine's
later reports settle them (CMD-3, CMD-6). Only a call that the server refused as too large is sent again, in smaller
parts, because a refused call did nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from setpoint.core.plant import Answer, Write, WriteAnswer
from setpoint.errors import SourceError
from setpoint.sources.mapping.writes import may_land
from setpoint.sources.opcua.casting import CannotCastError, cast, to_raw
from setpoint.sources.opcua.quality import BAD, CODE, in_words, may_have_landed
from setpoint.sources.opcua.session import Kind, Session, is_too_much
from setpoint.sources.opcua.targets import Targets, WritableNode, way_of
from setpoint.sources.wording import words

__all__ = ["CannotCastError", "WritableNode", "Writer", "answered", "cast", "to_raw"]

ANSWER_WITHIN_S = 3.0


class _Item(NamedTuple):
    """A write, and what to send for it: a value for its node, or a call of its method."""

    write: Write
    sent: ua.WriteValue | ua.CallMethodRequest


@dataclass(slots=True)
class Writer:
    """Writes to the nodes of one session, by machine and field."""

    session: Session
    nodes: Mapping[tuple[str, str], WritableNode]
    targets: Targets
    voided: Callable[[Write], str | None] = lambda _: None
    """`Sink.voided`."""

    async def learn(self) -> None:
        """Reads in advance how everything can be set, so that a write needs one call."""
        await self.targets.learn(self.nodes.values())

    async def write(self, writes: Sequence[Write]) -> list[WriteAnswer]:
        """An answer for each write, within three seconds. Raises nothing except cancellation."""
        deadline = asyncio.get_running_loop().time() + ANSWER_WITHIN_S
        answers, known = [], []
        for write in writes:
            target = self.nodes.get((write.machine, write.field))
            if target is None:
                text = words("words-not-mapped-to-node", field=write.field)
                answers.append(answered(write, Answer.REFUSED, text))
            else:
                known.append((write, target))
        try:
            await self.targets.learn((target for _, target in known), deadline)
        except SourceError as error:
            text = words("words-type-not-read-nothing-written", why=error.args[0])
            return answers + [answered(write, Answer.REFUSED, text) for write, _ in known]
        items = []
        for write, target in known:
            try:
                items.append(_Item(write, self._sent(write, target)))
            except CannotCastError as error:
                answers.append(answered(write, Answer.REFUSED, error.args[0]))
        # The calls go out one after the other without waiting, so that all of them share the three seconds.
        calls = [
            self._call(part, kind, deadline)
            for kind in (Kind.WRITE, Kind.CALL)
            for part in _parts(
                [each for each in items if _kind(each) is kind], self.session.sizes.by_kind[kind]
            )
        ]
        for results in await asyncio.gather(*calls):
            answers += results
        return answers

    def _sent(self, write: Write, target: WritableNode) -> ua.WriteValue | ua.CallMethodRequest:
        way = self.targets.ways[way_of(target.node)]
        if way.problem:
            raise CannotCastError(way.problem)
        names = self.targets.names.get(target.node.node)
        raw: Any = cast(to_raw(write.value, target.node, target.field, names), way.kind)
        if way.kind is ua.VariantType.LocalizedText:
            raw = ua.LocalizedText(raw)
        if way.object is not None and target.node.method is not None:
            return ua.CallMethodRequest(
                ObjectId=way.object,
                MethodId=self.session.node_id(target.node.method.node) or ua.NodeId(),
                InputArguments=[ua.Variant(raw, way.kind)],
            )
        # No status and no time stamps: most controllers refuse a write that brings its own.
        variant = ua.Variant(raw, way.kind)
        if way.is_array:  # a range of several dimensions takes an array of as many
            sizes = [ua.Int32(1)] * len(target.node.part.index)
            variant = ua.Variant([raw], way.kind, Dimensions=sizes if len(sizes) > 1 else None, is_array=True)
        value = ua.WriteValue(
            NodeId=self.session.node_id(target.node.node) or ua.NodeId(),
            AttributeId=ua.IntegerId(AttributeIds.Value),
            Value=ua.DataValue(variant, StatusCode=None),
        )
        if way.is_array:
            value.IndexRange = ua.NumericRange(target.node.part.index_range)
        return value

    async def _call(self, items: Sequence[_Item], kind: Kind, deadline: float) -> list[WriteAnswer]:
        """Sends the items that no stop has voided since they arrived. In between, types were read, or a larger call
        was refused.
        """
        not_sent = [
            answered(item.write, Answer.NOT_SENT, why) for item in items if (why := self.voided(item.write))
        ]
        if not_sent:
            items = [item for item in items if not self.voided(item.write)]
        return not_sent + (await self._send(items, kind, deadline) if items else [])

    async def _send(self, items: Sequence[_Item], kind: Kind, deadline: float) -> list[WriteAnswer]:
        left_s = max(deadline - asyncio.get_running_loop().time(), 0.001)
        try:
            codes = await self._codes([each.sent for each in items], kind, left_s)
        except SourceError as error:
            if is_too_much(error) and len(items) > 1:
                self.session.sizes.halve(kind, len(items))
                halves = _parts(items, (len(items) + 1) // 2)
                both = await asyncio.gather(*(self._call(half, kind, deadline) for half in halves))
                return [answer for half in both for answer in half]
            if error.code == "refused":
                return [answered(write, Answer.REFUSED, error.args[0]) for write, _ in items]
            text = may_land(error.args[0])
            return [answered(write, Answer.UNKNOWN, text) for write, _ in items]
        if len(codes) != len(items):
            text = may_land(words("words-server-answered-of", count=len(codes), of=len(items)))
            return [answered(write, Answer.UNKNOWN, text) for write, _ in items]
        for (write, _), code in zip(items, codes, strict=True):
            # By now, the controller may run another program with other types.
            if code & CODE == StatusCodes.BadTypeMismatch:
                self.targets.forget(self.nodes[write.machine, write.field])
        return [_judged(write, code) for (write, _), code in zip(items, codes, strict=True)]

    async def _codes(self, sent: Sequence[Any], kind: Kind, within_s: float) -> list[int]:
        if kind is Kind.WRITE:
            request = ua.WriteRequest()
            request.Parameters.NodesToWrite = list(sent)
            response = await self.session.call(request, ua.WriteResponse, within_s=within_s)
            return [result.value for result in response.Results or ()]
        call = ua.CallRequest()
        call.Parameters.MethodsToCall = list(sent)
        answer = await self.session.call(call, ua.CallResponse, within_s=within_s)
        return [_code_of(result) for result in answer.Results or ()]


def answered(write: Write, answer: Answer, message: str = "") -> WriteAnswer:
    return WriteAnswer(write.tx_id, write.machine, write.field, answer, message)


def _kind(item: _Item) -> Kind:
    return Kind.CALL if isinstance(item.sent, ua.CallMethodRequest) else Kind.WRITE


def _parts(items: Sequence[_Item], size: int) -> list[Sequence[_Item]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _code_of(result: ua.CallMethodResult) -> int:
    """The status code of the first bad argument, which says more than that of the call."""
    code: int = result.StatusCode.value
    for argument in result.InputArgumentResults or ():
        if code & BAD and argument.value & BAD:
            return int(argument.value)
    return code


def _judged(write: Write, status_code: int) -> WriteAnswer:
    if not status_code & BAD:
        return answered(write, Answer.TAKEN)
    if may_have_landed(status_code):
        return answered(write, Answer.UNKNOWN, may_land(in_words(status_code)))
    return answered(write, Answer.REFUSED, in_words(status_code))
